"""What is on record leaves as a sheet, in the columns and words of a template."""

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from typing import Any, Final

from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from dangjian.engines.exchange.definition import Definition, TemplateColumn
from dangjian.engines.exchange.layout import columns
from dangjian.kernel import spreadsheets
from dangjian.kernel.errors import Invalid
from dangjian.kernel.spreadsheets import Column
from dangjian.kernel.spreadsheets.cells import Value
from dangjian.kernel.spreadsheets.headers import tidy
from dangjian.org.sheet_offers import OnRecord, Sheet, SheetColumn

_STYLE: Final = ("font", "border", "fill", "number_format", "protection", "alignment")
"""What openpyxl calls the parts of a cell's style."""

MOST_IN_FORM: Final = 20_000
"""Rows of an official workbook, which is held whole while it is filled in."""


def plain_template(sheet: Sheet) -> Definition:
    """The platform's own columns as a template."""
    listed = [{"header": column.title, "item": code} for code, column in columns(sheet).items() if column.in_template]
    return Definition.model_validate({"title": sheet.title, "sheet": sheet.code, "worksheet": sheet.title, "columns": listed})


def page(template: Definition, sheet: Sheet, records: Iterable[OnRecord]) -> spreadsheets.Page:
    """The worksheet of ``records``."""
    known = columns(sheet)
    made = [_column(template, column, known.get(column.item)) for column in template.columns]
    return spreadsheets.Page(template.page_title, made, _rows(template, known, records), template.above)


def workbook(template: Definition, sheet: Sheet, records: Iterable[OnRecord], notes: Sequence[str] = ()) -> io.BytesIO:
    """An xlsx of ``records`` in the columns of ``template``."""
    made = page(template, sheet, records)
    said = [*template.notes, *notes]
    return spreadsheets.write(made.columns, made.rows, title=made.title, notes=said, above=made.above)


def filled_in(form: bytes, template: Definition, sheet: Sheet, records: Iterable[OnRecord]) -> io.BytesIO:
    """The official workbook ``form`` with ``records`` in it, each row in the style of the first. Raises ``Invalid``."""
    book = load_workbook(io.BytesIO(form))
    page = book[template.worksheet] if template.worksheet in book.sheetnames else book.worksheets[0]
    places = _places(page, template)
    first = template.first_row or 2
    rows = list(_rows(template, columns(sheet), records))
    if len(rows) > MOST_IN_FORM:
        raise Invalid(
            f"有{len(rows):,}行，填进官方表样最多{MOST_IN_FORM:,}行。", how="请按党总支或党支部分开导出，或改用不带表样的模板。"
        )
    _make_room(page, first, len(rows))
    styles = {place: page.cell(first, place) for place in places.values()}
    for number, values in enumerate(rows, start=first):
        for column, value in zip(template.columns, values, strict=True):
            _put(page.cell(number, places[column.header]), styles[places[column.header]], value)
    file = io.BytesIO()
    book.save(file)
    file.seek(0)
    return file


def check_form(form: bytes, template: Definition) -> None:
    """Raise ``Invalid`` unless ``form`` can be read safely and has all columns of ``template`` over its first row."""
    spreadsheets.read(io.BytesIO(form), filename="表样.xlsx", known_headers=template.headers().keys())
    book = load_workbook(io.BytesIO(form))
    _places(book[template.worksheet] if template.worksheet in book.sheetnames else book.worksheets[0], template)


def _places(page: Worksheet, template: Definition) -> dict[str, int]:
    """The number of each column of ``template`` in the form, by its header."""
    above: dict[str, int] = {}
    for row in page.iter_rows(max_row=(template.first_row or 2) - 1):
        above.update({tidy(str(cell.value)): cell.column for cell in row if cell.value is not None})
    lacking = [column.header for column in template.columns if tidy(column.header) not in above]
    if lacking:
        raise Invalid(
            f"官方表样在第{template.first_row or 2}行以上没有“{'”“'.join(lacking)}”。", how="请核对列名，或改正“从第几行开始填”。"
        )
    return {column.header: above[tidy(column.header)] for column in template.columns}


def _make_room(page: Worksheet, first: int, number: int) -> None:
    """Push what stands below the first row (signatures, remarks) down as far as the rows need."""
    rows = enumerate(page.iter_rows(min_row=first + 1, values_only=True), start=first + 1)
    below = next((place for place, values in rows if any(value is not None for value in values)), None)
    missing = first + number - below if below else 0
    if below is None or missing <= 0:
        return
    merged = [one for one in page.merged_cells.ranges if one.min_row >= below]
    page.insert_rows(below, missing)
    for one in merged:
        one.shift(row_shift=missing)


def _put(cell: Any, model: Any, value: Value) -> None:
    if cell is not model and model.has_style:
        for part in _STYLE:
            setattr(cell, part, copy(getattr(model, part)))
    if value is None:
        return
    cell.value = value
    if isinstance(value, str):
        # A text that begins with "=" stays a text.
        cell.data_type = "s"


def _column(template: Definition, column: TemplateColumn, item: SheetColumn | None) -> Column:
    kind: Any = "general"
    if item and item.holds_days and template.dates == "cells":
        kind = "date"
    elif item is None or item.mask or item.choices:
        kind = "text" if column.item == "" or item else "general"
    choices = tuple(column.written.get(word, word) for word in item.choices) if item else ()
    hint = column.note or (item.hint if item else "")
    return Column(column.header, kind=kind, choices=tuple(dict.fromkeys(choices)), hint=hint)


def _rows(template: Definition, known: Mapping[str, SheetColumn], records: Iterable[OnRecord]) -> Iterator[list[Value]]:
    for record in records:
        yield [_cell(template, column, known.get(column.item), record.values) for column in template.columns]


def _cell(template: Definition, column: TemplateColumn, item: SheetColumn | None, values: Mapping[str, Any]) -> Value:
    value = values.get(column.item) if column.item else None
    if value is None:
        return None
    return template.in_form(column, item.write(value) if item and item.write else value)
