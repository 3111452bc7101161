"""The template that people fill in, and the cells of a row as fields of a form."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from dangjian.engines.exchange import payload
from dangjian.engines.exchange.checks import UNCALCULATED
from dangjian.engines.exchange.layout import columns, template_columns
from dangjian.engines.exchange.models import ImportBatch, ImportProblem, ImportRow
from dangjian.kernel import spreadsheets
from dangjian.kernel.spreadsheets import as_text, cell_name
from dangjian.org.sheet_offers import EXAMPLE_MARK, Sheet

BOOK_NOTES: Final = (
    "一个文件里可以填几种表，一张工作表填一种；工作表的名称请不要改，不用的工作表可以不填，也可以删除。",
    "各表按工作表的先后依次检查和入库：前一张入库以后，后一张自动检查。后一张里写的党组织、人员，要么在平台上，要么在前面的表里。",
    "红色表头的列必填，其余有就填；列的次序可以改变，不需要的列可以整列删除。",
    f"每张表的第二行是示例（虚构的），名称以“{EXAMPLE_MARK}”开头的行不会导入，可以删除。",
    "上传后只做检查，每个问题都会指出单元格；每张表都要您确认以后才写入，而且要么全部写入，要么一行也不写。",
)


def template(sheet: Sheet) -> io.BytesIO:
    """The sheet to fill in, with drop-down lists, an example that belongs to nobody, and how to fill it in.

    All columns are texts, also those of dates and amounts: what was typed is read most surely.
    """
    page = _page(sheet)
    return spreadsheets.write(page.columns, page.rows, title=page.title, notes=sheet.notes)


def book_template(sheets: Sequence[Sheet]) -> io.BytesIO:
    """A workbook with all ``sheets`` to fill in, and before them in which order they come in and what each needs."""
    order = [f"{sheet.title}：{sheet.words.needs}" for sheet in sheets if sheet.words.needs]
    return spreadsheets.write_book([_page(sheet) for sheet in sheets], notes=[*BOOK_NOTES, *order])


def _page(sheet: Sheet) -> spreadsheets.Page:
    chosen = template_columns(sheet)
    written = [spreadsheets.Column(one.title, required=one.required, choices=one.choices, hint=one.hint) for one in chosen]
    return spreadsheets.Page(sheet.title, written, [[one.example for one in chosen]])


@dataclass(frozen=True, slots=True)
class CellField:
    """A cell to be put right: where it is, what stands there, what is wrong, what may be chosen."""

    column: str
    title: str
    cell: str
    value: str
    problems: tuple[ImportProblem, ...]
    choices: tuple[str, ...]
    hint: str
    required: bool
    private: bool


def row_fields(batch: ImportBatch, row: ImportRow, problems: list[ImportProblem]) -> tuple[list[CellField], list[CellField]]:
    """The cells of a row: first those with a problem, then the others, in the order of the sheet."""
    raw = payload.raw_of(row.payload)
    known = columns(batch.sheet)
    wrong: list[CellField] = []
    others: list[CellField] = []
    for code, place in sorted(batch.places.items(), key=lambda item: item[1]):
        column, value = known[code], raw.get(code)
        own = tuple(problem for problem in problems if problem.column == code)
        made = CellField(
            column=code,
            title=column.title,
            cell=cell_name(row.number, place + 1),
            value="" if value == UNCALCULATED else as_text(value),
            problems=own,
            choices=tuple(column.choices_in(batch.organization)) if column.choices_in else column.choices,
            hint=column.hint,
            required=column.required,
            private=column.mask is not None,
        )
        (wrong if own else others).append(made)
    return wrong, others
