"""Sheets that somebody uploaded and has not entered yet, for their to-do list."""

from django.urls import reverse

from dangjian.engines.exchange.models import OPEN, BatchQuerySet, ImportBatch
from dangjian.engines.exchange.queries.batches import may_import
from dangjian.kernel.gate import Request
from dangjian.kernel.offers import Matter
from dangjian.kernel.prepared_sql import Question
from dangjian.kernel.ui import words
from dangjian.org.prepared import prepared_number, prepared_rows


def _own_open(user_id: int) -> BatchQuerySet:
    rows: BatchQuerySet = ImportBatch.objects.filter(uploaded_by=user_id, state__in=OPEN)
    return rows


def own_open_number(request: Request) -> Question | int:
    """How many of the actor's sheets wait to be put right or entered."""
    return _own_open_number.of(request.actor.user_id) if may_import(request.actor) else 0


@prepared_number
def _own_open_number(user_id: int) -> int:
    return _own_open(user_id).count()


@prepared_rows
def _oldest(user_id: int, *, limit: int) -> BatchQuerySet:
    return _own_open(user_id).order_by("uploaded_at")[:limit]


def own_open(request: Request, limit: int) -> list[Matter]:
    """The oldest of them."""
    return [
        Matter(
            row.file_name,
            reverse("exchange:detail", args=[row.pk]),
            f"{row.state_title}，{words.day(row.uploaded_at)}上传",
        )
        for row in _oldest(request.actor.user_id, limit=limit)
    ]
