"""The template that people fill in, and the cells of a row as fields of a form."""

import io
from dataclasses import dataclass

from dangjian.engines.exchange import payload
from dangjian.engines.exchange.checks import UNCALCULATED
from dangjian.engines.exchange.layout import columns, template_columns
from dangjian.engines.exchange.models import ImportBatch, ImportProblem, ImportRow
from dangjian.engines.exchange.offers import Sheet
from dangjian.kernel import spreadsheets
from dangjian.kernel.spreadsheets import as_text, cell_name


def template(sheet: Sheet) -> io.BytesIO:
    """The sheet to fill in, with drop-down lists, an example that belongs to nobody, and how to fill it in.

    All columns are texts, also those of dates and amounts: what was typed is read most surely.
    """
    chosen = template_columns(sheet)
    written = [spreadsheets.Column(one.title, required=one.required, choices=one.choices, hint=one.hint) for one in chosen]
    return spreadsheets.write(written, [[one.example for one in chosen]], title=sheet.title, notes=sheet.notes)


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
