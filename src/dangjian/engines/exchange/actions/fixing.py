"""Rows are put right on the screen: a cell gets another value, a row is left out."""

from collections.abc import Iterable, Mapping

from django.db import transaction

from dangjian.engines.exchange import payload
from dangjian.engines.exchange.actions.checking import CHUNK, checker_of, judge, pending, recount
from dangjian.engines.exchange.checks import RowChecker
from dangjian.engines.exchange.models import OPEN, ImportBatch, ImportProblem, ImportRow, Outcome
from dangjian.engines.exchange.queries import known_people, stored_rows
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, NotThere
from dangjian.kernel.spreadsheets.cells import Value


@transaction.atomic
def fix_row(*, actor: Actor, batch: ImportBatch, number: int, values: Mapping[str, str]) -> ImportRow:
    """Put ``values`` (by column, "" empties the cell) into row ``number``; it is checked at once, with those it was taken for."""
    batch = _locked(actor, batch)
    row = _row(batch, number)
    raw: dict[str, Value] = dict(payload.unpack(row.payload).raw)
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
    return _renew(batch, row, payload.unpack(row.payload).raw, left_out=out)


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
    actor.require("members.import", batch.organization)
    held: ImportBatch = ImportBatch.objects.select_for_update(of=("self",)).select_related("organization").get(pk=batch.pk)
    if not held.is_open:
        raise Conflict("这份名册现在不能修改。", how=f"它的状态是“{held.get_state_display()}”，请刷新页面查看。")
    return held


def _row(batch: ImportBatch, number: int) -> ImportRow:
    row: ImportRow | None = ImportRow.objects.filter(batch=batch, number=number).first()
    if row is None:
        raise NotThere("名册里没有这一行。")
    return row


def _renew(batch: ImportBatch, row: ImportRow, raw: Mapping[str, Value], *, left_out: bool) -> ImportRow:
    checker = checker_of(batch)
    made = _replace(batch, checker, row, raw, left_out=left_out)
    # Of rows with one number only the first is right; which one that is may have changed.
    for other in _namesakes(batch, {row.id_index, made.id_index} - {""}, row.number):
        _replace(batch, checker, other, payload.unpack(other.payload).raw, left_out=other.left_out)
    recount(batch, among=OPEN)
    return made


def _namesakes(batch: ImportBatch, indexes: Iterable[str], number: int) -> list[ImportRow]:
    wanted = list(indexes)
    return [row for row in stored_rows(batch, id_index__in=wanted) if row.number != number] if wanted else []


def _replace(batch: ImportBatch, checker: RowChecker, old: ImportRow, raw: Mapping[str, Value], *, left_out: bool) -> ImportRow:
    row = pending(checker, old.number, raw, left_out=left_out)
    known = known_people({row.id_index}) if row.id_index else {}
    earlier = ImportRow.objects.filter(batch=batch, id_index=row.id_index, number__lt=old.number, left_out=False).order_by(
        "number"
    )
    first = earlier.values_list("number", flat=True).first() if row.id_index and not left_out else None
    made = judge(batch, row, known.get(row.id_index), first)
    ImportProblem.objects.filter(batch=batch, number=old.number).delete()
    renewed = ImportRow(pk=old.pk, **made.columns)
    renewed.save()
    ImportProblem.objects.bulk_create(made.problems)
    return renewed
