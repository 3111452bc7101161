"""Files that went wrong elsewhere: the same answer in every format, and nothing lost without a word."""

import datetime as dt
import io
from typing import Any

import pytest
from django.urls import reverse

from dangjian.engines.exchange import actions, payload
from dangjian.engines.exchange.actions import checking
from dangjian.engines.exchange.models import ImportBatch, ImportRow, ImportWorkbook, State
from dangjian.members.models import Member
from dangjian.members.sheets.roster.sheet import ROSTER
from dangjian.org.gate import admitted
from dangjian.org.unscoped import unscoped
from tests import make, tables
from tests.activities.meetings.pages import signed_in
from tests.importing import ANSWERED, Enterprise
from tests.members.sheets.people import person, resident_id
from tests.tables import KINDS, WITH_CELLS, Failed, Formula, written

pytestmark = pytest.mark.any_database

BRANCH = "机电党支部"
HEADERS = ("姓名", "公民身份号码", "所在党支部", "入党时间", "转正日期", "毕业院校", "民族", "手机号码")


def row(place: int, **changes: Any) -> list[Any]:
    """A correct row under ``HEADERS``; ``changes`` by header replace cells."""
    cells = person(place, BRANCH, 毕业院校="虚构大学") | changes
    return [cells.get(header) for header in HEADERS]


def upload(enterprise: Enterprise, kind: str, rows: list[list[Any]], **how: Any) -> ImportBatch:
    more = {name: how.pop(name) for name in ("organization", "existing") if name in how}
    content = written(kind, {"花名册": [list(HEADERS), *rows]}, **how)
    return enterprise.upload(io.BytesIO(content), file_name=f"名册.{kind}", **more)


def cleaned(batch: ImportBatch) -> list[dict[str, Any]]:
    with unscoped("test world"):
        return [payload.clean_of(one.payload) for one in ImportRow.objects.filter(batch=batch).order_by("number")]


@pytest.mark.parametrize("kind", KINDS)
class TestEveryFormat:
    def test_the_same_rows(self, enterprise: Enterprise, kind: str) -> None:
        batch = upload(enterprise, kind, [row(1), row(2, 民族=None)])
        assert (batch.state, enterprise.outcomes(batch), enterprise.problems(batch)) == (State.READY, ["new", "new"], {})
        assert [one["joined_on"] for one in cleaned(batch)] == [dt.date(2004, 6, 30)] * 2

    def test_an_error_is_named_by_its_cell(self, enterprise: Enterprise, kind: str) -> None:
        batch = upload(enterprise, kind, [row(1, 民族=Failed("#N/A")), row(2, 手机号码=Failed("#DIV/0!")), row(3)])
        found = enterprise.problems(batch)
        assert sorted(found) == ["G2", "H3"]
        assert all("错误值" in message for message in found.values())
        assert enterprise.outcomes(batch) == ["problem", "problem", "new"]

    def test_invisible_characters_are_dropped(self, enterprise: Enterprise, kind: str) -> None:
        if kind == "csv":
            pytest.skip("GB 18030 keeps them too, and the other tests read them")
        changes = {"姓名": "虚\u200b构\u3000一", "公民身份号码": f"\u202d{resident_id(1)}\u202c", "手机号码": "(+86)19900000303"}
        batch = upload(enterprise, kind, [row(1, **changes)])
        assert enterprise.problems(batch) == {}
        [clean] = cleaned(batch)
        assert (clean["name"], clean["resident_id"], clean["mobile"]) == ("虚构一", resident_id(1), "19900000303")

    def test_sums_and_headings_are_no_people(self, enterprise: Enterprise, kind: str) -> None:
        blank = [None] * 7
        rows = [
            ["二、第二支部", *blank],
            list(HEADERS),
            row(1),
            ["小计", "1人", *blank[1:]],
            ["合　计", *blank],
            ["填表人：虚构", "审核人：虚构", *blank[1:]],
        ]
        batch = upload(enterprise, kind, rows)
        assert enterprise.outcomes(batch) == ["ignored", "ignored", "new", "ignored", "ignored", "ignored"]
        assert (batch.state, batch.problem_count, batch.warning_count) == (State.READY, 0, 5)
        assert "标题、合计、填表人" in enterprise.problems(batch)["第5行"]


@pytest.mark.parametrize("kind", WITH_CELLS)
class TestFormatsWithCells:
    def test_a_formula_nobody_calculated_is_no_value(self, enterprise: Enterprise, kind: str) -> None:
        batch = upload(enterprise, kind, [row(1, 毕业院校=Formula(None)), row(2, 毕业院校=Formula(""))], calculated=False)
        assert list(enterprise.problems(batch)) == ["F2"]
        assert enterprise.outcomes(batch) == ["problem", "new"]

    def test_all_rows_of_a_merged_range_have_its_value(self, enterprise: Enterprise, kind: str) -> None:
        rows = [row(1), row(2, 所在党支部=None), row(3, 所在党支部=None)]
        batch = upload(enterprise, kind, rows, merged={"花名册": ["C2:C4"]}, organization=enterprise.two, existing="update")
        assert set(enterprise.problems(batch)) == {"C2", "C3", "C4"}
        batch = upload(enterprise, kind, rows, merged={"花名册": ["C2:C4"]})
        assert enterprise.outcomes(batch) == ["new"] * 3
        assert {one["branch_id"] for one in cleaned(batch)} == {enterprise.one.pk}

    def test_days_count_as_the_book_says(self, enterprise: Enterprise, kind: str) -> None:
        batch = upload(enterprise, kind, [row(1, 入党时间=36706, 转正日期=37071)], since_1904=True)
        assert [one["joined_on"] for one in cleaned(batch)] == [dt.date(2004, 6, 30)]

    def test_each_worksheet_of_the_kind_is_read_and_the_others_are_named(self, enterprise: Enterprise, kind: str) -> None:
        sheets = {
            "在职党员": [list(HEADERS), row(1)],
            "退休党员": [list(HEADERS), row(2), row(3)],
            "旧名册": [list(HEADERS), row(4)],
            "说明": [["本表由各支部填写"]],
        }
        content = written(kind, sheets, hidden=["旧名册"])
        first = enterprise.upload(io.BytesIO(content), file_name=f"名册.{kind}")
        with unscoped("test world"):
            workbook = ImportWorkbook.objects.get()
            batches = list(workbook.batches.order_by("place"))
        assert [batch.sheet_name for batch in batches] == ["在职党员", "退休党员"]
        assert (first.pk, first.state, first.new_count) == (batches[0].pk, State.READY, 1)
        assert batches[1].state == State.WAITING
        assert dict(workbook.passed_over) == {"旧名册": "这张工作表是隐藏的", "说明": "没有找到表头"}
        enterprise.commit(first)
        with admitted(make.actor(enterprise.office), "members.import"):
            actions.check(pk=batches[1].pk)
        second = enterprise.again(batches[1])
        assert (second.state, second.new_count) == (State.READY, 2)
        enterprise.commit(second)
        with unscoped("test world"):
            assert Member.objects.count() == 3


def test_blanks_in_a_column_that_others_fill_are_named(enterprise: Enterprise) -> None:
    batch = upload(enterprise, "xlsx", [row(1), row(2, 所在党支部=None)], organization=enterprise.one)
    assert enterprise.outcomes(batch) == ["new", "problem"]
    assert "别的行都填了" in enterprise.problems(batch)["C3"]
    batch = upload(enterprise, "xlsx", [row(1, 所在党支部=None), row(2, 所在党支部=None)], organization=enterprise.one)
    assert enterprise.outcomes(batch) == ["new", "new"]


def test_a_blank_is_named_although_others_fill_the_column_much_further_down(
    enterprise: Enterprise, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "CHUNK", 2)
    rows = [row(1, 所在党支部=None), row(2, 所在党支部=None), row(3), row(4)]
    batch = upload(enterprise, "xlsx", rows, organization=enterprise.one)
    assert enterprise.outcomes(batch) == ["problem", "problem", "new", "new"]
    with admitted(make.actor(enterprise.office), "members.import"):
        fixed = actions.fix_row(actor=make.actor(enterprise.office), batch=batch, number=2, values={"branch": BRANCH})
    assert fixed.outcome == "new"


def test_one_number_with_two_names_is_wrong_in_both_rows(enterprise: Enterprise, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "CHUNK", 1)
    batch = upload(enterprise, "xlsx", [row(1), row(2), row(1, 姓名="虚构别名")])
    assert enterprise.outcomes(batch) == ["problem", "new", "problem"]
    assert "看不出哪个对" in enterprise.problems(batch)["A2"]
    with admitted(make.actor(enterprise.office), "members.import"):
        actions.leave_out(actor=make.actor(enterprise.office), batch=batch, number=4, out=True)
    assert enterprise.outcomes(batch) == ["new", "new", "ignored"]
    assert enterprise.problems(batch) == {}


def test_two_ways_to_write_one_name_are_one(enterprise: Enterprise) -> None:
    batch = upload(enterprise, "xlsx", [row(1, 姓名="丙　二"), row(1, 姓名="丙二")])
    assert enterprise.outcomes(batch) == ["new", "problem"]


@pytest.mark.parametrize(("name", "said"), [("坏丙日期😀", "不能有“😀”"), ("N/A", "不能有“/”"), ("王长长长长长", "连写了")])
def test_what_is_no_name_is_refused(enterprise: Enterprise, name: str, said: str) -> None:
    assert said in enterprise.problems(upload(enterprise, "xlsx", [row(1, 姓名=name)]))["A2"]


def test_a_member_is_found_however_the_name_is_typed(enterprise: Enterprise) -> None:
    batch = upload(enterprise, "xlsx", [row(1, 姓名="王\ue863"), row(2, 姓名="迪丽热巴•迪力木拉提")])
    enterprise.commit(batch)
    client = signed_in(enterprise.office)
    for typed, name in (
        ("王\ue863", "王䶮"),
        ("迪丽热巴 迪力", "迪丽热巴·迪力木拉提"),
        ("迪丽热巴．迪力", "迪丽热巴·迪力木拉提"),
    ):
        assert name in client.get(reverse("members:list"), {"q": typed}).content.decode()
        assert name in client.get("/search/", {"q": typed}).content.decode()


def test_two_columns_that_differ_in_their_remarks_are_asked_for(enterprise: Enterprise) -> None:
    content = written(
        "xlsx", {"花名册": [["姓名", "公民身份号码", "所在党支部", "学历(全日制)", "学历(在职)"], ["甲", "1", "2", "3", "4"]]}
    )
    with pytest.raises(Exception, match="分不清哪一列是学历"):
        enterprise.upload(io.BytesIO(content))


def test_the_preview_says_what_was_not_read_and_masks_every_number(enterprise: Enterprise) -> None:
    sheets = {
        "花名册": [[*HEADERS, "奖惩"], [*row(1, 手机号码="19900000307/19900000308"), "无"]],
        "说明": [["请看"]],
    }
    batch = enterprise.upload(io.BytesIO(written("xlsx", sheets)), file_name="名册.xlsx")
    page = signed_in(enterprise.office).get(reverse("exchange:detail", args=[batch.pk])).content.decode()
    assert "没有读的工作表" in page
    assert "“说明”：没有找到表头" in page
    assert "奖惩（I列）" in page
    assert "199****0307/199****0308" in page
    assert "19900000308" not in page


def test_strict_open_xml_is_read(enterprise: Enterprise) -> None:
    assert enterprise.outcomes(upload(enterprise, "xlsx", [row(1)], strict=True)) == ["new"]


def test_nothing_of_a_kind_in_the_file(enterprise: Enterprise) -> None:
    content = tables.written("csv", {"x": [["姓名", "民族"], ["甲", "汉"]]})
    with pytest.raises(Exception, match="“公民身份号码”、“所在党支部”"):
        enterprise.upload(io.BytesIO(content), file_name="x.csv")
    assert ANSWERED
    assert ROSTER.of_people
