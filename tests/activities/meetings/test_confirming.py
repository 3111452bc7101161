"""Whoever wrote the minutes does not confirm them: who does is named and told, and nobody else has it on the list."""

from typing import Any

from django.test import RequestFactory
from django.urls import reverse

from dangjian.activities.meetings import actions, panels
from dangjian.activities.meetings.models import Meeting, Status
from dangjian.engines.notifications.models import Notification
from dangjian.org.models import Post
from tests import make
from tests.activities.meetings.conftest import World, held
from tests.activities.meetings.pages import as_secretary, signed_in


def _written_by_the_secretary(world: World, *, alone: bool = False) -> Meeting:
    """``alone``: nobody else of the branch leads it any more."""
    meeting = held(world)
    if alone:
        Post.objects.filter(user=world.people[1].user).delete()
    Notification.objects.all().delete()
    data = {"text": "虚构会议记录", "ready": "1"}
    as_secretary(world).post(reverse("meetings:minutes", args=[meeting.pk]), data)
    return meeting


def _matters(world: World, number: int) -> list[str]:
    request: Any = RequestFactory().get("/")
    request.user = world.people[number].user
    request.actor = world.actor(number)
    return [one.title for one in panels.matters(request, 10)]


def test_who_can_confirm_is_named_before_anything_is_written(world: World) -> None:
    meeting = held(world)
    page = as_secretary(world).get(reverse("meetings:minutes", args=[meeting.pk])).content.decode()
    assert f"您整理的记录，由{world.people[1].name}确认。" in page


def test_who_can_confirm_is_named_and_told(world: World) -> None:
    meeting = _written_by_the_secretary(world)
    page = as_secretary(world).get(reverse("meetings:detail", args=[meeting.pk])).content.decode()
    assert f"会议记录等待 {world.people[1].name} 确认。" in page
    told = Notification.objects.filter(title__startswith="请确认会议记录")
    assert [row.user_id for row in told] == [world.people[1].user_id]
    deputy = signed_in(world.people[1].user)
    assert "会议记录等待" not in deputy.get(reverse("meetings:detail", args=[meeting.pk])).content.decode()


def test_minutes_sent_back_wait_for_the_recorder_with_what_is_to_be_changed(world: World) -> None:
    meeting = _written_by_the_secretary(world)
    deputy = signed_in(world.people[1].user)
    deputy.post(reverse("meetings:send_back", args=[meeting.pk]), {"note": "虚构意见：补上表决结果"})
    assert _matters(world, 1) == [f"记录待整理：{meeting.title}"]
    page = as_secretary(world).get(reverse("meetings:minutes", args=[meeting.pk])).content.decode()
    assert "虚构意见：补上表决结果" in page
    as_secretary(world).post(reverse("meetings:minutes", args=[meeting.pk]), {"text": "虚构会议记录（补）", "ready": "1"})
    meeting.minutes.refresh_from_db()
    assert (meeting.minutes.sent_back_note, meeting.minutes.submitted_at is not None) == ("", True)
    assert _matters(world, 1) == [f"记录待确认：{meeting.title}"]


def test_a_text_written_anew_is_submitted_anew(world: World) -> None:
    meeting = _written_by_the_secretary(world)
    actions.draft_minutes(actor=world.actor(0), meeting=meeting, anew=True)
    meeting.minutes.refresh_from_db()
    assert meeting.minutes.submitted_at is None
    page = as_secretary(world).get(reverse("meetings:detail", args=[meeting.pk])).content.decode()
    assert "会议记录等待" not in page


def test_a_vote_without_a_result_is_named_where_the_minutes_are_written(world: World) -> None:
    meeting = held(world, agenda=[actions.AgendaPlan("虚构表决事项", type="vote"), actions.AgendaPlan("虚构学习", type="study")])
    address = reverse("meetings:minutes", args=[meeting.pk])
    page = as_secretary(world).get(address)
    assert [item.title for item in page.context["votes_left"]] == ["虚构表决事项"]
    assert "有 1 项表决还没有登记结果" in page.content.decode()
    item = meeting.agenda.get(type="vote")
    votes = actions.Votes(4)
    actions.record_decision(actor=world.actor(2), meeting=meeting, agenda_item=item, text="同意虚构事项", votes=votes)
    assert list(as_secretary(world).get(address).context["votes_left"]) == []


def test_what_one_cannot_confirm_is_not_on_the_list(world: World) -> None:
    meeting = _written_by_the_secretary(world)
    make.post(world.branch, "organisation_member", world.people[4].user)
    assert _matters(world, 0) == []
    assert _matters(world, 4) == [], "runs meetings but confirms none"
    assert _matters(world, 1) == [f"记录待确认：{meeting.title}"]
    page = as_secretary(world).get(reverse("meetings:home")).content.decode()
    assert f"等待他人确认记录：{meeting.title}" in page


def test_where_nobody_is_left_the_level_above_confirms(world: World) -> None:
    above = make.post(world.top, "secretary").user
    meeting = _written_by_the_secretary(world, alone=True)
    page = as_secretary(world).get(reverse("meetings:detail", args=[meeting.pk])).content.decode()
    assert f"会议记录等待 {world.top.short_name}的{above.name} 确认。" in page
    assert [row.user_id for row in Notification.objects.filter(title__startswith="请确认会议记录")] == [above.pk]
    signed_in(above).post(reverse("meetings:confirm", args=[meeting.pk]))
    meeting.refresh_from_db()
    assert meeting.status == Status.CONFIRMED


def test_the_level_above_confirms_only_where_nobody_is_left(world: World) -> None:
    above = make.post(world.top, "secretary").user
    meeting = _written_by_the_secretary(world)
    assert signed_in(above).post(reverse("meetings:confirm", args=[meeting.pk])).status_code == 403
    actions.confirm(actor=world.actor(1), meeting=meeting)


def test_where_nobody_at_all_can_confirm_the_way_is_told(world: World) -> None:
    meeting = _written_by_the_secretary(world, alone=True)
    page = as_secretary(world).get(reverse("meetings:detail", args=[meeting.pk])).content.decode()
    assert "现在没有其他人可以确认，请先报上级党组织明确本组织的负责人。" in page
