"""Somebody who is called to two meetings at one time is named before it is too late."""

import pytest
from django.urls import reverse

from dangjian.activities.meetings import actions
from dangjian.activities.meetings.models import Meeting
from dangjian.activities.meetings.queries.clashes import ELSEWHERE, clashes
from dangjian.kernel.actor import Actor
from dangjian.members.models import Member
from tests import make
from tests.activities.meetings.conftest import World, sitting
from tests.activities.meetings.pages import as_secretary, signed_in

pytestmark = pytest.mark.day("2026-11-23")


def at(world: World, starts: str, ends: str, *numbers: int, title: str) -> Meeting:
    chosen = [world.people[number].pk for number in numbers]
    return world.call(title=title, sittings=[sitting(starts, ends)], audience="chosen", member_ids=chosen)


def named(meeting: Meeting, actor: Actor) -> list[tuple[Member, str]]:
    return [(one.member, one.title) for one in clashes(meeting, actor)]


def test_who_is_called_twice_at_one_time_is_named(world: World) -> None:
    first = at(world, "14:00", "15:30", 2, 3, title="虚构学习会")
    second = at(world, "15:00", "16:00", 3, 4, title="虚构座谈会")
    assert named(second, world.secretary) == [(world.people[3], "虚构学习会")]
    assert named(first, world.secretary) == [(world.people[3], "虚构座谈会")]


def test_one_after_the_other_is_no_clash(world: World) -> None:
    at(world, "14:00", "15:00", 2, 3, title="虚构学习会")
    assert named(at(world, "15:00", "16:00", 2, 3, title="虚构座谈会"), world.secretary) == []


def test_who_can_choose_another_sitting_or_is_on_leave_is_free(world: World) -> None:
    at(world, "14:00", "15:00", 2, 3, title="虚构学习会")
    both = [sitting("14:30", "15:30"), sitting("16:00", "17:00")]
    two = world.call(title="虚构两场", sittings=both, audience="chosen", member_ids=[one.pk for one in world.people[2:4]])
    assert named(two, world.secretary) == []
    third = at(world, "14:00", "15:00", 2, 3, title="虚构座谈会")
    actions.answer(actor=world.actor(2), meeting=third, coming=False, reason="出差")
    assert {member for member, _title in named(third, world.secretary)} == {world.people[3]}


def test_a_meeting_the_reader_does_not_see_is_not_named(world: World) -> None:
    office = make.actor(make.post(world.top).user)
    guests = {"audience": "chosen", "member_ids": [world.people[3].pk]}
    actions.call(
        actor=office,
        meeting=actions.plan(
            actor=office,
            organization=world.top,
            kinds=["party_lecture"],
            title="虚构专题会",
            sittings=[sitting()],
            place="虚构会议室",
            chair=world.stranger,
            recorder=world.people[4],
            **guests,
        ),
    )
    meeting = at(world, "14:00", "15:00", 2, 3, title="虚构座谈会")
    assert named(meeting, world.secretary) == [(world.people[3], ELSEWHERE)]
    own = clashes(meeting, world.actor(3), world.people[3])
    assert [one.title for one in own] == ["虚构专题会"]


def test_both_pages_say_so(world: World) -> None:
    at(world, "14:00", "15:30", 2, 3, title="虚构学习会")
    meeting = at(world, "15:00", "16:00", 3, 4, title="虚构座谈会")
    page = as_secretary(world).get(reverse("meetings:detail", args=[meeting.pk])).content.decode()
    assert "有 1 人次同一时间还有别的会议" in page
    assert "虚构学习会" in page
    own = signed_in(world.people[3].user).get(reverse("meetings:attend", args=[meeting.pk])).content.decode()
    assert "您同一时间还有" in own
    assert (
        "您同一时间还有"
        not in signed_in(world.people[4].user).get(reverse("meetings:attend", args=[meeting.pk])).content.decode()
    )
