"""待认领: money that came and could not be matched, and what the accountant decides about it."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import F, Q, QuerySet
from django.db.models.functions import TruncDate
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html

from dangjian.activities.dues.ledger.actions.separation import require_accountant, require_accountant_for
from dangjian.activities.dues.ledger.views.accounts import account_in, account_missing, account_named
from dangjian.activities.dues.models import LineState, NoticeResult, ProviderNotice, StatementLine
from dangjian.activities.dues.payments.actions import claims
from dangjian.activities.dues.payments.actions.bank_statements import match_waiting
from dangjian.activities.dues.payments.forms.paying import LEFT_OUT_REASONS, ClaimForm, ReasonForm
from dangjian.activities.dues.payments.providers import title_of
from dangjian.activities.dues.payments.queries import candidates, orders
from dangjian.activities.dues.payments.queries.arrivals import LINE, NOTICE, Arrival, facts_of
from dangjian.kernel import money
from dangjian.kernel.actor import may
from dangjian.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied, Refusal
from dangjian.kernel.forms import show_refusal
from dangjian.kernel.gate import Request, requires
from dangjian.kernel.lists import ALL, DAY, STATE, YUAN, Asked, Choice, Column, Days, Empty, ListPage, SearchBox, Start, State
from dangjian.kernel.typed import number
from dangjian.members.lists import by_person
from dangjian.members.models import Member
from dangjian.members.own import is_own
from dangjian.org.gate import find

LINE_STATES: dict[str, tuple[str, str]] = {
    LineState.UNMATCHED: ("待认领", "warn"),
    LineState.BOOKED: ("已入账", "good"),
    LineState.LEFT_OUT: ("不是党费", "neutral"),
}
NOTICE_STATES: dict[str, tuple[str, str]] = {
    NoticeResult.UNMATCHED: ("待认领", "warn"),
    NoticeResult.BOOKED: ("已入账", "good"),
    NoticeResult.REPEATED: ("重复通知", "neutral"),
    NoticeResult.SETTLED: ("已人工处理", "good"),
}


def _of_account(request: Request) -> dict[str, object]:
    """The account, and whether its lines of the bank (``?kind=line``) or the notices of providers are looked at."""
    return {**account_in(request), "kind": NOTICE if request.GET.get("kind") == NOTICE else LINE}


def _rows(asked: Asked) -> QuerySet[Any]:
    """Lines or notices with the same names for what both have."""
    account = asked.of["account"]
    if asked.of["kind"] == LINE:
        return as_arrivals(StatementLine.objects.filter(organization=account))
    notices = ProviderNotice.objects.filter(held_by=account).select_related("held_by", "payment__member")
    return notices.annotate(came_on=TruncDate("paid_at"), came_from=F("reference"), stands=F("result"))


def as_arrivals(lines: QuerySet[StatementLine]) -> QuerySet[StatementLine]:
    """Lines with what ``COLUMNS`` read."""
    named = lines.annotate(came_on=F("booked_on"), came_from=F("payer_name"), stands=F("state"))
    return named.select_related("organization", "payment__member")


def _states(asked: Asked) -> list[tuple[str, str]]:
    """Beside those that wait."""
    states = LINE_STATES if asked.of["kind"] == LINE else NOTICE_STATES
    decided = [(str(code), word) for code, (word, _tone) in states.items() if code != LineState.UNMATCHED]
    return [*decided, (ALL, "全部")]


def _in_state(rows: Any, state: str) -> Any:
    return rows if state == ALL else rows.filter(stands=state or LineState.UNMATCHED)


@dataclass(frozen=True, slots=True)
class ArrivalSearch(SearchBox):
    """Finds lines by payer, remark and serial number, notices by code and number, and both by their member."""

    longest = 60

    def condition(self, rows: QuerySet[Any], text: str) -> Q:
        """By what the kind of the rows has."""
        is_line = rows.model is StatementLine
        columns = ("payer_name", "remark", "serial") if is_line else ("reference", "transaction_no")
        found = by_person("member__" if is_line else "order__member__").found(text)
        for column in columns:
            found |= Q(**{f"{column}__icontains": text})
        return found


def _above(asked: Asked) -> dict[str, object]:
    account = asked.of["account"]
    lines = StatementLine.objects.filter(organization=account, state=LineState.UNMATCHED)
    notices = ProviderNotice.objects.filter(held_by=account, result=NoticeResult.UNMATCHED)
    return {**asked.of, "numbers": {"line": lines.count(), "notice": notices.count()}}


def _payer(row: Any) -> str:
    return row.payer_name if isinstance(row, StatementLine) else title_of(row.provider)


def _amount(row: Any) -> str:
    """What went back is seen as such."""
    text = money.yuan(row.amount_fen)
    return format_html('<span class="text-bad">{}</span>', text) if row.amount_fen < 0 else text


def _state(row: Any) -> State:
    return State("arrival", *(LINE_STATES if isinstance(row, StatementLine) else NOTICE_STATES)[row.stands])


def _remark(row: Any) -> str:
    return f"{row.payment.member.name}，收据 {row.payment.receipt_no}" if row.payment else row.problem or row.reason


COLUMNS: tuple[Column[Any], ...] = (
    Column("户名", _payer, sort="came_from", key="payer", drawn=lambda row: _payer(row) or "（没有户名）", width=28),
    Column("日期", "came_on", DAY, sort="came_on", key="day"),
    Column("金额（元）", "amount_fen", YUAN, sort="amount_fen", key="amount", drawn=_amount),
    Column("附言", lambda row: facts_of(row).quoted, width=36),
    Column("流水号", lambda row: row.serial if isinstance(row, StatementLine) else row.transaction_no, on_page=False, width=28),
    Column("状态", _state, STATE, sort="stands", key="state"),
    Column("说明", _remark, width=44),
)
"""Of money that came, by bank or by a provider; ``ARRIVALS`` and the lines of one statement have them."""


def page_of_arrival(row: Any) -> str:
    """Its address."""
    return reverse("dues:arrival", args=[facts_of(row).kind, row.pk])


ARRIVALS = ListPage(
    name="dues:arrivals",
    title="待认领",
    permission="dues.view_books",
    frame="dues/frame.html",
    crumbs=(("党费", "dues:home"), ("账簿", "dues:books")),
    of=_of_account,
    kept=("kind", "account"),
    instead=account_missing,
    intro=lambda asked: f"{account_named(asked)}里对不上是谁交的钱" if asked.of["account"] else "",
    beside="dues/payments/_arrivals_beside.html",
    above="dues/payments/_arrivals_above.html",
    more=_above,
    rows=_rows,
    columns=COLUMNS,
    order=("-came_on",),
    row=page_of_arrival,
    filters=(
        ArrivalSearch("q", "户名、附言、流水号、党员"),
        Choice("state", "状态", _states, usual="待认领", rows=_in_state),
        Days("came", "日期", field="came_on"),
    ),
    empty=Empty(
        "circle-check",
        "没有待认领的钱",
        "导入银行流水后，对不上的会出现在这里。",
        Start("导入银行流水", "dues:statements", "upload"),
    ),
)


def _shown(row: Any) -> dict[str, object]:
    """A line or notice in the same words."""
    facts = facts_of(row)
    word, tone = LINE_STATES[row.state] if facts.kind == LINE else NOTICE_STATES[row.result]
    return {
        "row": row,
        "kind": facts.kind,
        "word": word,
        "tone": tone,
        "payer": facts.payer if facts.kind == LINE else title_of(row.provider),
        "remark": facts.quoted,
        "day": facts.day,
        "number": row.serial if facts.kind == LINE else facts.number,
        "member": row.payment.member if row.payment else None,
        "why": row.problem or row.reason,
    }


@requires("dues.account", methods=("POST",))
def match_again(request: Request) -> HttpResponse:
    """Try the lines that wait once more."""
    context = account_in(request)
    if context["account"] is None:
        raise NotFound
    booked = match_waiting(actor=request.actor, organization=context["account"])
    messages.success(request, f"又对上{booked}笔。" if booked else "没有新对上的流水。")
    return redirect("dues:arrivals")


def _arrival(kind: str, pk: int) -> Arrival:
    if kind == LINE:
        lines = StatementLine.objects.select_related("organization", "statement", "member", "payment__member", "order__member")
        return find(lines, pk=pk)
    if kind == NOTICE:
        return find(ProviderNotice.objects.select_related("held_by", "payment__member", "order__member"), pk=pk)
    raise Http404


@requires("dues.view_books")
def arrival(request: Request, kind: str, pk: int) -> HttpResponse:
    """One line or notice: what it says, what became of it, and while it waits whose it may be."""
    return _arrival_page(request, _arrival(kind, pk))


def _arrival_page(request: Request, row: Arrival, form: ReasonForm | None = None) -> HttpResponse:
    account = facts_of(row).account
    book = account.dues_book
    keeps = may(require_accountant, request.actor, book)
    other = None if keeps else orders.record_of(book.accountant_id)
    accountant = other if other and may(require_accountant_for, request.actor, book, other) else None
    waits = claims.is_waiting(row)
    who = request.GET.get("who", "").strip()[:20]
    context: dict[str, Any] = {
        **_shown(row),
        "account": account,
        "keeps": keeps,
        "accountant": accountant,
        "takes_back": may(claims.require_taking_back, request.actor, row),
        "waits": waits,
        "is_back": row.amount_fen < 0,
        "who": who,
        "form": form or ReasonForm(),
        "reasons": LEFT_OUT_REASONS,
    }
    if keeps and waits and row.amount_fen > 0:
        likely = candidates.for_money_in(row, account)
        context["candidates"] = [one for one in likely if not is_own(request.actor, one.member)]
        context["perhaps_own"] = len(context["candidates"]) < len(likely)
        context["found"] = candidates.by_name(who, account) if who else []
        context["told"] = (
            list(orders.unconfirmed(account.pk, row.amount_fen, row.booked_on)) if isinstance(row, StatementLine) else []
        )
    elif waits and row.amount_fen < 0 and (keeps or accountant):
        returned = candidates.for_money_back(row, account)
        context["returned"] = [one for one in returned if may(claims.require_deciding, request.actor, row, one.member)]
    return render(request, "dues/payments/arrival.html", context, status=422 if form and form.errors else 200)


@requires("dues.view_books", methods=("GET", "POST"))
def claim(request: Request, kind: str, pk: int) -> HttpResponse:
    """Book it for ``?member=``: with the months ticked that the money reaches; ``order`` if it settles one of his orders."""
    row = _arrival(kind, pk)
    account = facts_of(row).account
    asked = number(request.POST.get("member") or request.GET.get("member"))
    member = orders.payers_into(account).select_related("branch").filter(pk=asked or 0).first()
    if member is None:
        messages.warning(request, "请先选择是哪名党员的党费，可以按姓名查找。")
        return redirect("dues:arrival", kind, pk)
    require_accountant_for(request.actor, account.dues_book, member)
    bills = [bill for bill in orders.open_bills(member.pk) if bill.left_fen]
    form = ClaimForm(request.POST if request.method == "POST" else None, bills=bills)
    if request.method == "POST" and form.is_valid():
        done = _claimed(request, row, member, form)
        if done is not None:
            return done
    covered = candidates.bills_covered(row.amount_fen, bills)
    ticked = form["bills"].data if form.is_bound else [str(bill.pk) for bill in covered]
    owed = sum(bill.left_fen for bill in covered)
    context = {
        **_shown(row),
        "account": account,
        "member": member,
        "bills": bills,
        "form": form,
        "ticked": set(map(str, ticked or [])),
        "over_fen": max(row.amount_fen - owed, 0),
        "short_fen": max(owed - row.amount_fen, 0),
    }
    return render(request, "dues/payments/claim.html", context, status=422 if form.errors else 200)


def _claimed(request: Request, row: Arrival, member: Member, form: ClaimForm) -> HttpResponse | None:
    order = orders.order_of(member, number(request.POST.get("order")))
    try:
        payment = claims.claim(
            actor=request.actor,
            arrival=row,
            member=member,
            bill_ids=form.cleaned_data["bills"],
            extra_fen=form.cleaned_data["extra_fen"] or 0,
            order=order,
            note=form.cleaned_data["note"],
        )
    except (Invalid, Conflict) as refusal:
        show_refusal(form, refusal)
        return None
    messages.success(request, f"已入账：{member}{money.yuan(payment.amount_fen)}元，收据{payment.receipt_no}。")
    return redirect("dues:arrivals")


@requires("dues.account", methods=("POST",))
def leave_out(request: Request, kind: str, pk: int) -> HttpResponse:
    """It is no dues."""
    row = _arrival(kind, pk)
    form = ReasonForm(request.POST)
    if form.is_valid():
        claims.leave_out(actor=request.actor, arrival=row, reason=form.cleaned_data["reason"])
        messages.success(request, "已标为不是党费，不入账。")
        return redirect("dues:arrivals")
    return _arrival_page(request, row, form)


@requires("dues.view_books", methods=("POST",))
def take_back(request: Request, kind: str, pk: int) -> HttpResponse:
    """It was decided wrongly and waits again; what was booked is reversed."""
    row = _arrival(kind, pk)
    form = ReasonForm(request.POST)
    if form.is_valid():
        try:
            claims.take_back(actor=request.actor, arrival=row, reason=form.cleaned_data["reason"])
        except Conflict as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, "已退回待认领。")
            return redirect("dues:arrival", kind, pk)
    return _arrival_page(request, row, form)


@requires("dues.view_books", methods=("POST",))
def settle(request: Request, kind: str, pk: int, payment_pk: int) -> HttpResponse:
    """Lay a line beside an online payment, or book money that went back against the payment it belongs to."""
    row = _arrival(kind, pk)
    account = facts_of(row).account
    payment = orders.received_in(account).filter(pk=payment_pk).first()
    if payment is None or (isinstance(row, ProviderNotice) and row.amount_fen >= 0):
        raise NotFound
    try:
        if row.amount_fen < 0 or not isinstance(row, StatementLine):
            claims.mark_returned(actor=request.actor, arrival=row, payment=payment)
            messages.success(request, "已冲销，相应月份的党费恢复为未交。")
        else:
            claims.lay_beside(actor=request.actor, line=row, payment=payment)
            messages.success(request, "已对上，不重复入账。")
    except (PermissionDenied, NotFound):
        raise
    except Refusal as refusal:
        messages.warning(request, refusal.brief)
        return redirect("dues:arrival", kind, pk)
    return redirect("dues:arrivals")
