"""Payments: the list with its spreadsheet, the receipt on the screen and on paper, taking one back."""

import io
from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Sum
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.http import content_disposition_header

from dangjian.activities.dues import rates
from dangjian.activities.dues.actions import collecting
from dangjian.activities.dues.exports import AT_ONCE, yuan
from dangjian.activities.dues.forms.collecting import PaymentFilter, ReasonForm
from dangjian.activities.dues.models import Payment
from dangjian.activities.dues.queries import collecting as reads
from dangjian.kernel import clock, spreadsheets
from dangjian.kernel.actor import may
from dangjian.kernel.documents import render_pdf
from dangjian.kernel.errors import Refusal
from dangjian.kernel.forms import show_refusal
from dangjian.kernel.gate import SIGNED_IN, Request, page
from dangjian.kernel.money import in_words
from dangjian.kernel.ordering import ordered_by
from dangjian.kernel.spreadsheets import Column
from dangjian.org.gate import find
from dangjian.org.scope import everything, opened

PAGE_SIZE = 25
SORTS = {"day": "paid_on", "name": "member__name_sort", "amount": "amount_fen", "branch": "organization__path"}
COLUMNS = (
    Column("收据号", width=24),
    Column("姓名", width=12),
    Column("党支部", width=28),
    Column("交纳日期", kind="date", width=14),
    Column("方式", width=20),
    Column("金额（元）", kind="number", width=14),
    Column("其中自愿多交（元）", kind="number", width=18),
    Column("代交人", width=14),
    Column("入账单位", width=24),
    Column("状态", width=12),
    Column("说明", width=30),
)


@page("dues.view")
def payments(request: Request) -> HttpResponse:
    """Payments filtered, sorted, paged."""
    form = PaymentFilter(request.GET)
    rows = form.apply(reads.payments_shown())
    ordered = rows.order_by(ordered_by(request.GET.get("sort", ""), SORTS, "-paid_on"), "-pk")
    context: dict[str, Any] = {
        "form": form,
        "page_obj": Paginator(ordered, PAGE_SIZE).get_page(request.GET.get("page")),
        "total": rows.order_by().aggregate(fen=Sum("amount_fen"))["fen"] or 0,
    }
    return render(request, "dues/payments.html", context)


@page("dues.view")
def payments_sheet(request: Request) -> FileResponse:
    """The same as a spreadsheet, all pages."""
    rows = PaymentFilter(request.GET).apply(reads.payments_shown()).order_by("paid_on", "pk")
    file = spreadsheets.write(COLUMNS, _lines(rows), title="党费交纳", notes=(f"{clock.now():%Y年%m月%d日 %H:%M}导出。",))
    return FileResponse(file, as_attachment=True, filename=f"党费交纳记录{clock.today():%Y%m%d}.xlsx")


def _lines(rows: Any) -> Iterator[tuple[Any, ...]]:
    for row in rows.iterator(chunk_size=AT_ONCE):
        amounts = (yuan(row.amount_fen), yuan(row.extra_fen))
        yield (
            row.receipt_no, row.member.name, row.organization.short_name, row.paid_on, row.get_method_display(), *amounts,
            row.payer_name, row.held_by.short_name, _state(row), row.note,
        )  # fmt: skip


def _state(row: Payment) -> str:
    if row.reverses_id is not None:
        return "撤销记录"
    return "已撤销" if hasattr(row, "reversed_by") else "有效"


def _receipt(request: Request, pk: int) -> Payment:
    """The payment, for the member himself or for whoever may see the dues of its branch."""
    with everything("a person's own dues"):
        own: Payment | None = reads.payments_shown().filter(pk=pk, member__user=request.user.pk).first()
    if own is not None:
        return own
    with opened(request.actor.scope_of("dues.view")):
        found: Payment = find(reads.payments_shown(), pk=pk)
        return found


def _context(payment: Payment) -> dict[str, Any]:
    with everything("what a receipt that may be seen is made of"):
        lines = list(payment.lines.select_related("bill").order_by("bill__month"))
        reversal = Payment.objects.filter(reverses=payment).first()
    return {
        "payment": payment,
        "lines": lines,
        "words": in_words(payment.amount_fen),
        "reversal": reversal,
        "may_reverse": False,
        "is_own": False,
    }


@page(SIGNED_IN)
def receipt(request: Request, pk: int) -> HttpResponse:
    """A receipt on the screen."""
    payment = _receipt(request, pk)
    return _receipt_page(request, payment, ReasonForm())


def _receipt_page(request: Request, payment: Payment, form: ReasonForm) -> HttpResponse:
    context = _context(payment)
    is_open = payment.reverses_id is None and context["reversal"] is None
    context["may_reverse"] = is_open and may(collecting.require_reversing, request.actor, payment)
    context["extra_rule"] = rates.extra_rule(payment.paid_on) if payment.extra_fen else None
    context["is_own"] = payment.member.user_id == request.user.pk
    return render(request, "dues/receipt.html", context | {"form": form}, status=422 if form.errors else 200)


@page(SIGNED_IN)
def receipt_paper(request: Request, pk: int) -> HttpResponse:
    """A receipt as PDF."""
    payment = _receipt(request, pk)
    content = render_pdf(render_to_string("dues/documents/receipt.html", _context(payment)))
    response = HttpResponse(io.BytesIO(content), content_type="application/pdf")
    name = f"党费收据{payment.receipt_no}.pdf"
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    return response


@page(SIGNED_IN, methods=("POST",))
def reverse_payment(request: Request, pk: int) -> HttpResponse:
    """Take a payment back, with a reason."""
    payment = _receipt(request, pk)
    form = ReasonForm(request.POST)
    if form.is_valid():
        try:
            collecting.reverse_payment(actor=request.actor, payment=payment, reason=form.cleaned_data["reason"])
        except Refusal as refusal:
            if refusal.status in {403, 404}:
                raise
            show_refusal(form, refusal)
        else:
            messages.success(request, "已撤销，对应月份重新变为未交。")
            return redirect("dues:receipt", pk)
    return _receipt_page(request, payment, form)
