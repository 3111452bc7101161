"""What was held: evidence for duties, a member's own meetings, drill-down lists."""

import datetime as dt
from typing import Any

from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet
from django.db.models.functions import Coalesce, ExtractYear

from dangjian.activities.meetings.models import (
    TOOK_PLACE,
    AgendaItem,
    Answer,
    Attendance,
    MakeUp,
    MakeUpState,
    Meeting,
    MeetingKindRow,
    Sitting,
    Status,
)
from dangjian.kernel import clock
from dangjian.org.models import Kind, Organization
from dangjian.org.openings import own, register

OVERRUN = dt.timedelta(hours=12)
"""A meeting that still runs so long after its last sitting should have ended has only not been ended."""


def held(*kinds: str, closed_only: bool = False) -> QuerySet[MeetingKindRow]:
    """Evidence for duties, within the open scope: a row for each kind that a meeting served.

    Columns ``organization_id``, ``kind``, ``held_on``, ``meeting_id``. A meeting counts once it is over; with ``closed_only``
    once its record is put away.
    """
    statuses = {Status.CLOSED} if closed_only else TOOK_PLACE
    rows: QuerySet[MeetingKindRow] = MeetingKindRow.objects.filter(meeting__status__in=statuses)
    return rows.filter(kind__in=kinds) if kinds else rows


def held_for(*kinds: str) -> QuerySet[MeetingKindRow]:
    """As ``held``, with ``counted_on``: the day by which it counts, which may lie in the year before."""
    return held(*kinds).annotate(counted_on=Coalesce("counts_on", "held_on"))


def held_by_branch_or_groups(kind: str) -> QuerySet[MeetingKindRow]:
    """As ``held``, for a kind that a branch holds as a whole or group by group within a year, such as 组织生活会.

    ``body_id`` is the organisation that has held it: for a meeting of a group its branch, from the meeting on by which all
    groups that stood that day had held theirs.
    """
    rows = held_for(kind).annotate(year=ExtractYear("counted_on"))
    of_group = rows.filter(
        organization=OuterRef("pk"), year=OuterRef(OuterRef("year")), held_on__lte=OuterRef(OuterRef("held_on"))
    )
    standing = Q(dissolved_on=None) | Q(dissolved_on__gt=OuterRef("held_on"))
    waited_for = Organization.objects.filter(
        standing,
        ~Exists(of_group),
        kind=Kind.GROUP,
        parent=OuterRef("body"),
        established_on__lte=OuterRef("held_on"),
    )
    return rows.filter(Q(body=F("organization")) | ~Exists(waited_for))


def own_attendances(user_id: int) -> QuerySet[Attendance]:
    """A person's own rows with their meetings, soonest first, wherever they are called; drafts are not shown to them.

    ``meeting.sittings``, ``meeting.agenda``, ``meeting.kinds`` and ``make_up`` come along.
    """
    return (
        own(Attendance, user_id)
        .exclude(meeting__status=Status.DRAFT)
        .select_related("meeting__organization", "meeting__chair", "sitting", "member", "make_up")
        .prefetch_related(Prefetch("meeting__sittings", register(Sitting)))
        .prefetch_related(Prefetch("meeting__kinds", register(MeetingKindRow)))
        .prefetch_related(Prefetch("meeting__agenda", register(AgendaItem).select_related("speaker")))
        .order_by("meeting__held_on", "pk")
    )


def coming_for(user_id: int, day: dt.date) -> QuerySet[Attendance]:
    """Of ``own_attendances``: meetings called, from ``day`` on, and those that run.

    One that was over long ago and is only being written down calls nobody.
    """
    lately = register(Sitting).filter(meeting=OuterRef("meeting"), ends_at__gte=clock.now() - OVERRUN)
    coming = Q(Exists(lately), meeting__status=Status.RUNNING) | Q(meeting__status=Status.CALLED, meeting__held_on__gte=day)
    return own_attendances(user_id).filter(coming)


def next_for(user_id: int, day: dt.date) -> QuerySet[Attendance]:
    """As ``coming_for`` with the sittings alone: what the start page shows of the next one needs nothing else."""
    rows = coming_for(user_id, day).select_related(None).select_related("meeting", "sitting")
    return rows.prefetch_related(None).prefetch_related(Prefetch("meeting__sittings", register(Sitting)))


def past_for(user_id: int) -> QuerySet[Attendance]:
    """Of ``own_attendances``: meetings that took place, latest first."""
    return own_attendances(user_id).filter(meeting__status__in=TOOK_PLACE).order_by("-meeting__held_on", "-pk")


def own_make_ups(user_id: int) -> QuerySet[MakeUp]:
    """A person's make-up studies that they still have to do, most urgent first."""
    rows: QuerySet[MakeUp] = own(MakeUp, user_id).filter(state__in=(MakeUpState.ASSIGNED, MakeUpState.RETURNED))
    return rows.select_related("attendance__meeting__organization", "attachment")


def waiting(organization: Organization) -> dict[str, QuerySet[Any]]:
    """What waits for those who run the organisation: leave to decide, studies to confirm, records to finish."""
    column = "organization" if organization.is_group else "organization__body_path"
    inside = {column: organization if organization.is_group else organization.path}
    of_meeting = {f"meeting__{column}": value for column, value in inside.items()}
    of_attendance = {f"attendance__{column}": value for column, value in of_meeting.items()}
    return {
        "leaves": Attendance.objects.filter(
            answer=Answer.LEAVE_ASKED, meeting__status__in=(Status.CALLED, Status.RUNNING), **of_meeting
        ).select_related("meeting", "member"),
        "make_ups": MakeUp.objects.filter(state=MakeUpState.SUBMITTED, **of_attendance).select_related(
            "attendance__meeting", "attendance__member"
        ),
        "records": Meeting.objects.filter(status__in=(Status.HELD, Status.CONFIRMED), **inside),
    }
