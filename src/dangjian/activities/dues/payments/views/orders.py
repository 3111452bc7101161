"""网上交纳核对: orders beside what providers told and what the bank's statements show."""

from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from dangjian.activities.dues.offers import PaymentProvider
from dangjian.activities.dues.payments.models import OrderState, PaymentOrder, ProviderNotice, StatementLine
from dangjian.activities.dues.payments.providers import title_of
from dangjian.activities.dues.payments.views.accounts import account_in, account_missing, account_named
from dangjian.activities.dues.payments.views.paying import state_shown
from dangjian.kernel import money
from dangjian.kernel.lists import CODE, MOMENT, STATE, YUAN, Asked, Choice, Column, Days, Empty, ListPage, Search
from dangjian.kernel.registry import offers
from dangjian.kernel.ui import words
from dangjian.members.lists import by_person

SEEN = (
    ("both", "通知和流水一致", Q(told=True, banked=True)),
    ("notice", "只有通知", Q(told=True, banked=False)),
    ("line", "只有流水", Q(told=False, banked=True)),
    ("none", "没有到账", Q(told=False, banked=False)),
)
"""What may stand behind an order: its code, its words, the condition."""
MADE = Days("made", "下单时间", field="made_at", is_moment=True)


def _of_account(asked: Asked) -> QuerySet[PaymentOrder]:
    """Orders into an account, with whether a notice and a line of the bank stand behind their payment."""
    rows: QuerySet[PaymentOrder] = PaymentOrder.objects.filter(held_by=asked.of["account"])
    paid = ~Q(payment=None)
    return rows.annotate(
        told=Exists(ProviderNotice.objects.filter(payment=OuterRef("payment"))) & paid,
        banked=Exists(StatementLine.objects.filter(payment=OuterRef("payment"))) & paid,
    )


def _found(text: str) -> Q:
    """By person, or by the code however it was copied."""
    return by_person().found(text) | Q(reference__icontains="".join(text.split()))


def _seen(rows: Any, chosen: str) -> Any:
    return next((rows.filter(condition) for code, _title, condition in SEEN if code == chosen), rows)


def _providers(_asked: Asked) -> list[tuple[str, str]]:
    return [(one.code, one.title) for one in offers(PaymentProvider)]


def _above(asked: Asked) -> dict[str, object]:
    """The variables of the account, and sums of its orders of the days chosen by what stands behind them."""
    return {**asked.of, "figures": _figures(MADE.apply(_of_account(asked), asked.values))}


def _figures(rows: QuerySet[PaymentOrder]) -> list[dict[str, object]]:
    """Number and sum of paid orders by what stands behind them, and of those that wait."""
    paid = Q(state=OrderState.PAID)
    conditions = {code: ~paid if code == "none" else paid & condition for code, _title, condition in SEEN}
    asked: dict[str, object] = {f"{code}_number": Count("pk", filter=condition) for code, condition in conditions.items()}
    asked |= {f"{code}_fen": Sum("amount_fen", filter=condition) for code, condition in conditions.items()}
    found = rows.aggregate(**asked)
    return [
        {"title": title, "number": found[f"{code}_number"], "note": f"{money.yuan(found[f'{code}_fen'] or 0)}元"}
        for code, title, _condition in SEEN
    ]


def _months(row: PaymentOrder) -> str:
    return "、".join(words.month(month) for month in row.bill_months)


def _arrivals(row: Any) -> str:
    return "、".join(name for name, seen in (("通知", row.told), ("流水", row.banked)) if seen)


ORDERS = ListPage(
    name="dues:orders",
    title="网上交纳核对",
    permission="dues.view_books",
    frame="dues/frame.html",
    crumbs=(("党费", "dues:home"), ("账簿", "dues:books")),
    of=account_in,
    kept=("account",),
    instead=account_missing,
    intro=account_named,
    above="dues/payments/_orders_above.html",
    more=_above,
    rows=lambda asked: _of_account(asked).select_related("member", "organization", "payment__reversed_by"),
    columns=(
        Column("党员", "member.name", sort="member__name_sort", key="member", sub="organization.short_name"),
        Column("附言码", "reference", CODE, width=18),
        Column("党支部", "organization.short_name", on_page=False, width=28),
        Column("下单时间", "made_at", MOMENT, sort="made_at", width=22),
        Column("支付方式", lambda row: title_of(row.provider)),
        Column("月份", _months, header="所属月份", width=24),
        Column("金额（元）", "amount_fen", YUAN, sort="amount_fen", key="amount"),
        Column("状态", state_shown, STATE, sort="state"),
        Column("到账", _arrivals),
        Column("收据号", "payment.receipt_no", on_page=False, width=24),
    ),
    order=("-made_at",),
    filters=(
        Search("q", "姓名、拼音、附言码", _found),
        Choice("state", "状态", OrderState.choices, usual="全部状态"),
        Choice("seen", "到账", [(code, title) for code, title, _condition in SEEN], usual="全部情况", rows=_seen),
        Choice("provider", "支付方式", _providers, usual="全部方式"),
        MADE,
    ),
    empty=Empty("credit-card-off", "没有网上交纳", "党员在“我的党费”里选择网上交纳后，会出现在这里。"),
)
