"""Figures of large organisations are read by the background beforehand: pages say how old they are and never wait."""

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from dangjian.accounts.models import Event, User
from dangjian.engines.annual import installed
from dangjian.engines.annual.actions import submissions
from dangjian.engines.annual.actions.gatherings import carry_out, gather, large_organizations
from dangjian.engines.annual.jobs import gather_all
from dangjian.engines.annual.models import FrozenReport, GatheredColumn, Gathering, State
from dangjian.engines.annual.queries.breakdowns import read
from dangjian.engines.annual.queries.frozen import Frozen, differences
from dangjian.engines.annual.queries.gatherings import NotGathered
from dangjian.engines.annual.queries.reports import Report
from dangjian.engines.annual.queries.submissions import submission_of
from dangjian.kernel import clock
from dangjian.kernel.errors import Conflict, NotFound
from dangjian.kernel.periods import YEAR, Span
from dangjian.kernel.rulebook.installed import forget
from dangjian.members.models import Member
from dangjian.org.making import Making
from dangjian.org.unscoped import unscoped
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.day("2027-01-05")]
YEAR_2026 = Span(YEAR, dt.date(2026, 1, 1))
LAST, TODAY = dt.date(2026, 12, 31), dt.date(2027, 1, 5)
WOMEN: dict[str, str | int] = {"table": "2", "row": "total", "column": "women"}


@pytest.fixture(autouse=True)
def _many_is_two(settings: Any) -> Iterator[None]:
    """More than one branch is too many to be read while a page waits."""
    settings.DANGJIAN_RULE_SETTINGS = {**settings.DANGJIAN_RULE_SETTINGS, "stat.gather.branches": 1}
    forget()
    yield
    settings.DANGJIAN_RULE_SETTINGS = {
        key: value for key, value in settings.DANGJIAN_RULE_SETTINGS.items() if key != "stat.gather.branches"
    }
    forget()


class House:
    """A committee with two branches, and who keeps the records of each."""

    def __init__(self) -> None:
        self.committee = make.committee(name="虚构集团党委")
        self.first = make.branch(self.committee, name="虚构一支部")
        self.second = make.branch(self.committee, name="虚构二支部")
        self.woman: Member = make.member(self.first, "慕容虚构", sex="2", birth_on=dt.date(1990, 5, 1), education="21")
        make.member(self.second, "东郭虚构", sex="1", birth_on=dt.date(1980, 5, 1), education="21")
        units = (self.first, self.second, self.committee)
        self.secretaries = {one.pk: make.post(one, "secretary", make.user()).user for one in units}

    @property
    def secretary(self) -> User:
        return self.secretaries[self.committee.pk]

    @property
    def actor(self) -> Any:
        return make.actor(self.secretary)

    @property
    def client(self) -> Client:
        client = Client()
        client.force_login(self.secretary, backend="dangjian.accounts.backends.AccountBackend")
        return client

    def gathered(self, until: dt.date) -> Gathering:
        row = gather(actor=self.actor, organization=self.committee, until=until)
        carry_out(pk=row.pk)
        with unscoped("the test looks at what was gathered"):
            return Gathering.objects.get(pk=row.pk)

    def ready(self, until: dt.date) -> Report:
        return Report.ready(self.committee, until.replace(month=1, day=1), until)

    def page(self, name: str, *args: object, **asked: str | int) -> str:
        query: dict[str, str | int] = {"organization": self.committee.pk, "day": TODAY.isoformat(), **asked}
        return str(self.client.get(reverse(name, args=args), query).content.decode())


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture
def open_scope() -> Iterator[None]:
    with unscoped("the test looks at figures"):
        yield


def put_right(member: Member, **changed: Any) -> None:
    with unscoped("the test writes what somebody put right"):
        Member.objects.filter(pk=member.pk).update(**changed)


def women(report: Report) -> int:
    table = report.table("2")
    return report.counted(table).cell(table.row("total"), table.column("women"))


@pytest.mark.usefixtures("open_scope")
def test_every_figure_and_every_check_is_that_of_the_living_records(house: House) -> None:
    house.gathered(LAST)
    gathered, living = house.ready(LAST), Report(house.committee, *YEAR_2026.days)
    assert gathered.gathering is not None
    for table in living.tables.values():
        assert gathered.figures(table).tolist() == living.figures(table).tolist()
        assert gathered.failures(table) == living.failures(table)
        assert gathered.kept_of(table)
    assert not gathered.read, "a page of figures reads no rows"


@pytest.mark.usefixtures("open_scope")
def test_figures_are_counted_anew_once_a_table_is_defined_otherwise(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    row = house.gathered(LAST)
    put = json.loads(row.content)
    put["tables"]["2"]["figures"][0][0] += 1
    Gathering.objects.filter(pk=row.pk).update(content=json.dumps(put))
    table = house.ready(LAST).table("2")
    assert house.ready(LAST).figures(table)[0, 0] == 3
    monkeypatch.setattr(installed, "fingerprint", lambda: "another")
    assert house.ready(LAST).figures(table)[0, 0] == 2


@pytest.mark.usefixtures("open_scope")
def test_failed_checks_are_kept_with_whoever_makes_them_fail(house: House) -> None:
    put_right(house.woman, education="")
    house.gathered(LAST)
    gathered, living = house.ready(LAST), Report(house.committee, *YEAR_2026.days)
    found = [one for table in living.tables.values() for one in gathered.failures(table)]
    assert found == [one for table in living.tables.values() for one in living.failures(table)]
    assert (house.woman.pk,) in [one.persons for one in found]


@pytest.mark.usefixtures("open_scope")
def test_small_organisations_are_counted_as_they_stand(house: House) -> None:
    assert Report.ready(house.first, *YEAR_2026.days).gathering is None
    with pytest.raises(NotGathered):
        house.ready(LAST)


def test_a_page_without_figures_offers_to_gather_them_and_shows_how_far_that_is(house: House) -> None:
    for name, args in (("annual:tables", ()), ("annual:table", ("2",)), ("annual:brief", ()), ("annual:ask", ())):
        assert "的数字还没有汇总" in house.page(name, *args)
    answer = house.client.post(reverse("annual:gather", args=[house.committee.pk]), {"day": TODAY.isoformat()}, follow=True)
    page = answer.content.decode()
    assert "数字在后台汇总" in page
    assert 'role="status"' in page
    with unscoped("the test looks at what was asked for"):
        (row,) = Gathering.objects.all()
        assert Event.objects.filter(verb="annual.gathering_asked").count() == 1
    again = gather(actor=house.actor, organization=house.committee, until=TODAY)
    assert again.pk == row.pk
    part = house.client.get(reverse("annual:gathering_progress", args=[row.pk]), headers={"HX-Request": "true"})
    assert "HX-Refresh" not in part.headers
    carry_out(pk=row.pk)
    part = house.client.get(reverse("annual:gathering_progress", args=[row.pk]), headers={"HX-Request": "true"})
    assert part.headers["HX-Refresh"] == "true"
    assert "数据截至" in house.page("annual:tables")


def test_the_page_says_how_old_its_figures_are_and_keeps_them_until_there_are_new_ones(house: House) -> None:
    house.gathered(TODAY)
    put_right(house.woman, sex="1")
    assert "慕容虚构" in house.page("annual:behind_members", **WOMEN)
    gather(actor=house.actor, organization=house.committee, until=TODAY)
    page = house.page("annual:table", "2")
    assert "数据截至" in page
    assert "正在重新汇总" in page
    with unscoped("the test carries out what waits"):
        carry_out(pk=Gathering.objects.get(state=Making.WAITING).pk)
        assert Gathering.objects.count() == 1
        assert women(house.ready(TODAY)) == 0
    assert "正在重新汇总" not in house.page("annual:table", "2")


@pytest.mark.usefixtures("open_scope")
def test_what_was_gathered_yesterday_is_shown_as_yesterdays(house: House) -> None:
    house.gathered(TODAY)
    with clock.at("2027-01-06 09:00"):
        tomorrow = TODAY + dt.timedelta(days=1)
        assert house.ready(tomorrow).until == TODAY
        assert "2027年1月5日" in house.page("annual:tables", day=tomorrow.isoformat())
        with pytest.raises(NotGathered):
            house.ready(LAST)
        house.gathered(tomorrow)
        assert house.ready(tomorrow).until == tomorrow
        assert Gathering.objects.count() == 1


def test_a_question_of_ones_own_is_answered_from_what_was_gathered(house: House) -> None:
    house.gathered(TODAY)
    put_right(house.woman, sex="1")
    asked = {"of": "members", "down": "sex", "across": "below"}
    page = house.page("annual:ask", **asked)
    assert "数据截至" in page
    with unscoped("the test looks for the row of the women"):
        table = read(asked, "members", house.committee, TODAY.replace(month=1, day=1), TODAY).table
    row = next(line.code for line in table.rows if line.title.startswith("女"))
    behind = house.page("annual:behind_members", **asked, row=row, column=table.columns[0].code)
    assert "慕容虚构" in behind


def test_a_report_keeps_what_was_gathered_and_holds_it_as_long_as_it_stands(house: House) -> None:
    for unit in (house.first, house.second):
        keeper = make.actor(house.secretaries[unit.pk])
        submissions.submit(actor=keeper, submission=submission_of(unit, YEAR_2026), note="虚构说明")
        submissions.accept(actor=house.actor, submission=submission_of(unit, YEAR_2026))
    page = house.client.get(reverse("annual:submission", args=[house.committee.pk, "2026"])).content.decode()
    assert "的数字还没有汇总" in page
    where = reverse("annual:submission", args=[house.committee.pk, "2026"])
    assert f"?back={quote(where, safe='')}" in page
    gather_there = reverse("annual:gather", args=[house.committee.pk])
    answer = house.client.post(f"{gather_there}?back={quote(where)}", {"day": "2026-12-31"})
    assert answer.headers["Location"] == where
    answer = house.client.post(f"{gather_there}?back=//example.com/", {"day": "2026-12-31"})
    assert "example" not in answer.headers["Location"]
    with pytest.raises(NotGathered):
        submissions.submit(actor=house.actor, submission=submission_of(house.committee, YEAR_2026), note="虚构说明")
    house.gathered(LAST)
    with clock.at("2027-01-07 09:00"), pytest.raises(Conflict, match="以后的办理不在内"):
        submissions.submit(actor=house.actor, submission=submission_of(house.committee, YEAR_2026), note="虚构说明")
    assert not submission_of(house.committee, YEAR_2026).pk
    done = submissions.submit(actor=house.actor, submission=submission_of(house.committee, YEAR_2026), note="虚构说明")
    assert done.state == State.SUBMITTED
    put_right(house.woman, sex="1")
    house.gathered(LAST)
    with unscoped("the test looks at what was put away"):
        kept = Frozen.of(FrozenReport.objects.get(pk=done.report_id))
        assert (women(kept), women(house.ready(LAST))) == (1, 0)
        assert [one.now for one in differences(kept, house.ready(LAST)) if (one.table.code, one.column.code) == ("2", "women")]
        assert Gathering.objects.count() == 2
    asked = {**WOMEN, "kept": done.report_id}
    assert "慕容虚构" in house.page("annual:behind_members", **asked)
    assert "慕容虚构" in house.page("annual:behind_members", **asked, changed=1)


def test_nothing_that_names_anybody_lies_readable(house: House) -> None:
    house.gathered(TODAY)
    with unscoped("the test looks at what lies in the database"):
        column = GatheredColumn._meta.get_field("content").column
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {column} FROM {GatheredColumn._meta.db_table}")
            stored = [row[0] for row in cursor.fetchall()]
        opened = [one.content for one in GatheredColumn.objects.all()]
    assert all(one.startswith("k1:") for one in stored)
    assert not any("虚构" in one for one in opened)


def test_the_night_gathers_all_large_organisations_once_and_clears_away(house: House) -> None:
    with unscoped("the test looks at what the night has done"):
        assert [one.pk for one in large_organizations()] == [house.committee.pk]
        gather_all()
        gather_all()
        assert [(one.organization_id, one.until, one.state) for one in Gathering.objects.all()] == [
            (house.committee.pk, TODAY, Making.READY)
        ]
        with clock.at("2027-01-20 03:00"):
            gather_all()
            assert [one.until for one in Gathering.objects.all()] == [dt.date(2027, 1, 20)]


def test_nobody_gathers_what_is_not_theirs_or_need_not_be(house: House) -> None:
    with pytest.raises(NotFound):
        gather(actor=make.actor(house.secretaries[house.first.pk]), organization=house.committee, until=TODAY)
    with pytest.raises(Conflict, match="随时算出"):
        gather(actor=house.actor, organization=house.first, until=TODAY)
    with unscoped("the test looks that nothing was written"):
        assert not Gathering.objects.exists()


def test_a_gathering_that_fails_says_why_and_what_was_there_stays(house: House) -> None:
    house.gathered(TODAY)
    with clock.at("2027-01-05 12:00"):
        row = gather(actor=house.actor, organization=house.committee, until=TODAY)
        with unscoped("the test takes away the office of whoever asked"):
            User.objects.filter(pk=house.secretary.pk).update(is_active=False)
        carry_out(pk=row.pk)
        with unscoped("the test looks at what came of it"):
            failed = Gathering.objects.get(pk=row.pk)
            assert failed.state == Making.FAILED
            assert failed.failure
            assert women(house.ready(TODAY)) == 1
