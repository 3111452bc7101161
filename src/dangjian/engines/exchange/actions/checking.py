"""The background reads a sheet (or its rows again) and says of every cell what is wrong with it.

Rows are written chunk by chunk, so that nobody else waits for the database meanwhile; until the last one is there, the batch is
``CHECKING`` and can be neither changed nor entered. A check that was cut off begins anew.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import transaction
from django.db.models import Count, Q

from dangjian.engines.exchange import files, payload
from dangjian.engines.exchange.actions.background import already, carry_out
from dangjian.engines.exchange.actions.doubles import accuse_both
from dangjian.engines.exchange.actions.holding import Holder, Made, accuse_same_record, renew_gone, write_differences
from dangjian.engines.exchange.actions.leading import lead_on, queue_check, release_file
from dangjian.engines.exchange.checks import Cells
from dangjian.engines.exchange.layout import columns, known_headers
from dangjian.engines.exchange.models import OPEN, Difference, ImportBatch, ImportProblem, ImportRow, Outcome, State
from dangjian.engines.exchange.queries.batches import shown, stored_rows
from dangjian.engines.exchange.tables import Reading, Typed
from dangjian.kernel import clock, spreadsheets
from dangjian.kernel.actor import Actor
from dangjian.kernel.bulk import chunks, insert_rows
from dangjian.kernel.errors import Conflict
from dangjian.kernel.spreadsheets import as_text
from dangjian.kernel.spreadsheets.cells import Value
from dangjian.org.errands import MESSAGE_LENGTH
from dangjian.org.sheet_offers import Checked, Checker, SheetColumn

CHUNK = 4000
"""Rows of one transaction: others wait for it on SQLite, and each waits for the disk."""

MOST_TOGETHER = 30_000
"""Rows of a sheet whose rows are judged together; more are not taken in."""

NAME_LENGTH = 64


@transaction.atomic
def start_check(*, actor: Actor, batch: ImportBatch) -> bool:
    """Check all rows once more against what is on record now. False if somebody has started it already."""
    actor.require(batch.sheet.permission, batch.organization)
    if not ImportBatch.objects.take(batch.pk, (*OPEN, State.FAILED), State.CHECKING):
        return already(batch, (State.CHECKING,), f"这份{batch.sheet.words.noun}现在不能重新检查。")
    queue_check(batch)
    return True


def check(*, pk: int) -> None:
    """Check the batch on behalf of whoever uploaded it."""
    broken = "系统出错，检查没有完成。请点“重新检查”；仍不行的，请联系管理员。"
    carry_out(pk, _check, during=State.CHECKING, failed=State.FAILED, broken=broken)


@dataclass(slots=True)
class Judgement:
    """What will become of a row, as columns of ``ImportRow``, its problems, and in what it differs from its record."""

    columns: dict[str, object]
    problems: list[ImportProblem]
    differences: list[Made] = field(default_factory=list)


@dataclass(slots=True)
class Pending:
    """A row that has been checked by itself and waits to be held against the other rows."""

    number: int
    raw: Mapping[str, Value]
    left_out: bool
    checked: Checked


class Judge:
    """Says what becomes of the rows of a batch; needs the scope of its sheet's permission."""

    def __init__(self, batch: ImportBatch) -> None:
        self.batch = batch
        self.filled: set[str] = set(batch.filled)
        self._cells = Cells(batch.sheet, batch.template)
        self._checker: Checker = batch.sheet.checker(replace(batch.upload, filled=self.filled))
        self._columns: Mapping[str, SheetColumn] = columns(batch.sheet)
        self.holder = Holder(batch, batch.system, self.filled) if batch.system else None

    def compared(self, rows: Iterable[Typed]) -> list[Pending]:
        """Each row checked by itself and, if nobody left it out, against the records."""
        waiting = []
        for number, raw, left_out in rows:
            checked = self._cells.read(raw)
            checked.number = number
            waiting.append(Pending(number, raw, left_out, checked))
        told = [row.checked for row in waiting if not (row.checked.is_example or row.left_out)]
        self.filled.update(name for checked in told for name in checked.raw)
        for checked in told:
            self._checker.check(checked)
        if self.holder:
            self.holder.tell_decided(told)
            self.holder.find(told, self._checker.compare)
            self.holder.read(told)
        else:
            self._checker.compare(told)
        return waiting

    def judge_all(self, rows: Iterable[Typed], seen: dict[str, int]) -> list[Judgement]:
        """What becomes of rows in their order; ``seen`` holds the number of the first row of every key."""
        judged = []
        for row in self.compared(rows):
            key = row.checked.key
            first = seen.setdefault(key, row.number) if key and not row.left_out else row.number
            judged.append(self.judge(row, first if first != row.number else None))
        return judged

    def judge(self, row: Pending, first: int | None) -> Judgement:
        """``first`` is the number of an earlier row with the same key."""
        checked = row.checked
        if first is not None and not row.left_out:
            title = self._columns[checked.key_column].title
            text = checked.doubled or f"与第{{first}}行的“{title}”相同。请核对，重复的一行点“忽略此行”。"
            checked.complain(checked.key_column, "duplicate", text.replace("{first}", str(first)))
        outcome = _outcome(row)
        differences: list[Made] = []
        record_id = checked.record_id if outcome == Outcome.UPDATE else None
        if self.holder:
            outcome, differences = self.holder.held(checked, outcome)
            record_id = checked.record_id or self.holder.left_out.get(row.number)
        values = {
            "batch_id": self.batch.pk,
            "number": row.number,
            "outcome": outcome,
            "left_out": row.left_out or checked.forgotten,
            "key": "" if checked.forgotten else checked.key,
            "record_id": record_id,
            "node": checked.node,
            "under": checked.under,
            "level": checked.level,
            "decided_id": checked.decided,
            "payload": payload.NOTHING if checked.forgotten else payload.pack(row.raw, checked.clean),
        }
        if outcome == Outcome.DECIDE:
            values["candidates"] = [(one.record_id, one.why) for one in checked.candidates]
        told = outcome != Outcome.IGNORED or (checked.warns and not row.left_out)
        return Judgement(values, self._problems(row) if told else [], differences)

    def _problems(self, row: Pending) -> list[ImportProblem]:
        if not row.checked.problems:
            return []
        name = as_text(row.raw.get(self.batch.sheet.name_column))[:NAME_LENGTH]
        return [
            ImportProblem(
                batch=self.batch,
                number=row.number,
                column=problem.column,
                cell=self.batch.cell(row.number, problem.column),
                is_warning=problem.is_warning,
                kind=problem.kind,
                message=problem.message[:MESSAGE_LENGTH],
                name=name,
                shown=shown(self._columns.get(problem.column), row.raw.get(problem.column)),
            )
            for problem in row.checked.problems
        ]


def _outcome(row: Pending) -> str:
    if row.left_out or row.checked.is_example or row.checked.forgotten:
        return Outcome.IGNORED.value
    return Outcome.PROBLEM.value if row.checked.is_wrong else row.checked.outcome


def recount(batch: ImportBatch, *, among: Sequence[State]) -> bool:
    """Count anew and set the state that follows; false if the batch is in none of the states ``among`` any more."""
    counts = ImportRow.objects.filter(batch=batch).aggregate(
        **{f"{outcome.value}_count": Count("pk", filter=Q(outcome=outcome)) for outcome in Outcome}
    )
    ready = not counts["problem_count"] and (batch.compares or counts["new_count"] + counts["update_count"])
    return bool(
        ImportBatch.objects.filter(pk=batch.pk, state__in=among).update(
            **counts,
            warning_count=ImportProblem.objects.filter(batch=batch, is_warning=True).count(),
            state=State.READY if ready else State.PROBLEMS,
            changed_at=clock.now(),
        )
    )


def _check(_actor: Actor, batch: ImportBatch) -> None:
    file = files.fetch(batch.kept_file)
    if file is None and batch.kept_file:
        raise Conflict("上传的文件已经不在了。", how="请删除后重新上传。")
    judge, noted = Judge(batch), {}
    if file is not None:
        Difference.objects.filter(batch=batch).delete()
    ImportProblem.objects.filter(batch=batch).delete()
    if file is None:
        _go_through(judge, _again(batch), ImportRow.objects.filter(batch=batch).count(), again=True)
    else:
        known = known_headers(batch.sheet, batch.template).keys()
        table = spreadsheets.read(file, filename=batch.file_name, known_headers=known, worksheet=batch.worksheet)
        ImportRow.objects.filter(batch=batch).delete()
        reading = Reading(batch, table)
        if _go_through(judge, reading, table.last_row - table.header_row, again=False):
            ImportProblem.objects.filter(batch=batch).delete()
            _go_through(judge, _again(batch), ImportRow.objects.filter(batch=batch).count(), again=True)
        noted = {"unanswered": reading.unanswered() if batch.sheet.answer_for(judge.filled) else []}
    with transaction.atomic():
        if batch.sheet.of_people and not batch.sheet.together:
            accuse_both(batch)
        if batch.compares:
            accuse_same_record(batch)
            renew_gone(batch)
        recount(batch, among=(State.CHECKING,))
        ImportBatch.objects.filter(pk=batch.pk).update(kept_file="", filled=sorted(judge.filled), **noted)
        lead_on(batch.workbook_id)
    release_file(batch.kept_file)


def _go_through(judge: Judge, rows: Iterable[Typed], total: int, *, again: bool) -> bool:
    """Judge all rows and write them down; true if rows judged before did not know yet that a column is filled further down."""
    batch = judge.batch
    report = batch.track.reporter("正在检查每一行", total)
    seen: dict[str, int] = {}
    done, at_first = 0, 0
    for chunk in chunks(rows, MOST_TOGETHER if batch.sheet.together else CHUNK):
        for judged in chunks(judge.judge_all(chunk, seen), CHUNK):
            _write(batch, judged, again=again)
            done += len(judged)
            report(done)
        at_first = at_first or len(judge.filled)
    return len(judge.filled) > at_first


@transaction.atomic
def _write(batch: ImportBatch, judged: list[Judgement], *, again: bool) -> None:
    if again:
        numbers: list[Any] = [one.columns["number"] for one in judged]
        ImportRow.objects.filter(batch=batch, number__in=numbers).delete()
    insert_rows(ImportRow, [one.columns for one in judged])
    if batch.compares:
        made = [difference for one in judged for difference in one.differences]
        write_differences(batch, made, numbers=(numbers[0], numbers[-1]) if again else None)
    ImportProblem.objects.bulk_create([problem for one in judged for problem in one.problems], batch_size=CHUNK)


def _again(batch: ImportBatch) -> Iterator[Typed]:
    for row in stored_rows(batch):
        yield row.number, payload.raw_of(row.payload), row.left_out
