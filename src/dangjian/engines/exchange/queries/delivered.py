"""What other systems deliver of a record, and when they last did."""

from collections.abc import Mapping

from django.urls import reverse
from django.utils import timezone

from dangjian.engines.exchange.models import Delivery, State
from dangjian.org.known_offers import KnownItem
from dangjian.org.openings import register


def delivered_of(model: str, record_id: int) -> Mapping[str, KnownItem]:
    """Items of a record by the last comparison of each system that is in use; of two systems the later one's.

    Whoever shows a record has asked for the right to it; of the delivery it says the system and the day alone.
    """
    rows = register(Delivery).filter(record_id=record_id, batch__state=State.COMMITTED, batch__system__closed_on=None)
    latest: dict[int | None, Delivery] = {}
    for row in rows.select_related("batch__system").order_by("batch__committed_at", "pk"):
        out = row.batch.sheet.out
        if out is not None and out.model == model:
            latest[row.batch.system_id] = row
    found: dict[str, KnownItem] = {}
    for row in latest.values():
        at = row.batch.committed_at
        if at is not None:
            for column in row.columns:
                url = reverse("exchange:say_wrong", args=[row.pk, column])
                found[column] = KnownItem(str(row.batch.system), timezone.localtime(at).date(), wrong_url=url)
    return found
