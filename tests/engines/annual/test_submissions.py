"""Reports go upwards, are kept as they were, and say what has changed since."""

import datetime as dt
import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from dangjian.accounts.models import Event, User
from dangjian.engines.annual.actions import submissions as actions
from dangjian.engines.annual.models import FrozenReport, State, Submission
from dangjian.engines.annual.queries.frozen import Difference, Frozen, differences
from dangjian.engines.annual.queries.reports import Report
from dangjian.engines.annual.queries.submissions import due_on, is_owed, spans, submission_of
from dangjian.engines.duties.actions.refresh import refresh
from dangjian.engines.duties.models import Duty
from dangjian.kernel import clock
from dangjian.kernel.actor import SystemActor
from dangjian.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied
from dangjian.kernel.periods import HALF_YEAR, YEAR, Span
from dangjian.members.models import Member
from dangjian.org.models import Organization
from dangjian.org.unscoped import unscoped
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.day("2027-01-05")]
YEAR_2026 = Span(YEAR, dt.date(2026, 1, 1))


class House:
    """A committee, a general branch with two branches, and who keeps the records of each."""

    def __init__(self) -> None:
        self.committee = make.committee(name="虚构集团党委")
        self.general_branch = make.general_branch(self.committee, name="虚构第一总支")
        self.first = make.branch(self.general_branch, name="虚构一支部")
        self.second = make.branch(self.general_branch, name="虚构二支部")
        self.member: Member = make.member(self.first, "慕容虚构", sex="2", birth_on=dt.date(1990, 5, 1), education="21")
        make.member(self.second, "东郭虚构", sex="1", birth_on=dt.date(1980, 5, 1), education="21")
        self.keepers = {one.pk: make.post(one, "secretary", make.user()).user for one in self.units}

    @property
    def units(self) -> tuple[Organization, ...]:
        return self.first, self.second, self.general_branch, self.committee

    def keeper(self, unit: Organization) -> User:
        return self.keepers[unit.pk]

    def submit(self, unit: Organization, note: str = "虚构说明") -> Submission:
        return actions.submit(actor=make.actor(self.keeper(unit)), submission=of(unit), note=note)

    def accept(self, unit: Organization) -> Submission:
        assert unit.parent
        return actions.accept(actor=make.actor(self.keeper(unit.parent)), submission=of(unit))

    def client(self, unit: Organization) -> Client:
        client = Client()
        client.force_login(self.keeper(unit), backend="dangjian.accounts.backends.AccountBackend")
        return client


@pytest.fixture
def house() -> House:
    return House()


def of(unit: Organization) -> Submission:
    return submission_of(unit, YEAR_2026)


def kept_of(unit: Organization) -> Frozen:
    with unscoped("the test looks at what was put away"):
        return Frozen.of(FrozenReport.objects.select_related("organization").get(pk=of(unit).report_id))


def now_of(unit: Organization) -> Report:
    return Report(unit, *YEAR_2026.days)


def women(report: Report) -> int:
    table = report.table("2")
    return report.counted(table).cell(table.row("total"), table.column("women"))


def put_right(member: Member, **changed: Any) -> None:
    with unscoped("the test writes what somebody put right"):
        Member.objects.filter(pk=member.pk).update(**changed)


def test_each_level_waits_for_those_below_and_the_figures_add_up(house: House) -> None:
    with pytest.raises(Conflict, match="虚构一支部、虚构二支部的报表还没有接收"):
        house.submit(house.general_branch)
    for unit in (house.first, house.second):
        house.submit(unit)
    with pytest.raises(Conflict, match="还没有接收"):
        house.submit(house.general_branch)
    assert not of(house.general_branch).pk
    actor = make.actor(house.keeper(house.general_branch))
    assert len(actions.accept_below(actor=actor, submission=of(house.general_branch))) == 2
    house.submit(house.general_branch)
    house.accept(house.general_branch)
    house.submit(house.committee)
    assert [of(unit).state for unit in house.units] == [State.ACCEPTED] * 3 + [State.SUBMITTED]
    total = [kept.figures(kept.table("2"))[0, 0] for kept in map(kept_of, house.units)]
    assert total == [1, 1, 2, 2]


def test_what_was_confirmed_stays_and_later_corrections_are_differences(house: House) -> None:
    house.submit(house.first)
    assert list(differences(kept_of(house.first), now_of(house.first))) == []
    put_right(house.member, sex="1")
    kept = kept_of(house.first)
    assert (women(kept), women(now_of(house.first))) == (1, 0)
    found = [one for one in differences(kept, now_of(house.first)) if one.table.code == "2"]
    assert ("total", "women", 1, 0) in [(one.row.code, one.column.code, one.then, one.now) for one in found]

    client, unit = house.client(house.first), house.first
    page = client.get(reverse("annual:submission", args=[unit.pk, "2026"])).content.decode()
    assert f"现在有 {len(list(differences(kept, now_of(unit))))} 个数字和上报时不一样" in page
    asked = {"kept": kept.kept.pk, "table": "2", "row": "total", "column": "women"}
    behind = client.get(reverse("annual:behind_members"), asked).content.decode()
    assert "慕容虚构" in behind
    changed = client.get(reverse("annual:behind_members"), {**asked, "changed": 1}).content.decode()
    assert "慕容虚构" in changed
    assert "上报时计入" in changed
    assert '<a href="?' not in client.get(reverse("annual:table", args=["2"]), asked).content.decode().partition("核对")[0]


def test_the_list_behind_a_kept_figure_opens_after_its_people_have_gone(house: House) -> None:
    house.submit(house.first)
    with unscoped("the test moves somebody in the record"):
        Member.objects.filter(pk=house.member.pk).update(branch=house.second)
    asked = {"kept": of(house.first).report_id, "table": "2", "row": "total", "column": "total"}
    page = house.client(house.first).get(reverse("annual:behind_members"), asked).content.decode()
    assert "慕容虚构" in page


def test_no_name_lies_in_what_is_kept_and_nothing_of_it_in_clear(house: House) -> None:
    house.submit(house.first)
    content = kept_of(house.first).kept.content
    assert house.member.name not in content
    assert {one["population"] for one in json.loads(content)["cuts"]} >= {"members", "changes"}
    with connection.cursor() as cursor:
        cursor.execute("SELECT content FROM annual_frozenreport")
        ((stored,),) = cursor.fetchall()
    assert "members" not in stored
    assert stored.startswith("k1:")


def test_a_check_that_does_not_hold_is_explained_or_nothing_is_written(house: House) -> None:
    put_right(house.member, education="")
    with pytest.raises(Invalid, match=r"核对不平：.*表4"):
        house.submit(house.first, note="  ")
    assert not of(house.first).pk
    with unscoped("the test counts"):
        assert not FrozenReport.objects.exists()
        assert not Event.objects.filter(verb="annual.submitted").exists()
    assert house.submit(house.first, note="档案正在查找").note == "档案正在查找"


@pytest.mark.day("2026-12-31")
def test_a_period_that_is_not_over_is_not_reported(house: House) -> None:
    with pytest.raises(Conflict, match="统计期还没有结束"):
        house.submit(house.first)


def test_sent_back_it_is_reported_again_and_both_are_kept(house: House) -> None:
    house.submit(house.first)
    superior = make.actor(house.keeper(house.general_branch))
    with pytest.raises(Invalid, match="请写明原因"):
        actions.send_back(actor=superior, submission=of(house.first), reason=" ")
    assert of(house.first).state == State.SUBMITTED
    actions.send_back(actor=superior, submission=of(house.first), reason="学历不全")
    assert (of(house.first).state, of(house.first).reason) == (State.RETURNED, "学历不全")
    house.submit(house.first)
    assert (of(house.first).state, of(house.first).reason) == (State.SUBMITTED, "")
    with unscoped("the test counts"):
        assert FrozenReport.objects.filter(organization=house.first).count() == 2


def test_what_has_gone_further_up_is_not_sent_back_below(house: House) -> None:
    for unit in (house.first, house.second):
        house.submit(unit)
        house.accept(unit)
    house.submit(house.general_branch)
    superior = make.actor(house.keeper(house.general_branch))
    with pytest.raises(Conflict, match="已经上报，下级的不能再退回"):
        actions.send_back(actor=superior, submission=of(house.first), reason="学历不全")
    actions.take_back(actor=superior, submission=of(house.general_branch), reason="一支部要更正")
    actions.send_back(actor=superior, submission=of(house.first), reason="学历不全")
    assert of(house.first).state == State.RETURNED


def test_it_is_taken_back_until_the_superior_has_accepted(house: House) -> None:
    house.submit(house.first)
    own = make.actor(house.keeper(house.first))
    actions.take_back(actor=own, submission=of(house.first), reason="写错了")
    assert of(house.first).state == State.TAKEN_BACK
    house.submit(house.first)
    house.accept(house.first)
    with pytest.raises(Conflict, match="上级已经接收"):
        actions.take_back(actor=own, submission=of(house.first), reason="写错了")


def test_nobody_reports_or_accepts_for_others(house: House) -> None:
    with pytest.raises(NotFound):
        actions.submit(actor=make.actor(house.keeper(house.second)), submission=of(house.first), note="虚构说明")
    house.submit(house.first)
    for unit in (house.first, house.second):
        with pytest.raises((NotFound, PermissionDenied)):
            actions.accept(actor=make.actor(house.keeper(unit)), submission=of(house.first))
    asked = {"kept": of(house.first).report_id}
    for name in ("annual:tables", "annual:book"):
        assert house.client(house.second).get(reverse(name), asked).status_code == 404
        assert house.client(house.general_branch).get(reverse(name), asked).status_code == 200


def test_whoever_has_not_confirmed_has_it_on_the_list(house: House) -> None:
    refresh(actor=SystemActor("the morning"))
    owed = open_duties()
    assert {(rule, pk) for rule, pk, _ in owed} == {
        ("annual.year.branch", house.first.pk),
        ("annual.year.branch", house.second.pk),
        ("annual.year.general_branch", house.general_branch.pk),
        ("annual.year.committee", house.committee.pk),
    }
    assert {due for rule, _, due in owed if rule == "annual.year.branch"} == {dt.date(2027, 1, 10)}
    house.submit(house.first)
    assert house.first.pk not in {pk for _, pk, _ in open_duties()}
    actions.send_back(actor=make.actor(house.keeper(house.general_branch)), submission=of(house.first), reason="学历不全")
    assert house.first.pk in {pk for _, pk, _ in open_duties()}


def open_duties() -> list[tuple[str, int, dt.date]]:
    with unscoped("the test looks at the lists"):
        rows = Duty.objects.filter(rule__startswith="annual.", state="open", opens_on__lte=clock.today())
        return list(rows.values_list("rule", "organization_id", "due_on"))


def test_years_and_first_half_years_are_reported_from_when_the_platform_does_it() -> None:
    with clock.at("2027-07-02 08:00"):
        assert [one.code for one in spans()[:3]] == ["2027-H1", "2026", "2026-H1"]
        half = Span(HALF_YEAR, dt.date(2027, 1, 1))
        assert is_owed(half)
        assert due_on(half, "branch") == dt.date(2027, 7, 10)
    assert not is_owed(Span(HALF_YEAR, dt.date(2026, 1, 1)))
    assert not is_owed(Span(HALF_YEAR, dt.date(2027, 7, 1)))
    assert not is_owed(Span(YEAR, dt.date(2025, 1, 1)))
    assert is_owed(YEAR_2026)


def test_a_difference_needs_a_line_that_both_have(house: House) -> None:
    house.submit(house.first)
    kept, now = kept_of(house.first), now_of(house.first)
    put_right(house.member, sex="1")
    now.tables = {code: table for code, table in now.tables.items() if code != "2"}
    assert all(isinstance(one, Difference) and one.table.code != "2" for one in differences(kept, now))
