"""Booking money that has come into an account by itself: a line of the bank, or a provider's notice.

Locks in this order: the line or notice, the order, and then those of ``collecting.take_in``. Each arrival is a transaction of its
own, so that a long statement never waits for a treasurer who waits for it.
"""

from collections.abc import Collection
from typing import Final

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from dangjian.activities.dues.actions import collecting
from dangjian.activities.dues.banking.lines import person
from dangjian.activities.dues.models import OrderState, Payment, PaymentMethod, PaymentOrder, ProviderNotice, StatementLine
from dangjian.activities.dues.providers import bank_transfer
from dangjian.activities.dues.queries import paying
from dangjian.engines.notifications.actions import notify
from dangjian.kernel import money
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict
from dangjian.kernel.ui import words
from dangjian.members.models import Member
from dangjian.org.scope import everything

Arrival = StatementLine | ProviderNotice
LONGEST_SERIAL: Final = 40


def account_of(arrival: Arrival) -> int:
    """Whose account the money is in."""
    return arrival.organization_id if isinstance(arrival, StatementLine) else arrival.held_by_id


def book(
    *, actor: Actor, arrival: Arrival, member: Member, bill_ids: Collection[int], extra_fen: int = 0, note: str = ""
) -> Payment:
    """Book an arrival for a member: exactly these bills and this extra, or ``Conflict``. The caller has checked who may."""
    is_line = isinstance(arrival, StatementLine)
    provider, number = (bank_transfer.CODE, _number_of(arrival)) if is_line else (arrival.provider, arrival.transaction_no)
    day = arrival.booked_on if is_line else timezone.localtime(arrival.paid_at).date()
    payer = arrival.payer_name if is_line else ""
    with everything("the payment of an arrival belongs to the member's branch and the account"):
        before = Payment.objects.filter(
            Q(transaction_no=number) | Q(transaction_no__startswith=f"{number}#"), provider=provider
        ).count()
        booked_on = paying.day_to_book(account_of(arrival), day)
        late = "" if booked_on == day else f"{words.day(day)}到账，当月已对账，记在今天。"
        payment = collecting.take_in(
            actor=actor,
            member=member,
            bill_ids=sorted(bill_ids),
            amount_fen=arrival.amount_fen,
            extra_fen=extra_fen,
            paid_on=booked_on,
            method=PaymentMethod.BANK if is_line else PaymentMethod.ONLINE,
            held_by=arrival.organization if is_line else arrival.held_by,
            provider=provider,
            transaction_no=f"{number}#{before + 1}" if before else number,
            payer_name=payer if payer and person(payer) != person(member.name) else "",
            note=f"{late}{note}",
            key=f"{'line' if is_line else 'notice'}-{arrival.pk}-{before + 1}",
        )
        settled = set(payment.lines.values_list("bill_id", flat=True))
    if payment.extra_fen != extra_fen or not settled <= set(bill_ids):
        raise Conflict("刚才有人登记了这名党员的党费，应交金额有变动。", how="请刷新页面，核对后再认领。")
    return payment


def _number_of(line: StatementLine) -> str:
    """The bank's serial number, made unique: banks of two accounts may use the same."""
    return f"{line.serial[:LONGEST_SERIAL]}/{line.fingerprint[:12]}" if line.serial else line.fingerprint[:24]


def settle(order: PaymentOrder, payment: Payment) -> None:
    """The order has its money."""
    order.state, order.payment = OrderState.PAID, payment
    order.save(update_fields=["state", "payment"])


def tell(actor: Actor, payment: Payment) -> None:
    """Tell the member that his money is booked."""
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
