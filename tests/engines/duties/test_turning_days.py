"""What is owed on days with which calculations go wrong; SQL and Python must count alike."""

import datetime as dt

import pytest

from dangjian.engines.duties.models import State
from dangjian.kernel import clock
from dangjian.kernel.ui import words
from dangjian.members.actions import account
from dangjian.members.models import ChangeKind, Member
from dangjian.org.actions import posts
from dangjian.org.models import Organization
from dangjian.org.unscoped import unscoped
from tests import make
from tests.days import in_days, on_turning_days
from tests.engines.duties.build import current, duties, duty, held, on, refreshed

pytestmark = pytest.mark.django_db

PERIODS = {
    "2026-12-31": ("2026年12月", "2026年第四季度", "2026-12-01", "2026-12-31", "今天到期"),
    "2027-01-01": ("2027年1月", "2027年第一季度", "2027-01-01", "2027-01-31", "还有 30 天"),
    "2027-02-28": ("2027年2月", "2027年第一季度", "2027-02-01", "2027-02-28", "今天到期"),
    "2028-02-29": ("2028年2月", "2028年第一季度", "2028-02-01", "2028-02-29", "今天到期"),
    "2027-08-31": ("2027年8月", "2027年第三季度", "2027-08-01", "2027-08-31", "今天到期"),
}
TERMS = {
    "2026-12-31": ("2029-12-31", "2029-06-30"),
    "2027-01-01": ("2030-01-01", "2029-07-01"),
    "2027-02-28": ("2030-02-28", "2029-08-28"),
    "2028-02-29": ("2031-02-28", "2030-08-28"),
    "2027-08-31": ("2030-08-31", "2030-02-28"),
}
"""When a term that begins on the day ends, and when one is reminded of it, half a year before."""

PROBATIONS = {
    "2026-12-31": ("2027-12-31", "2027-11-30"),
    "2027-01-01": ("2028-01-01", "2027-12-01"),
    "2027-02-28": ("2028-02-28", "2028-01-28"),
    "2028-02-29": ("2029-02-28", "2029-01-28"),
    "2027-08-31": ("2028-08-31", "2028-07-31"),
}
"""When a probation that begins on the day ends, and when one is reminded of it, a month before."""


@pytest.fixture
def branch() -> Organization:
    branch = make.branch(make.committee())
    make.post(branch)
    return branch


@on_turning_days
def test_the_periods_of_the_day_are_listed_once_and_those_before_are_complete(day: str, branch: Organization) -> None:
    month, quarter, begins, ends, left = PERIODS[day]
    refreshed()
    one = current("theme_day", branch)
    assert (one.title, str(one.period_start), str(one.due_on)) == (f"{month}主题党日", begins, ends)
    assert words.due(one.due_on) == left
    assert current("general_meeting", branch).title == f"{quarter}支部党员大会"
    months = [one.period_start for one in duties(rule="theme_day", organization=branch)]
    assert len(months) == len(set(months)) == 16
    with on(in_days(1).isoformat()):
        refreshed(branch)
        refreshed()
        months = [one.period_start for one in duties(rule="theme_day", organization=branch)]
        assert len(months) == len(set(months)) == 16 + (clock.today().day == 1)


@on_turning_days
def test_what_was_held_on_the_day_settles_its_periods_and_no_others(day: str, branch: Organization) -> None:
    refreshed()
    for kind in ("theme_day", "general_meeting", "party_lecture", "member_appraisal"):
        held(branch, kind, clock.today())
        refreshed(branch)
        states = [one.state for one in duties(rule=kind, organization=branch)]
        assert states == [State.OPEN] * (len(states) - 1) + [State.DONE], kind
        assert current(kind, branch).done_on == clock.today()


@on_turning_days
def test_an_open_duty_is_overdue_from_the_day_after_its_last(day: str, branch: Organization) -> None:
    refreshed()
    one = current("theme_day", branch)
    with on(one.due_on.isoformat()):
        assert duty(pk=one.pk).look == "due_soon"
    with on((one.due_on + dt.timedelta(days=1)).isoformat()):
        refreshed()
        assert duty(pk=one.pk).look == "overdue"
        following = current("theme_day", branch)
        assert following.period_start == one.due_on + dt.timedelta(days=1)


@on_turning_days
def test_a_term_is_reminded_of_half_a_year_before_and_ends_with_the_election(day: str, branch: Organization) -> None:
    due_on, remind_on = map(dt.date.fromisoformat, TERMS[day])
    with unscoped("test"):
        posts.start_term(actor=make.SYSTEM, organization=branch, starts_on=clock.today())
    _asked_from(remind_on, due_on, "term_end", branch)
    with on(due_on.isoformat()), unscoped("test"):
        posts.start_term(actor=make.SYSTEM, organization=branch, starts_on=due_on)
        refreshed()
        one = duty(rule="term_end", organization=branch)
        assert (one.state, one.done_on) == (State.DONE, due_on)


@on_turning_days
def test_a_probation_is_reminded_of_a_month_before_and_ends_with_the_conversion(day: str, branch: Organization) -> None:
    ends_on, remind_on = map(dt.date.fromisoformat, PROBATIONS[day])
    member = Member(name="虚构新人", name_sort="x")
    with unscoped("test"):
        account.enter(
            actor=make.SYSTEM,
            member=member,
            branch=branch,
            kind=ChangeKind.ADMITTED,
            effective_on=clock.today(),
            category="2",
        )
    _asked_from(remind_on, ends_on, "probation_end", branch)
    with on(ends_on.isoformat()), unscoped("test"):
        account.convert(actor=make.SYSTEM, member=member, effective_on=ends_on)
        refreshed()
        one = duty(rule="probation_end", organization=branch)
        assert (one.state, one.done_on) == (State.DONE, ends_on)


def _asked_from(remind_on: dt.date, due_on: dt.date, rule: str, branch: Organization) -> None:
    """The duty is listed on ``remind_on`` and not the day before, and is due on ``due_on``."""
    with on((remind_on - dt.timedelta(days=1)).isoformat()):
        refreshed()
        assert duties(rule=rule, organization=branch) == []
    with on(remind_on.isoformat()):
        refreshed()
        assert duty(rule=rule, organization=branch).due_on == due_on


def test_a_clock_that_was_once_ahead_stops_nothing(branch: Organization) -> None:
    with on(in_days(100).isoformat()):
        refreshed()
    refreshed()
    held(branch, "theme_day", clock.today())
    refreshed()
    month = clock.today().replace(day=1)
    assert duty(rule="theme_day", organization=branch, period_start=month).state == State.DONE
