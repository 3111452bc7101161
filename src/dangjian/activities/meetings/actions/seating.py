"""Taking one's seat in a sitting: the row read with all that is checked, taken if it is free, and the event.

Hundreds of phones do this within the same minute, so on PostgreSQL it is one statement. On SQLite, whose writers wait for each
other anyway, it is a read and then a short transaction.
"""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from django.db import connection, transaction

from dangjian.accounts.events import fields
from dangjian.accounts.models import Event
from dangjian.activities.meetings import checkin
from dangjian.activities.meetings.models import Meeting, Method, Mode, Presence, Status
from dangjian.kernel import clock, prepared_sql
from dangjian.kernel.actor import Actor

_READ = """
SELECT a.id, a.presence, a.checked_in_at, a.member_id, m.id AS meeting_id, m.title, m.status, m.mode, m.organization_id, o.path,
       s.id AS sitting_id, s.starts_at, s.ends_at
  FROM members_member p
  JOIN meetings_attendance a ON a.member_id = p.id
  JOIN meetings_meeting m ON m.id = a.meeting_id AND m.status <> 'draft'
  JOIN meetings_sitting s ON s.meeting_id = m.id
  JOIN org_organization o ON o.id = m.organization_id
 WHERE p.user_id = %s AND """
_OPEN = "{meeting}.status IN ('called', 'running') AND {sitting}.starts_at <= %s AND {sitting}.ends_at >= %s"


@dataclass(frozen=True, slots=True)
class Seat:
    """What one query tells about a person called and a sitting they may check in to."""

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

    def is_open(self, at: dt.datetime) -> bool:
        """Whether people may check in to the sitting at ``at``: the rule of ``_OPEN``."""
        under_way = self.status in {Status.CALLED, Status.RUNNING}
        return under_way and self.starts_at - checkin.opens_before() <= at <= self.ends_at


class _Way(NamedTuple):
    """How somebody takes part and how they checked in."""

    presence: Presence
    method: Method


class _Place(NamedTuple):
    """What an event wants to know of an organisation."""

    pk: int
    path: str


_HERE, _FROM_AFAR = _Way(Presence.PRESENT, Method.CODE), _Way(Presence.ONLINE, Method.ONLINE)


def in_sitting(actor: Actor, sitting_id: int) -> Seat | None:
    """The actor's seat in a sitting; ``None`` if they are not called to its meeting."""
    return next(iter(_seats(actor, "s.id = %s", sitting_id)), None)


def in_meeting(actor: Actor, meeting_id: int) -> list[Seat]:
    """The actor's seats in a meeting, one for each sitting."""
    return _seats(actor, "m.id = %s", meeting_id)


def open_now(actor: Actor, at: dt.datetime) -> list[Seat]:
    """The actor's seats in all sittings that people may check in to at ``at``."""
    return _seats(actor, _OPEN.format(meeting="m", sitting="s"), at + checkin.opens_before(), at)


def sit_down(actor: Actor, sitting_id: int, at: dt.datetime, *, online: bool) -> tuple[Seat, str] | None:
    """Take the actor's seat in a sitting if they may check in at ``at`` and are not registered in any way yet.

    Returns the seat as it was before, and the presence that was written: ``""`` if nothing was. ``None`` if the actor is not
    called. ``online`` says that they take part from afar; it says nothing where the meeting is held in one way only. The event is
    written with the seat.
    """
    if actor.user_id is None:
        return None
    if connection.vendor == "postgresql":
        return _at_once(actor, sitting_id, at, online=online)
    seat = in_sitting(actor, sitting_id)
    if seat is None:
        return None
    way = _ways(online=online)[Mode(seat.mode)]
    free = seat.presence == Presence.UNKNOWN and seat.is_open(at)
    return seat, way.presence if free and _take(actor, seat, at, way) else ""


def _seats(actor: Actor, condition: str, *values: prepared_sql.Given) -> list[Seat]:
    """The actor's rows in meetings that are no drafts, one for each sitting. ``condition`` is SQL of this module, never input."""
    if actor.user_id is None:
        return []
    return [Seat(*row) for row in prepared_sql.read(_READ + condition, [actor.user_id, *values])]


def _ways(*, online: bool) -> Mapping[Mode, _Way]:
    return {Mode.ONSITE: _HERE, Mode.ONLINE: _FROM_AFAR, Mode.BOTH: _FROM_AFAR if online else _HERE}


def _event(actor: Actor) -> dict[str, Any]:
    """The columns of the event, without those that come with the seat. It stands at its own moment, even if the tap is older."""
    return fields(actor=actor, verb="meetings.checked_in", summary="") | {
        "at": clock.now(),
        "subject_type": Meeting._meta.label_lower,
    }


_SUMMARY = "签到：“", "”"
_OF_SEAT = ("summary", "organization_id", "organization_path", "member_id", "subject_id")


def _take(actor: Actor, seat: Seat, at: dt.datetime, way: _Way) -> bool:
    """Take the seat and write the event, both or neither; false if the seat was no longer free."""
    of_seat = (seat.title.join(_SUMMARY), seat.organization_id, seat.path, seat.member_id, seat.meeting_id)
    with transaction.atomic():
        taken = prepared_sql.change(
            "UPDATE meetings_attendance SET presence = %s, checked_in_at = %s, method = %s, sitting_id = %s"
            " WHERE id = %s AND presence = 'unknown'",
            [way.presence, at, way.method, seat.sitting_id, seat.attendance_id],
        )
        if taken:
            Event(**_event(actor) | dict(zip(_OF_SEAT, of_seat, strict=True))).save(force_insert=True)
    return taken == 1


def _at_once(actor: Actor, sitting_id: int, at: dt.datetime, *, online: bool) -> tuple[Seat, str] | None:
    """Read, take and note in one statement; the event is written only if the seat was taken."""
    ways = _ways(online=online)
    event = _event(actor)
    given = event | {"data": json.dumps(event["data"])}
    rows = prepared_sql.read(
        _statement(),
        [
            actor.user_id, sitting_id,
            *(way.presence for way in ways.values()), at, *(way.method for way in ways.values()), at + checkin.opens_before(), at,
            *_SUMMARY, *(given[name] for name in _event_columns() if name not in _OF_SEAT),
        ],
    )  # fmt: skip
    if not rows:
        return None
    (*seat, presence), *_ = rows
    return Seat(*seat), presence or ""


@cache
def _event_columns() -> dict[str, str]:
    """Each column of an event but its number, and its type."""
    columns = [field for field in Event._meta.concrete_fields if not field.primary_key]
    # Those that come with the seat stand first, so that the values of the others can follow in order.
    columns.sort(key=lambda field: field.attname not in _OF_SEAT)
    return {field.attname: str(field.db_type(connection)) for field in columns}


@cache
def _statement() -> str:
    """The statement of ``_at_once``."""
    of_seat = {
        "summary": "%s || title || %s",
        "organization_id": "organization_id",
        "organization_path": "path",
        "member_id": "member_id",
        "subject_id": "meeting_id",
    }
    names = ", ".join(f'"{name}"' for name in _event_columns())
    values = ", ".join(of_seat.get(name) or f"CAST(%s AS {kind})" for name, kind in _event_columns().items())
    by_mode = "CASE mode " + " ".join(f"WHEN '{mode}' THEN CAST(%s AS varchar)" for mode in _ways(online=False)) + " END"
    return f"""
WITH seat AS ({_READ}s.id = %s),
     taken AS (UPDATE meetings_attendance a
                  SET presence = {by_mode}, checked_in_at = %s, method = {by_mode}, sitting_id = seat.sitting_id
                 FROM seat WHERE a.id = seat.id AND a.presence = 'unknown' AND {_OPEN.format(meeting="seat", sitting="seat")}
             RETURNING seat.*, a.presence AS now),
     noted AS (INSERT INTO "{Event._meta.db_table}" ({names}) SELECT {values} FROM taken)
SELECT seat.*, taken.now FROM seat LEFT JOIN taken ON true"""  # noqa: S608 - made of constants and column names; every value is a parameter
