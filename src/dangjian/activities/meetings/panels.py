"""What organisational life shows on pages of other apps: home, search, an organisation, a member."""

import datetime as dt
from collections.abc import Sequence

from django.db.models import Q, QuerySet
from django.urls import reverse

from dangjian.activities.meetings.models import TOOK_PLACE, Attendance, Meeting, Status
from dangjian.activities.meetings.queries import BY_KIND, LIFE, OWN_LIFE, Figures, HeldNumbers, held_numbers
from dangjian.activities.meetings.views.home import counted, listed, soonest
from dangjian.activities.meetings.views.statistics import HELD, presence_drawn, presence_of
from dangjian.activities.meetings.waiting import URGENT, waiting_count, waiting_meetings
from dangjian.kernel import clock
from dangjian.kernel.gate import Request
from dangjian.kernel.lists import DAY, STATE, Column, Table
from dangjian.kernel.offers import Matter, SearchHit
from dangjian.kernel.once import once_a_request
from dangjian.kernel.periods import MONTH, YEAR, Span
from dangjian.kernel.statistics import Asked
from dangjian.kernel.ui import words
from dangjian.members.models import Member
from dangjian.org.models import Kind, Organization
from dangjian.org.prepared import prepared_rows
from dangjian.org.scope import opened

SHOWN = 5

MONTHS = 12
OVERSEERS = (Kind.COMMITTEE, Kind.GENERAL_BRANCH)


def find_meetings(text: str, limit: int) -> Sequence[SearchHit]:
    """Meetings by title or archive number, latest first."""
    rows = Meeting.objects.filter(Q(title__icontains=text) | Q(number__icontains=text)).exclude(status=Status.DRAFT)
    return [
        SearchHit(row.title, reverse("meetings:detail", args=[row.pk]), f"{row.organization.short_name} {words.day(row.held_on)}")
        for row in rows.select_related("organization").order_by("-held_on", "-pk")[:limit]
    ]


@once_a_request
def waiting_number(request: Request) -> int:
    """How many meetings wait for something, for the menu and the to-do list."""
    where = request.actor.scope_of("meetings.record")
    with opened(where):
        return waiting_count(request.actor, where)


def matters(request: Request, limit: int) -> list[Matter]:
    """What the actor has to do with meetings that wait: leaves, minutes, confirmations; the most urgent kind first."""
    found = []
    for group in waiting_meetings(request.actor, request.actor.scope_of("meetings.record"), URGENT):
        for meeting in group.meetings:
            tab = f"?tab={group.wait.tab}" if group.wait.tab else ""
            url = f"{reverse('meetings:detail', args=[meeting.pk])}{tab}"
            held_on = f"，{words.day(meeting.held_on)}" if meeting.held_on else ""
            found.append(Matter(f"{group.wait.title}：{meeting.title}", url, f"{meeting.organization.short_name}{held_on}"))
    return found[:limit]


def home_panel(request: Request) -> dict[str, object] | None:
    """Meetings to run next, for whoever runs an organisation's meetings; what waits stands on the one to-do list."""
    where = request.actor.scope_of("meetings.record")
    with opened(where):
        rows = listed(soonest(where)[:SHOWN])
    return {"coming": rows, "today": clock.today()} if rows else None


def year_panel(request: Request) -> dict[str, object] | None:
    """Charts of the meetings of the last twelve months, for those who oversee several branches."""
    today = clock.today()
    since = Span.of(today, MONTH).shifted(1 - MONTHS).start
    with opened(request.actor.scope_of("meetings.statistics")):
        organization = next(iter(_first_overseer()), None)
        if organization is None:
            return None
        found = held_numbers(organization, since, today)
    return {
        "organization": organization,
        "number": sum(n for _, n in found.by_month),
        "url": _held_url(organization, since, today),
        "months": _by_month(organization, found),
        "children": _by_child(found, since, today),
    }


@prepared_rows
def _first_overseer() -> QuerySet[Organization]:
    return Organization.objects.standing().filter(kind__in=OVERSEERS).order_by("path")[:1]


def _held_url(organization: Organization, since: dt.date, until: dt.date) -> str:
    return HELD.url(Asked(organization, since, until), {"organization": str(organization.pk)})


def _by_month(organization: Organization, found: HeldNumbers) -> dict[str, object]:
    months = [month for month, _ in found.by_month]
    urls = [_held_url(organization, *Span.of(month, MONTH).days) for month in months]
    return {
        "unit": "次",
        "categories": [f"{month.year}年{month.month}月" for month in months],
        "series": [{"name": "会议", "values": [n for _, n in found.by_month], "urls": urls}],
    }


def _by_child(found: HeldNumbers, since: dt.date, until: dt.date) -> dict[str, object]:
    rows = found.by_child
    if len(rows) < 2:
        return {}
    return {
        "unit": "次",
        "categories": [organization.short_name for organization, _ in rows],
        "series": [
            {
                "name": "会议",
                "values": [n for _, n in rows],
                "urls": [_held_url(organization, since, until) for organization, _ in rows],
            }
        ],
    }


def organization_panel(request: Request, organization: Organization) -> dict[str, object] | None:
    """The year's meetings of an organisation with figures."""
    today = clock.today()
    with opened(request.actor.scope_of("meetings.view")):
        asked = Asked(organization, today.replace(month=1, day=1), today)
        total, kinds = LIFE.total(asked, "organization"), BY_KIND.rows(asked, LIFE(asked, "kind"), Figures)
        rows = Meeting.objects.filter(organization__path__startswith=organization.path).exclude(
            status__in=(Status.DRAFT, Status.CANCELLED)
        )
        # Only those that are shown are counted: an enterprise has thousands.
        latest = list(rows.order_by("-held_on", "-pk").values_list("pk", flat=True)[:SHOWN])
        meetings = listed(counted(Meeting.objects.filter(pk__in=latest).order_by("-held_on", "-pk")))
        may_call = request.actor.may("meetings.call", organization)
    return {
        "organization": organization,
        "total": total,
        "meetings": meetings,
        "year": today.year,
        "may_call": may_call,
        "today": today,
        "rate": total.rate,
        "before": f"其中启用前补记 {total.before} 次" if total.before else "",
        "kinds": [{"title": row.title, "number": row.figures.meetings} for row in kinds],
    }


ATTENDED: Table[Attendance] = Table(
    "参加的会议",
    (
        Column("会议", "meeting.title"),
        Column("日期", "meeting.held_on", DAY, drawn=lambda row: words.short_day(row.meeting.held_on)),
        Column("召开", "meeting.organization.short_name"),
        Column("身份", lambda row: row.get_role_display()),
        Column("出席", presence_of, STATE, drawn=presence_drawn),
    ),
    row=lambda row: reverse("meetings:detail", args=[row.meeting_id]),
)


def member_panel(request: Request, member: Member) -> dict[str, object] | None:
    """Whether a member came to the meetings of this year."""
    today = clock.today()
    with opened(request.actor.scope_of("meetings.view")):
        rows = list(
            Attendance.objects.filter(member=member, meeting__status__in=TOOK_PLACE, meeting__held_on__year=today.year)
            .select_related("meeting__organization")
            .order_by("-meeting__held_on", "-pk")
        )
        figures = OWN_LIFE.total(Asked.of(None, Span.of(today, YEAR), member=member.pk), "month")
    return {
        "member": member,
        "attended": ATTENDED.of(rows[:10]),
        "figures": figures,
        "year": today.year,
        "rate": figures.rate,
    }
