"""Tables 15 to 20: every cell counted twice for random ways into the Party, and by hand for a world that an auditor can check."""

import datetime as dt
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

import dangjian.activities.development
from dangjian.activities.development.actions.applicants import carry_over
from dangjian.activities.development.models import Applicant, Stage
from dangjian.activities.development.populations import ADMISSIONS, APPLICANTS, PROBATIONS
from dangjian.engines.annual import installed
from dangjian.engines.annual.queries.reports import Report
from dangjian.engines.procedures.models import CaseState, CaseStep, ProcedureCase
from dangjian.kernel import clock, codes
from dangjian.kernel.errors import Refusal
from dangjian.kernel.tabulation import Population, Wanted
from dangjian.members.actions import account, reversing
from dangjian.members.models import ChangeKind, Member
from dangjian.org.actions import tree
from dangjian.org.models import Organization
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.development import build
from tests.activities.development.way import House, applicant, walk
from tests.engines.annual import naive
from tests.engines.annual.naive_development import Development

pytestmark = [pytest.mark.day("2026-11-23"), pytest.mark.django_db]
FOLDER = Path(dangjian.activities.development.__file__).parent / "tables"
FILES = {file.name.split("_")[0]: file for file in FOLDER.glob("*.yaml")}
TODAY = dt.date(2026, 11, 23)
DAYS = st.dates(dt.date(2021, 1, 1), TODAY)


def _codes(name: str) -> Any:
    return st.sampled_from(["", *(code for code, _ in codes.get(name).choices)])


PEOPLE = st.fixed_dictionaries(
    {
        "sex": _codes("sex"),
        "ethnicity": st.sampled_from(["", "01", "05"]),
        "birth_on": st.none() | st.dates(dt.date(1970, 1, 1), dt.date(2002, 12, 31)),
        "education": _codes("education"),
        "job_post": _codes("job_label"),
        "front_line": _codes("front_line"),
        "in_youth_league": st.booleans(),
    }
)
WAYS = st.fixed_dictionaries(
    {
        "applied_on": st.dates(dt.date(2020, 6, 1), dt.date(2026, 6, 1)),
        "activist": st.none() | st.integers(1, 300),
        "object": st.none() | st.integers(1, 300),
        "admitted": st.none() | st.integers(1, 300),
        "ended": st.none() | st.integers(1, 900),
        "recommended": st.sampled_from(["members", "league"]),
        "fate": st.sampled_from(["", "converted", "extended", "cancelled", "taken_back", "died", "extended_converted"]),
        "met": st.integers(0, 200),
        "approval": st.none() | st.integers(0, 120),
        "put_off": st.booleans(),
    }
)
EVENTS = st.lists(st.tuples(st.sampled_from(["move", "reparent"]), st.integers(0, 5), DAYS), max_size=8)


class TestEveryCell(TestCase):
    """Cell by cell, for each table, organisation and day."""

    @settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        people=st.lists(st.tuples(PEOPLE, WAYS), min_size=1, max_size=5),
        events=EVENTS,
        day=DAYS,
    )
    def test_engine_and_plain_python_agree(self, people: list[Any], events: list[Any], day: dt.date) -> None:
        with clock.at("2026-11-23 09:00"):
            for unit in _history(people, events):
                since = day.replace(month=1, day=1)
                report, plain = Report(unit, since, day), Development(unit.pk, since, day)
                records = {"applicants": plain.applicants(), "admissions": plain.admissions(), "probations": plain.probations()}
                for number, file in FILES.items():
                    table = installed.table(number)
                    counted = report.counted(table).figures().tolist()
                    assert counted == naive.figures(file, records[table.population]), (number, unit, day)
                assert not [one for one in report.failures(installed.table("16")) if "表1" in one.check.title]


def _history(people: list[Any], events: list[Any]) -> list[Organization]:
    """Two general branches with two branches each, whoever applied there, and what happened to them."""
    committee = make.committee()
    halves = [make.general_branch(committee), make.general_branch(committee)]
    branches = [make.branch(half) for half in halves for _ in range(2)]
    applicants = [
        build.applicant(branches[place % 4], **known, applied_on=way["applied_on"]) for place, (known, way) in enumerate(people)
    ]
    with unscoped("the test's history"):
        for kind, place, day in sorted(events, key=lambda one: one[2]):
            if kind == "reparent":
                branch = branches[place % 4]
                branch.refresh_from_db()
                other = next(half for half in halves if half.pk != branch.parent_id)
                other.refresh_from_db()
                _tried(tree.move, organization=branch, parent=other, effective_on=day)
        for one, (_, way) in zip(applicants, people, strict=True):
            _go(one, way, branches, events)
    return [committee, halves[0], branches[0], branches[2]]


def _go(one: Applicant, way: dict[str, Any], branches: list[Organization], events: list[Any]) -> None:
    """The days of a way, one after the other, and what became of it."""
    case, day = _case(one), one.applied_on
    assert day is not None
    for name in ("activist", "object"):
        day = day + dt.timedelta(days=way[name]) if way[name] and day else None
        if day and day <= TODAY:
            build.step(case, name, taken_on=day)
            setattr(one, f"{name}_on", day)
    recommend = build.step(case, "recommend", taken_on=one.applied_on)
    recommend.write_entry({"kind": way["recommended"]})
    recommend.save()
    one.save()
    member = None
    for kind, place, moved_on in sorted(events, key=lambda event: event[2]):
        if kind == "move" and place % 3 == one.pk % 3 and one.applied_on and moved_on > one.applied_on:
            to = branches[(one.pk + moved_on.day) % 4]
            if to.pk != one.organization_id:
                one.refresh_from_db()
                carry_over(actor=make.SYSTEM, applicant=one, to=to, day=moved_on)
    if day and way["admitted"] and day + dt.timedelta(days=way["admitted"]) <= TODAY:
        build.step(case, "admission_meeting", taken_on=day + dt.timedelta(days=way["admitted"]), outcome="passed")
        member = _admitted(one, way, day + dt.timedelta(days=way["admitted"]))
    elif way["ended"] and one.applied_on and one.applied_on + dt.timedelta(days=way["ended"]) <= TODAY:
        one.ended_on, one.stage = one.applied_on + dt.timedelta(days=way["ended"]), Stage.ENDED
        one.save()
    if member is not None and way["fate"] != "taken_back":
        _probation(case, member, way)


def _case(one: Applicant) -> ProcedureCase:
    """Their case as a row that nothing follows any more: what is counted stands in the steps that are put down."""
    case = build.case_of(one)
    case.state, case.ended_on = CaseState.FINISHED, TODAY
    with unscoped("the test's history"):
        case.save()
    return case


def _admitted(one: Applicant, way: dict[str, Any], day: dt.date) -> Member:
    columns = {name: getattr(one, name) for name in ("sex", "ethnicity", "birth_on", "education", "job_post", "front_line")}
    member = Member(name=one.name, name_sort=one.name, joined_on=day, **columns)
    account.enter(
        actor=make.SYSTEM, member=member, branch=one.organization, kind=ChangeKind.ADMITTED, effective_on=day, category="2"
    )
    one.member, one.admitted_on, one.stage = member, day, Stage.PROBATIONARY
    if way["fate"] == "taken_back":
        reversing.take_back_admission(actor=make.SYSTEM, member=member, reason="上级没有批准")
        one.ended_on, one.stage = min(TODAY, day + dt.timedelta(days=40)), Stage.ENDED
    one.save()
    return member


def _probation(case: ProcedureCase, member: Member, way: dict[str, Any]) -> None:
    """How it ended, as far as that lies before today."""
    assert member.joined_on is not None
    over, fate = member.joined_on + dt.timedelta(days=366), way["fate"]
    met = over + dt.timedelta(days=way["met"])
    if way["put_off"]:
        build.step(case, "defer_conversion", taken_on=over)
    if fate in {"extended", "extended_converted"}:
        _settle(case, way, "extended", account.extend_probation, member=member, months=6, effective_on=met)
        member.refresh_from_db()
    if fate == "extended_converted" and member.probation_extended_to:
        last = max(member.probation_extended_to, met + dt.timedelta(days=1))
        _settle(case, way, "converted", account.convert, member=member, effective_on=last)
    if fate == "converted":
        _settle(case, way, "converted", account.convert, member=member, effective_on=over)
    if fate == "cancelled":
        kind, day = ChangeKind.PROBATION_CANCELLED, met - dt.timedelta(days=100)
        _settle(case, way | {"approval": None}, "cancelled", account.leave, member=member, kind=kind, effective_on=day)
    if fate == "died":
        _tried(account.leave, member=member, kind=ChangeKind.DECEASED, effective_on=min(met, TODAY))


def _settle(case: ProcedureCase, way: dict[str, Any], outcome: str, act: Any, **given: Any) -> None:
    """The line of the account, and the step by which the superior had approved it so many days later."""
    day, approval = given["effective_on"], way["approval"]
    if day > TODAY or not _tried(act, **given) or approval is None or day + dt.timedelta(days=approval) > TODAY:
        return
    row = build.step(case, "conversion_approve", taken_on=day + dt.timedelta(days=approval), outcome=outcome)
    if outcome == "extended":
        CaseStep.objects.filter(pk=row.pk).update(state="returned")


def _tried(act: Any, **given: Any) -> bool:
    """What cannot be on that day is refused, and writes nothing."""
    with suppress(Refusal), transaction.atomic():
        act(actor=make.SYSTEM, **given)
        return True
    return False


# By hand


YEAR_END, THIS_DAY = dt.date(2025, 12, 31), TODAY


def _figures(number: str, unit: Organization, day: dt.date) -> dict[str, int]:
    """The first row of a table, by the codes of its columns."""
    table = installed.table(number)
    figures = Report(unit, day.replace(month=1, day=1), day).counted(table).figures()
    return {column.code: int(figure) for column, figure in zip(table.columns, figures[0], strict=True)}


def _on_probation(branch: Organization, joined_on: dt.date) -> tuple[Member, ProcedureCase]:
    one = build.applicant(branch, applied_on=joined_on - dt.timedelta(days=500))
    case = _case(one)
    with unscoped("the test's history"):
        return _admitted(one, {"fate": ""}, joined_on), case


def test_table_15_of_a_year_that_can_be_checked_by_hand() -> None:
    branch = make.branch(make.committee())

    def settle(joined: str, approved: str, *, put_off: bool = False) -> None:
        member, case = _on_probation(branch, dt.date.fromisoformat(joined))
        if put_off:
            build.step(case, "defer_conversion", taken_on=dt.date.fromisoformat(approved) - dt.timedelta(days=40))
        over = dt.date.fromisoformat(joined).replace(year=int(joined[:4]) + 1)
        account.convert(actor=make.SYSTEM, member=member, effective_on=over)
        build.step(case, "conversion_approve", taken_on=dt.date.fromisoformat(approved), outcome="converted")

    with unscoped("the test's history"):
        settle("2025-03-01", "2026-04-10")
        settle("2024-12-20", "2026-01-15")  # over in 2025, approved in 2026
        settle("2025-05-01", "2026-07-01", put_off=True)
        longer, _ = _on_probation(branch, dt.date(2025, 2, 1))  # extended to August, then nothing was decided
        account.extend_probation(actor=make.SYSTEM, member=longer, months=6, effective_on=dt.date(2026, 2, 10))
        dropped, _ = _on_probation(branch, dt.date(2026, 1, 10))
        kind = ChangeKind.PROBATION_CANCELLED
        account.leave(actor=make.SYSTEM, member=dropped, kind=kind, effective_on=dt.date(2026, 6, 1))
        _on_probation(branch, dt.date(2025, 10, 1))  # over, and not discussed yet
        _on_probation(branch, dt.date(2026, 5, 1))  # runs on
    assert _figures("15", branch, THIS_DAY) == {
        "due": 6,
        "approved": 4,
        "converted": 3,
        "converted_extended": 0,
        "converted_deferred": 1,
        "extended": 1,
        "cancelled": 0,
        "waiting": 2,
        "cancelled_early": 1,
    }
    last_year = _figures("15", branch, YEAR_END)
    assert {code: number for code, number in last_year.items() if number} == {"due": 1, "waiting": 1}
    assert Report(branch, dt.date(2026, 1, 1), THIS_DAY).failures(installed.table("15")) == []


def test_tables_16_and_17_of_somebody_who_was_walked_through_all_steps() -> None:
    """Walked by the product's own actions: admitted in 2025 as a worker of the Youth League, converted in 2026."""
    house = House()
    one = applicant(
        house.branch, sex="2", ethnicity="05", birth_on=dt.date(1999, 5, 4), education="31", job_post="soe_worker",
        front_line="01", in_youth_league=True,
    )  # fmt: skip
    began = dt.date(2024, 1, 2)
    case = walk(one, began, before="archive", days={"apply": began})
    recommend = CaseStep.objects.of_all().get(case=case, code="recommend")
    with unscoped("recommended by the League"):
        recommend.write_entry({"kind": "league", "opinion": "同意"})
        recommend.save()
    found = _figures("16", house.committee, YEAR_END)
    ones = {"total", "women", "minority", "age.26_30", "education_group.junior_college"}
    assert {code for code, number in found.items() if number} == ones
    table = installed.table("17")
    counted = Report(house.committee, dt.date(2025, 1, 1), YEAR_END).counted(table)
    rows = {row.code for row in table.rows if counted.cell(row, table.column("le35"))}
    assert rows == {"total", "front_line", "front_enterprise", "league", "recommended"}
    assert _figures("16", house.committee, THIS_DAY)["total"] == 0
    assert _figures("15", house.committee, THIS_DAY)["converted"] == 1


def test_tables_18_to_20_of_a_day_are_what_they_were_whatever_happens_later() -> None:
    committee = make.committee()
    first, second = make.branch(committee), make.branch(committee)
    days = {"activist_on": dt.date(2025, 6, 1), "object_on": dt.date(2026, 8, 1)}
    moved = build.applicant(first, stage=Stage.OBJECT, sex="2", **days)
    joined = build.applicant(first, stage=Stage.OBJECT, **days)
    build.applicant(first, stage=Stage.ENDED, ended_on=dt.date(2026, 2, 1))
    build.applicant(first, applied_on=dt.date(2026, 3, 1))

    def numbers(unit: Organization, day: dt.date) -> list[int]:
        return [_figures(number, unit, day)["total"] for number in ("18", "19", "20")]

    before = numbers(first, YEAR_END)
    assert before == [0, 2, 1]
    with unscoped("the test's history"):
        carry_over(actor=make.SYSTEM, applicant=moved, to=second, day=dt.date(2026, 9, 10))
        build.case_of(joined)
        _admitted(joined, {"fate": ""}, dt.date(2026, 9, 1))
    assert numbers(first, YEAR_END) == before
    assert numbers(first, dt.date(2026, 8, 31)) == [2, 0, 1]
    assert (numbers(first, THIS_DAY), numbers(second, THIS_DAY)) == ([0, 0, 1], [1, 0, 0])
    assert _figures("18", committee, THIS_DAY)["women"] == 1


def test_whom_the_superior_did_not_approve_was_on_the_way_until_it_ended() -> None:
    branch = make.branch(make.committee())
    one = build.applicant(branch, activist_on=dt.date(2025, 1, 10), object_on=dt.date(2025, 6, 1))
    with unscoped("the test's history"):
        _admitted(one, {"fate": "taken_back"}, dt.date(2025, 12, 20))  # refused forty days later
    assert _figures("18", branch, YEAR_END)["total"] == 1
    assert _figures("18", branch, THIS_DAY)["total"] == 0
    assert _figures("16", branch, YEAR_END)["total"] == 0


@pytest.mark.parametrize("population", [APPLICANTS, ADMISSIONS, PROBATIONS], ids=lambda one: one.code)
def test_as_many_statements_for_many_as_for_one(population: Population) -> None:
    committee = make.committee()
    branch = make.branch(committee)

    def statements() -> int:
        with CaptureQueriesContext(connection) as caught:
            population.cut(Wanted(dt.date(2026, 1, 1), THIS_DAY, committee.pk))
        return len(caught)

    def add() -> None:
        for day in (dt.date(2025, 10, 1), dt.date(2026, 5, 1)):
            _on_probation(branch, day)
        build.applicant(branch)

    add()
    of_few = statements()
    for _ in range(3):
        add()
    assert statements() == of_few
