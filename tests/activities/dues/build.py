"""A small world for dues: a committee, two branches, six members with assessments, their secretary and deputy."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from dangjian.activities.dues.assessment.models import Assessment, Relief, ReliefKind, ReliefState
from dangjian.activities.dues.billing.models import Bill, BranchMonth
from dangjian.activities.dues.kinds import PayerKind
from dangjian.kernel import clock
from dangjian.members.models import Member
from dangjian.org.gate import GrantedActor
from dangjian.org.models import Organization
from dangjian.org.unscoped import unscoped
from tests import make

NOVEMBER = dt.date(2026, 11, 1)
JANUARY = dt.date(2026, 1, 1)


def month(text: str) -> dt.date:
    """``2026-11`` as the first day of that month."""
    return dt.date.fromisoformat(f"{text}-01")


@dataclass
class World:
    """The branch under test; ``secretary`` is none of its members, ``people[1]`` the deputy. ``office`` is that of the committee.

    ``people`` pay 10, 20, 30, 40, 50, 60 yuan a month since January 2026, ``stranger`` (secretary of ``other``) pays 70.
    """

    top: Organization
    branch: Organization
    other: Organization
    people: list[Member]
    stranger: Member
    office: GrantedActor
    secretary: GrantedActor

    def actor(self, number: int) -> GrantedActor:
        return make.actor(self.people[number].user)

    @property
    def deputy(self) -> GrantedActor:
        return self.actor(1)


def world() -> World:
    """Make it; members are assessed, no bill is made."""
    top = make.committee(name="虚构公司党委")
    branch = make.branch(top, name="虚构第一党支部")
    other = make.branch(top, name="虚构第二党支部")
    people = [make.member(branch, with_user=True) for _ in range(6)]
    make.post(branch, "deputy_secretary", people[1].user)
    stranger = make.member(other, with_user=True)
    make.post(other, "secretary", stranger.user)
    for number, member in enumerate([*people, stranger], 1):
        assessed(member, number * 10_00)
    office, secretary = make.grant(top, "party_office").user, make.post(branch, "secretary").user
    return World(top, branch, other, people, stranger, make.actor(office), make.actor(secretary))


def assessed(member: Member, amount_fen: int, from_month: dt.date = JANUARY, **more: Any) -> Assessment:
    """The member pays ``amount_fen`` a month from then on; their last assessment ends."""
    more.setdefault("kind", PayerKind.SALARIED)
    with unscoped("test world"):
        before = Assessment.objects.filter(member=member, replaced_at=None, from_month__lt=from_month)
        before.filter(until_month=None).update(until_month=from_month)
        return Assessment.objects.create(
            member=member,
            from_month=from_month,
            base_fen=amount_fen * 100,
            rate="1%",
            amount_fen=amount_fen,
            explanation="虚构核定",
            citation="虚构依据",
            **more,
        )


def relieved(
    member: Member, from_month: dt.date, until_month: dt.date | None = None, monthly_fen: int = 0, **more: Any
) -> Relief:
    """An approved relief: reduced to ``monthly_fen`` a month, or exempt for 0."""
    more.setdefault("kind", ReliefKind.REDUCED if monthly_fen else ReliefKind.EXEMPT)
    more.setdefault("state", ReliefState.APPROVED)
    with unscoped("test world"):
        return Relief.objects.create(
            member=member,
            monthly_fen=monthly_fen,
            from_month=from_month,
            until_month=until_month,
            reason="虚构困难",
            studied_on=from_month,
            studied_at="虚构支部委员会会议",
            decided_at=clock.now(),
            **more,
        )


def bill(member: Member, month: dt.date = NOVEMBER) -> Bill:
    """The member's bill of a month as it stands."""
    with unscoped("a test looks at what was written"):
        found: Bill = Bill.objects.get(member=member, month=month)
        return found


def sums(organization: Organization, month: dt.date = NOVEMBER) -> BranchMonth:
    """The sums of a branch's month as they stand."""
    with unscoped("a test looks at what was written"):
        found: BranchMonth = BranchMonth.objects.get(organization=organization, month=month)
        return found
