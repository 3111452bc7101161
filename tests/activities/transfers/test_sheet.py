"""A spreadsheet of members to be transferred: what keeps a row out, what becomes of the rows, and back again."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dangjian.activities.transfers.sheets.batch import TRANSFERS
from dangjian.engines.exchange.models import ImportBatch, ImportProblem, State
from dangjian.engines.procedures.actions import taking
from dangjian.engines.procedures.models import CaseStep, ProcedureCase
from dangjian.kernel.identity import fictional_resident_id
from dangjian.members.actions import account
from dangjian.members.models import ChangeKind, Member
from dangjian.org.openings import register
from dangjian.org.unscoped import unscoped
from tests import make
from tests.importing import Enterprise, enterprise, own_files
from tests.members.sheets import people

__all__ = ["enterprise", "own_files"]
pytestmark = [pytest.mark.django_db, pytest.mark.day("2026-11-30")]
HEADERS = ("姓名", "公民身份号码", "员工编码", "所在党支部", "转入党支部", "转接原因", "说明", "提出日期")


def someone(house: Enterprise, place: int, **more: Any) -> Member:
    number = fictional_resident_id(dt.date(1980, 3, 7), place)
    more.setdefault("branch", house.one)
    return make.member(more.pop("branch"), f"虚构调动{place}号", resident_id=number, employee_no=f"T{place:04d}", **more)


def row(house: Enterprise, member: Member, **changes: Any) -> dict[str, Any]:
    return {
        "姓名": member.name,
        "公民身份号码": member.resident_id,
        "转入党支部": house.two.short_name,
        "转接原因": "工作单位变动",
        "说明": "机构调整",
        **changes,
    }


def uploaded(house: Enterprise, *rows: dict[str, Any]) -> ImportBatch:
    return house.upload(people.sheet(list(rows), HEADERS), sheet=TRANSFERS)


def problems(batch: ImportBatch) -> list[str]:
    with unscoped("test"):
        return list(ImportProblem.objects.filter(batch=batch).order_by("pk").values_list("message", flat=True))


def test_each_row_is_a_transfer_and_the_batch_is_taken_back(enterprise: Enterprise) -> None:
    first, second = someone(enterprise, 1), someone(enterprise, 3)
    by_staff = {"公民身份号码": None, "员工编码": second.employee_no, "所在党支部": enterprise.one.short_name}
    batch = uploaded(enterprise, row(enterprise, first), row(enterprise, second, 提出日期="2026-11-20", **by_staff))
    assert (batch.state, problems(batch)) == (State.READY, [])
    assert not register(ProcedureCase).exists(), "nothing is written by checking"
    batch = enterprise.commit(batch)
    assert batch.state == State.COMMITTED, batch.failure
    cases = {one.subject_id: one for one in register(ProcedureCase).all()}
    assert {one.other_side for one in cases.values()} == {enterprise.two}
    assert cases[second.pk].started_on == dt.date(2026, 11, 20)
    step = register(CaseStep).get(case=cases[first.pk], code="ask")
    assert (step.read_entry(), step.taken_by) == ({"why": "work", "note": "机构调整"}, enterprise.office)
    assert enterprise.undo(batch).state == State.UNDONE
    assert not register(ProcedureCase).exists()


def test_a_batch_of_which_one_was_released_is_not_taken_back(enterprise: Enterprise) -> None:
    batch = enterprise.commit(
        uploaded(enterprise, row(enterprise, someone(enterprise, 1)), row(enterprise, someone(enterprise, 3)))
    )
    case = register(ProcedureCase).get(title="虚构调动3号")
    taking.take(actor=make.SYSTEM, case=case, code="release", day=dt.date(2026, 11, 30), outcome="released")
    batch = enterprise.undo(batch)
    assert (batch.state, "虚构调动3号" in batch.failure) == (State.COMMITTED, True)
    assert register(ProcedureCase).count() == 2


def test_what_keeps_a_row_out(enterprise: Enterprise) -> None:
    good, gone, other = someone(enterprise, 1), someone(enterprise, 3), someone(enterprise, 5, branch=enterprise.two)
    with unscoped("test"):
        account.leave(actor=make.SYSTEM, member=gone, kind=ChangeKind.DECEASED, effective_on=dt.date(2026, 11, 29))
    own = make.member(enterprise.one, "虚构本人", user=enterprise.office, employee_no="T0099")
    rows = {
        "已经在这个党支部": row(enterprise, other),
        "不能转接组织关系": row(enterprise, gone),
        "现在在": row(enterprise, someone(enterprise, 7), 所在党支部=enterprise.two.short_name),
        "登记的是": row(enterprise, someone(enterprise, 9), 姓名="虚构别人"),
        "没有找到这名党员": row(enterprise, good, 公民身份号码=fictional_resident_id(dt.date(1980, 3, 7), 777)),
        "公民身份号码，或者员工编码": row(enterprise, good, 公民身份号码=None),
        "不是转接原因": row(enterprise, someone(enterprise, 11), 转接原因="想换个地方"),
        "其他原因须写明": row(enterprise, someone(enterprise, 13), 转接原因="其他原因", 说明=None),
        "没有党支部叫": row(enterprise, someone(enterprise, 15), 转入党支部="没有的支部"),
        "还没有到": row(enterprise, someone(enterprise, 17), 提出日期="2027-11-30"),
        "是您本人": row(enterprise, own, 公民身份号码=None, 员工编码="T0099"),
    }
    said = problems(uploaded(enterprise, *rows.values()))
    assert len(said) == len(rows), said
    assert [text for text in rows if not any(text in one for one in said)] == []
    assert not register(ProcedureCase).exists()


def test_somebody_twice_or_under_way_is_named(enterprise: Enterprise) -> None:
    first, second = someone(enterprise, 1), someone(enterprise, 3)
    enterprise.commit(uploaded(enterprise, row(enterprise, first)))
    said = problems(uploaded(enterprise, row(enterprise, first), row(enterprise, second), row(enterprise, second)))
    assert [text[-20:] for text in said if "正在转接" in text] != []
    assert any("同一名党员" in text for text in said)


def test_what_changed_between_check_and_entry_enters_nobody(enterprise: Enterprise) -> None:
    first, second = someone(enterprise, 1), someone(enterprise, 3)
    batch = uploaded(enterprise, row(enterprise, first), row(enterprise, second))
    with unscoped("test"):
        account.leave(actor=make.SYSTEM, member=second, kind=ChangeKind.DECEASED, effective_on=dt.date(2026, 11, 30))
    batch = enterprise.commit(batch)
    assert (batch.state, "第3行不能提出" in batch.failure) == (State.FAILED, True)
    assert not register(ProcedureCase).exists()


def test_only_members_below_and_only_by_whoever_may(enterprise: Enterprise) -> None:
    far = someone(enterprise, 1, branch=enterprise.two)
    file = people.sheet([row(enterprise, far, 转入党支部=enterprise.one.short_name)], HEADERS)
    batch = enterprise.upload(file, enterprise.below, sheet=TRANSFERS, organization=enterprise.first)
    assert "没有找到这名党员" in problems(batch)[0]


def test_entering_takes_no_more_statements_for_more_rows(enterprise: Enterprise) -> None:
    def needed(places: range) -> int:
        batch = uploaded(enterprise, *(row(enterprise, someone(enterprise, place)) for place in places))
        with CaptureQueriesContext(connection) as captured:
            assert enterprise.commit(batch).state == State.COMMITTED
        return len(captured)

    needed(range(1, 3))
    assert needed(range(11, 51, 2)) <= needed(range(101, 105, 2))
