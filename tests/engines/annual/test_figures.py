"""Every cell is counted twice, by the engine and in plain Python over all records, for random histories and days."""

import datetime as dt
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

import dangjian.members
from dangjian.engines.annual import installed
from dangjian.engines.annual.queries.reports import Report
from dangjian.kernel import clock, codes
from dangjian.kernel.errors import Refusal
from dangjian.members.actions import account, details
from dangjian.members.actions.record import update_record
from dangjian.members.models import Category, ChangeKind, Member
from dangjian.members.queries.account import Flow, flow
from dangjian.org.actions import tree
from dangjian.org.models import Organization
from dangjian.org.unscoped import unscoped
from tests import make
from tests.engines.annual import naive

pytestmark = [pytest.mark.day("2026-11-23"), pytest.mark.django_db]
FILES = {
    number: file
    for file in (Path(dangjian.members.__file__).parent / "tables").glob("*.yaml")
    if (number := file.name.split("_")[0].lstrip("0")) in {"2", "3", "4"}
}
"""Tables of members; those of other populations have tests of their own."""
TODAY = dt.date(2026, 11, 23)

DAYS = st.dates(dt.date(2020, 2, 1), TODAY)


def _codes(name: str) -> Any:
    return st.sampled_from(["", *(code for code, _ in codes.get(name).choices)])


PEOPLE = st.fixed_dictionaries(
    {
        "sex": _codes("sex"),
        "ethnicity": st.sampled_from(["", "01", "05", "15"]),
        "birth_on": st.none() | st.dates(dt.date(1930, 1, 1), dt.date(2002, 12, 31)) | st.just(dt.date(1996, 2, 29)),
        "joined_on": st.none() | st.dates(dt.date(1950, 1, 1), dt.date(2019, 1, 1)),
        "converted_on": st.none() | st.dates(dt.date(2019, 1, 2), dt.date(2027, 1, 1)),
        "education": _codes("education"),
        "job_post": _codes("job_label"),
        "tech_rank": _codes("tech_rank"),
        "new_social_stratum": _codes("new_social_stratum"),
        "is_migrant_worker": st.booleans(),
        "party_age_correction_months": st.integers(-30, 30),
    }
)
KINDS = ["move", "leave", "convert", "study", "work", "left", "rise", "correct", "reparent"]
EVENTS = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 5), DAYS), max_size=12)


class TestEveryCell(TestCase):
    """Cell by cell, for each table, organisation and day."""

    @settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
    @given(people=st.lists(PEOPLE, min_size=1, max_size=6), events=EVENTS, days=st.lists(DAYS, min_size=1, max_size=2))
    def test_engine_and_plain_python_agree(self, people: list[dict[str, Any]], events: list[Any], days: list[dt.date]) -> None:
        with clock.at("2026-11-23 09:00"):
            units = _history(people, events)
            for day in days:
                for unit in units:
                    records = naive.Naive(unit.pk, day).members()
                    report = Report(unit, day.replace(month=1, day=1), day)
                    for number, file in FILES.items():
                        table = installed.table(number)
                        assert report.counted(table).figures().tolist() == naive.figures(file, records), (number, unit, day)

    @settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
    @given(people=st.lists(PEOPLE, min_size=1, max_size=6), events=EVENTS, days=st.lists(DAYS, min_size=1, max_size=2))
    def test_table_1_is_the_flow_of_the_account_and_balances(
        self, people: list[dict[str, Any]], events: list[Any], days: list[dt.date]
    ) -> None:
        with clock.at("2026-11-23 09:00"):
            units = _history(people, events)
            for day in days:
                for unit in units:
                    since = day.replace(month=1, day=1)
                    report = Report(unit, since, day)
                    assert report.failures(installed.table("1")) == []
                    assert _said(report) == _of_flow(flow(unit.pk, since - dt.timedelta(days=1), day)), (unit, day)


def _said(report: Report) -> list[int]:
    rows = ("opening", "increase", "transferred_in", "opened", "decrease", "deceased", "transferred_out", "closing")
    table = installed.table("1")
    return [report.counted(table).cell(table.row(code), table.column("total")) for code in rows]


def _of_flow(found: Flow) -> list[int]:
    def of(kinds: Any, sums: dict[str, int]) -> int:
        return sum(sums.get(kind, 0) for kind in kinds)

    came = (ChangeKind.TRANSFERRED_IN, ChangeKind.WHOLE_IN, ChangeKind.MOVED_IN)
    went = (ChangeKind.TRANSFERRED_OUT, ChangeKind.WHOLE_OUT, ChangeKind.MOVED_OUT)
    return [
        found.opening,
        sum(found.increases.values()),
        of(came, found.increases),
        of([ChangeKind.OPENING], found.increases),
        sum(found.decreases.values()),
        of([ChangeKind.DECEASED], found.decreases),
        of(went, found.decreases),
        found.closing,
    ]


def _history(people: list[dict[str, Any]], events: list[Any]) -> list[Organization]:
    """Two general branches with two branches each, and what happened to their members."""
    committee = make.committee()
    halves = [make.general_branch(committee), make.general_branch(committee)]
    branches = [make.branch(half) for half in halves for _ in range(2)]
    members = []
    with unscoped("the test's history"):
        for place, known in enumerate(people):
            category = Category.FULL if known["converted_on"] else Category.PROBATIONARY
            member = make.member(branches[place % 4], f"虚构党员{place}", category=category)
            Member.objects.filter(pk=member.pk).update(**known)
            members.append(Member.objects.get(pk=member.pk))
        for kind, place, day in sorted(events, key=lambda one: one[2]):
            _happen(kind, members[place % len(members)], day, branches, halves)
    return [committee, *halves, *branches]


def _happen(kind: str, member: Member, day: dt.date, branches: list[Organization], halves: list[Organization]) -> None:
    """One event, where it can be; what cannot be then, is left out."""
    member.refresh_from_db()
    if kind == "study":
        study = {"level": "14", "school": "虚构大学", "ends_on": day}
        _tried(lambda: details.add(actor=make.SYSTEM, member=member, code="education", **study))
    elif kind in {"work", "left"}:
        ends_on = day + dt.timedelta(days=90) if kind == "left" else None
        job = {"unit_name": "虚构车间", "job_title": "员工", "job_post": "soe_worker", "starts_on": day, "ends_on": ends_on}
        _tried(lambda: details.add(actor=make.SYSTEM, member=member, code="job", **job))
    elif kind == "rise":
        changed: dict[str, Any] = {"tech_rank": "12"[day.day % 2], "job_post": "soe_specialist", "is_migrant_worker": False}
        _tried(lambda: update_record(make.SYSTEM, member, changes=dict.fromkeys(changed, day), **changed))
    elif kind == "correct":
        _tried(lambda: update_record(make.SYSTEM, member, tech_rank="3", education="21"))
    elif kind == "reparent":
        branch = branches[member.pk % 4]
        branch.refresh_from_db()
        other = next(half for half in halves if half.pk != branch.parent_id)
        other.refresh_from_db()
        _tried(lambda: tree.move(actor=make.SYSTEM, organization=branch, parent=other, effective_on=day))
    elif member.standing == "normal":
        _tried(lambda: _of_account(kind, member, day, branches))


def _of_account(kind: str, member: Member, day: dt.date, branches: list[Organization]) -> None:
    if kind == "move":
        target = branches[(member.pk + day.day) % 4]
        account.move(actor=make.SYSTEM, members=[member], to=target, effective_on=day)
    elif kind == "leave":
        account.leave(actor=make.SYSTEM, member=member, kind=ChangeKind.DECEASED, effective_on=day)
    else:
        account.convert(actor=make.SYSTEM, member=member, effective_on=day)


def _tried(act: Any) -> None:
    """What cannot be on that day is refused, and writes nothing."""
    with suppress(Refusal), transaction.atomic():
        act()
