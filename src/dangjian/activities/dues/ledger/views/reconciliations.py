"""Months of one book: counted, looked over, closed."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from dangjian.activities.dues.ledger.actions import reconciliations as actions
from dangjian.activities.dues.ledger.actions.separation import book_of
from dangjian.activities.dues.ledger.forms.books import CountForm
from dangjian.activities.dues.ledger.models import Book, BookKind, JournalEntry, Reconciliation
from dangjian.activities.dues.ledger.queries import books
from dangjian.activities.dues.ledger.views.access import keeping_of
from dangjian.activities.dues.ledger.views.books import context_of, crumbs_of, name_of
from dangjian.activities.dues.policy import last_day, shifted
from dangjian.kernel import clock, money
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import NotFound
from dangjian.kernel.gate import Request, requires
from dangjian.kernel.lists import Loaded, State
from dangjian.kernel.ui import words
from dangjian.org.cases import Card, Case, Fact, Paper, Stage, Step
from dangjian.org.models import Organization

MOST_MONTHS = 36
IS_CLOSED: Loaded[bool] = Loaded("is_closed")
"""Whether the month was looked over, or a later one, with which it was closed."""
BOOK: Loaded[Book] = Loaded("book")
STANDS: Loaded[books.Balances] = Loaded("stands")
"""What the books say at the end of the month."""
FOLLOWED = ("organization", "counted_by", "checked_by")


@requires("dues.view_books", on=keeping_of)
def months(request: Request, organization: Organization) -> HttpResponse:
    """The months since the first entry, latest first, each with how far it is."""
    return render(request, "dues/ledger/months.html", context_of(request, organization, "months", months=_months(organization)))


def _months(organization: Organization) -> list[dict[str, object]]:
    first = JournalEntry.objects.filter(organization=organization).order_by("booked_on").first()
    if first is None:
        return []
    counted = Reconciliation.objects.filter(organization=organization).select_related(*FOLLOWED)
    known = {row.month: row for row in counted}
    closed_until = max((row.month for row in known.values() if row.checked_at), default=None)
    today = clock.today()
    month = today.replace(day=1) if today == last_day(today) else shifted(today.replace(day=1), -1)
    found: list[dict[str, object]] = []
    while month >= first.booked_on.replace(day=1) and len(found) < MOST_MONTHS:
        row = known.get(month) or Reconciliation(organization=organization, month=month)
        IS_CLOSED.put(row, closed_until is not None and month <= closed_until)
        found.append({"row": row, "state": _state(row), "url": MONTH.url(row)})
        month = shifted(month, -1)
    return found


def _found(request: Request, pk: int, year: int, number: int) -> Reconciliation:
    """The count of a month, or one that is still to be made."""
    organization = keeping_of(request, pk)
    if not (2000 <= year <= 2200 and 1 <= number <= 12):
        raise NotFound
    month = dt.date(year, number, 1)
    row = Reconciliation.objects.select_related(*FOLLOWED).filter(organization=organization, month=month).first()
    row = row or Reconciliation(organization=organization, month=month)
    IS_CLOSED.put(row, actions.is_closed(row))
    BOOK.put(row, book_of(organization))
    STANDS.put(row, books.balance(organization, last_day(month)))
    return row


def _address(row: Reconciliation) -> dict[str, int]:
    return {"pk": row.organization_id, "year": row.month.year, "number": row.month.month}


def _is_over(row: Reconciliation) -> bool:
    return last_day(row.month) <= clock.today()


def _state(row: Reconciliation) -> State:
    if row.checked_at:
        return State("checked", "已复核封账", "good")
    if IS_CLOSED.of(row):
        return State("closed", "随后面月份封账", "good")
    if row.pk:
        return State("counted", "待会计复核", "info")
    return State("open", "待盘点", "warn") if _is_over(row) else State("running", "还没有结束", "neutral")


def _waits(row: Reconciliation, _actor: Actor) -> str:
    if IS_CLOSED.of(row):
        return ""
    if not _is_over(row):
        return "这个月还没有结束，月末再来盘点。"
    if not row.pk:
        return "等出纳盘点。"
    accountant = BOOK.of(row).accountant
    who = f"会计{accountant.name}" if accountant else "另一位同志"
    return f"等{who}复核。盘点和复核不能是同一个人。"


def _beside(booked: str, counted: str) -> Callable[[Reconciliation], str]:
    """What the books say and what was counted, as one fact."""

    def said(row: Reconciliation) -> str:
        stands = f"账面 {money.yuan(getattr(STANDS.of(row), booked))} 元"
        return f"{stands}，盘点 {money.yuan(getattr(row, counted))} 元" if row.pk else stands

    return said


_BANK = _beside("bank", "counted_bank_fen")


def _carried_over(row: Reconciliation) -> str:
    since = BOOK.of(row).balanced_on
    if not since or not row.month <= since <= last_day(row.month):
        return ""
    carried = books.carried_over(row.organization)
    return f"账面余额中有 {money.yuan(carried)} 元（{words.day(since)}的期初余额）" if carried else ""


def _difference(row: Reconciliation) -> str:
    if not row.pk:
        return ""
    return f"盘点与账面不一致：{row.difference}。原因：{row.explanation}" if row.difference else "盘点与账面一致"


def _count_form(row: Reconciliation, data: Any, _files: Any) -> forms.Form:
    return CountForm(BOOK.of(row), data)


def _count(*, actor: Actor, reconciliation: Reconciliation, **typed: Any) -> Reconciliation:
    return actions.count(actor=actor, organization=reconciliation.organization, month=reconciliation.month, **typed)


def _statement(row: Reconciliation, _request: Request) -> list[Paper]:
    """The statement of the month, to be filed with the bank's."""
    days = f"?since={row.month}&until={last_day(row.month)}"
    address = [row.organization_id]
    page = reverse("dues:book_statement", args=address) + days
    pdf = reverse("dues:book_statement_paper", args=[*address, "pdf"]) + days
    return [Paper(title=f"{words.month(row.month)}党费收支情况表", page=page, pdf=pdf)] if _is_over(row) else []


MONTH = Case(
    name="dues:month",
    model=Reconciliation,
    found=_found,
    address=_address,
    permission="dues.view_books",
    frame="dues/frame.html",
    subject="reconciliation",
    title=lambda row: f"{words.month(row.month)}对账",
    crumb=lambda row: words.month(row.month),
    crumbs=lambda row: [*crumbs_of(row.organization), ("对账", reverse("dues:months", args=[row.organization_id]))],
    intro=lambda row: row.organization.name,
    above="dues/ledger/_nav.html",
    more=lambda row, request: context_of(request, row.organization, "months"),
    states=_state,
    stages=(
        Stage("出纳盘点", now=("open",), done=("counted", "checked", "closed")),
        Stage("会计复核", now=("counted",), done=("checked", "closed")),
    ),
    waits=_waits,
    papers=_statement,
    cards=(
        Card(
            "月末余额",
            "scale",
            (
                Fact("库存现金", _beside("cash", "counted_cash_fen")),
                Fact("银行存款", lambda row: _BANK(row) if BOOK.of(row).kind == BookKind.BANK else ""),
                Fact("启用前结存", _carried_over),
                Fact("核对", _difference),
                Fact("说明", lambda row: "" if not row.pk or row.difference else row.explanation),
                Fact("盘点", lambda row: f"{name_of(row.counted_by)}，{words.daytime(row.counted_at)}" if row.pk else ""),
                Fact("复核", lambda row: f"{name_of(row.checked_by)}，{words.daytime(row.checked_at)}" if row.checked_at else ""),
                Fact("账目", lambda row: "已经封账，不能再记这个月的账。以前的差错用冲销办理。" if IS_CLOSED.of(row) else ""),
            ),
        ),
    ),
    steps=(
        Step(
            code="check",
            label="复核封账",
            icon="lock",
            require=actions.require_checking,
            act=actions.check,
            confirm="复核以后，这个月和以前的账都不能再动。确定封账吗？",
            done="已经复核封账。",
            to=lambda row: reverse("dues:months", args=[row.organization_id]),
            is_primary=True,
        ),
        Step(
            code="count",
            label="登记盘点",
            title=lambda row: "重新盘点" if row.pk else "盘点",
            look=lambda row: "fold" if row.pk else "card",
            note=lambda row: (
                f"请按{row.month.month}月末实际清点的现金{'和银行对账单' if BOOK.of(row).kind == BookKind.BANK else ''}填写。"
            ),
            require=actions.require_counting,
            act=_count,
            form=_count_form,
            done="盘点已经登记，请会计复核。",
        ),
    ),
)
