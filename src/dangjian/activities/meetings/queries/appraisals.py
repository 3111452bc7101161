"""The democratic appraisal of members in a period: which branches held it, who took part, what grade came of it."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from django.db.models import Exists, OuterRef, Q

from dangjian.activities.meetings.models import CAME, TOOK_PLACE, AppraisalResult, Attendance, MeetingKindRow
from dangjian.kernel.tabulation import Coded, Day, Flag, Wanted
from dangjian.members.queries.changes import Tree
from dangjian.org.models import Kind
from dangjian.org.openings import register

APPRAISAL = "member_appraisal"
HELD = Day("appraised_on", "评议日期")
ENDED = Flag("appraisal_ended", "结束评议")
LAST_YEAR = Flag("of_last_year", "上年度的评议")
GRADE = Coded("grade", "评议等次", codes="appraisal_grade")
DIMENSIONS = (HELD, ENDED, LAST_YEAR)


class Held(NamedTuple):
    """A meeting of a branch, or of one of its groups, at which members were appraised or their grades were decided."""

    branch: int
    day: dt.date
    of_last_year: bool


class Result(NamedTuple):
    """What was recorded of somebody."""

    meeting: int
    member: int
    grade: str


def scan_branches(wanted: Wanted) -> dict[str, Any]:
    """A row for each branch that appraised its members, on the day of the last meeting; it ended where grades are on record."""
    meetings = _meetings(wanted)
    ended = {meetings[one.meeting].branch for one in _results(wanted) if one.meeting in meetings}
    last_year = {one.branch for one in meetings.values() if one.of_last_year}
    days: dict[int, dt.date] = {}
    for one in meetings.values():
        days[one.branch] = max(one.day, days.get(one.branch, one.day))
    numbers = np.fromiter(days, np.int64, len(days))
    return {
        "id": numbers,
        "organization": numbers,
        "person": numbers,
        HELD.code: HELD.values(days.values()),
        ENDED.code: ENDED.values(branch in ended for branch in days),
        LAST_YEAR.code: LAST_YEAR.values(branch in last_year for branch in days),
    }


def scan_members(wanted: Wanted) -> dict[str, Any]:
    """A row for each member who came to an appraisal, or of whom a result is on record: of several the last counts."""
    meetings = _meetings(wanted)
    came = register(Attendance).due().filter(presence__in=sorted(CAME), meeting__kinds__kind=APPRAISAL, **_of_period(wanted))
    took_part = [Result(*row, "") for row in came.order_by("pk").values_list("meeting_id", "member_id")]
    results = sorted(_results(wanted), key=lambda one: one.meeting in meetings and meetings[one.meeting].day.toordinal())
    grades: dict[int, str] = {}
    at: dict[int, Held] = {}
    last_year: set[int] = set()
    for one in (*took_part, *results):
        if meeting := meetings.get(one.meeting):
            at[one.member] = meeting
            last_year.update([one.member] if meeting.of_last_year else [])
    grades.update((one.member, one.grade) for one in results if one.meeting in meetings)
    numbers = np.fromiter(at, np.int64, len(at))
    return {
        "id": numbers,
        "organization": np.fromiter((meeting.branch for meeting in at.values()), np.int64, len(at)),
        "person": numbers,
        HELD.code: HELD.values(meeting.day for meeting in at.values()),
        ENDED.code: ENDED.values(member in grades for member in at),
        LAST_YEAR.code: LAST_YEAR.values(member in last_year for member in at),
        GRADE.code: GRADE.values(grades.get(member, "") for member in at),
    }


def _meetings(wanted: Wanted) -> dict[int, Held]:
    """Those in the period, by their numbers, of branches that stood under the unit on their day.

    Grades that were decided at a meeting which was no appraisal are those of the branch's last one in the period, else of the
    appraisal that it began in the year before.
    """
    is_inside: Callable[[int, dt.date], bool] = Tree(wanted.unit).is_inside if wanted.unit is not None else lambda *_: True
    graded = Exists(register(AppraisalResult).filter(meeting=OuterRef("meeting")))
    rows = register(MeetingKindRow).filter(Q(kind=APPRAISAL) | graded, body__kind=Kind.BRANCH, **_of_period(wanted))
    found: dict[int, Held] = {}
    others: dict[int, Held] = {}
    appraised: dict[int, bool] = {}
    names = ("meeting", "body", "held_on", "kind", "counts_on")
    for number, branch, day, kind, counts_on in rows.order_by("held_on", "meeting").values_list(*names):
        if not is_inside(branch, day):
            continue
        if kind == APPRAISAL:
            appraised[branch] = counts_on is not None and counts_on.year < day.year
            found[number] = Held(branch, day, appraised[branch])
        else:
            others[number] = Held(branch, day, appraised.get(branch, True))
    return others | found


def _of_period(wanted: Wanted) -> dict[str, Any]:
    return {"meeting__status__in": sorted(TOOK_PLACE), "meeting__held_on__range": (wanted.since, wanted.until)}


def _results(wanted: Wanted) -> Iterator[Result]:
    rows = register(AppraisalResult).filter(**_of_period(wanted)).order_by("pk")
    yield from (Result(*row) for row in rows.values_list("meeting_id", "member_id", "grade"))
