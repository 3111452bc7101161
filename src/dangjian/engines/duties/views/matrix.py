"""The responsibility matrix and the panel behind a cell."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.http import urlencode

from dangjian.engines.duties import actions, exports
from dangjian.engines.duties.queries import lists
from dangjian.engines.duties.queries import matrix as query
from dangjian.engines.duties.reminders import cell_key
from dangjian.kernel import clock
from dangjian.kernel.actor import may
from dangjian.kernel.gate import Request, requires
from dangjian.kernel.lists import page_of
from dangjian.kernel.periods import MONTH, QUARTER, TITLES, YEAR
from dangjian.kernel.typed import number
from dangjian.kernel.ui.icons import shapes
from dangjian.kernel.windows import Window
from dangjian.org.gate import find
from dangjian.org.models import Organization

SECTIONS_A_PAGE = 15
SIGNS = ("alert-circle", "check", "circle-dashed", "circle-minus", "clock")
PACES = {per: TITLES[per] for per in (MONTH, QUARTER, YEAR)}
"""The lengths of time that it shows, each with its word."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What the person asked the matrix for."""

    window: Window
    rule: str
    state: str

    @classmethod
    def of(cls, request: Request) -> "Filter":
        """From the address; what cannot be read falls back to the present quarter."""
        per = request.GET.get("per", "")
        try:
            day = dt.date.fromisoformat(request.GET.get("on", ""))
        except ValueError:
            day = clock.today()
        if not 2000 <= day.year <= 2100:
            day = clock.today()
        state = request.GET.get("state", "")
        rule = request.GET.get("rule", "")
        return cls(
            Window.of(day, per if per in PACES else QUARTER),
            rule if rule in dict(query.column_choices()) else "",
            state if state in query.STATES else "",
        )

    @property
    def duties(self) -> Any:
        """The duties it is about, whatever their state."""
        return query.duties_in(self.window, self.rule)

    @property
    def address(self) -> str:
        """Its parameters, for links of rows and cells."""
        return urlencode({"per": self.window.per, "on": self.window.start.isoformat(), "rule": self.rule, "state": self.state})


@requires("duties.matrix")
def matrix(request: Request) -> HttpResponseBase:
    """All units by all duties for a month, quarter or year; as a spreadsheet with ``?download=xlsx``."""
    asked = Filter.of(request)
    if request.GET.get("download") == "xlsx":
        sheet = exports.matrix_sheet(query.duties_in(asked.window, asked.rule, asked.state), "责任矩阵")
        return FileResponse(sheet, as_attachment=True, filename=f"{asked.window.label}责任矩阵.xlsx")
    organizations, level, inside = query.top_rows()
    sections = list(organizations.filter(kind__in=query.SECTIONS).order_by("path").values_list("pk", "short_name")[:400])
    under = request.GET.get("under", "")
    if (chosen := number(under)) is not None:
        organizations = organizations.filter(pk=chosen)
    if asked.state:
        organizations = query.having(organizations, query.duties_in(asked.window, asked.rule, asked.state), level)
    page_obj = page_of(organizations.order_by("path"), request.GET.get("page"), SECTIONS_A_PAGE)
    rows = query.rows_of(page_obj.object_list, level, inside, asked.duties)
    columns = query.columns_of(rows)
    return render(
        request,
        "duties/matrix.html",
        {
            "asked": asked,
            "page_obj": page_obj,
            "columns": columns,
            "lines": [(row, row.line(columns)) for row in rows],
            "figures": lists.figures(asked.window.start, asked.window.last),
            "earlier": lists.overdue_before(asked.window.start),
            "paces": PACES,
            "sections": sections,
            "under": under,
            "states": query.STATES,
            "rules": query.column_choices(),
            "shown_columns": ",".join(column.code for column in columns),
            "next": asked.window.next() if asked.window.last < clock.today() else None,
            "previous": asked.window.previous(),
            "signs": [(name, shapes(name)) for name in SIGNS],
        },
    )


@requires("duties.matrix")
def rows(request: Request, pk: int) -> HttpResponse:
    """The lines inside a line, put below it."""
    asked = Filter.of(request)
    organization, level = _line(request, pk)
    known = {column.code: column for column in (query.Column(code, title, title) for code, title in query.column_choices())}
    columns = [known[code] for code in request.GET.get("columns", "").split(",") if code in known]
    depth = 2 if level == "own" else 1
    found = query.rows_inside(organization, level, asked.duties, depth)
    if asked.state:
        found = [row for row in found if getattr(row.sum, asked.state)]
    return render(
        request,
        "duties/matrix_rows.html",
        {
            "asked": asked,
            "lines": [(row, row.line(columns)) for row in found],
            "shown_columns": request.GET.get("columns", ""),
            "parent": organization,
            "before": depth - 1,
            "width": len(columns) + 1,
        },
    )


def _line(request: Request, pk: int) -> tuple[Organization, query.Level]:
    """The organisation of a line, and what the line gathers: as asked, or by the organisation's kind."""
    organization: Organization = find(Organization.objects.standing(), pk=pk)
    asked = request.GET.get("level", "")
    usual: query.Level = "section" if organization.kind in query.SECTIONS else "body"
    return organization, next((level for level in query.OWNERS if level == asked), usual)


@requires("duties.matrix")
def cell(request: Request, pk: int) -> HttpResponse:
    """The duties behind a cell (or, without a rule, behind a whole line), with who answers for each."""
    asked = Filter.of(request)
    organization, level = _line(request, pk)
    found = query.behind(query.duties_in(asked.window, asked.rule, asked.state), level, organization.pk)
    page_obj = page_of(lists.shown(found).soonest_first(), request.GET.get("page"))
    title = dict(query.column_choices()).get(asked.rule, "应办事项")
    shown = list(page_obj.object_list)
    template = "duties/cell_part.html" if request.headers.get("HX-Request") else "duties/cell_page.html"
    return render(
        request,
        template,
        {
            "asked": asked,
            "organization": organization,
            "level": level,
            "page_obj": page_obj,
            "items": lists.present(shown, request.actor),
            "heading": title,
            "remind": cell_key(organization, level, asked.window, asked.rule),
            "states": query.STATES,
            "managed": {duty.pk for duty in shown if may(actions.require_reassigning, request.actor, duty)},
            "excusable": {duty.pk for duty in shown if may(actions.require_excusing, request.actor, duty)},
        },
    )
