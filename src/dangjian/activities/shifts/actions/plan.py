"""The shift plan of many members comes in, is taken back, and goes when it is old."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from django.db import transaction

from dangjian.accounts.events import record
from dangjian.activities.shifts.models import ShiftDay
from dangjian.activities.shifts.queries import IMPORT
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.bulk import chunks
from dangjian.kernel.errors import Conflict
from dangjian.members.models import Member, Standing
from dangjian.org.models import Organization
from dangjian.org.openings import inside, register
from dangjian.org.unscoped import unscoped

KEPT = dt.timedelta(days=90)
"""How long a day of a plan is kept: what people worked long ago is nobody's business."""
_PIECE = 500
Said = tuple[str, int | None]
"""A shift by its title, and the upload that said so."""


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A member's shifts by day. ``number`` is the row of the sheet."""

    number: int
    member_id: int
    days: Mapping[dt.date, str]


@dataclass(frozen=True, slots=True)
class Replaced:
    """What stood in a member's plan before, for the days that were written; ``None`` where nothing did."""

    number: int
    member_id: int
    before: Mapping[dt.date, Said | None]


@transaction.atomic
def enter_days(
    *,
    actor: Actor,
    organization: Organization,
    rows: Iterable[PlanRow],
    batch: int | None = None,
    progress: Callable[[int], None] = lambda _done: None,
) -> list[Replaced]:
    """Write the days of ``rows`` of members of ``organization`` and below in the place of what stood there.

    Raises ``Conflict`` if one of them is no member there any more.
    """
    actor.require(IMPORT, organization)
    replaced: list[Replaced] = []
    written = 0
    with inside(organization):
        for piece in chunks(rows, _PIECE):
            _check_members(piece)
            replaced += _write(piece, batch)
            written += sum(len(row.days) for row in piece)
            progress(len(replaced))
        people = len({row.member_id for row in replaced})
        record(
            actor=actor,
            verb="shifts.plan_entered",
            summary=f"导入排班：{people}人，{written}天",
            organization=organization,
            data={"members": people, "days": written, "batch": batch},
        )
    return replaced


def _check_members(rows: list[PlanRow]) -> None:
    wanted = {row.member_id for row in rows}
    if Member.objects.counted().filter(pk__in=wanted).count() != len(wanted):
        raise Conflict("排班表里有人已经不在党员名册上，或者不在您管理的范围里。", how="请点“重新检查”后再入库。")


def _write(rows: list[PlanRow], batch: int | None) -> list[Replaced]:
    days = [day for row in rows for day in row.days]
    if not days:
        return []
    members = Member.objects.filter(pk__in={row.member_id for row in rows}).select_related("organization").in_bulk()
    there = ShiftDay.objects.filter(member__in=list(members), on__range=(min(days), max(days)))
    standing = {(one.member_id, one.on): one for one in there}
    replaced, over = [], []
    made: dict[tuple[int, dt.date], ShiftDay] = {}
    for row in rows:
        before: dict[dt.date, Said | None] = {}
        for day, shift in row.days.items():
            old = standing.pop((row.member_id, day), None)
            if old is not None:
                over.append(old.pk)
            was = made.get((row.member_id, day))
            before[day] = (old.shift, old.batch) if old else (was.shift, was.batch) if was else None
            made[row.member_id, day] = ShiftDay(member=members[row.member_id], on=day, shift=shift, batch=batch)
        replaced.append(Replaced(row.number, row.member_id, before))
    for piece in chunks(over, _PIECE):
        ShiftDay.objects.filter(pk__in=piece).delete()
    ShiftDay.objects.bulk_create(made.values(), batch_size=_PIECE)
    return replaced


@transaction.atomic
def take_back(*, actor: Actor, organization: Organization, rows: Iterable[Replaced], batch: int) -> int:
    """Bring back what stood there before the upload ``batch``; returns how many rows of it that were.

    Raises ``Conflict`` if a later plan wrote over some of its days: that one is taken back first.
    """
    actor.require(IMPORT, organization)
    replaced = list(rows)
    with inside(organization):
        later = _written_over(replaced, batch)
        if later:
            raise Conflict(f"这份排班里有{later}天已被后来上传的排班表替换。", how="请先撤销后来的那一份。")
        ShiftDay.objects.filter(batch=batch).delete()
        ids = {row.member_id for row in replaced}
        members = Member.objects.filter(pk__in=ids, standing=Standing.NORMAL).select_related("organization").in_bulk()
        made = {
            (row.member_id, day): ShiftDay(member=members[row.member_id], on=day, shift=said[0], batch=said[1])
            for row in reversed(replaced)
            if row.member_id in members
            for day, said in row.before.items()
            if said is not None and said[1] != batch
        }
        ShiftDay.objects.bulk_create(made.values(), batch_size=_PIECE)
        summary = f"撤销导入的排班：{len(ids)}人"
        record(actor=actor, verb="shifts.plan_undone", summary=summary, organization=organization, data={"batch": batch})
    return len(replaced)


def _written_over(rows: list[Replaced], batch: int) -> int:
    written = {(row.member_id, day) for row in rows for day in row.before}
    if not written:
        return 0
    days = [day for _member, day in written]
    others = register(ShiftDay).filter(on__range=(min(days), max(days))).exclude(batch=batch)
    found = others.values_list("member_id", "on")
    return sum(pair in written for pair in found)


def clear_old_days() -> None:
    """Delete what is older than ``KEPT``, and the plans of those who are members no more."""
    with unscoped("days of plans that are over are nobody's any more, wherever they stand"):
        ShiftDay.objects.filter(on__lt=clock.today() - KEPT).delete()
        ShiftDay.objects.exclude(member__standing=Standing.NORMAL).delete()
