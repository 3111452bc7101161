"""Every problem of a table of organisations is named by its cell, and nothing of it is written."""

import datetime as dt
from typing import Any

import pytest

from dangjian.engines.exchange import actions
from dangjian.engines.exchange import sheets as product_sheets
from dangjian.engines.exchange.actions import checking
from dangjian.engines.exchange.models import ImportBatch, State
from dangjian.kernel import clock
from dangjian.kernel.errors import Invalid
from dangjian.org.actions import tree
from dangjian.org.gate import admitted
from dangjian.org.models import Organization
from dangjian.org.sheets.tree.sheet import TREE
from dangjian.org.sheets.tree.units import short_of
from dangjian.org.unscoped import unscoped
from tests import make
from tests.importing import Enterprise
from tests.org.sheets.units import table, unit

TOP = "虚构集团党委"
GENERAL = unit("电气党总支", "党总支", TOP)
BRANCH = unit("电气第一党支部", "党支部", "电气党总支")


def _checked(enterprise: Enterprise, *rows: dict[str, Any], **more: Any) -> tuple[ImportBatch, dict[str, str]]:
    batch = enterprise.upload(table(*rows), sheet=TREE, **more)
    with unscoped("test world"):
        assert Organization.objects.count() == 5
    return batch, enterprise.problems(batch)


def test_a_table_without_faults_is_ready_whatever_the_order(enterprise: Enterprise) -> None:
    group = unit("第一党小组", "党小组", "电气第一党支部")
    batch, problems = _checked(enterprise, group, BRANCH, GENERAL)
    assert (batch.state, batch.new_count, problems) == (State.READY, 3, {})


@pytest.mark.parametrize(
    ("changes", "cell", "words"),
    [
        ({"党组织全称": None}, "A3", "没有填写"),
        ({"党组织全称": "长" * 121}, "A3", "最多120个字"),
        ({"党组织类别": None}, "C3", "没有填写"),
        ({"党组织类别": "党组"}, "C3", "不是基层党组织"),
        ({"党组织类别": "党支"}, "C3", "是不是“党支部"),
        ({"党组织类别": "党小组"}, "D3", "党小组只能设在党支部之下，“电气党总支”是党总支"),
        ({"党组织类别": "党委"}, "D3", "党委只能设在党委之下"),
        ({"上级党组织": None}, "D3", "请写“虚构集团党委”"),
        ({"上级党组织": "电器党总支"}, "D3", "是不是“电气党总支"),
        ({"上级党组织": "电气第一党支部"}, "D3", "写成了它自己"),
        ({"成立日期": None}, "E3", "没有填写"),
        ({"成立日期": "2021-02-30"}, "E3", ""),
        ({"成立日期": "2026-11-24"}, "E3", "不能晚于今天"),
        ({"成立日期": "2021-02-28"}, "E3", "早于上级“电气党总支”的成立日期（2021年3月1日）"),
        ({"联合单位数": "三"}, "H3", "1到99"),
        ({"联系电话": "1" * 31}, "L3", "最多30个字"),
    ],
)
@pytest.mark.day("2026-11-23")
def test_a_wrong_cell_is_named(enterprise: Enterprise, changes: dict[str, Any], cell: str, words: str) -> None:
    batch, problems = _checked(enterprise, GENERAL, BRANCH | changes)
    assert (batch.state, batch.problem_count) == (State.PROBLEMS, 1)
    assert list(problems) == [cell]
    assert words in problems[cell]


def test_a_row_without_a_name_is_never_what_another_means(enterprise: Enterprise) -> None:
    nameless = unit("长" * 121, "党支部", TOP)
    _, problems = _checked(enterprise, nameless, GENERAL, BRANCH | {"上级党组织": "电器党总支"}, unit("丁支部", "党支部", "——"))
    assert "是不是“电气党总支”" in problems["D4"]
    assert "“”" not in "".join(problems.values())
    assert "没有党组织叫“——”" in problems["D5"]


def test_a_loop_is_named_in_all_its_rows_and_only_there(enterprise: Enterprise) -> None:
    first = unit("甲党委", "党委", "丙党委")
    second, third = unit("乙党委", "党委", "甲党委"), unit("丙党委", "党委", "乙党委")
    below = unit("甲第一党支部", "党支部", "甲党委")
    _, problems = _checked(enterprise, first, second, third, below)
    assert sorted(problems) == ["D2", "D3", "D4"]
    assert all("成了一个圈：“" in text and "“甲党委”（第2行）" in text for text in problems.values())


def test_two_of_one_name_are_told_apart_by_path_or_code(enterprise: Enterprise) -> None:
    hydro = unit("水工党总支", "党总支", TOP)
    one = unit("第一党支部", "党支部", "电气党总支", 党组织编码="044001")
    two = unit("第一党支部", "党支部", "水工党总支")
    groups = [
        unit("运行党小组", "党小组", superior)
        for superior in (
            "第一党支部",
            "044001",
            "水工党总支/第一党支部",
            f"{TOP}＞水工党总支>第一党支部",
            "机务党支部/第一党支部",
        )
    ]
    groups[3] |= {"党组织全称": "检修党小组", "党组织简称": "检修党小组"}
    _, problems = _checked(enterprise, *groups, two, one, hydro, GENERAL)
    assert sorted(problems) == ["D2", "D6"]
    for part in ("有2个党组织都叫“第一党支部”", "第7行，上级“水工党总支”", "第8行，上级“电气党总支”", "水工党总支/第一党支部"):
        assert part in problems["D2"]
    assert "在“机务党支部”之下没有“第一党支部”" in problems["D6"]


def test_where_only_one_may_be_the_superior_that_one_is_meant(enterprise: Enterprise) -> None:
    committee = unit("中共虚构电气公司委员会", "党委", TOP, 党组织简称="电气公司")
    branch = unit("中共虚构电气公司本部支部委员会", "党支部", "电气公司", 党组织简称="电气公司")
    group = unit("第一党小组", "党小组", "电气公司")
    batch, problems = _checked(enterprise, group, branch, committee)
    assert (batch.state, problems) == (State.READY, {})


def test_names_beside_each_other_are_used_once(enterprise: Enterprise) -> None:
    full = unit("电气第一党支部", "党支部", "电气党总支", 党组织简称="电气一支部")
    short = unit("电气第二党支部", "党支部", "电气党总支", 党组织简称="电气第一党支部")
    beside = unit("虚构第一总支", "党支部", TOP)
    _, problems = _checked(enterprise, GENERAL, BRANCH, full, short, beside)
    assert "与第3行的全称相同，上级也相同" in problems["A4"]
    assert "与第3行的简称相同，上级也相同" in problems["B5"]
    assert "“虚构集团党委”之下已有党组织的全称是“虚构第一总支”" in problems["A6"]
    assert len(problems) == 3


def test_codes_are_used_once_in_the_sheet_and_in_the_enterprise(enterprise: Enterprise) -> None:
    rows = [
        unit(f"电气第{number}党支部", "党支部", "虚构第一总支", 党组织编码=code)
        for number, code in enumerate(("1001", "1001", enterprise.two.code), 1)
    ]
    _, problems = _checked(enterprise, *rows, who=enterprise.below, organization=enterprise.first)
    assert problems == {
        "F3": "与第2行的编码相同。每个党组织的编码只能用一次。",
        "F4": f"编码“{enterprise.two.code}”已被其他党组织使用。",
    }


def test_a_superior_outside_the_place_or_dissolved_is_none(enterprise: Enterprise) -> None:
    with unscoped("test world"):
        tree.dissolve(actor=make.SYSTEM, organization=enterprise.one, effective_on=dt.date(2026, 10, 1))
    rows = [unit("甲党小组", "党小组", "机务党支部"), unit("乙党小组", "党小组", "机电党支部")]
    _, problems = _checked(enterprise, *rows, who=enterprise.below, organization=enterprise.first)
    assert "“虚构第一总支”范围内都没有" in problems["D2"]
    assert problems["D3"] == "“机电党支部”已于2026年10月1日撤销，不能作为上级。"


def test_nothing_begins_where_the_superior_did_not_stand_yet(enterprise: Enterprise) -> None:
    with unscoped("test world"):
        tree.move(actor=make.SYSTEM, organization=enterprise.one, parent=enterprise.second, effective_on=dt.date(2025, 5, 1))
    _, problems = _checked(enterprise, unit("甲党小组", "党小组", "机电党支部"))
    assert "在2025年5月1日调整过隶属关系" in problems["E2"]


def test_a_joint_branch_is_reminded_of_its_units(enterprise: Enterprise) -> None:
    few = unit("甲联合党支部", "联合党支部", TOP)
    batch, problems = _checked(enterprise, few, unit("乙联合党支部", "632", TOP, 联合单位数="9"))
    assert batch.state == State.READY
    assert problems["H2"].startswith("~联合党支部没有填联合单位数")
    assert "一般不超过" in problems["H3"]


def test_the_top_is_recognised_with_its_superior_elsewhere_and_under_another_form_of_its_name(enterprise: Enterprise) -> None:
    with unscoped("test world"):
        Organization.objects.filter(pk=enterprise.committee.pk).update(name="中共虚构集团委员会")
    top = unit("中国共产党虚构集团委员会", "党委", "虚构省国资委党委", 党组织简称=TOP, 党组织编码="044000")
    batch, problems = _checked(enterprise, GENERAL, top, unit("机关党支部", "党支部", "044000"))
    assert (batch.state, batch.new_count, batch.update_count) == (State.READY, 2, 1)
    assert problems["A3"].startswith("~平台上登记的是“中共虚构集团委员会”")


def test_those_on_record_are_never_renamed_or_moved_by_a_table(enterprise: Enterprise) -> None:
    since = {"成立日期": "2020-01-01"}
    other_name = unit("机电一党支部", "党支部", "虚构第一总支", 党组织编码=enterprise.one.code, **since)
    moved = unit("机务党支部", "党支部", "虚构第一总支", 党组织编码=enterprise.two.code, **since)
    other = unit("虚构第一总支", "党总支", TOP, 党组织简称="一总支", 成立日期="2019-01-01")
    batch, problems = _checked(enterprise, other_name, moved, other)
    assert batch.state == State.PROBLEMS
    assert "平台上登记的是“机电党支部”" in problems["A2"]
    assert "现在的上级是“虚构第二总支”" in problems["D3"]
    assert problems["B4"].startswith("~平台上登记的简称是“虚构第一总支”")
    assert problems["E4"].startswith("~平台上登记的成立日期是“2020年1月1日”")
    assert enterprise.outcomes(batch) == ["problem", "problem", "ignored"]


def test_one_on_record_stands_in_the_table_once(enterprise: Enterprise) -> None:
    row = unit("机电党支部", "党支部", "虚构第一总支", 联系电话="010-5550000", 成立日期="2020-01-01")
    _, problems = _checked(enterprise, row, row)
    assert list(problems) == ["A3"]
    assert "与第2行是同一个党组织" in problems["A3"]


def test_a_repaired_superior_settles_those_that_name_it(enterprise: Enterprise) -> None:
    batch, problems = _checked(enterprise, BRANCH, GENERAL | {"党组织全称": "电器党总支", "党组织简称": "电器党总支"})
    assert list(problems) == ["D2"]
    actor = make.actor(enterprise.office)
    with admitted(actor, TREE.permission):
        actions.fix_row(actor=actor, batch=batch, number=3, values={"name": "电气党总支", "short_name": "电气党总支"})
    assert enterprise.problems(batch) == {}
    batch = enterprise.again(batch)
    assert (batch.state, batch.new_count) == (State.READY, 2)
    with admitted(actor, TREE.permission):
        actions.leave_out(actor=actor, batch=batch, number=3, out=True)
    assert "忽略的行不算" in enterprise.problems(batch)["D2"]
    with admitted(actor, TREE.permission):
        assert actions.leave_out_wrong(actor=actor, batch=batch) == 1
    assert enterprise.outcomes(batch) == ["ignored", "ignored"]
    with clock.at("2026-11-24 09:00"), admitted(actor, TREE.permission):
        actions.start_check(actor=actor, batch=batch)
    actions.check(pk=batch.pk)
    assert enterprise.outcomes(batch) == ["ignored", "ignored"]


def test_what_cannot_be_judged_together_is_not_taken_in(enterprise: Enterprise, monkeypatch: pytest.MonkeyPatch) -> None:
    from dangjian.engines.exchange.actions import uploading

    monkeypatch.setattr(uploading, "MOST_TOGETHER", 1)
    with pytest.raises(Invalid, match="一次最多1行"):
        enterprise.upload(table(GENERAL, BRANCH), sheet=TREE)


def test_written_in_several_pieces_it_is_judged_as_one(enterprise: Enterprise, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "CHUNK", 1)
    batch, _ = _checked(enterprise, unit("第一党小组", "党小组", "电气第一党支部"), BRANCH, GENERAL)
    assert (batch.state, batch.new_count) == (State.READY, 3)


def test_the_template_comes_back_without_a_fault(enterprise: Enterprise) -> None:
    batch = enterprise.upload(product_sheets.template(TREE), sheet=TREE)
    assert (batch.ignored_count, batch.problem_count, batch.unknown_headers) == (1, 0, [])
    assert enterprise.problems(batch) == {}


@pytest.mark.parametrize(
    ("name", "short_name"),
    [
        ("中共虚构集团机电检修一班支部委员会", "虚构集团机电检修一班党支部"),
        ("中国共产党虚构集团委员会", "虚构集团党委"),
        ("中共虚构机电总支部委员会", "虚构机电党总支"),
        ("虚构机电党总支", "虚构机电党总支"),
        ("中共虚构机电联合支部委员会", "虚构机电联合党支部"),
        ("第一党小组", "第一党小组"),
    ],
)
def test_a_short_name_follows_from_a_full_one(name: str, short_name: str) -> None:
    assert short_of(name) == short_name
