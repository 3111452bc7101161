"""Use of dues: the list of one book, preparing, and one use with its next step."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count, Q, Sum
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from dangjian.activities.dues.actions import spending as actions
from dangjian.activities.dues.actions.apart import (
    book_of,
    cited,
    require_accountant,
    require_both_named,
    require_paying,
    require_reversing,
    require_withdrawing,
)
from dangjian.activities.dues.forms.books import PayForm, ReasonForm, SpendingForm
from dangjian.activities.dues.models import PURPOSES, Book, Spending, SpendingState
from dangjian.activities.dues.queries import books
from dangjian.activities.dues.views.books import (
    BOTH,
    book_address,
    book_asked,
    book_crumbs,
    book_intro,
    context_of,
    organization_of,
)
from dangjian.activities.dues.views.keeping import form_page
from dangjian.kernel import money
from dangjian.kernel.actor import may
from dangjian.kernel.gate import Request, page
from dangjian.kernel.lists import DAY, STATE, YUAN, Asked, Choice, Column, Empty, ListPage, Search, Start, state_of
from dangjian.kernel.submit import take_step
from dangjian.kernel.ui import words
from dangjian.org.gate import find

TONES: dict[str, str] = {
    SpendingState.PREPARED: "warn",
    SpendingState.PAID: "good",
    SpendingState.WITHDRAWN: "neutral",
    SpendingState.REVERSED: "neutral",
}
CHECKS: dict[str, Callable[..., object]] = {
    "pay": require_paying,
    "withdraw": require_withdrawing,
    "reverse": require_reversing,
}
DEEDS: dict[str, Callable[..., Any]] = {
    "pay": actions.pay_spending,
    "withdraw": actions.withdraw_spending,
    "reverse": actions.reverse_spending,
}
DONE = {"pay": "已经付款并记账。", "withdraw": "已经撤回。", "reverse": "已经冲销。"}


def _sum(asked: Asked) -> str:
    """How much of it was paid; nothing where there is nothing."""
    paid = Sum("amount_fen", filter=Q(state=SpendingState.PAID))
    found = asked.rows.aggregate(number=Count("pk"), paid=paid)
    if not found["number"]:
        return ""
    return f"共 {words.number(found['number'])} 笔，已付款合计 {money.yuan(found['paid'] or 0)} 元"


SPENDINGS = ListPage(
    name="dues:spendings",
    title=lambda asked: f"{asked.of['organization'].short_name}党费使用",
    permission="dues.view_books",
    frame="dues/frame.html",
    crumbs=book_crumbs,
    crumb="使用",
    of=book_asked("spendings"),
    intro=book_intro,
    above="dues/_books_nav.html",
    below="dues/_spendings_below.html",
    more=lambda asked: {**asked.of, "scope": cited("dues.use.scope")},
    starts=(
        Start(
            "使用党费",
            book_address("dues:spending_new"),
            may=lambda asked: asked.of["may_account"] and asked.of["book"].cashier_id and asked.of["book"].accountant_id,
        ),
    ),
    rows=lambda asked: Spending.objects.filter(organization=asked.of["organization"]),
    columns=(
        Column("事项", "title", sort="title", width=36),
        Column("用途", "get_purpose_display", sort="purpose", width=28),
        Column("收款方", "payee", width=28),
        Column("集体研究", "decided_on", DAY, sort="decided_on", header="集体研究日期"),
        Column("研究决定的会议", "decision", on_page=False, width=28),
        Column("付款日期", "paid_on", DAY, on_page=False),
        Column("金额（元）", "amount_fen", YUAN, sort="amount_fen", key="amount"),
        Column("状态", state_of("state", TONES), STATE, sort="state"),
    ),
    order=("-decided_on",),
    row="dues:spending",
    filters=(
        Search("q", "事项、收款方", lambda text: Q(title__icontains=text) | Q(payee__icontains=text), longest=60),
        Choice("purpose", "用途", PURPOSES, usual="全部用途"),
        Choice("state", "状态", SpendingState.choices, usual="全部状态"),
    ),
    summary=_sum,
    empty=Empty("cash", "没有使用党费的记录", "集体研究决定后，由会计制单、出纳付款。"),
)


@page("dues.view_books", methods=BOTH)
def prepare(request: Request, pk: int) -> HttpResponse:
    """The accountant prepares a use."""
    organization = organization_of(pk)
    book = book_of(organization)
    require_accountant(request.actor, book)
    require_both_named(book)
    return form_page(
        request,
        organization,
        SpendingForm(organization, request.POST or None),
        lambda data: actions.prepare_spending(actor=request.actor, organization=organization, **data),
        title="使用党费",
        done="已经制单，等出纳付款。",
        label="制单",
        section="spendings",
        intro="先由集体研究决定，会计制单，再由出纳付款。",
        citations=[cited("dues.use.scope"), cited("dues.use.decision")],
        after=lambda made: reverse("dues:spending", args=[made.pk]),
    )


@page("dues.view_books", methods=BOTH)
def spending(request: Request, pk: int) -> HttpResponse:
    """One use: what it rests on, and the step that the reader may take now (``step`` of a POST)."""
    rows = Spending.objects.select_related("organization", "prepared_by", "paid_by", "entry__reversed_by", "earmark")
    row: Spending = find(rows, pk=pk)
    steps = {step: _form(step, row, None) for step, check in CHECKS.items() if may(check, request.actor, row)}
    status = 200
    if request.method == "POST":
        status = 422
        if taken := take_step(request, steps, lambda step, data: _form(step, row, data), DEEDS, spending=row):
            messages.success(request, DONE[taken])
            return redirect("dues:spending", row.pk)
    row.tone = TONES[row.state]  # type: ignore[attr-defined]  # for the template
    context = context_of(request, row.organization, "spendings", row=row, steps=steps)
    return render(request, "dues/books_spending.html", context, status=status)


def _form(step: str, row: Spending, data: Any) -> forms.Form:
    return PayForm(books.open_book(row.organization) or Book(), data) if step == "pay" else ReasonForm(data)
