"""Every problem of a roster is named by its cell."""

import datetime as dt
import io
from typing import Any

import pytest

from dangjian.accounts.models import Event
from dangjian.engines.exchange import actions, payload
from dangjian.engines.exchange import sheets as product_sheets
from dangjian.engines.exchange.layout import known_headers, template_columns
from dangjian.engines.exchange.models import ImportBatch, ImportRow, State
from dangjian.kernel import spreadsheets
from dangjian.kernel.errors import Invalid, NotFound
from dangjian.members.models import Member
from dangjian.members.sheets.roster.columns import ALIASES
from dangjian.members.sheets.roster.sheet import ROSTER
from dangjian.org.unscoped import unscoped
from tests import make
from tests.importing import ANSWERED, Enterprise
from tests.members.sheets.people import HEADERS, person, resident_id, sheet

BRANCH = "机电党支部"


def test_a_roster_without_faults_is_ready(enterprise: Enterprise) -> None:
    batch = enterprise.upload([person(1, BRANCH), person(2, "机务党支部")])
    assert (batch.state, batch.new_count, batch.problem_count, batch.kept_file) == (State.READY, 2, 0, "")
    with unscoped("test world"):
        assert not Member.objects.exists()
        assert Event.objects.filter(verb="exchange.uploaded").count() == 1


@pytest.mark.parametrize(
    ("header", "value", "cell", "words"),
    [
        ("公民身份号码", "990000198003070022", "B2", "最后一位不对"),
        ("公民身份号码", 9.9e17, "B2", "后几位已经丢失"),
        ("公民身份号码", "990000********0011", "B2", "星号"),
        ("公民身份号码", None, "B2", "没有填写"),
        ("姓名", None, "A2", "没有填写"),
        ("姓名", "名" * 65, "A2", "最多64个字"),
        ("所在党支部", "不存在党支部", "C2", "没有党支部叫"),
        ("所在党支部", "机电党支", "C2", "是不是“机电党支部”"),
        ("所在党支部", "虚构第一总支", "C2", "是党总支"),
        ("所在党支部", None, "C2", "没有填写所在党支部"),
        ("人员类别", "群众", "D2", "没有“群众”这个类别"),
        ("入党时间", "98.7.1", "E2", "没有写全年份"),
        ("入党时间", "2004-02-30", "E2", "只有29天"),
        ("入党时间", "1995-06-30", "E2", "不满18年"),
        ("入党时间", "2026-11-20", "E2", "晚于所选的生效日期"),
        ("转正日期", "2003-06-30", "F2", "不能早于“入党时间”"),
        ("手机号码", "1990000", "G2", "11位"),
        ("民族", "汗族", "H2", "没有“汗族”"),
        ("学历", "大学本课", "I2", "是不是"),
        ("学历", "=A1&B1", "I2", "公式"),
    ],
)
def test_a_fault_is_named_by_its_cell(enterprise: Enterprise, header: str, value: Any, cell: str, words: str) -> None:
    batch = enterprise.upload([person(1, BRANCH, **{header: value})])
    found = enterprise.problems(batch)
    assert words in found[cell]
    assert not found[cell].startswith("~")
    assert (batch.state, batch.problem_count) == (State.PROBLEMS, 1)


@pytest.mark.parametrize(
    "value",
    ["1998.07.01", "19980701", "1998年7月1日", "1998/7/1", "1998-07-01", dt.date(1998, 7, 1), 19980701, "1998.7", "1998年7月"],
)
def test_dates_are_read_in_every_way_people_type_them(enterprise: Enterprise, value: Any) -> None:
    batch = enterprise.upload([person(1, BRANCH, 入党时间=value, 转正日期="2005-07-01")])
    assert enterprise.problems(batch) == {}
    batch = enterprise.commit(batch)
    with unscoped("test world"):
        assert Member.objects.get().joined_on == dt.date(1998, 7, 1)


def test_birth_date_and_sex_must_agree_with_the_number(enterprise: Enterprise) -> None:
    headers = (*HEADERS, "出生日期", "性别")
    rows = [person(1, BRANCH, 出生日期="1980-03-08", 性别="女"), person(3, BRANCH, 出生日期="1980.3", 性别="男")]
    found = enterprise.problems(enterprise.upload(sheet(rows, headers)))
    assert sorted(found) == ["J2", "K2"]
    assert "1980年3月7日" in found["J2"]
    assert "男" in found["K2"]


def test_a_dash_is_an_empty_cell(enterprise: Enterprise) -> None:
    headers = (*HEADERS, "毕业院校", "专业")
    rows = [person(1, BRANCH, 毕业院校="—", 专业="/", 转正日期="-", 手机号码="－"), person(2, BRANCH, 姓名="-")]
    batch = enterprise.upload(sheet(rows, headers))
    with unscoped("test world"):
        first = ImportRow.objects.filter(batch=batch).order_by("number")[0]
        meant = payload.clean_of(first.payload)
    assert not any(meant.get(name) for name in ("school", "major", "converted_on", "mobile"))
    assert "A3" in enterprise.problems(batch)


def test_warnings_do_not_keep_a_row_out(enterprise: Enterprise) -> None:
    rows = [person(1, BRANCH, 转正日期=None), person(2, BRANCH, 入党时间="2015-06-30", 转正日期="2016-01-01")]
    batch = enterprise.upload(rows)
    found = enterprise.problems(batch)
    assert found["F2"].startswith("~")
    assert "预备期不满" in found["F3"]
    assert (batch.state, batch.warning_count) == (State.READY, 2)


def test_the_category_is_derived_where_it_is_not_given(enterprise: Enterprise) -> None:
    rows = [
        person(1, BRANCH, 人员类别=None),
        person(2, BRANCH, 人员类别=None, 入党时间="2026-05-01", 转正日期=None),
        person(3, BRANCH, 人员类别=None, 转正日期=None),
        person(4, BRANCH, 人员类别="预备党员"),
    ]
    batch = enterprise.upload(rows)
    found = enterprise.problems(batch)
    assert sorted(found) == ["D4", "F5"]
    assert "看不出" in found["D4"]
    with unscoped("test world"):
        categories = [payload.clean_of(row.payload).get("category") for row in ImportRow.objects.filter(batch=batch)]
    assert categories[:2] == ["1", "2"]


def test_somebody_twice_in_the_file_is_wrong_the_second_time(enterprise: Enterprise) -> None:
    batch = enterprise.upload([person(1, BRANCH), person(2, BRANCH), person(1, BRANCH)])
    assert enterprise.outcomes(batch) == ["new", "new", "problem"]
    assert "第2行" in enterprise.problems(batch)["B4"]


def test_somebody_on_record_is_updated_in_their_branch_and_refused_in_another(enterprise: Enterprise) -> None:
    make.member(enterprise.one, "虚构1号", resident_id=resident_id(1))
    make.member(enterprise.two, "虚构2号", resident_id=resident_id(2))
    batch = enterprise.upload([person(1, BRANCH), person(2, BRANCH)])
    assert enterprise.outcomes(batch) == ["update", "problem"]
    assert "机务党支部" in enterprise.problems(batch)["B3"]
    assert "调整" in enterprise.problems(batch)["B3"]


def test_somebody_on_record_is_left_alone_if_so_chosen(enterprise: Enterprise) -> None:
    make.member(enterprise.one, "虚构1号", resident_id=resident_id(1))
    batch = enterprise.upload([person(1, BRANCH), person(2, BRANCH)], existing="skip")
    assert enterprise.outcomes(batch) == ["ignored", "new"]


def test_a_stranger_to_the_other_branch_does_not_learn_where_somebody_is(enterprise: Enterprise) -> None:
    make.member(enterprise.two, "虚构2号", resident_id=resident_id(2))
    batch = enterprise.upload([person(2, BRANCH)], who=enterprise.below, organization=enterprise.first)
    text = enterprise.problems(batch)["B2"]
    assert "已登记在本单位另一名党员名下" in text
    assert "机务" not in text


def test_an_office_of_a_general_branch_imports_only_into_its_own_branches(enterprise: Enterprise) -> None:
    batch = enterprise.upload([person(1, BRANCH), person(2, "机务党支部")], who=enterprise.below, organization=enterprise.first)
    assert enterprise.outcomes(batch) == ["new", "problem"]
    with pytest.raises(NotFound):
        enterprise.upload([person(3, "机务党支部")], who=enterprise.below, organization=enterprise.second)
    with unscoped("test world"):
        assert ImportBatch.objects.count() == 1


def test_a_branch_name_that_two_branches_have_is_asked_back(enterprise: Enterprise) -> None:
    make.branch(enterprise.second, name="机电党支部")
    found = enterprise.problems(enterprise.upload([person(1, BRANCH)]))
    assert "有2个党支部都叫" in found["C2"]
    batch = enterprise.upload([person(1, enterprise.one.code)])
    assert batch.state == State.READY


def test_headers_may_stand_in_any_order_under_other_names_below_titles(enterprise: Enterprise) -> None:
    headers = ("备注", "身份证号", "党员姓名", "所在支部", "党员类别", "转正时间")
    rows = [dict(zip(headers, ("x", resident_id(1), "虚构甲", BRANCH, "正式", "2005.6"), strict=True))]
    batch = enterprise.upload(sheet(rows, headers, above=("虚构集团党员名册", "2026年11月")))
    assert (batch.state, batch.header_row) == (State.READY, 3)
    assert batch.unknown_headers == ["备注（A列）"]


def test_the_columns_of_the_national_export_are_all_known(enterprise: Enterprise) -> None:
    headers = (
        "姓名", "公民身份号码", "性别", "出生日期", "民族", "籍贯", "学历", "学位", "毕业院校", "专业", "入党时间",
        "转正日期", "工作岗位",
        "从事专业技术职务", "新的社会阶层", "人员类别", "是否农民工", "手机号码", "联系电话", "所在党支部", "联合支部单位名称",
        "档案所在单位", "户籍所在地", "现居住地", "失去联系情形", "失去联系日期", "信息完整度",
    )  # fmt: skip
    batch = enterprise.upload(sheet([person(1, BRANCH, 信息完整度="98%")], headers))
    assert batch.unknown_headers == []
    assert batch.state == State.READY


def test_no_alias_means_two_columns() -> None:
    others = [other for names in ALIASES.values() for other in names]
    assert len(others) == len(set(others))
    assert set(ALIASES) <= set(known_headers(ROSTER).values())


def test_the_template_is_read_back_and_its_example_left_out(enterprise: Enterprise) -> None:
    file = product_sheets.template(ROSTER)
    read = spreadsheets.read(io.BytesIO(file.getvalue()), filename="模板.xlsx", known_headers=known_headers(ROSTER).keys())
    assert read.headers[: len(template_columns(ROSTER))] == tuple(column.title for column in template_columns(ROSTER))
    batch = enterprise.upload(file)
    assert enterprise.outcomes(batch) == ["ignored"]
    assert batch.state == State.PROBLEMS


def test_missing_columns_are_named(enterprise: Enterprise) -> None:
    with pytest.raises(Invalid) as refused:
        enterprise.upload(sheet([{"姓名": "虚构甲", "民族": "汉族"}], ("姓名", "民族")))
    assert "“公民身份号码”、“所在党支部”" in refused.value.message
    with unscoped("test world"):
        assert not ImportBatch.objects.exists()


def test_a_branch_may_be_left_out_when_importing_into_one(enterprise: Enterprise) -> None:
    batch = enterprise.upload(sheet([person(1, "")], HEADERS[:2]), organization=enterprise.one)
    assert enterprise.problems(batch).keys() == {"第2行"}
    assert "看不出" in enterprise.problems(batch)["第2行"]


def test_without_the_permission_nothing_is_uploaded(enterprise: Enterprise) -> None:
    secretary = make.post(enterprise.one).user
    with unscoped("test world"), pytest.raises(Exception, match="权限"):
        actions.upload(
            actor=make.actor(secretary), sheet=ROSTER, organization=enterprise.one, file=sheet([person(1, BRANCH)]),
            file_name="a.xlsx", answers=ANSWERED,
        )  # fmt: skip
    with unscoped("test world"):
        assert not ImportBatch.objects.exists()
