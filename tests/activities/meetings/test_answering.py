import pytest

from dangjian.accounts.models import Event
from dangjian.activities.meetings import actions
from dangjian.activities.meetings.models import Answer, Presence
from dangjian.engines.notifications.models import Notification
from dangjian.kernel import clock
from dangjian.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied
from tests import make
from tests.activities.meetings.conftest import World, instant, sitting


def test_a_member_answers_that_they_come_and_twice_is_harmless(world: World) -> None:
    meeting = world.call()
    for _ in range(2):
        row = actions.answer(actor=world.actor(3), meeting=meeting, coming=True)
    assert row.answer == Answer.COMING
    assert Event.objects.filter(verb="meetings.answered_coming").count() == 1


def test_leave_goes_from_asking_to_granting_to_the_list(world: World) -> None:
    meeting = world.call()
    row = actions.answer(actor=world.actor(3), meeting=meeting, coming=False, reason="出差")
    assert Notification.objects.filter(user=world.people[0].user, title__contains="请假").count() == 1
    row = actions.decide_leave(actor=world.secretary, attendance=row, grant=True)
    assert (row.answer, row.decided_by_id) == (Answer.LEAVE_GRANTED, world.people[0].user_id)
    assert Notification.objects.filter(user=world.people[3].user, title__startswith="请假已批准").exists()
    with clock.at(instant("14:00")):
        actions.begin(actor=world.secretary, meeting=meeting)
    with clock.at(instant("15:40")):
        actions.end(actor=world.secretary, meeting=meeting)
    assert world.row(meeting, 3).presence == Presence.LEAVE
    assert world.row(meeting, 4).presence == Presence.ABSENT


def test_leave_needs_a_reason_and_a_refusal_too(world: World) -> None:
    meeting = world.call()
    with pytest.raises(Invalid):
        actions.answer(actor=world.actor(3), meeting=meeting, coming=False, reason=" ")
    assert world.row(meeting, 3).answer == Answer.NONE
    row = actions.answer(actor=world.actor(3), meeting=meeting, coming=False, reason="出差")
    with pytest.raises(Invalid):
        actions.decide_leave(actor=world.secretary, attendance=row, grant=False)
    row = actions.decide_leave(actor=world.secretary, attendance=row, grant=False, note="须参加表决")
    assert row.answer == Answer.LEAVE_REFUSED
    with pytest.raises(Conflict):
        actions.decide_leave(actor=world.secretary, attendance=row, grant=True)


def test_nobody_grants_their_own_leave(world: World) -> None:
    meeting = world.call()
    row = actions.answer(actor=world.secretary, meeting=meeting, coming=False, reason="培训")
    with pytest.raises(PermissionDenied, match="本人"):
        actions.decide_leave(actor=world.secretary, attendance=row, grant=True)
    assert actions.decide_leave(actor=world.actor(1), attendance=row, grant=True).answer == Answer.LEAVE_GRANTED
    with pytest.raises(PermissionDenied):
        actions.decide_leave(actor=world.actor(4), attendance=row, grant=True)


def test_a_stranger_and_a_draft_are_not_there(world: World) -> None:
    meeting = world.call()
    with pytest.raises(NotFound):
        actions.answer(actor=make.actor(world.stranger.user), meeting=meeting, coming=True)
    with pytest.raises(NotFound):
        actions.answer(actor=world.actor(3), meeting=world.plan(title="另一次"), coming=True)


def test_an_observer_from_elsewhere_answers_for_themselves(world: World) -> None:
    meeting = world.call(observer_ids=[world.stranger.pk])
    assert actions.answer(actor=make.actor(world.stranger.user), meeting=meeting, coming=True).answer == Answer.COMING


def test_of_several_sittings_one_is_chosen(world: World) -> None:
    meeting = world.call(sittings=[sitting(), sitting("20:00", "21:00")])
    with pytest.raises(Invalid, match="场"):
        actions.answer(actor=world.actor(3), meeting=meeting, coming=True)
    evening = meeting.sittings.last()
    assert actions.choose_sitting(actor=world.actor(3), meeting=meeting, sitting=evening).sitting == evening
    foreign = world.call(title="另一次").sittings.get()
    with pytest.raises(Invalid):
        actions.choose_sitting(actor=world.actor(3), meeting=meeting, sitting=foreign)


def test_no_answer_after_the_end_or_after_cancelling(world: World) -> None:
    meeting = world.call()
    with clock.at(instant("14:00")):
        actions.begin(actor=world.secretary, meeting=meeting)
        actions.end(actor=world.secretary, meeting=meeting)
    with pytest.raises(Conflict):
        actions.answer(actor=world.actor(3), meeting=meeting, coming=True)
    off = world.call(title="另一次")
    actions.cancel(actor=world.secretary, meeting=off, reason="改期")
    with pytest.raises(Conflict, match="取消"):
        actions.answer(actor=world.actor(3), meeting=off, coming=True)
