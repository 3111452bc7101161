"""Two people at one form of a meeting: who it was, what differs, rows that came or went, and texts written anew."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from dangjian.activities.meetings import actions
from dangjian.activities.meetings.election import Ballots, Candidate
from dangjian.activities.meetings.models import Meeting, Minutes
from dangjian.kernel import clock
from tests.activities.meetings.conftest import World, held, running, sitting
from tests.activities.meetings.pages import as_recorder, as_secretary
from tests.contracts.forms import form_with

pytestmark = pytest.mark.day("2026-11-23")


def shown(client: Client, address: str, *fields: str) -> dict[str, Any]:
    """What the form of a page would send as it is shown."""
    return form_with(client.get(address).content.decode(), "seen", *fields)


@pytest.fixture
def written(world: World) -> tuple[Meeting, str]:
    meeting = held(world)
    actions.save_minutes(actor=world.actor(2), meeting=meeting, text="会议讨论了计划。\n甲同志发言。\n会议结束。")
    return meeting, reverse("meetings:minutes", args=[meeting.pk])


def test_whoever_saved_first_is_named_and_both_texts_can_be_joined(world: World, written: tuple[Meeting, str]) -> None:
    meeting, address = written
    mine = shown(as_secretary(world), address, "text")
    with clock.at("2026-11-23 16:05"):
        actions.save_minutes(
            actor=world.actor(2), meeting=meeting, text="会议讨论了计划。\n甲同志发言。\n乙同志发言。\n会议结束。"
        )
    answer = as_secretary(world).post(address, mine | {"text": "会议讨论了年度计划。\n甲同志发言。\n会议结束。"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert f"{world.people[2].name}（2026年11月23日 16:05）改过这里的内容" in page
    assert "<mark>乙同志发言。</mark>" in page
    assert "<mark>会议讨论了年度计划。</mark>" in page
    (difference,) = answer.context["form"].differences
    assert difference.takes[-1] == (
        "两份合在一起",
        '["会议讨论了年度计划。\\n甲同志发言。\\n乙同志发言。\\n会议结束。"]',
    )
    assert Minutes.objects.get().text.count("乙同志") == 1


def test_the_same_text_from_both_is_no_matter(world: World, written: tuple[Meeting, str]) -> None:
    meeting, address = written
    mine = shown(as_secretary(world), address, "text")
    actions.save_minutes(actor=world.actor(2), meeting=meeting, text="同一份文字。")
    assert as_secretary(world).post(address, mine | {"text": "同一份文字。\r\n"}).status_code == 302


def test_a_draft_does_not_replace_what_somebody_wrote_meanwhile(world: World, written: tuple[Meeting, str]) -> None:
    meeting, address = written
    before = shown(as_secretary(world), address)
    actions.save_minutes(actor=world.actor(2), meeting=meeting, text="刚刚写好的记录。")
    draft = reverse("meetings:draft", args=[meeting.pk])
    answer = as_secretary(world).post(draft, {"seen": before["seen"]}, follow=True)
    assert "没有重新生成" in answer.content.decode()
    assert Minutes.objects.get().text == "刚刚写好的记录。"
    now = shown(as_secretary(world), address)
    as_secretary(world).post(draft, {"seen": now["seen"]})
    assert Minutes.objects.get().text != "刚刚写好的记录。"


def test_what_was_left_alone_takes_the_new_value_and_says_so(world: World) -> None:
    meeting = world.call()
    address = reverse("meetings:edit", args=[meeting.pk])
    mine = shown(as_secretary(world), address)
    actions.update(actor=world.secretary, meeting=meeting, place="虚构二号会议室")
    answer = as_secretary(world).post(address, mine | {"notes": "请带笔记本"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "您没有改这一项" in page
    again = form_with(page, "seen")
    assert (again["place"], again["notes"]) == (["虚构二号会议室"], ["请带笔记本"])
    assert as_secretary(world).post(address, again).status_code == 302
    meeting.refresh_from_db()
    assert (meeting.place, meeting.notes) == ("虚构二号会议室", "请带笔记本")


def test_a_sitting_that_somebody_added_is_not_lost(world: World) -> None:
    meeting = world.call()
    address = reverse("meetings:edit", args=[meeting.pk])
    mine = shown(as_secretary(world), address)
    first = meeting.sittings.get()
    kept = actions.SittingPlan(first.starts_at, first.ends_at, "", first.pk)
    second = sitting("2026-11-24 14:00", "2026-11-24 15:30", "虚构二号会议室")
    actions.update(actor=world.secretary, meeting=meeting, sittings=[kept, second])
    answer = as_secretary(world).post(address, mine | {"notes": "请带笔记本"})
    again = form_with(answer.content.decode(), "seen")
    assert (again["s-TOTAL_FORMS"], again["s-1-on"]) == (["2"], ["2026-11-24"])
    assert as_secretary(world).post(address, again).status_code == 302
    assert meeting.sittings.count() == 2


def test_a_sitting_that_somebody_took_away_is_named(world: World) -> None:
    two = [sitting(), sitting("2026-11-24 14:00", "2026-11-24 15:30", "虚构二号会议室")]
    meeting = world.call(sittings=two)
    address = reverse("meetings:edit", args=[meeting.pk])
    mine = shown(as_secretary(world), address)
    first = meeting.sittings.first()
    assert first
    actions.update(
        actor=world.secretary, meeting=meeting, sittings=[actions.SittingPlan(first.starts_at, first.ends_at, "", first.pk)]
    )
    answer = as_secretary(world).post(address, mine | {"notes": "请带笔记本"})
    assert answer.status_code == 422
    assert "这一行已被去掉" in answer.content.decode()
    assert meeting.sittings.count() == 1


def test_grades_of_two_people_are_compared(world: World) -> None:
    meeting = running(world, kinds=["member_appraisal"])
    address = reverse("meetings:appraisal", args=[meeting.pk])
    mine = shown(as_secretary(world), address)
    all_alike = {f"grade-{person.pk}": "qualified" for person in world.people[:5]}
    as_recorder(world).post(address, shown(as_recorder(world), address) | all_alike | {"save": "1"})
    one = f"grade-{world.people[0].pk}"
    rest = as_secretary(world).post(address, mine | {one: "basically_qualified", "rest": "1"})
    sent = form_with(rest.content.decode(), "seen")
    answer = as_secretary(world).post(address, sent | {"save": "1"})
    assert answer.status_code == 422
    assert [one.label for one in answer.context["form"].differences] == [world.people[0].name]
    assert meeting.appraisals.get(member=world.people[0]).grade == "qualified"


def test_a_row_added_to_an_election_still_goes_by_what_was_seen(world: World) -> None:
    meeting = running(world)
    election = actions.record_election(
        actor=world.actor(2),
        meeting=meeting,
        title="支部委员",
        seats=1,
        ballots=Ballots(4, 4, 4, 0),
        candidates=[Candidate("虚构甲", 3), Candidate("虚构乙", 1)],
    )
    address = reverse("meetings:election", args=[meeting.pk, election.pk])
    mine = shown(as_secretary(world), address)
    wider = form_with(as_secretary(world).post(address, mine | {"part": "add-c"}).content.decode(), "seen")
    assert wider["seen"] == mine["seen"]
    assert as_secretary(world).post(address, wider | {"title": "支部委员会委员"}).status_code == 302


def test_a_stale_row_of_the_agenda_keeps_its_new_place(world: World) -> None:
    meeting = world.call(agenda=[actions.AgendaPlan("第一项"), actions.AgendaPlan("第二项")])
    first, second = meeting.agenda.all()
    actions.order_agenda(actor=world.secretary, meeting=meeting, item_ids=[second.pk, first.pk])
    actions.edit_agenda_item(actor=world.secretary, item=first, notes="要点")
    assert [item.title for item in meeting.agenda.all()] == ["第二项", "第一项"]
