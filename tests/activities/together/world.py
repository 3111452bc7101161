"""Three branches under one committee and whoever is in them, on a clock that only goes forward."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone

from dangjian.activities.contact.models import Away, Guest, Search
from dangjian.activities.development.models import Applicant
from dangjian.engines.procedures.models import CaseState, CaseStep, ProcedureCase, StepState
from dangjian.kernel import clock
from dangjian.kernel.errors import Refusal
from dangjian.kernel.identity import fictional_resident_id
from dangjian.members.actions import account
from dangjian.members.models import ChangeKind, GroupAssignment, Member, MembershipEntry, Sanction
from dangjian.members.queries.standing import standing_on
from dangjian.members.rights import Right
from dangjian.org.models import Grant, Organization, Post
from dangjian.org.openings import register
from tests import make
from tests.activities.development.people import begun
from tests.activities.dues.build import assessed

FIRST, LAST = dt.date(2026, 6, 20), dt.date(2026, 11, 20)
APART = "旧记录"
"""The document of lines that no case wrote."""
FULL = 5
"""So many full members there are at the beginning."""
ON_PROBATION = ("apply", "2023-01-10"), ("activist", "2023-06-10"), ("object", "2024-12-10"), ("admission_meeting", "2025-06-10")
APPROVED = (*ON_PROBATION, ("approval_talk", "2025-07-01"), ("approve", "2025-07-10"))
OBJECT = ("apply", "2024-01-10"), ("activist", "2024-06-10"), ("object", "2025-09-10"), ("admission_form", "2026-06-10")


@dataclass
class World:
    """``members`` are found by their place in it: five full ones, one on probation, one whose membership is suspended."""

    committee: Organization = field(default_factory=make.committee)
    branches: list[Organization] = field(default_factory=list)
    members: list[Member] = field(default_factory=list)
    moment: dt.datetime = field(default_factory=lambda: morning(FIRST))
    came: int = 0

    def __post_init__(self) -> None:
        general = make.general_branch(self.committee)
        self.branches = [make.branch(general) for _ in range(3)]
        for number in range(FULL):
            self.members.append(make.member(self.branches[number % 2], with_user=True, resident_id=self.resident_id(number)))
        day, resident_id = dt.date(2025, 6, 10), self.resident_id(FULL)
        young = make.member(
            self.branches[0], category="2", with_user=True, resident_id=resident_id, effective_on=day, joined_on=day
        )
        lost = make.member(self.branches[1], with_user=True, resident_id=self.resident_id(FULL + 1))
        account.leave(actor=make.SYSTEM, member=lost, kind=ChangeKind.SUSPENDED, effective_on=dt.date(2024, 3, 1), document=APART)
        self.members += [young, lost]
        begun(self.branches[0], *APPROVED, name=young.name, member=young)
        begun(self.branches[1], *OBJECT)
        for member in self.members:
            assessed(member, 10_00)
        self._group_and_posts()

    def _group_and_posts(self) -> None:
        group, day = make.group(self.branches[0]), dt.date(2026, 3, 20)
        make.post(self.branches[0], "publicity_member", self.members[0].user)
        make.post(group, "group_leader", self.members[2].user)
        with clock.at(f"{day} 09:00"):
            GroupAssignment.objects.create(organization=group, member=self.members[2], starts_on=day)
            Member.objects.filter(pk=self.members[2].pk).update(organization=group)

    @property
    def today(self) -> dt.date:
        """The day that is played."""
        return self.moment.date()

    @staticmethod
    def resident_id(number: int) -> str:
        """The number of somebody who does not exist."""
        return fictional_resident_id(dt.date(1988, 3, 1), number + 1)

    def wait(self, days: int) -> None:
        """It is eight in the morning of a later day."""
        day = min(self.today + dt.timedelta(days=days), LAST)
        if day > self.today:
            self.moment = morning(day)

    def attempt(self, act: Callable[[], Any]) -> Any:
        """What it returns; nothing, and nothing written, if it is refused."""
        self.moment += dt.timedelta(minutes=1)
        try:
            with clock.at(self.moment), transaction.atomic():
                return act()
        except Refusal:
            return None

    def member(self, number: int) -> Member:
        """One of the members, as they are."""
        pk = self.members[number % len(self.members)].pk
        found: Member = register(Member).select_related("branch", "user").get(pk=pk)
        return found

    def branch(self, number: int) -> Organization:
        """One of the branches, as it is; one that was set up by a split which was taken back is no more."""
        there = register(Organization).in_bulk([one.pk for one in self.branches])
        self.branches = [one for one in self.branches if one.pk in there]
        return there[self.branches[number % len(self.branches)].pk]

    def running(self) -> list[ProcedureCase]:
        """Open cases, the oldest first, the two long ones last."""
        return sorted(cases().filter(state=CaseState.OPEN), key=lambda case: case.procedure == "development")

    def everything(self) -> Any:
        """Who stands where, with what, and may what: as far as a step can change it."""
        columns = (
            "pk", "organization_id", "branch_id", "standing", "category", "joined_on", "converted_on", "probation_extended_to",
            "is_mobile_member", "lost_reason", "lost_on",
        )  # fmt: skip
        lines = register(MembershipEntry).filter(reverses=None, reversed_by=None).order_by("pk")
        ids = list(register(Member).order_by("pk").values_list("pk", flat=True))
        standing = standing_on(ids, self.today)
        return {
            "members": list(register(Member).order_by("pk").values_list(*columns)),
            "lines": list(lines.values_list("member_id", "organization_id", "kind", "sign", "effective_on")),
            "posts": list(register(Post).order_by("pk").values_list("pk", "ends_on")),
            "grants": list(register(Grant).order_by("pk").values_list("pk", "ends_on")),
            "groups": sorted(rows(GroupAssignment, "member_id", "organization_id", "starts_on", "ends_on"), key=str),
            "penalties": sorted(rows(Sanction, "member_id", "kind", "starts_on", "ends_on"), key=str),
            "cases": rows(ProcedureCase, "pk", "state", "stage", "organization_id", "other_side_id", "ended_on"),
            "steps": [
                row for row in rows(CaseStep, "case_id", "code", "outcome", "taken_on", "state") if row[-1] == StepState.TAKEN
            ],
            "open": sorted(row for row in rows(CaseStep, "case_id", "code", "state") if row[-1] == StepState.OPEN),
            "applicants": rows(Applicant, "pk", "stage", "organization_id", "member_id"),
            "away": rows(Away, "pk", "ended_on", "end"),
            "searches": rows(Search, "pk", "state", "ended_on"),
            "guests": rows(Guest, "pk", "organization_id", "left_on"),
            "rights": {(pk, right): standing[pk].barred(right) is None for pk in ids for right in (Right.VOTE, Right.STAND)},
        }


def morning(day: dt.date) -> dt.datetime:
    """Eight o'clock."""
    return timezone.make_aware(dt.datetime.combine(day, dt.time(8)))


def cases() -> Any:
    """All cases, the oldest first."""
    return register(ProcedureCase).select_related("organization", "other_side").order_by("pk")


def rows(model: Any, *columns: str) -> list[tuple[Any, ...]]:
    """Columns of all rows of a table, the oldest first."""
    return list(register(model).order_by("pk").values_list(*columns))
