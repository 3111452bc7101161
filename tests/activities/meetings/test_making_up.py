from typing import Any

import pytest
from django.urls import reverse

from dangjian.activities.meetings import actions
from dangjian.activities.meetings.models import MakeUp, MakeUpState, Meeting, Presence
from dangjian.activities.meetings.queries import own_make_ups
from dangjian.engines.notifications.models import Notification
from dangjian.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied
from tests.activities.meetings.conftest import World, closed, held, running
from tests.days import in_days
from tests.offered import browser, shown, tried


def assign(world: World, meeting: Meeting, *numbers: int, **more: Any) -> int:
    more.setdefault("material", "学习会议材料第一部分")
    more.setdefault("due_on", in_days(14))
    return actions.assign_make_up(
        actor=world.actor(2),
        meeting=meeting,
        attendance_ids=[world.row(meeting, number).pk for number in numbers],
        **more,
    )


def test_the_absent_make_it_up_and_the_recorder_confirms(world: World) -> None:
    meeting = closed(world)
    assert assign(world, meeting, 0, 4, 5) == 2
    assert Notification.objects.filter(user=world.people[4].user, title__startswith="请补课").exists()
    task = own_make_ups(world.people[4].user_id).get()
    task = actions.submit_make_up(actor=world.actor(4), make_up=task, reflection="学完了，体会很深")
    with pytest.raises(Invalid):
        actions.confirm_make_up(actor=world.actor(2), make_up=task, accept=False)
    actions.confirm_make_up(actor=world.actor(2), make_up=task, accept=False, note="请写具体些")
    assert own_make_ups(world.people[4].user_id).get().state == MakeUpState.RETURNED
    task = actions.submit_make_up(actor=world.actor(4), make_up=task, reflection="具体的体会")
    actions.confirm_make_up(actor=world.actor(2), make_up=task, accept=True)
    assert world.row(meeting, 4).presence == Presence.MADE_UP
    assert not own_make_ups(world.people[4].user_id).exists()
    with pytest.raises(Conflict):
        actions.submit_make_up(actor=world.actor(4), make_up=task, reflection="再交")


def test_only_who_did_not_come_makes_up_and_only_once(world: World) -> None:
    meeting = held(world)
    assign(world, meeting, 4)
    for number in (0, 4):
        with pytest.raises(Invalid):
            assign(world, meeting, number)
    assert MakeUp.objects.count() == 1


def test_no_make_up_before_the_end(world: World) -> None:
    with pytest.raises(Conflict):
        assign(world, running(world), 4)


@pytest.mark.parametrize(
    ("change", "field"),
    [({"material": ""}, "material"), ({"due_on": -1}, "due_on"), ({"link": "ftp://x"}, "link")],
)
def test_what_is_no_task(world: World, change: dict[str, Any], field: str) -> None:
    meeting = held(world)
    if "due_on" in change:
        change = {"due_on": in_days(change["due_on"])}
    with pytest.raises(Invalid) as refusal:
        assign(world, meeting, 4, **change)
    assert field in refusal.value.fields
    assert not MakeUp.objects.exists()


def test_each_does_their_own_and_nobody_confirms_it_themselves(world: World) -> None:
    meeting = held(world, (0, 1, 3))
    assign(world, meeting, 2, 4)
    task = own_make_ups(world.people[2].user_id).get()
    with pytest.raises(NotFound):
        actions.submit_make_up(actor=world.actor(4), make_up=task, reflection="替别人写")
    with pytest.raises(Invalid):
        actions.submit_make_up(actor=world.actor(2), make_up=task, reflection=" ")
    task = actions.submit_make_up(actor=world.actor(2), make_up=task, reflection="体会")
    with pytest.raises(PermissionDenied, match="本人"):
        actions.confirm_make_up(actor=world.actor(2), make_up=task, accept=True)
    with pytest.raises(PermissionDenied):
        actions.confirm_make_up(actor=world.actor(4), make_up=task, accept=True)
    assert world.row(meeting, 2).presence == Presence.ABSENT


def test_a_study_is_to_be_accepted_by_exactly_those_who_may(world: World) -> None:
    meeting = held(world, (0, 1, 3))
    assign(world, meeting, 2, 4)
    people = [*[one.user for one in world.people], world.stranger.user]
    recorders = {world.people[number].user for number in (0, 1, 2)}
    for number in (2, 4):
        task = own_make_ups(world.people[number].user_id).get()
        address = reverse("meetings:make_up", args=[task.pk])
        for state in MakeUpState:
            MakeUp.objects.filter(pk=task.pk).update(state=state, reflection="体会")
            may = recorders - {world.people[number].user} if state == MakeUpState.SUBMITTED else set()
            for user in people:
                page = shown(user, address)
                assert bool(page) == (user in recorders | {world.people[number].user})
                for decision in ("confirm", "return"):
                    offered = f'name="step" value="{decision}"' in page
                    assert offered == (user in may), (user, state)
                    assert (tried(user, address, {"step": decision, "note": "请写具体些"}) == 302) == offered


@pytest.mark.parametrize("decision", ["confirm", "return"])
def test_a_neighbour_decides_on_no_study(world: World, decision: str) -> None:
    meeting = held(world, (0, 1, 3))
    assign(world, meeting, 4)
    task = own_make_ups(world.people[4].user_id).get()
    actions.submit_make_up(actor=world.actor(4), make_up=task, reflection="体会")
    address = reverse("meetings:make_up", args=[task.pk])
    answer = browser(world.stranger.user).post(address, {"step": decision, "note": "虚构", "organization": world.other.pk})
    assert answer.status_code in {403, 404}
    assert MakeUp.objects.get().state == MakeUpState.SUBMITTED
