"""What members paid elsewhere: before the platform, by a table of bases, or where they came from, by their letter.

Each is taken back with what it was noted with.
"""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any

from django.db import transaction

from dangjian.accounts.events import record
from dangjian.activities.dues.assessment.models import PaidUntil
from dangjian.activities.dues.billing.actions.billing import adjust_bills
from dangjian.activities.dues.policy import month_of
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict
from dangjian.kernel.ui import words
from dangjian.members.models import Member
from dangjian.members.offers import Arrival
from dangjian.members.own import require_not_own
from dangjian.org.openings import inside, register


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
            PaidUntil(member=member, month=month_of(month), batch=batch, noted_by_id=actor.user_id, noted_at=clock.now())
            for member, month in months.items()
        ],
        update_conflicts=True,
        unique_fields=["member"],
        update_fields=["month", "batch", "source", "arrival", "from_month", "former", "noted_by", "noted_at"],
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


def arrived(actor: Actor, arrival: Arrival) -> None:
    """Whoever was received owes here from the month after the one up to which they have paid, as their letter says.

    Said again, it is brought up to date. A letter that says nothing leaves it as it is for whoever comes within a month.
    """
    member, noted = arrival.member, _noted(arrival)
    if arrival.paid_to is None:
        gone_again(actor, arrival)
        return
    month, from_month = month_of(arrival.paid_to), month_of(arrival.day)
    former = noted.former if noted and noted.arrival == arrival.letter else _kept(noted)
    with inside(member.branch):
        PaidUntil.objects.update_or_create(
            member=member,
            defaults={
                "month": month,
                "batch": None,
                "source": arrival.source,
                "arrival": arrival.letter,
                "from_month": from_month,
                "former": former,
                "noted_by_id": actor.user_id,
                "noted_at": clock.now(),
            },
        )
    record(
        actor=actor,
        verb="dues.paid_elsewhere_noted",
        summary=f"登记{member.name}转来以前党费已交到{words.month(month)}（{arrival.source}）",
        organization=member.branch,
        member_id=member.pk,
        subject=member,
        data={"month": month.isoformat()},
    )
    adjust_bills(actor=actor, member_ids=[member.pk], from_month=from_month)


def gone_again(actor: Actor, arrival: Arrival) -> None:
    """Whoever was received was not after all: what stood here before holds again."""
    noted = _noted(arrival)
    if noted is None or noted.arrival != arrival.letter:
        return
    with inside(arrival.member.branch):
        if noted.former is None:
            noted.delete()
        else:
            noted.month, noted.batch = dt.date.fromisoformat(noted.former["month"]), noted.former["batch"]
            noted.source, noted.arrival, noted.from_month, noted.former = "", None, None, None
            noted.save()
    adjust_bills(actor=actor, member_ids=[arrival.member.pk], from_month=month_of(arrival.day))


def _noted(arrival: Arrival) -> PaidUntil | None:
    found: PaidUntil | None = register(PaidUntil).filter(member=arrival.member).first()
    return found


def _kept(noted: PaidUntil | None) -> Mapping[str, Any] | None:
    """What a table had noted, as it is kept; what an earlier letter said is over with the membership that it began."""
    if noted is None or noted.from_month is not None:
        return None
    return {"month": noted.month.isoformat(), "batch": noted.batch}


def _follow(actor: Actor, member_ids: Collection[int]) -> None:
    """Bills of all months may have come or gone."""
    adjust_bills(actor=actor, member_ids=member_ids, from_month=dt.date.min)
