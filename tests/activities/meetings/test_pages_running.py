import json
from typing import Any

import pytest
from django.urls import reverse

from dangjian.activities.meetings import actions, checkin
from dangjian.activities.meetings.models import Meeting, Status
from dangjian.kernel import clock
from tests.activities.meetings.conftest import World, held, instant, present, running
from tests.activities.meetings.pages import as_member, as_neighbour, as_recorder, as_secretary
from tests.contracts.forms import forms_of

HTMX = {"HX-Request": "true"}


def test_the_screen_shows_a_code_that_changes(world: World) -> None:
    meeting = running(world)
    board = reverse("meetings:host_board", args=[meeting.pk])
    shown = []
    for moment in ("14:05:00", "14:05:31"):
        with clock.at(instant(moment)):
            answer = as_secretary(world).get(board)
            shown.append(answer.context["code"])
    assert shown[0] != shown[1]
    assert "<svg" in answer.content.decode()
    assert "<html" not in answer.content.decode()


def test_the_screen_counts_people_and_says_whether_enough_came(world: World) -> None:
    meeting = running(world)
    with clock.at(instant("14:05")):
        answer = as_secretary(world).get(reverse("meetings:host", args=[meeting.pk]))
    counts = answer.context["counts"]
    assert (counts.due, counts.came, counts.unknown) == (6, 4, 2)
    assert answer.context["quorums"][0].met
    assert "第十一条" in answer.content.decode()


def test_no_code_is_shown_long_before_the_meeting_or_after_it(world: World) -> None:
    address = reverse("meetings:host", args=[world.call().pk])
    with clock.at(instant("10:00")):
        assert "code" not in as_secretary(world).get(address).context
    address = reverse("meetings:host", args=[held(world, title="虚构另一次").pk])
    with clock.at(instant("15:29")):
        assert "code" not in as_secretary(world).get(address).context


def test_a_named_recorder_marks_people_with_one_tap(world: World) -> None:
    meeting = running(world)
    row = world.row(meeting, 4)
    data = {"attendance": row.pk, "presence": "leave", "reason": "现场点名登记"}
    answer = as_recorder(world).post(reverse("meetings:mark", args=[meeting.pk]), data, headers=HTMX)
    row.refresh_from_db()
    assert row.presence == "leave"
    assert row.hand_reason == "现场点名登记"
    assert f'id="row-{row.pk}"' in answer.content.decode()
    assert 'hx-swap-oob="true"' in answer.content.decode()


def test_all_who_are_not_registered_are_marked_at_once(world: World) -> None:
    meeting = running(world)
    address = reverse("meetings:roll", args=[meeting.pk])
    page = as_recorder(world).get(address)
    assert len(page.context["unmarked"]) == 2
    text = page.content.decode()
    assert "其余 2 人都到会" in text
    assert f"{world.people[4].name}、{world.people[5].name}" in text, "whoever confirms reads the names"
    as_recorder(world).post(reverse("meetings:mark_rest", args=[meeting.pk]), rest(text))
    assert not meeting.attendances.filter(presence="unknown").exists()
    assert "人都到会" not in as_recorder(world).get(address).content.decode()


def test_who_was_marked_meanwhile_is_left_out_of_the_rest_and_named(world: World) -> None:
    meeting = running(world, came=())
    address = reverse("meetings:roll", args=[meeting.pk])
    sent = rest(as_recorder(world).get(address).content.decode())
    absent, asks, quick = (world.row(meeting, number) for number in (3, 4, 5))
    by = {"actor": world.secretary, "meeting": meeting, "reason": "现场点名登记"}
    actions.check_in_by_hand(attendance_ids=[absent.pk], presence="absent", **by)
    actions.answer(actor=world.actor(4), meeting=meeting, coming=False, reason="临时抢修")
    actions.check_in_by_hand(attendance_ids=[quick.pk], presence="leave", **by)
    page = as_recorder(world).post(reverse("meetings:mark_rest", args=[meeting.pk]), sent, follow=True).content.decode()
    assert "已登记 2 人到会。" in page, "the recorder does not register themselves"
    left_out = "、".join(row.member.name for row in (absent, asks, quick))
    assert f"{left_out}已经登记过或请了假，没有改动" in page
    assert [world.row(meeting, number).presence for number in range(6)] == [
        "present", "present", "unknown", "absent", "unknown", "leave",
    ]  # fmt: skip


def test_a_tap_changes_the_offer_for_the_rest_and_the_warning_at_the_end(world: World) -> None:
    meeting = running(world, came=())
    row = world.row(meeting, 3)
    data = {"attendance": row.pk, "presence": "absent", "was": "unknown", "reason": "现场点名登记"}
    answer = as_recorder(world).post(reverse("meetings:mark", args=[meeting.pk]), data, headers={"HX-Request": "true"})
    page = answer.content.decode()
    assert "其余 4 人都到会" in page
    assert "还有 5 人没有登记" in page
    assert page.count('hx-swap-oob="true"') == 3


@pytest.mark.day("2026-11-23")
def test_a_tap_on_an_old_row_does_not_undo_what_is_true_by_now(world: World) -> None:
    meeting = running(world, came=())
    row = world.row(meeting, 3)
    with clock.at("2026-11-23 14:05"):
        actions.check_in(actor=world.actor(3), token=checkin.token(meeting.sittings.get().pk, clock.now()))
    data = {"attendance": row.pk, "presence": "absent", "was": "unknown", "reason": "现场点名登记"}
    address = reverse("meetings:mark", args=[meeting.pk])
    answer = as_recorder(world).post(address, data, headers={"HX-Request": "true"})
    assert "刚才已登记为“到会”，没有改动" in json.loads(answer["HX-Trigger"])["toast"]["text"]
    assert world.row(meeting, 3).presence == "present"
    as_recorder(world).post(address, data | {"was": "present"}, headers={"HX-Request": "true"})
    assert world.row(meeting, 3).presence == "absent"


def test_the_end_stands_where_the_meeting_runs_and_warns_only_of_what_is(world: World) -> None:
    meeting = running(world, came=(0, 1, 2, 3, 4))
    address = reverse("meetings:detail", args=[meeting.pk])
    page = as_secretary(world).get(address).content.decode()
    assert "结束会议" in page
    assert f"还有 1 人没有登记，结束后记为缺席：{world.people[5].name}。" in page
    actions.check_in_by_hand(
        actor=world.secretary, meeting=meeting, attendance_ids=[world.row(meeting, 5).pk], presence="present", reason="到会"
    )
    page = as_secretary(world).get(address).content.decode()
    assert "没有登记" not in page
    assert "大屏签到" not in page
    assert "结束会议" not in as_member(world).get(address).content.decode()


def rest(page: str) -> dict[str, Any]:
    """What the form for the rest sends."""
    (form,) = [each for each in forms_of(page) if len(each.get("attendance", [])) > 1]
    return form


def test_a_meeting_whose_time_has_passed_asks_for_the_roll_and_shows_no_code(world: World) -> None:
    meeting = running(world)
    with clock.at(instant("08:00", days=1)):
        page = as_secretary(world).get(reverse("meetings:detail", args=[meeting.pk])).content.decode()
        roll = as_secretary(world).get(reverse("meetings:roll", args=[meeting.pk]))
        board = as_secretary(world).get(reverse("meetings:host_board", args=[meeting.pk])).content.decode()
        todo = as_secretary(world).get(reverse("meetings:home")).content.decode()
    assert "待结束" in page
    assert "大屏签到" not in page
    assert roll.context["reasons"][0] == "会后补记"
    assert "签到时间已过" in board
    assert "过了时间还没有结束" in todo


def test_the_screen_in_the_room_is_not_offered_after_the_meeting_has_ended(world: World) -> None:
    meeting = running(world)
    roll, screen = reverse("meetings:roll", args=[meeting.pk]), reverse("meetings:host", args=[meeting.pk])
    client = as_secretary(world)
    assert f'href="{screen}"' in client.get(roll).content.decode()
    client.post(reverse("meetings:end", args=[meeting.pk]))
    assert f'href="{screen}"' not in client.get(roll).content.decode()


def test_what_a_vote_needs_is_said_before_the_meeting_without_calling_it_too_few(world: World) -> None:
    page = as_secretary(world).get(reverse("meetings:detail", args=[world.call().pk])).content.decode()
    assert "有表决权的至少须到" in page
    assert "到会人数不够" not in page


def test_a_reason_of_ones_own_replaces_the_chip(world: World) -> None:
    meeting = running(world)
    row = world.row(meeting, 4)
    data = {"attendance": row.pk, "presence": "present", "reason": "现场点名登记", "other": "迟到十分钟"}
    as_secretary(world).post(reverse("meetings:mark", args=[meeting.pk]), data)
    row.refresh_from_db()
    assert row.hand_reason == "迟到十分钟"


def test_without_a_reason_nothing_is_marked_and_it_is_said(world: World) -> None:
    meeting = running(world)
    row = world.row(meeting, 4)
    data = {"attendance": row.pk, "presence": "present", "reason": ""}
    answer = as_secretary(world).post(reverse("meetings:mark", args=[meeting.pk]), data, headers=HTMX)
    row.refresh_from_db()
    assert row.presence == "unknown"
    assert answer.status_code == 204
    assert "toast" in answer["HX-Trigger"]


@pytest.mark.parametrize("name", ["host", "host_board", "roll", "minutes"])
def test_who_does_not_record_is_kept_out(world: World, name: str) -> None:
    address = reverse(f"meetings:{name}", args=[running(world).pk])
    assert as_neighbour(world).get(address).status_code == 404
    assert as_member(world).get(address).status_code == 403


def test_a_named_recorder_reads_the_meeting_that_other_members_do_not(world: World) -> None:
    address = reverse("meetings:detail", args=[running(world).pk])
    assert as_recorder(world).get(address).status_code == 200
    assert as_member(world).get(address).status_code == 403
    assert as_neighbour(world).get(address).status_code == 404


@pytest.mark.parametrize("name", ["mark", "begin", "end", "add_person", "draft", "agenda_new", "decision_new", "upload"])
def test_posts_of_others_are_refused(world: World, name: str) -> None:
    meeting = running(world)
    address = reverse(f"meetings:{name}", args=[meeting.pk])
    assert as_member(world).post(address, {}).status_code == 403
    assert as_neighbour(world).post(address, {}).status_code == 404
    assert Meeting.objects.get().status == Status.RUNNING


def test_people_are_found_by_name_and_by_whether_they_are_marked(world: World) -> None:
    meeting = running(world)
    address = reverse("meetings:roll", args=[meeting.pk])
    found = as_secretary(world).get(address, {"q": world.people[1].name}, headers=HTMX)
    assert [row.member for row in found.context["rows"]] == [world.people[1]]
    spelled_out = as_secretary(world).get(address, {"q": "xugoudangyuan"}, headers=HTMX)
    assert world.people[1] in [row.member for row in spelled_out.context["rows"]]
    unmarked = as_secretary(world).get(address, {"show": "unknown"}, headers=HTMX)
    assert len(unmarked.context["rows"]) == 2


def test_begin_and_end(world: World) -> None:
    meeting = world.call()
    with clock.at(instant("14:00")):
        answer = as_secretary(world).post(reverse("meetings:begin", args=[meeting.pk]), {"next": "host"})
        assert answer.url == reverse("meetings:host", args=[meeting.pk])
    with clock.at(instant("15:00")):
        answer = as_secretary(world).post(reverse("meetings:end", args=[meeting.pk]))
    assert answer.url == reverse("meetings:minutes", args=[meeting.pk])
    assert Meeting.objects.get().status == Status.HELD


def test_agenda_is_written_moved_and_taken_off(world: World) -> None:
    meeting = running(world)
    client = as_recorder(world)
    for title in ("虚构议题一", "虚构议题二"):
        client.post(reverse("meetings:agenda_new", args=[meeting.pk]), {"title": title, "type": "study"})
    first, second = meeting.agenda.all()
    client.post(reverse("meetings:agenda_move", args=[meeting.pk, second.pk]), {"direction": "up"})
    assert [item.title for item in meeting.agenda.all()] == ["虚构议题二", "虚构议题一"]
    data = {"title": "虚构议题一", "type": "discussion", "speaker_name": world.people[1].name, "notes": "大家同意"}
    client.post(reverse("meetings:agenda_item", args=[meeting.pk, first.pk]), data)
    first.refresh_from_db()
    assert (first.notes, first.speaker, first.type) == ("大家同意", world.people[1], "discussion")
    client.post(reverse("meetings:agenda_remove", args=[meeting.pk, second.pk]))
    assert meeting.agenda.count() == 1


def test_ending_warns_of_people_who_are_not_registered_only_if_there_are_any(world: World) -> None:
    meeting = running(world, came=(0, 1, 2, 3, 4))
    addresses = [reverse(f"meetings:{name}", args=[meeting.pk]) for name in ("detail", "roll")]
    client = as_secretary(world)
    with clock.at(instant("14:05")):
        assert all("还有 1 人没有登记" in client.get(address).content.decode() for address in addresses)
        present(world, meeting, (5,))
        assert not any("人没有登记" in client.get(address).content.decode() for address in addresses)
