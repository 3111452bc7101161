"""Reports that were put away: what is kept of one, how it is read again, and how it differs from today."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.utils.functional import cached_property

from dangjian.engines.annual.installed import population
from dangjian.engines.annual.models import FrozenReport
from dangjian.engines.annual.queries.gatherings import columns
from dangjian.engines.annual.queries.reports import Report
from dangjian.kernel.errors import NotFound
from dangjian.kernel.tabulation import Cut, Line, Table, cut_from, kept_cut, kept_table, table_from


def content_of(report: Report) -> str:
    """Every table of a report, its figures, and the rows from which they were counted, as ``FrozenReport.content`` keeps them.

    Rows of a gathering stay where they are.
    """
    tables = [{**kept_table(one), **report.put_away(one)} for one in report.tables.values()]
    counted = dict.fromkeys((row.population, row.at_start) for one in report.tables.values() for row in one.rows)
    cuts = [{"population": code, "at_start": start, **kept_cut(report.cut(code, start))} for code, start in counted]
    return json.dumps({"tables": tables, "cuts": cuts}, ensure_ascii=False, separators=(",", ":"))


@dataclass
class Frozen(Report):
    """A report as it was when it was confirmed; asked like any other."""

    kept: FrozenReport = field(kw_only=True)

    @classmethod
    def of(cls, kept: FrozenReport) -> "Frozen":
        """The report that was put away."""
        return cls(kept.organization, kept.since, kept.until, kept=kept)

    @cached_property
    def _content(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = json.loads(self.kept.content)
        return found

    @cached_property
    def tables(self) -> Mapping[str, Table]:
        """Those there were, with the lines they had."""
        return {one["code"]: table_from(one) for one in self._content["tables"]}

    def cut(self, code: str, at_start: bool = False) -> Cut:
        """The rows of the time. Raises ``NotFound`` for what no table counted then."""
        if (code, at_start) not in self.read:
            found = [one for one in self._content["cuts"] if (one["population"], one["at_start"]) == (code, at_start)]
            if not found:
                raise NotFound("上报的时候还没有统计这一项。")
            kept = self.kept.gathering
            stored = columns(kept, code, at_start) if kept else None
            self.read[code, at_start] = cut_from(found[0], population(code), stored)
        return self.read[code, at_start]

    @cached_property
    def _kept(self) -> Mapping[str, Any]:
        """What was confirmed, whatever has changed in counting since."""
        return {one["code"]: one for one in self._content["tables"]}


class Difference(NamedTuple):
    """A figure that has become another since it was confirmed."""

    table: Table
    row: Line
    column: Line
    then: int
    now: int


def differences(frozen: Report, now: Report) -> Iterator[Difference]:
    """Figures of a report that was put away, beside those of today; lines that only one of them has are passed over."""
    for table in frozen.tables.values():
        today = now.tables.get(table.code)
        if today is None:
            continue
        rows, columns = ({line.code: place for place, line in enumerate(lines)} for lines in (today.rows, today.columns))
        figures, figures_now = frozen.figures(table), now.figures(today)
        for row, across in zip(table.rows, figures.tolist(), strict=True):
            for column, then in zip(table.columns, across, strict=True):
                if row.code in rows and column.code in columns:
                    found = int(figures_now[rows[row.code], columns[column.code]])
                    if found != then:
                        yield Difference(table, row, column, then, found)
