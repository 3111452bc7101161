"""Whom a row of a comparison is about, where that is not certain: the row and its candidates side by side."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from dangjian.engines.exchange import actions, payload
from dangjian.engines.exchange.layout import columns
from dangjian.engines.exchange.models import ImportBatch, ImportRow, Outcome
from dangjian.engines.exchange.queries.batches import shown
from dangjian.engines.exchange.queries.differences import in_words, ours_of
from dangjian.engines.exchange.views.doors import batch_page
from dangjian.kernel.errors import NotFound
from dangjian.kernel.gate import Request
from dangjian.kernel.typed import number as numbered
from dangjian.org.gate import find
from dangjian.org.models import Organization
from dangjian.org.sheet_offers import OnRecord, SheetColumn


@dataclass(frozen=True, slots=True)
class Item:
    """One item of both sides; ``differs`` marks it."""

    title: str
    theirs: str
    ours: str
    differs: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """A record that the row may be about."""

    record_id: int
    name: str
    place: str
    why: str
    items: list[Item]

    @property
    def differing(self) -> list[Item]:
        """What speaks against it."""
        return [item for item in self.items if item.differs]

    @property
    def alike(self) -> list[Item]:
        """The others."""
        return [item for item in self.items if not item.differs]


@batch_page(methods=("GET", "POST"))
def decide(request: Request, batch: ImportBatch, number: int) -> HttpResponse:
    """Say which record a row is about, or that it is none of them."""
    row: ImportRow = find(ImportRow.objects.filter(batch=batch), number=number)
    if not batch.compares or not (row.candidates or row.decided_id is not None):
        raise NotFound
    if request.method == "POST":
        said = request.POST.get("record", "")
        chosen = 0 if said == "0" else numbered(said)
        actions.decide(actor=request.actor, batch=batch, number=number, record_id=chosen)
        messages.success(request, f"第{number}行：{'列出的都不是' if chosen == 0 else '已认定' if chosen else '留待认定'}")
        return redirect(_next(batch, number))
    context = {"batch": batch, "row": row, "candidates": _candidates(batch, row), "name": _name(batch, row)}
    context["words"] = batch.sheet.words
    context["left"] = ImportRow.objects.filter(batch=batch, outcome=Outcome.DECIDE).count()
    return render(request, "exchange/decide.html", context)


def _next(batch: ImportBatch, number: int) -> str:
    """The next row that waits to be decided, or else the comparison."""
    waiting = ImportRow.objects.filter(batch=batch, outcome=Outcome.DECIDE)
    row = waiting.filter(number__gt=number).order_by("number").first() or waiting.order_by("number").first()
    if row is None or not batch.is_open:
        return reverse("exchange:detail", args=[batch.pk])
    return reverse("exchange:decide", args=[batch.pk, row.number])


def _name(batch: ImportBatch, row: ImportRow) -> str:
    known = columns(batch.sheet)
    return shown(known[batch.sheet.name_column], payload.raw_of(row.payload).get(batch.sheet.name_column))


def _candidates(batch: ImportBatch, row: ImportRow) -> list[Shown]:
    why = dict(row.candidates)
    ours = ours_of(batch.sheet, batch.organization, {*why, *({row.decided_id} if row.decided_id else set())})
    places = Organization.objects.in_bulk({one.organization_id for one in ours.values()})
    return [
        Shown(
            one.record_id,
            in_words(columns(batch.sheet)[batch.sheet.name_column], one.values.get(batch.sheet.name_column)),
            places[one.organization_id].short_name if one.organization_id in places else "",
            why.get(one.record_id, ""),
            _items(batch, row, one),
        )
        for one in ours.values()
    ]


def _items(batch: ImportBatch, row: ImportRow, ours: OnRecord) -> list[Item]:
    raw, clean = payload.raw_of(row.payload), payload.clean_of(row.payload)
    known = columns(batch.sheet)
    chosen = [known[code] for code in batch.places if code in known]
    items = []
    for column in chosen:
        mine = ours.values.get(column.code)
        if column.code in raw or mine not in (None, "", False):
            theirs = _theirs(column, raw.get(column.code), clean)
            said = in_words(column, mine)
            items.append(Item(column.title, theirs, said, _differs(column, raw, clean, mine)))
    return items


def _theirs(column: SheetColumn, typed: object, clean: dict[str, object]) -> str:
    if column.read and column.code in clean:
        return in_words(column, clean[column.code])
    return in_words(column, typed) if column.write is None else str(typed or "")


def _differs(column: SheetColumn, raw: dict[str, object], clean: dict[str, object], mine: object) -> bool:
    theirs = clean.get(column.code, raw.get(column.code)) if column.read else raw.get(column.code)
    return theirs is not None and theirs != mine
