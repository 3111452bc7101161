"""Calendar periods: months, quarters, half-years, years.

>>> quarter = Span.of(dt.date(2026, 11, 23), QUARTER)
>>> quarter.label, quarter.code, quarter.start, quarter.end
('2026年第四季度', '2026-Q4', datetime.date(2026, 10, 1), datetime.date(2027, 1, 1))
>>> quarter.previous().label, parsed("2026-H2").label, parsed("2026-13")
('2026年第三季度', '2026年下半年', None)
"""

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self

MONTH, QUARTER, HALF_YEAR, YEAR = "month", "quarter", "half_year", "year"
"""How long a period is, in the words of the rulebook's frequencies."""
MONTHS = {MONTH: 1, QUARTER: 3, HALF_YEAR: 6, YEAR: 12}
TITLES = {MONTH: "月", QUARTER: "季度", HALF_YEAR: "半年", YEAR: "年"}
ALL = (YEAR, HALF_YEAR, QUARTER, MONTH)
BACK = {YEAR: 3, HALF_YEAR: 4, QUARTER: 6, MONTH: 15}
"""How many of each a page offers, back from today."""

_ORDINALS = "一二三四"
_CODE = re.compile(r"(\d{4})(?:-(?:(H)([12])|(Q)([1-4])|(0[1-9]|1[0-2])))?", re.ASCII)
_FIRST, _LAST = 1921, 2199
"""Years in which the Party has something to record."""


@dataclass(frozen=True, slots=True)
class Span:
    """A calendar period: ``per`` is its length, ``start`` its first day. Made by ``Span.of`` or ``parsed``.

    A length of time that a rule names (six months, ten days) is a ``rulebook.Period``.
    """

    per: str
    start: dt.date

    @classmethod
    def of(cls, day: dt.date, per: str) -> Self:
        """The period of length ``per`` in which ``day`` lies."""
        length = MONTHS[per]
        return cls(per, dt.date(day.year, (day.month - 1) // length * length + 1, 1))

    @property
    def end(self) -> dt.date:
        """The first day after it."""
        return self.next().start

    @property
    def last(self) -> dt.date:
        """Its last day."""
        return self.end - dt.timedelta(days=1)

    @property
    def days(self) -> tuple[dt.date, dt.date]:
        """First and last day, as ``__range`` takes them."""
        return self.start, self.last

    @property
    def months(self) -> tuple[dt.date, ...]:
        """The first day of each of its months."""
        return tuple(dt.date(self.start.year, self.start.month + place, 1) for place in range(MONTHS[self.per]))

    @property
    def label(self) -> str:
        """2026年11月, 2026年第四季度, 2026年上半年, 2026年."""
        year = f"{self.start.year}年"
        if self.per == MONTH:
            return f"{year}{self.start.month}月"
        if self.per == QUARTER:
            return f"{year}第{_ORDINALS[self.start.month // 3]}季度"
        if self.per == HALF_YEAR:
            return f"{year}{'上' if self.start.month == 1 else '下'}半年"
        return year

    @property
    def code(self) -> str:
        """As an address has it: 2026-11, 2026-Q4, 2026-H2, 2026."""
        place = self.start.month // MONTHS[self.per] + 1
        part = {MONTH: f"-{self.start.month:02d}", QUARTER: f"-Q{place}", HALF_YEAR: f"-H{place}", YEAR: ""}[self.per]
        return f"{self.start.year:04d}{part}"

    def shifted(self, number: int) -> Self:
        """The one so many periods later; earlier below zero."""
        year, month = divmod(self.start.year * 12 + self.start.month - 1 + number * MONTHS[self.per], 12)
        return replace(self, start=dt.date(year, month + 1, 1))

    def next(self) -> Self:
        """The period after this one."""
        return self.shifted(1)

    def previous(self) -> Self:
        """The period before this one."""
        return self.shifted(-1)

    def holds(self, day: dt.date) -> bool:
        """Whether ``day`` lies in it."""
        return self.start <= day < self.end


def parsed(code: str) -> Span | None:
    """The period that an address names (``Span.code``); ``None`` for anything else."""
    found = _CODE.fullmatch(code)
    if found is None or not _FIRST <= int(found[1]) <= _LAST:
        return None
    per = HALF_YEAR if found[2] else QUARTER if found[4] else MONTH if found[6] else YEAR
    place = int(found[3] or found[5] or found[6] or 1)
    return Span(per, dt.date(int(found[1]), (place - 1) * MONTHS[per] + 1, 1))


def back(day: dt.date, pers: Iterable[str] = ALL) -> list[Span]:
    """Those that a page offers: for each length the one of ``day`` and ``BACK`` less one before it."""
    return [Span.of(day, per).shifted(-number) for per in pers for number in range(BACK[per])]


def spans(first: dt.date, last: dt.date, per: str) -> list[Span]:
    """All from the one of ``first`` to the one of ``last``; none if ``last`` lies in an earlier one."""
    found = [Span.of(first, per)] if Span.of(first, per).start <= last else []
    while found and found[-1].end <= last:
        found.append(found[-1].next())
    return found


def last_of_month(day: dt.date) -> dt.date:
    """The last day of the month of ``day``."""
    return Span.of(day, MONTH).last
