"""Writing tables of figures in the fixed form of official statistics: to be read, printed and signed as they are."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from dangjian.kernel.spreadsheets.cells import text_width

_FONT: Final = "微软雅黑"
_FIRST: Final = 2
"""Columns before the figures: what a row is, and its number."""
_A4: Final = 9
_NARROWEST: Final = 66
"""How wide the columns of figures are together at least, so that the lines above and below have room."""


@dataclass(frozen=True, slots=True)
class Heading:
    """The heading of a column of figures; neighbours of one ``group`` stand below its title."""

    title: str
    group: str = ""


@dataclass(frozen=True, slots=True)
class FormPage:
    """A table on a worksheet of its own.

    ``facts`` stand in a line below the title (left, middle, right), ``rows`` are titles with their depth and figures, ``foot``
    lines below the table, ``signed`` the last line, evenly apart.
    """

    name: str
    title: str
    facts: Sequence[str]
    columns: Sequence[Heading]
    rows: Sequence[tuple[str, int, Sequence[int]]]
    foot: Sequence[str] = ()
    signed: Sequence[str] = ()


def write_forms(pages: Sequence[FormPage]) -> io.BytesIO:
    """An xlsx workbook with a worksheet for each page: A4 landscape, as wide as a sheet of paper, the header on each of them."""
    file = io.BytesIO()
    with Workbook(file, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        styles = _styles(book)
        for page in pages:
            _write(book.add_worksheet(page.name[:31]), page, styles)
    file.seek(0)
    return file


def _styles(book: Workbook) -> dict[str, Format]:
    def style(**more: Any) -> Format:
        return book.add_format({"font_name": _FONT, "font_size": 10, "valign": "vcenter", **more})

    return {
        "title": style(font_size=16, bold=True, align="center"),
        "left": style(),
        "middle": style(align="center"),
        "right": style(align="right"),
        "head": style(border=1, align="center", text_wrap=True),
        "number": style(border=1, align="center", font_color="#4E5969"),
        "figure": style(border=1, align="right", num_format="#,##0"),
        "note": style(text_wrap=True, valign="top"),
        **{f"row{depth}": style(border=1, indent=depth, text_wrap=True) for depth in range(4)},
    }


def _write(sheet: Worksheet, page: FormPage, styles: dict[str, Format]) -> None:
    last = _FIRST + len(page.columns) - 1
    _merge(sheet, 0, 0, 0, last, page.title, styles["title"])
    sheet.set_row(0, 30)
    _line(sheet, 1, last, page.facts, styles)
    figures = _header(sheet, 2, page.columns, styles)
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 6)
    sheet.set_column(_FIRST, last, max(11, _NARROWEST // len(page.columns)))
    for place, (title, depth, values) in enumerate(page.rows):
        sheet.write_string(figures + place, 0, title, styles[f"row{min(depth, 3)}"])
        sheet.write_number(figures + place, 1, place + 1, styles["number"])
        for column, value in enumerate(values):
            sheet.write_number(figures + place, _FIRST + column, value, styles["figure"])
    at = figures + len(page.rows)
    for line in page.foot:
        _merge(sheet, at, 0, at, last, line, styles["note"])
        sheet.set_row(at, 15 * (1 + text_width(line) // (40 + 11 * len(page.columns))))
        at += 1
    if page.signed:
        _line(sheet, at + 1, last, page.signed, styles)
    sheet.freeze_panes(figures, _FIRST)
    sheet.repeat_rows(2, figures - 1)
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.set_footer("&C第 &P 页，共 &N 页")


def _header(sheet: Worksheet, top: int, columns: Sequence[Heading], styles: dict[str, Format]) -> int:
    """Two lines of headings and the line of column numbers; returns the row of the first figures."""
    head = styles["head"]
    for place, title in enumerate(("项目", "行次")):
        _merge(sheet, top, place, top + 1, place, title, head)
    at = _FIRST
    for group, members in groupby(columns, key=lambda one: one.group):
        listed = list(members)
        if group:
            _merge(sheet, top, at, top, at + len(listed) - 1, group, head)
        for place, one in enumerate(listed, start=at):
            if group:
                sheet.write_string(top + 1, place, one.title, head)
            else:
                _merge(sheet, top, place, top + 1, place, one.title, head)
        at += len(listed)
    sheet.set_row(top, 22)
    longest = max((text_width(one.title) for one in columns), default=0)
    sheet.set_row(top + 1, 16 * max(1, -(-longest // 11)))
    for place, code in enumerate(("甲", "乙")):
        sheet.write_string(top + 2, place, code, styles["number"])
    for place in range(len(columns)):
        sheet.write_number(top + 2, _FIRST + place, place + 1, styles["number"])
    return top + 3


def _line(sheet: Worksheet, row: int, last: int, parts: Sequence[str], styles: dict[str, Format]) -> None:
    """Texts evenly over the width: the first to the left, the last to the right."""
    starts = [place * (last + 1) // len(parts) for place in range(len(parts))]
    ends = [*(start - 1 for start in starts[1:]), last]
    for place, (start, end, text) in enumerate(zip(starts, ends, parts, strict=True)):
        side = "left" if place == 0 else "right" if place == len(parts) - 1 else "middle"
        if start <= end:
            _merge(sheet, row, start, row, end, text, styles[side])


def _merge(sheet: Worksheet, top: int, left: int, bottom: int, right: int, text: str, style: Format) -> None:
    if (top, left) == (bottom, right):
        sheet.write_string(top, left, text, style)
    else:
        sheet.merge_range(top, left, bottom, right, "", style)
        sheet.write_string(top, left, text, style)
