"""Units: what their record holds, who may change it, what is called after them and how they are counted."""

import datetime as dt
from typing import Any

import pytest

from dangjian.accounts.models import Event
from dangjian.engines.annual import installed
from dangjian.engines.annual.queries.reports import Report
from dangjian.kernel import clock
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.org import roles
from dangjian.org.actions import tree, units
from dangjian.org.models import Organization, Unit
from dangjian.org.unit_queries import in_sight
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.meetings.pages import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.day("2026-12-01")]

CODE = "91440000MA00000015"


def kept(organization: Organization, **more: Any) -> Unit:
    given = {"name": "虚构机电公司", "covered": "own", "since_on": dt.date(2026, 1, 1), **more}
    return units.keep_unit(actor=make.SYSTEM, organization=organization, **given)


def test_what_is_wrong_is_said_at_its_field() -> None:
    top = make.committee()
    with pytest.raises(Invalid) as refused:
        kept(
            top,
            name=" ",
            credit_code="91440000MA00000016",
            nature="9",
            covered="joint",
            staff=3,
            workers=4,
            since_on=dt.date(2027, 1, 1),
        )
    assert sorted(refused.value.fields) == ["covered", "credit_code", "name", "nature", "since_on", "workers"]
    assert "应为“5”" in refused.value.fields["credit_code"]


def test_a_credit_code_stands_once() -> None:
    top = make.committee()
    first = kept(top, credit_code=CODE)
    with pytest.raises(Conflict, match="已经登记过"):
        kept(make.branch(top), credit_code=CODE)
    units.end_unit(actor=make.SYSTEM, unit=first, ended_on=dt.date(2026, 11, 30))
    assert kept(make.branch(top), credit_code=CODE).pk


def test_one_organisation_is_set_up_for_one_unit() -> None:
    top = make.committee()
    kept(top)
    with pytest.raises(Conflict, match="已经是“虚构机电公司”单独建立的党组织"):
        kept(top, name="虚构电气公司")
    kept(top, name="虚构电气公司", covered="few")


def test_organisations_are_called_after_their_unit() -> None:
    top = make.committee()
    branch = make.branch(top)
    unit = kept(top)
    with unscoped("test"):
        assert list(in_sight(branch)) == [unit]
        tree.correct_details(actor=make.SYSTEM, organization=branch, unit=unit, unit_name="")
    units.change_unit(actor=make.SYSTEM, unit=unit, name="虚构机电有限公司")
    with unscoped("test"):
        branch.refresh_from_db()
        assert (branch.unit, branch.unit_name) == (unit, "虚构机电有限公司")
    before = Event.objects.count()
    units.change_unit(actor=make.SYSTEM, unit=unit, name="虚构机电有限公司")
    assert Event.objects.count() == before


def test_a_unit_of_elsewhere_is_not_in_sight() -> None:
    top = make.committee()
    one, other = make.general_branch(top), make.general_branch(top)
    kept(one)
    with unscoped("test"):
        assert not in_sight(other).exists()


def test_units_on_record_are_counted_on_their_days() -> None:
    top = make.committee(location_kind="legal_entity")
    joint = make.organization("632", top, unit_count=5)
    with unscoped("test"):
        kept(top, nature="21")
        for name in ("虚构甲店", "虚构乙店"):
            kept(joint, name=name, covered="joint", since_on=dt.date(2026, 6, 1))
        kept(joint, name="虚构丙店", covered="due")
        table = installed.table("26")

        def counted(day: dt.date) -> list[int]:
            report = Report(top, day.replace(month=1, day=1), day).counted(table)
            return [report.cell(table.row(code), table.columns[0]) for code in ("total", "own", "joint", "none")]

        assert counted(dt.date(2026, 12, 1)) == [4, 1, 2, 1]
        assert counted(dt.date(2026, 5, 1)) == [7, 1, 5, 1], "before they were on record, as the organisation says"


def test_an_organisation_chooses_its_unit_on_its_page() -> None:
    top = make.committee(name="虚构集团党委")
    branch = make.branch(top)
    unit = kept(top)
    client = signed_in(make.grant(top, roles.PARTY_OFFICE).user)
    page = client.get(f"/org/{branch.pk}/edit/")
    assert "不在单位信息里，写在下面" in page.content.decode()
    form = page.context["form"]
    shown = {name: form[name].value() for name in form.fields}
    sent = {name: "" if value is None else value for name, value in shown.items()} | {"unit": unit.pk, "unit_count": 1}
    client.post(f"/org/{branch.pk}/edit/", {**sent, "step": "confirm"})
    with unscoped("test"):
        branch.refresh_from_db()
    assert branch.unit_name == "虚构机电公司"


def test_a_unit_is_kept_changed_and_ended_on_its_pages() -> None:
    top = make.committee(name="虚构集团党委")
    client = signed_in(make.grant(top, roles.PARTY_OFFICE).user)
    sent = {
        "organization": top.pk,
        "name": "虚构机电公司",
        "covered": "own",
        "since_on": "2020-01-01",
        "staff": "30",
        "has_union": "1",
    }
    assert client.post("/org/units/new/", sent).status_code == 302
    with unscoped("test"):
        unit = Unit.objects.get()
    assert (unit.staff, unit.has_union, unit.is_legal_entity) == (30, True, None)
    assert "虚构机电公司" in client.get("/org/units/").content.decode()
    assert "虚构机电公司" not in client.get("/org/units/?state=ended").content.decode()
    page = client.get(f"/org/units/{unit.pk}/").content.decode()
    assert "单独建立党组织" in page
    assert clock.today() == dt.date(2026, 12, 1)
