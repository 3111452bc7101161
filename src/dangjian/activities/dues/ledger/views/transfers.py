"""Money between levels: lists, one transfer with its steps, terms, allocations, large gifts."""

import datetime as dt
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import Truncator

from dangjian.activities.dues.billing.models import Payment
from dangjian.activities.dues.ledger.actions import passing_up
from dangjian.activities.dues.ledger.actions import remittances as actions
from dangjian.activities.dues.ledger.actions.separation import (
    cited,
    require_cancelling,
    require_cashier,
    require_receiving,
    require_sending,
    require_taking_back,
)
from dangjian.activities.dues.ledger.forms.books import AllocationForm, ReasonForm, ReceiveForm, SendForm, TermsForm
from dangjian.activities.dues.ledger.models import (
    Account,
    Book,
    BookKind,
    JournalEntry,
    Posting,
    RemittanceLevel,
    RemittanceTerm,
    Transfer,
    TransferKind,
    TransferState,
)
from dangjian.activities.dues.ledger.queries import books, remittances
from dangjian.activities.dues.ledger.views.access import (
    gift_to_read_or_pass_on,
    keeping_of,
    terms_to_read_or_set,
    to_prepare_for,
)
from dangjian.activities.dues.ledger.views.books import (
    BOTH,
    book_address,
    book_crumbs,
    book_intro,
    context_of,
    crumbs_of,
    decision_of,
    voucher,
)
from dangjian.activities.dues.ledger.views.keeping import form_page
from dangjian.kernel import clock, money
from dangjian.kernel.actor import Actor, may
from dangjian.kernel.errors import Invalid, NotFound
from dangjian.kernel.forms import Data, Files
from dangjian.kernel.gate import SIGNED_IN, Request, requires
from dangjian.kernel.lists import (
    DAY,
    LINE,
    MONTH,
    STATE,
    YUAN,
    Asked,
    Choice,
    Column,
    Empty,
    ListPage,
    Search,
    Start,
    State,
    Table,
)
from dangjian.kernel.lists.loaded import Loaded
from dangjian.kernel.rulebook import book as rulebook
from dangjian.kernel.submit import attempt
from dangjian.kernel.ui import words
from dangjian.members.lists import by_person
from dangjian.org.cases import Card, Case, Due, Fact, Paper, Stage, Step
from dangjian.org.models import Kind, Organization
from dangjian.org.openings import own
from dangjian.org.queries import found_by_text

TONES: dict[str, str] = {
    TransferState.DUE: "warn",
    TransferState.SENT: "info",
    TransferState.RECEIVED: "good",
    TransferState.CANCELLED: "neutral",
}
SENT = "已经转出并记账，等对方确认到账。"


def _state(row: Transfer) -> State:
    return State(row.state, row.state_word, TONES[row.state])


def _of_book(request: Request, pk: int) -> dict[str, object]:
    """The book, to whom it passes its dues up and whether there is anybody to allocate to."""
    organization = keeping_of(request, pk)
    superior, below = books.superior_of(organization), books.directly_below(organization)
    return context_of(request, organization, "transfers", superior=superior, has_below=below.exists())


def _above(asked: Asked) -> dict[str, object]:
    organization, superior = asked.of["organization"], asked.of["superior"]
    term = remittances.Terms().of((superior or organization).pk, remittances.level_of(organization, superior), clock.today())
    return {**asked.of, "terms": _in_words(term, organization, superior) if term else ""}


def _in_words(term: remittances.Term, organization: Organization, superior: Organization | None) -> str:
    to = superior.short_name if superior else term.superior_name
    unset = "" if term.row else "（上级没有另行规定，按平台设定）"
    share = f"{organization.short_name}{term.period.label}向{to}上缴 {term.ratio / 100:g}%"
    return f"{share}，每期结束后 {term.due_days} 天内办理{unset}。应缴数在每期结束后自动算出，补记和冲销计入下一期。"


def _found(text: str) -> Q:
    """By the one below, or by the name of the one above, which need not be on the platform."""
    return found_by_text(text, "organization__") | Q(superior_name__icontains=text)


def _what(row: Transfer) -> str:
    if row.kind == TransferKind.UP:
        return f"{row.period}上缴"
    return "大额党费转交" if row.kind == TransferKind.LARGE else f"下拨：{row.purpose}"


def _what_in_short(row: Transfer) -> str:
    return Truncator(_what(row)).chars(24)


def _moved(row: Transfer) -> str:
    """The day on which it moved last."""
    if row.received_on:
        return f"{words.day(row.received_on)}到账"
    return f"{words.day(row.sent_on)}转出" if row.sent_on else ""


DUE = Due("due_on", runs=lambda row: row.state == TransferState.DUE, after=_moved)

TRANSFERS = ListPage(
    name="dues:transfers",
    title=lambda asked: f"{asked.of['organization'].short_name}上缴下拨",
    permission="dues.view_books",
    frame="dues/frame.html",
    crumbs=book_crumbs,
    crumb="上缴下拨",
    of=_of_book,
    intro=book_intro,
    above="dues/ledger/_transfers_above.html",
    more=_above,
    starts=(
        Start(
            "下拨党费",
            book_address("dues:allocate"),
            "arrow-down-circle",
            may=lambda asked: asked.of["may_account"] and asked.of["is_bank"] and asked.of["has_below"],
        ),
        Start(
            "登记上级下拨",
            book_address("dues:from_above"),
            "inbox",
            may=lambda asked: asked.of["may_cash"] and asked.of["is_bank"] and not asked.of["superior"],
            is_primary=False,
        ),
        Start(
            "上缴比例",
            book_address("dues:terms"),
            "adjustments",
            may=lambda asked: asked.of["organization"].kind == Kind.COMMITTEE,
            is_primary=False,
        ),
    ),
    rows=lambda asked: remittances.transfers_of(asked.of["organization"]),
    columns=(
        Column("款项", _what, drawn=_what_in_short, width=36),
        Column("下级", "organization.short_name", sort="organization__path", key="organization", width=28),
        Column("上级", lambda row: row.superior.short_name if row.superior else row.superior_name, width=28),
        DUE.column("期限", sort="due_on"),
        Column("转出日期", "sent_on", DAY, on_page=False),
        Column("到账日期", "received_on", DAY, on_page=False),
        Column("金额（元）", lambda row: row.amount_fen or row.due_fen, YUAN, sort="due_fen", key="amount"),
        Column("状态", _state, STATE, sort="state"),
    ),
    order=("-due_on",),
    row="dues:transfer",
    filters=(
        Search("q", "党组织", _found, longest=60),
        Choice("kind", "类别", TransferKind.choices, usual="全部类别"),
        Choice("state", "状态", TransferState.choices, usual="全部状态"),
    ),
    empty=Empty("arrows-exchange", "没有上缴下拨", "应上缴的党费在每期结束后自动列在这里。"),
)


SIDE: Loaded[Organization] = Loaded("side")
"""Whose book the page belongs to."""


def _load(row: Transfer, request: Request) -> None:
    SIDE.put(row, _side(request, row))


def _vouchers(row: Transfer, request: Request) -> list[Paper]:
    """What was booked for it, on both sides; each is opened by whoever sees the book in which it stands."""

    def about(entry: JournalEntry) -> str:
        return f"{entry.organization.short_name}{entry.get_kind_display()}"

    return [voucher(line.entry, request, about(line.entry), line.amount_fen) for line in remittances.booked_for(row)]


def _side(request: Request, row: Transfer) -> Organization:
    """Whose book the page belongs to: the one the reader keeps, else the lower one."""
    for one in (row.superior, row.organization):
        if one is not None and (request.actor.may("dues.cash", one) or request.actor.may("dues.account", one)):
            return one
    return row.organization


def _waits(row: Transfer, _actor: Actor) -> str:
    is_down = row.kind == TransferKind.DOWN
    lower = row.organization.short_name
    if row.state == TransferState.DUE:
        return f"由{row.superior_name if is_down else lower}的出纳（支部由收缴人）转出。"
    return f"款项在途，等{lower if is_down else row.superior_name}确认到账。" if row.state == TransferState.SENT else ""


def _source(row: Transfer) -> str:
    if not row.opening_id or row.kind == TransferKind.DOWN:
        return ""
    return "启用前应上缴，见期初余额" if row.kind == TransferKind.UP else "启用前收到的大额党费，见期初余额"


def _is_of_a_period(row: Transfer) -> bool:
    return row.kind == TransferKind.UP and not row.opening_id


def _share(row: Transfer) -> str:
    if not _is_of_a_period(row):
        return ""
    percent = f"{row.ratio_percent_x100 / 100:.2f}".rstrip("0").rstrip(".")
    return f"{money.yuan(row.base_fen)} × {percent}% = {money.yuan(row.due_fen)} 元"


def _by(day: dt.date | None, entry: JournalEntry | None) -> str:
    by = f"，{entry.made_by.name}" if entry and entry.made_by else ""
    return f"{words.day(day)}{by}" if day else ""


def _use(row: Transfer) -> str:
    return f"{row.get_use_display() or '按五个方面使用'}：{row.purpose}" if row.kind == TransferKind.DOWN else ""


def _send_form(row: Transfer, data: Data, _files: Files) -> forms.Form:
    return SendForm(books.open_book(row.sender) or Book(), data)


def _receive_form(row: Transfer, data: Data, _files: Files) -> forms.Form:
    receiver = row.receiver or row.organization
    return ReceiveForm(books.open_book(receiver) or Book(kind=BookKind.CASH), data, outside=row.superior is None)


TRANSFER = Case(
    name="dues:transfer",
    model=Transfer,
    follow=(
        "organization",
        "superior",
        "sent_entry__made_by",
        "received_entry__made_by",
        "prepared_by",
        "payment__member",
        "earmark",
    ),
    permission="dues.view_books",
    frame="dues/frame.html",
    subject="transfer",
    title=lambda row: f"{row.organization.short_name}{row.get_kind_display()}",
    crumb=lambda row: row.get_kind_display(),
    crumbs=lambda row: [*crumbs_of(SIDE.of(row)), ("上缴下拨", reverse("dues:transfers", args=[SIDE.of(row).pk]))],
    intro=lambda row: SIDE.of(row).name,
    above="dues/ledger/_nav.html",
    load=_load,
    more=lambda row, request: context_of(request, SIDE.of(row), "transfers"),
    states=_state,
    due=DUE,
    papers=_vouchers,
    stages=(
        Stage(
            lambda row: "付款" if row.kind == TransferKind.DOWN else "转出",
            now=(TransferState.DUE,),
            done=(TransferState.SENT, TransferState.RECEIVED),
        ),
        Stage(
            lambda row: "确认到账" if row.superior else "登记收据",
            now=(TransferState.SENT,),
            done=(TransferState.RECEIVED,),
        ),
    ),
    waits=_waits,
    cards=(
        Card(
            lambda row: f"{money.yuan(row.amount_fen or row.due_fen)} 元",
            "arrows-exchange",
            (
                Fact("下级", "organization.name"),
                Fact("上级", lambda row: row.superior_name if row.superior else f"{row.superior_name}（不在平台上）"),
                Fact("来源", _source),
                Fact(
                    "所属期",
                    lambda row: f"{words.day(row.period_start)}至{words.day(row.period_end)}" if _is_of_a_period(row) else "",
                ),
                Fact("应缴", _share),
                Fact("基数", lambda row: BASE if _is_of_a_period(row) else ""),
                Fact("交纳人", "payment.member.name", url=lambda row: reverse("dues:gift", args=[row.payment_id])),
                Fact("用途", _use),
                Fact("集体研究", "decision", drawn=decision_of),
                Fact("制单", "prepared_by.name"),
                Fact("专款来源", lambda row: f"{row.earmark.superior_name}下拨：{row.earmark.purpose}" if row.earmark else ""),
                Fact("期限", "due_on", DAY),
                Fact("转出", lambda row: _by(row.sent_on, row.sent_entry)),
                Fact("到账", lambda row: _by(row.received_on, row.received_entry)),
                Fact("收据号", "receipt"),
            ),
        ),
    ),
    steps=(
        Step(
            code="send",
            label="确定转出",
            title=lambda row: "付款" if row.kind == TransferKind.DOWN else "转出",
            icon="send-2",
            require=require_sending,
            act=actions.send,
            form=_send_form,
            done=SENT,
        ),
        Step(
            code="confirm",
            label=lambda row: "确认到账" if row.superior else "登记收据",
            title=lambda row: "确认到账" if row.superior else "登记上级收据",
            require=require_receiving,
            act=actions.confirm_receipt,
            form=_receive_form,
            done="已经确认到账并记账。",
        ),
        Step(
            code="take_back",
            label="撤回",
            title=lambda row: "撤回到账" if row.received_entry else "撤回转出",
            icon="arrow-back-up",
            look="fold",
            require=require_taking_back,
            act=actions.take_back,
            form=ReasonForm,
            confirm="账上会记一张相反的凭证。确定撤回吗？",
            is_dangerous=True,
            done="已经撤回，账上做了冲销。",
        ),
        Step(
            code="cancel",
            label="取消这笔",
            title=lambda row: f"取消这笔{row.get_kind_display()}",
            icon="ban",
            look="fold",
            require=require_cancelling,
            act=actions.cancel,
            form=ReasonForm,
            confirm="确定取消吗？",
            is_dangerous=True,
            done="已经取消。",
        ),
    ),
)
BASE = "截至期末党员实交的党费，减去以前各期已经计过的"


@requires("dues.view_books", on=to_prepare_for, methods=BOTH)
def allocate(request: Request, organization: Organization) -> HttpResponse:
    """The accountant prepares an allocation."""
    return form_page(
        request,
        organization,
        AllocationForm(organization, request.POST or None),
        lambda data: actions.allocate(actor=request.actor, superior=organization, **data),
        title="下拨党费",
        done="已经制单，等出纳付款。",
        label="制单",
        section="transfers",
        intro="先由集体研究决定，会计制单，再由出纳付款，下级确认到账。",
        citations=[cited("dues.use.decision"), cited("dues.use.request")],
        after=lambda made: reverse("dues:transfer", args=[made.pk]),
    )


def _level(row: RemittanceTerm) -> str:
    return row.get_level_display() + (f"（{row.superior_name}）" if row.superior_name else "")


TERMS: Table[RemittanceTerm] = Table(
    "已经规定的上缴比例",
    (
        Column("适用于", _level),
        Column("从哪个月起", "from_month", MONTH),
        Column("比例", lambda row: f"{row.ratio_percent_x100 / 100:g}%", LINE),
        Column("周期", "get_period_display", LINE),
        Column("期限", lambda row: f"期满后 {row.due_days} 天内"),
        Column("依据", "document"),
    ),
)


@requires("dues.view_books", on=terms_to_read_or_set, methods=BOTH)
def terms(request: Request, organization: Organization) -> HttpResponse:
    """What a committee asks of those below it, and what its own superior asks; what the centre asks is shown as it is."""
    form = TermsForm(organization, request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if attempt(form, lambda _: passing_up.set_terms(actor=request.actor, organization=organization, **form.keywords())):
            messages.success(request, "已经规定，应上缴的党费按新规定计算。")
            return redirect("dues:terms", organization.pk)
    today = clock.today()
    rows = RemittanceTerm.objects.filter(organization=organization).select_related("set_by").order_by("level", "-from_month")
    facts = [rulebook().on(key, today) for key in ("dues.up.centre_ratio", "dues.up.centre_deadline")]
    lawful = remittances.system_rule(today) if books.superior_of(organization) is None else None
    defaults = [(level.label, remittances.default_term(level)) for level in (RemittanceLevel.BRANCH, RemittanceLevel.COMMITTEE)]
    context = context_of(
        request,
        organization,
        "transfers",
        form=form,
        rows=TERMS.of(rows),
        facts=facts,
        lawful=lawful,
        defaults=[(label, term, term.ratio / 100, term.period.label) for label, term in defaults],
    )
    return render(request, "dues/ledger/terms.html", context, status=status)


def _reached(steps: list[Transfer]) -> tuple[str, str]:
    done = next((step for step in steps if step.superior is None and step.state == TransferState.RECEIVED), None)
    if done is not None:
        return "已交中央", "good"
    last = steps[-1] if steps else None
    if last is None or last.state == TransferState.DUE:
        return f"在{last.organization.short_name}待转交" if last else "待转交", "warn"
    if last.state == TransferState.SENT:
        return "转交途中", "info"
    return f"已到{last.superior}", "info"


def _gifts(_asked: Asked) -> QuerySet[Payment]:
    """Large gifts that the reader may see."""
    with_large = Posting.objects.filter(credit=Account.LARGE, entry__kind="received").values("payment")
    rows: QuerySet[Payment] = Payment.objects.standing().filter(pk__in=with_large).select_related("member", "organization")
    return rows


def _find_trails(rows: list[Any], _asked: Asked) -> None:
    """How far each gift of a page has come."""
    steps: dict[int | None, list[Transfer]] = {}
    for step in remittances.trail(row.pk for row in rows):
        steps.setdefault(step.payment_id, []).append(step)
    for row in rows:
        row.steps = steps.get(row.pk, [])


def _giver_or_organization(text: str) -> Q:
    return by_person().found(text) | found_by_text(text, "organization__")


GIFTS = ListPage(
    name="dues:gifts",
    title="大额党费",
    permission="dues.view_books",
    frame="dues/frame.html",
    crumbs=(("党费", "dues:home"), ("账簿", "dues:books")),
    intro="党员一次自愿多交达到规定数额的，逐级全部转交中央，由中央组织部给本人出具收据。",
    rows=_gifts,
    load=_find_trails,
    columns=(
        Column("党员", "member.name", sort="member__name_sort", key="name"),
        Column("党组织", "organization.short_name", sort="organization__path", key="organization", width=28),
        Column("交纳日期", "paid_on", DAY, sort="paid_on", key="day"),
        Column("金额（元）", "extra_fen", YUAN, sort="extra_fen", key="amount"),
        Column("进度", lambda row: State("gift", *_reached(row.steps)), STATE, width=36),
    ),
    order=("-paid_on",),
    row="dues:gift",
    filters=(Search("q", "姓名、拼音、党组织", _giver_or_organization),),
    empty=Empty("gift", "没有大额党费", "支部收到大额党费后，会列在这里，直到中央出具收据。"),
)


@requires("dues.view_books", on=gift_to_read_or_pass_on, methods=BOTH)
def gift(request: Request, payment: Payment) -> HttpResponse:
    """The way of one large gift, for those who see the books; a POST takes its first step."""
    if request.method == "POST":
        form = SendForm(books.open_book(payment.held_by) or Book(), request.POST)
        if not form.is_valid():
            raise Invalid("转出日期不对。", how="请重新选择日期。")
        made = actions.pass_large_on(
            actor=request.actor, organization=payment.held_by, payment=payment, sent_on=form.cleaned_data["sent_on"]
        )
        messages.success(request, SENT)
        return redirect("dues:transfer", made.pk)
    return _gift(request, payment, is_own=False)


def _own_payment(request: Request, pk: int) -> Payment:
    rows = own(Payment, request.user.pk).select_related("member", "organization", "held_by")
    payment: Payment | None = rows.filter(pk=pk).first()
    if payment is None:
        raise NotFound
    return payment


@requires(SIGNED_IN, on=_own_payment)
def own_gift(request: Request, payment: Payment) -> HttpResponse:
    """The way of one's own large gift."""
    return _gift(request, payment, is_own=True)


def _gift(request: Request, payment: Payment, *, is_own: bool) -> HttpResponse:
    steps = list(remittances.trail([payment.pk]))
    amount_fen = remittances.large_part(payment.pk)
    if not amount_fen:
        raise NotFound
    word, tone = _reached(steps)
    rule = rulebook().on("dues.large_to_centre", payment.paid_on)
    holder = books.open_book(payment.held_by) if not is_own and not steps else None
    context = {
        "payment": payment,
        "steps": steps,
        "amount_fen": amount_fen,
        "word": word,
        "tone": tone,
        "own": is_own,
        "rule": rule,
        "send": SendForm(Book(kind=BookKind.CASH)) if holder and may(require_cashier, request.actor, holder) else None,
    }
    return render(request, "dues/ledger/gift.html", context)
