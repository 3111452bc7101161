"""The days on which tests stand. Every test begins at nine in the morning of one of them, see ``conftest.py`` of the repository.

A test whose expectations name dates says so itself; it then stands on its day whatever ``TEST_DAY`` says::

    pytestmark = pytest.mark.day("2026-11-23")

What has to be right at the turn of a year, in a leap year and at the end of a long month is tested on each such day::

    @on_turning_days
    def test_a_term_ends_on_the_day_before(...): ...
"""

import datetime as dt
import os

import pytest

from dangjian.kernel import clock

ORDINARY = "2026-11-23"
"""A Monday in the middle of everything."""

TURNING = ("2026-12-31", "2027-01-01", "2027-02-28", "2028-02-29", "2027-08-31")
"""Days on which calculations with days go wrong, if they do: the turn of a year, the ends of February, a 31st, a Sunday."""

DAY = os.environ.get("TEST_DAY") or ORDINARY
"""On which day the suite runs."""

on_turning_days = pytest.mark.parametrize("day", [pytest.param(day, marks=pytest.mark.day(day)) for day in TURNING])
"""The test runs once on each of the turning days, and is given the day as text."""


def in_days(days: int) -> dt.date:
    """The day so many days after (below zero: before) the one on which the test stands."""
    return clock.today() + dt.timedelta(days=days)
