"""The background reads a sheet (or its rows again) and says of every cell what is wrong with it.

Rows are written chunk by chunk, so that nobody else waits for the database meanwhile; until the last one is there, the batch is
``CHECKING`` and can be neither changed nor entered. A check that was cut off begins anew.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import Count, Q

from dangjian.engines.exchange import files, payload, progress
from dangjian.engines.exchange.branches import Branches
from dangjian.engines.exchange.checks import UNCALCULATED, Checked, RowChecker
from dangjian.engines.exchange.columns import known_headers
from dangjian.engines.exchange.models import OPEN, ImportBatch, ImportProblem, ImportRow, Outcome, State
from dangjian.engines.exchange.queries import Known, known_people, shown, stored_rows
from dangjian.kernel import clock, spreadsheets
from dangjian.kernel.actor import Actor
from dangjian.kernel.bulk import insert_rows
from dangjian.kernel.errors import Conflict, Refusal
from dangjian.kernel.rulebook import book
from dangjian.kernel.spreadsheets import Sheet, as_text, cell_name
from dangjian.kernel.spreadsheets.cells import Value, column_number
from dangjian.members.models import Standing
from dangjian.org.gate import GrantedActor, admitted
from dangjian.org.models import Organization
from dangjian.org.scope import everything

CHUNK = 1000
PERSON_LENGTH, MESSAGE_LENGTH = 64, 300


@transaction.atomic
def start_check(*, actor: Actor, batch: ImportBatch) -> bool:
    """Check all rows once more against what is on record now. False if somebody has started it already."""
    actor.require("members.import", batch.organization)
    if not ImportBatch.objects.take(batch.pk, (*OPEN, State.FAILED), State.CHECKING):
        return already(batch, (State.CHECKING,), "这份名册现在不能重新检查。")
    enqueue(batch)
    return True


def enqueue(batch: ImportBatch) -> None:
    """Hand the batch to the background once this transaction is through."""
    from dangjian.engines.exchange.jobs import check_batch  # noqa: PLC0415 - the task calls this module

    progress.clear(batch.pk)
    transaction.on_commit(lambda: check_batch.enqueue(batch.pk))


def check(*, pk: int) -> None:
    """Check the batch on behalf of whoever uploaded it."""
    with everything("the background works for the person who uploaded, whose rights are asked for below"):
        batch = ImportBatch.objects.select_related("organization", "uploaded_by").filter(pk=pk, state=State.CHECKING).first()
    if batch is None:
        return
    actor = GrantedActor(batch.uploaded_by)
    try:
        with admitted(actor, "members.import"):
            actor.require("members.import", batch.organization)
            _check(batch)
    except Refusal as refusal:
        fail(batch, State.FAILED, f"{refusal.message}{refusal.how}")
    except Exception:
        fail(batch, State.FAILED, "系统出错，检查没有完成。请点“重新检查”；仍不行的，请联系管理员。")
        raise
    finally:
        progress.clear(batch.pk)


@transaction.atomic
def fail(batch: ImportBatch, state: State, message: str) -> None:
    """Leave the batch in ``state`` with the reason."""
    with everything("the reason is shown to whoever opens the batch"):
        ImportBatch.objects.filter(pk=batch.pk).update(state=state, failure=message[:MESSAGE_LENGTH], changed_at=clock.now())


def checker_of(batch: ImportBatch) -> RowChecker:
    """What the rows of ``batch`` are judged by; needs the scope of ``members.import``."""
    rows = Organization.objects.standing().below(batch.organization).select_related("parent")
    branches = Branches(batch.organization, list(rows), batch.effective_on)
    return RowChecker(branches=branches, effective_on=batch.effective_on, today=clock.today(), book=book())


@dataclass(slots=True)
class Judgement:
    """What will become of a row, as columns of ``ImportRow``, and its problems."""

    columns: dict[str, Any]
    problems: list[ImportProblem]


@dataclass(slots=True)
class Pending:
    """A row that has been checked by itself and waits to be held against the other rows and the records."""

    number: int
    raw: Mapping[str, Value]
    left_out: bool
    checked: Checked
    id_index: str


def pending(checker: RowChecker, number: int, raw: Mapping[str, Value], *, left_out: bool = False) -> Pending:
    """Check a row by itself."""
    checked = checker.check(raw)
    resident_id = checked.clean.get("resident_id", "")
    return Pending(number, raw, left_out, checked, payload.index_of(resident_id))


def judge(batch: ImportBatch, row: Pending, known: Known | None, first: int | None) -> Judgement:
    """``known`` is the record with the same ID number, ``first`` the number of an earlier row with it."""
    checked = row.checked
    if first is not None and not row.left_out:
        checked.complain("resident_id", "duplicate", f"与第{first}行是同一个号码。请核对，重复的一行点“忽略此行”。")
    skipped = False
    if known is not None:
        skipped = _hold_against(batch, checked, known)
    outcome = _outcome(row, known, skipped=skipped)
    text = payload.pack(row.raw, checked.clean, category=checked.category)
    columns = {
        "batch_id": batch.pk,
        "number": row.number,
        "outcome": outcome.value,
        "left_out": row.left_out,
        "id_index": row.id_index,
        "branch_id": checked.branch_id,
        "member_id": known.member_id if known and outcome == Outcome.UPDATE else None,
        "payload": text,
    }
    return Judgement(columns, [] if outcome == Outcome.IGNORED else _problems(batch, row))


def _outcome(row: Pending, known: Known | None, *, skipped: bool) -> Outcome:
    if row.left_out or row.checked.is_example:
        return Outcome.IGNORED
    if row.checked.is_wrong:
        return Outcome.PROBLEM
    if skipped:
        return Outcome.IGNORED
    return Outcome.UPDATE if known else Outcome.NEW


def _hold_against(batch: ImportBatch, checked: Checked, known: Known) -> bool:
    """Complain about what does not fit the record; answers whether the row is to be skipped because the record stands."""
    if not known.visible:
        checked.complain(
            "resident_id", "exists", "这个号码已登记在本单位另一名党员名下。请核对；确属同一人的，请联系上级党务部门办理转接。"
        )
    elif known.standing != Standing.NORMAL:
        state = Standing(known.standing).label
        checked.complain("resident_id", "exists", f"{known.name}已有档案（{state}）。请打开原档案办理恢复或转入，不要重复建档。")
    elif checked.branch_id and known.branch_id != checked.branch_id:
        text = f"{known.name}现在是“{known.branch_name}”的党员。要换支部的，请办理支部间调整（组织关系转接），不要用导入。"
        checked.complain("resident_id", "exists", text)
    elif batch.update_existing:
        _warn_of_differences(checked, known)
    else:
        return True
    return False


def _warn_of_differences(checked: Checked, known: Known) -> None:
    name = checked.clean.get("name")
    if name and name != known.name:
        checked.complain("name", "exists", f"这个号码登记的姓名是“{known.name}”，入库后会改成“{name}”，请核对。", is_warning=True)
    if checked.category and checked.category != known.category:
        text = "与在册的人员类别不同。导入不改类别，转正请在“党籍变动”中办理。"
        checked.complain("category", "exists", text, is_warning=True)


def _problems(batch: ImportBatch, row: Pending) -> list[ImportProblem]:
    if not row.checked.problems:
        return []
    person = as_text(row.raw.get("name"))[:PERSON_LENGTH]
    return [
        ImportProblem(
            batch=batch,
            number=row.number,
            column=problem.column,
            cell=_cell(batch, row.number, problem.column),
            is_warning=problem.is_warning,
            kind=problem.kind,
            message=problem.message[:MESSAGE_LENGTH],
            person=person,
            shown=shown(problem.column, row.raw.get(problem.column)),
        )
        for problem in row.checked.problems
    ]


def _cell(batch: ImportBatch, number: int, column: str) -> str:
    place = batch.places.get(column)
    return f"第{number}行" if place is None else cell_name(number, place + 1)


def recount(batch: ImportBatch, *, among: Sequence[State]) -> bool:
    """Count anew and set the state that follows; false if the batch is in none of the states ``among`` any more."""
    counts = ImportRow.objects.filter(batch=batch).aggregate(
        **{f"{outcome.value}_count": Count("pk", filter=Q(outcome=outcome)) for outcome in Outcome}
    )
    ready = not counts["problem_count"] and counts["new_count"] + counts["update_count"]
    return bool(
        ImportBatch.objects.filter(pk=batch.pk, state__in=among).update(
            **counts,
            warning_count=ImportProblem.objects.filter(batch=batch, is_warning=True).count(),
            state=State.READY if ready else State.PROBLEMS,
            changed_at=clock.now(),
        )
    )


def _check(batch: ImportBatch) -> None:
    checker = checker_of(batch)
    file = files.fetch(batch.kept_file)
    if file is None:
        total, rows = ImportRow.objects.filter(batch=batch).count(), _again(batch)
        ImportProblem.objects.filter(batch=batch).delete()
    else:
        sheet = spreadsheets.read(file, filename=batch.file_name, known_headers=known_headers().keys())
        total, rows = _length(sheet), _from_sheet(batch, sheet)
        ImportProblem.objects.filter(batch=batch).delete()
        ImportRow.objects.filter(batch=batch).delete()
    report = progress.reporter(batch.pk, "正在检查每一行", total)
    seen: dict[str, int] = {}
    done = 0
    while chunk := list(islice(rows, CHUNK)):
        _check_chunk(batch, checker, chunk, seen, again=file is None)
        done += len(chunk)
        report(done)
    with transaction.atomic():
        recount(batch, among=(State.CHECKING,))
        ImportBatch.objects.filter(pk=batch.pk).update(kept_file="")
    files.drop(batch.kept_file)


def _check_chunk(
    batch: ImportBatch, checker: RowChecker, chunk: list[tuple[int, dict[str, Value], bool]], seen: dict[str, int], *, again: bool
) -> None:
    waiting = [pending(checker, number, raw, left_out=left_out) for number, raw, left_out in chunk]
    known = known_people({row.id_index for row in waiting if row.id_index})
    judged = []
    for row in waiting:
        first = seen.setdefault(row.id_index, row.number) if row.id_index and not row.left_out else row.number
        judged.append(judge(batch, row, known.get(row.id_index), first if first != row.number else None))
    with transaction.atomic():
        if again:
            ImportRow.objects.filter(batch=batch, number__gte=chunk[0][0], number__lte=chunk[-1][0]).delete()
        insert_rows(ImportRow, [one.columns for one in judged])
        ImportProblem.objects.bulk_create([problem for one in judged for problem in one.problems], batch_size=CHUNK)


def _length(sheet: Sheet) -> int:
    end: Any = sheet.source.end
    return end[0] + 1 - sheet.header_row if end else 0


def _from_sheet(batch: ImportBatch, sheet: Sheet) -> Iterator[tuple[int, dict[str, Value], bool]]:
    places = list(batch.places.items())
    uncalculated = _uncalculated(sheet, {place: name for name, place in places})
    for row in sheet:
        values, width = row.values, len(row.values)
        raw = {name: values[place] for name, place in places if place < width and values[place] is not None}
        for name in uncalculated.pop(row.number, ()):
            raw[name] = UNCALCULATED
        if raw:
            yield row.number, raw, False


def _uncalculated(sheet: Sheet, names: Mapping[int, str]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for cell in sheet.uncalculated:
        letters = cell.rstrip("0123456789")
        with suppress(KeyError):
            found.setdefault(int(cell[len(letters) :]), []).append(names[column_number(letters) - 1])
    return found


def _again(batch: ImportBatch) -> Iterator[tuple[int, dict[str, Value], bool]]:
    for row in stored_rows(batch):
        yield row.number, payload.unpack(row.payload).raw, row.left_out


def already(batch: ImportBatch, fine: tuple[State, ...], message: str) -> bool:
    """False if the batch is in one of the states ``fine``: somebody was faster. Raises ``Conflict`` otherwise."""
    batch.refresh_from_db(from_queryset=ImportBatch.objects.all())
    if batch.state in fine:
        return False
    raise Conflict(message, how=f"名册现在的状态是“{batch.get_state_display()}”，请刷新页面查看。")
