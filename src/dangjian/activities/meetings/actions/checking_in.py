"""Checking in with the code on the host's screen.

Many phones do this within the same minute, so it is two statements, written out: one reads the person's row with all that is
checked, one takes the seat and writes the event. Everything else of the house goes through the ORM.
"""

import datetime as dt
import json
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from django.core.cache import cache as tries
from django.db import connection, transaction

from dangjian.accounts.events import fields
from dangjian.accounts.models import Event
from dangjian.activities.meetings import checkin
from dangjian.activities.meetings.models import Meeting, Method, Mode, Presence, Sitting, Status
from dangjian.kernel import clock, statements
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid, NotThere
from dangjian.kernel.ui import words
from dangjian.org.scope import everything

TRIES_A_MINUTE = 10


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


class _Place(NamedTuple):
    """What an event wants to know of an organisation."""

    pk: int
    path: str


_MEETING = Meeting._meta.label_lower  # noqa: SLF001 - Django's own API
_READ = """
SELECT a.id, a.presence, a.checked_in_at, a.member_id, m.id, m.title, m.status, m.mode, m.organization_id, o.path,
       s.id, s.starts_at, s.ends_at
  FROM members_member p
  JOIN meetings_attendance a ON a.member_id = p.id
  JOIN meetings_meeting m ON m.id = a.meeting_id AND m.status <> 'draft'
  JOIN meetings_sitting s ON s.meeting_id = m.id
  JOIN org_organization o ON o.id = m.organization_id
 WHERE p.user_id = %s AND """
_SIT = """
UPDATE meetings_attendance SET presence = %s, checked_in_at = %s, method = %s, sitting_id = %s
 WHERE id = %s AND presence = 'unknown'"""


def check_in(
    *,
    actor: Actor,
    token: str = "",
    code: str = "",
    meeting: Meeting | None = None,
    online: bool = False,
) -> CheckIn:
    """The actor checks in with the ``token`` of the QR code, or with the six digits ``code`` at ``meeting``.

    Being called is the right to check in, wherever the meeting is held: he reaches his own row only. ``online`` says that he
    takes part from afar, where the meeting allows it. A second check-in answers the same and writes nothing.

    Not one transaction as a whole: it first reads, then changes the row only if that is still as it was read, so that nobody
    waits for a lock.
    """
    at = clock.now()
    seat = _seat_by_token(actor, token, meeting, at) if token else _seat_by_code(actor, code, meeting, at)
    return _sit_down(actor, seat, at, online=online)


def _seats(actor: Actor, condition: str, *values: Any) -> list[_Seat]:
    """The actor's rows in meetings that are no drafts, one for each sitting. ``condition`` is SQL of this module, never input."""
    if actor.user_id is None:
        return []
    return [_Seat(*row) for row in statements.read(_READ + condition, [actor.user_id, *values])]


def _seat_by_token(actor: Actor, token: str, meeting: Meeting | None, at: dt.datetime) -> _Seat:
    sitting_id = checkin.sitting_of(token, at)
    seat = next(iter(_seats(actor, "s.id = %s", sitting_id)), None)
    if seat is None:
        raise _not_called(sitting_id)
    if meeting is not None and seat.meeting_id != meeting.pk:
        raise Invalid(f"这是“{seat.title}”的签到码，不是“{meeting}”的。", how="请扫描本次会议屏幕上的二维码。")
    return seat


def _seat_by_code(actor: Actor, code: str, meeting: Meeting | None, at: dt.datetime) -> _Seat:
    """The seat whose sitting shows this code now. Without ``meeting``, any open meeting the actor is called to."""
    _count_try(actor)
    open_now = "m.status IN ('called', 'running') AND s.starts_at <= %s AND s.ends_at >= %s"
    seats = _seats(actor, open_now, at + checkin.opens_before(), at)
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
    seats = _seats(actor, "m.id = %s", meeting.pk)
    if not seats:
        raise NotThere("您不在这次会议的通知名单中。")
    _check_window(min(seats, key=lambda seat: abs(seat.starts_at - at)), at)


def _sit_down(actor: Actor, seat: _Seat, at: dt.datetime, *, online: bool) -> CheckIn:
    if seat.presence in {Presence.PRESENT, Presence.ONLINE}:
        return CheckIn(seat.meeting_id, seat.title, seat.checked_in_at or at, seat.presence, is_new=False)
    _check_window(seat, at)
    from_afar = seat.mode == Mode.ONLINE or (online and seat.mode == Mode.BOTH)
    presence = Presence.ONLINE if from_afar else Presence.PRESENT
    method = Method.ONLINE if from_afar else Method.CODE
    taken = [presence, at, method, seat.sitting_id, seat.attendance_id]
    if _take(taken, _event(actor, seat)):
        return CheckIn(seat.meeting_id, seat.title, at, presence, is_new=True)
    return _overtaken(actor, seat)


def _event(actor: Actor, seat: _Seat) -> dict[str, Any]:
    """The columns of the event."""
    given = fields(
        actor=actor,
        verb="meetings.checked_in",
        summary=f"签到：“{seat.title}”",
        organization=_Place(seat.organization_id, seat.path),
        member_id=seat.member_id,
    )
    return given | {"subject_type": _MEETING, "subject_id": seat.meeting_id}


def _take(seat: list[Any], event: dict[str, Any]) -> bool:
    """Take the seat and write the event, both or neither; false if the seat was no longer free.

    PostgreSQL does it in one statement, which spares the round trips of a transaction.
    """
    if connection.vendor == "postgresql":
        given = event | {"data": json.dumps(event["data"])}
        return statements.change(_take_and_note(), [*seat, *(given[field.attname] for field in _event_columns())]) == 1
    with transaction.atomic():
        if statements.change(_SIT, seat) != 1:
            return False
        Event(**event).save(force_insert=True)
        return True


@cache
def _event_columns() -> list[Any]:
    return [field for field in Event._meta.concrete_fields if not field.primary_key]  # noqa: SLF001 - Django's own API


@cache
def _take_and_note() -> str:
    """Both statements as one; the second writes only if the first took the seat."""
    names = ", ".join(f'"{field.column}"' for field in _event_columns())
    values = ", ".join(f"CAST(%s AS {field.db_type(connection)})" for field in _event_columns())
    table = Event._meta.db_table  # noqa: SLF001 - Django's own API
    # Made of constants and column names; every value is a parameter.
    return f'WITH taken AS ({_SIT} RETURNING id) INSERT INTO "{table}" ({names}) SELECT {values} FROM taken'  # noqa: S608


def _overtaken(actor: Actor, seat: _Seat) -> CheckIn:
    """Somebody else changed the row since it was read: a second tap, the recorder, or the end of the meeting."""
    now = next(iter(_seats(actor, "a.id = %s", seat.attendance_id)), None)
    if now is None or now.presence not in {Presence.PRESENT, Presence.ONLINE}:
        raise Conflict("记录人已登记您的出席情况，不能再签到。", how="如登记有误，请联系记录人更正。")
    return CheckIn(now.meeting_id, now.title, now.checked_in_at or clock.now(), now.presence, is_new=False)


def _check_window(seat: _Seat, at: dt.datetime) -> None:
    if seat.status == Status.CANCELLED:
        raise Conflict(f"“{seat.title}”已取消。")
    if seat.status not in {Status.CALLED, Status.RUNNING} or at > seat.ends_at:
        raise Conflict(f"“{seat.title}”已经结束，不能再签到。", how="如您参加了会议但没有签到，请联系记录人登记。")
    opens = seat.starts_at - checkin.opens_before()
    if at < opens:
        raise Conflict(f"“{seat.title}”还没有开始签到，{words.daytime(opens)}以后可以签到。")


def _not_called(sitting_id: int) -> Invalid | NotThere:
    with everything("whoever scans a valid code may know the name of the meeting"):
        title = Sitting.objects.filter(pk=sitting_id).values_list("meeting__title", flat=True).first()
    if title is None:
        return Invalid("这场会议已改期或取消，签到码不能用了。", how="请向主持人确认。")
    return NotThere(f"您不在“{title}”的通知名单中，不能签到。如应参加，请联系会议记录人把您加入名单。")


def _tries_key(actor: Actor) -> str:
    return f"meetings.tries:{actor.user_id}"


def _count_try(actor: Actor) -> None:
    """Six digits could be guessed by a program; a person mistypes a few times at most."""
    key = _tries_key(actor)
    tries.add(key, 0, timeout=60)
    try:
        count = tries.incr(key)
    except ValueError:
        return
    if count > TRIES_A_MINUTE:
        raise Conflict("输入错误次数太多，请过一分钟再试。", how="也可以扫描屏幕上的二维码，或请记录人登记。")


def _forget_tries(actor: Actor) -> None:
    tries.delete(_tries_key(actor))
