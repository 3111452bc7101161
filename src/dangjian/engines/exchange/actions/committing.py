"""Rows become records, and are taken back: all of them in one transaction, or none."""

import datetime as dt
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext

from django.db import transaction
from django.utils import timezone

from dangjian.accounts.events import according_to
from dangjian.engines.exchange import payload
from dangjian.engines.exchange.actions import checking
from dangjian.engines.exchange.actions.background import already, carry_out
from dangjian.engines.exchange.actions.comparing import finish, require_decided, take_up_former, taken_rows
from dangjian.engines.exchange.actions.leading import NOTES, lead_on
from dangjian.engines.exchange.models import Difference, ImportBatch, ImportProblem, ImportRow, Outcome, State
from dangjian.engines.exchange.queries.batches import CHUNK, rows_of
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.background import enqueue
from dangjian.kernel.bulk import chunks, insert_rows
from dangjian.kernel.effort import Cells, came_in
from dangjian.kernel.errors import Conflict
from dangjian.org.openings import at, register
from dangjian.org.quality_offers import quality_told_at_end
from dangjian.org.sheet_offers import UNKNOWN_WORD, Row

KEPT = dt.timedelta(days=30)
"""How long rows are kept, and with them what is needed to undo."""


@transaction.atomic
def start_commit(*, actor: Actor, batch: ImportBatch, leave_open: bool = False) -> bool:
    """Enter the batch in the background. False, and nothing more happens, if that has been started before.

    Of a comparison that is taken over which is believed theirs. What nobody has decided on keeps it from being entered, unless
    ``leave_open`` says that it stays a difference.
    """
    actor.require(batch.sheet.permission, batch.organization)
    if batch.compares and batch.state == State.READY and not leave_open:
        require_decided(batch)
    if batch.unanswered and batch.state == State.READY:
        raise Conflict(
            f"{'、'.join(batch.unanswered[:5])}里有数字，却没有用到。",
            how="请先在预览页上说明这些列与计算无关；要计入的，按模板改好列名后重新上传。",
        )
    states = (State.READY, State.COMMITTING, State.COMMITTED)
    message = f"这份{batch.sheet.words.noun}还不能入库。"
    return _start(actor, batch, "exchange.commit", states, message, verb="commit_started", doing="入库")


@transaction.atomic
def start_undo(*, actor: Actor, batch: ImportBatch) -> bool:
    """Take the batch back in the background. False if that has been started before."""
    actor.require(batch.sheet.permission, batch.organization)
    if batch.committed_at and clock.now() > batch.committed_at + KEPT:
        raise Conflict(f"入库已超过{KEPT.days}天，不能整批撤销。", how="个别导错的，请到原处更正。")
    if batch.sheet.undo is None:
        raise Conflict(f"{batch.sheet.title}入库以后不能整批撤销。", how="个别导错的，请到原处更正。")
    states = (State.COMMITTED, State.UNDOING, State.UNDONE)
    message = f"这份{batch.sheet.words.noun}没有入库，不用撤销。"
    return _start(actor, batch, "exchange.undo", states, message, verb="undo_started", doing="撤销导入")


def _start(
    actor: Actor, batch: ImportBatch, task: str, states: tuple[State, State, State], message: str, *, verb: str, doing: str
) -> bool:
    before, during, after = states
    if not ImportBatch.objects.take(batch.pk, (before,), during):
        return already(batch, (during, after), message)
    NOTES.record(actor, batch, f"exchange.{verb}", f"开始{doing}：{batch.sheet.title}“{batch.file_name}”")
    batch.track.clear()
    enqueue(task, batch.pk)
    return True


def commit(*, pk: int) -> None:
    """Enter the batch on behalf of whoever uploaded it. Cut off, it begins anew; after success it does nothing."""
    carry_out(
        pk,
        _commit,
        during=State.COMMITTING,
        failed=State.FAILED,
        refused="没有入库，一行也没有写入。",
        broken="系统出错，没有入库，一行也没有写入。请点“重新检查”后再试；仍不行的，请联系管理员。",
    )


def check(*, pk: int) -> None:
    """Check the batch (``checking.check``); a comparison in which nothing differs is finished at once."""
    checking.check(pk=pk)
    # For the person who uploaded, whose rights were asked for by the check and are asked for again by the commit.
    batch = register(ImportBatch).filter(pk=pk, state=State.READY, system__isnull=False).first()
    if batch is None or batch.decide_count:
        return
    # What could not be read is to be seen before the rows are put away.
    unread = register(ImportProblem).filter(batch=batch, kind=UNKNOWN_WORD)
    if not unread.exists() and not register(Difference).filter(batch=batch).exists():
        with at(batch.organization):
            ImportBatch.objects.take(pk, (State.READY,), State.COMMITTING)
        commit(pk=pk)


def undo(*, pk: int) -> None:
    """Take the batch back on behalf of whoever uploaded it; a refusal leaves it entered, with the reason."""
    broken = "系统出错，没有撤销，什么也没有改动。请再试一次；仍不行的，请联系管理员。"
    carry_out(pk, _undo, during=State.UNDOING, failed=State.COMMITTED, broken=broken)


@transaction.atomic
def _commit(actor: Actor, batch: ImportBatch) -> None:
    if not ImportBatch.objects.take(batch.pk, (State.COMMITTING,), State.COMMITTED):
        return
    sheet, cells = batch.sheet, Cells()
    new, updates = taken_rows(batch) if batch.compares else _all_rows(batch)
    with quality_told_at_end(actor), _source(batch):
        done = sheet.enter(
            actor=actor,
            upload=batch.upload,
            new=cells.of(new),
            updates=cells.of(updates),
            progress=batch.track.reporter(f"正在写入{sheet.title}", batch.new_count + batch.update_count),
        )
    if batch.compares:
        finish(batch)
    _put_away(batch, done.kept)
    ImportBatch.objects.filter(pk=batch.pk).update(committed_at=clock.now())
    came_in(module=sheet.permission.partition(".")[0], organization_id=batch.organization_id, cells=cells.number)
    unit = sheet.words.unit
    said = f"{batch.system}与平台比对" if batch.system else "入库"
    text = f"{sheet.title}“{batch.file_name}”{said}：新增{done.new}{unit}，更新{done.updated}{unit}"
    data = {"entered": done.new, "amended": done.updated, "ignored": batch.ignored_count}
    NOTES.record(actor, batch, "exchange.committed", text, data=data)
    lead_on(batch.workbook_id)


def _source(batch: ImportBatch) -> AbstractContextManager[None]:
    """What is taken from another system says so on the trail of each record."""
    if batch.system is None:
        return nullcontext()
    day = timezone.localtime(batch.uploaded_at).date()
    return according_to(f"{batch.system} {day.isoformat()} 的数据“{batch.file_name[-80:]}”", batch.pk)


def _all_rows(batch: ImportBatch) -> tuple[Iterable[Row], Iterable[Row]]:
    return rows_of(batch, outcome=Outcome.NEW), rows_of(batch, outcome=Outcome.UPDATE) if batch.update_count else ()


def _put_away(batch: ImportBatch, kept: Mapping[int, Mapping[str, object]]) -> None:
    """Forget what was typed; leave what undoing will need."""
    ImportProblem.objects.filter(batch=batch).delete()
    rows = ImportRow.objects.filter(batch=batch)
    left = [row for row in rows.values("batch_id", "number", "outcome", "record_id") if row["number"] in kept]
    rows.delete()
    for piece in chunks(left, CHUNK):
        insert_rows(ImportRow, [row | {"payload": payload.pack_kept(kept[row["number"]])} for row in piece])


@transaction.atomic
def _undo(actor: Actor, batch: ImportBatch) -> None:
    sheet = batch.sheet
    if sheet.undo is None or not ImportBatch.objects.take(batch.pk, (State.UNDOING,), State.UNDONE):
        return
    with quality_told_at_end(actor):
        done = sheet.undo(
            actor=actor,
            upload=batch.upload,
            entered_at=batch.committed_at or batch.changed_at,
            kept=rows_of(batch),
            progress=batch.track.reporter("正在撤销", batch.new_count + batch.update_count),
        )
    ImportRow.objects.filter(batch=batch).delete()
    if batch.compares:
        take_up_former(batch)
    text = f"撤销{sheet.title}“{batch.file_name}”的导入，涉及{done}{sheet.words.unit}{sheet.words.subject}"
    NOTES.record(actor, batch, "exchange.undone", text, data={"records": done})
