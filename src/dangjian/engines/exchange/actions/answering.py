"""Differences that stand are answered by whoever keeps the record, and go back to the other system as a sheet."""

import io
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from django.db import transaction

from dangjian.accounts.events import EventsOf, record
from dangjian.engines.exchange import payload, writing
from dangjian.engines.exchange.definition import Definition, made_of
from dangjian.engines.exchange.layout import columns
from dangjian.engines.exchange.models import Believed, Delivery, Difference, DifferenceKind, ImportBatch, OutsideSystem
from dangjian.engines.exchange.queries.differences import ours_of, out_of, sides_of
from dangjian.engines.exchange.queries.systems import standing
from dangjian.kernel import clock, spreadsheets
from dangjian.kernel.actor import Actor
from dangjian.kernel.bulk import chunks
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.kernel.purposes import PRIVATE, stated
from dangjian.kernel.spreadsheets.cells import Value
from dangjian.kernel.ui import words
from dangjian.org.openings import locked
from dangjian.org.sheet_offers import OnRecord

ANSWER: Final = "exchange.answer_differences"
"""The permission."""
PIECE: Final = 500
NOTES = EventsOf[Difference](subject=lambda row: row.batch)


def require_answering(actor: Actor, difference: Difference) -> None:
    """Raise unless the actor answers for the record and the difference still stands."""
    actor.require(ANSWER, difference.organization)
    if not difference.stands:
        raise Conflict("这处差异已经处理，或者已有新的比对。", how="请刷新页面查看。")


@transaction.atomic
def answer(*, actor: Actor, difference: Difference, believed: str) -> None:
    """Say that ours is right, so that they over there are told, or that it is to be asked after all."""
    held = locked(difference, "organization", "batch__system", check=lambda row: require_answering(actor, row))
    if believed not in {Believed.OURS, Believed.ASK}:
        raise Invalid("对方的内容要重新比对后才能采用。", how="本平台写错的，请直接改档案；或由上级重新比对后采用。")
    held.believed, held.is_chosen = believed, True
    held.save()
    title = columns(held.batch.sheet)[held.column].title if held.column else held.get_kind_display()
    said = f"核对与{held.batch.system}的差异（{title}）：{Believed(believed).label}"
    NOTES.record(actor, held, "exchange.difference_answered", said)


@transaction.atomic
def say_wrong(*, actor: Actor, delivery: Delivery, column: str) -> Difference:
    """An item that a system delivered is wrong: it is told as a difference to that system, and asked on the record again."""
    held = locked(delivery, "organization", "batch__system", check=lambda row: actor.require(ANSWER, row.organization))
    if column not in held.columns:
        raise Conflict("这一项已经登记过不对，或者不再由对方提供。", how="请刷新页面查看。")
    batch = held.batch
    ours = ours_of(batch.sheet, held.organization, [held.record_id]).get(held.record_id)
    if ours is None:
        raise Conflict("这条记录已经不在这里。", how="请刷新页面查看。")
    held.columns = [one for one in held.columns if one != column]
    held.save()
    made: Difference = Difference.objects.create(
        organization=held.organization, batch=batch, record_id=held.record_id, column=column, kind=DifferenceKind.CHANGED,
        believed=Believed.OURS, is_chosen=True, stands=True, theirs=payload.pack_kept({column: ours.values.get(column)}),
    )  # fmt: skip
    title = columns(batch.sheet)[column].title
    NOTES.record(actor, made, "exchange.delivered_wrong", f"登记{batch.system}提供的“{title}”不对")
    return made


@transaction.atomic
def take_out(*, actor: Actor, system: OutsideSystem, purpose: str) -> io.BytesIO:
    """Only the difference, as a workbook: what they lack or have wrong in the columns of their export, then all of it in words.

    Raises ``Invalid`` without a purpose, ``Conflict`` where nothing differs. It stands on the trail of all whom it is about.
    """
    out = out_of(system.sheet)
    for permission in ("exchange.keep_systems", *out.permissions):
        actor.require(permission, system.organization)
    purpose = stated(purpose, "交对方改正党员信息")
    rows = list(standing(system).select_related("organization", "batch").order_by("organization__path", "record_id", "pk"))
    if not rows:
        raise Conflict("现在没有差异可以导出。", how="请先上传对方的导出表比对。")
    wrong = [
        row
        for row in rows
        if row.believed == Believed.OURS or (row.kind == DifferenceKind.GONE and row.believed != Believed.THEIRS)
    ]
    _note(actor, system, rows, purpose)
    form = _form(system, rows[0].batch)
    mending = writing.page(form, system.sheet, _theirs_to_mend(system, form, wrong))
    told = [spreadsheets.Column(title, width=width) for title, width in LISTED]
    notes = (f"由{actor.name}于{words.daytime(clock.now())}导出，用途：{purpose}。", PRIVATE)
    pages = [
        replace(mending, title="对方要补、要改的"),
        spreadsheets.Page("全部差异", told, _listed(system, rows)),
    ]
    return spreadsheets.write_book(pages, notes=notes)


LISTED: Final = (("姓名或名称", 14), ("党组织", 24), ("差异", 14), ("项目", 18), ("对方", 26), ("本平台", 26), ("以谁为准", 16))


def _note(actor: Actor, system: OutsideSystem, rows: Sequence[Difference], purpose: str) -> None:
    summary = f"导出与{system}的差异{len(rows)}处"
    out = out_of(system.sheet)
    about = sorted({row.record_id for row in rows if row.record_id is not None})
    if out.noted is not None and about:
        out.noted(actor=actor, record_ids=about, summary=summary, purpose=purpose)
    record(
        actor=actor,
        verb="exchange.differences_exported",
        summary=summary,
        organization=system.organization,
        subject=system,
        purpose=purpose,
    )


def _form(system: OutsideSystem, batch: ImportBatch) -> Definition:
    """The template of the export that was compared; without one its columns in their order under our names."""
    if batch.template is not None:
        return batch.template
    known = columns(system.sheet)
    found = [code for code, _place in sorted(batch.places.items(), key=lambda item: item[1]) if code in known]
    listed = [{"header": known[code].title, "item": code} for code in found]
    return made_of({"title": system.sheet.title, "sheet": system.sheet_code, "columns": listed})


def _theirs_to_mend(system: OutsideSystem, form: Definition, rows: Sequence[Difference]) -> Iterator[OnRecord]:
    """A row for each record: in full where they lack it, else what tells who it is and the columns that are wrong."""
    by_record: dict[int, list[Difference]] = defaultdict(list)
    for row in rows:
        if row.record_id is not None:
            by_record[row.record_id].append(row)
    for piece in chunks(by_record, PIECE):
        ours = ours_of(system.sheet, system.organization, piece)
        for record_id in piece:
            if record_id in ours:
                yield _mended(system, form, ours[record_id], by_record[record_id])


def _mended(system: OutsideSystem, form: Definition, ours: OnRecord, rows: Sequence[Difference]) -> OnRecord:
    known = columns(system.sheet)
    whole = any(row.kind == DifferenceKind.GONE for row in rows)
    wrong = {row.column for row in rows} | {system.sheet.name_column}
    wrong |= {code for way in system.sheet.found_by for code in way.columns}
    shown = [one.item for one in form.items() if whole or one.item in wrong or (one.item in known and known[one.item].required)]
    return replace(ours, values={item: ours.values[item] for item in shown if item in ours.values})


def _listed(system: OutsideSystem, rows: Sequence[Difference]) -> Iterator[Sequence[Value]]:
    for piece in chunks(rows, PIECE):
        both: Any = sides_of(system.sheet, system.organization, piece, masked=False)
        for row, sides in zip(piece, both, strict=True):
            place = row.organization.short_name
            said = row.get_kind_display(), sides.column, sides.theirs, sides.ours, row.get_believed_display()
            yield (sides.name, place, *said)
