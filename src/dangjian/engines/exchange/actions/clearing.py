"""What is no longer needed is deleted: rows hold people's data."""

import datetime as dt

from django.db import transaction
from django.db.models import OuterRef, Q, Subquery

from dangjian.accounts.events import record
from dangjian.engines.exchange import files
from dangjian.engines.exchange.actions.committing import KEPT
from dangjian.engines.exchange.actions.leading import lead_on, release_file
from dangjian.engines.exchange.models import (
    NOT_ENTERED,
    RUNNING,
    Delivery,
    Difference,
    ImportBatch,
    ImportRow,
    ImportWorkbook,
    State,
)
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict

STUCK = dt.timedelta(hours=6)
"""After this long without an end the background has given a batch up."""


@transaction.atomic
def discard(*, actor: Actor, batch: ImportBatch) -> None:
    """Delete a sheet that was never entered, with all its rows."""
    actor.require(batch.sheet.permission, batch.organization)
    if not ImportBatch.objects.take(batch.pk, NOT_ENTERED, State.FAILED):
        raise Conflict(f"这份{batch.sheet.words.noun}现在不能删除。", how="已入库的请用“撤销导入”；正在处理的请稍候。")
    record(
        actor=actor,
        verb="exchange.discarded",
        summary=f"删除没有入库的{batch.sheet.title}“{batch.file_name}”",
        organization=batch.organization,
    )
    ImportBatch.objects.filter(pk=batch.pk).delete()
    batch.track.clear()
    lead_on(batch.workbook_id)
    if batch.workbook_id is not None:
        ImportWorkbook.objects.filter(pk=batch.workbook_id, batches=None).delete()
    transaction.on_commit(lambda: release_file(batch.kept_file))


@transaction.atomic
def clear_old() -> None:
    """Sheets never entered, and what undoing needs, go after ``KEPT``; a batch on which the background gave up is set free."""
    now = clock.now()
    stuck = ImportBatch.objects.filter(state__in=RUNNING, changed_at__lt=now - STUCK)
    reason = "后台处理中断，没有完成。"
    stuck.filter(state=State.UNDOING).update(state=State.COMMITTED, failure=reason, changed_at=now)
    stuck.update(state=State.FAILED, failure=f"{reason}请点“重新检查”。", changed_at=now)
    ImportBatch.objects.unfinished().filter(uploaded_at__lt=now - KEPT).delete()
    ImportWorkbook.objects.filter(batches=None).delete()
    ImportRow.objects.filter(batch__in=ImportBatch.objects.filter(committed_at__lt=now - KEPT)).delete()
    latest = ImportBatch.objects.filter(state=State.COMMITTED, system=OuterRef("batch__system")).order_by("-committed_at")
    replaced = ~Q(batch=Subquery(latest.values("pk")[:1])) & Q(batch__committed_at__lt=now - KEPT)
    Difference.objects.filter(replaced).delete()
    Delivery.objects.filter(replaced).delete()
    wanted = frozenset(ImportBatch.objects.exclude(kept_file="").values_list("kept_file", flat=True))
    files.drop_orphans(wanted)
