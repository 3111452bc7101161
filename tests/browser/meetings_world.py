"""A branch with a meeting today, for journeys."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from dangjian.activities.meetings import actions
from dangjian.activities.meetings.models import Meeting
from dangjian.kernel import clock
from dangjian.members.models import Member
from dangjian.org.models import Organization
from dangjian.org.unscoped import unscoped
from tests import make


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch; ``people[0]`` is its secretary, ``people[1]`` keeps the record, the others are members."""

    organization: Organization
    people: list[Member]

    def user(self, number: int) -> Any:
        """The account of one of them."""
        return self.people[number].user

    def call(self, *, minutes: int = 30, **more: Any) -> Meeting:
        """A meeting that begins in so many minutes and lasts ninety."""
        starts_at = clock.now() + dt.timedelta(minutes=minutes)
        more.setdefault("title", "虚构支部党员大会")
        more.setdefault("place", "虚构一号会议室")
        more.setdefault("sittings", [actions.SittingPlan(starts_at, starts_at + dt.timedelta(minutes=90))])
        with unscoped("a world for a journey"):
            meeting = actions.plan(
                actor=make.actor(self.user(0)),
                organization=self.organization,
                kinds=["general_meeting"],
                chair=self.people[0],
                recorder=self.people[1],
                agenda=[actions.AgendaPlan("学习文件"), actions.AgendaPlan("讨论支部工作")],
                notes="请带笔记本",
                **more,
            )
            return actions.call(actor=make.actor(self.user(0)), meeting=meeting)

    def hold(self) -> Meeting:
        """A meeting that is over; nobody came."""
        meeting = self.call(minutes=-60)
        with unscoped("a world for a journey"):
            actions.begin(actor=make.actor(self.user(0)), meeting=meeting)
            return actions.end(actor=make.actor(self.user(0)), meeting=meeting)

    def row(self, meeting: Meeting, number: int) -> Any:
        """What stands in the list about one of them."""
        with unscoped("a journey looks at what it wrote"):
            return meeting.attendances.get(member=self.people[number])


def branch() -> Branch:
    """Make it."""
    organization = make.branch(make.committee(), name="虚构第一党支部")
    people = [make.member(organization, f"虚构党员{name}", with_user=True) for name in "甲乙丙丁"]
    make.post(organization, "secretary", people[0].user)
    return Branch(organization, people)
