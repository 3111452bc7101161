"""Forms of the account itself: open, hand over, close, put cash into the bank, interest, what came from a superior outside."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from dangjian.accounts.editing import Turn
from dangjian.activities.dues.ledger.actions import books as actions
from dangjian.activities.dues.ledger.actions import remittances
from dangjian.activities.dues.ledger.actions.separation import book_of, cited
from dangjian.activities.dues.ledger.forms.books import AmountForm, OpenForm, OutsideForm, PeopleForm
from dangjian.activities.dues.ledger.models import Book
from dangjian.activities.dues.ledger.queries import books
from dangjian.activities.dues.ledger.views.access import (
    book_to_close,
    book_to_hand_over,
    of_accountant,
    of_cashier,
    to_open_for,
)
from dangjian.activities.dues.ledger.views.books import BOTH, context_of
from dangjian.kernel import clock, money
from dangjian.kernel.forms import Cleaned, Data
from dangjian.kernel.gate import Request, requires
from dangjian.kernel.submit import attempt
from dangjian.org.lookup import answer_search, is_search
from dangjian.org.models import Organization


def form_page(
    request: Request,
    organization: Organization,
    form: forms.Form,
    act: Callable[[Cleaned], object],
    *,
    title: str,
    done: str,
    label: str,
    section: str = "overview",
    after: Callable[[Any], str] | None = None,
    turn: Turn | None = None,
    **more: Any,
) -> HttpResponse:
    """A form of one book: its lookups, its errors (422 with what was typed), or the action and on to ``after(result)``.

    ``turn`` says what the form overwrites, if it does.
    """
    if is_search(request):
        return answer_search(request, form)
    status = 200
    if request.method == "POST":
        status = 422
        result = attempt(form, act, turn)
        if result is not None:
            messages.success(request, done)
            return redirect(after(result) if after else reverse("dues:book", args=[organization.pk]))
    more["citations"] = list(dict.fromkeys(more.get("citations", ())))
    context = context_of(request, organization, section, form=form, title=title, label=label, **more)
    return render(request, "dues/ledger/form.html", context, status=status)


@requires("dues.view_books", on=to_open_for, methods=BOTH)
def open_account(request: Request, organization: Organization) -> HttpResponse:
    """Open a committee's account."""
    if Book.objects.filter(organization=organization, closed_on=None).exists():
        messages.info(request, f"{organization}已经有党费账户。要换会计或者出纳，请在账户中办理。")
        return redirect("dues:book", organization.pk)
    return form_page(
        request,
        organization,
        OpenForm(organization, request.POST or None),
        lambda data: actions.open_book(actor=request.actor, organization=organization, **data),
        title="开设党费账户",
        done="党费账户已经开设。会计和出纳下次打开页面就可以办理。",
        label="开设账户",
        intro="党费单独开户、单独记账，账户只能开在下面列出的银行。会计和出纳由两位同志担任。",
        citations=[cited("dues.acct.separate"), cited("dues.acct.banks"), cited("dues.acct.roles")],
    )


@requires("dues.view_books", on=book_to_hand_over, methods=BOTH)
def people(request: Request, book: Book) -> HttpResponse:
    """Hand the book over to another accountant or cashier."""
    organization = book.organization

    def form(data: Data = None) -> PeopleForm:
        now = book_of(organization)
        return PeopleForm(organization, data, initial={"accountant": now.accountant_id, "cashier": now.cashier_id})

    return form_page(
        request,
        organization,
        form(request.POST or None),
        lambda data: actions.name_people(actor=request.actor, book=book, **data),
        title="会计和出纳",
        done="已经登记会计和出纳。",
        label="确定交接",
        turn=Turn(book, form, ("dues.book_handed_over",)),
        intro="会计制单、复核、记利息，出纳收付款、盘点。两人不能是同一人；先培训后上岗，交接时核对余额和凭证。",
        citations=[cited("dues.acct.roles"), cited("dues.acct.training")],
    )


@requires("dues.view_books", on=book_to_close, methods=("POST",))
def close(request: Request, book: Book) -> HttpResponse:
    """Close the account."""
    actions.close_book(actor=request.actor, book=book)
    messages.success(request, "账户已经销户，以前的凭证仍可查看。")
    return redirect("dues:book", book.organization_id)


@requires("dues.view_books", on=of_cashier, methods=BOTH)
def deposit(request: Request, organization: Organization) -> HttpResponse:
    """Cash goes to the bank."""
    cash = books.balance(organization, clock.today()).cash
    return form_page(
        request,
        organization,
        AmountForm(request.POST or None),
        lambda data: actions.deposit(actor=request.actor, organization=organization, **data),
        title="现金存入银行",
        done="已经记账。",
        label="记账",
        intro=f"账上的库存现金有{money.yuan(cash)}元。到银行存好以后，按存款回单登记。",
    )


@requires("dues.view_books", on=of_accountant, methods=BOTH)
def interest(request: Request, organization: Organization) -> HttpResponse:
    """Interest of the bank."""
    return form_page(
        request,
        organization,
        AmountForm(request.POST or None),
        lambda data: actions.book_interest(actor=request.actor, organization=organization, **data),
        title="登记利息",
        done="利息已经记账。",
        label="记账",
        intro="按银行利息单登记。利息是党费收入的一部分。",
        citations=[cited("dues.acct.interest")],
    )


@requires("dues.view_books", on=of_cashier, methods=BOTH)
def from_above(request: Request, organization: Organization) -> HttpResponse:
    """An allocation of a superior that is not on this platform."""
    return form_page(
        request,
        organization,
        OutsideForm(request.POST or None),
        lambda data: remittances.receive_from_outside(actor=request.actor, organization=organization, **data),
        title="登记上级下拨",
        done="已经记账，这笔专款只能按登记的用途使用。",
        label="记账",
        section="transfers",
        intro="上级党委不在平台上时，在这里登记收到的下拨。",
        citations=[cited("dues.use.request")],
        after=lambda made: reverse("dues:transfer", args=[made.pk]),
    )
