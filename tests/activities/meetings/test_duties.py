"""Holding a meeting settles the duty at once; whoever stayed away gets one of his own."""

from dangjian.engines.duties.actions import refresh
from dangjian.engines.duties.models import Duty, State
from dangjian.org.scope import everything
from tests import make
from tests.activities.meetings.conftest import World, closed, held
from tests.activities.meetings.test_making_up import actions, assign, own_make_ups


def _duty(**lookup: object) -> Duty:
    with everything("test"):
        return Duty.objects.filter(**lookup).latest("period_start")


def test_the_end_of_the_meeting_settles_the_duty_without_a_further_step(world: World) -> None:
    refresh(actor=make.SYSTEM)
    assert _duty(rule="general_meeting", organization=world.branch).state == State.OPEN
    meeting = held(world)
    one = _duty(rule="general_meeting", organization=world.branch)
    assert (one.state, one.evidence_id, one.done_on) == (State.DONE, meeting.pk, meeting.held_on)


def test_make_up_study_is_the_members_own_duty_until_it_is_confirmed(world: World) -> None:
    meeting = closed(world)
    assign(world, meeting, 4)
    one = _duty(rule="make_up", member=world.people[4])
    assert (one.state, one.responsible_id) == (State.OPEN, world.people[4].user_id)
    task = own_make_ups(world.people[4].user_id).get()
    task = actions.submit_make_up(actor=world.actor(4), make_up=task, reflection="学完了，体会很深")
    actions.confirm_make_up(actor=world.actor(2), make_up=task, accept=True)
    assert _duty(rule="make_up", member=world.people[4]).state == State.DONE
