"""The meeting itself: it begins, people check in, it ends."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import transaction

from dangjian.accounts.events import record, record_many
from dangjian.activities.meetings import checkin
from dangjian.activities.meetings.actions.calling import check_ready
from dangjian.activities.meetings.actions.guards import locked, require_open, require_recording, require_status
from dangjian.activities.meetings.models import (
    Answer,
    Attendance,
    Meeting,
    Method,
    Mode,
    Presence,
    Role,
    Sitting,
    Status,
)
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid, NotThere
from dangjian.kernel.ui import words
from dangjian.members.models import Member
from dangjian.members.queries import may_vote
from dangjian.org.models import Organization
from dangjian.org.scope import everything

TRIES_A_MINUTE = 10
WHY = "somebody called checks himself in, wherever the meeting is held"


@dataclass(frozen=True, slots=True)
class CheckIn:
    """The answer to a check-in. ``is_new`` is false for a second tap, which changes nothing."""

    meeting_id: int
    title: str
    at: dt.datetime
    presence: str
    is_new: bool


@dataclass(frozen=True, slots=True)
class _Seat:
    """What one query tells about a person called and the sitting he checks in to."""

    attendance_id: int
    presence: str
    checked_in_at: dt.datetime | None
    member_id: int
    meeting_id: int
    title: str
    status: str
    mode: str
    organization_id: int
    path: str
    sitting_id: int
    starts_at: dt.datetime
    ends_at: dt.datetime


_SEAT = (
    "pk",
    "presence",
    "checked_in_at",
    "member_id",
    "meeting_id",
    "meeting__title",
    "meeting__status",
    "meeting__mode",
    "meeting__organization_id",
    "meeting__organization__path",
    "meeting__sittings__pk",
    "meeting__sittings__starts_at",
    "meeting__sittings__ends_at",
)


@transaction.atomic
def begin(*, actor: Actor, meeting: Meeting) -> Meeting:
    """Open the meeting. From a draft too: a meeting that came about on the spot, or one that is written down afterwards."""
    require_recording(actor, meeting)
    meeting = locked(meeting)
    if meeting.status == Status.RUNNING:
        return meeting
    require_status(meeting, Status.DRAFT, Status.CALLED, doing="开始")
    check_ready(meeting)
    if meeting.held_on and meeting.held_on > clock.today():
        raise Conflict(f"会议定于{words.day(meeting.held_on)}召开，今天还不能开始。", how="如提前召开，请先修改会议时间。")
    meeting.status, meeting.begun_at = Status.RUNNING, clock.now()
    meeting.save()
    note_voters(meeting)
    record(actor=actor, verb="meetings.begun", summary=f"“{meeting}”开始", organization=meeting.organization, subject=meeting)
    return meeting


def note_voters(meeting: Meeting) -> None:
    """Keep on each row whether the person has a vote on the day of the meeting. Called by actions that hold the meeting."""
    rows = list(Attendance.objects.filter(meeting=meeting).due().order_by().values_list("pk", "member_id"))
    voters = may_vote([member for _, member in rows], meeting.held_on or clock.today())
    meeting.attendances.filter(member__in=voters, role=Role.ATTENDEE).exclude(eligible_voter=True).update(eligible_voter=True)
    meeting.attendances.exclude(member__in=voters, role=Role.ATTENDEE).exclude(eligible_voter=False).update(eligible_voter=False)


def check_in(
    *,
    actor: Actor,
    token: str = "",
    code: str = "",
    meeting: Meeting | None = None,
    online: bool = False,
) -> CheckIn:
    """The actor checks in with the ``token`` of the QR code, or with the six digits ``code`` at ``meeting``.

    Verified before the database is asked. ``online`` says that he takes part from afar, where the meeting allows it. A second
    check-in answers the same and writes nothing. Not one transaction as a whole: it first reads, then changes one row only if
    that is still as it was read, so that nobody waits for a lock.
    """
    at = clock.now()
    with everything(WHY):
        if token:
            sitting_id = checkin.sitting_of(token, at)
            seat = _seat(actor, meeting__sittings=sitting_id)
            if seat is None:
                raise _not_called(sitting_id)
            if meeting is not None and seat.meeting_id != meeting.pk:
                raise Invalid(f"这是“{seat.title}”的签到码，不是“{meeting}”的。", how="请扫描本次会议屏幕上的二维码。")
        else:
            seat = _seat_by_code(actor, code, meeting, at)
        return _sit_down(actor, seat, at, online=online)


@transaction.atomic
def check_in_by_hand(
    *,
    actor: Actor,
    meeting: Meeting,
    attendance_ids: Iterable[int],
    presence: str,
    reason: str,
    sitting: Sitting | None = None,
) -> int:
    """The recorder registers people as present, online, on leave, absent, or unknown again, with a reason.

    Answers how many changed.
    """
    require_recording(actor, meeting)
    meeting = locked(meeting)
    require_status(meeting, Status.CALLED, Status.RUNNING, Status.HELD, doing="登记出席")
    _check_by_hand(meeting, presence, reason, sitting)
    rows = list(
        meeting.attendances.select_for_update(of=("self",))
        .select_related("member")
        .filter(pk__in=list(attendance_ids))
        .exclude(presence=presence)
        .exclude(presence=Presence.MADE_UP),
    )
    came = presence in {Presence.PRESENT, Presence.ONLINE}
    for row in rows:
        row.presence, row.method, row.hand_reason = presence, Method.HAND, reason.strip()
        row.checked_in_at = clock.now() if came else None
        row.recorded_by_id = actor.user_id
        row.sitting = sitting or row.sitting
    Attendance.objects.bulk_update(
        rows,
        ["presence", "method", "hand_reason", "checked_in_at", "recorded_by", "sitting"],
        batch_size=500,
    )
    label = Presence(presence).label
    record_many(
        [
            {
                "actor": actor,
                "verb": "meetings.presence_recorded",
                "summary": f"“{meeting}”：登记{row.member}{label}（{reason.strip()}）",
                "organization": meeting.organization,
                "member_id": row.member_id,
                "subject": meeting,
            }
            for row in rows
        ]
    )
    return len(rows)


@transaction.atomic
def add_attendee(*, actor: Actor, meeting: Meeting, member: Member, role: str = Role.OBSERVER) -> Attendance:
    """Put somebody on the list of a meeting that has begun: a guest who sits in, or one who was forgotten."""
    require_recording(actor, meeting)
    meeting = locked(meeting)
    require_status(meeting, Status.CALLED, Status.RUNNING, Status.HELD, doing="增加参会人员")
    row, is_new = Attendance.objects.get_or_create(meeting=meeting, member=member, defaults={"role": role})
    if not is_new:
        raise Conflict(f"{member}已在名单中。")
    seats = list(meeting.sittings.all()[:2])
    if len(seats) == 1:
        row.sitting = seats[0]
        row.save()
    if meeting.status != Status.CALLED:
        note_voters(meeting)
    record(
        actor=actor,
        verb="meetings.person_added",
        summary=f"“{meeting}”增加{Role(role).label}人员{member}",
        organization=meeting.organization,
        member_id=member.pk,
        subject=meeting,
    )
    return row


@transaction.atomic
def end(*, actor: Actor, meeting: Meeting) -> Meeting:
    """Close the list: whoever did not come is on leave if he asked for it (or need not come for age or illness), else absent."""
    require_recording(actor, meeting)
    meeting = locked(meeting)
    require_status(meeting, Status.RUNNING, doing="结束")
    later = meeting.sittings.filter(starts_at__gt=clock.now()).first()
    if later is not None:
        raise Conflict(
            f"{words.daytime(later.starts_at)}还有一场没有召开，不能结束会议。", how="如这一场不再召开，请先删去这一场。"
        )
    missing = meeting.attendances.filter(presence=Presence.UNKNOWN)
    missing.filter(answer__in=(Answer.LEAVE_GRANTED, Answer.LEAVE_ASKED)).update(presence=Presence.LEAVE)
    eased = Member.objects.filter(attendance_eased=True).values("pk")
    missing.filter(role=Role.ATTENDEE, member__in=eased).update(
        presence=Presence.LEAVE,
        leave_reason="年老体弱，不作硬性出勤要求",
        answer=Answer.LEAVE_GRANTED,
    )
    missing.filter(role=Role.ATTENDEE).update(presence=Presence.ABSENT)
    meeting.status, meeting.ended_at = Status.HELD, clock.now()
    meeting.save()
    came = Attendance.objects.filter(meeting=meeting).due().came().count()
    due = Attendance.objects.filter(meeting=meeting).due().count()
    record(
        actor=actor,
        verb="meetings.ended",
        summary=f"“{meeting}”结束，应到{due}人，实到{came}人",
        organization=meeting.organization,
        subject=meeting,
        data={"due": due, "came": came},
    )
    return meeting


def _seat(actor: Actor, **lookup: Any) -> _Seat | None:
    if actor.user_id is None:
        return None
    rows = Attendance.objects.order_by().filter(member__user_id=actor.user_id, **lookup)
    row = rows.values_list(*_SEAT).first()
    return _Seat(*row) if row else None


def _seat_by_code(actor: Actor, code: str, meeting: Meeting | None, at: dt.datetime) -> _Seat:
    """The seat whose sitting shows this code now. Without ``meeting``, any open meeting the actor is called to."""
    if actor.user_id is None:
        raise NotThere("您不在这次会议的通知名单中。")
    _count_try(actor)
    opens = at + opens_before()
    rows = Attendance.objects.order_by().filter(
        member__user_id=actor.user_id,
        meeting__status__in=(Status.CALLED, Status.RUNNING),
        meeting__sittings__starts_at__lte=opens,
        meeting__sittings__ends_at__gte=at,
    )
    seats = [_Seat(*row) for row in rows.values_list(*_SEAT)]
    found = next((seat for seat in seats if checkin.is_current(seat.sitting_id, code, at)), None)
    if found is None:
        if meeting is not None and not any(seat.meeting_id == meeting.pk for seat in seats):
            _explain(actor, meeting, at)
        raise Invalid("签到码不对或已过期。", how=checkin.RESCAN, fields={"code": "请重新输入屏幕上的六位数字"})
    if meeting is not None and found.meeting_id != meeting.pk:
        raise Invalid(
            f"这是“{found.title}”的签到码，不是“{meeting}”的。",
            how="请输入本次会议屏幕上的六位数字。",
            fields={"code": "不是本次会议的签到码"},
        )
    _forget_tries(actor)
    return found


def _explain(actor: Actor, meeting: Meeting, at: dt.datetime) -> None:
    """Raise what is in the way of checking in to ``meeting``, if it is not the code."""
    seat = _seat(actor, meeting=meeting)
    if seat is None:
        raise NotThere("您不在这次会议的通知名单中。")
    _check_window(seat, at)


def _sit_down(actor: Actor, seat: _Seat, at: dt.datetime, *, online: bool) -> CheckIn:
    if seat.presence in {Presence.PRESENT, Presence.ONLINE}:
        return CheckIn(seat.meeting_id, seat.title, seat.checked_in_at or at, seat.presence, is_new=False)
    _check_window(seat, at)
    from_afar = seat.mode == Mode.ONLINE or (online and seat.mode == Mode.BOTH)
    presence = Presence.ONLINE if from_afar else Presence.PRESENT
    with transaction.atomic():
        changed = (
            Attendance.objects.order_by()
            .filter(pk=seat.attendance_id, presence=Presence.UNKNOWN)
            .update(
                presence=presence,
                checked_in_at=at,
                method=Method.ONLINE if from_afar else Method.CODE,
                sitting_id=seat.sitting_id,
            )
        )
        if changed:
            record(
                actor=actor,
                verb="meetings.checked_in",
                summary=f"签到：“{seat.title}”",
                organization=Organization(pk=seat.organization_id, path=seat.path),
                member_id=seat.member_id,
                subject=Meeting(pk=seat.meeting_id),
            )
    if changed:
        return CheckIn(seat.meeting_id, seat.title, at, presence, is_new=True)
    return _overtaken(actor, seat)


def _overtaken(actor: Actor, seat: _Seat) -> CheckIn:
    """Somebody else changed the row since it was read: a second tap, the recorder, or the end of the meeting."""
    now = _seat(actor, pk=seat.attendance_id)
    if now is None or now.presence not in {Presence.PRESENT, Presence.ONLINE}:
        raise Conflict("记录人已登记您的出席情况，不能再签到。", how="如登记有误，请联系记录人更正。")
    return CheckIn(now.meeting_id, now.title, now.checked_in_at or clock.now(), now.presence, is_new=False)


def opens_before() -> dt.timedelta:
    """How long before a sitting people may check in."""
    return dt.timedelta(minutes=getattr(settings, "DANGJIAN_CHECK_IN_OPENS_MINUTES", 60))


def _check_window(seat: _Seat, at: dt.datetime) -> None:
    if seat.status == Status.CANCELLED:
        raise Conflict(f"“{seat.title}”已取消。")
    if seat.status not in {Status.CALLED, Status.RUNNING} or at > seat.ends_at:
        raise Conflict(f"“{seat.title}”已经结束，不能再签到。", how="如您参加了会议但没有签到，请联系记录人登记。")
    opens = seat.starts_at - opens_before()
    if at < opens:
        raise Conflict(f"“{seat.title}”还没有开始签到，{words.daytime(opens)}以后可以签到。")


def _not_called(sitting_id: int) -> Invalid | NotThere:
    title = Sitting.objects.filter(pk=sitting_id).values_list("meeting__title", flat=True).first()
    if title is None:
        return Invalid("这场会议已改期或取消，签到码不能用了。", how="请向主持人确认。")
    return NotThere(f"您不在“{title}”的通知名单中，不能签到。如应参加，请联系会议记录人把您加入名单。")


def _tries_key(actor: Actor) -> str:
    return f"meetings.tries:{actor.user_id}"


def _count_try(actor: Actor) -> None:
    """Six digits could be guessed by a program; a person mistypes a few times at most."""
    key = _tries_key(actor)
    cache.add(key, 0, timeout=60)
    try:
        tries = cache.incr(key)
    except ValueError:
        return
    if tries > TRIES_A_MINUTE:
        raise Conflict("输入错误次数太多，请过一分钟再试。", how="也可以扫描屏幕上的二维码，或请记录人登记。")


def _forget_tries(actor: Actor) -> None:
    cache.delete(_tries_key(actor))


def _check_by_hand(meeting: Meeting, presence: str, reason: str, sitting: Sitting | None) -> None:
    require_open(meeting)
    if presence not in Presence.values or presence == Presence.MADE_UP:
        raise Invalid("请选择出席情况。", fields={"presence": "请从列表中选择"})
    if not reason.strip():
        raise Invalid("手工登记请写明原因，例如“手机没电”“未带手机”。", fields={"reason": "请填写原因"})
    if len(reason.strip()) > 200:
        raise Invalid("原因请控制在200字以内。", fields={"reason": "请缩短原因"})
    if presence == Presence.ONLINE and meeting.mode == Mode.ONSITE:
        raise Invalid("这次会议是现场召开，不能登记线上到会。", fields={"presence": "请选择其他出席情况"})
    if sitting is not None and sitting.meeting_id != meeting.pk:
        raise Invalid("所选场次不属于这次会议。", fields={"sitting": "请重新选择场次"})
