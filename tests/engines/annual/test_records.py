"""Tables 8 and 14: counted twice for random records, and by hand."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

import dangjian.activities.meetings
import dangjian.members
from dangjian.activities.meetings.models import AgendaItem, AppraisalResult, Attendance, Meeting, MeetingKindRow
from dangjian.engines.annual import installed
from dangjian.engines.annual.queries.reports import Report
from dangjian.kernel import clock
from dangjian.members.actions import account
from dangjian.members.models import Member, Reward
from dangjian.org.actions import tree
from dangjian.org.models import Organization
from dangjian.org.unscoped import unscoped
from tests import make
from tests.engines.annual import naive, naive_records
from tests.engines.annual.test_figures import _tried

pytestmark = [pytest.mark.day("2026-11-23"), pytest.mark.django_db]
APPRAISAL = Path(dangjian.activities.meetings.__file__).parent / "tables/08_appraisal.yaml"
LEADERS = Path(dangjian.activities.meetings.__file__).parent / "tables/39_leaders.yaml"
REWARDS = Path(dangjian.members.__file__).parent / "tables/14_rewards.yaml"
DAYS = st.dates(dt.date(2024, 6, 1), dt.date(2026, 11, 23))
KINDS = ["appraisal", "of_last_year", "grades", "planned", "reward", "move", "reparent"]
EVENTS = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 20), DAYS), min_size=3, max_size=14)
GRADES = ("excellent", "qualified", "basically_qualified", "unqualified", "")
TITLES = ("虚构集团优秀共产党员", "优秀党务工作者", "虚构先进生产者")


class TestEveryCell(TestCase):
    """Cell by cell, for organisations and days."""

    @settings(max_examples=10, deadline=None, phases=(Phase.generate,), suppress_health_check=list(HealthCheck))
    @given(events=EVENTS, days=st.lists(DAYS, min_size=1, max_size=2))
    def test_engine_and_plain_python_agree(self, events: list[Any], days: list[dt.date]) -> None:
        with clock.at("2026-11-23 09:00"):
            for unit in _history(events):
                for day in days:
                    report = Report(unit, day.replace(month=1, day=1), day)
                    branches, members = naive_records.appraisals(unit.pk, (report.since, day))
                    assert _counted(report, "8") == naive.figures(APPRAISAL, members, appraised_branches=branches), (unit, day)
                    bodies, people = naive_records.leaders(unit.pk, (report.since, day))
                    assert _counted(report, "39") == naive.figures(LEADERS, bodies, leaders_appraising=people), (unit, day)
                    rewards = naive_records.rewards(unit.pk, (report.since, day))
                    assert _counted(report, "14") == naive.figures(REWARDS, rewards), (unit, day)


def _counted(report: Report, number: str) -> list[list[int]]:
    found: list[list[int]] = report.counted(installed.table(number)).figures().tolist()
    return found


def _history(events: list[Any]) -> list[Organization]:
    committee = make.committee()
    halves = [make.general_branch(committee), make.general_branch(committee)]
    branches = [make.branch(half) for half in halves for _ in range(2)]
    groups = [make.group(branch) for branch in branches]
    members = [make.member(branches[place % 4]) for place in range(8)]
    with unscoped("the test's history"):
        for kind, place, day in sorted(events, key=lambda one: one[2]):
            branch = branches[place % 4]
            if kind in {"reward", "move"}:
                _befall(kind, members[place % 8], place, day, branch)
            elif kind == "reparent":
                _reparent(branch, day, halves)
            else:
                at = groups[place % 4] if kind == "appraisal" and place > 14 else branch
                _meet(kind, at, [one for one in members if (one.pk + place) % 3], day, place)
    return [committee, *halves, branches[0]]


def _befall(kind: str, member: Member, place: int, day: dt.date, branch: Organization) -> None:
    if kind == "reward":
        Reward.objects.create(member=member, title=TITLES[place % 3], granted_on=day)
    else:
        _tried(lambda: account.move(actor=make.SYSTEM, members=[member], to=branch, effective_on=day))


def _reparent(branch: Organization, day: dt.date, halves: list[Organization]) -> None:
    branch.refresh_from_db()
    other = next(half for half in halves if half.pk != branch.parent_id)
    other.refresh_from_db()
    _tried(lambda: tree.move(actor=make.SYSTEM, organization=branch, parent=other, effective_on=day))


def _meet(kind: str, at: Organization, members: list[Member], day: dt.date, place: int = 0, *, graded: bool = True) -> Meeting:
    """A meeting of the day with its results."""
    for_year = day.year - 1 if kind == "of_last_year" else None
    status = "called" if kind == "planned" else "confirmed"
    meeting: Meeting = Meeting.objects.create(organization=at, title="虚构会议", status=status, held_on=day, for_year=for_year)
    MeetingKindRow.objects.create(
        meeting=meeting,
        organization=at,
        body=at.branch(),
        kind="committee_meeting" if kind == "grades" else "member_appraisal",
        held_on=day,
        counts_on=dt.date(for_year, 12, 31) if for_year else None,
    )
    if place % 3 == 0:
        AgendaItem.objects.create(meeting=meeting, order=1, type="leaders", title="评议支部委员会班子")
    for number, member in enumerate(members):
        presence = ("present", "online", "absent")[(number + place) % 3]
        Attendance.objects.create(meeting=meeting, member=member, presence=presence)
        if graded and place % 4 != 1 and kind != "planned" and not at.is_group:
            AppraisalResult.objects.create(meeting=meeting, member=member, grade=GRADES[(number + place) % 5])
    return meeting


def _row(report: Report, table: str, code: str) -> list[int]:
    found = installed.table(table)
    return [report.counted(found).cell(found.row(code), column) for column in found.columns]


def test_appraisals_by_hand() -> None:
    """One branch ends the appraisal of last year in January, one has begun that of this year, one planned its own alone."""
    committee = make.committee()
    first, second, third = (make.branch(committee) for _ in range(3))
    people = {branch.pk: [make.member(branch) for _ in range(3)] for branch in (first, second, third)}
    with unscoped("the test's meetings"):
        _meet("of_last_year", first, people[first.pk], dt.date(2026, 1, 20), 2)
        _meet("appraisal", second, people[second.pk], dt.date(2026, 11, 20), graded=False)
        _meet("planned", third, people[third.pk], dt.date(2026, 11, 22))
    report = Report(committee, dt.date(2026, 1, 1), dt.date(2026, 11, 23))
    codes = ("branches", "branches_ended", "members", "members_ended", "unqualified")
    assert [_row(report, "8", code) for code in codes] == [[2, 1], [1, 1], [5, 3], [3, 3], [1, 1]]
    assert report.failures(installed.table("8")) == []


def test_honours_by_hand() -> None:
    """The year and the branch of the day of the honour count, and titles that say which it is."""
    committee = make.committee()
    before, now = make.general_branch(committee), make.general_branch(committee)
    member = make.member(make.branch(before))
    with unscoped("the test's honours"):
        for title, day in (
            ("虚构集团公司优秀共产党员", dt.date(2026, 6, 28)),
            ("优秀党务工作者", dt.date(2026, 7, 1)),
            ("优秀共产党员", dt.date(2025, 7, 1)),
            ("虚构劳动模范", dt.date(2026, 5, 1)),
        ):
            Reward.objects.create(member=member, title=title, granted_on=day)
        account.move(actor=make.SYSTEM, members=[member], to=make.branch(now), effective_on=dt.date(2026, 6, 30))
    figures = [
        [_row(Report(unit, dt.date(2026, 1, 1), dt.date(2026, 11, 23)), "14", code)[0] for code in ("total", MEMBER, WORKER)]
        for unit in (committee, before, now)
    ]
    assert figures == [[2, 1, 1], [1, 1, 0], [1, 0, 1]]


MEMBER, WORKER = "honour.outstanding_member", "honour.outstanding_worker"
