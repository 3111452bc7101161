"""Reads of this engine: the rows of a batch, and how the preview shows them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from dangjian.engines.exchange import payload
from dangjian.engines.exchange.checks import UNCALCULATED
from dangjian.engines.exchange.layout import columns
from dangjian.engines.exchange.models import ImportBatch, ImportRow
from dangjian.engines.exchange.offers import Row, Sheet, SheetColumn
from dangjian.kernel.actor import Visitor
from dangjian.kernel.registry import offers
from dangjian.kernel.spreadsheets import as_text
from dangjian.kernel.spreadsheets.cells import Value

CHUNK = 1000
SHOWN_LENGTH = 80


def usable(actor: Visitor) -> list[Sheet]:
    """The sheets that the actor may upload somewhere."""
    return [sheet for sheet in offers(Sheet) if actor.may(sheet.permission)]


def within_reach(actor: Visitor, sheets: Iterable[Sheet]) -> Q:
    """Batches of ``sheets`` at organisations where the actor holds the permission of each."""
    found = Q(pk__in=[])
    for sheet in sheets:
        found |= Q(sheet_code=sheet.code) & actor.scope_of(sheet.permission).q("organization__")
    return found


def rows_of(batch: ImportBatch, **conditions: object) -> Iterator[Row]:
    """The rows in their order with what they mean (once entered: with what was kept), fetched piece by piece."""
    last = -1
    fetched = ImportRow.objects.filter(batch=batch, **conditions).order_by("number")
    rows: Any = fetched.values_list("number", "record_id", "payload")
    while piece := list(rows.filter(number__gt=last)[:CHUNK]):
        for last, record_id, sealed in piece:
            yield Row(last, record_id or 0, payload.clean_of(sealed.open()))


def stored_rows(batch: ImportBatch, **conditions: object) -> Iterator[ImportRow]:
    """Rows of the batch in their order, fetched piece by piece, so that what has been fetched may be deleted meanwhile."""
    last = -1
    while piece := list(ImportRow.objects.filter(batch=batch, number__gt=last, **conditions).order_by("number")[:CHUNK]):
        yield from piece
        last = piece[-1].number


@dataclass(frozen=True, slots=True)
class PreviewLine:
    """A row as the preview shows it: ``name`` and the ``cells`` of the columns that are shown, private values masked."""

    number: int
    outcome: str
    name: str
    cells: list[tuple[SheetColumn, str]]


def shown_columns(sheet: Sheet) -> list[SheetColumn]:
    """The columns of the preview beside the name."""
    return [column for code, column in columns(sheet).items() if column.shown and code != sheet.name_column]


def preview(sheet: Sheet, rows: Iterable[ImportRow]) -> list[PreviewLine]:
    """What the rows of one page say."""
    chosen = shown_columns(sheet)
    lines = []
    for row in rows:
        raw = payload.raw_of(row.payload)
        cells = [(column, shown(column, raw.get(column.code))) for column in chosen]
        name = shown(columns(sheet)[sheet.name_column], raw.get(sheet.name_column))
        lines.append(PreviewLine(row.number, row.outcome, name, cells))
    return lines


def shown(column: SheetColumn | None, value: Value) -> str:
    """What stands in a cell, with a private value masked."""
    text = "" if value == UNCALCULATED else as_text(value)
    return (column.mask(text) if column and column.mask and text else text)[:SHOWN_LENGTH]
