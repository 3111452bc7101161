"""What is checked next: a batch by itself at once, those of a workbook one after the other."""

from django.db import transaction

from dangjian.accounts.events import EventsOf
from dangjian.engines.exchange import files, payload
from dangjian.engines.exchange.actions.background import already
from dangjian.engines.exchange.models import NOT_ENTERED, OPEN, ImportBatch, State
from dangjian.kernel.actor import Actor
from dangjian.kernel.background import enqueue
from dangjian.kernel.errors import Conflict

NOTES = EventsOf[ImportBatch]()


def queue_check(batch: ImportBatch) -> None:
    """Hand the batch to the background once this transaction is through."""
    batch.track.clear()
    enqueue("exchange.check", batch.pk)


def lead_on(workbook: int | None) -> None:
    """Have the next batch of a workbook checked, if those before it are out of the way and its questions are answered."""
    if workbook is None:
        return
    for batch in ImportBatch.objects.filter(workbook=workbook).order_by("place"):
        if batch.state == State.WAITING:
            if not batch.needs_answers and ImportBatch.objects.take(batch.pk, (State.WAITING,), State.CHECKING):
                queue_check(batch)
            return
        if not batch.is_out_of_the_way:
            return


def release_file(name: str) -> None:
    """Delete an uploaded file that no batch waits for any more; those of a workbook share it."""
    if name and not ImportBatch.objects.filter(kept_file=name).exists():
        files.drop(name)


@transaction.atomic
def set_aside(*, actor: Actor, batch: ImportBatch) -> bool:
    """Let the others of the workbook go on without this one. False if somebody has done it already."""
    actor.require(batch.sheet.permission, batch.organization)
    if batch.workbook_id is None:
        raise Conflict("只有工作簿里的表可以搁置。", how="不需要的表请删除。")
    if not ImportBatch.objects.take(batch.pk, (State.WAITING, *OPEN, State.FAILED), State.ASIDE):
        return already(batch, (State.ASIDE,), f"这份{batch.sheet.words.noun}现在不能搁置。")
    NOTES.record(actor, batch, "exchange.set_aside", f"搁置{batch.sheet.title}“{batch.file_name}”")
    lead_on(batch.workbook_id)
    return True


@transaction.atomic
def take_up(*, actor: Actor, batch: ImportBatch) -> bool:
    """Go on with a batch that was set aside. False if somebody has done it already."""
    actor.require(batch.sheet.permission, batch.organization)
    if not ImportBatch.objects.take(batch.pk, (State.ASIDE,), State.WAITING):
        return already(batch, (State.WAITING, State.CHECKING, *OPEN), f"这份{batch.sheet.words.noun}没有搁置。")
    lead_on(batch.workbook_id)
    return True


@transaction.atomic
def answer_for_columns(*, actor: Actor, batch: ImportBatch) -> None:
    """Somebody has looked: the unused columns of numbers do not belong to the sums. It stays on the trail who said so."""
    actor.require(batch.sheet.permission, batch.organization)
    held = ImportBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    if not held.unanswered:
        return
    if not held.is_open:
        raise Conflict(f"这份{held.sheet.words.noun}现在不能修改。", how=f"它的状态是“{held.state_title}”，请刷新页面查看。")
    said = f"确认{held.sheet.title}“{held.file_name}”里没有用到的列与计算无关：{'、'.join(held.unanswered)}"
    NOTES.record(actor, held, "exchange.columns_answered", said)
    ImportBatch.objects.filter(pk=batch.pk).update(unanswered=[])


@transaction.atomic
def answer(*, actor: Actor, batch: ImportBatch, answers: dict[str, object]) -> None:
    """Answer the questions of the sheet otherwise; what was checked is checked anew. Raises ``Invalid`` for what will not do."""
    sheet = batch.sheet
    actor.require(sheet.permission, batch.organization)
    sheet.accept(batch.organization, answers)
    held = ImportBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    if held.state not in NOT_ENTERED:
        raise Conflict(f"这份{sheet.words.noun}现在不能修改。", how=f"它的状态是“{held.state_title}”，请刷新页面查看。")
    ImportBatch.objects.filter(pk=batch.pk).update(answered=payload.dump(answers))
    said = f"修改{sheet.title}“{batch.file_name}”的导入方式：{'，'.join(sheet.said(answers))}"
    NOTES.record(actor, batch, "exchange.answered", said)
    if ImportBatch.objects.take(batch.pk, (*OPEN, State.FAILED), State.CHECKING):
        queue_check(batch)
    else:
        lead_on(batch.workbook_id)
