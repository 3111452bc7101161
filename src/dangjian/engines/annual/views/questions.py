"""A question of the reader's own: asked in the address, answered as a table, a chart and a spreadsheet."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
from django.forms import BoundField
from django.http import FileResponse, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from dangjian.accounts.events import record
from dangjian.engines.annual.forms.questions import BreakdownForm
from dangjian.engines.annual.models import SavedQuestion
from dangjian.engines.annual.queries.breakdowns import BELOW, BESIDE, MOST_COLUMNS, MOST_ROWS, TOTAL, USUAL, Way
from dangjian.engines.annual.queries.saved import readable
from dangjian.engines.annual.queries.submissions import KINDS
from dangjian.engines.annual.queries.words import told
from dangjian.engines.annual.views.gatherings import once_gathered
from dangjian.engines.annual.views.inquiries import Inquiry, inquiry, may_ask
from dangjian.kernel import clock, parameters, spreadsheets
from dangjian.kernel.errors import Conflict
from dangjian.kernel.gate import Request, requires
from dangjian.kernel.registry import offers
from dangjian.kernel.spreadsheets.cells import Value
from dangjian.kernel.statistics.measures import Cell
from dangjian.kernel.tabulation import Line, Population
from dangjian.kernel.ui import words
from dangjian.kernel.ui.forms import CheckChips
from dangjian.org.models import Organization

MOST_SERIES = 6
"""As many colours a chart has."""


class Shown:
    """The figures that are shown: lines that nobody is in are left out, but for those between years that have somebody."""

    def __init__(self, asked: Inquiry) -> None:
        table, figures = asked.table, asked.report.figures(asked.table)
        rows = _shown(table.rows, figures, asked.breakdown.down)
        columns = _shown(table.columns, figures.T, asked.breakdown.across)
        self.asked = asked
        self.rows: list[Line] = [table.rows[place] for place in rows]
        self.columns: list[Line] = [table.columns[place] for place in columns]
        self.figures: npt.NDArray[np.int64] = figures[np.ix_(rows, columns)]

    @property
    def too_big(self) -> str:
        """Why it cannot be shown, in words."""
        rows, columns = len(self.rows), len(self.columns)
        if rows <= MOST_ROWS and columns <= MOST_COLUMNS:
            return ""
        return (
            f"这样分有{rows}行、{columns}列，太大了看不清（最多{MOST_ROWS}行、{MOST_COLUMNS}列）。"
            "请换一种行或列，加上条件，或者选下级党组织。"
        )

    @property
    def left_out(self) -> str:
        """How many lines are 0."""
        table = self.asked.table
        pairs = ((table.rows, self.rows, "行"), (table.columns, self.columns, "列"))
        numbers = [(_of_codes(lines) - _of_codes(shown), word) for lines, shown, word in pairs]
        said = "、".join(f"{number}{word}" for number, word in numbers if number)
        return f"另有{said}都是 0，没有列出。" if said else ""

    @property
    def said(self) -> str:
        """How the whole is counted."""
        return told(self.asked.report, self.asked.table, self.asked.table.total, self.asked.table.columns[0])

    def behind(self, row: Line, column: Line) -> str:
        """The address of the list behind a figure."""
        return self.asked.behind(row.population, row=row.code, column=column.code)

    def lines(self) -> list[dict[str, object]]:
        """For the table; an organisation leads to the same question of itself."""
        leads = self._leads()
        return [
            {
                "line": row,
                "url": leads.get(row.code, ""),
                "is_nothing": not across.any(),
                "cells": [
                    Cell(column.title, words.number(figure), self.behind(row, column) if figure else "", "", not figure)
                    for column, figure in zip(self.columns, across.tolist(), strict=True)
                ],
            }
            for row, across in zip(self.rows, self.figures, strict=True)
        ]

    def _leads(self) -> dict[str, str]:
        """Addresses of the same question for the organisations in the rows, by their line."""
        if self.asked.breakdown.down.code != BELOW:
            return {}
        numbers = [int(one.code) for one in self.rows if one.code not in BESIDE]
        there = Organization.objects.standing().filter(pk__in=numbers, kind__in=KINDS).values_list("pk", flat=True)
        return {str(pk): reverse("annual:ask") + self.asked.query(organization=pk) for pk in there}

    def chart(self) -> dict[str, object] | None:
        """Rows that are part of no other by the columns, the largest of many and the rest in one, if there are several."""
        rows = [place for place, one in enumerate(self.rows) if one.code != TOTAL and not one.depth]
        parts = [place for place, one in enumerate(self.columns) if one.code != TOTAL and not one.depth]
        if len(rows) < 2:
            return None
        drawn = parts if len(parts) > 1 else [0]
        if len(drawn) > MOST_SERIES:
            largest = sorted(drawn, key=lambda column: -int(self.figures[rows, column].sum()))[: MOST_SERIES - 1]
            drawn = [column for column in drawn if column in largest]
        rest = [column for column in parts if column not in drawn] if len(drawn) > 1 else []
        series: list[dict[str, object]] = [
            {
                "name": self.columns[column].title,
                "values": [int(self.figures[row, column]) for row in rows],
                "urls": [self.behind(self.rows[row], self.columns[column]) for row in rows],
            }
            for column in drawn
        ]
        if rest:
            values = self.figures[np.ix_(rows, rest)].sum(axis=1).tolist()
            series.append({"name": f"其余{len(rest)}项", "values": values, "urls": [""] * len(rows)})
        breakdown = self.asked.breakdown
        data = {"unit": breakdown.population.unit, "categories": [self.rows[row].title for row in rows], "series": series}
        return {"title": breakdown.title, "data": data, "kind": "stacked" if len(drawn) > 1 else "bar"}


def _shown(lines: Sequence[Line], figures: npt.NDArray[np.int64], way: Way | None) -> npt.NDArray[np.intp]:
    """Places of the lines that are shown; each has its ``figures`` across."""
    has_some = [any(across) for across in figures.tolist()]
    shown = np.array(has_some) | np.array([one.code == TOTAL for one in lines])
    some = [place for place, one in enumerate(lines) if has_some[place] and one.code not in BESIDE]
    if way and way.goes_on and some:
        shown[some[0] : some[-1]] = True
    return np.flatnonzero(shown)


def _of_codes(lines: Iterable[Line]) -> int:
    return sum(one.code not in BESIDE for one in lines)


@requires("annual.view")
@once_gathered
def ask(request: Request) -> HttpResponse:
    """The question, and its answer; for htmx only the part that depends on the form."""
    asked = inquiry(request)
    shown = Shown(asked)
    is_part = request.htmx and not request.htmx.history_restore_request
    breakdown = asked.breakdown
    context = {
        **asked.shown,
        "crumbs": [("党内统计", reverse("annual:tables"))],
        "breakdown": breakdown,
        "fields": _fields(request, asked),
        "conditions": list(_conditions(asked, request.GET.get("add", ""))),
        "without_url": f"{request.path}{asked.query(where='')}",
        "too_big": shown.too_big,
        "sheet_url": reverse("annual:ask_sheet") + asked.query(),
        "save_url": reverse("annual:question_new") + asked.query(),
        "saved": _saved(request, asked),
    }
    if not shown.too_big:
        context |= {
            "said": shown.said,
            "columns": shown.columns,
            "rows": shown.lines(),
            "chart": shown.chart(),
            "left_out": shown.left_out,
        }
    return render(request, "annual/_answer.html" if is_part else "annual/ask.html", context)


def _saved(request: Request, asked: Inquiry) -> SavedQuestion | None:
    """What the question is kept as, if the address names that and still asks the same."""
    found = readable(request.actor).filter(pk=parameters.number(request, "saved") or 0).first()
    return found if found and found.asked == asked.breakdown.parameters else None


def _fields(request: Request, asked: Inquiry) -> list[BoundField]:
    """What is counted, of whom, by what."""
    listed = sorted(offers(Population), key=lambda one: one.code != USUAL)
    offered = [one for one in listed if may_ask(request, one, asked.report.unit)]
    own, of = BreakdownForm(asked.breakdown, offered), asked.asked.form
    return [own["of"], of["organization"], own["down"], own["across"], of["since"], of["day"], own["add"]]


def _conditions(asked: Inquiry, added: str) -> Iterator[dict[str, object]]:
    """What narrows the figures, to be ticked, and what is to be added."""
    chosen = {way.code: lines for way, lines in asked.breakdown.where}
    for way in asked.breakdown.conditions:
        lines = chosen.get(way.code, ())
        if lines or way.code == added:
            said = "、".join(one.title for one in lines)
            yield {"title": way.title, "chosen": said, "is_open": not lines, "boxes": _boxes(way, lines)}


def _boxes(way: Way, chosen: Sequence[Line]) -> str:
    choices = [(f"{way.code}:{one.code}", one.title) for one in way.lines]
    ticked = [f"{way.code}:{one.code}" for one in chosen]
    return CheckChips(choices=choices).render("where", ticked, {"id": f"where-{way.code.replace('.', '-')}"})


@requires("annual.view")
@once_gathered
def ask_sheet(request: Request) -> FileResponse:
    """The answer as a spreadsheet."""
    asked = inquiry(request)
    shown = Shown(asked)
    if shown.too_big:
        raise Conflict(shown.too_big)
    unit, until, breakdown = asked.report.unit, asked.report.until, asked.breakdown
    columns = [spreadsheets.Column("项目", width=34)]
    columns += [spreadsheets.Column(one.title, kind="number", width=14) for one in shown.columns]
    notes = [shown.said, f"{unit.name}及下级，{words.day(asked.report.since)}至{words.day(until)}。", shown.left_out]
    notes.append(f"{clock.now():%Y年%m月%d日 %H:%M}导出。")
    summary = f"导出自定义统计“{breakdown.title}”（{unit.short_name}，截至{until:%Y-%m-%d}）"
    record(actor=request.actor, verb="annual.exported", summary=summary, organization=unit)
    file = spreadsheets.write(columns, _written(shown), title="自定义统计", notes=[one for one in notes if one])
    return FileResponse(file, as_attachment=True, filename=f"{unit.short_name}自定义统计{until:%Y%m%d}.xlsx")


def _written(shown: Shown) -> Iterator[Sequence[Value]]:
    for row, across in zip(shown.rows, shown.figures.tolist(), strict=True):
        yield (f"{'　' * row.depth}{row.title}", *across)
