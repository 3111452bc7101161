"""Use of dues: the list of one book, preparing, and one use with its next step."""

from django.db.models import Count, Q, Sum
from django.http import HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import Truncator

from dangjian.activities.dues.ledger.actions import spendings as actions
from dangjian.activities.dues.ledger.actions.separation import (
    cited,
    require_paying,
    require_reversing,
    require_withdrawing,
)
from dangjian.activities.dues.ledger.forms.books import PayForm, ReasonForm, SpendingForm
from dangjian.activities.dues.ledger.models import PURPOSES, Book, Spending, SpendingState
from dangjian.activities.dues.ledger.queries import books
from dangjian.activities.dues.ledger.views.access import to_prepare_for
from dangjian.activities.dues.ledger.views.books import (
    BOTH,
    book_address,
    book_asked,
    book_crumbs,
    book_intro,
    context_of,
    crumbs_of,
    decision_of,
    name_of,
    voucher,
)
from dangjian.activities.dues.ledger.views.keeping import form_page
from dangjian.kernel import money
from dangjian.kernel.gate import Request, requires
from dangjian.kernel.lists import DAY, STATE, YUAN, Asked, Choice, Column, Empty, ListPage, Search, Start, state_of
from dangjian.kernel.ui import words
from dangjian.org.cases import Card, Case, Fact, Paper, Stage, Step
from dangjian.org.models import Organization

TONES: dict[str, str] = {
    SpendingState.PREPARED: "warn",
    SpendingState.PAID: "good",
    SpendingState.WITHDRAWN: "neutral",
    SpendingState.REVERSED: "neutral",
}


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
    above="dues/ledger/_nav.html",
    below="dues/ledger/_spendings_below.html",
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


@requires("dues.view_books", on=to_prepare_for, methods=BOTH)
def prepare(request: Request, organization: Organization) -> HttpResponse:
    """The accountant prepares a use."""
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


def _source(row: Spending) -> str:
    if row.earmark is None:
        return "本级党费"
    address = reverse("dues:transfer", args=[row.earmark.pk])
    return format_html('<a href="{}">{}下拨专款</a>', address, row.earmark.superior_name)


def _vouchers(row: Spending, request: Request) -> list[Paper]:
    """The entry by which it was paid, and the one that reversed it."""
    entries = [row.entry, getattr(row.entry, "reversed_by", None)]
    return [voucher(entry, request, entry.get_kind_display(), row.amount_fen) for entry in entries if entry]


SPENDING = Case(
    name="dues:spending",
    model=Spending,
    follow=("organization", "prepared_by", "paid_by", "entry__organization", "entry__reversed_by__organization", "earmark"),
    permission="dues.view_books",
    frame="dues/frame.html",
    subject="spending",
    title=lambda row: row.title,
    crumb=lambda row: Truncator(row.title).chars(16),
    crumbs=lambda row: [*crumbs_of(row.organization), ("使用", reverse("dues:spendings", args=[row.organization_id]))],
    intro=lambda row: row.organization.name,
    above="dues/ledger/_nav.html",
    more=lambda row, request: context_of(request, row.organization, "spendings"),
    states=TONES,
    papers=_vouchers,
    stages=(
        Stage("集体研究", done=SpendingState),
        Stage("会计制单", done=SpendingState),
        Stage("出纳付款", now=(SpendingState.PREPARED,), done=(SpendingState.PAID, SpendingState.REVERSED)),
    ),
    waits=lambda row, _actor: "等出纳付款。制单和付款不能是同一个人。" if row.state == SpendingState.PREPARED else "",
    cards=(
        Card(
            lambda row: f"{money.yuan(row.amount_fen)} 元",
            "cash",
            (
                Fact("用途", "get_purpose_display"),
                Fact("收款方", "payee"),
                Fact("集体研究", "decision", drawn=decision_of),
                Fact("资金来源", lambda _row: True, drawn=_source),
                Fact("会计制单", lambda row: f"{name_of(row.prepared_by)}，{words.daytime(row.prepared_at)}"),
                Fact("出纳付款", lambda row: f"{name_of(row.paid_by)}，{words.day(row.paid_on)}" if row.paid_on else ""),
            ),
        ),
    ),
    steps=(
        Step(
            code="pay",
            label="确认已付款",
            title="付款",
            icon="cash",
            require=require_paying,
            act=actions.pay_spending,
            form=lambda row, data, _files: PayForm(books.open_book(row.organization) or Book(), data),
            done="已经付款并记账。",
        ),
        Step(
            code="withdraw",
            label="撤回",
            title="撤回这张单",
            icon="ban",
            look="fold",
            require=require_withdrawing,
            act=actions.withdraw_spending,
            form=ReasonForm,
            done="已经撤回。",
        ),
        Step(
            code="reverse",
            label="冲销",
            title="冲销（款项退回或者登记错误）",
            icon="arrow-back-up",
            look="fold",
            require=require_reversing,
            act=actions.reverse_spending,
            form=ReasonForm,
            confirm="冲销会记一张相反的凭证，原凭证保留。确定冲销吗？",
            is_dangerous=True,
            done="已经冲销。",
        ),
    ),
)
