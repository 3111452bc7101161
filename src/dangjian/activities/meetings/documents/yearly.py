"""What stands in the yearly register of a branch: officers, members, plan, records, figures."""

import datetime as dt
from typing import Any

from django.db.models import Q

from dangjian.activities.meetings.documents.meeting import contexts, loaded
from dangjian.activities.meetings.kinds import kinds_for
from dangjian.activities.meetings.models import TOOK_PLACE, Meeting
from dangjian.activities.meetings.queries import BY_KIND, HISTORY, LIFE, Figures, attendances, member_figures
from dangjian.kernel import clock, codes
from dangjian.kernel.statistics import Asked
from dangjian.kernel.ui import words
from dangjian.members.models import Member
from dangjian.members.queries import attendees_of
from dangjian.org.models import Kind, Organization, Post


def register_context(organization: Organization, year: int) -> dict[str, object]:
    """The variables of the register's templates. ``year`` may be the present one; the register then shows it so far."""
    first, last = dt.date(year, 1, 1), dt.date(year, 12, 31)
    until = min(last, clock.today())
    asked = Asked(organization, first, last, {HISTORY: True})
    kinds = BY_KIND.rows(asked, LIFE(asked, "kind"), Figures)
    people = member_figures(attendances(asked)).order_by("member__name_sort", "member_id")
    rows = Meeting.objects.filter(_inside(organization), held_on__range=(first, last), status__in=TOOK_PLACE)
    meetings = loaded(rows.order_by("held_on", "pk"))
    return {
        "organization": organization.name,
        "superior": organization.parent.name if organization.parent else "",
        "year": year,
        "printed_on": words.day(clock.today()),
        "established_on": words.day(organization.established_on),
        "unit": organization.unit_name or "—",
        "officers": _officers(organization, first, last),
        "groups": _groups(organization, first, until),
        "members": _roster(organization, until),
        "months": [f"{month}月" for month in range(1, 13)],
        "plan": _plan(organization, meetings),
        "kinds": [_figures(row.title, row.figures) for row in kinds],
        "total": _figures("合计（每次会议计一次）", LIFE.total(asked, "organization")),
        "people": [_person(place, row) for place, row in enumerate(people, 1)],
        "records": contexts(meetings),
    }


def _inside(organization: Organization) -> Q:
    return Q(organization=organization) if organization.is_group else Q(organization__body_path=organization.path)


def _officers(organization: Organization, first: dt.date, last: dt.date) -> list[dict[str, str]]:
    """Whoever held a post at some time of the year."""
    posts = (
        Post.objects.filter(Q(ends_on=None) | Q(ends_on__gt=first), organization=organization, starts_on__lte=last)
        .select_related("user")
        .order_by("starts_on", "pk")
    )
    order = list(dict(Post._meta.get_field("kind").choices or ()))
    return [
        {
            "post": post.get_kind_display(),
            "name": post.user.name,
            "since": words.day(post.starts_on),
            "until": words.day(post.ends_on),
        }
        for post in sorted(posts, key=lambda post: order.index(post.kind))
    ]


def _groups(organization: Organization, first: dt.date, until: dt.date) -> list[dict[str, object]]:
    standing = Q(dissolved_on=None) | Q(dissolved_on__gt=first)
    groups = Organization.objects.filter(standing, parent=organization, kind=Kind.GROUP, established_on__lte=until)
    leaders: dict[int, str] = {}
    for post in Post.objects.in_effect(until).filter(organization__in=groups, kind="group_leader").select_related("user"):
        leaders[post.organization_id] = post.user.name
    sizes: dict[int, int] = {}
    for number in Member.objects.counted().filter(organization__in=groups).values_list("organization_id", flat=True):
        sizes[number] = sizes.get(number, 0) + 1
    return [
        {"name": group.name, "leader": leaders.get(group.pk, ""), "members": sizes.get(group.pk, 0)}
        for group in groups.order_by("order", "pk")
    ]


def _roster(organization: Organization, on: dt.date) -> list[dict[str, object]]:
    people = attendees_of(organization, on).select_related("organization").order_by("name_sort", "pk")
    sex, ethnicity = codes.get("sex"), codes.get("ethnicity")
    return [
        {
            "place": place,
            "name": one.name,
            "sex": sex.label(one.sex),
            "ethnicity": ethnicity.label(one.ethnicity),
            "born": f"{one.birth_on:%Y.%m}" if one.birth_on else "",
            "joined": _month_day(one.joined_on),
            "converted": _month_day(one.converted_on),
            "category": one.get_category_display(),
            "group": one.organization.short_name if one.organization.is_group else "",
            "job": one.job_title,
        }
        for place, one in enumerate(people, 1)
    ]


def _month_day(day: dt.date | None) -> str:
    return f"{day:%Y.%m.%d}" if day else ""


def _plan(organization: Organization, meetings: list[Meeting]) -> list[dict[str, object]]:
    """One line for each kind that the branch or its groups hold: how often in each month."""
    counts: dict[str, list[int]] = {}
    for meeting in meetings:
        for code in meeting.kind_codes:
            counts.setdefault(code, [0] * 12)[meeting.held_on.month - 1 if meeting.held_on else 0] += 1
    own = [kind.code for kind in kinds_for(organization)]
    listed = [item for item in codes.get("meeting_kind").items if item.code in own or item.code in counts]
    return [
        {"kind": item.label, "months": [number or "" for number in row], "total": sum(row)}
        for item in listed
        for row in (counts.get(item.code, [0] * 12),)
    ]


def _figures(title: str, found: Any) -> dict[str, object]:
    return {
        "title": title,
        "meetings": found.meetings,
        "due": found.due,
        "present": found.present,
        "leave": found.leave,
        "absent": found.absent,
        "made_up": found.made_up,
        "rate": words.percent(found.rate, 1),
    }


def _person(place: int, row: Any) -> dict[str, object]:
    return {
        "place": place,
        "name": row.member__name,
        "due": row.due,
        "present": row.present,
        "leave": row.leave,
        "absent": row.absent,
        "made_up": row.made_up,
        "rate": words.percent(row.present / row.due if row.due else None, 1),
    }
