"""What dues have built on a split, a merge, a move or members who were moved; bills that nobody paid follow by themselves."""

from collections.abc import Collection

from dangjian.activities.dues.billing.actions import billing
from dangjian.activities.dues.billing.models import Bill, Payment
from dangjian.activities.dues.ledger.models import Transfer, TransferState
from dangjian.activities.dues.payments.models import OrderState, PaymentOrder
from dangjian.kernel.actor import Actor
from dangjian.members.queries.moved import ever_moved_by, moved_by
from dangjian.org.models import Organization, Reorganisation, ReorganisationKind
from dangjian.org.offers import ReorganisationPart


def built_on(reorganisation: Reorganisation) -> list[str]:
    """Money the members have paid, or are about to pay, to the branch they came into; or that went up to the new superior."""
    if reorganisation.kind == ReorganisationKind.MOVE:
        return _passed_up(reorganisation)
    to = reorganisation.entered
    if to is None:
        return []
    ids, since = moved_by(reorganisation), reorganisation.done_at
    paid = Payment.objects.filter(organization=to, member__in=ids, recorded_at__gte=since, reverses=None, reversed_by=None)
    ordered = PaymentOrder.objects.filter(organization=to, member__in=ids, made_at__gte=since, state=OrderState.OPEN)
    reasons = []
    if number := paid.values("member").distinct().count():
        reasons.append(f"已有{number}名党员向“{to}”交纳党费")
    if number := ordered.values("member").distinct().count():
        reasons.append(f"有{number}名党员正在向“{to}”网上交纳党费")
    return reasons


def _passed_up(reorganisation: Reorganisation) -> list[str]:
    below = Organization.objects.below(reorganisation.organization)
    moved = Transfer.objects.filter(organization__in=below, made_at__gte=reorganisation.done_at)
    sent = moved.exclude(organization=reorganisation.other).filter(superior=reorganisation.other)
    sent = sent.exclude(state__in=(TransferState.DUE, TransferState.CANCELLED))
    return [f"已有党费上缴下拨在“{reorganisation.other}”办理"] if sent.exists() else []


def put_back(actor: Actor, reorganisation: Reorganisation) -> Collection[int]:
    """Bills stand again where the membership of those is who had come into a branch; whoever had left owes again."""
    to = reorganisation.entered
    if reorganisation.kind == ReorganisationKind.LEFT:
        members = ever_moved_by(reorganisation)
        billing.adjust_bills(actor=actor, member_ids=members, from_month=reorganisation.effective_on)
    if to is None:
        return ()
    bills = Bill.objects.filter(organization=to, month__gte=reorganisation.effective_on.replace(day=1)).order_by()
    for month in sorted(set(bills.values_list("month", flat=True))):
        members = list(bills.filter(month=month).values_list("member_id", flat=True))
        billing.brought_up_to_date(actor=actor, month=month, members=members)
    return ()


OFFER = ReorganisationPart("dues", built_on, put_back=put_back, order=50)
