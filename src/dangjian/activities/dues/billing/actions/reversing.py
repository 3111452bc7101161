"""A payment that was recorded by mistake is taken back by one of the opposite sum.

Locks in the order of ``collecting``, whose functions hold and settle the bills.
"""

from collections.abc import Sequence

from django.db import transaction
from django.urls import reverse

from dangjian.accounts.events import record
from dangjian.activities.dues.billing.actions import billing
from dangjian.activities.dues.billing.actions.collecting import (
    Business,
    credit,
    entry_key,
    hold_for,
    lines_of,
    receipt_number,
    settle,
)
from dangjian.activities.dues.billing.models import Bill, Payment, PaymentLine
from dangjian.activities.dues.ledger.actions import posting, taking
from dangjian.activities.dues.ledger.actions.posting import Line
from dangjian.activities.dues.ledger.actions.separation import require_accountant_for
from dangjian.activities.dues.ledger.models import Book, EntryKind, Transfer, TransferKind, TransferState
from dangjian.activities.dues.oversight.actions import arrears
from dangjian.engines.notifications.actions import notify
from dangjian.kernel import clock, money
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.members.own import require_for
from dangjian.org.openings import at, register


@transaction.atomic
def reverse_payment(*, actor: Actor, payment: Payment, reason: str) -> Payment:
    """Take back a payment that was recorded by mistake, by one of the opposite sum; its bills are open again.

    What the branch holds is reversed by whoever collects there, what a committee holds by its accountant, and the payer is told.
    Raises ``Conflict`` if that was done before or the money has been passed on.
    """
    require_reversing(actor, payment)
    if not reason.strip():
        raise Invalid("请写明撤销原因。", fields={"reason": "必须填写"})
    lines = list(register(PaymentLine).filter(payment=payment).select_related("bill__organization"))
    before_live = {line.bill.month for line in lines if line.bill.is_before_live}
    business = Business(actor, payment.held_by, clock.today(), payment.method, f"reversal-{payment.pk}", reason.strip())
    book, known = hold_for([business], [], [line.bill_id for line in lines], [], before_live)
    payment = register(Payment).select_related("member", "organization", "held_by").get(pk=payment.pk)
    if known is not None or payment.reverses_id is not None:
        raise Conflict("这笔交纳已经撤销过，或者本身就是撤销记录。", how="请刷新页面核对。")
    taking.require_money(payment.held_by, book.money_account, payment.amount_fen, clock.today())
    _cancel_passing_on(payment)
    undone = _reversed(business, book, payment, lines)
    _tell_of_reversal(actor, payment, reason.strip())
    for month in sorted(before_live):
        billing.brought_up_to_date(actor=actor, month=month, members=[payment.member_id])
    arrears.follow_payments(actor=actor, member_ids=[payment.member_id], organization_ids=[payment.organization_id])
    return undone


def require_reversing(actor: Actor, payment: Payment) -> None:
    """Raise unless the actor may take this payment back."""
    if payment.held_by_id == payment.organization_id:
        require_for(actor, "dues.collect", payment.organization, [payment.member])
    else:
        require_accountant_for(actor, payment.held_by.dues_book, payment.member)


def _tell_of_reversal(actor: Actor, payment: Payment, reason: str) -> None:
    """The receipt in the payer's hands holds no longer: they are told, by whom and why."""
    if payment.member.user_id is None:
        return
    notify(
        actor=actor,
        user_ids=[payment.member.user_id],
        title=f"您的一笔党费{money.yuan(payment.amount_fen)}元已撤销"[:120],
        body=f"收据{payment.receipt_no}不再有效，由{actor.name}撤销：{reason}\n对应月份重新变为未交。您如已交过这笔钱，请与党支部核对。",
        url=reverse("dues:receipt", args=[payment.pk]),
        topic="dues",
        organization=payment.organization,
    )


def _cancel_passing_on(payment: Payment) -> None:
    """A large gift that has not left yet is not passed on."""
    rows = register(Transfer).select_for_update(of=("self",)).select_related("organization")
    steps = list(rows.filter(payment=payment, kind=TransferKind.LARGE))
    if any(step.state in {TransferState.SENT, TransferState.RECEIVED} for step in steps):
        raise Conflict("这笔大额党费已经转交上级，不能撤销。", how="请与上级党组织联系。")
    with at(*(step.organization for step in steps)):
        Transfer.objects.filter(pk__in=[step.pk for step in steps]).update(state=TransferState.CANCELLED)


def _reversed(business: Business, book: Book, payment: Payment, lines: Sequence[PaymentLine]) -> Payment:
    dues_fen = payment.amount_fen - payment.extra_fen
    bills = register(Bill).select_related("organization").in_bulk(line.bill_id for line in lines)
    # The branch it was paid to, and those whose bills are open again.
    with at(payment.organization, *(bill.organization for bill in bills.values())):
        undone: Payment = Payment.objects.create(
            organization=payment.organization,
            held_by=payment.held_by,
            member=payment.member,
            paid_on=business.paid_on,
            method=payment.method,
            amount_fen=-payment.amount_fen,
            extra_fen=-payment.extra_fen,
            payer_name=payment.payer_name,
            receipt_no=receipt_number(payment.held_by, book.last_number + 1, 1),
            note=business.note[:200],
            group=payment.group,
            reverses=payment,
            recorded_by_id=business.actor.user_id,
        )
        back = {bills[line.bill_id]: -line.amount_fen for line in lines}
        credit([back], business.paid_on)
        settle([undone], [back])
    booked = lines_of(payment, book.money_account, dues_fen, payment.extra_fen)
    posting.post(
        actor=business.actor,
        organization=payment.held_by,
        kind=EntryKind.REVERSAL,
        booked_on=business.paid_on,
        summary=f"撤销{payment.member}的交纳（收据{payment.receipt_no}）：{business.note}",
        key=entry_key(business.key),
        lines=[Line(line.credit, line.debit, line.amount_fen, undone) for line in booked],
    )
    record(
        actor=business.actor,
        verb="dues.payment_reversed",
        summary=f"撤销{payment.member}的党费{money.yuan(payment.amount_fen)}元：{business.note}",
        organization=payment.organization,
        member_id=payment.member_id,
        subject=payment,
    )
    return undone
