"""What is to be done now, and the list of all meetings."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render

from dangjian.activities.meetings import queries
from dangjian.activities.meetings.forms.filters import MeetingFilter
from dangjian.activities.meetings.kinds import MEETING_KINDS
from dangjian.activities.meetings.models import (
    CAME,
    Meeting,
    Minutes,
    Role,
    Status,
)
from dangjian.activities.meetings.queries import period_of
from dangjian.activities.meetings.views.access import badge_of
from dangjian.activities.meetings.views.calling import ICONS
from dangjian.activities.meetings.waiting import SHOWN, waiting_meetings
from dangjian.kernel import clock
from dangjian.kernel.actor import Visitor
from dangjian.kernel.gate import Request, page
from dangjian.kernel.ordering import ordered_by
from dangjian.org.models import Organization
from dangjian.org.prepared import prepared_rows
from dangjian.org.scope import Scope

PAGE_SIZE = 20
SORTS = {"held_on": "held_on", "title": "title", "organization": "organization__path", "status": "status", "came": "came_now"}


@page("meetings.view")
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
    """Where the actor himself runs meetings; he may see more."""
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
    first, last = period_of("month", today)
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


@page("meetings.view")
def meeting_list(request: Request) -> HttpResponse:
    """All meetings that the reader may see, filtered, sorted, paged."""
    form = MeetingFilter(request.GET)
    rows = form.apply(Meeting.objects.all())
    rows = _drafts_hidden(rows, request.actor)
    column = ordered_by(request.GET.get("sort", ""), SORTS, "-held_on")
    due = Q(attendances__role=Role.ATTENDEE, attendances__presence__in=CAME)
    if column.endswith("came_now"):
        rows = rows.annotate(came_now=Count("attendances", filter=due))
    ordered = rows.order_by(column, "-pk")
    page_obj = Paginator(ordered, PAGE_SIZE).get_page(request.GET.get("page"))
    meetings = listed(counted(Meeting.objects.filter(pk__in=[row.pk for row in page_obj.object_list])))
    place = {row.pk: number for number, row in enumerate(page_obj.object_list)}
    meetings.sort(key=lambda row: place[row.pk])
    context = {
        "form": form,
        "page_obj": page_obj,
        "meetings": meetings,
        "may_call": request.actor.may("meetings.call"),
        "organization": form.unit,
    }
    return render(request, "meetings/list.html", context)


def _drafts_hidden(rows: QuerySet[Meeting], actor: Visitor) -> QuerySet[Meeting]:
    """A draft is the business of those who prepare it."""
    where = actor.scope_of("meetings.call")
    return rows.filter(~Q(status=Status.DRAFT) | where.q("organization__"))
