"""How probations came to their end in a period, or had come to it without a decision, for table 15 of the annual report.

A probation counts when the superior has approved what became of it (the statistics go by the approval), not from the day from
which somebody is a full member: that is the one on which the probation was over. Where no case says when it was approved, because
it was entered by hand, the day of the account stands for it.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db.models import Q

from dangjian.activities.development.models import Applicant
from dangjian.activities.development.queries.days import end_of
from dangjian.activities.development.queries.way import PROCEDURE
from dangjian.engines.procedures.models import CaseStep, StepState
from dangjian.kernel.sql import numbered
from dangjian.kernel.tabulation import Coded, Day, Wanted
from dangjian.members.models import Category, ChangeKind, Member, MembershipEntry
from dangjian.members.queries.changes import Tree
from dangjian.members.queries.population import ACCOUNT, AT_ONCE, DIMENSIONS, personal_in_order
from dangjian.org.openings import register

RESULT = Coded("probation", "转正情况", ACCOUNT, codes="probation_result")
OVER = Day("over_on", "预备期满日", ACCOUNT)
SETTLED = Day("settled_on", "审批日期", ACCOUNT)
PROBATION_DIMENSIONS = (RESULT, OVER, SETTLED, *(one for one in DIMENSIONS if one.code != "category"))

OUTCOMES = {
    ChangeKind.CONVERTED: "converted",
    ChangeKind.PROBATION_EXTENDED: "extended",
    ChangeKind.PROBATION_CANCELLED: "cancelled",
}
"""What ends a probation, or a first one, with the outcome of the step that approves it."""
APPROVE, DEFER = "conversion_approve", "defer_conversion"
ENTERED = frozenset({ChangeKind.ADMITTED, ChangeKind.READMITTED})


class Settled(NamedTuple):
    """What became of a probation by a line of the account, approved on ``day``."""

    line: int
    branch: int
    kind: str
    day: dt.date


@dataclass
class Person:
    """Somebody who is or was on probation here, with what the account and their case say."""

    joined_on: dt.date | None
    extended_to: dt.date | None
    joined: list[dt.date] = field(default_factory=list)
    stays: list[tuple[dt.date, int, int]] = field(default_factory=list)
    settled: list[Settled] = field(default_factory=list)
    deferred: list[dt.date] = field(default_factory=list)

    def begun_on(self, day: dt.date) -> dt.date | None:
        """When the probation began that ran on ``day``, or had run last."""
        return max((one for one in self.joined if one <= day), default=self.joined_on)

    def is_extended(self, day: dt.date) -> bool:
        """Whether that had been extended by ``day``; where no line says when, it was before they came."""
        begun = self.begun_on(day) or dt.date.min
        days = [one.day for one in self.settled if one.kind == ChangeKind.PROBATION_EXTENDED and one.day >= begun]
        return min(days) <= day if days else self.extended_to is not None

    def is_settled(self, day: dt.date) -> bool:
        """Whether it was over for good by ``day``."""
        begun = self.begun_on(day) or dt.date.min
        return any(one.kind != ChangeKind.PROBATION_EXTENDED and begun <= one.day <= day for one in self.settled)

    def over_on(self, day: dt.date) -> dt.date | None:
        """When it is over, as that stood on ``day``."""
        if self.extended_to and self.is_extended(day):
            return self.extended_to
        begun = self.begun_on(day)
        return end_of(begun) if begun else None

    def place_on(self, day: dt.date) -> int | None:
        """The branch in which they counted at the end of the day."""
        sums: dict[int, int] = defaultdict(int)
        for of_line, branch, sign in self.stays:
            if of_line <= day:
                sums[branch] += sign
        return next((branch for branch, total in sums.items() if total > 0), None)


class Row(NamedTuple):
    """A row of the population."""

    number: int
    member: int
    branch: int
    result: str
    over_on: dt.date | None
    settled_on: dt.date | None


def scan_probations(wanted: Wanted) -> dict[str, Any]:
    """Every probation that was settled in the period, and every one that was over by its last day and not settled by then."""
    tree = Tree(wanted.unit) if wanted.unit is not None else None
    found = [
        row
        for member, person in _people(wanted.until).items()
        for row in _rows(member, person, wanted)
        if tree is None or tree.is_inside(row.branch, row.settled_on or wanted.until)
    ]
    columns = personal_in_order([row.member for row in found], wanted)
    columns["id"] = [row.number for row in found]
    columns["organization"] = [row.branch for row in found]
    columns[RESULT.code] = RESULT.values(row.result for row in found)
    columns[OVER.code] = OVER.values(row.over_on for row in found)
    columns[SETTLED.code] = SETTLED.values(row.settled_on for row in found)
    return columns


def _rows(member: int, person: Person, wanted: Wanted) -> Iterator[Row]:
    for one in person.settled:
        if wanted.since <= one.day <= wanted.until:
            over_on = person.over_on(one.day - dt.timedelta(days=1))
            left = one.kind == ChangeKind.PROBATION_CANCELLED
            branch = one.branch if left else person.place_on(one.day) or one.branch
            yield Row(one.line, member, branch, _result(person, one, over_on), over_on, one.day)
    over_on, where = person.over_on(wanted.until), person.place_on(wanted.until)
    if where and over_on and over_on <= wanted.until and not person.is_settled(wanted.until):
        yield Row(-member, member, where, "waiting", over_on, None)


def _result(person: Person, one: Settled, over_on: dt.date | None) -> str:
    if one.kind == ChangeKind.PROBATION_EXTENDED:
        return "extended"
    if one.kind == ChangeKind.PROBATION_CANCELLED:
        return "cancelled_early" if over_on and one.day < over_on else "cancelled"
    if person.is_extended(one.day):
        return "converted_extended"
    return "converted_deferred" if any(day <= one.day for day in person.deferred) else "converted"


def _people(until: dt.date) -> Mapping[int, Person]:
    """By member, everybody who is on probation now, or of whom the account says what became of it."""
    rows = register(MembershipEntry).filter(kind__in=list(OUTCOMES), reverses=None, reversed_by=None)
    names = ("pk", "member_id", "organization_id", "kind", "effective_on")
    lines = list(rows.order_by("effective_on", "pk").values_list(*names).iterator(AT_ONCE))
    on_probation = Q(category=Category.PROBATIONARY) | numbered("pk", {member for _, member, *_ in lines})
    members = register(Member).filter(on_probation).order_by("pk")
    found = {
        pk: Person(joined_on, extended_to)
        for pk, joined_on, extended_to in members.values_list("pk", "joined_on", "probation_extended_to").iterator(AT_ONCE)
    }
    _add_account(found, until)
    approved = _add_cases(found)
    for line, member, branch, kind, day in lines:
        days = [on for on in approved[member, OUTCOMES[ChangeKind(kind)]] if on >= day]
        found[member].settled.append(Settled(line, branch, kind, min(days, default=day)))
    return found


def _add_account(found: Mapping[int, Person], until: dt.date) -> None:
    """Where each counted, and when they were admitted."""
    rows = register(MembershipEntry).filter(numbered("member", found), effective_on__lte=until).exclude(sign=0).order_by("pk")
    names = ("pk", "member_id", "organization_id", "kind", "sign", "effective_on", "reverses_id")
    lines = list(rows.values_list(*names).iterator(AT_ONCE))
    reversed_lines = {reverses for *_, reverses in lines if reverses}
    for pk, member, branch, kind, sign, day, reverses in lines:
        found[member].stays.append((day, branch, sign))
        if kind in ENTERED and not reverses and pk not in reversed_lines:
            found[member].joined.append(day)


def _add_cases(found: Mapping[int, Person]) -> Mapping[tuple[int, str], list[dt.date]]:
    """When discussions were put off; returns by member and outcome the days on which the superior approved it."""
    applications = dict(register(Applicant).filter(numbered("member", found)).values_list("pk", "member_id"))
    steps = register(CaseStep).filter(case__procedure=PROCEDURE, code__in=(APPROVE, DEFER)).order_by("pk")
    # Whatever was extended goes back to the application for conversion, and its approval with it.
    rows = steps.filter(numbered("case__subject_id", applications), state__in=(StepState.TAKEN, StepState.RETURNED))
    approved: dict[tuple[int, str], list[dt.date]] = defaultdict(list)
    for subject, code, outcome, day in rows.values_list("case__subject_id", "code", "outcome", "taken_on"):
        if day and code == DEFER:
            found[applications[subject]].deferred.append(day)
        elif day:
            approved[applications[subject], outcome].append(day)
    return approved
