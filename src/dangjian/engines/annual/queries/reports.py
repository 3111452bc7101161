"""The figures of an organisation: every population is read once, when the first table asks for it."""

import datetime as dt
from dataclasses import dataclass, field

from dangjian.engines.annual.installed import needed, population, table
from dangjian.kernel.tabulation import Counted, Cut, Failure, Table, Wanted, failures
from dangjian.org.models import Organization


@dataclass
class Report:
    """What is counted of an organisation and all below it, from ``since`` to ``until``; whatever *is* counts on the last day.

    The tree and the records are those of the days themselves. The caller has asked for the right to the organisation.
    """

    unit: Organization
    since: dt.date
    until: dt.date
    _cuts: dict[tuple[str, bool], Cut] = field(default_factory=dict)

    def cut(self, code: str, at_start: bool = False) -> Cut:
        """A population at the end, or on the day before the period."""
        key = code, at_start
        if key not in self._cuts:
            unit = None if self.unit.parent_id is None else self.unit.pk
            eve = self.since - dt.timedelta(days=1)
            since, until = (eve, eve) if at_start else (self.since, self.until)
            self._cuts[key] = population(code).cut(Wanted(since, until, unit, needed(code, at_start)))
        return self._cuts[key]

    def counted(self, of: Table) -> Counted:
        """A table."""
        return Counted(of, self.cut)

    def failures(self, of: Table) -> list[Failure]:
        """Checks of a table that do not hold."""
        return list(failures(self.counted(of), lambda code: self.counted(table(code))))
