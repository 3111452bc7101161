"""What members paid on paper before the platform: noted with a table of bases, and taken back with it."""

import datetime as dt
from collections.abc import Collection, Mapping

from django.db import transaction

from dangjian.accounts.events import record
from dangjian.activities.dues.assessment.models import PaidUntil
from dangjian.activities.dues.billing.actions.billing import adjust_bills
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict
from dangjian.members.models import Member
from dangjian.members.own import require_not_own


@transaction.atomic
def note_paid(*, actor: Actor, months: Mapping[Member, dt.date], batch: int | None = None) -> dict[int, dt.date | None]:
    """Note up to which month each member has paid on paper, and take the bills of these months back.

    Returns what was noted of each before, by the number of the member.
    """
    if not months:
        return {}
    for member in {member.organization_id: member for member in months}.values():
        actor.require("dues.assess", member.organization)
    require_not_own(actor, months)
    numbers = [member.pk for member in months]
    known = dict(PaidUntil.objects.select_for_update().filter(member__in=numbers).values_list("member_id", "month"))
    PaidUntil.objects.bulk_create(
        [
            PaidUntil(member=member, month=month.replace(day=1), batch=batch, noted_by_id=actor.user_id, noted_at=clock.now())
            for member, month in months.items()
        ],
        update_conflicts=True,
        unique_fields=["member"],
        update_fields=["month", "batch", "noted_by", "noted_at"],
    )
    record(
        actor=actor,
        verb="dues.paid_before_noted",
        summary=f"登记{len(months)}名党员启用前已交的党费",
        data={"members": len(months), "batch": batch},
    )
    _follow(actor, numbers)
    return {number: known.get(number) for number in numbers}


@transaction.atomic
def forget_paid(*, actor: Actor, batch: int, former: Mapping[int, dt.date | None]) -> None:
    """Undo what a table noted: ``former`` is what stood before, by the number of the member.

    :raises Conflict: if something else was noted of one of them since.
    """
    if not former:
        return
    rows = PaidUntil.objects.select_for_update().filter(member__in=former)
    noted = {row.member_id: row for row in rows.select_related("member__organization")}
    for row in noted.values():
        actor.require("dues.assess", row.member.organization)
    if any(number not in noted or noted[number].batch != batch for number in former):
        raise Conflict("导入以后又登记过其中党员启用前已交的月份，不能整批撤回。", how="请重新导入一份基数表更正。")
    back = {number: month for number, month in former.items() if month is not None}
    rows.exclude(member__in=back).delete()
    for number, month in back.items():
        noted[number].month, noted[number].batch = month, None
    PaidUntil.objects.bulk_update([noted[number] for number in back], ["month", "batch"])
    _follow(actor, former)


def _follow(actor: Actor, member_ids: Collection[int]) -> None:
    """Bills of all months may have come or gone."""
    adjust_bills(actor=actor, member_ids=member_ids, from_month=dt.date.min)
