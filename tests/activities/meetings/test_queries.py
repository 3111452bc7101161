import datetime as dt
from typing import Any

import pytest

from dangjian.activities.meetings import actions
from dangjian.activities.meetings.models import Meeting, MeetingKindRow
from dangjian.activities.meetings.queries import (
    attendances,
    coming_for,
    due_kinds,
    held,
    held_numbers,
    member_figures,
    own_attendances,
    past_for,
    propose,
    waiting,
)
from dangjian.activities.meetings.views.statistics import STATISTICS
from dangjian.engines.duties.models import DoneBefore
from dangjian.kernel import clock
from dangjian.kernel.periods import MONTH, YEAR, Span
from dangjian.kernel.reach import Scope
from dangjian.kernel.statistics import Asked
from dangjian.org import scope
from dangjian.org.models import Organization
from tests import make
from tests.activities.meetings.conftest import World, closed, instant, running, sitting
from tests.activities.meetings.conftest import held as hold


def this_month(organization: Organization, **chosen: Any) -> Asked:
    return Asked.of(organization, Span.of(clock.today(), MONTH), **chosen)


@pytest.mark.day("2026-11-23")
def test_a_first_proposal_names_period_people_and_agenda(world: World) -> None:
    proposal = propose(organization=world.branch, kinds=["general_meeting"])
    assert proposal.title == "2026年第四季度支部党员大会"
    assert (proposal.chair, proposal.recorder) == (world.people[0], world.people[1])
    assert proposal.audience == "members"
    assert f"{proposal.sitting.starts_at:%Y-%m-%d %H:%M}" == "2026-11-26 15:00"
    assert proposal.agenda[0].type == "first_agenda"
    assert set(proposal.also_due) == {"theme_day", "party_lecture", "org_life_meeting", "member_appraisal"}


@pytest.mark.parametrize(
    ("kinds", "title"),
    [
        (["committee_meeting"], "2026年11月支部委员会会议"),
        (["org_life_meeting", "member_appraisal"], "2026年度组织生活会暨民主评议党员"),
        (["theme_day"], "2026年11月主题党日"),
    ],
)
def test_titles_name_the_period_of_the_rule(world: World, kinds: list[str], title: str) -> None:
    assert propose(organization=world.branch, kinds=kinds, on=dt.date(2026, 11, 27)).title == title


def test_a_kind_without_a_rule_is_called_by_its_day(world: World) -> None:
    proposal = propose(organization=world.top, kinds=["study_group"], on=dt.date(2026, 11, 27))
    assert (proposal.title, proposal.chair) == ("2026年11月27日党委理论学习中心组学习", None)


@pytest.mark.day("2026-11-23")
def test_the_appraisal_is_proposed_in_the_steps_of_the_rule_and_in_a_group_as_far_as_it_goes(world: World) -> None:
    titles = ["个人自评", "党员互评", "民主测评", "组织评定"]
    proposal = propose(organization=world.branch, kinds=["member_appraisal"])
    assert [item.title for item in proposal.agenda] == titles
    assert any("结合组织生活会" in line and "第十八条" in line for line in proposal.because)
    group = make.group(world.branch, name="虚构第一小组")
    assert [item.title for item in propose(organization=group, kinds=["member_appraisal"]).agenda] == titles[:2]


def test_talks_are_proposed_between_all_whom_the_rule_names(world: World) -> None:
    proposal = propose(organization=world.branch, kinds=["heart_talk"])
    assert [item.title for item in proposal.agenda] == ["支委与支委谈心谈话", "支委与党员谈心谈话", "党员与党员谈心谈话"]


def test_whoever_calls_an_organisational_life_meeting_reads_in_which_forms_it_may_be_held(world: World) -> None:
    because = propose(organization=world.branch, kinds=["org_life_meeting"]).because
    assert any("支部党员大会、支部委员会会议、党小组会" in line and "第十七条" in line for line in because)


def test_of_a_day_before_the_rules_something_is_proposed_all_the_same(world: World) -> None:
    proposal = propose(organization=world.branch, kinds=["member_appraisal"], on=dt.date(2016, 5, 20))
    assert [item.title for item in proposal.agenda] == ["民主评议党员"]


def test_what_was_last_is_proposed_again(world: World) -> None:
    hold(
        world,
        mode="both",
        online_url="https://meeting.example.com/1",
        is_fixed_day=True,
        agenda=[actions.AgendaPlan("学习一号文件"), actions.AgendaPlan("表决计划", "vote")],
    )
    proposal = propose(organization=world.branch, kinds=["general_meeting"])
    assert (proposal.mode, proposal.place, proposal.is_fixed_day) == ("both", "虚构一号会议室", True)
    assert proposal.title == "2026年第四季度支部党员大会（第2次）"
    assert [item.title for item in proposal.agenda] == ["学习一号文件"]
    assert f"{proposal.sitting.starts_at:%Y-%m-%d %H:%M}" == "2026-11-30 14:00"
    assert proposal.sitting.ends_at - proposal.sitting.starts_at == dt.timedelta(minutes=90)
    assert proposal.recorder == world.people[2]


def test_a_probation_that_ends_is_put_on_the_agenda(world: World) -> None:
    proposal = propose(organization=world.branch, kinds=["general_meeting"], on=dt.date(2027, 2, 10))
    assert proposal.agenda[-1].title == f"讨论预备党员{world.people[5]}转正"
    assert any("2027年3月1日" in reason for reason in proposal.because)
    assert len(propose(organization=world.branch, kinds=["general_meeting"], on=dt.date(2026, 11, 27)).agenda) == 2


def test_a_proposal_can_be_called_as_it_is(world: World) -> None:
    found = propose(organization=world.branch, kinds=["general_meeting", "theme_day"])
    meeting = actions.plan(
        actor=world.secretary,
        organization=world.branch,
        kinds=found.kinds,
        title=found.title,
        sittings=[found.sitting],
        agenda=found.agenda,
        audience=found.audience,
        mode=found.mode,
        place=found.place or "虚构会议室",
        chair=found.chair,
        recorder=found.recorder,
    )
    assert actions.call(actor=world.secretary, meeting=meeting).attendances.count() == 6


def test_what_is_called_is_no_longer_due(world: World) -> None:
    assert "theme_day" in due_kinds(world.branch, clock.today())
    meeting = world.call(kinds=["theme_day"])
    assert "theme_day" not in due_kinds(world.branch, clock.today())
    actions.cancel(actor=world.secretary, meeting=meeting, reason="改期")
    assert "theme_day" in due_kinds(world.branch, clock.today())


def test_evidence_counts_what_took_place(world: World) -> None:
    world.call(title="只通知")
    running(world, title="进行中")
    done, filed = hold(world, title="开过", kinds=["general_meeting", "theme_day"]), closed(world, title="归档")
    rows = held("general_meeting").values_list("organization_id", "kind", "held_on", "meeting_id")
    assert set(rows) == {(world.branch.pk, "general_meeting", clock.today(), one.pk) for one in (done, filed)}
    assert held(closed_only=True).get().meeting == filed
    assert held().count() == 3
    assert MeetingKindRow.objects.count() == 5


def test_statistics_add_up_by_organisation_kind_month_and_member(world: World) -> None:
    group = make.group(world.branch)
    make.post(group, "group_leader", world.people[3].user)
    hold(world, (0, 1, 2), kinds=["general_meeting", "theme_day"])
    hold(world, (0, 1), title="第二次", sittings=[sitting(), sitting("09:00", "10:00")])
    found = STATISTICS.found(this_month(world.top))
    assert (found.total.meetings, found.total.sittings, found.total.due) == (2, 3, 12)
    assert (found.total.present, found.total.absent, round(found.total.rate, 3)) == (5, 7, 0.417)
    assert {row.key: row.figures.meetings for row in found.rows("organization")} == {world.branch.pk: 2, world.other.pk: 0}
    assert {row.key: row.figures.meetings for row in found.rows("kind")} == {"general_meeting": 2, "theme_day": 1}
    assert [(row.key, row.figures.due) for row in found.rows("month")] == [(clock.today().replace(day=1), 12)]
    assert STATISTICS.found(this_month(world.branch, kind="theme_day")).total.meetings == 1
    rows = {row.member_id: row for row in member_figures(attendances(this_month(world.top)))}
    assert (rows[world.people[0].pk].due, rows[world.people[0].pk].present) == (2, 2)
    assert (rows[world.people[2].pk].present, rows[world.people[2].pk].absent) == (1, 1)
    assert STATISTICS.found(Asked.of(world.top, Span.of(dt.date(2020, 1, 1), YEAR))).total.rate is None


def test_the_number_of_queries_does_not_grow(world: World, django_assert_num_queries: Any) -> None:
    hold(world)
    with django_assert_num_queries(10):
        STATISTICS.found(this_month(world.top))
    for number in range(3):
        other = make.branch(world.top)
        make.post(other, "secretary", world.people[0].user)
        hold(world, title=f"第{number}次")
    with django_assert_num_queries(10):
        STATISTICS.found(this_month(world.top))


def test_a_member_sees_their_own_meetings_wherever_they_are_held(world: World, django_assert_num_queries: Any) -> None:
    world.plan(title="草稿")
    called = world.call(title="将开", observer_ids=[world.stranger.pk], sittings=[sitting("09:00", "10:00", days=1)])
    done = hold(world, title="开过")
    with scope.opened(Scope(())):
        assert [row.meeting for row in coming_for(world.stranger.user_id, clock.today())] == [called]
        with django_assert_num_queries(4):
            rows = list(coming_for(world.people[3].user_id, clock.today()))
            assert [len(row.meeting.sittings.all()) for row in rows] == [1]
            assert rows[0].meeting.kind_titles == "支部党员大会"
        assert [row.meeting for row in past_for(world.people[3].user_id)] == [done]
        assert own_attendances(world.people[3].user_id).count() == 2


def test_what_waits_for_the_secretary(world: World) -> None:
    meeting = world.call()
    actions.answer(actor=world.actor(3), meeting=meeting, coming=False, reason="出差")
    hold(world, title="开过")
    found = waiting(world.branch)
    assert [found[name].count() for name in ("leaves", "make_ups", "records")] == [1, 0, 1]
    assert [rows.count() for rows in waiting(world.other).values()] == [0, 0, 0]


def test_a_meeting_that_is_written_down_later_calls_nobody(world: World) -> None:
    meeting = running(world)
    member = world.people[4].user_id
    with clock.at(instant("16:00")):
        assert [row.meeting for row in coming_for(member, clock.today())] == [meeting]
    with clock.at(instant("09:00", days=2)):
        assert not coming_for(member, clock.today()).exists()


def live(world: World, day: str) -> None:
    """The whole tree is kept on the platform from this day."""
    Organization.objects.update(live_on=dt.date.fromisoformat(day))
    for one in (world.top, world.branch, world.other):
        one.refresh_from_db()


@pytest.mark.day("2026-11-23")
def test_what_was_done_on_paper_is_not_proposed_in_its_period(world: World) -> None:
    assert {"general_meeting", "party_lecture"} <= set(due_kinds(world.branch, clock.today()))
    quarter = dt.date(2026, 10, 1)
    DoneBefore.objects.create(
        organization=world.branch, rule="general_meeting", period_start=quarter, done_on=dt.date(2026, 10, 15)
    )
    owed = due_kinds(world.branch, clock.today())
    assert "general_meeting" not in owed
    assert "party_lecture" in owed
    assert "general_meeting" in due_kinds(world.branch, dt.date(2027, 1, 4))


@pytest.mark.day("2026-11-23")
def test_a_meeting_before_the_day_of_going_live_is_history_and_nobody_was_due(world: World) -> None:
    hold(world, came=(0, 1))
    live(world, "2026-11-24")
    found = STATISTICS.found(this_month(world.top))
    assert (found.total.meetings, found.total.before, found.total.due, found.total.absent) == (1, 1, 0, 0)
    assert found.total.rate is None
    assert not member_figures(attendances(this_month(world.top))).exists()
    recorded = STATISTICS.found(this_month(world.top, history=True))
    assert (recorded.total.before, recorded.total.due) == (1, 6)
    live(world, "2026-11-23")
    assert (
        STATISTICS.found(this_month(world.top)).total.before,
        STATISTICS.found(this_month(world.top)).total.due,
    ) == (0, 6)


def test_charts_begin_with_going_live_or_with_the_first_meeting_written_down(world: World) -> None:
    year = (dt.date(2025, 12, 1), dt.date(2026, 11, 30))
    live(world, "2026-10-15")
    numbers = held_numbers(world.top, *year)
    assert [month for month, _ in numbers.by_month] == [dt.date(2026, 10, 1), dt.date(2026, 11, 1)]
    assert [one.pk for one, _ in numbers.by_child] == [world.branch.pk, world.other.pk]
    hold(world)
    MeetingKindRow.objects.update(held_on=dt.date(2026, 8, 3))
    Meeting.objects.update(held_on=dt.date(2026, 8, 3))
    assert held_numbers(world.top, *year).by_month[0] == (dt.date(2026, 8, 1), 1)
    live(world, "2027-01-01")
    assert [one.pk for one, _ in held_numbers(world.top, *year).by_child] == [world.branch.pk]


@pytest.mark.parametrize(
    ("live_on", "on", "due"),
    [
        ("2026-11-15", "2026-11-20", True),
        ("2026-11-17", "2026-11-20", False),
        ("2026-12-01", "2026-11-20", False),
        ("2026-12-01", "2026-12-02", True),
    ],
)
def test_what_is_due_is_not_proposed_before_it_is_owed(world: World, live_on: str, on: str, due: bool) -> None:
    live(world, live_on)
    assert ("theme_day" in due_kinds(world.branch, dt.date.fromisoformat(on))) == due
