"""The responsibility matrix and the panel behind a cell."""

from dataclasses import dataclass

from django.db.models import Q
from django.http import FileResponse, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode

from dangjian.engines.duties import actions, exports
from dangjian.engines.duties.models import DutyQuerySet
from dangjian.engines.duties.queries import lists
from dangjian.engines.duties.queries import matrix as query
from dangjian.engines.duties.reminders import cell_key
from dangjian.engines.duties.views.access import line_of
from dangjian.kernel import clock, parameters
from dangjian.kernel.actor import may
from dangjian.kernel.gate import Request, requires
from dangjian.kernel.lists import Asked, AsOf, Choice, PageFilters, page_of
from dangjian.kernel.periods import MONTH, QUARTER, TITLES, YEAR
from dangjian.kernel.ui.icons import shapes
from dangjian.kernel.windows import Window
from dangjian.org.models import Organization

SECTIONS_A_PAGE = 15
SIGNS = ("alert-circle", "check", "circle-dashed", "circle-minus", "clock")
PACES = {per: TITLES[per] for per in (MONTH, QUARTER, YEAR)}
"""The lengths of time that it shows, each with its word."""
MOST_LISTED = 400
"""Units of the drop-down."""
MOST_LETTERS = 2000
"""Of the names of all columns."""


def _sections(_asked: Asked) -> list[tuple[str, str]]:
    organizations, _level, _inside = query.top_rows()
    sections = organizations.filter(kind__in=query.SECTIONS).order_by("path").values_list("pk", "short_name")
    return [(str(pk), name) for pk, name in sections[:MOST_LISTED]]


OF_A_PERIOD = (Choice("per", "周期", list(PACES.items()), "季度", look="hidden"), AsOf("on", "日期", look="hidden"))
"""``on`` is a day of the period."""
OF_DUTIES = (
    Choice("rule", "事项", lambda _asked: query.column_choices(), "全部事项"),
    Choice("state", "状态", list(query.STATES.items()), "全部状态"),
)
FILTERS = PageFilters(filters=(*OF_A_PERIOD, Choice("under", "单位", _sections, "全部单位"), *OF_DUTIES))
OF_A_LINE = PageFilters(
    filters=(*OF_A_PERIOD, *OF_DUTIES, Choice("level", "级别", [(level, level) for level in query.OWNERS], look="hidden"))
)
"""Of what stands inside a line or behind a cell of it."""


@dataclass(frozen=True, slots=True)
class Look:
    """What the person asked the matrix for."""

    window: Window
    rule: str
    state: str
    seen: Q

    @classmethod
    def of(cls, asked: Asked) -> "Look":
        """The present quarter, all duties in any state unless others are asked for."""
        values = asked.values
        window = Window.of(values["on"], values.get("per") or QUARTER)
        seen = lists.may_be_seen_by(asked.request.actor)
        return cls(window, values.get("rule", ""), values.get("state", ""), seen)

    @property
    def duties(self) -> DutyQuerySet:
        """The duties it is about, whatever their state."""
        return query.duties_in(self.window, self.rule).filter(self.seen)

    @property
    def in_state(self) -> DutyQuerySet:
        """Those in the state asked for."""
        return query.duties_in(self.window, self.rule, self.state).filter(self.seen)

    @property
    def address(self) -> str:
        """Its parameters, for links of rows and cells."""
        return urlencode({"per": self.window.per, "on": self.window.start.isoformat(), "rule": self.rule, "state": self.state})


@requires("duties.matrix")
def sheet(request: Request) -> FileResponse:
    """The matrix as a spreadsheet."""
    look = Look.of(FILTERS.asked(request))
    content = exports.matrix_sheet(look.in_state, "责任矩阵")
    return FileResponse(content, as_attachment=True, filename=f"{look.window.label}责任矩阵.xlsx")


@requires("duties.matrix")
def matrix(request: Request) -> HttpResponse:
    """All units by all duties for a month, quarter or year."""
    asked = FILTERS.asked(request)
    look = Look.of(asked)
    organizations, level, inside = query.top_rows()
    if asked.values.get("under"):
        organizations = organizations.filter(pk=asked.values["under"])
    if look.state:
        organizations = query.having(organizations, look.in_state, level)
    page_obj = page_of(organizations.order_by("path"), request, SECTIONS_A_PAGE)
    rows = query.rows_of(page_obj.object_list, level, inside, look.duties)
    columns = query.columns_of(rows)
    return render(
        request,
        "duties/matrix.html",
        {
            **FILTERS.shown(asked),
            "look": look,
            "page_obj": page_obj,
            "columns": columns,
            "lines": [(row, row.line(columns)) for row in rows],
            "figures": lists.figures(look.window.start, look.window.last),
            "earlier": lists.overdue_before(look.window.start),
            "paces": PACES,
            "shown_columns": ",".join(column.code for column in columns),
            "next": look.window.next() if look.window.last < clock.today() else None,
            "previous": look.window.previous(),
            "signs": [(name, shapes(name)) for name in SIGNS],
        },
    )


@requires("duties.matrix", on=line_of)
def rows(request: Request, organization: Organization) -> HttpResponse:
    """The lines inside a line, put below it."""
    asked = OF_A_LINE.asked(request)
    look, level = Look.of(asked), _level(asked, organization)
    shown = parameters.text(request, "columns", MOST_LETTERS)
    known = {column.code: column for column in (query.Column(code, title, title) for code, title in query.column_choices())}
    columns = [known[code] for code in shown.split(",") if code in known]
    depth = 2 if level == "own" else 1
    found = query.rows_inside(organization, level, look.duties, depth)
    if look.state:
        found = [row for row in found if getattr(row.sum, look.state)]
    return render(
        request,
        "duties/matrix_rows.html",
        {
            "look": look,
            "lines": [(row, row.line(columns)) for row in found],
            "shown_columns": shown,
            "parent": organization,
            "before": depth - 1,
            "width": len(columns) + 1,
        },
    )


def _level(asked: Asked, organization: Organization) -> query.Level:
    """What the organisation's line gathers: as asked, or by its kind."""
    usual: query.Level = "section" if organization.kind in query.SECTIONS else "body"
    return next((level for level in query.OWNERS if level == asked.values.get("level")), usual)


@requires("duties.matrix", on=line_of)
def cell(request: Request, organization: Organization) -> HttpResponse:
    """The duties behind a cell (or, without a rule, behind a whole line), with who answers for each."""
    asked = OF_A_LINE.asked(request)
    look, level = Look.of(asked), _level(asked, organization)
    found = query.behind(look.in_state, level, organization.pk)
    page_obj = page_of(lists.to_present(found).soonest_first(), request)
    title = dict(query.column_choices()).get(look.rule, "应办事项")
    shown = list(page_obj.object_list)
    template = "duties/cell_part.html" if request.headers.get("HX-Request") else "duties/cell_page.html"
    return render(
        request,
        template,
        {
            "look": look,
            "organization": organization,
            "level": level,
            "page_obj": page_obj,
            "items": lists.present(shown, request.actor),
            "heading": title,
            "remind": cell_key(organization, level, look.window, look.rule),
            "states": query.STATES,
            "managed": {duty.pk for duty in shown if may(actions.require_reassigning, request.actor, duty)},
            "excusable": {duty.pk for duty in shown if may(actions.require_excusing, request.actor, duty)},
        },
    )
