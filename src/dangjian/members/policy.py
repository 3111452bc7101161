"""A member's dates, standing and the completeness of a record. Pure functions."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dangjian.kernel.rulebook import Choice, Choices, Citation, Period, Rulebook, Span

FULL, PROBATIONARY = "1", "2"
"""Codes of 人员类别."""


def whole_months(since: dt.date, on: dt.date) -> int:
    """Whole calendar months from ``since`` to ``on``; negative if ``on`` is earlier."""
    months = (on.year - since.year) * 12 + on.month - since.month
    return months - 1 if on < Period(months=0).after(_same_day(since, on)) else months


def _same_day(since: dt.date, on: dt.date) -> dt.date:
    return Period(months=(on.year - since.year) * 12 + on.month - since.month).after(since)
