"""What is to be done now, and the list of all meetings."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from dangjian.activities.meetings import queries
from dangjian.activities.meetings.kinds import MEETING_KINDS
from dangjian.activities.meetings.models import (
    CAME,
    TOOK_PLACE,
    Meeting,
    Minutes,
    Role,
    Status,
)
from dangjian.activities.meetings.views.access import badge_of
from dangjian.activities.meetings.views.calling import ICONS
from dangjian.activities.meetings.waiting import SHOWN, waiting_meetings
from dangjian.kernel import clock, codes
from dangjian.kernel.gate import Request, requires
from dangjian.kernel.lists import DAY, NUMBER, STATE, Asked, Choice, Column, Days, Empty, ListPage, Search, Start, State
from dangjian.kernel.periods import MONTH, Span
from dangjian.kernel.reach import Scope
from dangjian.kernel.ui import words
from dangjian.org.caching import CachedPaginator
from dangjian.org.lists import OrganizationFilter
from dangjian.org.models import Organization
from dangjian.org.prepared import prepared_rows
from dangjian.org.queries import found_by_text

ALL_HELD = "took_place"
"""The state that stands for all in which a meeting counts as held."""


@requires("meetings.view")
def home(request: Request) -> HttpResponse:
    """What those who run organisations have to do now."""
    today = clock.today()
    mine = _own(request)
    context: dict[str, Any] = {
        "coming": listed(soonest(mine)),
        "todo": waiting_meetings(request.actor, mine),
        "may_call": request.actor.may("meetings.call"),
        "due": _due(request, today),
        "week": _week(today) if request.actor.may("meetings.statistics") else None,
        "today": today,
    }
    return render(request, "meetings/home.html", context)


def _own(request: Request) -> Scope:
    """Where the actor runs meetings; they may see more."""
    return request.actor.scope_of("meetings.record")


@prepared_rows
def soonest(where: Scope) -> QuerySet[Meeting]:
    """The first meetings called or running in ``where``, with what a line of a list counts."""
    rows = Meeting.objects.filter(where.q("organization__")).coming()
    yesterday = clock.today() - dt.timedelta(days=1)
    rows = rows.filter(Q(status=Status.RUNNING) | Q(held_on__gte=yesterday)).order_by("held_on", "pk")
    return counted(rows)[:SHOWN]


def counted(rows: QuerySet[Meeting]) -> QuerySet[Any]:
    """Meetings with what a line of a list counts."""
    due = Q(attendances__role=Role.ATTENDEE)
    return (
        rows.select_related("organization")
        .prefetch_related("kinds", "sittings")
        .annotate(
            due=Count("attendances", filter=due, distinct=True),
            came=Count("attendances", filter=due & Q(attendances__presence__in=CAME), distinct=True),
            is_submitted=Exists(Minutes.objects.filter(meeting=OuterRef("pk"), submitted_at__isnull=False)),
        )
    )


def listed(rows: Iterable[Meeting]) -> list[Meeting]:
    """Meetings that are ``counted``, with the state and icon that a line of a list shows."""
    found: list[Any] = list(rows)
    for row in found:
        row.word, row.tone = badge_of(row, is_submitted=row.is_submitted)
        row.icon = ICONS.get(next(iter(row.kind_codes), ""), "calendar-event")
    return found


def _due(request: Request, today: dt.date) -> list[dict[str, Any]]:
    """Kinds that the actor's own organisations still owe in this period; each opens the form filled in."""
    where = request.actor.scope_of("meetings.call")
    owed = []
    for organization in Organization.objects.standing().filter(where.q("")).order_by("path")[:4]:
        codes = queries.due_kinds(organization, today)
        owed += [{"organization": organization, "kind": MEETING_KINDS[code], "icon": ICONS[code]} for code in codes]
    return owed[:SHOWN]


def _week(today: dt.date) -> dict[str, Any]:
    """How many meetings there are today, this week and this month; each opens its list."""
    monday = today - dt.timedelta(days=today.weekday())
    sunday = monday + dt.timedelta(days=6)
    first, last = Span.of(today, MONTH).days
    rows = Meeting.objects.exclude(status__in=(Status.DRAFT, Status.CANCELLED))
    return {
        "today": rows.filter(held_on=today).count(),
        "week": rows.filter(held_on__range=(monday, sunday)).count(),
        "month": rows.filter(held_on__range=(first, last)).count(),
        "monday": monday,
        "sunday": sunday,
        "first": first,
        "last": last,
    }


def _without_others_drafts(asked: Asked) -> QuerySet[Meeting]:
    """Without the drafts that are the business of others who prepare them."""
    where = asked.request.actor.scope_of("meetings.call")
    rows = Meeting.objects.filter(~Q(status=Status.DRAFT) | where.q("organization__")).select_related("organization")
    if asked.sort.removeprefix("-") != "came":
        return rows
    came = Q(attendances__role=Role.ATTENDEE, attendances__presence__in=CAME)
    return rows.annotate(came_now=Count("attendances", filter=came))


def _count_lines(rows: list[Any], _asked: Asked) -> None:
    """What is counted for a line, for these rows alone: over all of them it would be dear."""
    lines = {one.pk: one for one in listed(counted(Meeting.objects.filter(pk__in=[row.pk for row in rows])))}
    for row in rows:
        row.line = lines[row.pk]


def _found(text: str) -> Q:
    return Q(title__icontains=text) | Q(number__icontains=text) | found_by_text(text, "organization__")


def _in_status(rows: Any, status: str) -> Any:
    if status == ALL_HELD:
        return rows.filter(status__in=TOOK_PLACE)
    return rows.filter(status=status) if status else rows


def _came(row: Any) -> str:
    is_counted = row.took_place or row.status == Status.RUNNING
    return f"{row.line.came} / {row.line.due}" if is_counted else f"应到 {row.line.due}"


def _new_url(asked: Asked) -> str:
    """For the organisation whose meetings are listed."""
    unit = asked.values.get("organization")
    return reverse("meetings:new") + (f"?organization={unit.pk}" if unit else "")


CALL = Start("召集会议", _new_url, "speakerphone", lambda asked: bool(asked.request.actor.may("meetings.call")))

MEETINGS = ListPage(
    name="meetings:list",
    title="全部会议",
    permission="meetings.view",
    frame="meetings/list_frame.html",
    crumbs=(("组织生活", "meetings:home"),),
    rows=_without_others_drafts,
    columns=(
        Column("会议", "title", sort="title", width=36),
        Column("日期", "held_on", DAY, sort="held_on", drawn=lambda row: words.short_day(row.held_on) or "未定"),
        Column("党组织", "organization.short_name", sort="organization__path", key="organization", width=28),
        Column("类型", "line.kind_titles", width=28),
        Column("到会", "line.came", NUMBER, sort="came_now", key="came", drawn=_came),
        Column("应到", "line.due", NUMBER, on_page=False),
        Column("状态", lambda row: State(row.status, row.line.word, row.line.tone), STATE, sort="status"),
    ),
    order=("-held_on",),
    row="meetings:detail",
    load=_count_lines,
    starts=(CALL,),
    filters=(
        Search("q", "会议名称、编号或党组织", _found, longest=60),
        OrganizationFilter(tells_own=True),
        Choice("kind", "类型", codes.get("meeting_kind").choices, usual="全部类型", rows=queries.of_kind),
        Choice("status", "状态", [(ALL_HELD, "已召开（全部）"), *Status.choices], usual="全部状态", rows=_in_status),
        Days("held", "召开日期", field="held_on"),
    ),
    empty=Empty("calendar-off", "还没有会议", "召集会议后会出现在这里。", CALL),
    paginator=CachedPaginator,
)
