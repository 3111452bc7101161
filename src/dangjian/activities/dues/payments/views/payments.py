"""Payments: the list with its spreadsheet, the receipt on the screen and on paper, taking one back."""

from django.contrib import messages
from django.db.models import Count, QuerySet, Sum
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string

from dangjian.activities.dues import rates
from dangjian.activities.dues.billing.actions import reversing
from dangjian.activities.dues.billing.forms.collecting import ReasonForm
from dangjian.activities.dues.billing.models import Payment, PaymentMethod
from dangjian.activities.dues.billing.queries import collecting as reads
from dangjian.activities.dues.kinds import PAYING
from dangjian.kernel import money
from dangjian.kernel.actor import may
from dangjian.kernel.documents import download, render_pdf
from dangjian.kernel.gate import SIGNED_IN, Request, requires
from dangjian.kernel.lists import DAY, STATE, YUAN, Asked, Choice, Column, Days, Empty, ListPage, Named, State
from dangjian.kernel.submit import attempt
from dangjian.kernel.ui import words
from dangjian.members.lists import by_person
from dangjian.org.gate import find
from dangjian.org.lists import OrganizationFilter
from dangjian.org.scope import opened


def _state(row: Payment) -> State:
    if row.reverses_id is not None:
        return State("cancelled", "撤销记录", "neutral")
    return State("cancelled", "已撤销", "neutral") if hasattr(row, "reversed_by") else State("done", "有效", "good")


def _in_state(rows: QuerySet[Payment], state: str) -> QuerySet[Payment]:
    if state == "standing":
        return rows.filter(reverses=None, reversed_by=None)
    if state == "reversed":
        return rows.exclude(reverses=None, reversed_by=None)
    return rows.filter(extra_fen__gt=0, reversed_by=None) if state == "extra" else rows


def _total(asked: Asked) -> str:
    found = asked.rows.aggregate(number=Count("pk"), fen=Sum("amount_fen"))
    return f"共 {words.number(found['number'])} 笔，合计 {money.yuan(found['fen'] or 0)} 元"


PAYMENTS = ListPage(
    name="dues:payments",
    title="收款记录",
    permission="dues.view",
    frame="dues/frame.html",
    crumbs=(("党费", "dues:home"),),
    rows=lambda _asked: reads.payments_shown(),
    columns=(
        Column("收据号", "receipt_no", on_page=False, width=24),
        Column("姓名", "member.name", sort="member__name_sort", key="name"),
        Column("党支部", "organization.short_name", sort="organization__path", key="branch", width=28),
        Column("交纳日期", "paid_on", DAY, sort="paid_on", key="day"),
        Column("方式", "get_method_display", sub=lambda row: f"{row.payer_name}代交" if row.payer_name else "", width=20),
        Column(
            "金额（元）",
            "amount_fen",
            YUAN,
            sort="amount_fen",
            key="amount",
            sub=lambda row: f"含多交 {money.yuan(row.extra_fen)}" if row.extra_fen > 0 else "",
        ),
        Column("其中自愿多交（元）", "extra_fen", YUAN, on_page=False, width=18),
        Column("代交人", "payer_name", on_page=False),
        Column("入账单位", "held_by.short_name", on_page=False, width=24),
        Column("状态", _state, STATE),
        Column("说明", "note", on_page=False, width=30),
    ),
    order=("-paid_on",),
    row="dues:receipt",
    filters=(
        by_person(also="receipt_no", called="收据号"),
        OrganizationFilter(kinds=PAYING),
        Named("member", "党员"),
        Choice("method", "方式", PaymentMethod.choices, usual="全部方式"),
        Choice(
            "state",
            "状态",
            [("standing", "有效"), ("reversed", "已撤销和撤销记录"), ("extra", "有自愿多交")],
            usual="全部记录",
            rows=_in_state,
        ),
        Days("paid", "交纳日期", field="paid_on"),
    ),
    summary=_total,
    empty=Empty("receipt-off", "没有收款记录", "党支部登记收款，或者党员网上交纳以后，会列在这里。"),
)


def receipt_to_read(request: Request, pk: int) -> Payment:
    """The payment, for the member or for whoever may see the dues of its branch."""
    own = reads.own_receipt(request.user.pk, pk)
    if own is not None:
        return own
    with opened(request.actor.scope_of("dues.view")):
        found: Payment = find(reads.payments_shown(), pk=pk)
        return found


def _context(payment: Payment) -> dict[str, object]:
    return {
        "payment": payment,
        "lines": reads.lines_of(payment),
        "words": money.in_words(payment.amount_fen),
        "reversal": getattr(payment, "reversed_by", None),
        "may_reverse": False,
        "is_own": False,
    }


def receipt_to_reverse(request: Request, pk: int) -> Payment:
    """The payment, for whoever may take it back."""
    payment = receipt_to_read(request, pk)
    reversing.require_reversing(request.actor, payment)
    return payment


@requires(SIGNED_IN, on=receipt_to_read)
def receipt(request: Request, payment: Payment) -> HttpResponse:
    """A receipt on the screen."""
    return _receipt_page(request, payment, ReasonForm())


def _receipt_page(request: Request, payment: Payment, form: ReasonForm) -> HttpResponse:
    context = _context(payment)
    is_open = payment.reverses_id is None and context["reversal"] is None
    context["may_reverse"] = is_open and may(reversing.require_reversing, request.actor, payment)
    context["extra_rule"] = rates.extra_rule(payment.paid_on) if payment.extra_fen else None
    context["is_own"] = payment.member.user_id == request.user.pk
    return render(request, "dues/payments/receipt.html", context | {"form": form}, status=422 if form.errors else 200)


@requires(SIGNED_IN, on=receipt_to_read)
def receipt_paper(_request: Request, payment: Payment) -> HttpResponse:
    """A receipt as PDF."""
    content = render_pdf(render_to_string("dues/documents/receipt.html", _context(payment)))
    return download(content, f"党费收据{payment.receipt_no}.pdf")


@requires(SIGNED_IN, on=receipt_to_reverse, methods=("POST",))
def reverse_payment(request: Request, payment: Payment) -> HttpResponse:
    """Take a payment back, with a reason."""
    form = ReasonForm(request.POST)
    if attempt(form, lambda data: reversing.reverse_payment(actor=request.actor, payment=payment, reason=data["reason"])):
        messages.success(request, "已撤销，对应月份重新变为未交。")
        return redirect("dues:receipt", payment.pk)
    return _receipt_page(request, payment, form)
