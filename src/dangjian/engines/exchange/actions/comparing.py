"""A comparison: who is believed, what of it is taken, and what stays a difference until the next one."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import cast

from django.db import transaction
from django.utils import timezone

from dangjian.accounts.events import EventsOf
from dangjian.engines.exchange import payload
from dangjian.engines.exchange.actions.finding import appeared
from dangjian.engines.exchange.layout import columns
from dangjian.engines.exchange.models import (
    OPEN,
    Believed,
    Delivery,
    Difference,
    DifferenceKind,
    ImportBatch,
    ImportRow,
    Outcome,
    OutsideSystem,
    State,
)
from dangjian.engines.exchange.queries.batches import rows_of, stored_rows
from dangjian.engines.exchange.queries.differences import ours_of, out_of, settled
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.bulk import chunks, insert_rows
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.kernel.rulebook import Period
from dangjian.org.sheet_offers import Row

NOTES = EventsOf[ImportBatch]()
PIECE = 2000


@transaction.atomic
def believe(
    *,
    actor: Actor,
    batch: ImportBatch,
    believed: str,
    differences: Collection[int] | None = None,
    column: str = "",
    kind: str = "",
) -> int:
    """Say who is believed: in ``differences`` of the batch, or in all of a ``column`` or ``kind``; returns in how many.

    Nothing that the other side leaves blank is taken for a change to blank, and what has a procedure of its own is not taken.
    """
    actor.require(batch.sheet.permission, batch.organization)
    held = ImportBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    if held.state not in OPEN:
        raise Conflict("这次比对现在不能修改。", how=f"它的状态是“{held.state_title}”，请刷新页面查看。")
    if believed not in Believed.values:
        raise Invalid("请选择以谁为准。")
    if differences is None and not (column or kind):
        raise Invalid("请选择一个项目。")
    rows = Difference.objects.filter(batch=batch)
    rows = rows if differences is None else rows.filter(pk__in=differences)
    rows = rows.filter(column=column) if column else rows
    rows = rows.filter(kind=kind) if kind else rows
    if believed == Believed.THEIRS:
        rows = rows.filter(is_takeable=True)
    return int(rows.update(believed=believed, is_chosen=True))


def undecided(batch: ImportBatch) -> int:
    """In how many differences that could be taken nobody is believed yet."""
    return int(Difference.objects.filter(batch=batch, believed=Believed.ASK, is_takeable=True).count())


def require_decided(batch: ImportBatch) -> None:
    """Raise ``Conflict`` while something of a comparison is left to decide."""
    said = []
    if batch.decide_count:
        said.append(f"有{batch.decide_count}行还没有认定")
    if left := undecided(batch):
        said.append(f"有{left}处还没有定以谁为准")
    if said:
        raise Conflict(f"{'，'.join(said)}。", how="请逐项或整列选定；也可以选择“其余留作差异”，只采用已经选定的。")


def taken_rows(batch: ImportBatch) -> tuple[Iterable[Row], Iterable[Row]]:
    """The rows of which something is taken over: new ones, and of records on hand only the items in which they are believed."""
    believed = Difference.objects.filter(batch=batch, believed=Believed.THEIRS, is_takeable=True).order_by()
    added = set(believed.filter(kind=DifferenceKind.ADDED).values_list("number", flat=True))
    items: dict[int, set[str]] = defaultdict(set)
    for number, column in believed.filter(kind=DifferenceKind.CHANGED).values_list("number", "column"):
        items[number or 0].add(column)
    new = (row for row in rows_of(batch, outcome=Outcome.NEW) if row.number in added)
    updates = (_only(batch, row, items[row.number]) for row in rows_of(batch, outcome=Outcome.UPDATE) if row.number in items)
    return new if added else (), updates if items else ()


def _only(batch: ImportBatch, row: Row, items: Collection[str]) -> Row:
    """The row without items that keep what is on record; what its sheet needs beside them stays."""
    known = columns(batch.sheet)
    needed = {name for name in row.values if name not in known or (known[name].elsewhere and not known[name].fills)}
    kept = {name: value for name, value in row.values.items() if name in items or name in needed}
    return Row(row.number, row.record_id, kept)


def finish(batch: ImportBatch) -> None:
    """What was taken is marked, the rest stands as the differences of the system, in the place of those found before."""
    today, system = clock.today(), _held(batch)
    _keep_undecided_rows(batch)
    mine = Difference.objects.filter(batch=batch)
    mine.filter(believed=Believed.THEIRS, is_takeable=True).update(taken_on=today)
    Difference.objects.filter(batch__system=system, stands=True).update(stands=False)
    mine.filter(taken_on=None).update(stands=True)
    if batch.sheet.added is not None:
        # They are nobody's records yet: how many they are is enough.
        mine.filter(kind=DifferenceKind.ADDED).update(theirs="")
    _note_day(system, today)
    _note_deliveries(batch, system)


def _note_deliveries(batch: ImportBatch, system: OutsideSystem) -> None:
    """Which items of whom the system is believed for and agrees in: nobody needs to be asked for them."""
    known = columns(batch.sheet)
    items = {
        code for code in batch.places
        if code in known and known[code].elsewhere is None and system.believes(known[code]) == Believed.THEIRS
    }  # fmt: skip
    if not items:
        return
    others: dict[int | None, set[str]] = defaultdict(set)
    left = Difference.objects.filter(batch=batch, column__in=items, taken_on=None).order_by()
    for record_id, column in left.values_list("record_id", "column"):
        others[record_id].add(column)
    places = dict(out_of(batch.sheet).numbers_in(batch.organization))
    for piece in chunks(stored_rows(batch, outcome__in=(Outcome.UPDATE, Outcome.ALIKE)), PIECE):
        made = []
        for row in piece:
            agreed = sorted((items & payload.raw_of(row.payload).keys()) - others[row.record_id])
            if agreed and row.record_id in places:
                place = places[row.record_id]
                made.append({"batch_id": batch.pk, "organization_id": place, "record_id": row.record_id, "columns": agreed})
        insert_rows(Delivery, made)


def take_up_former(batch: ImportBatch) -> None:
    """The comparison was taken back: the one before it stands again."""
    system = _held(batch)
    mine = Difference.objects.filter(batch=batch)
    mine.update(taken_on=None, stands=False)
    former = (
        ImportBatch.objects.filter(system=system, state=State.COMMITTED).exclude(pk=batch.pk).order_by("-committed_at").first()
    )
    if former is not None:
        Difference.objects.filter(batch=former, taken_on=None, settled_on=None).update(stands=True)
    _note_day(system, timezone.localtime(former.committed_at).date() if former and former.committed_at else None)


def _held(batch: ImportBatch) -> OutsideSystem:
    """The system of the batch, held so that two comparisons do not both become the last one."""
    system: OutsideSystem = OutsideSystem.objects.select_for_update(of=("self",)).get(pk=cast("int", batch.system_id))
    return system


def _note_day(system: OutsideSystem, day: dt.date | None) -> None:
    begin = day or system.made_on
    due_on = Period(months=system.every_months).after(begin) if system.every_months else None
    OutsideSystem.objects.filter(pk=system.pk).update(last_in_step_on=day, due_on=due_on)


def _keep_undecided_rows(batch: ImportBatch) -> None:
    """Whom nobody has decided on is told as being over there alone, to be asked."""
    made = [
        Difference(
            organization_id=batch.organization_id,
            batch=batch,
            number=row.number,
            kind=DifferenceKind.ADDED,
            believed=Believed.ASK,
            theirs=payload.pack_kept(_said(batch, row)),
        )
        for row in stored_rows(batch, outcome=Outcome.DECIDE)
    ]
    Difference.objects.bulk_create(made, batch_size=PIECE)


def _said(batch: ImportBatch, row: ImportRow) -> dict[str, object]:
    """What a row says, by column: clean where it was understood."""
    clean = payload.clean_of(row.payload)
    return {code: clean.get(code, value) for code, value in payload.raw_of(row.payload).items() if code in columns(batch.sheet)}


@transaction.atomic
def look_through(*, actor: Actor, system: OutsideSystem) -> int:
    """Look through the differences that stand at somebody's wish; returns how many are none any more."""
    actor.require("exchange.keep_systems", system.organization)
    return settle(system=system)


@transaction.atomic
def settle(*, system: OutsideSystem) -> int:
    """Look through the differences that stand; returns how many are none any more by what is on record now."""
    done = 0
    for piece in chunks(_standing(system), PIECE):
        done += _settle(system, piece)
    return done


def _standing(system: OutsideSystem) -> Iterator[Difference]:
    rows = Difference.objects.filter(batch__system=system, stands=True)
    yield from rows.select_related("batch").order_by("pk").iterator(chunk_size=PIECE)


def _settle(system: OutsideSystem, rows: list[Difference]) -> int:
    ours = ours_of(system.sheet, system.organization, {row.record_id for row in rows if row.record_id is not None})
    there = appeared(system, [row for row in rows if row.kind == DifferenceKind.ADDED])
    agreed = [row.pk for row in rows if row.pk in there or settled(row, ours.get(row.record_id or 0))]
    Difference.objects.filter(pk__in=agreed).update(stands=False, settled_on=clock.today())
    for row in rows:
        mine = ours.get(row.record_id or 0)
        if mine is not None and mine.organization_id != row.organization_id:
            Difference.objects.filter(pk=row.pk).update(organization_id=mine.organization_id)
    return len(agreed)
