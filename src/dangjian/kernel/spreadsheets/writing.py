"""Writing spreadsheets: lists for people, and templates to fill in."""

import csv
import datetime as dt
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Literal

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from dangjian.kernel.spreadsheets.cells import Value, column_letters, text_width

MAX_ROWS: Final = 1_048_575
_TEMPLATE_ROWS: Final = 5000
_INLINE_CHOICES: Final = 250
CHOICES_SHEET: Final = "选项"
NOTES_SHEET: Final = "填写说明"
"""Names of worksheets that a template has beside those to fill in."""

_FORBIDDEN_IN_NAME = re.compile(r"[\[\]:*?/\\]|^'|'$")
_FONT: Final = "微软雅黑"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a spreadsheet.

    ``kind``: ``text`` keeps digits as typed (ID numbers, telephones), ``date``, ``number``, or ``general`` as the value comes.
    ``choices`` make a drop-down list; ``hint`` is shown when a cell is selected; ``width`` in characters, by default that of the
    header.
    """

    header: str
    kind: Literal["text", "date", "number", "general"] = "text"
    required: bool = False
    choices: Sequence[str] = ()
    hint: str = ""
    width: int = 0


@dataclass(frozen=True, slots=True)
class _Styles:
    header: Format
    required: Format
    text: Format
    date: Format
    instant: Format
    number: Format
    wrapped: Format
    heading: Format


def write(
    columns: Sequence[Column],
    rows: Iterable[Sequence[Value | Decimal]],
    *,
    title: str,
    notes: Sequence[str] = (),
    above: Sequence[str] = (),
) -> io.BytesIO:
    """An xlsx workbook with ``rows`` below a frozen header, ``above`` it some lines, and ``notes`` on a second sheet 填写说明.

    Memory does not grow with the rows. Texts are always written as texts: one that begins with ``=`` never becomes a formula.
    Dates become dates, instants lose their time zone.

    :param title: the name of the sheet, shortened to what a spreadsheet allows.
    """
    return _write([Page(title, columns, rows, above)], notes, before=False)


@dataclass(frozen=True, slots=True)
class Page:
    """A worksheet of a workbook that has several, with ``rows`` below the header of its ``columns`` and lines ``above`` it."""

    title: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Value | Decimal]]
    above: Sequence[str] = ()


def write_book(pages: Sequence[Page], *, notes: Sequence[str]) -> io.BytesIO:
    """An xlsx workbook of several worksheets, behind a first one 填写说明 with ``notes`` on all of them. See ``write``."""
    return _write(pages, notes, before=True)


def _write(pages: Sequence[Page], notes: Sequence[str], *, before: bool) -> io.BytesIO:
    file = io.BytesIO()
    with Workbook(file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        styles = _styles(book)
        if before:
            _write_notes(book.add_worksheet(NOTES_SHEET), notes, pages, styles)
        made = []
        for page in pages:
            sheet = book.add_worksheet(_sheet_name(page.title))
            top = len(page.above)
            _write_header(sheet, page, styles)
            last = top
            for last, values in enumerate(page.rows, start=top + 1):
                _write_row(sheet, last, page.columns, values, styles)
            sheet.autofilter(top, 0, max(last, top + 1), len(page.columns) - 1)
            made.append((sheet, page, max(last, _TEMPLATE_ROWS)))
        if notes and not before:
            _write_notes(book.add_worksheet(NOTES_SHEET), notes, pages, styles)
        _add_choices(book, made)
    file.seek(0)
    return file


def write_text(columns: Sequence[Column], rows: Iterable[Sequence[Value | Decimal]]) -> io.BytesIO:
    """The same list as text with commas between the cells, in UTF-8 with its mark in front, as Excel and every program reads it.

    What a spreadsheet would take for a formula gets an apostrophe before it.
    """
    file = io.StringIO(newline="")
    sheet = csv.writer(file)
    sheet.writerow([column.header for column in columns])
    for values in rows:
        sheet.writerow([_plain(value) for value in values])
    return io.BytesIO(file.getvalue().encode("utf-8-sig"))


def _plain(value: Value | Decimal) -> str:
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return str(value)
    text = "" if value is None else ("是" if value else "否") if isinstance(value, bool) else str(value)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _styles(book: Workbook) -> _Styles:
    def style(**properties: Any) -> Format:
        return book.add_format({"font_name": _FONT, "font_size": 10, "valign": "vcenter", **properties})

    head = {"bold": True, "align": "center", "border": 1, "border_color": "#C9CDD4", "text_wrap": True}
    return _Styles(
        header=style(bg_color="#F2F3F5", **head),
        required=style(bg_color="#FBE3E1", font_color="#B3261E", **head),
        text=style(num_format="@"),
        date=style(num_format="yyyy-mm-dd", align="left"),
        instant=style(num_format="yyyy-mm-dd hh:mm", align="left"),
        number=style(),
        wrapped=style(text_wrap=True, valign="top"),
        heading=style(bold=True, font_size=12),
    )


def _sheet_name(title: str) -> str:
    return _FORBIDDEN_IN_NAME.sub("", title).strip()[:31] or "名单"


def _write_header(sheet: Worksheet, page: Page, styles: _Styles) -> None:
    top = len(page.above)
    sheet.freeze_panes(top + 1, 0)
    for row, line in enumerate(page.above):
        sheet.write_string(row, 0, line, styles.heading)
    sheet.set_row(top, 26)
    for place, column in enumerate(page.columns):
        ground = styles.date if column.kind == "date" else styles.text if column.kind == "text" else styles.number
        width = column.width or max(text_width(column.header) + 4, 12 if column.kind == "date" else 10)
        sheet.set_column(place, place, min(width, 60), ground)
        name = f"{column.header}*" if column.required else column.header
        sheet.write_string(top, place, name, styles.required if column.required else styles.header)


def _write_row(
    sheet: Worksheet, number: int, columns: Sequence[Column], values: Sequence[Value | Decimal], styles: _Styles
) -> None:
    if number > MAX_ROWS:
        raise ValueError(f"a worksheet holds at most {MAX_ROWS} rows")
    for place, (column, value) in enumerate(zip(columns, values, strict=True)):
        if value is not None and value != "":
            _write_cell(sheet, number, place, column, value, styles)


def _write_cell(sheet: Worksheet, row: int, place: int, column: Column, value: Value | Decimal, styles: _Styles) -> None:
    if isinstance(value, bool):
        sheet.write_string(row, place, "是" if value else "否", styles.text)
    elif isinstance(value, dt.datetime):
        sheet.write_datetime(row, place, value.replace(tzinfo=None), styles.instant)
    elif isinstance(value, dt.date):
        sheet.write_datetime(row, place, value, styles.date)
    elif isinstance(value, int | float | Decimal) and column.kind != "text":
        sheet.write_number(row, place, value, styles.number)
    else:
        # XlsxWriter leaves out a text longer than a cell may hold, without a word.
        sheet.write_string(row, place, str(value)[:32_767], styles.text)


def _add_choices(book: Workbook, made: Sequence[tuple[Worksheet, Page, int]]) -> None:
    """Drop-down lists and hints down to a last row. Choices too long for the cell rule itself lie on a hidden sheet."""
    every = [column for _, page, _ in made for column in page.columns]
    long = [column for column in every if len(",".join(column.choices)) > _INLINE_CHOICES]
    if long:
        _write_choices(book.add_worksheet(CHOICES_SHEET), long)
    for sheet, page, last_row in made:
        for place, column in enumerate(page.columns):
            if not column.choices and not column.hint:
                continue
            rule: dict[str, object] = {"validate": "any"}
            if column in long:
                letters = column_letters(long.index(column) + 1)
                rule = {"validate": "list", "source": f"={CHOICES_SHEET}!${letters}$1:${letters}${len(column.choices)}"}
            elif column.choices:
                rule = {"validate": "list", "source": list(column.choices)}
            if column.choices:
                rule |= {"error_title": "请从列表中选择", "error_message": f"“{column.header[:20]}”要从下拉列表中选择。"}
            if column.hint:
                rule |= {"input_title": column.header[:32], "input_message": column.hint[:255]}
            sheet.data_validation(len(page.above) + 1, place, last_row, place, rule)


def _write_choices(sheet: Worksheet, columns: Sequence[Column]) -> None:
    sheet.hide()
    for row in range(max(len(column.choices) for column in columns)):
        for place, column in enumerate(columns):
            if row < len(column.choices):
                sheet.write_string(row, place, column.choices[row])


def _write_notes(sheet: Worksheet, notes: Sequence[str], pages: Sequence[Page], styles: _Styles) -> None:
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 90)
    sheet.write_string(0, 0, NOTES_SHEET, styles.heading)
    row = 1
    for number, note in enumerate(notes, start=1):
        sheet.write_string(row, 0, f"{number}.", styles.text)
        sheet.write_string(row, 1, note, styles.wrapped)
        row += 1
    for page in pages:
        if len(pages) > 1:
            sheet.write_string(row, 0, page.title, styles.heading)
            row += 1
        for column in page.columns:
            if column.hint or column.required:
                text = "　".join(part for part in ("必填。" if column.required else "", column.hint) if part)
                sheet.write_string(row, 0, column.header, styles.text)
                sheet.write_string(row, 1, text, styles.wrapped)
                row += 1
