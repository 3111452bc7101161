"""How long things take from appearing on a list to being done: by month and by what they are."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import quantiles
from typing import Any

from dangjian.kernel.offers import DaysTaken
from dangjian.kernel.periods import MONTH, Span
from dangjian.kernel.registry import offers


@dataclass(frozen=True, slots=True)
class Taken:
    """How many were done, and within how many days a quarter, half and three quarters of them."""

    title: str
    number: int
    quarter: float
    half: float
    three_quarters: float


@dataclass(frozen=True, slots=True)
class Times:
    """All of a period: in sum, by month, and by what they are, the most frequent first."""

    total: Taken | None
    by_month: list[tuple[Span, Taken]]
    by_title: list[Taken]


def times(unit: Any, since: dt.date, until: dt.date) -> Times:
    """Of what was done from ``since`` to ``until`` in ``unit`` and below it; one question for each source."""
    rows = [row for source in offers(DaysTaken) for row in source.days(unit, since, until)]
    months: dict[Span, list[int]] = {}
    titles: dict[str, list[int]] = {}
    for day, title, days in rows:
        months.setdefault(Span.of(day, MONTH), []).append(days)
        titles.setdefault(title, []).append(days)
    by_title = [taken(title, days) for title, days in titles.items()]
    return Times(
        taken("合计", [days for _, _, days in rows]) if rows else None,
        [(span, taken(span.label, months[span])) for span in sorted(months, key=lambda one: one.start)],
        sorted(by_title, key=lambda one: (-one.number, one.title)),
    )


def taken(title: str, days: Iterable[int]) -> Taken:
    """Quartiles of ``days``, of which there is one at least; between two values the mean by their distance."""
    found = sorted(days)
    quarter, half, three = quantiles(found, n=4, method="inclusive") if len(found) > 1 else (float(found[0]),) * 3
    return Taken(title, len(found), quarter, half, three)
