"""Tables 24 and 26: every cell counted twice for random histories of organisations, and a case that an auditor can check."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

import dangjian.org
from dangjian.engines.annual import installed
from dangjian.engines.annual.queries.reports import Report
from dangjian.kernel import clock, codes
from dangjian.kernel.registry import offers
from dangjian.kernel.tabulation import Population, Table
from dangjian.members.models import Member
from dangjian.org import roles
from dangjian.org.actions import tree, units
from dangjian.org.models import Covered, Organization, TermOfBody, Unit
from dangjian.org.unscoped import unscoped
from tests import make
from tests.engines.annual import naive, naive_organizations
from tests.engines.annual.test_figures import _tried

pytestmark = [pytest.mark.day("2026-11-23"), pytest.mark.django_db]
TABLES = Path(dangjian.org.__file__).parent / "tables"
DAYS = st.dates(dt.date(2021, 1, 1), dt.date(2026, 11, 23))
EVENTS = st.lists(
    st.tuples(st.sampled_from(["move", "dissolve", "found", "term", "worker", "unit", "ended"]), st.integers(0, 9), DAYS),
    max_size=18,
)
KINDS = st.lists(st.sampled_from(["631", "632", "931"]), min_size=2, max_size=5)


def _between(day: dt.date) -> tuple[dt.date, dt.date]:
    return day.replace(month=1, day=1), day


def _figures(unit: Organization, day: dt.date, table: str) -> list[list[int]]:
    found: list[list[int]] = Report(unit, *_between(day)).counted(installed.table(table)).figures().tolist()
    return found


class TestEveryCell(TestCase):
    """Cell by cell, for organisations and days."""

    @settings(max_examples=8, deadline=None, phases=(Phase.generate,), suppress_health_check=list(HealthCheck))
    @given(kinds=KINDS, events=EVENTS, days=st.lists(DAYS, min_size=1, max_size=3))
    def test_engine_and_plain_python_agree(self, kinds: list[str], events: list[Any], days: list[dt.date]) -> None:
        with clock.at("2026-11-23 09:00"):
            bodies_asked = _history(kinds, events)
            for day in days:
                for unit in bodies_asked:
                    bodies = naive_organizations.organizations(unit.pk, *_between(day))
                    assert _figures(unit, day, "24") == naive.figures(TABLES / "24_organizations.yaml", bodies), (unit, day)
                    direct = naive.figures(TABLES / "38_direct_elections.yaml", bodies)
                    assert _figures(unit, day, "38") == direct, (unit, day)
                    covered = naive_organizations.units(unit.pk, *_between(day))
                    expected = naive.figures(
                        TABLES / "26_units.yaml", covered, organizations=bodies, members=_at_work(unit.pk, day)
                    )
                    assert _figures(unit, day, "26") == expected, (unit, day)


def _at_work(unit: int, day: dt.date) -> list[naive.Record]:
    """Members there with what is known of the unit in which their branch stood."""
    return [{**one, **naive_organizations.around(one["branch"], day)} for one in naive.Naive(unit, day).members()]


def _history(kinds: list[str], events: list[Any]) -> list[Organization]:
    committee = make.committee(location_kind="legal_entity")
    halves = [make.general_branch(committee), make.general_branch(committee, location_kind="legal_entity")]
    bodies = [
        make.organization(code, halves[place % 2], unit_count=place + 2, location_kind=["", "legal_entity"][place % 2])
        for place, code in enumerate(kinds)
    ]
    for place, body in enumerate(bodies):
        member = make.member(body, f"虚构{place}号")
        with unscoped("the test's record"):
            Member.objects.filter(pk=member.pk).update(job_post=["soe_worker", "soe_manager", "retired"][place % 3])
    with unscoped("the test's history"):
        for kind, place, day in sorted(events, key=lambda one: one[2]):
            _happen(kind, bodies[place % len(bodies)], day, halves)
    return [committee, *halves, *bodies[:2]]


def _happen(kind: str, body: Organization, day: dt.date, halves: list[Organization]) -> None:
    body.refresh_from_db()
    if kind == "move":
        other = next(half for half in halves if half.pk != body.parent_id)
        _tried(lambda: tree.move(actor=make.SYSTEM, organization=body, parent=other, effective_on=day))
    elif kind == "dissolve":
        _tried(lambda: tree.dissolve(actor=make.SYSTEM, organization=body, effective_on=day))
    elif kind == "found":
        _tried(lambda: make.branch(halves[0], effective_on=day))
    elif kind == "worker":
        make.post(body, "party_worker", make.user(), starts_on=day)
    elif kind == "unit":
        _tried(lambda: _keep_unit([body, body, *halves][day.day % 4], day))
    elif kind == "ended":
        unit = Unit.objects.filter(ended_on=None, since_on__lt=day).first()
        if unit:
            units.end_unit(actor=make.SYSTEM, unit=unit, ended_on=day)
    else:
        _begin_term(body, day, dt.date(day.year + 3, day.month, 28))


def _keep_unit(organization: Organization, day: dt.date) -> None:
    place = day.toordinal()
    covers = "joint" if organization.type_code == "632" else "own"
    units.keep_unit(
        actor=make.SYSTEM,
        organization=organization,
        name=f"虚构{place}号公司",
        covered=(covers, "due", "group", "few", covers)[place % 5],
        control=("", "wholly_state", "state_holding", "collective")[place % 4],
        size=("", "large", "small")[place % 3],
        affiliation=("中央", "市（地、州）")[place % 2],
        since_on=day,
    )


def _begin_term(body: Organization, day: dt.date, due_on: dt.date) -> None:
    before = TermOfBody.objects.filter(organization=body, ended_on=None).first()
    if before and before.starts_on >= day:
        return
    TermOfBody.objects.filter(organization=body, ended_on=None).update(ended_on=day)
    number = TermOfBody.objects.filter(organization=body).count() + 1
    how = {"is_by_direct_election": number % 3 != 0, "heads_elected": ("", "more", "equal")[number % 3]}
    TermOfBody.objects.create(organization=body, number=number, starts_on=day, due_on=due_on, **how)


def _row(of: Report, table: Table, code: str) -> list[int]:
    return [of.counted(table).cell(table.row(code), column) for column in table.columns]


def test_a_year_of_terms_by_hand() -> None:
    """Two branches are due in the year, of which one elects in time; a third is overdue since last year."""
    committee = make.committee()
    in_time, waiting, overdue, fresh = (make.branch(committee) for _ in range(4))
    make.organization("931", committee)
    make.group(in_time)
    with unscoped("the test's terms"):
        _begin_term(in_time, dt.date(2023, 3, 10), dt.date(2026, 3, 10))
        _begin_term(in_time, dt.date(2026, 3, 6), dt.date(2029, 3, 6))
        _begin_term(waiting, dt.date(2023, 9, 1), dt.date(2026, 9, 1))
        _begin_term(overdue, dt.date(2022, 5, 1), dt.date(2025, 5, 1))
        _begin_term(fresh, dt.date(2025, 5, 1), dt.date(2028, 5, 1))
    table = installed.table("24")
    report = Report(committee, dt.date(2026, 1, 1), dt.date(2026, 11, 23))
    assert [_row(report, table, code) for code in ("total", "full", "renewed")] == [[5, 1, 0, 4], [3, 0, 0, 3], [1, 0, 0, 1]]
    before = Report(committee, dt.date(2025, 1, 1), dt.date(2025, 12, 31))
    assert [_row(before, table, code) for code in ("total", "full", "renewed")] == [[5, 1, 0, 4], [1, 0, 0, 1], [0, 0, 0, 0]]
    assert report.failures(table) == []


def test_units_by_hand() -> None:
    """A company with its committee, a subsidiary with its branch, and a joint branch of three: five units."""
    committee = make.committee(location_kind="legal_entity")
    make.branch(committee, location_kind="legal_entity")
    make.branch(committee, location_kind="same_as_superior")
    joint = make.organization("632", committee, unit_count=3, location_kind="joint_branch")
    make.post(committee, "party_worker", make.user(), starts_on=dt.date(2024, 1, 1))
    at_work, retired = make.member(joint, "虚构在岗"), make.member(joint, "虚构退休")
    with unscoped("the test's record"):
        Member.objects.filter(pk=at_work.pk).update(job_post="soe_worker")
        Member.objects.filter(pk=retired.pk).update(job_post="retired")
    table = installed.table("26")
    report = Report(committee, dt.date(2026, 1, 1), dt.date(2026, 11, 23))
    figures = {row.code: _row(report, table, row.code)[0] for row in table.rows}
    assert figures == {
        "total": 5, "own": 2, "committee": 1, "general_branch": 0, "branch": 1, "joint": 3, "none": 0, "due": 0, "group": 0,
        "few": 0, "nobody": 0, "workers": 1, "joint_branches": 1, "staff": 1, "skilled": 1,
    }  # fmt: skip
    assert report.failures(table) == []


def test_a_group_of_companies_by_hand() -> None:
    """A wholly state-owned company, a subsidiary that is not, with a branch below, and two shops without an organisation."""
    top = make.committee()
    half = make.general_branch(top)
    members = [make.member(make.branch(half), "虚构子公司的"), make.member(make.branch(top), "虚构公司的")]
    given: dict[str, Any] = {"actor": make.SYSTEM, "since_on": dt.date(2026, 1, 1)}
    company = {"name": "虚构集团", "covered": "own", "control": "wholly_state", "size": "large", "affiliation": "中央"}
    with unscoped("the test's record"):
        units.keep_unit(organization=top, **company, **given)
        units.keep_unit(organization=half, name="虚构子公司", covered="own", control="state_holding", size="medium", **given)
        units.keep_unit(organization=top, name="虚构商店", covered="group", control="collective", size="micro", **given)
        units.keep_unit(organization=top, name="虚构食堂", covered="few", **given)
        Member.objects.filter(pk__in=[one.pk for one in members]).update(job_post="soe_worker")
    table = installed.table("26")
    report = Report(top, dt.date(2026, 1, 1), dt.date(2026, 11, 23))
    shown = ("total", "large_medium", "central", "unit_control.state_controlled", "unit_control.wholly_state",
        "unit_control.state_holding", "unit_control.collective_controlled", "unknown")  # fmt: skip

    def figures(code: str) -> list[int]:
        return [report.counted(table).cell(table.row(code), table.column(one)) for one in shown]

    assert figures("total") == [4, 2, 1, 2, 1, 1, 1, 1]
    assert figures("own") == [2, 2, 1, 2, 1, 1, 0, 0]
    assert figures("due") == [1, 0, 0, 0, 0, 0, 1, 0]
    assert figures("few") == [1, 0, 0, 0, 0, 0, 0, 1]
    assert figures("staff") == [2, 2, 1, 2, 1, 1, 0, 0]
    assert report.failures(table) == []
    assert [item.code for item in codes.get("unit_covered").items] == Covered.values
    assert [item.label for item in codes.get("unit_covered").items] == Covered.labels


def test_a_check_that_fails_names_organisations_and_opens_their_list(client: Client) -> None:
    """A joint branch of which somebody wrote that it joins no unit."""
    committee = make.committee()
    joint = make.organization("632", committee, name="虚构没填单位数的支部")
    make.organization("632", committee, unit_count=1)
    with unscoped("the test's record"):
        Organization.objects.filter(pk=joint.pk).update(unit_count=0)
    client.force_login(make.grant(committee, roles.PARTY_OFFICE).user)
    page = client.get(reverse("annual:table", args=["26"])).content.decode()
    assert "联合党支部数不多于联合的单位数：2 对 1，差 1" in page
    assert "看是哪 1 个" in page
    query = {"table": "26", "failure": "0"}
    listed = client.get(reverse("annual:behind_organizations"), query).content.decode()
    assert "虚构没填单位数的支部" in listed
    assert "没有通过，是下面这些记录造成的" in listed
    assert client.get(reverse("annual:behind_members"), query).status_code == 404


@pytest.mark.parametrize("of", offers(Population), ids=lambda one: one.code)
def test_whom_a_row_is_about_stands_in_the_list_that_a_failed_check_opens(of: Population) -> None:
    subjects = installed.population(of.subjects)
    assert subjects.subjects == subjects.code
    if of.behind.of == "person":
        assert of.behind.rows is subjects.behind.rows


def test_the_list_behind_a_figure_says_so_many_organisations(client: Client) -> None:
    committee = make.committee(name="虚构集团党委")
    joint = make.organization("632", committee, name="虚构联合支部", unit_count=3)
    make.post(joint, "party_worker", make.user(), starts_on=dt.date(2024, 1, 1))
    client.force_login(make.grant(committee, roles.PARTY_OFFICE).user)
    query = {"table": "24", "row": "total", "column": "org_level.branch"}
    page = client.get(reverse("annual:behind_organizations"), query).content.decode()
    assert "虚构集团党委及下级，2026年11月23日的党组织中，“党支部”的1个。表24（2017年版）。" in page
    query = {"table": "26", "row": "workers", "column": "total"}
    page = client.get(reverse("annual:behind_units"), query).content.decode()
    assert "“配备党务工作者的”的3个。" in page
    table = client.get(reverse("annual:table", args=["26"])).content.decode()
    assert table.count('<tr class="nothing">') == 11  # which the phone shows on one line each
    assert page.count("虚构联合支部") >= 1
    assert "配备党务工作者：是" not in page
