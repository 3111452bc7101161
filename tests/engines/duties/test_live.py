"""The day of going live: nobody is overdue on the first morning, and what is owed follows when the day is changed."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dangjian.accounts.models import Event
from dangjian.engines.duties.actions import edit_local, refresh
from dangjian.engines.duties.models import Duty, State, is_overdue
from dangjian.kernel import clock
from dangjian.kernel.errors import Conflict, Invalid, PermissionDenied
from dangjian.kernel.windows import Window
from dangjian.org.actions.live import go_live
from dangjian.org.models import Organization
from dangjian.org.unscoped import unscoped
from tests import make
from tests.engines.duties.build import duties, held, local_duty, on, refreshed, term

pytestmark = [pytest.mark.django_db, pytest.mark.day("2026-11-23")]

TODAY = dt.date(2026, 11, 23)
KINDS = {"general_meeting": "quarter", "theme_day": "month", "member_appraisal": "year"}


@pytest.fixture
def top() -> Organization:
    return make.committee(name="虚构集团党委")


def live(organization: Organization, day: dt.date | str) -> int:
    with unscoped("test"):
        again = Organization.objects.get(pk=organization.pk)
        return go_live(actor=make.SYSTEM, organization=again, live_on=dt.date.fromisoformat(str(day)))


def owed(organization: Organization, rule: str) -> list[dt.date]:
    return [one.period_start for one in duties(rule=rule, organization=organization) if one.state != State.VOID]


def overdue(day: dt.date, organization: Organization) -> list[str]:
    with unscoped("test"):
        rows = Duty.objects.live().filter(is_overdue(day), organization__path__startswith=organization.path)
        return [f"{one.rule} {one.due_on}" for one in rows]


def test_what_is_no_longer_owed_goes_and_comes_back(top: Organization) -> None:
    branch = make.branch(top)
    held(branch, "theme_day", "2026-09-10")
    refreshed()
    assert len(owed(branch, "theme_day")) == 16
    live(branch, "2026-10-20")
    assert owed(branch, "theme_day") == [dt.date(2026, 11, 1)]
    assert owed(branch, "general_meeting") == [dt.date(2026, 10, 1)]
    assert overdue(TODAY, branch) == []
    live(branch, "2026-09-01")
    assert owed(branch, "theme_day") == [dt.date(2026, month, 1) for month in (9, 10, 11)]
    september, october, _ = [one for one in duties(rule="theme_day", organization=branch) if one.state != State.VOID]
    assert (september.state, october.look) == (State.DONE, "overdue")


def test_an_excuse_outlives_a_change_of_the_day(top: Organization) -> None:
    branch = make.branch(top)
    refreshed()
    october = duties(rule="theme_day", organization=branch)[-2]
    with unscoped("test"):
        Duty.objects.filter(pk=october.pk).update(state=State.EXCUSED, excuse_reason="停产", excused_at=clock.now())
    live(branch, "2026-11-01")
    assert duties(pk=october.pk)[0].state == State.VOID
    live(branch, "2026-09-01")
    assert duties(pk=october.pk)[0].state == State.EXCUSED


def test_before_the_day_nothing_is_owed_and_from_then_on_everything(top: Organization) -> None:
    branch = make.branch(top)
    term(branch, "2022-01-01", "2025-01-01")
    local_duty(branch, "报送方案", dt.date(2026, 9, 1), dt.date(2026, 10, 1), "一次性")
    local_duty(branch, "报送月报", dt.date(2026, 9, 1), None, "每月")
    refreshed()
    assert overdue(TODAY, branch)
    live(top, "2026-12-10")
    with unscoped("test"):
        assert not Duty.objects.live().filter(state=State.OPEN).exists()
    with on("2026-12-10"):
        refreshed()
        assert overdue(dt.date(2026, 12, 10), top) == []
        with unscoped("test"):
            found = {one.rule for one in Duty.objects.live().filter(organization=branch, state=State.OPEN)}
        assert {"term_end", "theme_day", "general_meeting"} <= found
        assert len([rule for rule in found if rule.startswith("local:")]) == 2


def test_all_below_go_live_together_but_none_before_its_founding(top: Organization) -> None:
    old, young = make.branch(top), make.branch(top, effective_on=dt.date(2026, 6, 1))
    group = make.group(old)
    dissolved = make.branch(top)
    with unscoped("test"):
        Organization.objects.filter(pk=dissolved.pk).update(dissolved_on=dt.date(2026, 1, 1))
    assert live(top, "2026-03-01") == 3
    with unscoped("test"):
        days = dict(Organization.objects.values_list("pk", "live_on"))
    assert days[top.pk] == days[old.pk] == days[group.pk] == dt.date(2026, 3, 1)
    assert days[young.pk] == dt.date(2026, 6, 1)
    assert days[dissolved.pk] == make.BEGIN
    assert "2026年3月1日" in Event.objects.get(verb="org.live_on_changed").summary


def test_refusals_write_nothing(top: Organization) -> None:
    branch = make.branch(top, effective_on=dt.date(2026, 6, 1))
    for day, refusal in (("2026-05-31", Invalid), ("2028-01-01", Invalid), ("2026-06-01", Conflict)):
        with pytest.raises(refusal):
            live(branch, day)
    secretary = make.actor(make.post(branch).user)
    with unscoped("test"), pytest.raises(PermissionDenied):
        go_live(actor=secretary, organization=branch, live_on=dt.date(2026, 7, 1))
    with unscoped("test"):
        assert Organization.objects.get(pk=branch.pk).live_on == dt.date(2026, 6, 1)
    assert not Event.objects.filter(verb="org.live_on_changed").exists()


def test_a_single_task_keeps_its_time_when_the_superior_edits_it(top: Organization) -> None:
    branch = make.branch(top, live_on=dt.date(2026, 11, 17))
    make.branch(top)
    task = local_duty(branch, "报送方案", dt.date(2026, 9, 1), dt.date(2026, 10, 31), "一次性")
    refreshed()
    superior = make.actor(make.post(top).user)
    with unscoped("test"):
        edit_local(actor=superior, local=task, title="报送方案", how="", document="", due_on=dt.date(2026, 11, 5))
    assert sorted(str(one.due_on) for one in duties(local_duty=task)) == ["2026-11-05", "2026-12-17"]


def test_the_number_of_statements_does_not_grow_when_the_day_is_changed(top: Organization) -> None:
    def statements(day: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            live(top, day)
        return len(captured)

    branch = make.branch(top)
    make.group(branch)
    refreshed()
    statements("2026-05-05")
    few = statements("2026-06-05")
    for _ in range(20):
        make.group(branch)
        make.branch(top)
    refreshed()
    assert statements("2026-07-05") == few


DAYS = st.dates(dt.date(2025, 8, 1), dt.date(2027, 2, 28))
SPECIAL = st.sampled_from([dt.date(2025, 12, 31), dt.date(2026, 1, 1), dt.date(2026, 2, 28), dt.date(2026, 3, 31), TODAY])
PAST = st.dates(dt.date(2022, 1, 1), dt.date(2026, 11, 23))
HISTORY = st.fixed_dictionaries(
    {
        "meetings": st.lists(st.tuples(st.sampled_from(sorted(KINDS)), PAST), max_size=6),
        "term": st.none() | st.tuples(PAST, st.integers(1, 1500)),
        "joined": st.lists(PAST, max_size=2),
        "secretary": st.booleans(),
        "committee": st.booleans(),
        "task": st.none() | st.tuples(PAST, st.integers(0, 400)),
        "kept_before": st.booleans(),
    }
)


def _lived(branch: Organization, history: dict[str, Any]) -> None:
    """What lay before, as it was written down when the platform began."""
    for kind, day in history["meetings"]:
        held(branch, kind, day)
    if history["term"]:
        starts_on, length = history["term"]
        term(branch, str(starts_on), str(starts_on + dt.timedelta(days=length)))
    for day in history["joined"]:
        make.member(branch, category="2", joined_on=day)
    if history["secretary"]:
        make.post(branch)
    if history["committee"]:
        make.post(branch, "organisation_member")
    if history["task"]:
        starts_on, length = history["task"]
        local_duty(branch, "报送材料", starts_on, starts_on + dt.timedelta(days=length), "一次性")


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=HISTORY, day=DAYS | SPECIAL)
def test_nobody_is_overdue_on_the_first_morning(top: Organization, history: dict[str, Any], day: dt.date) -> None:
    with unscoped("test"):
        Organization.objects.filter(pk=top.pk).update(live_on=make.BEGIN)
    branch = make.branch(top)
    make.group(branch)
    _lived(branch, history)
    with clock.at(f"{day} 05:30"):
        if history["kept_before"]:
            refreshed()
        live(top, day)
        refreshed()
        assert overdue(day, top) == []
    with unscoped("test"):
        Organization.objects.exclude(pk=top.pk).update(dissolved_on=day)


def _is_owed(window: Window, live_on: dt.date, founded_on: dt.date) -> bool:
    enough = live_on <= window.start or (window.last - live_on).days + 1 >= 15
    return live_on <= TODAY and founded_on <= window.start and (enough or live_on == founded_on)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(days=st.lists(DAYS | SPECIAL, min_size=1, max_size=4), founded_on=st.dates(make.BEGIN, dt.date(2026, 8, 1)))
def test_what_is_owed_equals_a_plain_reading_of_the_last_day(top: Organization, days: list[dt.date], founded_on: dt.date) -> None:
    branch = make.branch(top, effective_on=founded_on)
    refresh(actor=make.SYSTEM, organizations=[branch], anew_since=founded_on)
    for day in days:
        with unscoped("test"):
            now = Organization.objects.get(pk=branch.pk).live_on
        if day >= founded_on and day != now:
            live(branch, day)
    with unscoped("test"):
        branch = Organization.objects.get(pk=branch.pk)
    for rule, per in KINDS.items():
        window, expected = Window.of(dt.date(2025, 8, 23), per), []
        while window.start <= TODAY:
            if _is_owed(window, branch.live_on, founded_on):
                expected.append(window.start)
            window = window.next()
        assert owed(branch, rule) == expected
