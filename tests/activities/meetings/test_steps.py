"""A step is offered to whoever may take it now, and to nobody else."""

import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.urls import reverse

from dangjian.accounts.models import Event, User
from dangjian.activities.meetings import actions
from dangjian.activities.meetings.models import AgendaType, Decision, MakeUp, Meeting, Minutes
from dangjian.activities.meetings.views.access import ASKED, May
from dangjian.activities.meetings.waiting import waiting_meetings
from dangjian.kernel import clock
from tests import make
from tests.activities.meetings.conftest import World, instant, present
from tests.activities.meetings.examples import VOTE, picture
from tests.offered import browser, shown

TEMPLATES = Path(actions.__file__).parents[1] / "templates" / "meetings"

PEOPLE = {"secretary": 0, "deputy": 1, "recorder": 2, "chair": 3, "member": 4}
"""Recorder, chair and member hold no post."""


def _planned(world: World) -> Meeting:
    agenda = [actions.AgendaPlan("虚构议题", AgendaType.VOTE)]
    return world.plan(kinds=["org_life_meeting"], chair=world.people[3], agenda=agenda)


def _called(world: World) -> Meeting:
    meeting = actions.call(actor=world.secretary, meeting=_planned(world))
    actions.answer(actor=world.actor(4), meeting=meeting, coming=False, reason="值班")
    return meeting


def _running(world: World) -> Meeting:
    with clock.at(instant("14:00")):
        meeting = actions.begin(actor=world.secretary, meeting=_called(world))
        present(world, meeting, (0, 1, 2, 3))
    return meeting


def _held(world: World) -> Meeting:
    with clock.at(instant("15:30")):
        meeting = actions.end(actor=world.secretary, meeting=_running(world))
    actions.save_minutes(actor=world.actor(2), meeting=meeting, text="虚构记录", ready=True)
    return meeting


def _confirmed(world: World) -> Meeting:
    meeting = _held(world)
    actions.confirm(actor=world.actor(3), meeting=meeting)
    return meeting


def _closed(world: World) -> Meeting:
    return actions.close(actor=world.actor(2), meeting=_confirmed(world))


def _cancelled(world: World) -> Meeting:
    return actions.cancel(actor=world.secretary, meeting=_called(world), reason="虚构原因")


STATES = (_planned, _called, _running, _held, _confirmed, _closed, _cancelled)


def _pk(meeting: Meeting, **of: Any) -> Any:
    return meeting.attendances.filter(**of).values_list("pk", flat=True).first() or 0


SENT: dict[str, tuple[str, Callable[[Meeting], dict[str, Any]]]] = {
    "send": ("call", lambda _one: {}),
    "cancel": ("cancel", lambda _one: {"reason": "虚构原因"}),
    "change_agenda": ("agenda_new", lambda _one: {"title": "虚构议题二", "type": "study"}),
    "decide_leaves": ("leave", lambda one: {"pk": _pk(one, answer="leave_asked"), "decision": "grant"}),
    "begin": ("begin", lambda _one: {}),
    "register": (
        "mark",
        lambda one: {"attendance": _pk(one, member__category="2"), "presence": "present", "reason": "现场点名登记"},
    ),
    "end": ("end", lambda _one: {}),
    "decide": ("decision_new", lambda _one: VOTE | {"passed": "yes"}),
    "write": ("minutes", lambda _one: {"text": "虚构记录二"}),
    "confirm": ("confirm", lambda _one: {}),
    "send_back": ("send_back", lambda _one: {"note": "虚构意见"}),
    "close": ("close", lambda _one: {}),
    "correct": ("correct", lambda _one: {"section": "other", "old_text": "甲", "new_text": "乙", "reason": "虚构原因"}),
    "report": ("report", lambda _one: {"reported_on": clock.today(), "document": ""}),
    "attach": ("upload", lambda _one: {"kind": "photo", "uploads": picture()}),
    "assign_make_up": (
        "assign_make_up",
        lambda one: {"attendance_ids": _pk(one, member__category="2"), "material": "虚构材料", "due_on": clock.today()},
    ),
}


def _does(user: User, address: str, data: dict[str, Any]) -> bool:
    """Whether something is done if ``user`` sends ``data``; taken back again."""
    done = Event.objects.exclude(result="refused")
    with transaction.atomic():
        before = done.count()
        browser(user).post(address, data)
        changed = done.count() > before
        transaction.set_rollback(True)
    return changed


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_what_a_page_offers_is_what_the_action_takes(world: World, state: Callable[[World], Meeting]) -> None:
    meeting, unlike = state(world), []
    users = {name: world.people[number].user for name, number in PEOPLE.items()} | {"stranger": world.stranger.user}
    with clock.at(instant("13:00" if meeting.is_before else "15:40")):
        for who, user in users.items():
            assert user
            fresh = Meeting.objects.get(pk=meeting.pk)
            open_to = May(make.actor(user), fresh)
            for step, (name, data) in SENT.items():
                if _does(user, reverse(f"meetings:{name}", args=[meeting.pk]), data(fresh)) != open_to[step]:
                    unlike.append(f"{step} by {who}: offered {open_to[step]}")
    assert unlike == []


def test_templates_name_steps_that_there_are() -> None:
    named = {name for file in TEMPLATES.rglob("*.html") for name in re.findall(r"\bmay\.(\w+)", file.read_text(encoding="utf-8"))}
    assert named <= ASKED.keys()
    assert named


WAITS = {
    "leave": "decide_leaves",
    "to_write": "write",
    "to_confirm": "send_back",
    "to_archive": "close",
    "not_begun": "begin",
    "not_ended": "end",
    "draft": "send",
}
"""What the to-do list says, and the step by which it is dealt with."""


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_what_waits_for_somebody_is_open_to_them(world: World, state: Callable[[World], Meeting]) -> None:
    meeting, seen = Meeting.objects.get(pk=state(world).pk), set()
    with clock.at(instant("10:00", days=1)):
        for number in (0, 1):
            actor = world.actor(number)
            open_to = May(actor, meeting)
            for group in waiting_meetings(actor, actor.scope_of("meetings.record")):
                seen.add(group.wait.code)
                assert group.wait.code not in WAITS or open_to[WAITS[group.wait.code]], group.wait.title
    assert seen or state in {_closed, _cancelled}


def test_nobodys_own_leave_or_study_waits_for_them(world: World) -> None:
    meeting = actions.call(actor=world.secretary, meeting=_planned(world))
    actions.answer(actor=world.actor(1), meeting=meeting, coming=False, reason="出差")
    assert (_waiting(world, 0), _waiting(world, 1)) == ({"leave"}, set())
    row = world.row(meeting, 1)
    row.answer = "none"
    row.save()
    Meeting.objects.update(status="closed", number="2026-虚构-001")
    MakeUp.objects.create(attendance=row, material="虚构", due_on=clock.today(), state="submitted")
    assert (_waiting(world, 0), _waiting(world, 1)) == ({"make_up"}, set())


def _waiting(world: World, number: int) -> set[str]:
    actor = world.actor(number)
    return {group.wait.code for group in waiting_meetings(actor, actor.scope_of("meetings.record"))}


def _page(world: World, number: int, meeting: Meeting, tab: str) -> str:
    user = world.people[number].user
    assert user
    return shown(user, f"{reverse('meetings:detail', args=[meeting.pk])}?tab={tab}")


def test_nothing_is_decided_before_the_meeting_begins(world: World) -> None:
    assert "登记决议" not in _page(world, 2, _called(world), "agenda")
    meeting = Meeting.objects.get()
    with clock.at(instant("14:00")):
        actions.begin(actor=world.actor(2), meeting=meeting)
    assert "登记决议" in _page(world, 2, meeting, "agenda")


def test_an_item_that_was_decided_on_stays(world: World) -> None:
    meeting = _running(world)
    item = meeting.agenda.get()
    address = reverse("meetings:agenda_remove", args=[meeting.pk, item.pk])
    assert address in _page(world, 2, meeting, "agenda")
    actions.record_decision(actor=world.actor(2), meeting=meeting, text="同意。", passed=True, agenda_item=item)
    assert address not in _page(world, 2, meeting, "agenda")


def test_the_chair_grants_leave_and_is_shown_it(world: World) -> None:
    meeting = _called(world)
    assert "请假待批（1）" in _page(world, 3, meeting, "people")
    assert "等待审批" in _page(world, 3, meeting, "")
    assert "请假待批（1）" not in _page(world, 2, meeting, "people"), "a recorder without a post does not"


def test_nobody_is_sent_to_their_own_leave(world: World) -> None:
    meeting = actions.call(actor=world.secretary, meeting=_planned(world))
    actions.answer(actor=world.secretary, meeting=meeting, coming=False, reason="出差")
    assert "等待审批" not in _page(world, 0, meeting, "")
    assert "等待审批" in _page(world, 1, meeting, "")


def test_a_vote_left_open_is_judged_by_whoever_leads_before_the_minutes_are_confirmed(world: World) -> None:
    meeting = _held(world)
    Decision.objects.create(
        meeting=meeting, type="ordinary", text="虚构", due=5, present=4, in_favour=2, rule_keys="vote.ordinary", passed=None
    )
    address = reverse("meetings:decision_judge", args=[meeting.pk, Decision.objects.get().pk])
    assert address in _page(world, 0, meeting, "agenda")
    assert address not in _page(world, 3, meeting, "agenda"), "chairing does not give the right to say how a vote ends"
    chair = world.people[3].user
    assert chair
    minutes = shown(chair, reverse("meetings:minutes", args=[meeting.pk]))
    assert "有 1 项表决结果需要人工认定" in minutes
    assert "确认记录</button>" not in minutes
    assert "退回修改" in minutes
    assert not _does(chair, address, {"passed": "1", "note": "虚构"})
    actions.judge_decision(actor=world.secretary, decision=Decision.objects.get(), passed=True, note="虚构依据")
    assert "确认记录</button>" in shown(chair, reverse("meetings:minutes", args=[meeting.pk]))


def test_whoever_wrote_the_minutes_changes_them_and_does_not_give_them_back(world: World) -> None:
    meeting = _held(world)
    Minutes.objects.update(written_by=world.people[1].user)
    deputy = world.people[1].user
    assert deputy
    assert not _does(deputy, reverse("meetings:send_back", args=[meeting.pk]), {"note": "虚构意见"})
    assert _does(deputy, reverse("meetings:minutes", args=[meeting.pk]), {"text": "虚构记录二"})


def test_a_paper_to_study_stays(world: World) -> None:
    meeting = _held(world)
    paper = actions.attach(actor=world.actor(2), meeting=meeting, file=picture(), kind="paper")
    address = reverse("meetings:detach", args=[meeting.pk, paper.pk])
    assert address in _page(world, 2, meeting, "attachments")
    MakeUp.objects.create(
        attendance=world.row(meeting, 5), material="虚构", due_on=clock.today() + dt.timedelta(days=7), attachment=paper
    )
    assert address not in _page(world, 2, meeting, "attachments")


def test_only_whoever_may_remind_is_offered_it(world: World) -> None:
    meeting = _called(world)
    address = reverse("notifications:remind", args=["meetings-answers", meeting.pk])
    secretary, recorder = world.people[0].user, world.people[2].user
    assert secretary
    assert recorder
    assert address in _page(world, 0, meeting, "")
    assert shown(secretary, address)
    assert address not in _page(world, 2, meeting, "")
    assert not shown(recorder, address)


def test_only_kinds_that_are_reported_are_noted_as_reported(world: World) -> None:
    meeting = _held(world)
    address = reverse("meetings:report", args=[meeting.pk])
    assert address in _page(world, 2, meeting, "")
    meeting.kinds.update(kind="heart_talk")
    assert address not in _page(world, 2, meeting, "")
    recorder = world.people[2].user
    assert recorder
    assert not _does(recorder, address, {"reported_on": clock.today(), "document": ""})
