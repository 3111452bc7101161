"""The lists behind the figures: the same rows of the same cut, so that list and figure cannot differ.

One list for each population, with its own columns and what the cell asks of it.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.http import urlencode

from dangjian.engines.annual import installed
from dangjian.engines.annual.queries.breakdowns import TOTAL
from dangjian.engines.annual.queries.reports import Report
from dangjian.engines.annual.queries.words import sentence, told
from dangjian.engines.annual.views.asking import KEPT, Question, question
from dangjian.engines.annual.views.inquiries import KEYS, inquiry
from dangjian.kernel.errors import NotFound
from dangjian.kernel.lists import Asked, Column, Empty, ListPage, RowAction
from dangjian.kernel.lists.loaded import Loaded
from dangjian.kernel.parameters import BACK
from dangjian.kernel.registry import offers
from dangjian.kernel.tabulation import Cut, Flag, Line, Population, Table
from dangjian.kernel.tabulation.definition import asked as dimensions_of
from dangjian.kernel.tabulation.definition import settled
from dangjian.kernel.typed import number
from dangjian.org.lists import on_trail

NAME = "annual:behind_"
KNOWN: Loaded[str] = Loaded("known_of")
"""What the figure asks of a row, in words."""
FORM: Loaded[str] = Loaded("form_of")
"""Where a row that makes a check fail is mended."""


class Side(NamedTuple):
    """Rows of a cut that a figure counts, and what is said in front of each."""

    says: str
    cut: Cut
    places: npt.NDArray[np.intp]

    @property
    def numbers(self) -> npt.NDArray[np.int64]:
        """Numbers of whom or what the list shows, for each of the rows."""
        return self.cut.columns[self.cut.population.behind.of][self.places]


@dataclass
class Cell:
    """Which figure is opened."""

    question: Question
    table: Table
    title: str
    said: str
    sides: tuple[Side, ...]
    numbers: Collection[int]
    dimensions: tuple[str, ...]


def cell_of(asked: Asked) -> Cell:
    """The figure that an address names; read once for a request. Raises ``NotFound`` for one that there is not."""
    found: Cell | None = getattr(asked.request, "annual_cell", None)
    if found is None:
        found = _failure(asked) if asked.given.get("failure") else _own(asked) if asked.given.get("down") else _figure(asked)
        vars(asked.request)["annual_cell"] = found
    return found


def _figure(asked: Asked) -> Cell:
    found = question(asked.request)
    table, row, column = _named(asked, found.report)
    side = _side(found.report, table, row, column)
    title = row.title if column.code == "total" else f"{row.title}　{column.title}"
    names = tuple(dict.fromkeys(name for line in (row, column) for name in _shown(line, side.cut.population)))
    said = sentence(found.report, table, row, column)
    if asked.given.get("changed") and found.kept:
        return _changed(Cell(found, table, title, said, (side,), (), names), row, column)
    return Cell(found, table, title, said, (side,), side.numbers.tolist(), names)


def _own(asked: Asked) -> Cell:
    """A figure of a question of the reader's own; ``down`` in the address marks it."""
    found = inquiry(asked.request, asked.listing.name.removeprefix(NAME))
    table = found.table
    try:
        row, column = table.row(asked.given.get("row") or TOTAL), table.column(asked.given.get("column") or TOTAL)
    except KeyError:
        raise NotFound("没有这个统计数字，请从统计结果上点开。") from None
    side = _side(found.report, table, row, column)
    names = tuple(dict.fromkeys(name for line in (row, column) for name in _shown(line, side.cut.population)))
    title = "　".join(line.title for line in (row, column) if line.code != TOTAL) or row.title
    return Cell(found, table, title, told(found.report, table, row, column), (side,), side.numbers.tolist(), names)


def _side(report: Report, table: Table, row: Line, column: Line, says: str = "") -> Side:
    cut, bits = report.counted(table).bits(row, column)
    return Side(says, cut, cut.places(bits))


def _changed(cell: Cell, row: Line, column: Line) -> Cell:
    """Whoever was counted when the report was confirmed and is not now, or the other way round."""
    kept = cell.question.report
    live = Report.ready(kept.unit, kept.since, kept.until)
    table = live.table(cell.table.code)
    try:
        now = _side(live, table, table.row(row.code), table.column(column.code), "现在计入")
    except KeyError:
        raise NotFound("现在的统计表没有这个数字了。") from None
    (then,) = cell.sides
    gone = then.places[~np.isin(then.numbers, now.numbers)]
    come = now.places[~np.isin(now.numbers, then.numbers)]
    sides = (Side("上报时计入", then.cut, gone), Side("现在计入", now.cut, come))
    numbers = np.setxor1d(then.numbers, now.numbers).tolist()
    return replace(cell, said=f"上报以后计入情况有变化的。{cell.said}", sides=sides, numbers=numbers)


def _named(asked: Asked, report: Report) -> tuple[Table, Line, Line]:
    """The cell that is asked for; the first that counts this population where the address names none."""
    code = asked.listing.name.removeprefix(NAME)
    tables = [one for one in report.tables.values() if any(row.population == code for row in one.rows)]
    table = report.table(asked.given["table"]) if asked.given.get("table") else tables[0]
    first = next((row.code for row in table.rows if row.population == code), "")
    try:
        row = table.row(asked.given.get("row") or first)
        column = table.column(asked.given.get("column") or table.columns[0].code)
    except KeyError:
        raise NotFound("没有这个统计数字，请从统计表上点开。") from None
    if row.population != code:
        raise NotFound("没有这个统计数字，请从统计表上点开。")
    return table, row, column


def _failure(asked: Asked) -> Cell:
    found = question(asked.request)
    table = found.report.table(asked.given.get("table", ""))
    failures, place = found.report.failures(table), number(asked.given.get("failure"))
    if place is not None and place >= len(failures):
        # Whoever has mended the last one comes back to this list.
        return Cell(found, table, "已经平了", "这处不平已经没有了，表上的数字现在是平的。", (), (), ())
    if place is None or failures[place].population != asked.listing.name.removeprefix(NAME):
        raise NotFound("没有这处不平，请从统计表上点开。")
    failure = failures[place]
    said = f"表{table.code}“{failure.check.title}”没有通过，是下面这些记录造成的；补全或更正后，表上的数字立即跟着变。"
    return Cell(found, table, failure.check.title, said, (), failure.persons, ())


def _shown(line: Line, population: Population) -> list[str]:
    """What a condition asks, without the 是 or 否 that it leaves of all rows alike."""
    plain = {name for name in settled(line.condition) if isinstance(population.dimension(name), Flag)}
    return [name for name in dimensions_of(line.condition) if name not in plain]


def _load(rows: list[Any], asked: Asked) -> None:
    """What the figure asks of each row; somebody who is counted several times says all of it."""
    cell = cell_of(asked)
    wanted = {row.pk for row in rows}
    said: dict[int, list[str]] = {}
    for side in cell.sides:
        for place, pk in zip(side.places.tolist(), side.numbers.tolist(), strict=True):
            if pk in wanted:
                said.setdefault(pk, []).append(_known(cell, side, place))
    # Only whoever makes a check fail is to be mended.
    mend = _population(asked).behind.mend if asked.given.get("failure") else None
    for row in rows:
        KNOWN.put(row, "；".join(dict.fromkeys(said.get(row.pk, []))))
        form = mend(row, asked.request.actor) if mend else ""
        FORM.put(row, f"{form}?{urlencode({BACK: asked.request.get_full_path()})}" if form else "")


def _known(cell: Cell, side: Side, place: int) -> str:
    title = {name: side.cut.population.dimension(name).title for name in cell.dimensions}
    texts = (f"{title[name]}：{text}" for name in cell.dimensions if (text := side.cut.text(name, place)))
    return "，".join((side.says, *texts) if side.says else texts)


def _population(asked: Asked) -> Population:
    return installed.population(asked.listing.name.removeprefix(NAME))


def _rows(population: Population) -> Any:
    def rows(asked: Asked) -> QuerySet[Any]:
        found: QuerySet[Any] = population.behind.rows(cell_of(asked).numbers)
        return found

    return rows


def _crumbs(asked: Asked) -> list[tuple[str, str]]:
    cell = cell_of(asked)
    query = cell.question.query()
    if not cell.table.code:
        return [("党内统计", reverse("annual:tables")), ("自定义统计", reverse("annual:ask") + query)]
    table = reverse("annual:table", args=[cell.table.code]) + query
    return [("党内统计", reverse("annual:tables") + query), (cell.table.label, table)]


def _list(population: Population) -> ListPage[Any]:
    return ListPage(
        name=f"{NAME}{population.code}",
        title=lambda asked: cell_of(asked).title,
        permission=population.behind.permission or "annual.view",
        crumbs=_crumbs,
        intro=lambda asked: cell_of(asked).said,
        rows=_rows(population),
        columns=(*population.behind.columns, Column("统计所依据的内容", KNOWN.of, key="known")),
        order=population.behind.order,
        row=population.behind.address,
        actions=(RowAction("补正", FORM.of, may=lambda row, _asked: bool(FORM.of(row)), icon="pencil"),),
        load=_load,
        filters=population.behind.filters,
        kept=("organization", "day", KEPT, "table", "row", "column", "failure", "changed", *KEYS),
        empty=Empty("list-search", "这个数字后面没有记录", "数字为 0，没有要列出的。"),
        exported=on_trail("annual.behind_exported"),
    )


BEHIND = tuple(_list(one) for one in offers(Population))
