"""Use of dues: the list of one book, preparing, and one use with its next step."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, Sum
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
from dangjian.activities.dues.views.books import BOTH, PAGE_SIZE, context_of, organization_of
from dangjian.activities.dues.views.doing import take_step
from dangjian.activities.dues.views.keeping import form_page
from dangjian.kernel.actor import may
from dangjian.kernel.gate import Request, page
from dangjian.kernel.ordering import ordered_by
from dangjian.org.gate import find

TONES: dict[str, str] = {
    SpendingState.PREPARED: "warn",
    SpendingState.PAID: "good",
    SpendingState.WITHDRAWN: "neutral",
    SpendingState.REVERSED: "neutral",
}
SORTS = {"decided_on": "decided_on", "amount": "amount_fen", "purpose": "purpose", "state": "state", "title": "title"}
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


@page("dues.view_books")
def spendings(request: Request, pk: int) -> HttpResponse:
    """What dues were used for, filtered, sorted, paged."""
    organization = organization_of(pk)
    rows = Spending.objects.filter(organization=organization)
    chosen = {name: request.GET.get(name, "").strip()[:60] for name in ("q", "purpose", "state")}
    if chosen["q"]:
        rows = rows.filter(Q(title__icontains=chosen["q"]) | Q(payee__icontains=chosen["q"]))
    for name in ("purpose", "state"):
        if chosen[name]:
            rows = rows.filter(**{name: chosen[name]})
    ordered = rows.order_by(ordered_by(request.GET.get("sort", ""), SORTS, "-decided_on"), "-pk")
    page_obj = Paginator(ordered, PAGE_SIZE).get_page(request.GET.get("page"))
    for row in page_obj.object_list:
        row.tone = TONES[row.state]
    paid = rows.filter(state=SpendingState.PAID).order_by().aggregate(fen=Sum("amount_fen"))["fen"] or 0
    context = context_of(
        request,
        organization,
        "spendings",
        page_obj=page_obj,
        chosen=chosen,
        purposes=PURPOSES,
        states=SpendingState.choices,
        paid=paid,
        scope=cited("dues.use.scope"),
    )
    return render(request, "dues/books_spendings.html", context)


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


def _book(row: Spending) -> Book | None:
    found: Book | None = Book.objects.filter(organization=row.organization, closed_on=None).select_related("organization").first()
    return found


def _form(step: str, row: Spending, data: Any) -> forms.Form:
    return PayForm(_book(row) or Book(), data) if step == "pay" else ReasonForm(data)
