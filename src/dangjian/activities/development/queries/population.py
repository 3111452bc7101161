"""Whoever is on the way to join on a day, read for the tables of the annual report (tables 18 to 20).

They are no members. What they were on an earlier day follows from the days of the steps of their case that count, where they had
applied from the moves on the trail. What is known of them as people is what their record says now: it has no dated rows.
"""

import datetime as dt
from collections import defaultdict
from typing import Any, NamedTuple

import numpy as np

from dangjian.accounts.models import Event
from dangjian.activities.development.models import Applicant, Stage
from dangjian.kernel.sql import DayNumber, numbered
from dangjian.kernel.tabulation import Coded, Day, Regrouped, Wanted, Years
from dangjian.members.models import ChangeKind, MembershipEntry
from dangjian.members.queries.changes import Tree
from dangjian.members.queries.population import AT_ONCE, occupations
from dangjian.org.openings import register

MOVED = "development.moved"
"""The note on the trail that an applicant goes on at another branch, of which both sides have one."""

STAGE = Coded("stage", "所处阶段", codes="applicant_stage")
SEX = Coded("sex", "性别")
ETHNICITY = Coded("ethnicity", "民族")
BIRTH = Day("birth_on", "出生日期")
AGE = Years("age", "年龄", unit="岁", since="birth_on")
EDUCATION = Coded("education", "学历")
EDUCATION_GROUP = Regrouped("education_group", "学历分组", of=EDUCATION)
OCCUPATION = Coded("occupation", "职业", codes="job_prefix")
FRONT_LINE = Coded("front_line", "一线情况")
DIMENSIONS = (STAGE, SEX, ETHNICITY, BIRTH, AGE, EDUCATION, EDUCATION_GROUP, OCCUPATION, FRONT_LINE)

_AS_READ = (SEX, ETHNICITY, EDUCATION, FRONT_LINE)
_STEPS = ((Stage.OBJECT, "object_on"), (Stage.ACTIVIST, "activist_on"), (Stage.APPLICANT, "applied_on"))
"""The stages before admission with the day from which somebody is in each, the farthest first."""


class Way(NamedTuple):
    """An applicant with the days of their way; ``branch`` is where the application is in hand now."""

    pk: int
    branch: int
    member: int | None
    applied_on: dt.date | None
    activist_on: dt.date | None
    object_on: dt.date | None
    admitted_on: dt.date | None
    ended_on: dt.date | None

    def stage_on(self, day: dt.date) -> str:
        """How far they had come by ``day``; empty where they had not applied yet, or it was over."""
        if self.ended_on and self.ended_on <= day:
            return ""
        return next((stage.value for stage, name in _STEPS if (since := getattr(self, name)) and since <= day), "")


def scan_applicants(wanted: Wanted) -> dict[str, Any]:
    """Whoever had applied by the last day that is asked for, and was neither admitted nor at the end of their way."""
    rows = register(Applicant).filter(applied_on__lte=wanted.until, came_on=None).order_by("pk")
    ways = [Way(*row) for row in rows.values_list("pk", "organization", "member", *Way._fields[3:]).iterator(chunk_size=AT_ONCE)]
    joined = _joined_on(ways)
    places = _places_on(wanted.until)
    tree = Tree(wanted.unit) if wanted.unit is not None else None
    found: dict[int, tuple[int, str]] = {}
    for one in ways:
        stage, branch = one.stage_on(wanted.until), places.get(one.pk, one.branch)
        joined_on = joined.get(one.pk)
        if stage and (joined_on is None or joined_on > wanted.until) and (tree is None or tree.is_inside(branch, wanted.until)):
            found[one.pk] = branch, stage
    return _columns(found, wanted)


def _joined_on(ways: list[Way]) -> dict[int, dt.date]:
    """From which day each is a member, as the account has it: what the superior did not approve was taken back there.

    Of whoever was on probation when the platform came, the account has no more than that they were there.
    """
    admitted = {one.member for one in ways if one.member and one.admitted_on}
    kinds = [ChangeKind.ADMITTED, ChangeKind.READMITTED, ChangeKind.OPENING]
    lines = register(MembershipEntry).filter(numbered("member", admitted), kind__in=kinds, reverses=None, reversed_by=None)
    entered: dict[int, list[tuple[dt.date, str]]] = defaultdict(list)
    for member, day, kind in lines.order_by("effective_on").values_list("member_id", "effective_on", "kind"):
        entered[member].append((day, kind))
    found: dict[int, dt.date] = {}
    for one in ways:
        lines_of = entered[one.member] if one.member and one.admitted_on else []
        first = next(((day, kind) for day, kind in lines_of if one.applied_on and day >= one.applied_on), None)
        if first and one.admitted_on:
            found[one.pk] = one.admitted_on if first[1] == ChangeKind.OPENING else first[0]
    return found


def _places_on(day: dt.date) -> dict[int, int]:
    """Where those had their application in hand on ``day`` who have moved since: where they went from first."""
    notes = Event.objects.filter(subject_type=Applicant._meta.label_lower, verb=MOVED).order_by("pk")
    moves: dict[int, tuple[dt.date, int]] = {}
    for pk, data in notes.values_list("subject_id", "data"):
        moved_on = dt.date.fromisoformat(data["day"])
        if pk and moved_on > day and (pk not in moves or moved_on < moves[pk][0]):
            moves[pk] = moved_on, data["from"]
    return {pk: branch for pk, (_, branch) in moves.items()}


def _columns(found: dict[int, tuple[int, str]], wanted: Wanted) -> dict[str, Any]:
    """What the records say of those who were found, by number: where each was, and how far."""
    wants_work = wanted.asks(OCCUPATION.code)
    names = [one.code for one in _AS_READ if wanted.asks(one.code)] + (["job_post"] if wants_work else [])
    rows = register(Applicant).filter(numbered("pk", found)).order_by("pk")
    values = list(rows.values_list("pk", DayNumber(BIRTH.code), *names).iterator(chunk_size=AT_ONCE))
    titles = ("id", BIRTH.code, *names)
    read = dict(zip(titles, zip(*values, strict=True) if values else [()] * len(titles), strict=True))
    columns: dict[str, Any] = {"id": read["id"], "person": read["id"], BIRTH.code: np.array(read[BIRTH.code], np.int32)}
    columns["organization"] = [found[pk][0] for pk in read["id"]]
    columns[STAGE.code] = STAGE.values(found[pk][1] for pk in read["id"])
    for one in _AS_READ:
        if one.code in read:
            columns[one.code] = one.values(read[one.code])
    if wants_work:
        columns[OCCUPATION.code] = OCCUPATION.values(occupations(read["job_post"], [False] * len(values)))
    return columns
