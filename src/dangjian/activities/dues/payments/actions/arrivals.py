"""Booking money that has come into an account by itself: a line of the bank, or a provider's notice.

Locks in this order: the line or notice, the order, and then those of ``collecting.take_in``. Each arrival is a transaction of its
own, so that a long statement never waits for a treasurer who waits for it.
"""

from collections.abc import Collection

from django.db.models import Q
from django.urls import reverse

from dangjian.activities.dues.billing.actions import collecting
from dangjian.activities.dues.billing.models import Payment, PaymentLine
from dangjian.activities.dues.payments.models import OrderState, PaymentOrder
from dangjian.activities.dues.payments.queries import orders
from dangjian.activities.dues.payments.queries.arrivals import Arrival, facts_of
from dangjian.engines.notifications.actions import notify
from dangjian.kernel import money, names
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict
from dangjian.kernel.ui import words
from dangjian.members.models import Member
from dangjian.org.openings import at, register


def book(
    *, actor: Actor, arrival: Arrival, member: Member, bill_ids: Collection[int], extra_fen: int = 0, note: str = ""
) -> Payment:
    """Book an arrival for a member: exactly these bills and this extra, or ``Conflict``. The caller has checked who may."""
    facts = facts_of(arrival)
    taken = Q(transaction_no=facts.number) | Q(transaction_no__startswith=f"{facts.number}#")
    # Claimed anew after it was taken back, it is another payment and needs another number.
    before = register(Payment).filter(taken, provider=facts.provider).count()
    booked_on = orders.day_to_book(facts.account.pk, facts.day)
    late = "" if booked_on == facts.day else f"{words.day(facts.day)}到账，当月已对账，记在今天。"
    payment = collecting.take_in(
        actor=actor,
        member=member,
        bill_ids=sorted(bill_ids),
        amount_fen=arrival.amount_fen,
        extra_fen=extra_fen,
        paid_on=booked_on,
        method=facts.method,
        held_by=facts.account,
        provider=facts.provider,
        transaction_no=f"{facts.number}#{before + 1}" if before else facts.number,
        payer_name="" if names.same(facts.payer, member.name) else facts.payer,
        note=f"{late}{note}",
        key=f"{facts.kind}-{arrival.pk}-{before + 1}",
    )
    settled = set(register(PaymentLine).filter(payment=payment).values_list("bill_id", flat=True))
    if payment.extra_fen != extra_fen or not settled <= set(bill_ids):
        raise Conflict("刚才有人登记了这名党员的党费，应交金额有变动。", how="请刷新页面，核对后再认领。")
    return payment


def settle(order: PaymentOrder, payment: Payment) -> None:
    """The order has its money; it is the branch's at which the member ordered, wherever they belong now."""
    order.state, order.payment = OrderState.PAID, payment
    with at(order.organization):
        order.save(update_fields=["state", "payment"])


def tell(actor: Actor, payment: Payment) -> None:
    """Tell the member that the money is booked."""
    if payment.member.user_id is None:
        return
    notify(
        actor=actor,
        user_ids=[payment.member.user_id],
        title=f"您的党费{money.yuan(payment.amount_fen)}元已到账",
        body=f"{words.day(payment.paid_on)}入账，收据{payment.receipt_no}。",
        url=reverse("dues:receipt", args=[payment.pk]),
        topic="dues",
        organization=payment.organization,
    )
