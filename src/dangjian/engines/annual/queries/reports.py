"""The figures of an organisation: every population is read once, when the first table asks for it."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from django.utils.functional import cached_property

from dangjian.engines.annual import installed
from dangjian.engines.annual.models import Gathering
from dangjian.engines.annual.queries import gatherings
from dangjian.kernel.errors import NotFound
from dangjian.kernel.tabulation import (
    Counted,
    Cut,
    Failure,
    Line,
    Population,
    Table,
    Wanted,
    failure_from,
    failures,
    kept_failure,
)
from dangjian.org.models import Organization


@dataclass
class Report:
    """What is counted of an organisation and all below it, from ``since`` to ``until``; whatever *is* counts on the last day.

    The tree and the records are those of the days themselves. The caller has asked for the right to the organisation.

    :param gathering: the rows that were read beforehand; without it they are read now.
    :param day: what was asked for, where the last gathering is of a day before it.
    """

    unit: Organization
    since: dt.date
    until: dt.date
    read: dict[tuple[str, bool], Cut] = field(default_factory=dict)
    gathering: Gathering | None = field(default=None, kw_only=True)
    day: dt.date | None = field(default=None, kw_only=True)

    @classmethod
    def ready(cls, unit: Organization, since: dt.date, until: dt.date, **more: Any) -> Self:
        """What pages show: counted now, of a large organisation from what the background has gathered.

        :raises NotGathered: if it has gathered nothing yet.
        """
        if not gatherings.is_large(unit):
            return cls(unit, since, until, **more)
        found = gatherings.latest(unit, since, until)
        return cls(unit, since, found.until, gathering=found, day=until, **more)

    @property
    def eve(self) -> dt.date:
        """The day before the period."""
        return self.since - dt.timedelta(days=1)

    @cached_property
    def tables(self) -> Mapping[str, Table]:
        """All tables by their number."""
        return installed.tables()

    def table(self, code: str) -> Table:
        """One of them. Raises ``NotFound`` for a number that there is not."""
        if code not in self.tables:
            raise NotFound("没有这张统计表。")
        return self.tables[code]

    def population(self, code: str) -> Population:
        """What is counted under a name."""
        return installed.population(code)

    def needed(self, code: str, at_start: bool) -> frozenset[str]:
        """Which of its dimensions are read."""
        return installed.needed(code, at_start)

    def cut(self, code: str, at_start: bool = False) -> Cut:
        """A population at the end, or on the day before the period."""
        key = code, at_start
        if key not in self.read and self.gathering is not None:
            days = (self.eve, self.eve) if at_start else (self.since, self.until)
            columns = gatherings.columns(self.gathering, self.population(code).code, at_start)
            self.read[key] = Cut(self.population(code), *days, columns)
        if key not in self.read:
            unit = None if self.unit.parent_id is None else self.unit.pk
            since, until = (self.eve, self.eve) if at_start else (self.since, self.until)
            self.read[key] = self.population(code).cut(Wanted(since, until, unit, self.needed(code, at_start)))
        return self.read[key]

    def counted(self, of: Table) -> Counted:
        """A table."""
        return Counted(of, self.cut)

    def figures(self, of: Table) -> npt.NDArray[np.int64]:
        """All cells of a table, rows by columns."""
        kept = self.kept_of(of)
        return np.array(kept["figures"], np.int64) if kept else self.counted(of).figures()

    def cell(self, of: Table, row: Line, column: Line) -> int:
        """One of them."""
        if kept := self.kept_of(of):
            return int(kept["figures"][of.rows.index(row)][of.columns.index(column)])
        return self.counted(of).cell(row, column)

    def failures(self, of: Table) -> list[Failure]:
        """Checks of a table that do not hold."""
        kept = self.kept_of(of)
        if kept and "failures" in kept:  # reports of earlier versions keep their figures alone
            return [failure_from(one, of) for one in kept["failures"]]
        return list(failures(self.counted(of), lambda code: self.counted(self.table(code))))

    def kept_of(self, of: Table) -> Mapping[str, Any] | None:
        """Figures and failed checks of one of its tables (``put_away``), where they were counted beforehand."""
        return self._kept.get(of.code) if self.tables.get(of.code) is of else None

    @cached_property
    def _kept(self) -> Mapping[str, Any]:
        return gatherings.kept(self.gathering) if self.gathering else {}

    def put_away(self, of: Table) -> dict[str, Any]:
        """Figures and failed checks of a table as plain data."""
        failed = [kept_failure(one, of) for one in self.failures(of)]
        return {"figures": self.figures(of).tolist(), "failures": failed}
