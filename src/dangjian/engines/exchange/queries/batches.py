"""Reads of this engine: the rows of a batch, and how the preview shows them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Max, Min, Q, QuerySet

from dangjian.engines.exchange import payload
from dangjian.engines.exchange.checks import UNCALCULATED
from dangjian.engines.exchange.layout import columns
from dangjian.engines.exchange.models import OUTCOME_TONES, ImportBatch, ImportRow, Outcome
from dangjian.kernel import crypto
from dangjian.kernel.actor import Visitor
from dangjian.kernel.reach import Scope
from dangjian.kernel.registry import offers
from dangjian.kernel.spreadsheets import as_text
from dangjian.kernel.spreadsheets.cells import Value
from dangjian.org.sheet_offers import Row, Sheet, SheetColumn

CHUNK = 1000
SHOWN_LENGTH = 80


def usable(actor: Visitor) -> list[Sheet]:
    """The sheets that the actor may upload somewhere."""
    return [sheet for sheet in offers(Sheet) if actor.may(sheet.permission)]


def may_import(actor: Visitor) -> bool:
    """Whether there is a sheet that the actor may upload somewhere."""
    return any(actor.may(sheet.permission) for sheet in offers(Sheet))


def reach_of(actor: Visitor, sheets: Iterable[Sheet]) -> Scope:
    """Where the actor may upload any of ``sheets``."""
    return Scope.of(reach for sheet in sheets for reach in actor.scope_of(sheet.permission).reaches or ())


def within_reach(actor: Visitor, sheets: Iterable[Sheet]) -> Q:
    """Batches of ``sheets`` at organisations where the actor holds the permission of each."""
    found = Q(pk__in=[])
    for sheet in sheets:
        found |= Q(sheet_code=sheet.code) & actor.scope_of(sheet.permission).q("organization__")
    return found


def rows_of(batch: ImportBatch, **conditions: object) -> Iterator[Row]:
    """The rows in their order with what they mean (once entered: with what was kept), fetched piece by piece."""
    for piece in _pieces(batch, conditions):
        rows: Any = piece.values_list("number", "record_id", "payload")
        ring = crypto.keyring()  # once for the piece: its file is looked at each time
        for number, record_id, sealed in rows:
            yield Row(number, record_id or 0, payload.clean_of(ring.decrypt(sealed, sealed.context)))


def stored_rows(batch: ImportBatch, **conditions: object) -> Iterator[ImportRow]:
    """Rows of the batch in their order, fetched piece by piece, so that what has been fetched may be deleted meanwhile."""
    for piece in _pieces(batch, conditions):
        yield from list(piece)


def _pieces(batch: ImportBatch, conditions: Mapping[str, object]) -> Iterator[QuerySet[ImportRow]]:
    """The rows in stretches of ``CHUNK`` line numbers.

    Bounded at both ends, because PostgreSQL, which does not know yet how the table has grown, would else sort the whole batch for
    every piece.
    """
    rows = ImportRow.objects.filter(batch=batch, **conditions).order_by("number")
    ends = ImportRow.objects.filter(batch=batch).aggregate(first=Min("number"), last=Max("number"))
    if ends["first"] is None:
        return
    for start in range(ends["first"], ends["last"] + 1, CHUNK):
        yield rows.filter(number__gte=start, number__lt=start + CHUNK)


@dataclass(frozen=True, slots=True)
class PreviewLine:
    """A row as the preview shows it: ``name`` and the ``cells`` of the columns that are shown, private values masked.

    ``figures`` are what the sheet works out of it, each below its title.
    """

    number: int
    outcome: str
    outcome_title: str
    tone: str
    name: str
    cells: list[tuple[SheetColumn, str]]
    figures: list[tuple[str, str]]


def preview_columns(sheet: Sheet) -> list[SheetColumn]:
    """The columns of the preview beside the name."""
    return [column for code, column in columns(sheet).items() if column.in_preview and code != sheet.name_column]


def preview(batch: ImportBatch, rows: Iterable[ImportRow]) -> list[PreviewLine]:
    """What the rows of one page say."""
    sheet = batch.sheet
    chosen = preview_columns(sheet)
    lines = []
    for row in rows:
        raw = payload.raw_of(row.payload)
        cells = [(column, shown(column, raw.get(column.code))) for column in chosen]
        name = shown(columns(sheet)[sheet.name_column], raw.get(sheet.name_column))
        figures = sheet.figures(payload.clean_of(row.payload)) if sheet.figure_titles else ()
        told = batch.outcome_title(row.outcome), OUTCOME_TONES[Outcome(row.outcome)]
        worked_out = list(zip(sheet.figure_titles, figures, strict=False))
        lines.append(PreviewLine(row.number, row.outcome, *told, name, cells, worked_out))
    return lines


def shown(column: SheetColumn | None, value: Value) -> str:
    """What stands in a cell, with a private value masked."""
    text = "" if value == UNCALCULATED else as_text(value)
    return (column.mask(text) if column and column.mask and text else text)[:SHOWN_LENGTH]
