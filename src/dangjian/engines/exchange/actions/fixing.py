"""Rows are put right on the screen: a cell gets another value, a row is left out."""

from collections.abc import Iterable, Mapping

from django.db import transaction

from dangjian.engines.exchange import payload
from dangjian.engines.exchange.actions.checking import CHUNK, Judge, check_rows, recount
from dangjian.engines.exchange.models import OPEN, ImportBatch, ImportProblem, ImportRow, Outcome
from dangjian.engines.exchange.queries import stored_rows
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, NotThere
from dangjian.kernel.spreadsheets.cells import Value


@transaction.atomic
def fix_row(*, actor: Actor, batch: ImportBatch, number: int, values: Mapping[str, str]) -> ImportRow:
    """Put ``values`` (by column, "" empties the cell) into row ``number``; it is checked at once, with those it was taken for."""
    batch = _locked(actor, batch)
    row = _row(batch, number)
    raw: dict[str, Value] = payload.raw_of(row.payload)
    for column, value in values.items():
        if value.strip():
            raw[column] = value.strip()
        else:
            raw.pop(column, None)
    return _renew(batch, row, raw, left_out=False)


@transaction.atomic
def leave_out(*, actor: Actor, batch: ImportBatch, number: int, out: bool) -> ImportRow:
    """Do not enter row ``number``, or do after all."""
    batch = _locked(actor, batch)
    row = _row(batch, number)
    return _renew(batch, row, payload.raw_of(row.payload), left_out=out)


@transaction.atomic
def leave_out_wrong(*, actor: Actor, batch: ImportBatch) -> int:
    """Leave out every row that has something wrong; answers how many."""
    batch = _locked(actor, batch)
    wrong = ImportRow.objects.filter(batch=batch, outcome=Outcome.PROBLEM)
    numbers = list(wrong.values_list("number", flat=True))
    for start in range(0, len(numbers), CHUNK):
        ImportProblem.objects.filter(batch=batch, number__in=numbers[start : start + CHUNK]).delete()
    wrong.update(outcome=Outcome.IGNORED, left_out=True)
    recount(batch, among=OPEN)
    return len(numbers)


def _locked(actor: Actor, batch: ImportBatch) -> ImportBatch:
    """The batch held for this transaction, so that nobody enters it while a row is being changed."""
    actor.require(batch.sheet.permission, batch.organization)
    held: ImportBatch = ImportBatch.objects.select_for_update(of=("self",)).select_related("organization").get(pk=batch.pk)
    if not held.is_open:
        text = f"这份{held.sheet.words.noun}现在不能修改。"
        raise Conflict(text, how=f"它的状态是“{held.get_state_display()}”，请刷新页面查看。")
    return held


def _row(batch: ImportBatch, number: int) -> ImportRow:
    row: ImportRow | None = ImportRow.objects.filter(batch=batch, number=number).first()
    if row is None:
        raise NotThere("表里没有这一行。")
    return row


def _renew(batch: ImportBatch, row: ImportRow, raw: Mapping[str, Value], *, left_out: bool) -> ImportRow:
    judge = Judge(batch)
    if batch.sheet.together:
        return _renew_all(judge, row, raw, left_out=left_out)
    made = _replace(judge, row, raw, left_out=left_out)
    # Of rows with one key only the first is right; which one that is may have changed.
    for other in _doubles(batch, {row.key, made.key} - {""}, row.number):
        _replace(judge, other, payload.raw_of(other.payload), left_out=other.left_out)
    recount(batch, among=OPEN)
    return made


def _renew_all(judge: Judge, changed: ImportRow, raw: Mapping[str, Value], *, left_out: bool) -> ImportRow:
    """Judge all rows of the batch anew, ``changed`` by what it says now."""
    batch = judge.batch
    rows = [
        (one.number, dict(raw), left_out)
        if one.number == changed.number
        else (one.number, payload.raw_of(one.payload), one.left_out)
        for one in stored_rows(batch)
    ]
    ImportProblem.objects.filter(batch=batch).delete()
    check_rows(judge, rows, {}, again=True)
    recount(batch, among=OPEN)
    return _row(batch, changed.number)


def _doubles(batch: ImportBatch, keys: Iterable[str], number: int) -> list[ImportRow]:
    wanted = list(keys)
    return [row for row in stored_rows(batch, key__in=wanted) if row.number != number] if wanted else []


def _replace(judge: Judge, old: ImportRow, raw: Mapping[str, Value], *, left_out: bool) -> ImportRow:
    batch = judge.batch
    [row] = judge.compared([(old.number, raw, left_out)])
    earlier = ImportRow.objects.filter(batch=batch, key=row.checked.key, number__lt=old.number, left_out=False)
    numbers = earlier.order_by("number").values_list("number", flat=True)
    made = judge.judge(row, numbers.first() if row.checked.key and not left_out else None)
    ImportProblem.objects.filter(batch=batch, number=old.number).delete()
    renewed = ImportRow(pk=old.pk, **made.columns)
    renewed.save()
    ImportProblem.objects.bulk_create(made.problems)
    return renewed
