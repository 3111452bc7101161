"""待认领: money that came and could not be matched, and what the accountant decides about it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import F, Q, QuerySet
from django.db.models.functions import TruncDate
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html

from dangjian.activities.dues.billing.models import Bill, Payment
from dangjian.activities.dues.ledger.actions.separation import require_accountant, require_accountant_for
from dangjian.activities.dues.ledger.views.books import crumbs_of
from dangjian.activities.dues.payments.actions import claims
from dangjian.activities.dues.payments.actions.bank_statements import match_waiting
from dangjian.activities.dues.payments.forms.paying import ClaimForm, LeftOutForm, PaymentForm, ReasonForm
from dangjian.activities.dues.payments.models import LineState, NoticeResult, ProviderNotice, StatementLine
from dangjian.activities.dues.payments.providers import title_of
from dangjian.activities.dues.payments.queries import candidates, orders
from dangjian.activities.dues.payments.queries.arrivals import LINE, NOTICE, facts_of
from dangjian.activities.dues.payments.views.accounts import account_in, account_missing, account_named
from dangjian.kernel import money
from dangjian.kernel.actor import Actor, may
from dangjian.kernel.errors import Invalid, NotFound
from dangjian.kernel.gate import Request, requires
from dangjian.kernel.lists import (
    ALL,
    DAY,
    MOMENT,
    STATE,
    YUAN,
    Asked,
    Choice,
    Column,
    Days,
    Empty,
    ListPage,
    Loaded,
    SearchBox,
    Start,
    State,
)
from dangjian.kernel.typed import number
from dangjian.members.lists import by_person
from dangjian.members.models import Member
from dangjian.members.own import is_own
from dangjian.org.cases import Card, Case, Fact, Paper, Step
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


def payer_of(row: Any) -> str:
    """From whom it came: the name at the bank, or the provider that told of it."""
    return row.payer_name if isinstance(row, StatementLine) else title_of(row.provider)


def _amount(row: Any) -> str:
    """What went back is seen as such."""
    text = money.yuan(row.amount_fen)
    return format_html('<span class="text-bad">{}</span>', text) if row.amount_fen < 0 else text


def state_of(row: Any) -> State:
    """What became of a line or notice."""
    if isinstance(row, StatementLine):
        return State(row.state, *LINE_STATES[row.state])
    return State(row.result, *NOTICE_STATES[row.result])


def _remark(row: Any) -> str:
    return f"{row.payment.member.name}，收据 {row.payment.receipt_no}" if row.payment else row.problem or row.reason


COLUMNS: tuple[Column[Any], ...] = (
    Column("户名", payer_of, sort="came_from", key="payer", drawn=lambda row: payer_of(row) or "（没有户名）", width=28),
    Column("日期", "came_on", DAY, sort="came_on", key="day"),
    Column("金额（元）", "amount_fen", YUAN, sort="amount_fen", key="amount", drawn=_amount),
    Column("附言", lambda row: facts_of(row).quoted, width=36),
    Column("流水号", lambda row: row.serial if isinstance(row, StatementLine) else row.transaction_no, on_page=False, width=28),
    Column("状态", state_of, STATE, sort="stands", key="state"),
    Column("说明", _remark, width=44),
)
"""Of money that came, by bank or by a provider; ``ARRIVALS`` and the lines of one statement have them."""


@requires("dues.account", methods=("POST",))
def match_again(request: Request) -> HttpResponse:
    """Try the lines that wait once more."""
    context = account_in(request)
    if context["account"] is None:
        raise NotFound
    booked = match_waiting(actor=request.actor, organization=context["account"])
    messages.success(request, f"又对上{booked}笔。" if booked else "没有新对上的流水。")
    return redirect("dues:arrivals")


PAYER: Loaded[Member | None] = Loaded("payer")
"""For whom it is to be claimed, once somebody is chosen."""


def _found(request: Request, kind: str, pk: int) -> Any:
    """A line or notice, with the member for whom it is to be claimed (``member`` in the address or in what was sent).

    Nobody claims for whom they may not.
    """
    if kind == LINE:
        rows: Any = StatementLine.objects.select_related(
            "organization", "statement", "payment__member", "payment__reversed_by", "order__member"
        )
    elif kind == NOTICE:
        rows = ProviderNotice.objects.select_related("held_by", "payment__member", "payment__reversed_by", "order__member")
    else:
        raise NotFound
    row = find(rows, pk=pk)
    account = facts_of(row).account
    asked = number(request.POST.get("member") or request.GET.get("member"))
    payer = orders.payers_into(account).select_related("branch").filter(pk=asked or 0).first()
    if payer:
        require_accountant_for(request.actor, account.dues_book, payer)
    PAYER.put(row, payer)
    return row


def _address(row: Any) -> dict[str, Any]:
    return {"kind": facts_of(row).kind, "pk": row.pk}


def _load(row: Any, request: Request) -> None:
    """Whose money it may be, as far as the reader decides that."""
    actor, account = request.actor, facts_of(row).account
    row.keeps = may(require_accountant, actor, account.dues_book)
    row.who = request.GET.get("who", "").strip()[:20]
    row.candidates, row.perhaps_own, row.found, row.told, row.returned = [], False, [], [], []
    row.accountant = _accountant_to_claim_for(row, request)
    if not claims.is_waiting(row) or PAYER.of(row):
        return
    if row.amount_fen < 0:
        likely_back = candidates.for_money_back(row, account)
        row.returned = [one for one in likely_back if may(claims.require_deciding, actor, row, one.member)]
    elif row.keeps:
        likely = candidates.for_money_in(row, account)
        row.candidates = [one for one in likely if not is_own(actor, one.member)]
        row.perhaps_own = len(row.candidates) < len(likely)
        row.found = candidates.by_name(row.who, account) if row.who else []
        if facts_of(row).kind == LINE:
            row.told = list(orders.unconfirmed(account.pk, row.amount_fen, row.booked_on))


def _accountant_to_claim_for(row: Any, request: Request) -> Member | None:
    """The accountant, whose own money is claimed by whoever looks after the account."""
    book = facts_of(row).account.dues_book
    other = None if row.keeps or row.amount_fen < 0 else orders.record_of(book.accountant_id)
    return other if other and may(claims.require_deciding, request.actor, row, other) else None


def _concerns(row: Any) -> list[dict[str, str]]:
    """Why it waits, and what became wrong since."""
    found = []
    if claims.is_waiting(row):
        found.append(row.problem.removesuffix("。") or "还没有核对")
        if row.perhaps_own:
            found.append("这笔钱可能是您本人的党费。您是会计，不能认领自己的，请由管理这个党费账户的其他同志办理")
        if row.accountant:
            found.append(f"如果是会计{row.accountant.name}本人的党费，会计不能自己认领，由您办理")
    elif row.payment and hasattr(row.payment, "reversed_by"):
        found.append("这张收据后来已冲销。钱还在账上的，请退回待认领，重新认领")
    return [{"text": text, "citation": ""} for text in found]


def _waits(row: Any, _actor: Actor) -> str:
    return "由这个账户的会计办理。" if claims.is_waiting(row) and not row.keeps else ""


def _settled(row: Any) -> str:
    if not row.payment:
        return ""
    how = f"按“{row.matched_by}”" if isinstance(row, StatementLine) and row.matched_by else ""
    return f"{how}{'已冲销' if row.amount_fen < 0 else '已入账'}：{row.payment.member.name}"


def _papers(row: Any, request: Request) -> list[Paper]:
    """The bank's file, and the receipt of what was booked."""
    found = []
    if isinstance(row, StatementLine):
        page = reverse("dues:statement", args=[row.statement_id])
        found.append(Paper(title=row.statement.file_name, note=f"第{row.row}行", icon="file-spreadsheet", page=page))
    if row.payment:
        may_open = is_own(request.actor, row.payment.member) or request.actor.may("dues.view", row.payment.organization)
        at = [row.payment_id]
        found.append(
            Paper(
                title=f"收据 {row.payment.receipt_no}",
                note=f"{row.payment.member.name}，{money.yuan(row.payment.amount_fen)} 元",
                icon="receipt",
                page=reverse("dues:receipt", args=at) if may_open else "",
                pdf=reverse("dues:receipt_paper", args=at) if may_open else "",
            )
        )
    return found


def _owed_by(payer: Member | None) -> list[Bill]:
    return [bill for bill in orders.open_bills(payer.pk) if bill.left_fen] if payer else []


def _claim_form(row: Any, data: Any, _files: Any) -> ClaimForm:
    payer = PAYER.of(row)
    bills = _owed_by(payer)
    reached = [str(bill.pk) for bill in candidates.bills_covered(row.amount_fen, bills)]
    return ClaimForm(data, bills=bills, initial={"member": payer.pk if payer else None, "bills": reached})


def _claim_note(row: Any) -> str:
    """What is over or short of the months that the money reaches."""
    payer = PAYER.of(row)
    if payer is None:
        return ""
    bills = _owed_by(payer)
    over = row.amount_fen - sum(bill.left_fen for bill in candidates.bills_covered(row.amount_fen, bills))
    none = "" if bills else f"{payer.name}没有未交的党费。"
    if over > 0:
        return f"{none}到账比未交的多 {money.yuan(over)} 元。本人同意自愿多交的，填在下面；不同意的请退回。"
    return f"到账还差 {money.yuan(-over)} 元，最后一个月只交一部分，差额仍为未交。" if over < 0 else none


def _claim(*, actor: Actor, arrival: Any, member: int, order: int | None, bills: Iterable[int] = (), **typed: Any) -> Payment:
    payer = orders.payers_into(facts_of(arrival).account).filter(pk=member).first()
    if payer is None:
        raise Invalid("请先选择是哪名党员的党费，可以按姓名查找。")
    typed["extra_fen"] = typed["extra_fen"] or 0
    settles = orders.order_of(payer, order)
    return claims.claim(actor=actor, arrival=arrival, member=payer, bill_ids=list(bills), order=settles, **typed)


def _payment(arrival: Any, pk: int) -> Payment:
    found = orders.received_in(facts_of(arrival).account).filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


def _lay_beside(*, actor: Actor, arrival: Any, payment: int) -> None:
    claims.lay_beside(actor=actor, line=arrival, payment=_payment(arrival, payment))


def _mark_returned(*, actor: Actor, arrival: Any, payment: int) -> Payment:
    return claims.mark_returned(actor=actor, arrival=arrival, payment=_payment(arrival, payment))


def _to_list(_result: Any) -> str:
    return reverse("dues:arrivals")


def _claimed_for(row: Any) -> str:
    payer = PAYER.of(row)
    return f"认领为{payer.name}的党费" if payer else ""


def _of_whom(row: Any) -> str:
    payer = PAYER.of(row)
    return payer.branch.name if payer else f"{facts_of(row).account.name}党费专户"


def _repeats(row: Any) -> str:
    return f"{row.repeats} 次" if isinstance(row, ProviderNotice) and row.repeats else ""


ARRIVAL = Case(
    name="dues:arrival",
    found=_found,
    address=_address,
    permission="dues.view_books",
    frame="dues/frame.html",
    subject="arrival",
    title=lambda row: _claimed_for(row) or f"{payer_of(row) or '到账'} {money.yuan(row.amount_fen)} 元",
    crumb=lambda row: f"{money.yuan(row.amount_fen)} 元",
    crumbs=lambda row: [
        *crumbs_of(facts_of(row).account),
        ("待认领", f"{reverse('dues:arrivals')}?kind={facts_of(row).kind}&account={facts_of(row).account.pk}"),
    ],
    intro=_of_whom,
    states=state_of,
    load=_load,
    concerns=_concerns,
    waits=_waits,
    papers=_papers,
    below="dues/payments/arrival_choices.html",
    cards=(
        Card(
            lambda row: "银行流水" if isinstance(row, StatementLine) else "到账通知",
            "building-bank",
            (
                Fact("交易日期", lambda row: row.booked_on if isinstance(row, StatementLine) else None, DAY),
                Fact("支付时间", lambda row: None if isinstance(row, StatementLine) else row.paid_at, MOMENT),
                Fact("金额", lambda row: f"{money.yuan(row.amount_fen)} 元"),
                Fact(lambda row: "对方户名" if isinstance(row, StatementLine) else "支付方式", lambda row: payer_of(row) or "—"),
                Fact(lambda row: "附言" if isinstance(row, StatementLine) else "附言码", lambda row: facts_of(row).quoted or "—"),
                Fact("流水号", lambda row: (row.serial if isinstance(row, StatementLine) else facts_of(row).number) or "—"),
                Fact("重复通知", _repeats),
                Fact("收款账户", lambda row: facts_of(row).account.short_name),
                Fact("办理", _settled),
                Fact("说明", lambda row: "" if claims.is_waiting(row) else row.reason),
            ),
        ),
    ),
    steps=(
        Step(
            code="claim",
            label="认领入账",
            title=lambda row: _claimed_for(row) or "认领",
            look=lambda row: "card" if PAYER.of(row) else "drawn",
            note=_claim_note,
            require=claims.require_claiming,
            act=_claim,
            form=_claim_form,
            done=lambda paid: f"已入账：{paid.member}{money.yuan(paid.amount_fen)}元，收据{paid.receipt_no}。",
            to=_to_list,
        ),
        Step(
            code="same",
            label="是同一笔",
            icon="link",
            look="drawn",
            require=claims.require_laying_beside,
            act=_lay_beside,
            form=PaymentForm,
            done="已对上，不重复入账。",
            to=_to_list,
        ),
        Step(
            code="returned",
            label="冲销这笔",
            icon="receipt-refund",
            look="drawn",
            require=claims.require_returning,
            act=_mark_returned,
            form=PaymentForm,
            done="已冲销，相应月份的党费恢复为未交。",
            to=_to_list,
        ),
        Step(
            code="leave_out",
            label=lambda row: "不作为党费处理" if row.amount_fen < 0 else "不作为党费入账",
            title=lambda row: "与党费无关" if row.amount_fen < 0 else "不是党员交的党费",
            icon="ban",
            look="fold",
            require=claims.require_deciding,
            act=claims.leave_out,
            form=lambda row, data, _files: ReasonForm(data) if row.amount_fen < 0 else LeftOutForm(data),
            done="已标为不是党费，不入账。",
            to=_to_list,
        ),
        Step(
            code="take_back",
            label="退回待认领",
            title="认错了，退回待认领",
            icon="arrow-back-up",
            look="fold",
            note=lambda row: "原来的收据会冲销，相应月份恢复为未交。" if row.payment else "",
            require=claims.require_taking_back,
            act=claims.take_back,
            form=ReasonForm,
            done="已退回待认领。",
        ),
    ),
)

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
    row=ARRIVAL.url,
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
