"""What a program may do with a meeting by its owner's token: no more than its owner may."""

from typing import Any

import pytest

from dangjian.accounts.models import Event
from dangjian.activities.meetings import actions
from dangjian.activities.meetings.models import MakeUp
from dangjian.kernel import clock
from tests.activities.meetings.conftest import World, held
from tests.offered import browser


@pytest.mark.parametrize(
    ("operation", "data"),
    [
        ("begin", {}),
        ("end", {}),
        ("hand-check-ins", {"attendance_ids": [1], "presence": "present", "reason": "虚构原因"}),
    ],
)
def test_only_whoever_keeps_the_record_does_it(world: World, operation: str, data: dict[str, Any]) -> None:
    meeting = world.call()
    before = Event.objects.exclude(result="refused").count()
    for member, status in ((world.people[4], 403), (world.stranger, 404)):
        assert member.user
        answer = browser(member.user).post(f"/api/v1/meetings/{meeting.pk}/{operation}", data, content_type="application/json")
        assert answer.status_code == status
    assert Event.objects.exclude(result="refused").count() == before


def test_only_whoever_is_called_answers(world: World) -> None:
    meeting = world.call()
    assert world.stranger.user
    data = {"coming": True}
    answer = browser(world.stranger.user).post(f"/api/v1/meetings/{meeting.pk}/answer", data, content_type="application/json")
    assert answer.status_code == 404
    assert not meeting.attendances.filter(answer="coming").exists()


def test_nobody_hands_in_the_study_of_another(world: World) -> None:
    meeting = held(world)
    row = world.row(meeting, 5)
    actions.assign_make_up(
        actor=world.secretary, meeting=meeting, attendance_ids=[row.pk], material="虚构材料", due_on=clock.today()
    )
    study, other = MakeUp.objects.get(), world.people[4].user
    assert other
    address = f"/api/v1/my/make-ups/{study.pk}/hand-in"
    assert browser(other).post(address, {"reflection": "虚构体会"}, content_type="application/json").status_code == 404
    assert MakeUp.objects.get().state == "assigned"
