"""The export of another system is held against what is on record, piece by piece, while its rows are judged."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from django.db.models import Count

from dangjian.engines.exchange import payload
from dangjian.engines.exchange.actions.finding import Finder, judge_new, told_by, told_value
from dangjian.engines.exchange.layout import columns
from dangjian.engines.exchange.models import (
    Believed,
    Difference,
    DifferenceKind,
    ImportBatch,
    ImportProblem,
    ImportRow,
    Outcome,
    OutsideSystem,
)
from dangjian.engines.exchange.queries.differences import is_blank, out_of
from dangjian.kernel.bulk import chunks, insert_rows
from dangjian.kernel.spreadsheets import as_text
from dangjian.org.sheet_offers import Checked, OnRecord, SheetColumn

PIECE: Final = 4000
SAME_RECORD: Final = "same_record"
ELSEWHERE: Final = "elsewhere"

Made = dict[str, object]
"""The columns of a ``Difference``."""


class Holder:
    """Says in what rows of a comparison differ from the records they are about. ``filled``: columns that some row has."""

    def __init__(self, batch: ImportBatch, system: OutsideSystem, filled: set[str]) -> None:
        self._batch, self._system, self._filled = batch, system, filled
        known = columns(batch.sheet)
        self._columns: list[SheetColumn] = [known[code] for code in batch.places if code in known]
        self._by_month = batch.template is not None and batch.template.dates == "month"
        self._out = out_of(batch.sheet)
        self._finder = Finder(batch.sheet, lambda: self._out.rows(batch.organization, None))
        self._ours: dict[int, OnRecord] = {}
        rows = ImportRow.objects.filter(batch=batch).order_by()
        self._decided = dict(rows.filter(decided_id__isnull=False).values_list("number", "decided_id"))
        answered = Difference.objects.filter(batch__system=system, stands=True, is_chosen=True, record_id__isnull=False)
        self._answered = {(one.record_id, one.column): (one.their_values, one.believed) for one in answered}
        self.left_out = dict(rows.filter(left_out=True, record_id__isnull=False).values_list("number", "record_id"))

    def tell_decided(self, rows: Iterable[Checked]) -> None:
        """Put what people have decided onto rows that wait to be compared."""
        for row in rows:
            row.decided = self._decided.get(row.number)

    def find(self, rows: Sequence[Checked], compare: Callable[[Sequence[Checked]], None]) -> None:
        """Find the records that rows are about, by the ways of their sheet or by its checker's ``compare``."""
        if self._batch.sheet.found_by:
            judge_new(self._finder.find(rows), compare)
        else:
            compare(rows)

    def read(self, rows: Iterable[Checked]) -> None:
        """Read the records that rows are about, and complain of those that lie elsewhere."""
        matched = [row for row in rows if row.outcome == "update" and row.record_id and not row.is_wrong]
        wanted = {row.record_id for row in matched if row.record_id}
        place, noun = self._batch.organization, self._batch.sheet.words.subject
        self._ours = {one.record_id: one for one in self._out.rows(place, wanted)} if wanted else {}
        for row in matched:
            if row.record_id not in self._ours:
                row.complain("", ELSEWHERE, f"这一行说的{noun}不在“{place}”范围内，不能在这里比对。请核对，或忽略此行。")

    def held(self, row: Checked, outcome: str) -> tuple[str, list[Made]]:
        """The outcome of a row without faults, and in what it differs."""
        if outcome == Outcome.NEW:
            return outcome, [self._added(row)]
        if outcome != Outcome.UPDATE or row.record_id is None:
            return outcome, []
        ours = self._ours[row.record_id]
        # Most of what most rows say is on record: that is seen first, and nothing else is asked of it.
        raw, told, clean, known = row.raw, row.told, row.clean.get, ours.values.get
        found = [
            made
            for column in self._columns
            if ((told[code] if code in told else clean(code)) if (code := column.code) in raw else None) != known(code)
            and (made := self._differing(row, column, ours)) is not None
        ]
        return (Outcome.UPDATE.value if found else Outcome.ALIKE.value), found

    def _added(self, row: Checked) -> Made:
        return self._made(
            row,
            organization_id=row.organization_id or self._batch.organization_id,
            kind=DifferenceKind.ADDED.value,
            believed=self._system.of_added,
            is_takeable=self._batch.sheet.added is None and row.takeable,
            theirs=payload.pack_kept(told_by(row)),
        )

    def _differing(self, row: Checked, column: SheetColumn, ours: OnRecord) -> Made | None:
        code = column.code
        known = ours.values.get(code)
        if code not in row.raw:
            if is_blank(known) or known is False or code not in self._filled or told_value(row, code) == known:
                # Also what follows from something else that they say, as a birth date from the identity number.
                return None
            kind, theirs, believed = DifferenceKind.LACKING, "", Believed.OURS.value
        else:
            value = told_value(row, code)
            if value is None or value == known or (is_blank(value) and is_blank(known)) or (value is False and known is None):
                return None
            if self._by_month and _same_month(value, known):
                # Their form has no days.
                return None
            kind, theirs = DifferenceKind.CHANGED, payload.pack_kept({code: value})
            believed = self._system.believes(column)
            if is_blank(known) and believed == Believed.ASK:
                # Nothing of ours speaks against it.
                believed = Believed.THEIRS.value
            before, said = self._answered.get((ours.record_id, code), ({}, ""))
            if before.get(code) == value:
                # Somebody has answered it, and they still say the same.
                believed = said
        return self._made(
            row,
            organization_id=ours.organization_id,
            record_id=ours.record_id,
            column=code,
            kind=kind.value,
            believed=believed,
            is_takeable=kind == DifferenceKind.CHANGED and (column.elsewhere is None or (column.fills and is_blank(known))),
            theirs=theirs,
        )

    def _made(self, row: Checked, **values: object) -> Made:
        return {"batch_id": self._batch.pk, "number": row.number, **values}


def _same_month(one: object, other: object) -> bool:
    return isinstance(one, dt.date) and isinstance(other, dt.date) and (one.year, one.month) == (other.year, other.month)


def write_differences(batch: ImportBatch, made: Sequence[Made], *, numbers: tuple[int, int] | None = None) -> None:
    """Write down in what rows differ. Of rows ``numbers`` (first and last) what was found before goes, not who is believed."""
    if numbers is not None:
        before = Difference.objects.filter(batch=batch, number__gte=numbers[0], number__lte=numbers[1])
        chosen: dict[tuple[object, object], str] = {(number, column): said for number, column, said in _chosen(before)}
        for one in made:
            said = chosen.get((one["number"], one.get("column", "")))
            if said:
                one |= {"believed": said, "is_chosen": True}
        before.delete()
    insert_rows(Difference, made)


def _chosen(rows: Any) -> Iterable[tuple[int, str, str]]:
    found: Iterable[tuple[int, str, str]] = rows.filter(is_chosen=True).values_list("number", "column", "believed")
    return found


def renew_gone(batch: ImportBatch) -> None:
    """Who is on record where the export goes, and in no row of it; a row that is wrong or left out still names its record."""
    rows = ImportRow.objects.filter(batch=batch).order_by()
    matched = set(rows.filter(record_id__isnull=False).values_list("record_id", flat=True))
    for candidates in rows.filter(outcome=Outcome.DECIDE).values_list("candidates", flat=True):
        matched |= {number for number, _why in candidates}
    gone = {pk: place for pk, place in out_of(batch.sheet).numbers_in(batch.organization) if pk not in matched}
    known = Difference.objects.filter(batch=batch, kind=DifferenceKind.GONE)
    there = {pk for pk in known.values_list("record_id", flat=True) if pk is not None}
    for piece in chunks(sorted(there - gone.keys()), PIECE):
        known.filter(record_id__in=piece).delete()
    common = {"batch_id": batch.pk, "kind": DifferenceKind.GONE.value, "believed": Believed.ASK.value}
    for some in chunks(sorted(gone.keys() - there), PIECE):
        insert_rows(Difference, [{**common, "record_id": pk, "organization_id": gone[pk]} for pk in some])


def accuse_same_record(batch: ImportBatch, records: Iterable[int] | None = None) -> None:
    """Two rows about one record: which of them is right nobody can tell, so both are wrong."""
    rows = ImportRow.objects.filter(batch=batch, left_out=False, record_id__isnull=False).order_by()
    if records is not None:
        rows = rows.filter(record_id__in=list(records))
    several = rows.values("record_id").annotate(number_of=Count("pk")).filter(number_of__gt=1)
    together: dict[int | None, list[ImportRow]] = defaultdict(list)
    for row in rows.filter(record_id__in=list(several.values_list("record_id", flat=True))).order_by("number"):
        together[row.record_id].append(row)
    for alike in together.values():
        _accuse(batch, alike)


def _accuse(batch: ImportBatch, rows: Sequence[ImportRow]) -> None:
    numbers = [row.number for row in rows]
    what = f"{batch.sheet.words.unit}{batch.sheet.words.subject}"
    text = f"第{'、'.join(map(str, numbers))}行都对应平台上的同一{what}。请核对，多余的一行点“忽略此行”。"[:300]
    name = batch.sheet.name_column
    ImportProblem.objects.filter(batch=batch, number__in=numbers, kind=SAME_RECORD).delete()
    for row in rows:
        called = as_text(payload.raw_of(row.payload).get(name))
        ImportProblem.objects.create(
            batch=batch,
            number=row.number,
            column=name,
            cell=batch.cell(row.number, name),
            kind=SAME_RECORD,
            message=text,
            name=called[:64],
            shown=called[:80],
        )
    Difference.objects.filter(batch=batch, number__in=numbers).delete()
    ImportRow.objects.filter(batch=batch, number__in=numbers).update(outcome=Outcome.PROBLEM)
