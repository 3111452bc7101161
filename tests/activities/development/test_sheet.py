"""The list of applicants as a sheet: what is refused row by row, what becomes of the rows, and back again."""

import datetime as dt
from typing import Any

import pytest

from dangjian.activities.development.models import Applicant, Helper, Stage
from dangjian.activities.development.queries.way import case_of
from dangjian.activities.development.sheets.applicants import APPLICANTS
from dangjian.engines.exchange.models import ImportBatch, ImportProblem, State
from dangjian.engines.procedures.actions import taking
from dangjian.engines.procedures.models import CaseStep, ProcedureCase
from dangjian.kernel.identity import fictional_resident_id
from dangjian.org.openings import register
from dangjian.org.unscoped import unscoped
from tests import make
from tests.importing import Enterprise, enterprise, own_files
from tests.members.sheets import people

__all__ = ["enterprise", "own_files"]
pytestmark = [pytest.mark.django_db, pytest.mark.any_database, pytest.mark.day("2026-11-30")]

HEADERS = (
    "姓名", "公民身份号码", "所在党支部", "手机号码", "申请入党日期", "确定积极分子日期", "积极分子备案日期",
    "确定发展对象日期", "支部大会通过日期", "培养联系人", "共青团员",
)  # fmt: skip


def person(place: int, branch: str, **changes: Any) -> dict[str, Any]:
    return {
        "姓名": f"虚构申请{place}号",
        "公民身份号码": fictional_resident_id(dt.date(1998, 3, 7), place),
        "所在党支部": branch,
        "手机号码": f"199{place:08d}",
        "申请入党日期": "2024-03-15",
        "共青团员": "是",
        **changes,
    }


def uploaded(house: Enterprise, *rows: dict[str, Any]) -> ImportBatch:
    with unscoped("test"):
        for branch in (house.one, house.two):
            branch.live_on = dt.date(2026, 6, 1)
            branch.save(update_fields=["live_on"])
    return house.upload(people.sheet(list(rows), HEADERS), sheet=APPLICANTS)


def problems(batch: ImportBatch) -> list[str]:
    with unscoped("test"):
        found = ImportProblem.objects.filter(batch=batch, is_warning=False)
        return list(found.order_by("pk").values_list("message", flat=True))


def test_rows_become_applicants_as_far_as_they_had_come(enterprise: Enterprise) -> None:
    contact = make.member(enterprise.one, "公孙己", with_user=True)
    batch = uploaded(
        enterprise,
        person(1, enterprise.one.short_name),
        person(
            3,
            enterprise.one.short_name,
            确定积极分子日期="2025-01-10",
            积极分子备案日期="2025-02-10",
            培养联系人="公孙己",
        ),
        person(5, enterprise.two.short_name, 确定积极分子日期="2024-09-10", 确定发展对象日期="2026-01-10"),
    )
    assert problems(batch) == []
    assert enterprise.commit(batch).state == State.COMMITTED
    found = {one.resident_id[-4:-1]: one for one in register(Applicant).all()}
    assert [found[key].stage for key in ("001", "003", "005")] == [Stage.APPLICANT, Stage.ACTIVIST, Stage.OBJECT]
    activist = found["003"]
    assert (activist.organization, activist.activist_on, activist.in_youth_league) == (enterprise.one, dt.date(2025, 1, 10), True)
    assert register(Helper).get(applicant=activist).member == contact
    case = case_of(activist)
    assert case
    steps = register(CaseStep).filter(case=case, state="taken")
    assert set(steps.values_list("code", "reason")) == {
        (code, "启用平台以前办理，由表格导入") for code in ("apply", "activist", "file_activist", "contacts")
    }
    # Last days count from the day on which the branch went live.
    late = register(CaseStep).filter(case=case, state="open", due_on__lt=dt.date(2026, 6, 1))
    assert not late.exists()


def test_what_keeps_a_row_out(enterprise: Enterprise) -> None:
    full = make.member(enterprise.one, "上官丙", resident_id=fictional_resident_id(dt.date(1998, 3, 7), 7))
    name = enterprise.one.short_name
    batch = uploaded(
        enterprise,
        person(7, name),
        person(9, name, 申请入党日期="2015-01-01"),
        person(11, name, 确定积极分子日期="2026-07-01"),
        person(13, name, 确定积极分子日期="2023-01-01"),
        person(15, name, 确定积极分子日期="2024-06-01", 确定发展对象日期="2025-07-01", 支部大会通过日期="2026-02-01"),
        person(17, "没有的支部"),
    )
    said = "\n".join(problems(batch))
    assert f"{full.name}已是党员" in said
    assert "申请时不满18" in said
    assert "起在平台上办理" in said
    assert "不能早于“申请入党日期”" in said
    assert "请先把本人作为预备党员导入党员名册" in said
    assert "没有的支部" in said
    assert not register(Applicant).exists()


def test_somebody_on_probation_is_joined_with_their_record(enterprise: Enterprise) -> None:
    day = dt.date(2026, 2, 1)
    number = fictional_resident_id(dt.date(1998, 3, 7), 15)
    member = make.member(
        enterprise.one, "虚构申请15号", with_user=True, category="2", effective_on=day, joined_on=day, resident_id=number
    )
    dates = {"确定积极分子日期": "2024-06-01", "确定发展对象日期": "2025-07-01", "支部大会通过日期": "2026-02-01"}
    batch = uploaded(enterprise, person(15, enterprise.one.short_name, **dates))
    enterprise.commit(batch)
    one = register(Applicant).get()
    assert (one.stage, one.member, one.user) == (Stage.PROBATIONARY, member, member.user)
    case = case_of(one)
    assert case
    assert case.account == member.user


def test_a_batch_is_taken_back_unless_somebody_was_dealt_with_since(enterprise: Enterprise) -> None:
    batch = enterprise.commit(uploaded(enterprise, person(1, enterprise.one.short_name), person(3, enterprise.one.short_name)))
    one = register(Applicant).order_by("pk")[0]
    case = case_of(one)
    assert case
    with unscoped("test"):
        entry = {"talker": "慕容庚", "content": "谈了"}
        row = taking.take(actor=make.SYSTEM, case=case, code="talk", day=dt.date(2026, 11, 30), outcome="talked", entry=entry)
    assert enterprise.undo(batch).state == State.COMMITTED
    assert register(Applicant).count() == 2
    with unscoped("test"):
        row.delete()
    assert enterprise.undo(enterprise.again(batch)).state == State.UNDONE
    assert not register(Applicant).exists()
    assert not register(ProcedureCase).exists()
