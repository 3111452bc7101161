"""What did not match: the accountant claims it for a member, leaves it out, lays it beside a payment, or takes that back."""

from collections.abc import Callable, Collection
from functools import partial
from typing import Any, TypeVar

from django.db import transaction

from dangjian.accounts.events import record
from dangjian.activities.dues.billing.actions import own_money, reversing
from dangjian.activities.dues.billing.models import Bill, Payment
from dangjian.activities.dues.ledger.actions.separation import book_of, require_accountant, require_accountant_for
from dangjian.activities.dues.payments.actions import arrivals
from dangjian.activities.dues.payments.models import (
    LineState,
    NoticeResult,
    OrderState,
    PaymentOrder,
    ProviderNotice,
    StatementLine,
)
from dangjian.activities.dues.payments.queries import orders
from dangjian.activities.dues.payments.queries.arrivals import Arrival, facts_of
from dangjian.kernel import money
from dangjian.kernel.actor import Actor, may
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.members.models import Member
from dangjian.org.openings import at, locked, register

BY_HAND = "人工认领"
RETURNED = "退回冲销"
SAME_MONEY = "与网上支付核对"


@transaction.atomic
def claim(
    *,
    actor: Actor,
    arrival: Arrival,
    member: Member,
    bill_ids: Collection[int] = (),
    extra_fen: int = 0,
    order: PaymentOrder | None = None,
    note: str = "",
) -> Payment:
    """Book what waits for ``member``: the bills named, the oldest first and the last perhaps in part, and ``extra_fen`` freely.

    ``order`` is the member's order that this money settles, if it is one. Raises ``Invalid`` unless bills and extra come to the
    money exactly, ``Conflict`` if it has been dealt with meanwhile.
    """
    held = _held(arrival, lambda row: require_deciding(actor, row, member))
    facts = facts_of(held)
    account = facts.account
    require_claiming(actor, held)
    if not orders.payers_into(account).filter(pk=member.pk).exists():
        raise Invalid(f"{member}不向{account}的账户交纳党费。", how="请核对党员所在的支部。")
    bills = list(orders.open_bills(member.pk).filter(pk__in=bill_ids))
    if len(bills) < len(set(bill_ids)):
        raise Conflict("选中的月份里有刚刚交清的。", how="请刷新页面，核对后再认领。")
    _check_sum(held.amount_fen, bills, extra_fen)
    own_money.require_own(facts.payer, facts.quoted, note, facts.day)
    own_money.require_more_than_owed(member, extra_fen, set(bill_ids), note, facts.day)
    settled = locked(order, "organization", check=lambda row: _check_order(row, member)) if order else None
    payment = arrivals.book(
        actor=actor, arrival=held, member=member, bill_ids=[bill.pk for bill in bills], extra_fen=extra_fen, note=note
    )
    if settled is not None:
        arrivals.settle(settled, payment)
    _close(held, BY_HAND, payment=payment, order=settled or held.order, actor=actor, reason=note)
    _say(actor, "dues.arrival_claimed", f"认领{_words(held)}：{member}，收据{payment.receipt_no}", held, member.pk)
    arrivals.tell(actor, payment)
    return payment


Held = TypeVar("Held", bound=Arrival)


def _held(arrival: Held, check: Callable[[Held], object]) -> Held:
    """The arrival, held, if ``check`` lets pass; with its account, its payment and its order."""
    account = "organization" if isinstance(arrival, StatementLine) else "held_by"
    return locked(arrival, account, "payment__member", "order", check=check)


def require_deciding(actor: Actor, arrival: Arrival, of: Member | None = None) -> None:
    """Raise unless the actor may decide about what waits: as accountant of its account, about money (``of``) not their own."""
    _require_keeping(actor, arrival, of)
    if not is_waiting(arrival):
        raise Conflict(f"这笔{state_of(arrival)}，不用再办理。", how="可能是其他人刚刚办理过，请刷新页面核对。")


def require_claiming(actor: Actor, arrival: Arrival) -> None:
    """Raise unless the actor may claim money that came in, if only the accountant's own, as whoever looks after the book."""
    _require_deciding_for_some(actor, arrival)
    if arrival.amount_fen <= 0:
        raise Conflict("这是退回的钱，不能认领。", how="请选择退回的是哪一笔交纳。")


def require_laying_beside(actor: Actor, arrival: Arrival) -> None:
    """Raise unless the actor may lay a line of the bank beside an online payment."""
    require_deciding(actor, arrival)
    if not isinstance(arrival, StatementLine) or arrival.amount_fen <= 0:
        raise Conflict("只有银行流水中到账的钱，才能与网上支付核对。")


def require_returning(actor: Actor, arrival: Arrival) -> None:
    """Raise unless the actor may say which payment went back, if only of the accountant's own."""
    _require_deciding_for_some(actor, arrival)
    if arrival.amount_fen >= 0:
        raise Conflict("这笔钱没有退回。")


def _require_deciding_for_some(actor: Actor, arrival: Arrival) -> None:
    accountant = orders.record_of(book_of(facts_of(arrival).account).accountant_id)
    if accountant is None or not may(require_deciding, actor, arrival, accountant):
        require_deciding(actor, arrival)


def require_taking_back(actor: Actor, arrival: Arrival) -> None:
    """Raise unless the actor may take back what was decided: as accountant of the account, about money not their own."""
    _require_keeping(actor, arrival, arrival.payment.member if arrival.payment else None)
    if is_waiting(arrival):
        raise Conflict("这笔还没有认领。")


def _require_keeping(actor: Actor, arrival: Arrival, of: Member | None) -> None:
    book = book_of(facts_of(arrival).account)
    if of is None:
        require_accountant(actor, book)
    else:
        require_accountant_for(actor, book, of)


def is_waiting(arrival: Arrival) -> bool:
    """Whether nobody has decided about it yet."""
    if isinstance(arrival, StatementLine):
        return arrival.state == LineState.UNMATCHED
    return arrival.result == NoticeResult.UNMATCHED


def state_of(arrival: Arrival) -> str:
    """Its state in words."""
    return arrival.get_state_display() if isinstance(arrival, StatementLine) else arrival.get_result_display()


def _check_sum(amount_fen: int, bills: list[Bill], extra_fen: int) -> None:
    left = sum(bill.left_fen for bill in bills)
    for_bills = amount_fen - extra_fen
    if extra_fen < 0 or for_bills < 0:
        raise Invalid("自愿多交不能超过到账金额。", fields={"extra_fen": "超过到账金额"})
    if for_bills > left:
        raise Invalid(
            f"到账{money.yuan(amount_fen)}元，选中的月份只需{money.yuan(left)}元，还有{money.yuan(for_bills - left)}元没有去处。",
            how="请多选几个月；经本人同意的，填入“自愿多交”。",
            fields={"extra_fen": f"还差{money.yuan(for_bills - left)}元"},
        )
    if bills and for_bills <= left - bills[-1].left_fen:
        raise Invalid(
            f"到账{money.yuan(amount_fen)}元，不够交选中的月份（共{money.yuan(left)}元）。",
            how="请少选几个月。最后一个月可以只交一部分。",
            fields={"bills": "选中的月份太多"},
        )


def _check_order(order: PaymentOrder, member: Member) -> None:
    if order.member_id != member.pk or order.state == OrderState.PAID:
        raise Conflict("这笔订单已经到账，或者不是这名党员的。", how="请刷新页面，核对后再认领。")


@transaction.atomic
def leave_out(*, actor: Actor, arrival: Arrival, reason: str) -> None:
    """It is no dues (interest, a settlement, an error): it is not booked, and the reason stays beside it."""
    held = _held(arrival, partial(require_deciding, actor))
    if not reason.strip():
        raise Invalid("请写明为什么不作为党费入账。", fields={"reason": "必须填写"})
    _close(held, "", actor=actor, reason=reason, state=LineState.LEFT_OUT)
    _say(actor, "dues.arrival_left_out", f"{_words(held)}不作为党费入账：{reason.strip()}", held)


@transaction.atomic
def lay_beside(*, actor: Actor, line: StatementLine, payment: Payment) -> None:
    """The bank's line is the same money as an online payment that a provider told of: nothing is booked a second time."""
    held = _held(line, lambda row: require_deciding(actor, row, payment.member))
    if not orders.unconfirmed(held.organization_id, held.amount_fen, held.booked_on).filter(pk=payment.pk).exists():
        raise Conflict("这笔网上支付与流水对不上，或者已经对过。", how="请刷新页面核对。")
    _close(held, SAME_MONEY, payment=payment, order=orders.order_for(payment), actor=actor)
    _say(actor, "dues.arrival_laid_beside", f"{_words(held)}与收据{payment.receipt_no}是同一笔钱", held, payment.member_id)


@transaction.atomic
def mark_returned(*, actor: Actor, arrival: Arrival, payment: Payment) -> Payment:
    """The money of ``payment`` went back to the payer: the payment is reversed, unless that was done already."""
    held = _held(arrival, lambda row: require_deciding(actor, row, payment.member))
    found = register(Payment).select_related("member", "organization", "held_by").get(pk=payment.pk)
    if held.amount_fen != -found.amount_fen or found.held_by_id != facts_of(held).account.pk:
        raise Conflict("退回的金额与这笔交纳不同。", how="只退回一部分的，请与支部核对后，用更正办理。")
    undone = register(Payment).filter(reverses=found).first()
    if undone is None:
        undone = reversing.reverse_payment(actor=actor, payment=found, reason=f"钱已退回付款人（{_words(held)}）")
    elif hasattr(undone, "statement_line") or hasattr(undone, "notice"):
        raise Conflict("这笔交纳的退回已经登记过。", how="请核对是哪一笔。")
    if order := orders.order_for(found):
        order.state = OrderState.CANCELLED
        with at(order.organization):
            order.save(update_fields=["state"])
    _close(held, RETURNED, payment=undone, order=held.order, actor=actor)
    _say(actor, "dues.arrival_returned", f"{_words(held)}：退回收据{found.receipt_no}", held, found.member_id)
    return undone


@transaction.atomic
def take_back(*, actor: Actor, arrival: Arrival, reason: str) -> None:
    """Undo what was decided, so that it waits again. What was booked for it is reversed.

    A line laid beside an online payment is only taken from its side. Raises ``Conflict`` for a notice whose line has come, and
    for a return that was booked.
    """
    held = _held(arrival, partial(require_taking_back, actor))
    if not reason.strip():
        raise Invalid("请写明原因。", fields={"reason": "必须填写"})
    payment: Payment | None = held.payment
    if payment is not None and payment.reverses_id is not None:
        raise Conflict("退回已经冲销入账，不能撤回。", how="如果冲错了，请重新登记这名党员的交纳。")
    if payment is not None:
        _undo(actor, held, payment, reason)
    _open_again(held, reason)
    _say(actor, "dues.arrival_taken_back", f"{_words(held)}退回待认领：{reason.strip()}", held)


def _undo(actor: Actor, held: object, payment: Payment, reason: str) -> None:
    if isinstance(held, StatementLine) and hasattr(payment, "notice"):
        return
    if isinstance(held, ProviderNotice) and hasattr(payment, "statement_line"):
        raise Conflict("这笔网上支付已经与银行流水对上。", how="请先把那笔流水退回待认领。")
    if not hasattr(payment, "reversed_by"):
        reversing.reverse_payment(actor=actor, payment=payment, reason=f"认领有误：{reason.strip()}")
    if order := orders.order_for(payment):
        order.payment = None
        order.state = OrderState.OPEN
        order.state = OrderState.EXPIRED if orders.expired(order) else OrderState.OPEN
        with at(order.organization):
            order.save(update_fields=["payment", "state"])


def _open_again(held: Any, reason: str) -> None:
    held.payment, held.reason, held.problem = None, "", f"已退回待认领：{reason.strip()}"[:200]
    if isinstance(held, StatementLine):
        held.state, held.matched_by, held.member = LineState.UNMATCHED, "", None
    else:
        held.result = NoticeResult.UNMATCHED
    with at(facts_of(held).account):
        held.save()


def _close(
    held: Any,
    how: str,
    *,
    actor: Actor,
    payment: Payment | None = None,
    order: PaymentOrder | None = None,
    reason: str = "",
    state: str = LineState.BOOKED,
) -> None:
    held.payment, held.decided_by_id, held.reason, held.problem = payment, actor.user_id, reason.strip()[:200], ""
    held.order = order or held.order
    if isinstance(held, StatementLine):
        held.state, held.matched_by, held.member = state, how, payment.member if payment else None
    else:
        held.result = NoticeResult.SETTLED
    with at(facts_of(held).account):
        held.save()


def _words(held: Any) -> str:
    where = "银行流水" if isinstance(held, StatementLine) else "到账通知"
    return f"{where}{money.yuan(held.amount_fen)}元"


def _say(actor: Actor, verb: str, summary: str, held: Any, member_id: int | None = None) -> None:
    record(actor=actor, verb=verb, summary=summary, organization=facts_of(held).account, member_id=member_id, subject=held)
