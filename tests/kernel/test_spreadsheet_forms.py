"""Tables in the fixed form of official statistics: what stands where, and that a text never becomes a formula."""

import openpyxl

from dangjian.kernel import spreadsheets
from dangjian.kernel.spreadsheets import FormPage, Heading

PAGE = FormPage(
    name="表2",
    title="表2　党员基本情况",
    facts=("填报单位：虚构党委", "报告期：2026年", "计量单位：名"),
    columns=[Heading("总数"), Heading("30岁及以下", "年龄"), Heading("31岁及以上", "年龄"), Heading("女")],
    rows=[("合计", 0, [3, 1, 2, 0]), ("在岗职工", 1, [2, 1, 1, 0])],
    foot=["=核对：各项平衡。"],
    signed=("单位负责人：", "填表人："),
)


def test_a_page_has_title_facts_headings_numbers_figures_and_signatures() -> None:
    sheet = openpyxl.load_workbook(spreadsheets.write_forms([PAGE]))["表2"]
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][0] == "表2　党员基本情况"
    assert [cell for cell in rows[1] if cell] == list(PAGE.facts)
    assert rows[2] == ("项目", "行次", "总数", "年龄", None, "女")
    assert rows[3][3:5] == ("30岁及以下", "31岁及以上")
    assert rows[4] == ("甲", "乙", 1, 2, 3, 4)
    assert rows[5:7] == [("合计", 1, 3, 1, 2, 0), ("在岗职工", 2, 2, 1, 1, 0)]
    assert (rows[7][0], sheet["A8"].data_type) == ("=核对：各项平衡。", "s")
    assert [cell for cell in rows[9] if cell] == list(PAGE.signed)


def test_it_prints_on_a4_landscape_with_its_header_on_every_sheet_of_paper() -> None:
    sheet = openpyxl.load_workbook(spreadsheets.write_forms([PAGE]))["表2"]
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    assert (sheet.sheet_properties.pageSetUpPr.fitToPage, sheet.page_setup.fitToHeight) == (True, 0)
    assert sheet.print_title_rows == "$3:$5"
    assert sheet.freeze_panes == "C6"
    assert {str(one) for one in sheet.merged_cells.ranges} >= {"A1:F1", "A3:A4", "B3:B4", "C3:C4", "D3:E3", "F3:F4"}


def test_a_narrow_table_keeps_room_for_the_lines_above_it() -> None:
    page = FormPage("表1", "表1", ("填报单位：虚构党委", "报告期：2026年"), [Heading("总数")], [("合计", 0, [1])])
    sheet = openpyxl.load_workbook(spreadsheets.write_forms([page]))["表1"]
    assert sheet.column_dimensions["C"].width > 60
