"""The staff list of human resources: members' work comes from there, and of everybody else nothing is kept."""

import io
from typing import Any

import pytest

from dangjian.engines.exchange import actions, payload
from dangjian.engines.exchange.models import (
    Delivery,
    Difference,
    ImportBatch,
    ImportRow,
    OutsideSystem,
    SheetTemplate,
    State,
    SystemKind,
    TemplateVersion,
)
from dangjian.kernel import spreadsheets
from dangjian.members.actions.record import update_record
from dangjian.members.forms import RecordForm
from dangjian.members.models import Member
from dangjian.members.sheets.staff.columns import has_left, party_of
from dangjian.org.gate import admitted
from dangjian.org.known_offers import known_items
from dangjian.org.unscoped import unscoped
from tests import make
from tests.engines.exchange.test_comparing import compared as compared_file
from tests.importing import Enterprise
from tests.members.sheets.people import person, resident_id

BRANCH = "机电党支部"
HEADERS = ("姓名", "员工编码", "身份证号", "部门", "岗位", "用工状态", "政治面貌", "手机")


def staff(*rows: dict[str, Any]) -> io.BytesIO:
    columns = [spreadsheets.Column(header) for header in HEADERS]
    return spreadsheets.write(columns, [[row.get(header) for header in HEADERS] for row in rows], title="人员名单")


def somebody(place: int, **changes: Any) -> dict[str, Any]:
    known = {
        "姓名": f"虚构{place}号",
        "员工编码": f"90{place:04d}",
        "部门": "检修车间",
        "用工状态": "在岗",
        "政治面貌": "中共党员",
    }
    return {**known, **changes}


@pytest.fixture
def system(enterprise: Enterprise) -> OutsideSystem:
    """Three members with employee numbers, and the human-resources system."""
    rows = [person(place, BRANCH, 员工编码=f"90{place:04d}", 部门="检修车间") for place in (1, 2, 3)]
    headers = tuple(rows[0])
    columns = [spreadsheets.Column(header) for header in headers]
    file = spreadsheets.write(columns, [[row[header] for header in headers] for row in rows], title="党员名册")
    enterprise.commit(enterprise.upload(file))
    actor = make.actor(enterprise.office)
    with admitted(actor, "exchange.keep_systems"):
        return actions.register(
            actor=actor,
            organization=enterprise.committee,
            title="人力资源系统",
            kind=SystemKind.HUMAN_RESOURCES,
            sheet_code="staff",
        )


def compared(enterprise: Enterprise, system: OutsideSystem, *rows: dict[str, Any]) -> ImportBatch:
    actor = make.actor(enterprise.office)
    with admitted(actor, system.sheet.permission):
        batch = actions.upload_comparison(actor=actor, system=system, file=staff(*rows), file_name="人员名单.xlsx")
    actions.check(pk=batch.pk)
    return enterprise.again(batch)


def found(batch: ImportBatch) -> set[tuple[int | None, str, str, str]]:
    with unscoped("test world"):
        return set(Difference.objects.filter(batch=batch).values_list("number", "kind", "column", "believed"))


def test_work_is_believed_of_human_resources_and_taken(enterprise: Enterprise, system: OutsideSystem) -> None:
    rows = [somebody(1, 部门="运行车间", 岗位="班长"), somebody(2), somebody(3, 政治面貌="群众")]
    batch = compared(enterprise, system, *rows)
    assert (batch.state, batch.failure) == (State.READY, "")
    assert found(batch) == {
        (2, "changed", "unit_name", "theirs"),
        (2, "changed", "job_title", "theirs"),
        (4, "changed", "politics", "ours"),
    }
    actor = make.actor(enterprise.office)
    with admitted(actor, batch.sheet.permission):
        actions.start_commit(actor=actor, batch=batch)
    actions.commit(pk=batch.pk)
    batch = enterprise.again(batch)
    assert (batch.state, batch.failure) == (State.COMMITTED, "")
    with unscoped("test world"):
        one = Member.objects.get(name="虚构1号")
        assert (one.unit_name, one.job_title, one.category) == ("运行车间", "班长", "1")
        assert set(Difference.objects.filter(stands=True).values_list("column", flat=True)) == {"politics"}


def test_words_that_are_none_of_ours_are_told_until_the_template_says_what_they_mean(
    enterprise: Enterprise, system: OutsideSystem
) -> None:
    rows = [[f"虚构{place}号", f"90{place:04d}", "检修车间", "一线操作岗"] for place in (1, 2, 3)]
    columns = [spreadsheets.Column(header) for header in ("姓名", "员工编码", "部门", "岗位类别")]
    batch = compared_file(enterprise, system, spreadsheets.write(columns, rows, title="人员名单"))
    # Everything else is alike, and still it waits to be seen.
    assert (batch.state, batch.alike_count, batch.warning_count) == (State.READY, 3, 3)
    assert "没有“一线操作岗”这种写法" in enterprise.problems(batch)["D2"]
    spelt = {"header": "岗位类别", "item": "job_post", "spellings": {"公有经济控制单位工勤岗位": ["一线操作岗"]}}
    named = [{"header": "姓名", "item": "name"}, {"header": "员工编码", "item": "employee_no"}, spelt]
    meaning = {"title": "人力资源", "sheet": "staff", "columns": named}
    with unscoped("test world"):
        template = SheetTemplate.objects.create(key="staff", sheet_code="staff", title="人力资源")
        TemplateVersion.objects.create(template=template, number=1, definition=meaning, reason="写明岗位")
        OutsideSystem.objects.filter(pk=system.pk).update(template_key=template.key)
        system = OutsideSystem.objects.get(pk=system.pk)
    again = compared_file(enterprise, system, spreadsheets.write(columns, rows, title="人员名单"))
    assert (again.update_count, again.warning_count) == (3, 0)
    with unscoped("test world"):
        assert set(Difference.objects.filter(batch=again).values_list("column", flat=True)) == {"job_post"}


def test_of_others_nothing_is_stored_and_members_to_come_are_counted(enterprise: Enterprise, system: OutsideSystem) -> None:
    others = [
        somebody(7, 身份证号=resident_id(7), 政治面貌="群众", 手机="坏的号码"),
        somebody(8, 身份证号=resident_id(8), 政治面貌="中共预备党员"),
    ]
    batch = compared(enterprise, system, *(somebody(place) for place in (1, 2, 3)), *others)
    assert (batch.ignored_count, batch.new_count, batch.problem_count) == (1, 1, 0)
    with unscoped("test world"):
        ignored = ImportRow.objects.get(batch=batch, number=5)
        assert (ignored.payload, ignored.record_id) == (payload.NOTHING, None)
        added = Difference.objects.get(batch=batch, kind="added")
    assert (added.kind, added.their_values["name"], added.is_takeable) == ("added", "虚构8号", False)
    actor = make.actor(enterprise.office)
    with admitted(actor, batch.sheet.permission):
        actions.start_commit(actor=actor, batch=batch)
    actions.commit(pk=batch.pk)
    with unscoped("test world"):
        kept = Difference.objects.get(batch=batch, kind="added")
        assert (kept.stands, kept.theirs) == (True, "")
        assert Member.objects.count() == 3


def test_whoever_has_left_is_told_to_the_branch(enterprise: Enterprise, system: OutsideSystem) -> None:
    batch = compared(enterprise, system, somebody(1, 用工状态="合同解除"), somebody(2, 用工状态="退休"), somebody(3))
    assert found(batch) == {(2, "changed", "status", "ask")}
    with unscoped("test world"):
        one = Difference.objects.get(batch=batch)
    assert (one.their_values, one.is_takeable) == ({"status": "已离开"}, False)


def test_who_is_meant_is_told_by_number_and_name_then_by_identity(enterprise: Enterprise, system: OutsideSystem) -> None:
    batch = compared(
        enterprise,
        system,
        somebody(1, 员工编码="099999", 身份证号=resident_id(1)),  # another number, the same person
        somebody(2, 姓名="虚构22号", 政治面貌="群众"),  # the number of somebody else
        somebody(3),
    )
    assert found(batch) - {(4, "lacking", "resident_id", "ours")} == {
        (2, "changed", "employee_no", "theirs"),
        (None, "gone", "", "ask"),
    }
    with unscoped("test world"):
        rows = list(ImportRow.objects.filter(batch=batch).order_by("number"))
    assert [row.outcome for row in rows] == ["update", "ignored", "update"]
    assert payload.raw_of(rows[1].payload) == {}


@pytest.mark.parametrize(("status", "left"), [("离职", True), ("合同到期终止", True), ("退休", False), ("在岗", False)])
def test_which_words_say_that_somebody_has_left(status: str, left: bool) -> None:
    assert has_left(status) is left


@pytest.mark.parametrize(
    ("politics", "party"), [("党员", "中共党员"), ("中共预备党员", "中共预备党员"), ("共青团员", ""), (None, "")]
)
def test_which_words_say_that_somebody_is_a_member(politics: str | None, party: str) -> None:
    assert party_of(politics) == party


def test_what_is_delivered_is_shown_with_its_source_and_not_asked(enterprise: Enterprise, system: OutsideSystem) -> None:
    batch = compared(enterprise, system, somebody(1, 部门="运行车间"), somebody(2), somebody(3))
    actor = make.actor(enterprise.office)
    with admitted(actor, batch.sheet.permission):
        actions.start_commit(actor=actor, batch=batch)
    actions.commit(pk=batch.pk)
    with unscoped("test world"):
        one = Member.objects.select_related("branch").get(name="虚构1号")
        found = known_items(one)
        assert {"unit_name", "employee_no"} <= set(found)
        assert found["unit_name"].source == "人力资源系统"
        form = RecordForm({"unit_name": "别的部门", "name": one.name}, member=one)
        assert form.fields["unit_name"].disabled
        assert "来自人力资源系统" in str(form.fields["unit_name"].help_text)
        assert "unit_name" not in form.changed_data


def test_what_is_delivered_wrongly_is_told_and_stays_answered(enterprise: Enterprise, system: OutsideSystem) -> None:
    rows = (somebody(1, 部门="运行车间"), somebody(2), somebody(3))
    actor = make.actor(enterprise.office)

    def taken() -> ImportBatch:
        batch = compared(enterprise, system, *rows)
        with admitted(actor, batch.sheet.permission):
            actions.start_commit(actor=actor, batch=batch)
        actions.commit(pk=batch.pk)
        return enterprise.again(batch)

    taken()
    with unscoped("test world"):
        one = Member.objects.get(name="虚构1号")
        delivery = Delivery.objects.get(record_id=one.pk)
        actions.say_wrong(actor=actor, delivery=delivery, column="unit_name")
        assert "unit_name" not in known_items(one)
        update_record(actor, one, unit_name="检修一车间")
        assert actions.settle(system=system) == 0
    again = taken()
    with unscoped("test world"):
        assert Member.objects.get(pk=one.pk).unit_name == "检修一车间"
        [left] = Difference.objects.filter(batch=again, column="unit_name")
    assert (left.stands, left.believed) == (True, "ours")
