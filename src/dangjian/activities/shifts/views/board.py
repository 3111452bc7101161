"""The plan of a branch by the week or the month, and one's own shifts."""

import calendar
import datetime as dt
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from dangjian.activities.shifts.board import WEEK, Cell, board_of
from dangjian.activities.shifts.queries import IMPORT, OWN, VIEW, own_days, titles_on
from dangjian.activities.shifts.sheet import PLAN
from dangjian.kernel import clock, parameters
from dangjian.kernel.gate import Request, requires
from dangjian.kernel.lists import Choice, PageFilters
from dangjian.kernel.periods import MONTH
from dangjian.org.lists import OrganizationFilter, chosen_in
from dangjian.org.models import Kind, Organization

BY_MONTH = "month"
FILTERS = PageFilters(
    filters=(
        OrganizationFilter(kinds=(Kind.BRANCH, Kind.GROUP), usual="我的党支部"),
        Choice("by", "看多久", [(BY_MONTH, "一个月")], usual="一周", look="chips"),
    ),
)


@requires(VIEW)
def board(request: Request) -> HttpResponse:
    """Who works in which shift, by the week (``?on=`` a day in it) or by the month."""
    asked = FILTERS.asked(request)
    unit = chosen_in(asked) or _usual()
    day = parameters.day(request, "on") or clock.today()
    first, number = _stretch(day, asked.values.get("by") == BY_MONTH)
    context: dict[str, Any] = {
        **FILTERS.shown(asked),
        "unit": unit,
        "board": board_of(unit, first, number) if unit else None,
        "first": first,
        "last": first + dt.timedelta(days=number - 1),
        "before": (first - dt.timedelta(days=1)).isoformat(),
        "after": (first + dt.timedelta(days=number)).isoformat(),
        "by_month": number > WEEK,
        "upload_url": PLAN.upload_url if request.actor.may(IMPORT) else "",
    }
    return render(request, "shifts/board.html", context)


def _usual() -> Organization | None:
    found: Organization | None = Organization.objects.standing().filter(kind=Kind.BRANCH).order_by("path").first()
    return found


def _stretch(day: dt.date, by_month: bool) -> tuple[dt.date, int]:
    if by_month:
        return day.replace(day=1), calendar.monthrange(day.year, day.month)[1]
    return day - dt.timedelta(days=day.weekday()), WEEK


@requires(OWN)
def mine(request: Request) -> HttpResponse:
    """One's own shifts of a month (``?month=2026-12``)."""
    month = parameters.span(request, MONTH)
    weeks = calendar.Calendar().monthdatescalendar(month.start.year, month.start.month)
    rows = own_days(request.user.pk, *month.days)
    known = titles_on({row.member.organization.path for row in rows})
    cells = {row.on: Cell(row.shift, known[row.member.organization.path].get(row.shift)) for row in rows}
    context = {
        "month": month,
        "weeks": [[(on, on.month != month.start.month, cells.get(on)) for on in week] for week in weeks],
        "has_any": bool(rows),
        "today": clock.today(),
    }
    return render(request, "shifts/mine.html", context)
