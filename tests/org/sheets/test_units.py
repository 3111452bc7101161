"""Units come in by their sheet, are found again, changed, and taken back."""

from typing import Any

import pytest

from dangjian.engines.exchange.models import ImportBatch, State
from dangjian.kernel import clock
from dangjian.org.actions import units as actions
from dangjian.org.models import Unit
from dangjian.org.openings import register
from dangjian.org.sheets.units import UNITS
from tests import make
from tests.importing import Enterprise
from tests.members.sheets import people

pytestmark = [pytest.mark.django_db, pytest.mark.day("2026-12-01")]

HEADERS = ("单位名称", "党组织名称", "建立党组织情况", "统一社会信用代码", "在岗职工", "工人数", "是否建有工会", "单位性质")
CODE = "91440000MA00000015"


def row(name: str, place: str, **more: Any) -> dict[str, Any]:
    return {"单位名称": name, "党组织名称": place, "建立党组织情况": "单独建立党组织", **more}


def uploaded(house: Enterprise, *rows: dict[str, Any]) -> ImportBatch:
    return house.upload(people.sheet(list(rows), HEADERS), sheet=UNITS)


def test_units_come_in_and_are_taken_back(enterprise: Enterprise) -> None:
    wanted = row("虚构机电公司", enterprise.first.name, 统一社会信用代码=CODE, 在岗职工=30, 工人数=20, 是否建有工会="是")
    batch = uploaded(enterprise, wanted, row("虚构集团", enterprise.committee.short_name, 单位性质="国企"))
    assert enterprise.problems(batch) == {
        "H3": "没有“国企”这种性质类别。请填：国有经济控制企业、集体经济控制企业、非公有经济控制企业、事业单位、机关。"
    }
    batch = uploaded(enterprise, wanted, row("虚构集团", enterprise.committee.short_name, 单位性质="国有经济控制企业"))
    assert enterprise.commit(batch).state == State.COMMITTED
    unit = register(Unit).get(credit_code=CODE)
    assert (unit.organization, unit.staff, unit.has_union) == (enterprise.first, 30, True)
    later = uploaded(enterprise, row("虚构机电集团", enterprise.first.name, 统一社会信用代码=CODE, 在岗职工=31))
    assert (later.new_count, later.update_count) == (0, 1)
    later = enterprise.commit(later)
    same = uploaded(enterprise, row("虚构机电集团", enterprise.first.name, 统一社会信用代码=CODE))
    assert same.ignored_count == 1
    assert enterprise.undo(later).state == State.UNDONE
    unit.refresh_from_db()
    assert (unit.name, unit.staff) == ("虚构机电公司", 30)


def test_what_was_changed_since_is_not_taken_back(enterprise: Enterprise) -> None:
    batch = enterprise.commit(uploaded(enterprise, row("虚构机电公司", enterprise.first.name)))
    with clock.at("2026-12-01 10:00"):
        actions.change_unit(actor=make.SYSTEM, unit=register(Unit).get(), staff=9)
    refused = enterprise.undo(batch)
    assert (refused.state, "又修改过" in refused.failure) == (State.COMMITTED, True)


@pytest.mark.parametrize(
    ("changes", "cell", "text"),
    [
        ({"党组织名称": "没有的党总支"}, "B2", "没有叫“没有的党总支”的党组织"),
        ({"建立党组织情况": "建立联合党支部"}, "C2", "不是联合党支部"),
        ({"统一社会信用代码": "91440000MA00000016"}, "D2", "最后一位不对"),
        ({"在岗职工": 3, "工人数": 4}, "F2", "不能多于在岗职工数"),
        ({"是否建有工会": "也许"}, "G2", "看不出是还是否"),
    ],
)
def test_each_problem_is_named_by_its_cell(enterprise: Enterprise, changes: dict[str, Any], cell: str, text: str) -> None:
    batch = uploaded(enterprise, row("虚构机电公司", enterprise.first.name) | changes)
    found = enterprise.problems(batch)
    assert list(found) == [cell]
    assert text in found[cell]
