"""Notices of providers that money came: each is kept, and booked once."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F

from dangjian.accounts.events import record
from dangjian.activities.dues.offers import Notice, NoticeRefused, PaymentProvider
from dangjian.activities.dues.payments.actions import arrivals
from dangjian.activities.dues.payments.banking import matching
from dangjian.activities.dues.payments.models import NoticeResult, OrderState, PaymentOrder, ProviderNotice
from dangjian.activities.dues.payments.providers import provider
from dangjian.activities.dues.payments.queries import orders
from dangjian.kernel import money
from dangjian.kernel.actor import Actor, SystemActor
from dangjian.kernel.errors import NotFound, Refusal
from dangjian.org.unscoped import unscoped


@dataclass(frozen=True, slots=True)
class Told:
    """The answer to a notice: ``booked``, ``repeated`` (known already), or ``held`` for a person to look at."""

    result: str
    receipt_no: str = ""


def receive_notice(*, code: str, body: bytes, headers: Mapping[str, str]) -> Told:
    """Take a notice of the provider ``code``. The signature stands for the right to tell; nothing else is trusted.

    Raises ``NoticeRefused``, having written nothing, for one that is not signed, late, malformed, or that says something else
    than an earlier one with the same transaction number; ``NotFound`` for a provider that does not exist or sends no notices.
    """
    chosen = provider(code)
    if chosen.read_notice is None:
        raise NotFound
    return _taken(SystemActor(f"{chosen.title}到账通知"), chosen, chosen.read_notice(body, headers))


@transaction.atomic
def _taken(actor: Actor, chosen: PaymentProvider, notice: Notice) -> Told:
    with unscoped("a signed notice is kept and booked, wherever the account stands: its number is used once on the platform"):
        # Of several at once one makes the row; the others wait here and find it.
        row, is_new = ProviderNotice.objects.get_or_create(
            provider=chosen.code,
            transaction_no=notice.transaction_no,
            defaults={
                "held_by_id": notice.organization_id,
                "reference": notice.reference,
                "amount_fen": notice.amount_fen,
                "paid_at": notice.paid_at,
                "result": NoticeResult.UNMATCHED,
            },
        )
        if not is_new:
            return _repeated(row, notice)
        _match(actor, row)
        row.save()
        record(
            actor=actor,
            verb="dues.notice_taken",
            summary=f"{chosen.title}通知{money.yuan(row.amount_fen)}元：{row.problem or row.get_result_display()}",
            organization=row.held_by,
            member_id=row.payment.member_id if row.payment else None,
            subject=row,
        )
        receipt_no = row.payment.receipt_no if row.payment else ""
        return Told("booked" if row.result == NoticeResult.BOOKED else "held", receipt_no)


def _repeated(row: ProviderNotice, notice: Notice) -> Told:
    said = (row.held_by_id, row.reference, row.amount_fen)
    if said != (notice.organization_id, notice.reference, notice.amount_fen):
        raise NoticeRefused("conflict", "这个流水号以前通知过，内容不同。", 409)
    ProviderNotice.objects.filter(pk=row.pk).update(repeats=F("repeats") + 1)
    return Told("repeated", row.payment.receipt_no if row.payment else "")


def _match(actor: Actor, row: ProviderNotice) -> None:
    """Book the notice if it fits its order exactly, else say why not."""
    order = PaymentOrder.objects.select_for_update(of=("self",)).filter(reference=row.reference).first()
    if row.amount_fen < 0:
        row.order, row.problem = order, "支付平台已把这笔钱退回付款人，请核对后冲销。"
        return
    if order is None or order.provider != row.provider:
        row.problem = "没有这个附言码的网上支付订单。"
        return
    row.order = order
    if order.state == OrderState.PAID and _lay_beside(row, order):
        return
    verdict = matching.judged(row.amount_fen, orders.ordered(order, row.held_by_id), by_bank=False)
    if not verdict.how:
        row.problem = verdict.problem
        return
    try:
        with transaction.atomic():
            row.payment = arrivals.book(
                actor=actor, arrival=row, member=order.member, bill_ids=verdict.bills, extra_fen=order.extra_fen
            )
            arrivals.settle(order, row.payment)
            row.result = NoticeResult.BOOKED
            arrivals.tell(actor, row.payment)
    except Refusal as refusal:
        row.payment, row.result, row.problem = None, NoticeResult.UNMATCHED, refusal.message[:200]


def _lay_beside(row: ProviderNotice, order: PaymentOrder) -> bool:
    """The bank's line of the same money was booked before the notice came: then this is no second payment."""
    payment = order.payment
    if payment is None or hasattr(payment, "notice") or not hasattr(payment, "statement_line"):
        return False
    if hasattr(payment, "reversed_by") or payment.amount_fen != row.amount_fen:
        return False
    row.payment, row.result = payment, NoticeResult.BOOKED
    return True
