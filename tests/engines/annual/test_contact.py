"""Tables 33 to 36 and 43: counted twice for random records, and by hand."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import escape
from django.utils.http import urlencode
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

import dangjian.activities.contact
from dangjian.activities.contact.models import Away, Direction, Guest, Search
from dangjian.engines.annual import installed
from dangjian.engines.annual.queries.reports import Report
from dangjian.kernel import clock, codes
from dangjian.members.actions import account
from dangjian.members.models import Category, ChangeKind, Member
from dangjian.org import roles
from dangjian.org.actions import tree
from dangjian.org.models import Organization
from dangjian.org.unscoped import unscoped
from tests import make
from tests.engines.annual import naive, naive_contact
from tests.engines.annual.test_figures import PEOPLE, _tried

pytestmark = [pytest.mark.day("2026-11-23"), pytest.mark.django_db]
TABLES = Path(dangjian.activities.contact.__file__).parent / "tables"
FILES = {file.name[:2]: file for file in TABLES.glob("*.yaml")}
COUNTED: dict[str, Any] = {
    "33": naive_contact.away,
    "34": naive_contact.guests,
    "35": naive_contact.away,
    "36": naive_contact.returned,
    "43": naive_contact.lost,
}
DAYS = st.dates(dt.date(2020, 3, 1), dt.date(2026, 11, 23))
DIRECTIONS = ("city", "province", "other_province", "study_abroad", "abroad")
KINDS = ["away", "lost", "guest", "move", "reparent", "leave", "convert"]
EVENTS = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 29), DAYS, st.none() | DAYS), min_size=3, max_size=14)


class TestEveryCell(TestCase):
    """Cell by cell, for each table, organisation and day."""

    @settings(max_examples=8, deadline=None, phases=(Phase.generate,), suppress_health_check=list(HealthCheck))
    @given(people=st.lists(PEOPLE, min_size=2, max_size=5), events=EVENTS, days=st.lists(DAYS, min_size=1, max_size=2))
    def test_engine_and_plain_python_agree(self, people: list[Any], events: list[Any], days: list[dt.date]) -> None:
        with clock.at("2026-11-23 09:00"):
            for unit in _history(people, events):
                for day in days:
                    report = Report(unit, day.replace(month=1, day=1), day)
                    for number, counted in COUNTED.items():
                        expected = naive.figures(FILES[number], counted(unit.pk, (report.since, day)))
                        assert report.counted(installed.table(number)).figures().tolist() == expected, (number, unit, day)


def _history(people: list[dict[str, Any]], events: list[Any]) -> list[Organization]:
    committee = make.committee()
    halves = [make.general_branch(committee), make.general_branch(committee)]
    branches = [make.branch(half) for half in halves for _ in range(2)]
    members = []
    with unscoped("the test's history"):
        for place, known in enumerate(people):
            category = Category.FULL if known["converted_on"] else Category.PROBATIONARY
            member = make.member(branches[place % 4], category=category)
            Member.objects.filter(pk=member.pk).update(**known)
            members.append(Member.objects.get(pk=member.pk))
        for kind, place, day, over in sorted(events, key=lambda one: one[2]):
            _happen(kind, place, day, over if over and over >= day else None, members[place % len(members)], branches)
    return [committee, *halves, branches[0]]


def _happen(kind: str, place: int, day: dt.date, over: dt.date | None, member: Member, branches: list[Organization]) -> None:
    branch = branches[place % 4]
    if kind == "guest":
        post = ("", "soe_worker", "retired")[place % 3]
        _guest(branch, day, job_post=post, came_from=DIRECTIONS[place % 5], left_on=over, certificate="1" * (place % 2))
    elif kind == "away":
        if not Away.objects.filter(member=member, ended_on=None).exists():
            end = ("returned", "transferred", "mistake")[place % 3] if over else ""
            _go(member, DIRECTIONS[place % 5], day, ended_on=over, end=end, certificate="1" * (place % 2))
    elif kind == "lost":
        if not Search.objects.filter(member=member, state="lost").exists():
            _lose(member, day, found_on=over, state="found" if over else "lost", reason=("", "1", "5", "7")[place % 4])
    elif kind == "reparent":
        branch.refresh_from_db()
        other = Organization.objects.filter(kind="general_branch").exclude(pk=branch.parent_id)[0]
        _tried(lambda: tree.move(actor=make.SYSTEM, organization=branch, parent=other, effective_on=day))
    else:
        _tried(lambda: _of_account(kind, member, day, branch))


def _of_account(kind: str, member: Member, day: dt.date, branch: Organization) -> None:
    member.refresh_from_db()
    if member.standing != "normal":
        return
    if kind == "move":
        account.move(actor=make.SYSTEM, members=[member], to=branch, effective_on=day)
    elif kind == "leave":
        account.leave(actor=make.SYSTEM, member=member, kind=ChangeKind.DECEASED, effective_on=day)
    else:
        account.convert(actor=make.SYSTEM, member=member, effective_on=day)


def _go(member: Member, direction: str, since_on: dt.date, **more: Any) -> Away:
    found: Away = Away.objects.create(member=member, direction=direction, place="虚构市", since_on=since_on, **more)
    return found


def _lose(member: Member, lost_on: dt.date, **more: Any) -> Search:
    silent = lost_on - dt.timedelta(days=200)
    found: Search = Search.objects.create(member=member, silent_since=silent, began_on=lost_on, lost_on=lost_on, **more)
    return found


def _guest(branch: Organization, since_on: dt.date, **more: Any) -> Guest:
    given = {"name": "虚构来客", "name_sort": "xu", "home": "虚构村党支部", "came_from": "city", **more}
    found: Guest = Guest.objects.create(organization=branch, since_on=since_on, **given)
    return found


def _of(report: Report, number: str, *, row: str = "total") -> dict[str, int]:
    """A row of a table, the columns that count somebody."""
    table = installed.table(number)
    cells = {column.code: report.counted(table).cell(table.row(row), column) for column in table.columns}
    return {code: figure for code, figure in cells.items() if figure}


def _people(branch: Organization, number: int, **known: Any) -> list[Member]:
    members = [make.member(branch) for _ in range(number)]
    Member.objects.filter(pk__in=[one.pk for one in members]).update(job_post="soe_worker", **known)
    return members


def test_directions_are_those_that_are_registered() -> None:
    listed = {item.code: item.label for item in codes.get("away_direction").items if item.parent}
    assert listed == dict(Direction.choices)


YEAR = (dt.date(2026, 1, 1), dt.date(2026, 11, 23))


def test_who_is_away_by_hand() -> None:
    """One in another province since last year with a certificate, one in the city who is back, one registered by mistake."""
    committee = make.committee()
    branch = make.branch(committee)
    with unscoped("the test's records"):
        one, back, wrong, abroad = _people(branch, 4)
        _go(one, "other_province", dt.date(2025, 5, 1), certificate="虚构活动证1号")
        _go(back, "city", dt.date(2026, 2, 1), ended_on=dt.date(2026, 6, 1), end="returned")
        _go(wrong, "city", dt.date(2026, 2, 1), ended_on=dt.date(2026, 6, 1), end="mistake")
        _go(abroad, "abroad", dt.date(2026, 2, 1))
        _guest(branch, dt.date(2026, 3, 1), job_post="retired")
        _guest(branch, dt.date(2026, 3, 1), left_on=dt.date(2026, 4, 1))
    report = Report(committee, *YEAR)
    assert _of(report, "33") == {"total": 1, "skilled": 1}
    assert _of(report, "33", row="certificate") == {"total": 1, "skilled": 1}
    assert _of(report, "33", row="city") == {}
    assert _of(Report(committee, YEAR[0], dt.date(2026, 5, 31)), "33", row="city") == {"total": 1, "skilled": 1}
    assert _of(report, "34", row="city") == {"total": 1, "other": 1}
    assert [report.failures(installed.table(number)) for number in ("33", "34")] == [[], []]


def test_abroad_and_back_by_hand() -> None:
    """One studies abroad since last year, one went this year, one came back from studying in July, by then in another branch."""
    committee = make.committee()
    before, now = make.general_branch(committee), make.general_branch(committee)
    with unscoped("the test's records"):
        known = {"birth_on": dt.date(1995, 3, 1), "joined_on": dt.date(2016, 6, 1)}
        one, other, back = _people(make.branch(before), 3, **known)
        _go(one, "study_abroad", dt.date(2025, 9, 1))
        _go(other, "abroad", dt.date(2026, 8, 1))
        _go(back, "study_abroad", dt.date(2024, 9, 1), ended_on=dt.date(2026, 7, 5), end="returned")
        account.move(actor=make.SYSTEM, members=[back], to=make.branch(now), effective_on=dt.date(2026, 7, 1))
    report = Report(committee, *YEAR)
    whole = {"total": 2, "half_year": 1, "study": 1, "elsewhere": 1}
    assert [_of(report, "35", row=row) for row in ("total", "young", "joined_on.since_2012_11", "skilled")] == [whole] * 4
    assert _of(report, "35", row="went") == {"total": 1, "elsewhere": 1}
    assert _of(Report(committee, dt.date(2025, 1, 1), dt.date(2025, 12, 31)), "35") == {"total": 2, "half_year": 1, "study": 2}
    assert [_of(Report(unit, *YEAR), "36") for unit in (committee, before, now)] == [BACK, {}, BACK]
    assert [report.failures(installed.table(number)) for number in ("35", "36")] == [[], []]


BACK = {"total": 1, "full": 1}


def test_out_of_contact_by_hand() -> None:
    """Two were recorded; with one there is contact again since October. A search without that decision counts nobody."""
    committee = make.committee()
    branch = make.branch(committee)
    with unscoped("the test's records"):
        known = {"sex": "2", "ethnicity": "01", "birth_on": dt.date(1980, 1, 1), "education": codes.get("education").find("大专")}
        lost, found, searched = _people(branch, 3, **known)
        _lose(lost, dt.date(2026, 8, 1), state="lost", reason="1")
        _lose(found, dt.date(2026, 8, 1), state="found", found_on=dt.date(2026, 10, 1), reason="7")
        Search.objects.create(member=searched, silent_since=dt.date(2026, 1, 1), began_on=dt.date(2026, 7, 1))
    report = Report(committee, *YEAR)
    alone = {"total", "women", "age.46_60", "party_age.11_20", "college", "months_lost.m6_11", "lost_reason.1"}
    assert _of(report, "43") == dict.fromkeys(alone, 1)
    assert _of(Report(committee, YEAR[0], dt.date(2026, 9, 30)), "43")["total"] == 2
    assert report.failures(installed.table("43")) == []


def test_the_list_behind_a_figure_leads_to_what_was_registered(client: Client) -> None:
    committee = make.committee(name="虚构集团党委")
    with unscoped("the test's records"):
        one, nowhere = _people(make.branch(committee), 2)
        gone = _go(one, "province", dt.date(2026, 3, 1))
        Member.objects.filter(pk=nowhere.pk).update(job_post="")
        _go(nowhere, "province", dt.date(2026, 4, 1))
    client.force_login(make.grant(committee, roles.PARTY_OFFICE).user)
    query = {"table": "33", "row": "province", "column": "skilled"}
    page = client.get(reverse("annual:behind_away"), query).content.decode()
    assert "2026年11月23日登记在外的党员中，“省内跨市流动”、“工勤技能人员”的1名。" in page
    assert reverse("contact:away_one", args=[gone.pk]) in page
    assert "看是哪 1 名，补全“工作岗位”" in client.get(reverse("annual:table", args=["33"])).content.decode()
    page = client.get(reverse("annual:behind_members"), {"table": "33", "failure": "0"}).content.decode()
    assert nowhere.name in page
    assert one.name not in page
    # The form that mends it is there, and leads back to the list, where nobody is left afterwards.
    address = reverse("annual:behind_members") + "?table=33&failure=0"
    form = f"{reverse('members:edit', args=[nowhere.pk])}?{urlencode({'back': address})}"
    assert form in page
    assert f'href="{escape(address)}"' in client.get(form).content.decode()
    with unscoped("the test's records"):
        Member.objects.filter(pk=nowhere.pk).update(job_post="soe_worker")
    assert "这处不平已经没有了" in client.get(address).content.decode()
