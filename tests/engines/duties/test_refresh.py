import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dangjian.activities.meetings.models import Meeting, Status
from dangjian.engines.duties.actions import Refreshed, refresh, refreshed_at_end
from dangjian.engines.duties.models import Duty, State
from dangjian.kernel.windows import Window
from dangjian.org.actions import tree
from dangjian.org.models import Organization, Post
from dangjian.org.unscoped import unscoped
from tests import make
from tests.engines.duties.build import current, duties, held, on, refreshed

pytestmark = [pytest.mark.django_db, pytest.mark.day("2026-11-23")]


@pytest.fixture
def top() -> Organization:
    return make.committee(name="虚构集团党委")


def test_first_refresh_reaches_back_fifteen_months(top: Organization) -> None:
    branch = make.branch(top)
    refreshed()
    months = duties(rule="theme_day", organization=branch)
    assert months[0].period_start == dt.date(2025, 8, 1)
    assert months[-1].period_start == dt.date(2026, 11, 1)
    assert len(months) == 16
    assert months[-1].title == "2026年11月主题党日"
    assert [one.period_start for one in duties(rule="member_appraisal")] == [dt.date(2025, 1, 1), dt.date(2026, 1, 1)]


def test_a_second_refresh_changes_nothing(top: Organization) -> None:
    branch = make.branch(top)
    held(branch, "theme_day", "2026-11-05")
    refreshed()
    before = [(one.pk, one.state, one.done_on, one.responsible_id) for one in duties()]
    again = refresh(actor=make.SYSTEM)
    assert (again.added, again.changed, again.voided) == (0, 0, 0)
    assert [(one.pk, one.state, one.done_on, one.responsible_id) for one in duties()] == before


def test_a_branch_set_up_in_mid_period_owes_from_its_first_full_period(top: Organization) -> None:
    branch = make.branch(top, effective_on=dt.date(2026, 10, 10))
    refreshed()
    assert [one.period_start for one in duties(rule="theme_day", organization=branch)] == [dt.date(2026, 11, 1)]
    assert duties(rule="general_meeting", organization=branch) == []
    with on("2027-01-02"):
        refreshed()
        assert [one.period_start for one in duties(rule="general_meeting", organization=branch)] == [dt.date(2027, 1, 1)]


def test_the_meeting_shows_it_done_and_its_cancellation_opens_it_again(top: Organization) -> None:
    branch = make.branch(top)
    meeting = held(branch, "general_meeting", "2026-11-18")
    refreshed()
    one = current("general_meeting", branch)
    assert (one.state, one.done_on, one.evidence_id, one.look) == (State.DONE, dt.date(2026, 11, 18), meeting.pk, "done")
    with unscoped("test"):
        Meeting.objects.filter(pk=meeting.pk).update(status=Status.CANCELLED)
    refreshed(branch)
    again = current("general_meeting", branch)
    assert (again.state, again.done_on, again.evidence_id) == (State.OPEN, None, None)


def test_an_earlier_meeting_found_later_becomes_the_evidence(top: Organization) -> None:
    branch = make.branch(top)
    held(branch, "general_meeting", "2026-11-18")
    refreshed()
    first = held(branch, "general_meeting", "2026-10-09")
    refreshed(branch)
    one = current("general_meeting", branch)
    assert (one.done_on, one.evidence_id) == (dt.date(2026, 10, 9), first.pk)


def test_a_meeting_of_another_branch_or_of_the_future_proves_nothing(top: Organization) -> None:
    mine, other = make.branch(top), make.branch(top)
    held(other, "theme_day", "2026-11-10")
    held(mine, "theme_day", "2026-11-28")
    refreshed()
    assert current("theme_day", mine).state == State.OPEN
    assert current("theme_day", other).state == State.DONE


def test_only_branches_with_a_committee_owe_committee_meetings(top: Organization) -> None:
    lone, full = make.branch(top), make.branch(top)
    make.post(lone, "secretary")
    make.post(full, "organisation_member")
    refreshed()
    assert duties(rule="committee_meeting", organization=lone) == []
    assert len(duties(rule="committee_meeting", organization=full)) == 16


def test_what_is_no_longer_owed_in_the_running_period_goes(top: Organization) -> None:
    branch = make.branch(top)
    post = make.post(branch, "organisation_member")
    refreshed()
    with unscoped("test"):
        Post.objects.filter(pk=post.pk).update(ends_on=dt.date(2026, 10, 20))
    refreshed()
    assert current("committee_meeting", branch).state == State.VOID
    with unscoped("test"):
        Post.objects.filter(pk=post.pk).update(ends_on=None)
    refreshed()
    assert current("committee_meeting", branch).state == State.OPEN


def test_a_dissolved_branch_owes_nothing_more(top: Organization) -> None:
    branch = make.branch(top)
    refreshed()
    with unscoped("test"):
        tree.dissolve(actor=make.SYSTEM, organization=branch, effective_on=dt.date(2026, 11, 20))
    refreshed()
    with unscoped("test"):
        assert not Duty.objects.live().filter(organization=branch).exists()
    assert current("theme_day", branch).state == State.VOID


def test_the_holder_of_the_first_filled_post_answers_for_it(top: Organization) -> None:
    branch = make.branch(top)
    group = make.group(branch)
    deputy = make.post(branch, "deputy_secretary")
    refreshed()
    assert current("general_meeting", branch).responsible == deputy.user
    assert current("group_meeting", group).responsible == deputy.user
    secretary, leader = make.post(branch, "secretary"), make.post(group, "group_leader")
    refreshed()
    assert current("general_meeting", branch).responsible == secretary.user
    assert current("group_meeting", group).responsible == leader.user
    with unscoped("test"):
        Post.objects.filter(pk=secretary.pk).update(ends_on=dt.date(2026, 11, 1))
    refreshed()
    assert current("general_meeting", branch).responsible == deputy.user


def test_org_life_meeting_is_held_from_the_fourth_quarter_to_the_end_of_march(top: Organization) -> None:
    branch = make.branch(top)
    with on("2026-09-30"):
        refreshed()
        one = current("org_life_meeting", branch)
        assert (one.opens_on, one.due_on, one.look) == (dt.date(2026, 10, 1), dt.date(2027, 3, 31), "upcoming")
    with on("2026-10-01"):
        assert one.look == "due"
    with on("2027-01-01"):
        assert one.look == "due"
    with on("2027-03-24"):
        assert one.look == "due_soon"
    with on("2027-04-01"):
        assert one.look == "overdue"


def test_a_stricter_frequency_of_the_deployment_counts(top: Organization, settings: Any) -> None:
    from dangjian.kernel.rulebook import forget

    settings.DANGJIAN_RULE_SETTINGS = {"life.general_meeting": {"times": 2, "per": "quarter"}}
    forget()
    try:
        branch = make.branch(top)
        held(branch, "general_meeting", "2026-10-09")
        refreshed()
        assert (current("general_meeting", branch).state, current("general_meeting", branch).needed) == (State.OPEN, 2)
        second = held(branch, "general_meeting", "2026-11-02")
        refreshed(branch)
        assert current("general_meeting", branch).evidence_id == second.pk
    finally:
        settings.DANGJIAN_RULE_SETTINGS = {}
        forget()


def _world(top: Organization, branches: int) -> None:
    for number in range(branches):
        branch = make.branch(top)
        group = make.group(branch)
        make.post(branch, "secretary")
        make.post(branch, "organisation_member")
        held(branch, "theme_day", dt.date(2026, 11, 1 + number % 20))
        held(group, "group_meeting", "2026-10-03")
        make.member(branch, category="2", joined_on=dt.date(2025, 12, 1))


def _statements() -> int:
    with CaptureQueriesContext(connection) as captured:
        refresh(actor=make.SYSTEM)
    return len(captured)


def test_the_number_of_statements_does_not_grow_with_the_data(top: Organization) -> None:
    _world(top, 1)
    _statements()
    few = _statements()
    _world(top, 50)
    many_new = _statements()
    assert many_new == few
    assert _statements() == few
    with unscoped("test"):
        assert Duty.objects.count() > 800


KINDS = {"general_meeting": "quarter", "theme_day": "month", "member_appraisal": "year"}
DAYS = st.dates(dt.date(2025, 8, 1), dt.date(2026, 11, 23))
MEETINGS = st.lists(st.tuples(st.integers(0, 2), st.sampled_from(sorted(KINDS)), DAYS, st.booleans()), max_size=25)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(meetings=MEETINGS, later=MEETINGS)
def test_states_equal_a_plain_reading_of_the_meetings(top: Organization, meetings: list[Any], later: list[Any]) -> None:
    branches = [make.branch(top) for _ in range(3)]
    kept = []
    for batch in (meetings, later):
        for number, kind, day, took_place in batch:
            status = Status.HELD if took_place else Status.CANCELLED
            meeting = held(branches[number], kind, day, status)
            kept.append((branches[number].pk, kind, day, meeting))
        refreshed()
        for rule, per in KINDS.items():
            for one in duties(rule=rule, organization__in=branches):
                window = Window.of(one.period_start, per)
                proofs = sorted(
                    (day, meeting.pk)
                    for place, kind, day, meeting in kept
                    if place == one.organization_id
                    and kind == rule
                    and window.start <= day <= window.last
                    and meeting.status == Status.HELD
                )
                wanted = (State.DONE, *proofs[0]) if proofs else (State.OPEN, None, None)
                assert (one.state, one.done_on, one.evidence_id) == wanted
        for *_, meeting in kept[::3]:
            meeting.status = Status.CANCELLED
            with unscoped("test"):
                meeting.save()


def test_many_acts_are_followed_once_at_their_end(top: Organization) -> None:
    with refreshed_at_end(make.SYSTEM):
        branch = make.branch(top)
        assert refresh(actor=make.SYSTEM) == Refreshed()
        assert duties() == []
    assert len(duties(rule="theme_day", organization=branch)) == 16, "as the first refresh of all lists them"


def test_what_failed_is_not_followed(top: Organization) -> None:
    def fail() -> None:
        with refreshed_at_end(make.SYSTEM):
            make.branch(top)
            raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 - it is ours
        fail()
    assert duties() == []
    refreshed()
    assert duties() != []
