"""网上交纳核对: orders beside what providers told and what the bank's statements show."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header

from dangjian.activities.dues.forms.paying import ORDER_SHOWS, OrderFilter
from dangjian.activities.dues.models import OrderState, PaymentOrder, ProviderNotice, StatementLine
from dangjian.activities.dues.offers import PaymentProvider
from dangjian.activities.dues.providers import title_of
from dangjian.activities.dues.queries import paying
from dangjian.activities.dues.views.accounts import account_in
from dangjian.activities.dues.views.paying import STATES
from dangjian.kernel import money, spreadsheets
from dangjian.kernel.errors import NotThere
from dangjian.kernel.gate import Request, page
from dangjian.kernel.ordering import ordered_by
from dangjian.kernel.registry import offers
from dangjian.members.queries.people import found_by_name

PAGE_SIZE = 20
SORTS = {"made_at": "made_at", "amount": "amount_fen", "member": "member__name_sort", "state": "state"}
SEEN: dict[str, Q] = {
    "both": Q(told=True, banked=True),
    "notice": Q(told=True, banked=False),
    "line": Q(told=False, banked=True),
    "none": Q(told=False, banked=False),
}


def _rows(account: Any) -> QuerySet[PaymentOrder]:
    """Orders into an account, with whether a notice and a line of the bank stand behind their payment."""
    rows: QuerySet[PaymentOrder] = PaymentOrder.objects.filter(held_by=account)
    paid = ~Q(payment=None)
    return rows.annotate(
        told=Exists(ProviderNotice.objects.filter(payment=OuterRef("payment"))) & paid,
        banked=Exists(StatementLine.objects.filter(payment=OuterRef("payment"))) & paid,
    )


def _chosen(rows: QuerySet[PaymentOrder], form: OrderFilter) -> QuerySet[PaymentOrder]:
    picked = form.cleaned_data
    rows = rows.filter(**form.days("made_at__date"))
    if picked.get("state"):
        rows = rows.filter(state=picked["state"])
    if picked.get("provider"):
        rows = rows.filter(provider=picked["provider"])
    if picked.get("seen"):
        rows = rows.filter(SEEN[picked["seen"]])
    if form.text:
        code = "".join(form.text.split()).upper()
        rows = rows.filter(found_by_name(form.text, "member__") | Q(reference__icontains=code))
    return rows


def _form(request: Request) -> OrderFilter:
    return OrderFilter(request.GET, providers=[(one.code, one.title) for one in offers(PaymentProvider)])


@page("dues.view_books")
def orders(request: Request) -> HttpResponse:
    """All orders into an account, filtered; the sums of each kind above."""
    context = account_in(request)
    form = _form(request)
    whole = _rows(context["account"])
    rows = _chosen(whole, form)
    column = ordered_by(request.GET.get("sort", ""), SORTS, "-made_at")
    ordered = rows.select_related("member", "organization", "payment__reversed_by")
    page_obj = Paginator(ordered.order_by(column, "-pk"), PAGE_SIZE)
    shown = page_obj.get_page(request.GET.get("page"))
    context |= {
        "form": form,
        "page_obj": shown,
        "orders": [_shown(row) for row in shown],
        "figures": _figures(whole.filter(**form.days("made_at__date"))),
    }
    return render(request, "dues/paying_orders.html", context)


def _figures(rows: QuerySet[PaymentOrder]) -> list[dict[str, Any]]:
    """Number and sum of paid orders by what stands behind them, and of those that wait."""
    paid = Q(state=OrderState.PAID)
    conditions = {"both": paid & SEEN["both"], "notice": paid & SEEN["notice"], "line": paid & SEEN["line"], "none": ~paid}
    asked: dict[str, Any] = {f"{name}_number": Count("pk", filter=condition) for name, condition in conditions.items()}
    asked |= {f"{name}_fen": Sum("amount_fen", filter=condition) for name, condition in conditions.items()}
    found = rows.aggregate(**asked)
    return [
        {"title": title, "number": found[f"{code}_number"], "note": f"{money.yuan(found[f'{code}_fen'] or 0)}元"}
        for code, title in ORDER_SHOWS
    ]


def _shown(row: Any) -> dict[str, Any]:
    word, tone = STATES[OrderState.EXPIRED if paying.expired(row) else row.state]
    if row.payment is not None and hasattr(row.payment, "reversed_by"):
        word, tone = "已冲销", "neutral"
    return {
        "order": row,
        "word": word,
        "tone": tone,
        "provider": title_of(row.provider),
        "months": paying.months_of(row),
        "arrivals": "、".join(name for name, seen in (("通知", row.told), ("流水", row.banked)) if seen),
    }


@page("dues.view_books")
def orders_sheet(request: Request) -> HttpResponse:
    """The orders chosen, as a spreadsheet."""
    account = account_in(request)["account"]
    if account is None:
        raise NotThere
    rows = _chosen(_rows(account), _form(request)).select_related("member", "organization", "payment__reversed_by")
    lines = [
        [
            f"{timezone.localtime(one['order'].made_at):%Y-%m-%d %H:%M}",
            one["order"].reference,
            one["order"].member.name,
            one["order"].organization.short_name,
            one["provider"],
            "、".join(f"{month:%Y-%m}" for month in one["months"]),
            money.yuan(one["order"].amount_fen).replace(",", ""),
            one["word"],
            one["arrivals"],
            one["order"].payment.receipt_no if one["order"].payment else "",
        ]
        for one in map(_shown, rows.order_by("-made_at", "-pk"))
    ]
    titles = ("下单时间", "附言码", "党员", "党支部", "支付方式", "所属月份", "金额（元）", "状态", "到账", "收据号")
    content = spreadsheets.write([spreadsheets.Column(title) for title in titles], lines, title="网上交纳核对")
    response = HttpResponse(content, content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename="网上交纳核对.xlsx") or "attachment"
    return response
