"""Statistics with drill-down: organisation → meetings → member; and a member's year."""

import calendar
import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode

from dangjian.activities.meetings import exports, queries
from dangjian.activities.meetings.forms.filters import ALL_HELD, StatisticsFilter
from dangjian.activities.meetings.models import TOOK_PLACE, Attendance, Role
from dangjian.activities.meetings.queries import Figures, Statistics
from dangjian.kernel import clock
from dangjian.kernel.gate import Request, page
from dangjian.kernel.ordering import ordered_by
from dangjian.kernel.typed import number
from dangjian.kernel.ui import words
from dangjian.members.models import Member
from dangjian.members.queries.people import found_by_name
from dangjian.org.gate import find
from dangjian.org.models import Organization

PEOPLE_PAGE = 25
PEOPLE_SORTS = {
    "name": "member__name_sort",
    "due": "due",
    "present": "present",
    "leave": "leave",
    "absent": "absent",
    "made_up": "made_up",
}


@page("meetings.statistics")
def statistics(request: Request) -> HttpResponse:
    """Meetings held and people who came, for an organisation and all below it."""
    form = StatisticsFilter(request.GET)
    organization = form.unit
    context: dict[str, Any] = {"form": form, "organization": organization}
    if organization is not None:
        since, until = form.days
        found = queries.statistics(organization, since, until, form.kinds)
        context |= {
            "found": found,
            "since": since,
            "until": until,
            "children": _children(form, found),
            "kinds": _kinds(form, found),
            "chart": _chart(form, found),
            "months": _months(form, found),
            "sittings": _note(found.total),
            "meetings_url": _list_url(form, organization.pk),
            "rate": found.total.rate / 100 if found.total.rate is not None else None,
        }
    return render(request, "meetings/statistics.html", context)


@page("meetings.statistics")
def statistics_sheet(request: Request) -> HttpResponseBase:
    """The statistics as an xlsx."""
    form = StatisticsFilter(request.GET)
    if form.unit is None:
        return statistics(request)
    file = exports.statistics(form.unit, *form.days, queries.statistics(form.unit, *form.days, form.kinds))
    return FileResponse(file, as_attachment=True, filename=f"{form.unit.short_name}组织生活统计（{_span(form)}）.xlsx")


def _span(form: StatisticsFilter) -> str:
    since, until = form.days
    return f"{since:%Y%m%d}至{until:%Y%m%d}"


def _note(total: Figures) -> str:
    note = f"共 {words.number(total.sittings)} 场"
    return f"{note}，其中启用前补记 {words.number(total.before)} 次" if total.before else note


@page("meetings.statistics")
def people(request: Request) -> HttpResponse:
    """Attendance of each member in the period, worst first if asked."""
    form = StatisticsFilter(request.GET)
    organization = form.unit
    context: dict[str, Any] = {"form": form, "organization": organization, "q": request.GET.get("q", "").strip()[:30]}
    if organization is not None:
        page_obj = Paginator(_people(request, form, organization), PEOPLE_PAGE).get_page(request.GET.get("page"))
        for row in page_obj.object_list:
            row["rate"] = row["present"] / row["due"] if row["due"] else None
        context |= {"page_obj": page_obj, "year": form.days[0].year}
    return render(request, "meetings/statistics_people.html", context)


def _people(request: Request, form: StatisticsFilter, organization: Organization) -> QuerySet[Any, dict[str, Any]]:
    """Those searched for, in the order asked for."""
    rows = queries.member_figures(organization, *form.days, form.kinds)
    if text := request.GET.get("q", "").strip()[:30]:
        rows = rows.filter(found_by_name(text, "member__"))
    column = ordered_by(request.GET.get("sort", ""), PEOPLE_SORTS, "-absent")
    return rows.order_by(column, "member__name_sort", "member_id")


@page("meetings.statistics")
def people_sheet(request: Request) -> HttpResponseBase:
    """The same members as an xlsx, all pages."""
    form = StatisticsFilter(request.GET)
    if form.unit is None:
        return people(request)
    since, until = form.days
    rows = _people(request, form, form.unit)
    file = exports.people(actor=request.actor, organization=form.unit, since=since, until=until, rows=rows)
    return FileResponse(file, as_attachment=True, filename=f"{form.unit.short_name}党员到会情况（{_span(form)}）.xlsx")


@page("meetings.view")
def member_year(request: Request, pk: int) -> HttpResponse:
    """A member's year: every meeting he was called to, and whether he came."""
    member: Member = find(Member.objects.select_related("branch"), pk=pk)
    year = number(request.GET.get("year"), least=2000, most=2200) or clock.today().year
    rows = (
        Attendance.objects.filter(member=member, meeting__status__in=TOOK_PLACE, meeting__held_on__year=year)
        .select_related("meeting__organization", "make_up")
        .prefetch_related("meeting__kinds")
        .order_by("-meeting__held_on", "-pk")
    )
    shown = list(rows)
    figures = Figures()
    for row in shown:
        if row.role == Role.ATTENDEE and not row.meeting.is_before_live:
            figures.add(_one(row))
    this_year = clock.today().year
    context = {
        "member": member,
        "rows": shown,
        "year": year,
        "figures": figures,
        "years": [this_year, this_year - 1, this_year - 2],
        "rate": figures.present / figures.due if figures.due else None,
    }
    return render(request, "meetings/member_year.html", context)


def _one(row: Attendance) -> Figures:
    return Figures(
        meetings=1,
        due=1,
        present=int(row.came),
        online=int(row.presence == "online"),
        leave=int(row.presence == "leave"),
        absent=int(row.presence == "absent"),
        made_up=int(row.presence == "made_up"),
    )


def held_url(organization_id: int, since: dt.date, until: dt.date, kind: str = "") -> str:
    """The list of the meetings that a figure counts."""
    return held_urls([(organization_id, since, until)], kind)[0]


def held_urls(counted: Iterable[tuple[int, dt.date, dt.date]], kind: str = "") -> list[str]:
    """The lists of the meetings that figures count: of an organisation from one day to another."""
    address, of_kind = reverse("meetings:list"), f"&{urlencode({'kind': kind})}" if kind else ""
    # A chart has dozens of them: numbers, days and the word need no quoting.
    return [f"{address}?organization={pk}&status={ALL_HELD}&since={since}&until={until}{of_kind}" for pk, since, until in counted]


def _list_url(form: StatisticsFilter, organization_id: int, *, kind: str = "") -> str:
    return held_url(organization_id, *form.days, kind or next(iter(form.kinds), ""))


def _own_url(form: StatisticsFilter, organization_id: int) -> str:
    chosen: dict[str, str | int] = {"organization": organization_id, "period": form.span}
    if form.kinds:
        chosen["kind"] = form.kinds[0]
    return f"{reverse('meetings:statistics')}?{urlencode(chosen)}"


def _children(form: StatisticsFilter, found: Statistics) -> list[dict[str, Any]]:
    """Organisations right below, each opening its own statistics; one without any below opens its meetings."""
    own = form.unit
    rows = []
    for organization, figures in found.by_child:
        is_own = own is not None and organization.pk == own.pk
        leads_down = not is_own and not organization.is_group
        rows.append(
            {
                "organization": organization,
                "figures": figures,
                "title": f"{organization.short_name}（本级）" if is_own else str(organization),
                "url": _own_url(form, organization.pk) if leads_down else _list_url(form, organization.pk),
                "meetings_url": _list_url(form, organization.pk),
                "share": _share(figures),
            }
        )
    return rows


def _share(figures: Figures) -> float | None:
    return figures.present / figures.due if figures.due else None


def _kinds(form: StatisticsFilter, found: Statistics) -> list[dict[str, Any]]:
    own = form.unit
    number = own.pk if own else 0
    return [
        {"title": title, "figures": figures, "share": _share(figures), "url": _list_url(form, number, kind=code)}
        for code, title, figures in found.by_kind
    ]


def _chart(form: StatisticsFilter, found: Statistics) -> dict[str, Any]:
    rows = _children(form, found)
    if len(rows) < 2:
        return {}
    return {
        "unit": "次",
        "categories": [row["title"] for row in rows],
        "series": [
            {
                "name": "会议",
                "values": [row["figures"].meetings for row in rows],
                "urls": [row["url"] for row in rows],
            }
        ],
    }


def _months(form: StatisticsFilter, found: Statistics) -> dict[str, Any]:
    rows, own = found.by_month, form.unit
    if len(rows) < 2 or own is None:
        return {}
    kind = next(iter(form.kinds), "")
    return {
        "unit": "%",
        "categories": [f"{day.year}年{day.month}月" for day, _ in rows],
        "series": [
            {
                "name": "到会率",
                "values": [figures.rate for _, figures in rows],
                "urls": held_urls(((own.pk, day, last_of_month(day)) for day, _ in rows), kind),
            }
        ],
    }


def last_of_month(day: dt.date) -> dt.date:
    """The last day of the month of ``day``."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])
