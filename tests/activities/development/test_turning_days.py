"""The day before a rule begins, the last day of a limit and the one after it: read from cases, as the law is."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import yaml

from dangjian.kernel.rulebook import book
from tests.activities.development import test_law as law

pytestmark = [pytest.mark.django_db, pytest.mark.day("2026-11-23"), pytest.mark.any_database]

CASES: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "cases" / "turning.yaml").read_text(encoding="utf-8"))

BEGINNINGS = [
    (key, entry.validities[-1].starts)
    for key, entry in book().entries.items()
    if "development/rules" in str(entry.file) and entry.validities[-1].starts
]
"""Each rule of the app with the day on which its newest text began; a setting of the unit began on no day."""


@pytest.mark.parametrize("case", CASES, ids=[case["title"] for case in CASES])
def test_on_the_edge_of_a_rule(case: dict[str, Any]) -> None:
    law.test_the_law(case)


def test_every_rule_has_a_case_on_the_day_before_it_began() -> None:
    begun = {key for key, starts in BEGINNINGS}
    assert begun - {case["fact"] for case in CASES} == set()


@pytest.mark.parametrize(("key", "starts"), BEGINNINGS)
def test_on_the_day_before_it_is_not_quoted_by_its_article(key: str, starts: dt.date) -> None:
    assert "》第" in book().on(key, starts).citation
    assert "》第" not in book().on_or_first(key, starts - dt.timedelta(days=1)).citation or key == "dev.sponsors.unsuitable"
