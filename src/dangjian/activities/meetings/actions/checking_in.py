"""Checking in with the code on the host's screen.

The seat is asked for first (``seating``); only whoever does not get it is told why.
"""

import datetime as dt
from dataclasses import dataclass

from dangjian.activities.meetings import checkin
from dangjian.activities.meetings.actions import seating
from dangjian.activities.meetings.actions.seating import Seat
from dangjian.activities.meetings.models import CAME, Meeting, Mode, Sitting, Status, WrongCode
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid, NotFound
from dangjian.kernel.ui import words
from dangjian.org.openings import register

TRIES_A_MINUTE, A_MINUTE = 10, dt.timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class CheckIn:
    """The answer to a check-in. ``is_new`` is false for a second tap, which changes nothing."""

    meeting_id: int
    title: str
    at: dt.datetime
    presence: str
    is_new: bool


def check_in(
    *,
    actor: Actor,
    token: str = "",
    code: str = "",
    meeting: Meeting | None = None,
    online: bool = False,
    waited: int = 0,
) -> CheckIn:
    """The actor checks in with the ``token`` of the QR code, or with the six digits ``code`` at ``meeting``.

    Being called is the right to check in, wherever the meeting is held: they reach their own row only. ``online`` says that they
    take part from afar; a meeting that is held on site alone refuses that. A second check-in returns the same, however old the
    code, and writes nothing. ``waited`` is how many seconds the tap waited for the network: it counts as of its own moment,
    within a limit.

    The seat is taken only if it is still free in that moment, so that nobody waits for a lock.
    """
    at = checkin.tapped_at(clock.now(), waited)
    if token:
        try:
            sitting_id = checkin.sitting_of(token, at)
        except Invalid:
            if again := _already(actor, token, meeting, at):
                return again
            raise
        _check_meeting(actor, sitting_id, meeting)
    else:
        sitting_id = _sitting_by_code(actor, code, meeting, at)
    if online:
        _check_mode(actor, sitting_id)
    found = seating.sit_down(actor, sitting_id, at, online=online)
    if found is None:
        raise _not_called(sitting_id)
    seat, presence = found
    if presence:
        return CheckIn(seat.meeting_id, seat.title, at, presence, is_new=True)
    if seat.presence in CAME:
        return CheckIn(seat.meeting_id, seat.title, seat.checked_in_at or at, seat.presence, is_new=False)
    _check_window(seat, at)
    return _overtaken(actor, seat)


def _already(actor: Actor, token: str, meeting: Meeting | None, at: dt.datetime) -> CheckIn | None:
    """The answer for somebody who has checked in long since, if ``token``, good or not, names a sitting where they have."""
    named = checkin.named_by(token)
    seat = seating.in_sitting(actor, named) if named is not None else None
    if seat is None or seat.presence not in CAME or (meeting is not None and seat.meeting_id != meeting.pk):
        return None
    return CheckIn(seat.meeting_id, seat.title, seat.checked_in_at or at, seat.presence, is_new=False)


def _check_meeting(actor: Actor, sitting_id: int, meeting: Meeting | None) -> None:
    seat = seating.in_sitting(actor, sitting_id) if meeting is not None else None
    if seat is not None and meeting is not None and seat.meeting_id != meeting.pk:
        raise Invalid(f"这是“{seat.title}”的签到码，不是“{meeting}”的。", how="请扫描本次会议屏幕上的二维码。")


def _check_mode(actor: Actor, sitting_id: int) -> None:
    """Whoever says that they are elsewhere is not put down as present on site."""
    seat = seating.in_sitting(actor, sitting_id)
    if seat is not None and seat.mode == Mode.ONSITE and seat.presence not in CAME:
        raise Conflict(
            f"“{seat.title}”只在现场召开，不能线上参加。",
            how="到了会场，请重新签到并选“在现场”；来不了的，请向记录人请假。",
        )


def _sitting_by_code(actor: Actor, code: str, meeting: Meeting | None, at: dt.datetime) -> int:
    """The sitting that shows this code now. Without ``meeting``, of any open meeting the actor is called to."""
    _check_tries(actor, clock.now())
    seats = seating.open_now(actor, at)
    found = next((seat for seat in seats if checkin.is_current(seat.sitting_id, code, at)), None)
    if found is None:
        if meeting is not None and not any(seat.meeting_id == meeting.pk for seat in seats):
            _explain(actor, meeting, at)
        _note_wrong_code(actor, clock.now())
        raise Invalid("签到码不对或已过期。", how=checkin.RESCAN, fields={"code": "请重新输入屏幕上的六位数字"})
    if meeting is not None and found.meeting_id != meeting.pk:
        raise Invalid(
            f"这是“{found.title}”的签到码，不是“{meeting}”的。",
            how="请输入本次会议屏幕上的六位数字。",
            fields={"code": "不是本次会议的签到码"},
        )
    return found.sitting_id


def _explain(actor: Actor, meeting: Meeting, at: dt.datetime) -> None:
    """Raise what is in the way of checking in to ``meeting``, if it is not the code."""
    seats = seating.in_meeting(actor, meeting.pk)
    if not seats:
        raise NotFound("您不在这次会议的通知名单中。")
    _check_window(min(seats, key=lambda seat: abs(seat.starts_at - at)), at)


def _overtaken(actor: Actor, seat: Seat) -> CheckIn:
    """Somebody else changed the row since it was read: a second tap, the recorder, or the end of the meeting."""
    now = seating.in_sitting(actor, seat.sitting_id)
    if now is None or now.presence not in CAME:
        raise Conflict("记录人已登记您的出席情况，不能再签到。", how="如登记有误，请联系记录人更正。")
    return CheckIn(now.meeting_id, now.title, now.checked_in_at or clock.now(), now.presence, is_new=False)


def _check_window(seat: Seat, at: dt.datetime) -> None:
    if seat.status == Status.CANCELLED:
        raise Conflict(f"“{seat.title}”已取消。")
    if seat.status not in {Status.CALLED, Status.RUNNING} or at > seat.ends_at:
        raise Conflict(f"“{seat.title}”已经结束，不能再签到。", how="如您参加了会议但没有签到，请联系记录人登记。")
    opens = seat.starts_at - checkin.opens_before()
    if at < opens:
        raise Conflict(f"“{seat.title}”还没有开始签到，{words.daytime(opens)}以后可以签到。")


def _not_called(sitting_id: int) -> Invalid | NotFound:
    # Whoever scans a valid code may know the name of the meeting.
    title = register(Sitting).filter(pk=sitting_id).values_list("meeting__title", flat=True).first()
    if title is None:
        return Invalid("这场会议已改期或取消，签到码不能用了。", how="请向主持人确认。")
    return NotFound(f"您不在“{title}”的通知名单中，不能签到。如应参加，请联系会议记录人把您加入名单。")


def _check_tries(actor: Actor, at: dt.datetime) -> None:
    """Six digits could be guessed by a program; a person mistypes a few times at most."""
    lately = WrongCode.objects.filter(user=actor.user_id, at__gt=at - A_MINUTE)
    if lately.count() >= TRIES_A_MINUTE:
        raise Conflict("输入错误次数太多，请过一分钟再试。", how="也可以扫描屏幕上的二维码，或请记录人登记。")


def _note_wrong_code(actor: Actor, at: dt.datetime) -> None:
    if actor.user_id is None:
        return
    WrongCode.objects.filter(user=actor.user_id, at__lte=at - A_MINUTE).delete()
    WrongCode.objects.create(user_id=actor.user_id, at=at)
