"""Reads of this engine: who is on record already, the rows of a batch."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from dangjian.engines.exchange import payload
from dangjian.engines.exchange.checks import UNCALCULATED
from dangjian.engines.exchange.models import ImportBatch, ImportRow
from dangjian.kernel.spreadsheets import as_text
from dangjian.kernel.spreadsheets.cells import Value
from dangjian.members.columns import COLUMNS, MASKS
from dangjian.members.models import Member
from dangjian.org.scope import current, everything

CHUNK = 1000
SHOWN_LENGTH = 80


@dataclass(frozen=True, slots=True)
class Known:
    """A record with a certain ID number; ``visible`` says whether the importer may know where it stands."""

    member_id: int
    name: str
    category: str
    standing: str
    branch_id: int
    branch_name: str
    visible: bool


def known_people(indexes: Collection[str]) -> dict[str, Known]:
    """Records by the blind index of their ID number, in the whole enterprise: one person has one record."""
    scope = current()
    columns = (
        "resident_id_index", "pk", "name", "category", "standing", "branch_id", "branch__short_name", "branch__path",
        "branch__body_path",
    )  # fmt: skip
    with everything("one person has one record in the whole enterprise"):
        rows: list[Any] = list(Member.objects.filter(resident_id_index__in=indexes).order_by().values_list(*columns))
    return {
        index: Known(pk, name, category, standing, branch, branch_name, scope.covers(path, body_path))
        for index, pk, name, category, standing, branch, branch_name, path, body_path in rows
    }


def stored_payloads(batch: ImportBatch, **conditions: object) -> Iterator[tuple[int, int, payload.Stored]]:
    """Branch, member (0 for none) and opened payload of the rows in their order, fetched piece by piece."""
    last = -1
    columns = ("number", "branch_id", "member_id", "payload")
    rows = ImportRow.objects.filter(batch=batch, **conditions).order_by("number").values_list(*columns)
    while piece := list(rows.filter(number__gt=last)[:CHUNK]):
        for last, branch_id, member_id, sealed in piece:  # noqa: B007 - the last number is where the next piece begins
            yield branch_id or 0, member_id or 0, payload.unpack(sealed.open())


def stored_rows(batch: ImportBatch, **conditions: object) -> Iterator[ImportRow]:
    """Rows of the batch in their order, fetched piece by piece, so that what has been fetched may be deleted meanwhile."""
    last = -1
    while piece := list(ImportRow.objects.filter(batch=batch, number__gt=last, **conditions).order_by("number")[:CHUNK]):
        yield from piece
        last = piece[-1].number


@dataclass(frozen=True, slots=True)
class PreviewLine:
    """A row as the preview shows it; the ID number is masked."""

    number: int
    outcome: str
    outcome_title: str
    left_out: bool
    name: str
    resident_id: str
    branch: str
    category: str
    joined: str


def preview(rows: Iterable[ImportRow]) -> list[PreviewLine]:
    """What the rows of one page say."""
    lines = []
    for row in rows:
        raw = payload.unpack(row.payload).raw
        cells = {name: shown(name, raw.get(name)) for name in ("name", "resident_id", "branch", "category", "joined_on")}
        lines.append(
            PreviewLine(
                row.number,
                row.outcome,
                row.get_outcome_display(),
                row.left_out,
                cells["name"],
                cells["resident_id"],
                cells["branch"],
                cells["category"],
                cells["joined_on"],
            )
        )
    return lines


def shown(column: str, value: Value) -> str:
    """What stands in a cell, with a private value masked."""
    text = "" if value == UNCALCULATED else as_text(value)
    mask = MASKS.get(COLUMNS[column].kind) if column in COLUMNS else None
    return (mask(text) if mask and text else text)[:SHOWN_LENGTH]
