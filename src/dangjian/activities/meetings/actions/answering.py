"""What a member answers to a call: coming, asking for leave, choosing a sitting; and the decision on leave.

Being called is the right to answer, wherever the meeting is held: a member sees and changes their own row only.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction

from dangjian.accounts.events import EventsOf, record
from dangjian.activities.meetings.actions.calling import member_address, run_address
from dangjian.activities.meetings.actions.guards import is_person, locked_for, require_caller, require_status
from dangjian.activities.meetings.models import Answer, Attendance, Meeting, Presence, Sitting, Status
from dangjian.engines.notifications.actions import notify
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid, NotFound
from dangjian.members.own import own_records, require_not_own
from dangjian.org.openings import at, own

NOTES = EventsOf[Attendance](
    organization=lambda mine: mine.meeting.organization,
    member_id=lambda mine: mine.member_id,
    subject=lambda mine: mine.meeting,
)


@transaction.atomic
def answer(
    *,
    actor: Actor,
    meeting: Meeting,
    coming: bool,
    reason: str = "",
    sitting: Sitting | None = None,
) -> Attendance:
    """The actor says whether they come (to which sitting, if there are several) or asks for leave with ``reason``.

    An answer may be changed until the meeting begins. The same answer given twice changes nothing.
    """
    mine = _own_attendance(actor, meeting)
    _check_answerable(mine)
    with at(mine.meeting.organization):  # wherever it is held
        if coming:
            _come(actor, mine, sitting)
        else:
            _ask_leave(actor, mine, reason)
    return mine


@transaction.atomic
def choose_sitting(*, actor: Actor, meeting: Meeting, sitting: Sitting) -> Attendance:
    """The actor comes to this sitting."""
    return answer(actor=actor, meeting=meeting, coming=True, sitting=sitting)


def require_leave_right(actor: Actor, meeting: Meeting) -> None:
    """The chair grants leave, or whoever may call the meeting."""
    if not is_person(actor, meeting.chair):
        require_caller(actor, meeting)


def require_deciding_leaves(actor: Actor, meeting: Meeting) -> None:
    """Raise unless the actor may grant leave now: from the call until the record is confirmed."""
    require_leave_right(actor, meeting)
    require_status(meeting, Status.CALLED, Status.RUNNING, Status.HELD, doing="再审批请假")


@transaction.atomic
def decide_leave(*, actor: Actor, attendance: Attendance, grant: bool, note: str = "") -> Attendance:
    """Grant or refuse the leave that somebody asked for; a refusal says why. Nobody decides on their own leave."""
    # The meeting first: its end settles the list.
    meeting = locked_for(actor, attendance.meeting, require_deciding_leaves)
    attendance = _locked_row(attendance)
    require_not_own(actor, [attendance.member], how="请由主持人或其他支委会成员审批。")
    if attendance.answer != Answer.LEAVE_ASKED:
        raise Conflict(f"{attendance.member}没有待审批的请假，可能已由他人办理。")
    if not grant and not note.strip():
        raise Invalid("不准假请写明原因，本人会收到。", fields={"note": "请填写原因"})
    attendance.answer = Answer.LEAVE_GRANTED if grant else Answer.LEAVE_REFUSED
    attendance.decided_by_id, attendance.decided_at, attendance.decision_note = actor.user_id, clock.now(), note.strip()
    if meeting.status == Status.HELD and attendance.presence in {Presence.ABSENT, Presence.LEAVE}:
        attendance.presence = Presence.LEAVE if grant else Presence.ABSENT
    attendance.save()
    word = "准假" if grant else "未准假"
    record(
        actor=actor,
        verb="meetings.leave_granted" if grant else "meetings.leave_refused",
        summary=f"“{meeting}”：{attendance.member}请假，{word}",
        organization=meeting.organization,
        member_id=attendance.member_id,
        subject=meeting,
    )
    if attendance.member.user_id:
        notify(
            actor=actor,
            user_ids=[attendance.member.user_id],
            title=f"请假{'已批准' if grant else '未批准'}：{meeting}"[:120],
            body=attendance.decision_note,
            url=member_address(meeting),
            topic="meetings",
            organization=meeting.organization,
        )
    return attendance


@dataclass(frozen=True, slots=True)
class DecidedLeaves:
    """Requests decided on, and those left as they are: decided by somebody else by now, taken back, or the actor's own."""

    rows: list[Attendance]
    left_out: list[Attendance]


@transaction.atomic
def decide_leaves(*, actor: Actor, meeting: Meeting, attendance_ids: Iterable[int], grant: bool, note: str = "") -> DecidedLeaves:
    """``decide_leave`` for each of ``attendance_ids`` that still waits at this moment."""
    meeting = locked_for(actor, meeting, require_deciding_leaves)
    named = list(meeting.attendances.filter(pk__in=list(attendance_ids)).select_related("member"))
    of_actor = own_records(actor)
    waiting = [row for row in named if row.answer == Answer.LEAVE_ASKED and row.member_id not in of_actor]
    rows = [decide_leave(actor=actor, attendance=row, grant=grant, note=note) for row in waiting]
    return DecidedLeaves(rows, [row for row in named if row not in waiting])


def _own_attendance(actor: Actor, meeting: Meeting) -> Attendance:
    """The actor's own row, held against others. Raises ``NotFound`` if they are not called."""
    found: Attendance | None = (
        own(Attendance, actor.user_id)
        .select_for_update(of=("self",))
        .select_related("meeting__organization", "member")
        .filter(meeting=meeting)
        .exclude(meeting__status=Status.DRAFT)
        .first()
    )
    if found is None:
        raise NotFound("您不在这次会议的通知名单中。")
    return found


def _locked_row(attendance: Attendance) -> Attendance:
    found: Attendance = (
        Attendance.objects.select_for_update(of=("self",)).select_related("meeting__organization", "member").get(pk=attendance.pk)
    )
    return found


def _check_answerable(mine: Attendance) -> None:
    meeting = mine.meeting
    if mine.came:
        raise Conflict("您已签到，不用再答复。")
    if meeting.status == Status.CANCELLED:
        raise Conflict(f"“{meeting}”已取消，不用答复。")
    if meeting.status not in {Status.CALLED, Status.RUNNING}:
        raise Conflict(f"“{meeting}”已经结束，不能再答复。", how="如当时因故未能参加，请联系支部书记。")


def _come(actor: Actor, mine: Attendance, sitting: Sitting | None) -> None:
    meeting = mine.meeting
    if sitting is not None and sitting.meeting_id != meeting.pk:
        raise Invalid("所选场次不属于这次会议。", fields={"sitting": "请重新选择场次"})
    if sitting is not None and sitting.ends_at <= clock.now():
        raise Conflict("这一场已经结束，请选择其他场次。")
    seat = sitting or mine.sitting
    if seat is None and meeting.sittings.exists():
        raise Invalid("这次会议分几场召开，请选择您参加哪一场。", fields={"sitting": "请选择场次"})
    if mine.answer == Answer.COMING and mine.sitting == seat:
        return
    mine.answer, mine.answered_at, mine.sitting, mine.leave_reason = Answer.COMING, clock.now(), seat, ""
    mine.decided_by, mine.decided_at, mine.decision_note = None, None, ""
    mine.save()
    NOTES.record(actor, mine, "meetings.answered_coming", f"{mine.member}答复参加“{meeting}”")


def _ask_leave(actor: Actor, mine: Attendance, reason: str) -> None:
    meeting = mine.meeting
    reason = reason.strip()
    if not reason:
        raise Invalid("请写明请假的事由。", fields={"reason": "请填写请假事由"})
    if len(reason) > 200:
        raise Invalid("请假事由请控制在200字以内。", fields={"reason": "请缩短请假事由"})
    if mine.answer == Answer.LEAVE_GRANTED or (mine.answer == Answer.LEAVE_ASKED and mine.leave_reason == reason):
        return
    mine.answer, mine.leave_reason, mine.answered_at = Answer.LEAVE_ASKED, reason, clock.now()
    mine.decided_by, mine.decided_at, mine.decision_note = None, None, ""
    mine.save()
    NOTES.record(actor, mine, "meetings.leave_asked", f"{mine.member}因故请假，不参加“{meeting}”")
    deciders = {person.user_id for person in (meeting.chair,) if person and person.user_id} | (
        {meeting.created_by_id} if meeting.created_by_id else set()
    )
    notify(
        actor=actor,
        user_ids=deciders,
        title=f"{mine.member}请假：{meeting}"[:120],
        body=reason,
        url=run_address(meeting),
        topic="meetings",
        organization=meeting.organization,
    )
