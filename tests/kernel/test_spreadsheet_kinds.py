"""The same table in every format: values, errors, formulas, merged cells, epochs, worksheets, headers, sums and signatures."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dangjian.kernel.spreadsheets import Book, Limits, NoHeader, Sheet, SpreadsheetProblem, biff, noise, read, read_all
from dangjian.kernel.spreadsheets.headers import bare, find
from tests.tables import KINDS, WITH_CELLS, WPS_FORMATS, Day, Failed, Formula, written

KNOWN = ("姓名", "民族", "日期", "基数")
HEAD = list(KNOWN)


def opened(kind: str, rows: list[list[Any]], **how: Any) -> Sheet:
    return read(written(kind, {"名册": [HEAD, *rows]}, **how), filename=f"名册.{kind}", known_headers=KNOWN)


def values(sheet: Sheet) -> list[tuple[Any, ...]]:
    return [row.values for row in sheet]


@pytest.mark.parametrize("kind", KINDS)
class TestEveryKind:
    def test_texts(self, kind: str) -> None:
        assert values(opened(kind, [["例一", "汉", None, "x"]])) == [("例一", "汉", None, "x")]

    def test_errors_are_blank_and_named(self, kind: str) -> None:
        sheet = opened(kind, [["例一", Failed("#N/A"), None, "x"], ["例二", "汉", Failed("#DIV/0!"), "x"]])
        assert set(sheet.uncalculated) == {"B2", "C3"}
        assert [row[1:3] for row in values(sheet)] == [(None, None), ("汉", None)]

    def test_too_much(self, kind: str) -> None:
        content = written(kind, {"名册": [HEAD, *[["甲", "汉", None, "x"]] * 30]})
        with pytest.raises(SpreadsheetProblem, match=r"超过了|太大"):
            read(content, filename=f"x.{kind}", known_headers=KNOWN, limits=Limits(rows=20))

    def test_no_header(self, kind: str) -> None:
        with pytest.raises(NoHeader):
            read(written(kind, {"x": [["甲", "乙"], ["丙", "丁"]]}), filename=f"x.{kind}", known_headers=KNOWN)


@pytest.mark.parametrize("kind", WITH_CELLS)
class TestKindsWithCells:
    def test_dates_and_numbers(self, kind: str) -> None:
        assert values(opened(kind, [["例一", "汉", dt.date(2004, 6, 30), 12.5]])) == [("例一", "汉", dt.date(2004, 6, 30), 12.5)]

    def test_a_formula_with_a_result_has_a_value_and_an_empty_text_is_blank(self, kind: str) -> None:
        sheet = opened(kind, [["例一", Formula("汉族"), Formula(""), Formula(7)], ["例二", "汉", None, Formula(0)]])
        assert sheet.uncalculated == ()
        assert values(sheet) == [("例一", "汉族", None, 7), ("例二", "汉", None, 0)]

    def test_a_formula_nobody_calculated_has_none(self, kind: str) -> None:
        sheet = opened(kind, [["例一", "汉", None, Formula(None)]], calculated=False)
        assert (sheet.uncalculated, values(sheet)) == (("D2",), [("例一", "汉", None, None)])

    def test_a_merged_range_gives_its_value_to_rows_that_have_their_own(self, kind: str) -> None:
        rows = [
            ["例一", "汉", None, "x"],
            ["例二", None, None, "y"],
            [None] * 4,
            ["例三", None, None, "z"],
            ["例四", None, None, None],
        ]
        sheet = opened(kind, rows, merged={"名册": ["B2:B5"]})
        assert [(row.number, row.get("民族")) for row in sheet] == [(2, "汉"), (3, "汉"), (5, "汉"), (6, None)]

    def test_a_heading_merged_across_is_not_spread(self, kind: str) -> None:
        sheet = opened(kind, [["一、第一支部", None, None, None], ["例一", "汉", None, "x"]], merged={"名册": ["A2:D2"]})
        assert values(sheet)[0] == ("一、第一支部", None, None, None)

    def test_the_epoch(self, kind: str) -> None:
        assert opened(kind, [["例一", "汉", 36706, "x"]], since_1904=True).since_1904
        assert not opened(kind, [["例一", "汉", 36706, "x"]]).since_1904

    def test_rows_that_are_only_formatted_and_a_merged_title_are_no_rows(self, kind: str) -> None:
        lines = [["虚构名册", *[None] * 3], HEAD, ["例一", "汉", None, "x"], *[[None] * 4] * 5]
        content = written(kind, {"名册": lines}, merged={"名册": ["A1:D1"]})
        assert values(read(content, filename=f"名册.{kind}", known_headers=KNOWN)) == [("例一", "汉", None, "x")]

    def test_what_keeps_digits_as_a_text_is_taken_off(self, kind: str) -> None:
        assert values(opened(kind, [["例一", '="0012"', None, '="34"']])) == [("例一", "0012", None, "34")]

    def test_all_worksheets_with_the_header(self, kind: str) -> None:
        sheets = {"甲": [HEAD, ["例一", "汉"]], "乙": [["说明"]], "丙": [HEAD, ["例二", "汉"]], "丁": [HEAD, ["例三", "汉"]]}
        book: Book = read_all(written(kind, sheets, hidden=["丁"]), filename="x", known_headers=KNOWN)
        assert [sheet.name for sheet in book.sheets] == ["甲", "丙"]
        assert dict(book.passed_over) == {"丁": "这张工作表是隐藏的", "乙": "没有找到表头"}


@pytest.mark.parametrize("kind", ["xlsx", "wps"])
def test_days_are_counted_from_1904_where_the_book_says_so(kind: str) -> None:
    day = dt.date(2004, 6, 30)
    rows = [["例一", "汉", day - dt.timedelta(days=1462), 1]]  # written as counted from 1900
    assert values(opened(kind, rows, since_1904=True)) == [("例一", "汉", day, 1)]


class TestXlsx:
    def test_a_result_of_nought_counts_only_from_a_program_that_calculates(self) -> None:
        row = ["例一", "汉", None, Formula(0)]
        assert values(opened("xlsx", [row])) == [("例一", "汉", None, 0)]
        assert opened("xlsx", [row], calculated=False).uncalculated == ("D2",)
        assert opened("xlsx", [["例一", "汉", None, Formula(5)]], calculated=False).uncalculated == ()

    def test_the_strict_form_is_the_same(self) -> None:
        assert values(opened("xlsx", [["例一", "汉", dt.date(2004, 6, 30), 1]], strict=True)) == [
            ("例一", "汉", dt.date(2004, 6, 30), 1)
        ]

    def test_more_errors_than_can_be_listed_are_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("dangjian.kernel.spreadsheets.archive.MOST_NAMED", 3)
        with pytest.raises(SpreadsheetProblem, match="3个以上"):
            opened("xlsx", [["例一", "汉", None, Failed("#N/A")]] * 4)


class TestWps:
    @pytest.mark.parametrize("shape", WPS_FORMATS)
    def test_a_day_is_one_in_every_format_that_shows_days(self, shape: str | int) -> None:
        rows = [["例一", "汉", Day(dt.date(2004, 6, 30), shape), 1]]
        assert values(opened("wps", rows)) == [("例一", "汉", dt.date(2004, 6, 30), 1)]

    def test_readings_and_runs_of_a_text_are_no_part_of_it(self) -> None:
        names = ["王䶮", " 张 三", "古丽·𠮷𠮷", "甲<乙>&丙"]
        rows = [[name, name, None, name] for name in names]
        assert values(opened("wps", rows)) == [(name.strip(), name.strip(), None, name.strip()) for name in names]


class TestXls:
    @given(st.binary(max_size=700))
    @settings(max_examples=40, deadline=None)
    def test_a_damaged_stream_is_refused_and_never_runs_on(self, noise_: bytes) -> None:
        content = written("xls", {"名册": [HEAD, ["例一", Failed("#N/A")]]})
        assert biff.missing_in(content).cells == (("B2",),)
        for broken in (content[:600] + noise_ + content[600 + len(noise_) :], content[: 512 + len(noise_)]):
            try:
                biff.missing_in(broken)
            except biff.DamagedStream as damage:
                assert str(damage)  # noqa: PT017 - either outcome is right


class TestText:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
    @pytest.mark.parametrize("between", [",", "\t"])
    def test_encodings_and_separators(self, encoding: str, between: str) -> None:
        text = "\n".join(between.join(row) for row in (HEAD, ["王䶮", "汉", "2004-06-30", "1"])) + "\n"
        sheet = read(text.encode(encoding), filename="名册.csv", known_headers=KNOWN)
        assert values(sheet) == [("王䶮", "汉", "2004-06-30", "1")]

    def test_what_keeps_numbers_as_texts_is_taken_off(self) -> None:
        text = '姓名,民族,日期,基数\n甲,="0012",\'0034,"\t0056"\n'
        assert values(read(text.encode(), filename="x.csv", known_headers=KNOWN)) == [("甲", "0012", "0034", "0056")]

    def test_private_characters_of_the_standard_are_the_real_ones(self) -> None:
        content = "姓名,民族\n".encode("gb18030") + b"\xcd\xf5\xfe\x59,\xba\xba\n"
        assert values(read(content, filename="x.csv", known_headers=KNOWN)) == [("王\u9fb4", "汉")]


class TestHeaders:
    @pytest.mark.parametrize(
        ("header", "name"),
        [
            ("交易日期[TransactionDate]", "交易日期"),
            ("DcFlg借贷", "借贷"),
            ("余额Balance", "余额"),
            ("借方发生额/元(支取)", "借方发生额/元"),
            ("养老保险(单位)", "养老保险(单位)"),
            ("养老保险(单位缴纳)", "养老保险(单位缴纳)"),
            ("金额(单位:元)", "金额"),
        ],
    )
    def test_what_belongs_to_a_name(self, header: str, name: str) -> None:
        assert bare(header) == name

    def test_remarks_that_tell_two_columns_apart_stay(self) -> None:
        found = find([["日期", "交易金额(收入)", "交易金额(支出)", "余额(元)"]], ["日期", "交易金额", "余额"])
        assert found is not None
        assert found.names == ("日期", "交易金额(收入)", "交易金额(支出)", "余额")

    def test_an_exact_name_goes_before_one_with_a_remark(self) -> None:
        found = find([["姓名", "电话", "电话(办公)"]], ["姓名", "电话"])
        assert found is not None
        assert found.names == ("姓名", "电话", "电话(办公)")

    def test_two_tiers_that_are_one_name_together(self) -> None:
        rows = [["日期", "收入", None, "支出", None], [None, "金额", "笔数", "金额", "笔数"]]
        found = find(rows, ["日期", "收入金额", "支出金额"])
        assert found is not None
        assert found.names == ("日期", "收入金额", "笔数", "支出金额", "笔数")


class TestNoise:
    @pytest.mark.parametrize("text", ["合　计", "人民币合计", "共1笔", "小计2人", "第一支部合计", "贷方总笔数：3", "合计：3人"])
    def test_sums(self, text: str) -> None:
        assert noise.is_total(text)

    @pytest.mark.parametrize("text", ["张合计", "合计公司党费", "共建党支部党费", "张三", "计划科"])
    def test_what_only_looks_like_a_sum(self, text: str) -> None:
        assert not noise.is_total(text)

    @pytest.mark.parametrize(
        "text", ["填表人：虚构", "单位负责人（签字）：", "制表日期：2026年", "备注：无", "第1页", "联系电话：1"]
    )
    def test_signatures(self, text: str) -> None:
        assert noise.is_signature(text)

    def test_headings(self) -> None:
        assert noise.is_heading(["二、第二支部", "", ""])
        assert noise.is_heading(["虚构第一党支部"])
        assert not noise.is_heading(["张三"])
        assert not noise.is_heading(["第一支部", "张三"])
