"""Sheets that somebody uploaded and has not entered yet, for his to-do list."""

from django.urls import reverse

from dangjian.engines.exchange.models import OPEN, BatchQuerySet, ImportBatch
from dangjian.kernel.gate import Request
from dangjian.kernel.offers import Matter
from dangjian.kernel.ui import words


def _own_open(request: Request) -> BatchQuerySet:
    rows: BatchQuerySet = ImportBatch.objects.filter(uploaded_by=request.actor.user_id, state__in=OPEN)
    return rows


def own_open_number(request: Request) -> int:
    """How many of the actor's sheets wait to be put right or entered."""
    return _own_open(request).count()


def own_open(request: Request, limit: int) -> list[Matter]:
    """The oldest of them."""
    return [
        Matter(
            row.file_name,
            reverse("exchange:detail", args=[row.pk]),
            f"{row.get_state_display()}，{words.day(row.uploaded_at)}上传",
        )
        for row in _own_open(request).order_by("uploaded_at")[:limit]
    ]
