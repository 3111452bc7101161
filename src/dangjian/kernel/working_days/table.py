"""The table of working days: pure arithmetic on notices."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import cached_property

from dangjian.kernel.errors import Invalid
from dangjian.kernel.working_days.wording import Notice

DAY = dt.timedelta(days=1)
TURN = (12, 28)
"""The last day that the notice of a year settles: that of the next one may still move those around New Year (2018-12-31)."""


@dataclass(frozen=True, slots=True)
class WorkingDay:
    """A day that was counted to. ``is_provisional``: it may still change, since the notice for that time is not known yet."""

    value: dt.date
    is_provisional: bool


@dataclass(frozen=True)
class Table:
    """Notices by year. Days before the first of them cannot be counted: every question about one raises ``Invalid``."""

    notices: Mapping[int, Notice]

    @cached_property
    def first_year(self) -> int:
        """The first year that is known."""
        return min(self.notices)

    @cached_property
    def last_year(self) -> int:
        """The last year up to which all are known."""
        year = self.first_year
        while year + 1 in self.notices:
            year += 1
        return year

    def known_until(self) -> dt.date:
        """The last day that is settled. What lies after it is provisional."""
        return dt.date(self.last_year, *TURN)

    @cached_property
    def _named(self) -> dict[dt.date, bool]:
        """Days that a notice names, with whether one works. A later notice has the last word on the days around New Year."""
        found: dict[dt.date, bool] = {}
        for _, notice in sorted(self.notices.items()):
            found |= dict.fromkeys(notice.days_off, False) | dict.fromkeys(notice.days_worked, True)
        return found

    def is_working(self, day: dt.date) -> bool:
        """Whether one works on ``day``."""
        if day.year < self.first_year:
            raise Invalid(
                f"{day.year}年的节假日安排没有收录，工作日从{self.first_year}年起才能计算。",
                how="请核对日期。确是更早的事，请自己数出日期后填写。",
            )
        return self._named.get(day, day.weekday() < 5)

    def after(self, day: dt.date, number: int) -> WorkingDay:
        """The ``number``-th working day after ``day``, which is not counted itself; for 0 ``day``."""
        value = self._counted(day, number, DAY)
        return WorkingDay(value, value > self.known_until())

    def before(self, day: dt.date, number: int) -> WorkingDay:
        """The ``number``-th working day before ``day``, which is not counted itself; for 0 ``day``."""
        return WorkingDay(self._counted(day, number, -DAY), day - DAY > self.known_until())

    def between(self, first: dt.date, last: dt.date) -> int:
        """How many working days there are from ``first`` to ``last``, both counted; 0 if ``last`` is earlier."""
        return sum(self.is_working(first + DAY * passed) for passed in range((last - first).days + 1))

    def of_year(self, year: int) -> int:
        """How many working days a year has."""
        return self.between(dt.date(year, 1, 1), dt.date(year, 12, 31))

    def _counted(self, day: dt.date, number: int, step: dt.timedelta) -> dt.date:
        self.is_working(day)  # raises for a day that is too early, however few are counted
        for _ in range(number):
            day += step
            while not self.is_working(day):
                day += step
        return day

    def with_notices(self, more: Mapping[int, Notice]) -> "Table":
        """The table with ``more``, each in the place of the one of its year."""
        return Table({**self.notices, **more})
