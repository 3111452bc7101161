"""A member's own orders: they say what they are going to pay, and how."""

import datetime as dt
from collections.abc import Collection
from functools import partial

from django.db import transaction

from dangjian.accounts.events import record
from dangjian.activities.dues import policy, rates
from dangjian.activities.dues.billing.actions import own_money
from dangjian.activities.dues.billing.models import Bill
from dangjian.activities.dues.offers import PaymentProvider
from dangjian.activities.dues.payments.banking import references
from dangjian.activities.dues.payments.models import OrderState, PaymentOrder
from dangjian.activities.dues.payments.providers import ready_for
from dangjian.activities.dues.payments.queries import orders
from dangjian.kernel import clock, money
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid, PermissionDenied
from dangjian.kernel.rulebook import book as rulebook
from dangjian.members.models import Member
from dangjian.org.models import Organization
from dangjian.org.openings import at, locked, register
from dangjian.org.unscoped import unscoped

MOST_OPEN = 5
"""Orders of one member that wait for money at a time."""


@transaction.atomic
def order(*, actor: Actor, member: Member, provider: str, months: Collection[dt.date] = (), extra_fen: int = 0) -> PaymentOrder:
    """The member is going to pay the bills of ``months``, and ``extra_fen`` freely, by ``provider``.

    The same order while it is open is returned as it stands. Raises ``Invalid`` for months without an open bill or further back
    than back-pay goes, ``Conflict`` if one of the months is in another open order or the account cannot be reached this way.
    """
    # Held so that two taps make one order.
    member = locked(member, "branch", check=partial(_require_self, actor))
    account, chosen = _way(member, provider)
    own_money.require_collecting(member.branch, clock.today())
    bills = _bills(member, months)
    how = "请先勾选没有交清的月份；超过补交期限、不能勾选的，请与支部联系。"
    own_money.require_more_than_owed(member, extra_fen, {bill.pk for bill in bills}, "", clock.today(), how=how)
    wanted = [bill.month.isoformat() for bill in bills]
    known = _open_already(member, chosen, wanted, extra_fen)
    if known is not None:
        return known
    with at(member.branch):
        made: PaymentOrder = PaymentOrder.objects.create(
            organization=member.branch,
            held_by=account,
            member=member,
            provider=chosen.code,
            reference=_free_reference(),
            months=wanted,
            amount_fen=_sum(bills, extra_fen),
            extra_fen=extra_fen,
            expires_at=clock.now() + chosen.lifetime,
        )
    record(
        actor=actor,
        verb="dues.ordered",
        summary=f"准备用{chosen.title}交纳党费{money.yuan(made.amount_fen)}元",
        organization=member.branch,
        member_id=member.pk,
        subject=made,
    )
    return made


def _require_self(actor: Actor, member: Member) -> None:
    if actor.user_id is None or member.user_id != actor.user_id:
        raise PermissionDenied("只能为自己办理网上交纳。", how="替别人交纳，请把钱交给支部收缴人登记。")


def _way(member: Member, provider: str) -> tuple[Organization, PaymentProvider]:
    book = orders.account_for(member.branch)
    if book is None:
        raise Conflict("上级党委还没有开设党费专户，不能网上交纳。", how="请向支部收缴人交纳。")
    chosen = next((one for one in ready_for(book) if one.code == provider), None)
    if chosen is None:
        raise Invalid("请选择一种支付方式。", fields={"provider": "请选择"})
    return book.organization, chosen


def _bills(member: Member, months: Collection[dt.date]) -> list[Bill]:
    wanted = set(map(policy.month_of, months))
    bills = list(orders.open_bills(member.pk).filter(month__in=wanted))
    if len(bills) < len(wanted):
        raise Invalid("选中的月份里有已经交清或没有应交的。", how="请刷新页面后重新勾选。", fields={"months": "请重新勾选"})
    oldest = rates.collection_rules(clock.today()).backpay_oldest(clock.today())
    if any(bill.month < oldest for bill in bills):
        raise Invalid(
            f"网上只能补交到{oldest.year}年{oldest.month}月。",
            how="更早的月份请与支部联系，说明原因后由支部登记。",
            citation=rulebook().on("dues.backpay_max", clock.today()).citation,
            fields={"months": "有超过补交期限的月份"},
        )
    return bills


def _sum(bills: Collection[Bill], extra_fen: int) -> int:
    total = sum(bill.left_fen for bill in bills) + extra_fen
    if extra_fen < 0 or total <= 0:
        raise Invalid("请勾选要交的月份，或填写自愿多交的金额。", fields={"months": "请勾选"})
    return total


def _open_already(member: Member, chosen: PaymentProvider, months: list[str], extra_fen: int) -> PaymentOrder | None:
    waiting = list(orders.open_orders(member.pk))
    for one in waiting:
        if (one.provider, one.months, one.extra_fen) == (chosen.code, months, extra_fen):
            return one
        if set(one.months) & set(months):
            raise Conflict(
                f"您已有一笔{money.yuan(one.amount_fen)}元的党费待支付，其中有相同的月份。",
                how="请先支付那一笔；不想那样付的，先取消它再重新选择。",
            )
    if len(waiting) >= MOST_OPEN:
        raise Conflict(f"您已有{len(waiting)}笔待支付的党费。", how="请先支付或取消。")
    return None


def _free_reference() -> str:
    code = references.draw()
    while register(PaymentOrder).filter(reference=code).exists():
        code = references.draw()
    return code


@transaction.atomic
def cancel(*, actor: Actor, order: PaymentOrder) -> PaymentOrder:
    """The member does not want to pay an order any more. Money that comes all the same waits for the accountant."""
    found = locked(order, "organization", "member", check=partial(_require_cancelling, actor))
    found.state = OrderState.CANCELLED
    with at(found.organization):
        found.save(update_fields=["state"])
    record(
        actor=actor,
        verb="dues.order_cancelled",
        summary=f"取消待支付的党费{money.yuan(found.amount_fen)}元",
        organization=found.organization,
        member_id=found.member_id,
        subject=found,
    )
    return found


def _require_cancelling(actor: Actor, order: PaymentOrder) -> None:
    _require_self(actor, order.member)
    if order.state != OrderState.OPEN:
        raise Conflict(f"这笔{order.get_state_display()}，不能取消。")


def expire_orders() -> None:
    """The daily job: orders whose time is over are shown as expired. Their money is booked all the same if it still fits."""
    with unscoped("orders of the whole platform expire"):
        PaymentOrder.objects.filter(state=OrderState.OPEN, expires_at__lte=clock.now()).update(state=OrderState.EXPIRED)
