"""Where members appraised the leadership of their organisation in a period, and who took part."""

from typing import Any

import numpy as np

from dangjian.activities.meetings.models import CAME, TOOK_PLACE, AgendaType, Attendance, MeetingKindRow
from dangjian.kernel.tabulation import Wanted
from dangjian.org.openings import register
from dangjian.org.populations import LEVEL, TYPE, bodies_on

DIMENSIONS = (TYPE, LEVEL)


def scan_bodies(wanted: Wanted) -> dict[str, Any]:
    """A row for each organisation of the last day that held such a meeting in the period."""
    types = _types(wanted)
    rows = register(MeetingKindRow).filter(body__in=[*types], **_of_period(wanted)).order_by("body")
    numbers = list(dict.fromkeys(rows.values_list("body_id", flat=True)))
    return _columns(numbers, numbers, types)


def scan_members(wanted: Wanted) -> dict[str, Any]:
    """A row for each member who came to such a meeting, at the organisation that held the last one."""
    types = _types(wanted)
    rows = register(MeetingKindRow).filter(body__in=[*types], **_of_period(wanted)).order_by("held_on", "meeting")
    bodies = dict(rows.values_list("meeting_id", "body_id"))
    came = register(Attendance).due().filter(presence__in=sorted(CAME), meeting__in=[*bodies])
    at = {
        member: bodies[meeting]
        for meeting, member in came.order_by("meeting__held_on", "pk").values_list("meeting_id", "member_id")
    }
    return _columns(list(at), list(at.values()), types)


def _types(wanted: Wanted) -> dict[int, str]:
    return {one.pk: one.type_code for one in bodies_on(wanted.until, wanted.unit)}


def _of_period(wanted: Wanted) -> dict[str, Any]:
    return {
        "meeting__agenda__type": AgendaType.LEADERS,
        "meeting__status__in": sorted(TOOK_PLACE),
        "meeting__held_on__range": (wanted.since, wanted.until),
    }


def _columns(numbers: list[int], bodies: list[int], types: dict[int, str]) -> dict[str, Any]:
    ids = np.fromiter(numbers, np.int64, len(numbers))
    at = np.fromiter(bodies, np.int64, len(bodies))
    return {"id": ids, "organization": at, "person": ids, TYPE.code: TYPE.values(types[body] for body in bodies)}
