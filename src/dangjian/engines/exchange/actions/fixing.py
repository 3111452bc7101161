"""Rows are put right on the screen: a cell gets another value, a row is left out."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from django.db import transaction

from dangjian.engines.exchange import payload
from dangjian.engines.exchange.actions.checking import CHUNK, Judge, recount
from dangjian.engines.exchange.actions.doubles import accuse_both
from dangjian.engines.exchange.actions.holding import accuse_same_record, renew_gone, write_differences
from dangjian.engines.exchange.models import OPEN, ImportBatch, ImportProblem, ImportRow, Outcome
from dangjian.engines.exchange.queries.batches import stored_rows
from dangjian.engines.exchange.tables import Typed
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, NotFound
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
def decide(*, actor: Actor, batch: ImportBatch, number: int, record_id: int | None) -> ImportRow:
    """Say which record row ``number`` of a comparison is about: one of its candidates, 0 for none, ``None`` to leave it open."""
    batch = _locked(actor, batch)
    row = _row(batch, number)
    known = {candidate for candidate, _why in row.candidates} | {row.record_id, row.decided_id, 0, None}
    if not batch.compares or record_id not in known:
        raise Conflict("这一行不能认定为这条记录。", how="请刷新页面，从列出的里选择。")
    ImportRow.objects.filter(pk=row.pk).update(decided_id=record_id)
    return _renew(batch, row, payload.raw_of(row.payload), left_out=False)


@transaction.atomic
def leave_out_wrong(*, actor: Actor, batch: ImportBatch) -> int:
    """Leave out every row that has something wrong; returns how many."""
    batch = _locked(actor, batch)
    wrong = ImportRow.objects.filter(batch=batch, outcome=Outcome.PROBLEM)
    numbers = list(wrong.values_list("number", flat=True))
    for start in range(0, len(numbers), CHUNK):
        ImportProblem.objects.filter(batch=batch, number__in=numbers[start : start + CHUNK]).delete()
    wrong.update(outcome=Outcome.IGNORED, left_out=True)
    if batch.sheet.together:
        _judge_all_anew(batch)
    recount(batch, among=OPEN)
    return len(numbers)


def _locked(actor: Actor, batch: ImportBatch) -> ImportBatch:
    """The batch held for this transaction, so that nobody enters it while a row is being changed."""
    actor.require(batch.sheet.permission, batch.organization)
    held: ImportBatch = ImportBatch.objects.select_for_update(of=("self",)).select_related("organization").get(pk=batch.pk)
    if not held.is_open:
        text = f"这份{held.sheet.words.noun}现在不能修改。"
        raise Conflict(text, how=f"它的状态是“{held.state_title}”，请刷新页面查看。")
    return held


def _row(batch: ImportBatch, number: int) -> ImportRow:
    row: ImportRow | None = ImportRow.objects.filter(batch=batch, number=number).first()
    if row is None:
        raise NotFound("表里没有这一行。")
    return row


def _renew(batch: ImportBatch, row: ImportRow, raw: Mapping[str, Value], *, left_out: bool) -> ImportRow:
    if batch.sheet.together:
        _judge_all_anew(batch, {row.number: (row.number, raw, left_out)})
        made = _row(batch, row.number)
    else:
        judge = Judge(batch)
        made = _replace(judge, row, raw, left_out=left_out)
        # Of rows with one key only the first is right; which one that is may have changed.
        for other in _doubles(batch, {row.key, made.key} - {""}, row.number):
            _replace(judge, other, payload.raw_of(other.payload), left_out=other.left_out)
        if batch.compares:
            _same_records(judge, {row.record_id, made.record_id} - {None}, row.number)
        if batch.sheet.of_people:
            accuse_both(batch, {row.key, made.key} - {""})
        made = _row(batch, row.number)
    recount(batch, among=OPEN)
    return made


def _judge_all_anew(batch: ImportBatch, changed: Mapping[int, Typed] | None = None) -> None:
    """Judge every row by the others, ``changed`` ones by what is typed there now; only what comes out otherwise is written."""
    changed = changed or {}
    rows = list(stored_rows(batch))
    typed = [changed.get(row.number) or (row.number, payload.raw_of(row.payload), row.left_out) for row in rows]
    problems: dict[int, list[ImportProblem]] = defaultdict(list)
    for problem in ImportProblem.objects.filter(batch=batch):
        problems[problem.number].append(problem)
    judged = Judge(batch).judge_all(typed, {})
    for row, made in zip(rows, judged, strict=True):
        if batch.compares and made.columns["left_out"]:
            made.columns |= {"record_id": made.columns["record_id"] or row.record_id, "decided_id": row.decided_id}
        if any(getattr(row, name) != value for name, value in made.columns.items()):
            ImportRow(pk=row.pk, **made.columns).save()
        if _said(problems[row.number]) != _said(made.problems):
            ImportProblem.objects.filter(batch=batch, number=row.number).delete()
            ImportProblem.objects.bulk_create(made.problems)
    if batch.compares and rows:
        differences = [difference for made in judged for difference in made.differences]
        write_differences(batch, differences, numbers=(rows[0].number, rows[-1].number))
        accuse_same_record(batch)
        renew_gone(batch)


def _said(problems: Iterable[ImportProblem]) -> list[tuple[object, ...]]:
    return [(one.column, one.kind, one.message, one.is_warning, one.name, one.shown) for one in problems]


def _doubles(batch: ImportBatch, keys: Iterable[str], number: int) -> list[ImportRow]:
    wanted = list(keys)
    return [row for row in stored_rows(batch, key__in=wanted) if row.number != number] if wanted else []


def _same_records(judge: Judge, records: Collection[int | None], number: int) -> None:
    """Judge rows about these records anew, and complain where two are left; then tell anew who is in no row."""
    batch = judge.batch
    for other in list(ImportRow.objects.filter(batch=batch, record_id__in=records).exclude(number=number)):
        _replace(judge, other, payload.raw_of(other.payload), left_out=other.left_out)
    accuse_same_record(batch, [record for record in records if record])
    renew_gone(batch)


def _replace(judge: Judge, old: ImportRow, raw: Mapping[str, Value], *, left_out: bool) -> ImportRow:
    batch = judge.batch
    [row] = judge.compared([(old.number, raw, left_out)])
    earlier = ImportRow.objects.filter(batch=batch, key=row.checked.key, number__lt=old.number, left_out=False)
    numbers = earlier.order_by("number").values_list("number", flat=True)
    made = judge.judge(row, numbers.first() if row.checked.key and not left_out else None)
    ImportProblem.objects.filter(batch=batch, number=old.number).delete()
    if batch.compares:
        write_differences(batch, made.differences, numbers=(old.number, old.number))
        if left_out:
            made.columns |= {"record_id": made.columns["record_id"] or old.record_id, "decided_id": old.decided_id}
    renewed = ImportRow(pk=old.pk, **made.columns)
    renewed.save()
    ImportProblem.objects.bulk_create(made.problems)
    return renewed
