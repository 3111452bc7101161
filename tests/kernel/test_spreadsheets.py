"""Reading spreadsheets of strangers, and writing them."""

import datetime as dt
import io
import struct
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dangjian.kernel.spreadsheets import (
    Column,
    Limits,
    Sheet,
    SpreadsheetProblem,
    as_text,
    cell_name,
    column_letters,
    read,
    write,
)
from dangjian.kernel.spreadsheets.cells import column_number

SAMPLES = Path(__file__).parent / "samples"
KNOWN = ("姓名", "公民身份号码", "手机号码", "出生日期")
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def _xlsx(*rows: list[Any], **sheets: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    for name, content in sheets.items():
        added = book.create_sheet(name)
        for row in content:
            added.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _with_sheet(data: str, **parts: bytes) -> bytes:
    """A workbook whose only sheet holds the given rows of XML; ``parts`` are further entries, ``__`` for ``/``."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(_xlsx(["x"]))) as source, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            if name == "xl/worksheets/sheet1.xml":
                target.writestr(name, f'<worksheet xmlns="{MAIN}"><sheetData>{data}</sheetData></worksheet>')
            else:
                target.writestr(name, source.read(name))
        for name, content in parts.items():
            target.writestr(name.replace("__", "/"), content)
    return file.getvalue()


def _ods(rows: str) -> bytes:
    spaces = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'<office:document-content xmlns:office="{spaces}:office:1.0" '
        f'xmlns:table="{spaces}:table:1.0" xmlns:text="{spaces}:text:1.0">'
        f'<office:body><office:spreadsheet><table:table table:name="名册">{rows}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    manifest = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        '<manifest:file-entry manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/>'
        "</manifest:manifest>"
    )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet", zipfile.ZIP_STORED)
        archive.writestr("META-INF/manifest.xml", manifest)
        archive.writestr("content.xml", content)
    return file.getvalue()


def _ods_row(*values: str, repeat: int = 1) -> str:
    cells = "".join(
        f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>' for value in values
    )
    return f'<table:table-row table:number-rows-repeated="{repeat}">{cells}</table:table-row>'


def _ole(*names: str) -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + b"".join(name.encode("utf-16-le") for name in names) + bytes(512)


def _read(content: bytes, filename: str = "名册.xlsx", **how: Any) -> Sheet:
    return read(io.BytesIO(content), filename=filename, **{"known_headers": KNOWN} | how)


def _refusal(content: bytes, filename: str = "名册.xlsx", **how: Any) -> str:
    with pytest.raises(SpreadsheetProblem) as refused:
        _read(content, filename, **how)
    assert refused.value.how
    return refused.value.message


SOUND = _xlsx(["姓名", "手机号码"], ["甲", 1])


class TestFindingTheHeader:
    def test_beneath_merged_titles(self) -> None:
        sheet = _read(
            _xlsx(["某某公司党员名册"], [], ["填表单位：", None, "2026年"], ["姓名", "手机号码"], ["张示例", "13800000000"])
        )
        assert sheet.header_row == 4
        assert [(row.number, row.get("姓名")) for row in sheet] == [(5, "张示例")]

    def test_with_stars_blanks_remarks_and_wide_letters(self) -> None:
        sheet = _read(_xlsx(["* 姓 名", "公民身份\n号码（必填）", "出生日期(如1998-07-01)", "备注"], ["张示例", "1", "2", "3"]))
        assert sheet.headers == ("姓名", "公民身份号码", "出生日期", "备注")

    def test_in_two_tiers(self) -> None:
        known = ("姓名", "入党时间", "转正时间", "备注")
        rows = [["姓名", "党内", None, "备注"], [None, "入党时间", "转正时间", None], ["张示例", "1998.7", "1999.7", "无"]]
        sheet = _read(_xlsx(*rows), known_headers=known)
        assert sheet.headers == known
        assert [row.get("备注") for row in sheet] == ["无"]

    def test_without_known_names_it_is_the_first_full_row(self) -> None:
        sheet = _read(_xlsx(["题目"], ["甲", "乙", "丙"], [1, None, None]), known_headers=())
        assert (sheet.headers, sheet.header_row) == (("甲", "乙", "丙"), 2)

    def test_on_the_sheet_that_holds_most_of_it(self) -> None:
        content = _xlsx(["说明"], 名册=[["姓名", "手机号码"], ["张示例", "1"]], 备用=[["姓名", "甲"]])
        assert _read(content).name == "名册"

    def test_hidden_sheets_are_passed_over(self) -> None:
        book = openpyxl.load_workbook(io.BytesIO(_xlsx(["姓名", "手机号码"], 旧=[["姓名", "手机号码", "出生日期"]])))
        book["旧"].sheet_state = "hidden"
        file = io.BytesIO()
        book.save(file)
        assert _read(file.getvalue()).name == "Sheet"

    def test_none_is_said_with_the_names_looked_for(self) -> None:
        assert "“姓名”、“公民身份号码”" in _refusal(_xlsx(["甲", "乙"], ["丙", "丁"]))

    def test_too_far_down_it_is_not_found(self) -> None:
        _refusal(_xlsx(*[["说明"]] * 15, ["姓名", "手机号码"]))

    def test_a_known_name_twice_is_refused_with_both_places(self) -> None:
        assert "（A列和C列）" in _refusal(_xlsx(["姓名", "手机号码", "姓名"]))


class TestValues:
    def test_rows_keep_the_number_that_people_see(self) -> None:
        book = openpyxl.Workbook()
        sheet = book.active
        assert sheet is not None
        for name, value in {"C3": "姓名", "D3": "手机号码", "C5": "张示例", "D5": 13800000000, "C8": "李示例"}.items():
            sheet[name] = value
        file = io.BytesIO()
        book.save(file)
        rows = list(_read(file.getvalue()))
        assert [row.number for row in rows] == [5, 8]
        assert rows[0].cell("手机号码") == "D5"
        assert rows[0].cell("没有这列") == "第5行"
        assert rows[0].text("手机号码") == "13800000000"
        assert (rows[1].get("手机号码"), rows[1].text("手机号码"), rows[1].get("没有这列")) == (None, "", None)

    def test_numbers_texts_dates(self) -> None:
        values = [" 张\u3000", 13800000000, dt.datetime(1998, 7, 1, tzinfo=None), 1998.7, True, "\u200b"]  # noqa: DTZ001 - a cell has no zone
        sheet = _read(_xlsx(["姓名", "手机号码", "出生日期", "甲", "乙", "丙"], values))
        assert next(iter(sheet)).values == ("张", 13800000000, dt.date(1998, 7, 1), 1998.7, True, None)

    def test_a_sheet_can_be_gone_through_twice(self) -> None:
        sheet = _read(_xlsx(["姓名", "手机号码"], ["甲", 1], ["乙", 2]))
        assert list(sheet) == list(sheet)
        assert len(list(sheet)) == 2

    def test_formulas_without_a_result_and_errors_are_named(self) -> None:
        content = _with_sheet(
            '<row r="1"><c r="A1" t="inlineStr"><is><t>姓名</t></is></c>'
            '<c r="B1" t="inlineStr"><is><t>手机号码</t></is></c></row>'
            '<row r="2"><c r="A2"><f>B2&amp;"x"</f><v></v></c><c r="B2"><f>1+1</f><v>2</v></c></row>'
            '<row r="3"><c r="A3"><f>C9</f></c><c r="B3" t="e"><f>1/0</f><v>#DIV/0!</v></c></row>'
            '<row r="4"><c r="A4" t="str"><f>B1</f><v>手机号码</v></c></row>'
        )
        sheet = _read(content)
        assert sorted(sheet.uncalculated) == ["A2", "A3", "B3"]
        assert [row.text("手机号码") for row in sheet] == ["2", ""]
        assert [row.number for row in sheet] == [2, 4]

    def test_what_openpyxl_computes_not_is_named_too(self) -> None:
        assert _read(_xlsx(["姓名", "手机号码"], ["=B2", 1])).uncalculated == ("A2",)

    @given(
        st.lists(
            st.lists(st.one_of(st.none(), st.integers(0, 10**12), st.text("甲乙丙ab=+-@", min_size=1)), min_size=3, max_size=3)
        )
    )
    @settings(max_examples=30, deadline=None)
    def test_what_is_written_is_read(self, rows: list[list[Any]]) -> None:
        columns = [Column(name, kind="general") for name in KNOWN[:3]]
        content = write(columns, rows, title="名册").getvalue()
        assert [list(row.values) for row in _read(content)] == [row for row in rows if any(value is not None for value in row)]


class TestOtherKinds:
    def test_xls(self) -> None:
        sheet = read(SAMPLES / "roster.xls", filename="roster.xls", known_headers=KNOWN)
        row = next(iter(sheet))
        assert (row.number, row.get("姓名"), row.text("手机号码")) == (3, "张示例", "13800000000")
        assert row.get("出生日期") == dt.date(1990, 1, 1)

    def test_ods(self) -> None:
        content = _ods(_ods_row("名册") + _ods_row("姓名", "手机号码") + _ods_row("张示例", "13800000000"))
        assert [row.text("手机号码") for row in _read(content, "名册.ods")] == ["13800000000"]

    def test_the_name_of_the_file_does_not_matter(self) -> None:
        assert [row.get("姓名") for row in _read(_xlsx(["姓名", "手机号码"], ["甲", 1]), "名册.xls")] == ["甲"]
        assert _read(_xlsx(["姓名", "手机号码"], ["甲", 1]), "照片.png").header_row == 1

    def test_bytes_and_paths_are_taken_too(self, tmp_path: Path) -> None:
        content = _xlsx(["姓名", "手机号码"], ["甲", 1])
        (tmp_path / "a.xlsx").write_bytes(content)
        assert read(content, filename="a.xlsx").headers == read(tmp_path / "a.xlsx", filename="a.xlsx").headers


class TestRefusals:
    @pytest.mark.parametrize(
        ("content", "filename", "says"),
        [
            (b"", "空.xlsx", "是空的"),
            ("姓名,手机号码\n".encode() + b"\xff\xff,1\n", "名册.csv", "读不出来"),
            (b"\x81\0,1\n", "名册.csv", "不是电子表格"),
            (('姓名,手机号码\n"甲,1\n').encode(), "名册.csv", "引号"),
            (b"<html><table><tr><td>1</td></tr></table></html>", "名册.xls", "网页格式"),
            (b'<?xml version="1.0"?><Workbook/>', "名册.xls", "网页格式"),
            (b"%PDF-1.7 ...", "名册.xlsx", "PDF"),
            (b"\x89PNG\r\n\x1a\n", "名册.xlsx", "图片"),
            (b"\0\1\2\3", "名册.xlsx", "不是电子表格"),
            (_ole("EncryptedPackage"), "名册.xlsx", "打开密码"),
            (_ole("Workbook", "_VBA_PROJECT_CUR"), "名册.xls", "宏"),
            (_ole("WordDocument"), "名册.xls", "Word"),
            (_ole("Workbook"), "名册.xls", "读不出来"),
            (_ole(), "名册.xls", "不是电子表格"),
        ],
    )
    def test_what_is_no_readable_spreadsheet(self, content: bytes, filename: str, says: str) -> None:
        assert says in _refusal(content, filename)

    def test_an_archive_that_is_no_spreadsheet(self) -> None:
        def archive(name: str) -> bytes:
            file = io.BytesIO()
            with zipfile.ZipFile(file, "w") as target:
                target.writestr(name, "x")
            return file.getvalue()

        assert "Word" in _refusal(archive("word/document.xml"))
        assert "压缩包" in _refusal(archive("名册.xlsx"))
        assert "xlsb" in _refusal(archive("xl/workbook.bin"))

    def test_a_workbook_with_macros(self) -> None:
        assert "宏" in _refusal(_with_sheet("", **{"xl__vbaProject.bin": b"x"}))
        assert "宏" in _refusal(_with_sheet("", **{"xl__macrosheets__sheet1.xml": b"x"}))

    def test_an_empty_workbook(self) -> None:
        assert "没有内容" in _refusal(_xlsx())

    @pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.99])
    def test_a_truncated_file(self, share: float) -> None:
        content = _xlsx(["姓名", "手机号码"], *[[f"甲{n}", n] for n in range(200)])
        assert "不完整" in _refusal(content[: int(len(content) * share)])

    @given(st.data())
    @settings(max_examples=60, deadline=None)
    def test_a_damaged_file_is_read_or_refused(self, data: st.DataObject) -> None:
        content = bytearray(SOUND)
        for _ in range(data.draw(st.integers(1, 5))):
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
        try:
            list(_read(bytes(content)))
        except SpreadsheetProblem as problem:
            assert problem.how  # noqa: PT017 - either outcome is right

    @given(st.data())
    @settings(max_examples=8, deadline=None)
    def test_a_damaged_xls_is_read_or_refused(self, data: st.DataObject) -> None:
        content = bytearray((SAMPLES / "roster.xls").read_bytes())
        for _ in range(data.draw(st.integers(1, 9))):
            content[data.draw(st.integers(8, len(content) - 1))] = data.draw(st.integers(0, 255))
        try:
            list(_read(bytes(content)))
        except SpreadsheetProblem as problem:
            assert problem.how  # noqa: PT017 - either outcome is right

    def test_an_xls_that_makes_the_parser_abort(self) -> None:
        # Merged cells that the record is too short for: the parser gives up its whole process.
        content = (SAMPLES / "roster.xls").read_bytes()
        place = content.index(b"\xe5\x00")
        broken = content[: place + 2] + b"\x00\x00" + content[place + 4 :]
        assert "损坏" in _refusal(broken, "名册.xls")

    def test_a_large_file(self) -> None:
        assert "超过了" in _refusal(_xlsx(["姓名"]), limits=Limits(file_size=1000))

    def test_too_many_rows_columns_cells(self) -> None:
        content = _xlsx(["姓名", "手机号码", "甲"], *[[n, n, n] for n in range(30)])
        assert "31行" in _refusal(content, limits=Limits(rows=30))
        assert "3列" in _refusal(content, limits=Limits(columns=2))
        assert "内容太多" in _refusal(content, limits=Limits(cells=92))
        assert len(list(_read(content, limits=Limits(rows=31, columns=3, cells=93)))) == 30


class TestBombs:
    """Small files that would fill the memory. Each must be refused before it is laid out."""

    def test_one_that_unpacks_to_gigabytes(self) -> None:
        content = _with_sheet("", **{"xl__media__a.bin": bytes(30_000_000)})
        assert len(content) < 100_000
        assert "展开后过大" in _refusal(content)

    def test_one_that_exceeds_the_size_allowed(self) -> None:
        assert "展开后过大" in _refusal(
            _with_sheet("", **{"xl__media__a.bin": bytes(2_000_000)}), limits=Limits(unpacked_size=1_000_000)
        )

    def test_one_that_lies_about_its_size(self) -> None:
        content = _with_sheet("", **{"xl__media__a.bin": bytes(2_000_000)})
        lying = content.replace(struct.pack("<L", 2_000_000), struct.pack("<L", 10))
        assert lying != content
        assert "展开后过大" in _refusal(lying, limits=Limits(unpacked_size=1_000_000))

    def test_one_with_two_parts_of_one_name(self) -> None:
        assert "损坏" in _refusal(_with_sheet("", **{"xl__worksheets__Sheet1.xml": b"<worksheet/>"}))

    def test_one_with_very_many_entries(self) -> None:
        content = _with_sheet("", **{f"xl__media__{n}": b"" for n in range(60)})
        assert "展开后过大" in _refusal(content, limits=Limits(entries=50))

    @pytest.mark.parametrize(
        "data",
        [
            '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
            "<row r = '1'><c r = 'A1'><v>1</v></c></row><row><c\nr='XFD9' s='1'><v>1</v></c></row>",
            '<x:row r="1048576"><x:c r="A1048576" s="1"><x:v>1</x:v></x:c></x:row>',
            '<row r="1"><c><v>1</v></c></row><row r="1048576"><c><v>1</v></c></row>',
            f'<row r="1">{"<c><v>1</v></c>" * 300}</row>',
        ],
    )
    def test_cells_far_apart(self, data: str) -> None:
        message = _refusal(_with_sheet(data))
        assert "超过了" in message or "内容太多" in message

    def test_formatted_empty_cells_far_out_are_harmless(self) -> None:
        data = (
            '<row r="1"><c r="A1" t="inlineStr"><is><t>姓名</t></is></c>'
            '<c r="B1" t="inlineStr"><is><t>手机号码</t></is></c></row>'
            '<row r="2"><c r="A2"><v>1</v></c><c r="XFD2" s="0"/></row><row r="1048576" ht="12"><c r="A1048576" s="0"/></row>'
        )
        assert len(list(_read(_with_sheet(data)))) == 1

    def test_rows_and_cells_that_repeat_in_ods(self) -> None:
        header = _ods_row("姓名", "手机号码")
        assert "太大" in _refusal(_ods(header + _ods_row("甲", repeat=1_000_000)))
        cell = '<table:table-cell table:number-columns-repeated="16000"><text:p>1</text:p></table:table-cell>'
        wide = f"<table:table-row>{cell}</table:table-row>"
        assert "太大" in _refusal(_ods(header + wide))

    def test_entities_in_the_workbook(self) -> None:
        content = _xlsx(["姓名", "手机号码"])
        file = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(file, "w") as target:
            for name in source.namelist():
                text = source.read(name)
                target.writestr(name, b'<!DOCTYPE x [<!ENTITY a "b">]>' + text if name == "xl/workbook.xml" else text)
        assert "不允许" in _refusal(file.getvalue())


class TestWriting:
    @staticmethod
    def _book(columns: list[Column], rows: list[list[Any]], **how: Any) -> openpyxl.Workbook:
        return openpyxl.load_workbook(write(columns, rows, **{"title": "名册"} | how))

    def test_header_widths_and_freezing(self) -> None:
        sheet = self._book([Column("姓名", required=True), Column("备注", width=40)], [["甲", "乙"]])["名册"]
        assert [cell.value for cell in sheet[1]] == ["姓名*", "备注"]
        assert sheet.freeze_panes == "A2"
        assert sheet.column_dimensions["B"].width > 39
        assert sheet.auto_filter.ref == "A1:B2"
        assert sheet["A1"].font.bold

    @pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://x")', "{=1}", "http://example.invalid"])
    def test_no_text_becomes_a_formula_or_link(self, text: str) -> None:
        for kind in ("text", "general", "number", "date"):
            cell = self._book([Column("甲", kind=kind)], [[text]])["名册"]["A2"]  # type: ignore[arg-type]  # every kind in turn
            assert (cell.value, cell.data_type, cell.hyperlink) == (text, "s", None)

    def test_numbers_that_are_names_stay_text_and_dates_are_dates(self) -> None:
        columns = [
            Column("号码"),
            Column("日期", kind="date"),
            Column("数", kind="number"),
            Column("金额", kind="number"),
            Column("否"),
        ]
        moment = dt.datetime(2026, 11, 23, 9, 30, tzinfo=dt.UTC)
        sheet = self._book(
            columns, [[990000199001010011, dt.date(1990, 1, 1), 5, Decimal("0.5"), False], ["0012", moment, None, "", True]]
        )["名册"]
        assert [cell.value for cell in sheet[2]] == ["990000199001010011", dt.datetime(1990, 1, 1), 5, 0.5, "否"]  # noqa: DTZ001 - a cell has no zone
        assert [cell.value for cell in sheet[3]] == ["0012", moment.replace(tzinfo=None), None, None, "是"]
        assert sheet["A2"].number_format == "@"
        assert sheet["B2"].number_format == "yyyy-mm-dd"

    def test_an_empty_cell_of_a_number_column_is_text_for_the_person_who_fills_it_in(self) -> None:
        assert self._book([Column("号码")], [])["名册"].column_dimensions["A"].number_format == "@"

    def test_choices_short_and_long(self) -> None:
        long = [f"很长的选项第{n}号" for n in range(60)]
        book = self._book(
            [Column("性别", choices=("男性", "女性"), hint="按身份证填写"), Column("岗位", choices=long)], [], notes=["说明"]
        )
        rules = {str(rule.sqref): rule for rule in book["名册"].data_validations.dataValidation}
        assert rules["A2:A5001"].formula1 == '"男性,女性"'
        assert rules["A2:A5001"].prompt == "按身份证填写"
        assert rules["B2:B5001"].formula1.lstrip("=") == "选项!$A$1:$A$60"
        assert book["选项"].sheet_state == "hidden"
        assert [cell.value for cell in book["选项"]["A"]] == long

    def test_notes_stand_on_their_own_sheet(self) -> None:
        book = self._book([Column("姓名", required=True, hint="与身份证一致")], [], notes=["红色的列必填。"])
        assert book.sheetnames == ["名册", "填写说明"]
        text = " ".join(str(cell.value) for row in book["填写说明"].iter_rows() for cell in row if cell.value)
        assert "红色的列必填。" in text
        assert "必填。　与身份证一致" in text

    def test_a_template_filled_in_is_read_again(self) -> None:
        book = self._book([Column("姓名", required=True), Column("手机号码")], [], notes=["说明"])
        book["名册"].append(["张示例", "13800000000"])
        file = io.BytesIO()
        book.save(file)
        sheet = _read(file.getvalue())
        assert sheet.name == "名册"
        assert [row.values for row in sheet] == [("张示例", "13800000000")]

    @pytest.mark.parametrize(("title", "name"), [("党员[名册]/2026?", "党员名册2026"), ("", "名单"), ("很" * 50, "很" * 31)])
    def test_any_title_makes_a_sheet_name(self, title: str, name: str) -> None:
        assert self._book([Column("姓名")], [], title=title).sheetnames == [name]

    def test_rows_must_fit_the_columns(self) -> None:
        with pytest.raises(ValueError, match="zip"):
            write([Column("姓名")], [["甲", "乙"]], title="名册")


@given(st.integers(1, 20_000))
def test_column_letters_and_numbers(number: int) -> None:
    assert column_number(column_letters(number)) == number


def test_names_of_cells() -> None:
    assert (cell_name(12, 4), cell_name(1, 27), cell_name(3, 703)) == ("D12", "AA1", "AAA3")


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), ("甲", "甲"), (13800000000, "13800000000"), (0.1, "0.1"), (True, "是"), (dt.date(1998, 7, 1), "1998-07-01")],
)
def test_values_as_text(value: Any, text: str) -> None:
    assert as_text(value) == text
