"""Members away, back from abroad or out of contact, and guests, as tables 33 to 36 and 43 of the annual report count them."""

import datetime as dt
from collections.abc import Sequence
from itertools import repeat
from typing import Any, NamedTuple

import numpy as np
from django.db.models import QuerySet

from dangjian.activities.contact.models import Away, End, Guest, Search
from dangjian.activities.contact.queries.running import running_at
from dangjian.kernel.tabulation import Coded, Day, Flag, Months, Wanted
from dangjian.members.queries.certificates import certificates
from dangjian.members.queries.changes import Tree
from dangjian.members.queries.placed import places_at
from dangjian.members.queries.population import CATEGORY, DIMENSIONS, OCCUPATION, occupations, personal_in_order
from dangjian.org.openings import register

DIRECTION = Coded("direction", "去向", codes="away_direction")
CAME_FROM = Coded("came_from", "来自", codes="away_direction")
SINCE = Day("away_since", "外出日期")
MONTHS_AWAY = Months("months_away", "外出时间", unit="个月", since=SINCE.code)
WENT = Flag("went_in_period", "报告期内外出")
RETURNED = Day("returned_on", "返回日期")
CERTIFICATE = Flag("has_certificate", "持流动党员活动证")
GUEST_SINCE = Day("guest_since", "流入日期")
SILENT = Day("silent_since", "失去联系日期")
MONTHS_LOST = Months("months_lost", "失去联系时间", unit="个月", since=SILENT.code)
REASON = Coded("lost_reason", "失去联系情形")

AWAY_DIMENSIONS = (DIRECTION, SINCE, MONTHS_AWAY, WENT, CERTIFICATE, *DIMENSIONS)
RETURNED_DIMENSIONS = (DIRECTION, SINCE, RETURNED, *DIMENSIONS)
GUEST_DIMENSIONS = (CAME_FROM, GUEST_SINCE, CERTIFICATE, OCCUPATION)
LOST_DIMENSIONS = (SILENT, MONTHS_LOST, REASON, *DIMENSIONS)


class Absence(NamedTuple):
    """A member is or was away."""

    number: int
    member: int
    direction: str
    since_on: dt.date
    ended_on: dt.date | None
    certificate: str


def scan_away(wanted: Wanted) -> dict[str, Any]:
    """Members of branches that stood under the unit who were away on the last day."""
    rows = _absences(register(Away).filter(running_at(wanted.until, "since_on", "ended_on")))
    found, columns = _of_members([(one, one.member, wanted.until) for one in rows], wanted)
    columns[DIRECTION.code] = DIRECTION.values(one.direction for one in found)
    columns[SINCE.code] = SINCE.values(one.since_on for one in found)
    columns[WENT.code] = WENT.values(one.since_on >= wanted.since for one in found)
    if wanted.asks(CERTIFICATE.code):  # the number may be known elsewhere
        known = certificates(sorted({one.member for one in found}), besides="contact")
        columns[CERTIFICATE.code] = CERTIFICATE.values(bool(one.certificate) or one.member in known for one in found)
    return columns


def scan_returned(wanted: Wanted) -> dict[str, Any]:
    """Members who came back in the period, to the branch to which they belonged on that day."""
    rows = _absences(register(Away).filter(end=End.RETURNED, ended_on__range=(wanted.since, wanted.until)))
    found, columns = _of_members([(one, one.member, one.ended_on or wanted.until) for one in rows], wanted)
    columns[DIRECTION.code] = DIRECTION.values(one.direction for one in found)
    columns[SINCE.code] = SINCE.values(one.since_on for one in found)
    columns[RETURNED.code] = RETURNED.values(one.ended_on for one in found)
    return columns


def scan_lost(wanted: Wanted) -> dict[str, Any]:
    """Members who were recorded as out of contact by the last day, and with whom there was no contact again by then."""
    running = register(Search).filter(running_at(wanted.until, "lost_on", "found_on", "ended_on")).order_by("pk")
    rows = running.values_list("pk", "member_id", "silent_since", "reason")
    found, columns = _of_members([(row, row[1], wanted.until) for row in rows], wanted)
    columns[SILENT.code] = SILENT.values(since for *_, since, _ in found)
    columns[REASON.code] = REASON.values(reason for *_, reason in found)
    return columns


def scan_guests(wanted: Wanted) -> dict[str, Any]:
    """Members of other organisations whom branches under the unit led on the last day."""
    running = register(Guest).filter(running_at(wanted.until, "since_on", "left_on")).order_by("pk")
    tree = Tree(wanted.unit) if wanted.unit is not None else None
    names = ("pk", "organization_id", "came_from", "since_on", "certificate", "job_post")
    rows = [row for row in running.values_list(*names) if tree is None or tree.is_inside(row[1], wanted.until)]
    numbers = np.fromiter((row[0] for row in rows), np.int64, len(rows))
    return {
        "id": numbers,
        "person": numbers,
        "organization": np.fromiter((row[1] for row in rows), np.int64, len(rows)),
        CAME_FROM.code: CAME_FROM.values(row[2] for row in rows),
        GUEST_SINCE.code: GUEST_SINCE.values(row[3] for row in rows),
        CERTIFICATE.code: CERTIFICATE.values(bool(row[4]) for row in rows),
        OCCUPATION.code: OCCUPATION.values(occupations([row[5] for row in rows], repeat(False, len(rows)))),
    }


def _absences(rows: QuerySet[Away]) -> list[Absence]:
    """Without what was registered by mistake."""
    names = ("pk", "member_id", "direction", "since_on", "ended_on", "certificate")
    return [Absence(*row) for row in rows.exclude(end=End.MISTAKE).order_by("pk").values_list(*names)]


def _of_members(rows: Sequence[tuple[Any, int, dt.date]], wanted: Wanted) -> tuple[list[Any], dict[str, Any]]:
    """Those of ``rows`` whose member belonged to the unit on the day that counts, and what is known of these members.

    :param rows: each with its member and that day; the row's own number stands first in it.
    """
    places = places_at({(member, day) for _, member, day in rows}, wanted.unit)
    there = [(row, member, places[member, day]) for row, member, day in rows if (member, day) in places]
    columns = personal_in_order([member for _, member, _ in there], wanted)
    columns["id"] = np.fromiter((row[0] for row, *_ in there), np.int64, len(there))
    columns["organization"] = np.fromiter((place.branch for *_, place in there), np.int64, len(there))
    columns[CATEGORY.code] = CATEGORY.values(place.category for *_, place in there)
    return [row for row, *_ in there], columns
