"""Holding a meeting settles the duty at once; whoever stayed away gets one of their own."""

import datetime as dt
from typing import Any

import pytest
from django.urls import reverse

from dangjian.activities.meetings.models import Attendance, Meeting
from dangjian.activities.meetings.queries import due_kinds
from dangjian.engines.duties.actions import add_local, refresh
from dangjian.engines.duties.models import Duty, State
from dangjian.engines.duties.queries.lists import Item, present, to_present
from dangjian.kernel import clock
from dangjian.kernel.registry import by_code
from dangjian.members.actions.groups import assign as assign_to_group
from dangjian.members.models import Member
from dangjian.org.duty_offers import DutyRule
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.meetings.conftest import World, closed, held, instant, sitting
from tests.activities.meetings.pages import as_secretary
from tests.activities.meetings.test_making_up import actions, assign, own_make_ups

pytestmark = pytest.mark.day("2026-11-23")


def _duty(**lookup: object) -> Duty:
    with unscoped("test"):
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


def _item(world: World, number: int = 0, **lookup: object) -> Item:
    """The card of a duty as one of the people sees it."""
    with unscoped("test"):
        return present(to_present(Duty.objects.filter(pk=_duty(**lookup).pk)), world.actor(number))[0]


def _soon(world: World, day: str = "2026-11-25", **more: Any) -> Meeting:
    return world.call(sittings=[sitting(f"{day} 14:00", f"{day} 15:30")], **more)


def test_a_called_meeting_takes_the_place_of_the_button_that_calls_it(world: World) -> None:
    refresh(actor=make.SYSTEM)
    before = _item(world, rule="general_meeting", organization=world.branch)
    assert (before.begun, before.start_label) == ("", "召集党员大会")
    meeting = _soon(world)
    address = reverse("meetings:detail", args=[meeting.pk])
    after = _item(world, rule="general_meeting", organization=world.branch)
    assert (after.begun, after.start_label, after.start_url) == ("已召集，11月25日 周三召开", "查看会议", address)
    assert after.duty.is_open, "calling settles nothing"
    with unscoped("only this one is listed"):
        Duty.objects.exclude(pk=after.duty.pk).update(state=State.VOID)
    client = as_secretary(world)
    for page in ("/", reverse("duties:mine"), reverse("duties:detail", args=[after.duty.pk])):
        text = client.get(page).content.decode()
        assert "已召集，11月25日 周三召开" in text, page
        assert f'href="{address}"' in text, page
        assert "kind=general_meeting" not in text, page


def test_a_duty_whose_period_is_over_offers_to_write_the_meeting_down(world: World) -> None:
    with clock.at("2026-10-15 09:00"):
        refresh(actor=make.SYSTEM)
    month = _duty(rule="theme_day", organization=world.branch)
    with unscoped("test"), clock.at("2026-10-15 09:00"):
        during = present(to_present(Duty.objects.filter(pk=month.pk)), world.actor(0))[0]
    with unscoped("test"):
        after = present(to_present(Duty.objects.filter(pk=month.pk)), world.actor(0))[0]
    assert (month.period_end, during.start_label) == (dt.date(2026, 10, 31), "安排主题党日")
    assert after.start_label == "补记会议"
    assert "on=2026-10-31" in after.start_url
    plan = {"kinds": ["theme_day"], "sittings": [sitting("2026-10-28 14:00", "2026-10-28 15:30")]}
    meeting = actions.begin(actor=world.secretary, meeting=world.plan(**plan))
    rows = [row.pk for row in meeting.attendances.exclude(member=world.people[0])]
    actions.check_in_by_hand(actor=world.secretary, meeting=meeting, attendance_ids=rows, presence="present", reason="会后补记")
    actions.end(actor=world.secretary, meeting=meeting)
    assert _duty(pk=month.pk).state == State.DONE


def test_what_was_called_and_what_became_of_it(world: World) -> None:
    refresh(actor=make.SYSTEM)
    meeting = _soon(world)
    with clock.at(instant("09:00", days=3)):
        assert _item(world, rule="general_meeting", organization=world.branch).begun == "已召集11月25日 周三，过了时间还没有开始"
    with clock.at(instant("14:00", days=2)):
        meeting = actions.begin(actor=world.secretary, meeting=meeting)
        assert _item(world, rule="general_meeting", organization=world.branch).begun == "正在召开"
    other = _soon(world, kinds=["theme_day"])
    actions.cancel(actor=world.secretary, meeting=other, reason="改期")
    assert _item(world, rule="theme_day", organization=world.branch).begun == ""


def test_a_meeting_outside_the_period_or_of_somebody_else_begins_nothing(world: World) -> None:
    refresh(actor=make.SYSTEM)
    _soon(world, "2026-12-02", kinds=["theme_day"], title="虚构十二月主题党日")
    assert _item(world, rule="theme_day", organization=world.branch).begun == ""
    _soon(world)
    assert _item(world, rule="general_meeting", organization=world.other).begun == ""


def test_a_duty_wanted_twice_stays_to_be_called_until_enough_are_called(world: World) -> None:
    refresh(actor=make.SYSTEM)
    with unscoped("test"):
        Duty.objects.filter(rule="general_meeting").update(needed=2)
    _soon(world)
    first = _item(world, rule="general_meeting", organization=world.branch)
    assert (first.begun, first.start_label) == ("", "召集党员大会")
    _soon(world, "2026-11-27", title="虚构第二次大会")
    assert _item(world, rule="general_meeting", organization=world.branch).begun == "已召集，11月25日 周三召开"


def test_a_task_of_the_superior_that_a_meeting_settles_shows_the_meeting(world: World) -> None:
    office = make.grant(world.top, "party_office").user
    local = add_local(
        actor=make.actor(office),
        organization=world.top,
        title="虚构专题学习",
        satisfied_by="meeting:party_lecture",
        kind="branch",
        pace="once",
        starts_on=clock.today(),
        due_on=clock.today().replace(month=12, day=20),
    )
    _soon(world, "2026-12-04", kinds=["party_lecture"], title="虚构党课")
    assert _item(world, rule=local.rule, organization=world.branch).begun == "已召集，12月4日 周五召开"


def test_the_button_is_shown_to_those_who_may_press_it(world: World) -> None:
    refresh(actor=make.SYSTEM)
    asked = {"rule": "general_meeting", "organization": world.branch}
    assert _item(world, 3, **asked).start_url == ""
    meeting = _soon(world)
    shown_to_member = _item(world, 3, **asked)
    own = reverse("meetings:attend", args=[meeting.pk])
    assert (shown_to_member.begun, shown_to_member.start_url) == ("已召集，11月25日 周三召开", own), "the reader is called to it"


def test_a_member_who_is_not_called_sees_only_that_the_meeting_is(world: World) -> None:
    refresh(actor=make.SYSTEM)
    _soon(world, kinds=["committee_meeting", "theme_day"], audience="chosen", member_ids=[world.people[0].pk, world.people[1].pk])
    shown_to_member = _item(world, 3, rule="theme_day", organization=world.branch)
    assert (shown_to_member.begun, shown_to_member.start_url) == ("已召集，11月25日 周三召开", "")


def test_a_group_owes_its_own_meetings_and_not_those_of_the_branch(world: World) -> None:
    group = make.group(world.branch)
    with unscoped("test"):
        assert due_kinds(group, clock.today()) == ["group_meeting"]
        assert {"party_lecture", "theme_day", "general_meeting"} <= set(due_kinds(world.branch, clock.today()))


def test_a_study_handed_in_waits_for_the_recorder(world: World) -> None:
    meeting = closed(world)
    assign(world, meeting, 4)
    asked = {"rule": "make_up", "member": world.people[4]}
    assert _item(world, 4, **asked).start_label == "去补课"
    task = own_make_ups(world.people[4].user_id).get()
    actions.submit_make_up(actor=world.actor(4), make_up=task, reflection="学完了，体会很深")
    after = _item(world, 4, **asked)
    assert (after.begun, after.start_label) == ("已提交，等记录人确认", "查看")
    assert _item(world, 0, **asked).start_label == "", "only whoever wrote it opens it here"


def test_a_list_of_duties_asks_once_what_has_been_begun(world: World, django_assert_num_queries: Any) -> None:
    refresh(actor=make.SYSTEM)
    _soon(world, kinds=["general_meeting", "theme_day", "party_lecture"])
    with unscoped("test"):
        rows = list(to_present(Duty.objects.filter(organization=world.branch, state=State.OPEN)))
        assert len(rows) > 5
        actor = world.secretary
        assert actor.may("meetings.call")
        with django_assert_num_queries(1):
            items = present(rows, actor)
    assert {item.duty.rule for item in items if item.begun} >= {"general_meeting", "theme_day", "party_lecture"}


def _life(world: World, group: Any, leader: int, day: str = "2026-11-23", **more: Any) -> Meeting:
    """组织生活会 of a group, called and held by its leader."""
    actor = world.actor(leader)
    meeting = actions.plan(
        actor=actor,
        organization=group,
        kinds=["org_life_meeting"],
        title="虚构小组组织生活会",
        sittings=[sitting(f"{day} 14:00", f"{day} 15:30")],
        place="虚构班组",
        chair=world.people[leader],
        recorder=world.people[leader + 2],
        **more,
    )
    meeting = actions.call(actor=actor, meeting=meeting)
    with clock.at(f"{day} 14:00"):
        meeting = actions.begin(actor=actor, meeting=meeting)
    with clock.at(f"{day} 15:30"):
        return actions.end(actor=actor, meeting=meeting)


def _two_groups(world: World) -> list[Any]:
    groups = [make.group(world.branch), make.group(world.branch)]
    with unscoped("test"):
        for number, group in enumerate(groups):
            assign_to_group(
                actor=make.SYSTEM, group=group, members=world.people[number::2], effective_on=make.BEGIN.replace(year=2024)
            )
    make.post(groups[0], "group_leader", world.people[2].user)
    make.post(groups[1], "group_leader", world.people[3].user)
    return groups


def test_the_branch_has_held_its_life_meeting_when_all_its_groups_have(world: World) -> None:
    first, second = _two_groups(world)
    refresh(actor=make.SYSTEM)
    _life(world, first, 2)
    assert _duty(rule="org_life_meeting", organization=world.branch).state == State.OPEN
    assert "org_life_meeting" in due_kinds(world.branch, clock.today())
    last = _life(world, second, 3, "2026-11-24")
    with clock.at(instant("18:00", days=1)):
        one = _duty(rule="org_life_meeting", organization=world.branch)
        assert (one.state, one.evidence_id, one.done_on) == (State.DONE, last.pk, last.held_on)
        assert "org_life_meeting" not in due_kinds(world.branch, clock.today())
        assert _duty(rule="org_life_meeting", organization=world.other).state == State.OPEN


def test_groups_of_the_year_before_do_not_count_together_with_those_of_this_year(world: World) -> None:
    first, second = _two_groups(world)
    refresh(actor=make.SYSTEM)
    _life(world, first, 2, "2026-12-30")
    with clock.at("2027-01-04 09:00"):
        refresh(actor=make.SYSTEM)
        _life(world, second, 3, "2027-01-05")
    with clock.at("2027-01-06 09:00"):
        assert _duty(rule="org_life_meeting", organization=world.branch).state == State.OPEN


def test_a_dissolved_group_is_not_waited_for(world: World) -> None:
    first, second = _two_groups(world)
    refresh(actor=make.SYSTEM)
    with unscoped("test"):
        type(second).objects.filter(pk=second.pk).update(dissolved_on=clock.today())
    _life(world, first, 2)
    assert _duty(rule="org_life_meeting", organization=world.branch).state == State.DONE


def _away(world: World, *days: str) -> None:
    """Meetings to which everybody came but the last full member, who said nothing."""
    for day in days:
        with clock.at(f"{day} 09:00"):
            held(world, title=f"{day}的大会", sittings=[sitting()])


@pytest.mark.day("2026-03-02")
def test_who_stays_away_for_months_is_spoken_with(world: World) -> None:
    refresh(actor=make.SYSTEM)
    _away(world, "2026-03-02", "2026-04-02")
    with clock.at("2026-06-01 09:00"):
        refresh(actor=make.SYSTEM)
        with unscoped("test"):
            assert not Duty.objects.filter(rule="long_absence").exists()
    with clock.at("2026-06-02 09:00"):
        refresh(actor=make.SYSTEM)
        one = _duty(rule="long_absence", member=world.people[4])
        assert (one.state, one.due_on, one.responsible_id) == (State.OPEN, dt.date(2026, 9, 2), world.people[0].user_id)
        with unscoped("test"):
            assert {duty.member_id for duty in Duty.objects.filter(rule="long_absence")} == {
                world.people[4].pk,
                world.people[5].pk,
            }
        rule = by_code(DutyRule)["long_absence"]
        assert rule.citation("branch", clock.today()).startswith("《中国共产党党员教育管理工作条例》第三十一条")
        assert "不会改变任何人的党籍" in rule.how
    with clock.at("2026-06-10 09:00"):
        held(world, came=(0, 1, 2, 3, 4), title="六月的大会", sittings=[sitting()])
        assert _duty(rule="long_absence", member=world.people[4]).state == State.DONE
        assert _duty(rule="long_absence", member=world.people[5]).state == State.OPEN


@pytest.mark.day("2026-03-02")
@pytest.mark.parametrize("why", ["leave", "eased"])
def test_with_a_good_reason_nobody_is_asked(world: World, why: str) -> None:
    refresh(actor=make.SYSTEM)
    _away(world, "2026-03-02", "2026-04-02")
    with unscoped("test"):
        if why == "leave":
            Attendance.objects.filter(member=world.people[4], meeting__held_on="2026-04-02").update(presence="leave")
        else:
            Member.objects.filter(pk=world.people[4].pk).update(attendance_eased=True)
    with clock.at("2026-09-02 09:00"):
        refresh(actor=make.SYSTEM)
    with unscoped("test"):
        assert {duty.member_id for duty in Duty.objects.filter(rule="long_absence")} == {world.people[5].pk}
