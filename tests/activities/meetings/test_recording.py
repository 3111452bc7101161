import pytest

from dangjian.accounts.models import Event
from dangjian.activities.meetings import actions
from dangjian.activities.meetings.actions import AgendaPlan, Votes
from dangjian.activities.meetings.models import Correction, Meeting, Minutes, Status
from dangjian.engines.notifications.models import Notification
from dangjian.kernel import clock
from dangjian.kernel.errors import Conflict, Invalid, PermissionDenied, Refusal
from dangjian.kernel.ui import words
from tests import make
from tests.activities.meetings.conftest import World, closed, held, running


def test_the_draft_says_what_was_captured(world: World) -> None:
    meeting = running(
        world,
        kinds=["general_meeting", "theme_day"],
        agenda=[AgendaPlan("学习全会精神", "first_agenda"), AgendaPlan("审议计划", "vote")],
    )
    actions.edit_agenda_item(actor=world.actor(2), item=meeting.agenda.first(), notes="书记领学，3名党员发言。")
    actions.record_decision(actor=world.actor(2), meeting=meeting, text="同意年度工作计划", votes=Votes(3, 0, 1))
    text = actions.draft_minutes(actor=world.actor(2), meeting=meeting).text
    for part in (
        f"{words.day(clock.today())} 14:00至15:30，虚构第一党支部在虚构一号会议室召开",
        "应到6人，实到4人，缺席2人。",
        f"会议由{world.people[0]}主持，{world.people[2]}记录。",
        "一、【第一议题】学习全会精神\n书记领学，3名党员发言。",
        "二、【表决】审议计划",
        "1．同意年度工作计划",
        "应到会有表决权的5人，实到4人；赞成3票，反对0票，弃权1票",
        "表决结果：通过",
        "第十一条",
    ):
        assert part in text


@pytest.mark.day("2026-11-23")
@pytest.mark.parametrize(
    ("begun", "ended", "opening", "ending"),
    [
        ("2026-11-23 13:50", "2026-11-23 14:40", "13:50至14:40，", "会议于14:40结束。"),
        ("2026-11-23 14:05", "2026-11-23 15:45", "14:05至15:45，", "会议于15:45结束。"),
        ("2026-11-23 20:00", "2026-11-23 20:10", "14:00至15:30，", None),
        ("2026-11-24 09:00", "2026-11-24 09:10", "14:00至15:30，", None),
    ],
)
def test_the_draft_says_one_time(world: World, begun: str, ended: str, opening: str, ending: str | None) -> None:
    meeting = world.call()
    with clock.at(begun):
        actions.begin(actor=world.secretary, meeting=meeting)
    with clock.at(ended):
        actions.end(actor=world.secretary, meeting=meeting)
    text = actions.draft_minutes(actor=world.actor(2), meeting=meeting, anew=True).text
    assert text.startswith(f"2026年11月23日 {opening}")
    assert text.endswith(ending) if ending else "结束" not in text


def test_an_edited_text_is_not_overwritten_by_drafting(world: World) -> None:
    meeting = held(world)
    actions.draft_minutes(actor=world.actor(2), meeting=meeting)
    actions.save_minutes(actor=world.actor(2), meeting=meeting, text="改过的记录", ready=True)
    assert actions.draft_minutes(actor=world.actor(2), meeting=meeting).text == "改过的记录"
    assert Notification.objects.filter(user=world.people[0].user, title__startswith="请确认会议记录").exists()
    assert actions.draft_minutes(actor=world.actor(2), meeting=meeting, anew=True).text.startswith(words.day(clock.today()))


def test_the_recorder_writes_and_the_chair_confirms(world: World) -> None:
    meeting = held(world)
    with pytest.raises(Conflict, match="还没有会议记录"):
        actions.confirm(actor=world.secretary, meeting=meeting)
    actions.draft_minutes(actor=world.actor(2), meeting=meeting)
    for wrong in (2, 4):
        with pytest.raises(PermissionDenied):
            actions.confirm(actor=world.actor(wrong), meeting=meeting)
    minutes = actions.confirm(actor=world.secretary, meeting=meeting)
    assert minutes.confirmed_by_id == world.people[0].user_id
    with pytest.raises(Conflict):
        actions.save_minutes(actor=world.actor(2), meeting=meeting, text="再改")


def test_whoever_wrote_the_minutes_does_not_confirm_them(world: World) -> None:
    meeting = held(world)
    actions.draft_minutes(actor=world.secretary, meeting=meeting)
    with pytest.raises(PermissionDenied, match="同一人"):
        actions.confirm(actor=world.secretary, meeting=meeting)
    assert actions.confirm(actor=world.actor(1), meeting=meeting).confirmed_at


def test_in_a_tiny_branch_one_person_does_both(world: World) -> None:
    world.people = [make.member(branch := make.branch(world.top), with_user=True)]
    world.branch = branch
    make.post(branch, "secretary", world.people[0].user)
    meeting = held(world, (0,))
    actions.draft_minutes(actor=world.secretary, meeting=meeting)
    assert actions.confirm(actor=world.secretary, meeting=meeting).confirmed_at


def test_the_chair_sends_the_record_back(world: World) -> None:
    meeting = held(world)
    actions.draft_minutes(actor=world.actor(2), meeting=meeting)
    actions.confirm(actor=world.secretary, meeting=meeting)
    with pytest.raises(Invalid):
        actions.send_back(actor=world.secretary, meeting=meeting, note="")
    actions.send_back(actor=world.secretary, meeting=meeting, note="请补上发言要点")
    assert actions.save_minutes(actor=world.actor(2), meeting=meeting, text="补好了").confirmed_at is None
    assert Notification.objects.filter(user=world.people[2].user, body="请补上发言要点").exists()


def test_closing_numbers_the_record(world: World) -> None:
    year = clock.today().year
    first, second = closed(world), closed(world, title="另一次")
    assert (first.number, second.number) == (f"{year}-{world.branch.code}-001", f"{year}-{world.branch.code}-002")
    with pytest.raises(Conflict):
        actions.close(actor=world.actor(2), meeting=held(world, title="第三次"))


def test_a_closed_record_refuses_every_edit_and_nothing_is_written(world: World) -> None:
    meeting = closed(world, agenda=[AgendaPlan("学习")])
    recorder, row = world.actor(2), world.row(meeting, 4)
    before = (Event.objects.count(), Minutes.objects.get().text, meeting.attendances.filter(presence="present").count())
    edits = (
        lambda: actions.update(actor=world.secretary, meeting=meeting, title="改名"),
        lambda: actions.check_in_by_hand(
            actor=recorder, meeting=meeting, attendance_ids=[row.pk], presence="present", reason="补"
        ),
        lambda: actions.add_attendee(actor=recorder, meeting=meeting, member=world.stranger),
        lambda: actions.add_agenda_item(actor=recorder, meeting=meeting, item=AgendaPlan("补")),
        lambda: actions.edit_agenda_item(actor=recorder, item=meeting.agenda.first(), notes="补"),
        lambda: actions.remove_agenda_item(actor=recorder, item=meeting.agenda.first()),
        lambda: actions.record_decision(actor=recorder, meeting=meeting, text="补", votes=Votes(3)),
        lambda: actions.draft_minutes(actor=recorder, meeting=meeting, anew=True),
        lambda: actions.save_minutes(actor=recorder, meeting=meeting, text="改"),
        lambda: actions.send_back(actor=world.secretary, meeting=meeting, note="改"),
        lambda: actions.cancel(actor=world.secretary, meeting=meeting, reason="改"),
        lambda: actions.begin(actor=world.secretary, meeting=meeting),
        lambda: actions.end(actor=world.secretary, meeting=meeting),
    )
    for edit in edits:
        with pytest.raises(Refusal):
            edit()
    after = (Event.objects.count(), Minutes.objects.get().text, meeting.attendances.filter(presence="present").count())
    assert after == before
    assert Meeting.objects.get().status == Status.CLOSED


def test_a_correction_leaves_the_original(world: World) -> None:
    meeting = closed(world)
    text = meeting.minutes.text
    made = actions.correct(
        actor=world.actor(2),
        meeting=meeting,
        section="minutes",
        old_text="虚构一号会议室",
        new_text="虚构二号会议室",
        reason="笔误",
    )
    assert (made.old_text, made.new_text) == ("虚构一号会议室", "虚构二号会议室")
    assert Minutes.objects.get().text == text


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"section": "x"}, "section"),
        ({"old_text": "没有这段"}, "old_text"),
        ({"old_text": ""}, "old_text"),
        ({"new_text": "虚构一号会议室"}, "new_text"),
        ({"reason": " "}, "reason"),
    ],
)
def test_what_is_no_correction(world: World, change: dict[str, str], field: str) -> None:
    meeting = closed(world)
    wanted = {"section": "minutes", "old_text": "虚构一号会议室", "new_text": "虚构二号会议室", "reason": "笔误"}
    with pytest.raises(Invalid) as refusal:
        actions.correct(actor=world.actor(2), meeting=meeting, **{**wanted, **change})
    assert field in refusal.value.fields
    assert not Correction.objects.exists()


def test_an_open_record_is_changed_not_corrected(world: World) -> None:
    with pytest.raises(Conflict):
        actions.correct(actor=world.actor(2), meeting=held(world), section="other", old_text="a", new_text="b", reason="c")


def test_an_unjudged_election_holds_up_the_confirmation(world: World) -> None:
    meeting = held(world)
    decision = actions.record_decision(actor=world.actor(2), meeting=meeting, text="选举", votes=Votes(3))
    type(decision).objects.filter(pk=decision.pk).update(passed=None)
    actions.draft_minutes(actor=world.actor(2), meeting=meeting)
    with pytest.raises(Conflict, match="认定"):
        actions.confirm(actor=world.secretary, meeting=meeting)
