"""Who is called to two meetings at one time."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Prefetch, QuerySet

from dangjian.activities.meetings.models import Attendance, Meeting, Sitting, Status
from dangjian.activities.meetings.models.attendance import LEAVE
from dangjian.kernel.actor import Visitor
from dangjian.members.models import Member
from dangjian.org.openings import register

COMING = (Status.CALLED, Status.RUNNING)
ELSEWHERE = "其他会议"


@dataclass(frozen=True, slots=True)
class Clash:
    """Somebody who is called to ``other`` at the same time; ``title`` is what the reader may know of it."""

    member: Member
    other: Meeting
    title: str
    sitting: Sitting


def clashes(meeting: Meeting, actor: Visitor, only: Member | None = None) -> list[Clash]:
    """Who of those called (or ``only`` one of them) cannot come to ``meeting`` without missing another; the soonest first.

    Nobody clashes who can choose a sitting that leaves them free, or who is on leave at one of the two. Meetings of organisations
    that the actor does not see are counted too, but not named, unless the actor is called to them. Six queries at most.
    """
    if meeting.status not in (*COMING, Status.DRAFT):
        return []
    ours = _called(register(Attendance).filter(meeting=meeting), only)
    window = [sitting for row in ours for sitting in _sittings(row)]
    if not window:
        return []
    near = register(Sitting).filter(
        starts_at__lt=max(one.ends_at for one in window), ends_at__gt=min(one.starts_at for one in window)
    )
    others = (
        register(Attendance)
        .filter(meeting__status__in=COMING, meeting__in=near.values("meeting"), member__in=[row.member_id for row in ours])
        .exclude(meeting=meeting)
    )
    mine = {row.member_id: row for row in ours}
    found = [
        Clash(row.member, row.meeting, _title(row, actor), hit)
        for row in _called(others, only)
        if (hit := _hit(_sittings(mine[row.member_id]), _sittings(row)))
    ]
    return sorted(found, key=lambda one: (one.sitting.starts_at, one.member.name_sort))


def _called(rows: QuerySet[Attendance], only: Member | None) -> list[Attendance]:
    rows = rows.exclude(answer__in=LEAVE).select_related("member", "sitting", "meeting__organization")
    sittings = Prefetch("meeting__sittings", register(Sitting))
    return list((rows.filter(member=only) if only else rows).prefetch_related(sittings))


def _sittings(row: Attendance) -> Sequence[Sitting]:
    return [row.sitting] if row.sitting else list(row.meeting.sittings.all())


def _hit(ours: Sequence[Sitting], theirs: Sequence[Sitting]) -> Sitting | None:
    """The first of theirs, if each of them lies across each of ours."""
    across = all(one.starts_at < other.ends_at and other.starts_at < one.ends_at for one in ours for other in theirs)
    return theirs[0] if ours and theirs and across else None


def _title(row: Attendance, actor: Visitor) -> str:
    is_own = row.member.user_id is not None and row.member.user_id == actor.user_id
    return row.meeting.title if is_own or actor.may("meetings.view", row.meeting.organization) else ELSEWHERE
