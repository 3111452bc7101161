"""A small world for meetings: a committee, two branches, six members, their secretary and deputy."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone

from dangjian.activities.meetings import actions
from dangjian.activities.meetings.actions import SittingPlan
from dangjian.activities.meetings.models import Meeting
from dangjian.kernel import clock
from dangjian.members.models import Member
from dangjian.org.gate import GrantedActor
from dangjian.org.models import Organization
from dangjian.org.unscoped import unscoped
from tests import make


def instant(text: str, *, days: int = 0) -> dt.datetime:
    """``14:00`` of today, or so many days later; or any ``2026-11-23 14:00``. Local time."""
    if len(text) <= len("14:00:00"):
        moment = dt.datetime.combine(clock.today() + dt.timedelta(days=days), dt.time.fromisoformat(text))
    else:
        moment = dt.datetime.fromisoformat(text)
    return timezone.make_aware(moment)


def sitting(starts: str = "14:00", ends: str = "15:30", place: str = "", *, days: int = 0) -> SittingPlan:
    return SittingPlan(instant(starts, days=days), instant(ends, days=days), place)


@dataclass
class World:
    """The branch under test; ``people[0]`` is its secretary, ``people[1]`` its deputy, the last one is on probation."""

    top: Organization
    branch: Organization
    other: Organization
    people: list[Member]
    stranger: Member

    def actor(self, number: int) -> GrantedActor:
        return make.actor(self.people[number].user)

    @property
    def secretary(self) -> GrantedActor:
        return self.actor(0)

    def plan(self, **more: Any) -> Meeting:
        more.setdefault("kinds", ["general_meeting"])
        more.setdefault("title", "2026年第四季度支部党员大会")
        more.setdefault("sittings", [sitting()])
        more.setdefault("place", "虚构一号会议室")
        more.setdefault("chair", self.people[0])
        more.setdefault("recorder", self.people[min(2, len(self.people) - 1)])
        return actions.plan(actor=self.secretary, organization=self.branch, **more)

    def call(self, **more: Any) -> Meeting:
        return actions.call(actor=self.secretary, meeting=self.plan(**more))

    def row(self, meeting: Meeting, number: int) -> Any:
        return meeting.attendances.get(member=self.people[number])


def make_world() -> World:
    top = make.committee(name="虚构公司党委")
    branch = make.branch(top, name="虚构第一党支部")
    other = make.branch(top, name="虚构第二党支部")
    people = [make.member(branch, with_user=True) for _ in range(5)]
    people.append(make.member(branch, with_user=True, category="2", joined_on=dt.date(2026, 3, 1)))
    make.post(branch, "secretary", people[0].user)
    make.post(branch, "deputy_secretary", people[1].user)
    stranger = make.member(other, with_user=True)
    make.post(other, "secretary", stranger.user)
    return World(top, branch, other, people, stranger)


@pytest.fixture
def world(db: None) -> World:
    return make_world()


@pytest.fixture(autouse=True)
def open_scope() -> Iterator[None]:
    """Actions are asked here without a page; what a page's scope hides is tested with the pages."""
    cache.clear()
    with unscoped("tests of actions"):
        yield


def held(world: World, came: tuple[int, ...] = (0, 1, 2, 3), **more: Any) -> Meeting:
    """A meeting that is over, to which those numbered came."""
    meeting = running(world, came, **more)
    with clock.at(instant("15:30")):
        return actions.end(actor=world.secretary, meeting=meeting)


def running(world: World, came: tuple[int, ...] = (0, 1, 2, 3), **more: Any) -> Meeting:
    """A meeting that goes on, with those numbered."""
    meeting = world.call(**more)
    with clock.at(instant("14:00")):
        meeting = actions.begin(actor=world.secretary, meeting=meeting)
        present(world, meeting, came)
    return meeting


def present(world: World, meeting: Meeting, came: tuple[int, ...]) -> None:
    """The secretary registers those numbered as present, and the deputy the secretary; in a branch of one, the level above."""
    other = world.actor(1) if world.people[1:] else make.actor(make.post(world.top).user)
    for actor, numbers in ((world.secretary, set(came) - {0}), (other, set(came) & {0})):
        rows = meeting.attendances.filter(member__in=[world.people[number] for number in numbers])
        ids = [row.pk for row in rows]
        actions.check_in_by_hand(actor=actor, meeting=meeting, attendance_ids=ids, presence="present", reason="会场无信号")


def closed(world: World, **more: Any) -> Meeting:
    """A meeting whose record is put away."""
    meeting = held(world, **more)
    actions.draft_minutes(actor=world.actor(2), meeting=meeting)
    actions.confirm(actor=world.secretary, meeting=meeting)
    return actions.close(actor=world.actor(2), meeting=meeting)
