"""Tables 10 to 13: every cell counted twice for random endings and penalties, and by hand; who may open the lists."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

import dangjian.activities.standing
from dangjian.engines.annual import installed
from dangjian.engines.annual.queries.reports import Report
from dangjian.kernel import clock
from dangjian.members.actions import account, reversing
from dangjian.members.models import ChangeKind, Member, Sanction
from dangjian.members.models.account import REMOVALS
from dangjian.org.actions import tree
from dangjian.org.models import Organization
from dangjian.org.unscoped import unscoped
from tests import make
from tests.engines.annual import naive, naive_standing
from tests.engines.annual.test_figures import _tried

pytestmark = [pytest.mark.day("2026-11-23"), pytest.mark.django_db]
FOLDER = Path(dangjian.activities.standing.__file__).parent / "tables"
EXITS, PENALTIES = FOLDER / "10_exits.yaml", FOLDER / "12_penalties.yaml"
EXIT_CONDUCT, PENALTY_CONDUCT = FOLDER / "11_exits_conduct.yaml", FOLDER / "13_penalties_conduct.yaml"
CONDUCTS = ("appointing", "organisational", "", "slack")
TODAY = dt.date(2026, 11, 23)
DAYS = st.dates(dt.date(2024, 6, 1), TODAY)
KINDS = sorted(REMOVALS - {ChangeKind.PROBATION_CANCELLED})
PUNISHED = ("warning", "serious_warning", "removal_from_post", "probation_within_party", "rights_suspended")
WHAT = ["leave", "suspend", "punish", "move", "reparent", "take_back"]
EVENTS = st.lists(st.tuples(st.sampled_from(WHAT), st.integers(0, 60), DAYS), min_size=3, max_size=16)


class TestEveryCell(TestCase):
    """Cell by cell, for organisations and days."""

    @settings(max_examples=8, deadline=None, phases=(Phase.generate,), suppress_health_check=list(HealthCheck))
    @given(events=EVENTS, day=DAYS)
    def test_engine_and_plain_python_agree(self, events: list[Any], day: dt.date) -> None:
        with clock.at("2026-11-23 09:00"):
            for unit in _history(events):
                report = Report(unit, day.replace(month=1, day=1), day)
                exits = naive_standing.exits(unit.pk, report.since, day)
                assert _counted(report, "10") == naive.figures(EXITS, exits), (unit, day)
                assert _counted(report, "11") == naive.figures(EXIT_CONDUCT, exits), (unit, day)
                penalties = naive_standing.penalties(unit.pk, report.since, day)
                assert _counted(report, "12") == naive.figures(PENALTIES, penalties), (unit, day)
                assert _counted(report, "13") == naive.figures(PENALTY_CONDUCT, penalties), (unit, day)
                failed = [
                    one.check.title for number in ("10", "11", "12", "13") for one in report.failures(installed.table(number))
                ]
                assert not [
                    title for title in failed if "与表10" in title or "与表12" in title or "表1的" in title or "各行" in title
                ]


def _counted(report: Report, number: str) -> list[list[int]]:
    found: list[list[int]] = report.counted(installed.table(number)).figures().tolist()
    return found


def _history(events: list[Any]) -> list[Organization]:
    """Two general branches with three branches and six members, whose endings and penalties are these."""
    committee = make.committee()
    halves = [make.general_branch(committee), make.general_branch(committee)]
    branches = [make.branch(halves[0]), make.branch(halves[0]), make.branch(halves[1])]
    born = [None, dt.date(1950, 3, 1), dt.date(1968, 2, 29), dt.date(1975, 7, 7), dt.date(1991, 1, 1), dt.date(1999, 9, 9)]
    joined = [dt.date(1966, 4, 30), dt.date(1976, 11, 1), dt.date(2002, 10, 31), dt.date(2012, 11, 1), None, dt.date(1979, 1, 1)]
    members = [make.member(branches[place % 3], birth_on=born[place], joined_on=joined[place]) for place in range(6)]
    with unscoped("the test's history"):
        for what, place, day in sorted(events, key=lambda one: one[2]):
            member = Member.objects.select_related("branch").get(pk=members[place % 6].pk)
            _happen(what, place, day, member, branches, halves)
    return [committee, halves[0], branches[0]]


def _happen(
    what: str, place: int, day: dt.date, member: Member, branches: list[Organization], halves: list[Organization]
) -> None:
    """One event, where it can be; what cannot be then, is left out."""
    if what == "leave":
        kind = ChangeKind(KINDS[place % len(KINDS)])
        _tried(lambda: account.leave(actor=make.SYSTEM, member=member, kind=kind, effective_on=day, conduct=CONDUCTS[place % 4]))
    elif what == "suspend":
        _tried(lambda: account.leave(actor=make.SYSTEM, member=member, kind=ChangeKind.SUSPENDED, effective_on=day))
    elif what == "punish":
        Sanction.objects.create(member=member, kind=PUNISHED[place % 5], starts_on=day, conduct=CONDUCTS[place % 3])
    elif what == "move" and member.standing == "normal":
        to = branches[place % 3]
        _tried(lambda: account.move(actor=make.SYSTEM, members=[member], to=to, effective_on=day))
    elif what == "take_back":
        line = member.entries.filter(kind__in=REMOVALS, reverses=None, reversed_by=None).last()
        if line is not None:
            _tried(lambda: reversing.reverse(actor=make.SYSTEM, entry=line, reason="登记错了"))
    elif what == "reparent":
        branch = branches[place % 3]
        branch.refresh_from_db()
        other = next(half for half in halves if half.pk != branch.parent_id)
        other.refresh_from_db()
        _tried(lambda: tree.move(actor=make.SYSTEM, organization=branch, parent=other, effective_on=day))


def _by_hand() -> Organization:
    """Four ended and two punished in 2026: told in ``test_tables_10_and_12_by_hand``."""
    committee = make.committee()
    branch = make.branch(committee)
    day = dt.date(2026, 5, 1)

    def member(born: int, joined: int) -> Member:
        return make.member(branch, birth_on=dt.date(born, 5, 1), joined_on=dt.date(joined, 7, 1))

    with unscoped("the test's history"):
        account.leave(actor=make.SYSTEM, member=member(1991, 2015), kind=ChangeKind.EXPELLED, effective_on=day)
        account.leave(actor=make.SYSTEM, member=member(1990, 2011), kind=ChangeKind.RESIGNED, effective_on=day)
        lost = member(1966, 1990)
        account.leave(actor=make.SYSTEM, member=lost, kind=ChangeKind.SUSPENDED, effective_on=dt.date(2024, 3, 1))
        lost = Member.objects.select_related("branch").get(pk=lost.pk)
        account.leave(actor=make.SYSTEM, member=lost, kind=ChangeKind.SELF_EXIT_LOST, effective_on=day)
        account.leave(actor=make.SYSTEM, member=member(1980, 2005), kind=ChangeKind.DECEASED, effective_on=day)
        Sanction.objects.create(member=member(1985, 2008), kind="warning", starts_on=day)
        first = Sanction.objects.create(member=member(1985, 2008), kind="probation_within_party", starts_on=day)
        Sanction.objects.create(member=first.member, kind="probation_within_party", starts_on=TODAY, extends=first)
    return committee


def test_tables_10_and_12_by_hand() -> None:
    """One was expelled at 35, one left at 36, one at 60 who is lost and had been suspended in 2024; who died did not leave."""
    report = Report(_by_hand(), dt.date(2026, 1, 1), TODAY)
    exits, penalties = installed.table("10"), installed.table("12")

    def of(number: str, row: str, column: str = "total") -> int:
        table = installed.table(number)
        return report.counted(table).cell(table.row(row), table.column(column))

    assert [of("10", "total", column.code) for column in exits.columns] == [3, 1, 1, 0, 0, 1, 1, 0, 0]
    assert [of("10", f"age.{code}") for code in ("le35", "36_54", "55_59", "ge60")] == [1, 1, 0, 1]
    assert [of("10", f"joined_on.{code}") for code in ("1979_2002", "2002_2012", "since_2012_11")] == [1, 1, 1]
    assert (of("10", "uncounted"), of("1", "exit")) == (1, 2)
    assert [of("12", "total", column.code) for column in penalties.columns] == [3, 1, 0, 0, 1, 1]
    assert report.failures(exits) == report.failures(penalties) == []


def test_whom_a_penalty_is_about_is_not_for_everybody_who_reads_the_figures(client: Any) -> None:
    committee = _by_hand()
    table, behind = reverse("annual:table", args=["12"]), reverse("annual:behind_penalties")
    for kind, sees in (("discipline_member", True), ("publicity_member", False)):
        who = make.user()
        make.post(committee, kind, who)
        client.force_login(who)
        page = client.get(table).content.decode()
        assert "党员受党的纪律处分情况" in page
        assert (behind in page) == sees
        asked = client.get(reverse("annual:ask"), {"of": "penalties", "down": "penalty"})
        assert asked.status_code == (200 if sees else 403), "narrowed at will, a figure leads to a person"
        assert ("警告" in asked.content.decode()) == (behind in asked.content.decode()) == sees
        offered = client.get(reverse("annual:ask")).content.decode()
        assert ('value="penalties"' in offered) == sees
        assert (client.get(behind).status_code == 200) == sees
