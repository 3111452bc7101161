"""The shift plan as a sheet: both shapes, who is kept of it, what stands there in the end, and back again."""

import datetime as dt
import io
from typing import Any

import pytest

from dangjian.activities.shifts.actions import kinds
from dangjian.activities.shifts.models import ShiftDay
from dangjian.activities.shifts.sheet import PLAN
from dangjian.engines.exchange import payload
from dangjian.engines.exchange.models import ImportBatch, ImportRow, State
from dangjian.engines.exchange.sheets import template
from dangjian.kernel import clock
from dangjian.org.openings import register
from dangjian.org.unscoped import unscoped
from tests import make
from tests.importing import Enterprise, enterprise, own_files
from tests.members.sheets import people

__all__ = ["enterprise", "own_files"]
pytestmark = [pytest.mark.django_db, pytest.mark.day("2026-12-01")]

LONG = ("员工编码", "姓名", "日期", "班次")
MONTH = dt.date(2026, 12, 1)


def uploaded(house: Enterprise, headers: tuple[str, ...], *rows: dict[str, Any], month: dt.date = MONTH) -> ImportBatch:
    file = people.sheet(list(rows), headers)
    return house.upload(file, sheet=PLAN, answered={"month": month}, file_name="排班.xlsx")


def on_record() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for row in register(ShiftDay).select_related("member"):
        found.setdefault(row.member.name, {})[row.on.isoformat()] = row.shift
    return found


def row(number: str, name: str, day: object, shift: str) -> dict[str, Any]:
    return {"员工编码": number, "姓名": name, "日期": day, "班次": shift}


def test_one_row_a_day_is_read(enterprise: Enterprise) -> None:
    make.member(enterprise.one, "虚构甲", employee_no="E1")
    make.member(enterprise.two, "虚构乙", employee_no="E2")
    batch = uploaded(
        enterprise,
        LONG,
        row("E1", "虚构甲", "2026-12-01", "早"),
        row("E1", "虚构甲", dt.date(2026, 12, 2), "夜班"),
        row("e2", "写错了名字", "2026年12月2日", "休息"),
    )
    assert enterprise.problems(batch) == {}
    assert enterprise.commit(batch).state == State.COMMITTED
    assert on_record() == {"虚构甲": {"2026-12-01": "早班", "2026-12-02": "夜班"}, "虚构乙": {"2026-12-02": "休"}}


def test_one_column_a_day_is_read(enterprise: Enterprise) -> None:
    make.member(enterprise.one, "虚构甲", employee_no="E1")
    numbered = uploaded(
        enterprise,
        ("工号", "姓名", "1", "2日", "3号", "4(周五)", "31"),
        {"工号": "E1", "姓名": "虚构甲", "1": "早", "2日": "中", "3号": "夜", "4(周五)": "", "31": "休"},
    )
    assert enterprise.problems(numbered) == {}
    enterprise.commit(numbered)
    expected = {"2026-12-01": "早班", "2026-12-02": "中班", "2026-12-03": "夜班", "2026-12-31": "休"}
    assert on_record() == {"虚构甲": expected}


def test_headers_may_be_days_over_the_turn_of_a_month(enterprise: Enterprise) -> None:
    make.member(enterprise.one, "虚构甲", employee_no="E1")
    headers = ("员工编码", "姓名", "2026-11-30", "12月1日", "12/2")
    batch = uploaded(enterprise, headers, {"员工编码": "E1", "2026-11-30": "早", "12月1日": "中", "12/2": "夜"})
    assert enterprise.problems(batch) == {}
    enterprise.commit(batch)
    assert on_record() == {"虚构甲": {"2026-11-30": "早班", "2026-12-01": "中班", "2026-12-02": "夜班"}}


def test_of_people_who_are_no_members_nothing_is_stored(enterprise: Enterprise) -> None:
    make.member(enterprise.one, "虚构甲", employee_no="E1")
    batch = uploaded(enterprise, LONG, row("E1", "虚构甲", "2026-12-01", "早"), row("E9", "虚构路人", "2026-12-01", "没有的班"))
    assert enterprise.problems(batch) == {}
    assert (batch.new_count, batch.ignored_count) == (1, 1)
    with unscoped("test"):
        kept = ImportRow.objects.get(batch=batch, number=3)
    assert payload.raw_of(kept.payload) == {}
    assert payload.clean_of(kept.payload) == {}


def test_without_a_number_the_name_will_do_if_one_member_has_it(enterprise: Enterprise) -> None:
    make.member(enterprise.one, "虚构甲")
    make.member(enterprise.one, "虚构丙", employee_no="E3")
    for _ in range(2):
        make.member(enterprise.one, "虚构乙")
    batch = uploaded(
        enterprise,
        LONG,
        row("E7", "虚构甲", "2026-12-01", "早"),
        row("", "虚构乙", "2026-12-01", "早"),
        row("E8", "虚构丙", "2026-12-01", "早"),
    )
    assert batch.new_count == 1, "the first has no number on record; the third is somebody else of the same name"
    assert list(enterprise.problems(batch)) == ["B3"]
    assert "2名党员的姓名是这个" in enterprise.problems(batch)["B3"]


def test_a_word_that_nobody_knows_is_complained_of_until_it_is_added(enterprise: Enterprise) -> None:
    make.member(enterprise.one, "虚构甲", employee_no="E1")
    batch = uploaded(enterprise, ("员工编码", "1日"), {"员工编码": "E1", "1日": "甲一"})
    assert list(enterprise.problems(batch)) == ["B2"]
    assert "班次设定" in enterprise.problems(batch)["B2"]
    with unscoped("test"):
        kinds.set_shift(
            actor=make.SYSTEM,
            organization=enterprise.committee,
            title="早班",
            writings=["甲一"],
            starts=dt.time(7),
            ends=dt.time(15),
        )
    again = uploaded(enterprise, ("员工编码", "1日"), {"员工编码": "E1", "1日": "甲一"})
    assert enterprise.problems(again) == {}


def test_a_day_that_the_month_does_not_have_is_complained_of(enterprise: Enterprise) -> None:
    make.member(enterprise.one, "虚构甲", employee_no="E1")
    batch = uploaded(enterprise, ("员工编码", "31日"), {"员工编码": "E1", "31日": "早"}, month=dt.date(2026, 11, 1))
    assert "11月没有31日" in enterprise.problems(batch)["B2"]


def test_a_later_plan_replaces_an_earlier_one_and_undoing_brings_that_back(enterprise: Enterprise) -> None:
    make.member(enterprise.one, "虚构甲", employee_no="E1")
    headers = ("员工编码", "1日", "2日")
    first = enterprise.commit(uploaded(enterprise, headers, {"员工编码": "E1", "1日": "早", "2日": "早"}))
    same = uploaded(enterprise, headers, {"员工编码": "E1", "1日": "早", "2日": "早"})
    assert (same.new_count, same.update_count, same.ignored_count) == (0, 0, 1)
    later = uploaded(enterprise, headers, {"员工编码": "E1", "1日": "夜", "2日": ""})
    assert (later.new_count, later.update_count) == (0, 1)
    later = enterprise.commit(later)
    assert on_record() == {"虚构甲": {"2026-12-01": "夜班", "2026-12-02": "早班"}}
    refused = enterprise.undo(first)
    assert refused.state == State.COMMITTED
    assert "后来上传的排班表" in refused.failure
    assert enterprise.undo(later).state == State.UNDONE
    assert on_record() == {"虚构甲": {"2026-12-01": "早班", "2026-12-02": "早班"}}
    assert enterprise.undo(first).state == State.UNDONE
    assert on_record() == {}


def test_weekdays_below_the_days_and_empty_rows_are_nobody(enterprise: Enterprise) -> None:
    make.member(enterprise.one, "虚构甲", employee_no="E1")
    headers = ("员工编码", "姓名", "1", "2")
    batch = uploaded(enterprise, headers, {"1": "二", "2": "三"}, {"员工编码": "E1", "姓名": "虚构甲", "1": "早", "2": "—"})
    assert enterprise.problems(batch) == {}
    enterprise.commit(batch)
    assert on_record() == {"虚构甲": {"2026-12-01": "早班"}}


def test_the_template_reads_itself(enterprise: Enterprise) -> None:
    with unscoped("test"):
        file = io.BytesIO(template(PLAN).getvalue())
    batch = enterprise.upload(file, sheet=PLAN, answered={"month": MONTH})
    assert (batch.new_count, batch.problem_count) == (0, 0)
    assert clock.today() == MONTH
