"""Calendar periods: months, quarters, halves, years."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from dangjian.kernel.rulebook import Frequency, Rulebook

MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
_ORDINALS = "一二三四"


@dataclass(frozen=True, slots=True)
class Window:
    """A calendar period with its first and last day, and how often something is due in it."""

    per: str
    start: dt.date
    end: dt.date
    needed: int = 1

    @property
    def label(self) -> str:
        """2026年11月, 2026年第四季度, 2026年上半年, 2026年."""
        year = f"{self.start.year}年"
        if self.per == "month":
            return f"{year}{self.start.month}月"
        if self.per == "quarter":
            return f"{year}第{_ORDINALS[self.start.month // 3]}季度"
        if self.per == "half_year":
            return f"{year}{'上' if self.start.month == 1 else '下'}半年"
        return year

    def next(self) -> "Window":
        """The period after this one."""
        return containing(self.end + dt.timedelta(days=1), self.per)

    def previous(self) -> "Window":
        """The period before this one."""
        return containing(self.start - dt.timedelta(days=1), self.per)


def containing(day: dt.date, per: str, needed: int = 1) -> Window:
    """The period of length ``per`` (``month``, ``quarter``, ``half_year``, ``year``) in which ``day`` lies."""
    length = MONTHS[per]
    first = (day.month - 1) // length * length + 1
    year, month = divmod(day.year * 12 + first - 1 + length, 12)
    end = dt.date(year, month + 1, 1) - dt.timedelta(days=1)
    return Window(per, dt.date(day.year, first, 1), end, needed)


def windows(key: str, since: dt.date, until: dt.date, book: Rulebook) -> Iterator[Window]:
    """The periods of the frequency rule ``key`` from the one that holds ``since`` to the one that holds ``until``.

    Each has the length and number that the rule had on its first day in the walk, so that a changed rule leaves old periods
    alone.
    """
    day = since
    while day <= until:
        frequency = book.on(key, day).expect(Frequency)
        window = containing(day, frequency.per, frequency.times)
        yield window
        day = window.end + dt.timedelta(days=1)
