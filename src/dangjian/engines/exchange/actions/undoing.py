"""A batch that was entered is taken back as a whole."""

import datetime as dt
from collections.abc import Iterator

from django.db import transaction

from dangjian.accounts.events import record
from dangjian.engines.exchange import progress
from dangjian.engines.exchange.actions.checking import already, fail
from dangjian.engines.exchange.models import ImportBatch, ImportRow, State
from dangjian.engines.exchange.queries import stored_payloads
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Refusal
from dangjian.members.actions import roster
from dangjian.members.actions.roster import Amended
from dangjian.org.gate import GrantedActor, admitted
from dangjian.org.scope import everything

KEPT = dt.timedelta(days=30)
"""How long rows are kept, and with them what is needed to undo."""


@transaction.atomic
def start_undo(*, actor: Actor, batch: ImportBatch) -> bool:
    """Take the batch back in the background. False if that has been started before."""
    from dangjian.engines.exchange.jobs import undo_batch  # noqa: PLC0415 - the task calls this module

    actor.require("members.import", batch.organization)
    if batch.committed_at and clock.now() > batch.committed_at + KEPT:
        raise Conflict(f"入库已超过{KEPT.days}天，不能整批撤销。", how="个别人导错的，请到本人档案中更正。")
    if not ImportBatch.objects.take(batch.pk, (State.COMMITTED,), State.UNDOING):
        return already(batch, (State.UNDOING, State.UNDONE), "这份名册没有入库，不用撤销。")
    record(
        actor=actor,
        verb="exchange.undo_started",
        summary=f"开始撤销名册“{batch.file_name}”的导入",
        organization=batch.organization,
        subject=batch,
    )
    progress.clear(batch.pk)
    transaction.on_commit(lambda: undo_batch.enqueue(batch.pk))
    return True


def undo(*, pk: int) -> None:
    """Take the batch back on behalf of whoever uploaded it; a refusal leaves it entered, with the reason."""
    with everything("the background works for the person who uploaded, whose rights are asked for below"):
        batch = ImportBatch.objects.select_related("organization", "uploaded_by").filter(pk=pk, state=State.UNDOING).first()
    if batch is None:
        return
    actor = GrantedActor(batch.uploaded_by)
    try:
        with admitted(actor, "members.import"):
            _undo(actor, batch)
    except Refusal as refusal:
        fail(batch, State.COMMITTED, f"{refusal.message}{refusal.how}")
    except Exception:
        fail(batch, State.COMMITTED, "系统出错，没有撤销，什么也没有改动。请再试一次；仍不行的，请联系管理员。")
        raise
    finally:
        progress.clear(batch.pk)


@transaction.atomic
def _undo(actor: Actor, batch: ImportBatch) -> None:
    actor.require("members.import", batch.organization)
    if not ImportBatch.objects.take(batch.pk, (State.UNDOING,), State.UNDONE):
        return
    done = roster.take_back(
        actor=actor,
        batch=batch.pk,
        entered_at=batch.committed_at or batch.changed_at,
        amended=_amended(batch),
        progress=progress.reporter(batch.pk, "正在撤销", batch.new_count + batch.update_count),
    )
    ImportRow.objects.filter(batch=batch).delete()
    record(
        actor=actor,
        verb="exchange.undone",
        summary=f"撤销名册“{batch.file_name}”的导入，涉及{done}名党员",
        organization=batch.organization,
        subject=batch,
        data={"records": done},
    )


def _amended(batch: ImportBatch) -> Iterator[Amended]:
    for _, member_id, stored in stored_payloads(batch):
        if stored.before:
            yield Amended(member_id, stored.before, dt.datetime.fromisoformat(stored.at))
