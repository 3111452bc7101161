"""In what other systems differ: both sides of a difference in words, for pages and for the sheet that goes back."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from dangjian.engines.exchange.layout import columns
from dangjian.engines.exchange.models import Difference, DifferenceKind
from dangjian.kernel.errors import Conflict
from dangjian.kernel.spreadsheets import as_text
from dangjian.kernel.spreadsheets.cells import Value
from dangjian.org.models import Organization
from dangjian.org.sheet_offers import GoingOut, OnRecord, Sheet, SheetColumn

SHOWN_LENGTH: Final = 120
NAMELESS: Final = "（姓名只在比对时显示）"


def out_of(sheet: Sheet) -> GoingOut:
    """How what is on record leaves as the sheet. Raises ``Conflict`` if it does not."""
    if sheet.out is None:
        raise Conflict(f"{sheet.title}没有可以对照的记录。", how="请选择别的表格。")
    return sheet.out


def is_blank(value: object) -> bool:
    """Whether a side says nothing."""
    return value is None or value == ""


@dataclass(frozen=True, slots=True)
class Sides:
    """A difference as it is shown: who, what, and what either side says, private values masked. ``agrees``: no longer differs."""

    name: str
    column: str
    theirs: str
    ours: str
    agrees: bool


def in_words(column: SheetColumn, value: Any, *, masked: bool = True) -> str:
    """A clean value of a column as people read it."""
    if is_blank(value):
        return ""
    text = as_text(column.write(value) if column.write else value)
    return (column.mask(text) if masked and column.mask and text else text)[:SHOWN_LENGTH]


def as_cell(column: SheetColumn, value: Any) -> Value:
    """A clean value of a column as a cell of the sheet."""
    if is_blank(value):
        return None
    cell: Value = column.write(value) if column.write else value
    return cell


def ours_of(sheet: Sheet, organization: Organization, records: Collection[int]) -> dict[int, OnRecord]:
    """What is on record now, by the number of the record, within the open scope."""
    return {one.record_id: one for one in out_of(sheet).rows(organization, records)} if records else {}


def sides_of(sheet: Sheet, organization: Organization, rows: Sequence[Difference], *, masked: bool = True) -> list[Sides]:
    """Both sides of differences of one comparison, with one reading of the records."""
    known = columns(sheet)
    ours = ours_of(sheet, organization, {row.record_id for row in rows if row.record_id is not None})
    return [_sides(sheet, known[row.column] if row.column else None, row, ours, masked=masked) for row in rows]


def _sides(sheet: Sheet, column: SheetColumn | None, row: Difference, ours: dict[int, OnRecord], *, masked: bool) -> Sides:
    record = ours.get(row.record_id or 0)
    name = columns(sheet)[sheet.name_column]
    theirs = row.their_values
    called = in_words(name, record.values.get(name.code) if record else theirs.get(name.code), masked=masked) or NAMELESS
    if column is None:
        said = summary(sheet, record.values if record else theirs)
        agrees = row.kind == DifferenceKind.GONE and record is None
        return Sides(called, "", "" if row.kind == DifferenceKind.GONE else said, said if record else "", agrees)
    mine = record.values.get(column.code) if record else None
    return Sides(
        called,
        column.title,
        in_words(column, theirs.get(column.code), masked=masked),
        in_words(column, mine, masked=masked),
        settled(row, record),
    )


def summary(sheet: Sheet, values: Any) -> str:
    """A record in a line: what the preview shows of it beside the name."""
    chosen = [one for one in columns(sheet).values() if one.in_preview and one.code != sheet.name_column]
    return "，".join(filter(None, (in_words(one, values.get(one.code)) for one in chosen)))[:SHOWN_LENGTH]


def settled(row: Difference, record: OnRecord | None) -> bool:
    """Whether a difference is none any more, by what is on record now."""
    if row.kind == DifferenceKind.ADDED:
        return False
    if record is None:
        return True
    if row.kind == DifferenceKind.GONE:
        return False
    mine = record.values.get(row.column)
    if row.kind == DifferenceKind.LACKING:
        return is_blank(mine)
    return bool(mine == row.their_values.get(row.column))


def titles(sheet: Sheet, codes: Iterable[str]) -> list[tuple[str, str]]:
    """Columns by code with their titles, in the order of the sheet."""
    wanted = set(codes)
    return [(code, column.title) for code, column in columns(sheet).items() if code in wanted]
