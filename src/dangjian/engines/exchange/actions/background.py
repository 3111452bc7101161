"""The frame in which the background works on a batch: for the person who uploaded, with the reason left behind if it fails."""

from collections.abc import Callable
from functools import partial

from django.db import transaction

from dangjian.engines.exchange.models import ImportBatch, State
from dangjian.kernel import clock
from dangjian.kernel.errors import Conflict
from dangjian.org.errands import do_for
from dangjian.org.gate import GrantedActor
from dangjian.org.openings import at, register

Work = Callable[[GrantedActor, ImportBatch], None]


def carry_out(pk: int, work: Work, *, during: State, failed: State, refused: str = "", broken: str) -> None:
    """Call ``work(actor, batch)`` in the scope of the sheet's permission, if the batch is in the state ``during``.

    Refused or broken, the batch is left in ``failed`` with the sentence ``refused`` (and the refusal's own) or ``broken``.
    """
    # For the person who uploaded, whose rights are asked for below.
    batch = register(ImportBatch).select_related("organization", "uploaded_by").filter(pk=pk, state=during).first()
    if batch is None:
        return
    try:
        do_for(
            batch.uploaded_by,
            batch.sheet.permission,
            batch.organization,
            lambda actor: work(actor, batch),
            fail=partial(_fail, batch, failed),
            broken=broken,
            refused=refused,
        )
    finally:
        batch.track.clear()


@transaction.atomic
def _fail(batch: ImportBatch, state: State, message: str) -> None:
    with at(batch.organization):
        ImportBatch.objects.filter(pk=batch.pk).update(state=state, failure=message, changed_at=clock.now())


def already(batch: ImportBatch, fine: tuple[State, ...], message: str) -> bool:
    """False if the batch is in one of the states ``fine``: somebody was faster. Raises ``Conflict`` otherwise."""
    batch.refresh_from_db(from_queryset=ImportBatch.objects.all())
    if batch.state in fine:
        return False
    raise Conflict(message, how=f"它现在的状态是“{batch.state_title}”，请刷新页面查看。")
