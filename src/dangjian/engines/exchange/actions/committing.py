"""Rows become members: all of them in one transaction, or none."""

from collections.abc import Iterator

from django.db import transaction

from dangjian.accounts.events import record
from dangjian.engines.exchange import payload, progress
from dangjian.engines.exchange.actions.checking import already, fail
from dangjian.engines.exchange.models import ImportBatch, ImportProblem, ImportRow, Outcome, State
from dangjian.engines.exchange.queries import stored_payloads, stored_rows
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Refusal
from dangjian.members.actions import roster
from dangjian.members.actions.roster import Amended, Amendment, Entrant
from dangjian.members.models import ChangeKind
from dangjian.org.gate import GrantedActor, admitted
from dangjian.org.scope import everything


@transaction.atomic
def start_commit(*, actor: Actor, batch: ImportBatch) -> bool:
    """Enter the batch in the background. False, and nothing more happens, if that has been started before."""
    from dangjian.engines.exchange.jobs import commit_batch  # noqa: PLC0415 - the task calls this module

    actor.require("members.import", batch.organization)
    if not ImportBatch.objects.take(batch.pk, (State.READY,), State.COMMITTING):
        return already(batch, (State.COMMITTING, State.COMMITTED), "这份名册还不能入库。")
    record(
        actor=actor,
        verb="exchange.commit_started",
        summary=f"开始把名册“{batch.file_name}”入库",
        organization=batch.organization,
        subject=batch,
    )
    progress.clear(batch.pk)
    transaction.on_commit(lambda: commit_batch.enqueue(batch.pk))
    return True


def commit(*, pk: int) -> None:
    """Enter the batch on behalf of whoever uploaded it. Cut off, it begins anew; after success it does nothing."""
    with everything("the background works for the person who uploaded, whose rights are asked for below"):
        batch = ImportBatch.objects.select_related("organization", "uploaded_by").filter(pk=pk, state=State.COMMITTING).first()
    if batch is None:
        return
    actor = GrantedActor(batch.uploaded_by)
    try:
        with admitted(actor, "members.import"):
            _commit(actor, batch)
    except Refusal as refusal:
        fail(batch, State.FAILED, f"没有入库，一行也没有写入。{refusal.message}{refusal.how}")
    except Exception:
        fail(batch, State.FAILED, "系统出错，没有入库，一行也没有写入。请点“重新检查”后再试；仍不行的，请联系管理员。")
        raise
    finally:
        progress.clear(batch.pk)


@transaction.atomic
def _commit(actor: Actor, batch: ImportBatch) -> None:
    actor.require("members.import", batch.organization)
    if not ImportBatch.objects.take(batch.pk, (State.COMMITTING,), State.COMMITTED):
        return
    total = batch.new_count + batch.update_count
    split = 100 * batch.new_count // max(total, 1)
    entered = roster.enter_many(
        actor=actor,
        rows=_entrants(batch),
        kind=ChangeKind(batch.entry_kind),
        effective_on=batch.effective_on,
        batch=batch.pk,
        document=batch.document,
        progress=progress.reporter(batch.pk, "正在写入新党员的档案", batch.new_count, end=split),
    )
    amended: list[Amended] = []
    if batch.update_count:
        report = progress.reporter(batch.pk, "正在更新已在册党员的档案", batch.update_count, begin=split)
        amended = roster.amend_many(actor=actor, rows=_amendments(batch), progress=report)
    _put_away(batch, amended)
    ImportBatch.objects.filter(pk=batch.pk).update(committed_at=clock.now())
    record(
        actor=actor,
        verb="exchange.committed",
        summary=f"名册“{batch.file_name}”入库：新增{entered}名，更新{len(amended)}名",
        organization=batch.organization,
        subject=batch,
        data={"entered": entered, "amended": len(amended), "ignored": batch.ignored_count},
    )


def _entrants(batch: ImportBatch) -> Iterator[Entrant]:
    for branch_id, _, stored in stored_payloads(batch, outcome=Outcome.NEW):
        yield Entrant(branch_id, stored.category, stored.columns())


def _amendments(batch: ImportBatch) -> Iterator[Amendment]:
    for _, member_id, stored in stored_payloads(batch, outcome=Outcome.UPDATE):
        yield Amendment(member_id, stored.columns())


def _put_away(batch: ImportBatch, amended: list[Amended]) -> None:
    """Forget what was typed; of amended records keep what they held before."""
    ImportProblem.objects.filter(batch=batch).delete()
    ImportRow.objects.filter(batch=batch).exclude(outcome=Outcome.UPDATE).delete()
    before = {one.member_id: one for one in amended}
    kept: list[ImportRow] = []
    for row in stored_rows(batch):
        one = before.get(row.member_id or 0)
        row.payload = payload.pack_before(one.before, one.at) if one else payload.NOTHING
        row.id_index = ""
        kept.append(row)
    ImportRow.objects.bulk_update(kept, ["payload", "id_index"], batch_size=200)
