"""Use of dues: for the five purposes only, decided by a meeting, prepared by the accountant, paid by the cashier."""

import datetime as dt
from functools import partial

from django.db import transaction

from dangjian.accounts.events import EventsOf
from dangjian.activities.dues.ledger.actions import taking
from dangjian.activities.dues.ledger.actions.posting import Line, post, reverse
from dangjian.activities.dues.ledger.actions.remittances import check_decision
from dangjian.activities.dues.ledger.actions.separation import (
    book_of,
    cited,
    paid_entry,
    require_accountant,
    require_both_named,
    require_paying,
    require_reversing,
    require_withdrawing,
)
from dangjian.activities.dues.ledger.models import USES, Account, EntryKind, Spending, SpendingState, Transfer
from dangjian.kernel import money
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Invalid
from dangjian.org.models import Organization
from dangjian.org.openings import at, locked

WITH_ENTRY = ("organization", "entry__organization")


NOTES = EventsOf[Spending]()


@transaction.atomic
def prepare_spending(
    *,
    actor: Actor,
    organization: Organization,
    purpose: str,
    amount_fen: int,
    title: str,
    payee: str,
    decided_on: dt.date,
    decision: str,
    decision_url: str = "",
    earmark: Transfer | None = None,
) -> Spending:
    """The accountant writes down what is to be paid and the decision it rests on.

    Raises ``Invalid`` for another purpose than the five or without a decision, ``Conflict`` if the money is not there or bound.
    """
    book = book_of(organization)
    require_accountant(actor, book)
    require_both_named(book)
    if purpose not in USES:
        raise Invalid(
            "党费只能用于规定的五个方面。",
            how="请从五个用途中选择；不属于这五个方面的，不能从党费列支。",
            fields={"purpose": "请从列表中选择"},
            citation=cited("dues.use.scope"),
        )
    check_decision(decided_on, decision)
    for name, text, label in (("title", title, "事项"), ("payee", payee, "收款方")):
        if not text.strip():
            raise Invalid(f"请填写{label}。", fields={name: "必须填写"})
    if amount_fen <= 0:
        raise Invalid("金额必须大于0。", fields={"amount_fen": "必须大于0"})
    if earmark is not None:
        taking.require_earmark(earmark, organization, purpose, amount_fen)
    else:
        taking.require_free(organization, amount_fen)
    made = Spending(
        organization=organization,
        purpose=purpose,
        amount_fen=amount_fen,
        title=title.strip(),
        payee=payee.strip(),
        earmark=earmark,
        decided_on=decided_on,
        decision=decision.strip(),
        decision_url=decision_url,
        prepared_by_id=actor.user_id,
    )
    _save(made)
    NOTES.record(
        actor, made, "dues.spending_prepared", f"制单：{made.title}{money.yuan(amount_fen)}元（{made.get_purpose_display()}）"
    )
    return made


@transaction.atomic
def pay_spending(*, actor: Actor, spending: Spending, paid_on: dt.date, in_cash: bool = False) -> Spending:
    """The cashier pays what was prepared, never the person who prepared it."""
    spending = locked(spending, *WITH_ENTRY, check=partial(require_paying, actor))
    if paid_on < spending.decided_on:
        raise Invalid("付款日期不能早于集体研究日期。", fields={"paid_on": f"集体研究日期是{spending.decided_on:%Y年%m月%d日}"})
    account = Account.CASH if in_cash else book_of(spending.organization).money_account
    taking.require_money(spending.organization, account, spending.amount_fen, paid_on)
    taking.require_free(spending.organization, spending.amount_fen, own_reservation_fen=spending.amount_fen)
    spending.entry = post(
        actor=actor,
        organization=spending.organization,
        kind=EntryKind.USED,
        booked_on=paid_on,
        summary=f"{spending.get_purpose_display()}：{spending.title}（{spending.payee}）",
        key=f"spending:{spending.pk}",
        lines=[Line(spending.account, account, spending.amount_fen)],
    )
    spending.state, spending.paid_by_id, spending.paid_on = SpendingState.PAID, actor.user_id, paid_on
    _save(spending)
    NOTES.record(actor, spending, "dues.spending_paid", f"支付{spending.title}{money.yuan(spending.amount_fen)}元")
    return spending


@transaction.atomic
def withdraw_spending(*, actor: Actor, spending: Spending, reason: str) -> Spending:
    """Give up what was prepared and is not paid; by the accountant, or by the cashier who sends it back."""
    spending = locked(spending, *WITH_ENTRY, check=partial(require_withdrawing, actor))
    if not reason.strip():
        raise Invalid("请写明撤回的原因。", fields={"reason": "必须填写"})
    spending.state = SpendingState.WITHDRAWN
    _save(spending)
    NOTES.record(actor, spending, "dues.spending_withdrawn", f"撤回{spending.title}：{reason.strip()}")
    return spending


@transaction.atomic
def reverse_spending(*, actor: Actor, spending: Spending, reason: str) -> Spending:
    """The money came back, or it was entered by mistake: the accountant books the opposite."""
    spending = locked(spending, *WITH_ENTRY, check=partial(require_reversing, actor))
    reverse(actor=actor, entry=paid_entry(spending), reason=reason)
    spending.state = SpendingState.REVERSED
    _save(spending)
    NOTES.record(actor, spending, "dues.spending_reversed", f"冲销{spending.title}：{reason.strip()}")
    return spending


def _save(spending: Spending) -> None:
    with at(spending.organization):
        spending.save()
