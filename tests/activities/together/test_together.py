"""Whatever is done with members and branches, in whatever order: on every day each counts once, and rights follow."""

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.activities.together.machine import Together

pytestmark = [pytest.mark.django_db, pytest.mark.day("2026-11-23"), pytest.mark.any_database]

PLAYS = settings(
    max_examples=6,
    stateful_step_count=25,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)


def test_together() -> None:
    run_state_machine_as_test(Together, settings=PLAYS)
