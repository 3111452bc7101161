"""A member pays without the treasurer: they choose months and a way to pay, get what they need, and see when it has come."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from dangjian.activities.dues import rates
from dangjian.activities.dues.billing.models import Bill
from dangjian.activities.dues.billing.queries import collecting as reads
from dangjian.activities.dues.payments.actions import orders as actions
from dangjian.activities.dues.payments.forms.paying import OrderForm
from dangjian.activities.dues.payments.models import OrderState, PaymentOrder
from dangjian.activities.dues.payments.providers import provider, ready_for, title_of
from dangjian.activities.dues.payments.queries import orders as paying
from dangjian.kernel import clock
from dangjian.kernel.errors import NotFound
from dangjian.kernel.forms import Cleaned
from dangjian.kernel.gate import SIGNED_IN, Request, requires
from dangjian.kernel.lists import State
from dangjian.kernel.submit import attempt
from dangjian.members.models import Member

STATES: dict[str, tuple[str, str]] = {
    OrderState.OPEN: ("待支付", "warn"),
    OrderState.PAID: ("已到账", "good"),
    OrderState.CANCELLED: ("已取消", "neutral"),
    OrderState.EXPIRED: ("已过期", "neutral"),
    OrderState.SETTLED: ("已另行交清", "good"),
}
SHOWN = 10


def _self(request: Request) -> Member:
    """The member record of the person who asks. Raises ``NotFound``."""
    found = paying.record_of(request.user.pk)
    if found is None:
        raise NotFound("您的账号没有对应的党员信息，不能网上交纳党费。")
    return found


@requires(SIGNED_IN, methods=("GET", "POST"))
def pay(request: Request) -> HttpResponse:
    """Choose what to pay and how."""
    member = _self(request)
    account = paying.account_for(member.branch)
    bills = list(paying.open_bills(member.pk))
    oldest = rates.collection_rules(clock.today()).backpay_oldest(clock.today())
    payable = [bill for bill in bills if bill.month >= oldest and bill.left_fen]
    providers = ready_for(account) if account else []
    form = OrderForm(request.POST if request.method == "POST" else None, bills=payable, providers=providers)
    if request.method == "POST" and form.is_valid():
        made = _ordered(request, member, payable, form)
        if made is not None:
            return redirect("dues:order", made.pk)
    orders = paying.own_orders(request.user.pk)
    waiting = orders.filter(state=OrderState.OPEN, expires_at__gt=clock.now())
    taken = {month for order in waiting for month in order.months}
    ticked = form["bills"].data if form.is_bound else [str(bill.pk) for bill in payable if bill.month.isoformat() not in taken]
    context = {
        "form": form,
        "providers": providers,
        "branch": member.branch,
        "bills": payable,
        "ticked": set(map(str, ticked or [])),
        "total_fen": sum(bill.left_fen for bill in payable),
        "too_old": [bill for bill in bills if bill.month < oldest],
        "waiting": [_shown(order) for order in waiting],
        "orders": [_shown(order) for order in orders.exclude(pk__in=waiting)[:SHOWN]],
    }
    return render(request, "dues/payments/pay.html", context, status=422 if form.errors else 200)


def _ordered(request: Request, member: Member, payable: list[Bill], form: OrderForm) -> PaymentOrder | None:
    def order(data: Cleaned) -> PaymentOrder:
        months = [bill.month for bill in payable if bill.pk in set(data["bills"])]
        extra = data["extra_fen"] or 0
        return actions.order(actor=request.actor, member=member, provider=data["provider"], months=months, extra_fen=extra)

    made: PaymentOrder | None = attempt(form, order)
    return made


def state_shown(order: PaymentOrder) -> State:
    """The state of an order in words: an open one may have expired, a paid one have been reversed."""
    if order.payment is not None and hasattr(order.payment, "reversed_by"):
        return State("order", "已冲销", "neutral")
    return State("order", *STATES[OrderState.EXPIRED if paying.expired(order) else order.state])


def _shown(order: PaymentOrder) -> dict[str, object]:
    """An order with its state in words."""
    state = state_shown(order)
    return {
        "order": order,
        "word": state.word,
        "tone": state.tone,
        "is_open": order.state == OrderState.OPEN and not paying.expired(order),
        "months": order.bill_months,
        "provider": title_of(order.provider),
    }


def _own_order(request: Request, pk: int) -> PaymentOrder:
    found = paying.own_orders(request.user.pk).filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


@requires(SIGNED_IN, on=_own_order)
def order(request: Request, found: PaymentOrder) -> HttpResponse:
    """One order: how it is paid, or the receipt once the money has come. The page looks again by itself while it waits."""
    shown = _shown(found)
    book = found.held_by.dues_book
    guidance = None
    if shown["is_open"] and book.closed_on is None:
        chosen = provider(found.provider)
        guidance = chosen.guide(found, book, request.build_absolute_uri("/").rstrip("/")) if chosen.ready(book) else None
    bills = list(reads.own_bills(request.user.pk).filter(month__in=shown["months"]).order_by("month"))
    # Paid in another way in the very moment in which it was ordered, too.
    is_settled = found.state == OrderState.SETTLED or (shown["is_open"] and bool(bills) and not any(b.left_fen for b in bills))
    context = {**shown, "guidance": guidance, "bills": bills, "is_settled": is_settled}
    return render(request, "dues/payments/order.html", context)


@requires(SIGNED_IN, on=_own_order, methods=("POST",))
def cancel_order(request: Request, found: PaymentOrder) -> HttpResponse:
    """The member does not want to pay it any more."""
    actions.cancel(actor=request.actor, order=found)
    messages.success(request, "已取消。需要交纳时可以重新选择。")
    return redirect("dues:pay")
