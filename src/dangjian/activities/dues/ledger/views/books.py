"""The books of an organisation: overview, entries, one entry, and the balances of all organisations."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html

from dangjian.accounts.models import User
from dangjian.activities.dues.ledger import waiting
from dangjian.activities.dues.ledger.actions import corrections
from dangjian.activities.dues.ledger.actions.books import banks, require_looking_after, require_opening
from dangjian.activities.dues.ledger.actions.passing_up import require_setting_terms
from dangjian.activities.dues.ledger.actions.publications import require_publishing
from dangjian.activities.dues.ledger.actions.separation import require_accountant, require_cashier
from dangjian.activities.dues.ledger.forms.books import ReasonForm
from dangjian.activities.dues.ledger.models import Account, Book, BookKind, EntryKind, JournalEntry
from dangjian.activities.dues.ledger.queries import books
from dangjian.activities.dues.ledger.views.access import KEEPING, entry_to_read_or_reverse, keeping_of
from dangjian.kernel import clock, money
from dangjian.kernel.actor import may
from dangjian.kernel.errors import NotFound
from dangjian.kernel.gate import Request, requires
from dangjian.kernel.lists import DAY, YUAN, Asked, AsOf, Choice, Column, Days, Empty, Kind, ListPage, Search, Start
from dangjian.kernel.spreadsheets import Column as SheetColumn
from dangjian.kernel.spreadsheets import write
from dangjian.kernel.submit import attempt
from dangjian.kernel.ui import words
from dangjian.kernel.ui.marks import badge
from dangjian.org.cases import Paper
from dangjian.org.models import Kind as Level
from dangjian.org.models import Organization
from dangjian.org.queries import found_by_text

RECENT = 8
BOTH = ("GET", "POST")
LONGEST_NUMBER = 9
VOUCHER = Kind(str, sheet="number", css="num")
"""Numbers of entries, without the points of thousands."""


def context_of(request: Request, organization: Organization, section: str, **more: object) -> dict[str, Any]:
    """The variables of every page of one book: the book, who may do what, which section is shown."""
    book = Book.objects.filter(organization=organization, closed_on=None).select_related("accountant", "cashier", "organization")
    found: Book | None = book.first()
    actor = request.actor
    return {
        "organization": organization,
        "book": found,
        "section": section,
        "is_bank": found is not None and found.kind == BookKind.BANK,
        "may_cash": found is not None and may(require_cashier, actor, found),
        "may_account": found is not None and may(require_accountant, actor, found),
        "may_open": organization.kind == Level.COMMITTEE and may(require_opening, actor, organization),
        "may_name": found is not None and may(require_looking_after, actor, found),
        "may_terms": organization.kind == Level.COMMITTEE and may(require_setting_terms, actor, organization),
        "may_publish": may(require_publishing, actor, organization),
        **more,
    }


def book_asked(section: str) -> Callable[..., dict[str, object]]:
    """For a list ``of`` one book: finds the variables of its page, in which ``section`` is the one shown."""
    return lambda request, pk: context_of(request, keeping_of(request, pk), section)


def book_crumbs(asked: Asked) -> list[tuple[str, str]]:
    """Pages above a list of one book."""
    return crumbs_of(asked.of["organization"])


def crumbs_of(organization: Organization) -> list[tuple[str, str]]:
    """Pages above a page of its book, and its book."""
    above = [("党费", reverse("dues:home")), ("账簿", reverse("dues:books"))]
    return [*above, (organization.short_name, reverse("dues:book", args=[organization.pk]))]


def voucher(entry: JournalEntry, request: Request, about: str, amount_fen: int) -> Paper:
    """An entry as a paper of a case: opened by whoever sees its book, named to others; ``about`` says what was booked."""
    may_open = request.actor.may("dues.view_books", entry.organization)
    return Paper(
        title=f"第{entry.number}号凭证",
        note=f"{about}，{words.day(entry.booked_on)}，{money.yuan(amount_fen)} 元",
        page=reverse("dues:entry", args=[entry.pk]) if may_open else "",
    )


def name_of(user: User | None) -> str:
    """Who did something in a book; the system where it was nobody."""
    return user.name if user else "系统"


def book_intro(asked: Asked) -> str:
    """Whose book a list is about."""
    name, book = asked.of["organization"].name, asked.of["book"]
    return f"{name}，{book.get_kind_display()}" if book else str(name)


def book_address(name: str) -> Callable[[Asked], str]:
    """The address of that name for the book that a list is about."""
    return lambda asked: reverse(name, args=[asked.of["organization"].pk])


def decision_of(row: Any) -> str:
    """The meeting by which money is used, as a link to its record if it has one, with its day."""
    named = format_html('<a href="{}">{}</a>', row.decision_url, row.decision) if row.decision_url else row.decision
    return format_html("{}（{}）", named, words.day(row.decided_on))


@requires("dues.view_books")
def home(request: Request) -> HttpResponse:
    """To the book that the reader keeps, else to the highest one they may see."""
    rows = Organization.objects.standing().filter(kind__in=KEEPING)
    user_id = request.user.pk
    own = Book.objects.filter(Q(accountant=user_id) | Q(cashier=user_id), closed_on=None).values("organization")
    kept = Book.objects.filter(closed_on=None).values("organization")
    found = (
        rows.filter(pk__in=own).order_by("path").first()
        or rows.filter(pk__in=kept).order_by("path").first()
        or rows.order_by("path").first()
    )
    if found is None:
        raise NotFound
    return redirect("dues:book", found.pk)


@requires("dues.view_books", on=keeping_of)
def overview(request: Request, organization: Organization) -> HttpResponse:
    """What one book holds, what waits, and its last entries."""
    context = context_of(request, organization, "overview")
    book, today = context["book"], clock.today()
    if book is not None:
        year = books.movements(today.replace(month=1, day=1), today, [organization.pk]).get(organization.pk, books.NOTHING)
        context |= {
            "stands": books.balance(organization, today),
            "carried_over": books.carried_over(organization),
            "funds": books.funds(organization, today),
            "earmarks": books.earmarks(organization),
            "year": year,
            "passed": year.of(Account.PASSED_UP),
            "bank_name": dict(banks()).get(book.bank, ""),
            "number_end": (book.account_number or "")[-4:],
            "waiting": waiting.in_book(book, today, request.user.pk)[:RECENT],
            "recent": books.entries(organization)[:RECENT],
        }
    return render(request, "dues/ledger/overview.html", context)


def _made_by(row: JournalEntry) -> str:
    return name_of(row.made_by)


def _found(text: str) -> Q:
    """By its summary, or by its number."""
    is_number = text.isdecimal() and len(text) < LONGEST_NUMBER
    return Q(summary__icontains=text) | (Q(number=int(text)) if is_number else Q(pk=None))


def _business(row: JournalEntry) -> str:
    reversed_too = badge("reversed", "已冲销", "neutral") if hasattr(row, "reversed_by") else ""
    return format_html("{} {}", row.get_kind_display(), reversed_too)


def _postings_address(asked: Asked) -> str:
    """Of the spreadsheet of what is asked for."""
    address = book_address("dues:entry_postings")(asked)
    return f"{address}?{asked.request.GET.urlencode()}"


ENTRIES = ListPage(
    name="dues:entries",
    title=lambda asked: f"{asked.of['organization'].short_name}党费凭证",
    permission="dues.view_books",
    frame="dues/frame.html",
    crumbs=book_crumbs,
    crumb="凭证",
    of=book_asked("entries"),
    intro=lambda asked: f"{book_intro(asked)}。记账以后不能修改，差错用冲销办理。",
    above="dues/ledger/_nav.html",
    more=lambda asked: asked.of,
    starts=(Start("导出表格", _postings_address, "table-export", may=lambda asked: asked.rows.exists(), is_primary=False),),
    rows=lambda asked: books.entries(asked.of["organization"]),
    columns=(
        Column("摘要", "summary"),
        Column("凭证号", "number", VOUCHER, sort="number"),
        Column("日期", "booked_on", DAY, sort="booked_on"),
        Column("业务", "get_kind_display", sort="kind", drawn=_business),
        Column("金额（元）", "amount_fen", YUAN, sort="amount_fen", key="amount"),
        Column("制单", _made_by),
    ),
    order=("-booked_on", "-number"),
    row="dues:entry",
    filters=(
        Search("q", "摘要、凭证号", _found, longest=60),
        Choice("kind", "业务", EntryKind.choices, usual="全部业务"),
        Days("booked", "日期", field="booked_on"),
    ),
    empty=Empty("list-details", "没有凭证", "收缴、上缴、使用党费时会自动记账。"),
    missed=lambda _asked: Empty("list-details", "没有符合条件的凭证", "换个条件，或清除筛选再看。"),
    has_sheet=False,
)


@requires("dues.view_books", on=book_asked("entries"))
def postings_sheet(request: Request, of: dict[str, object]) -> HttpResponseBase:
    """The entries asked for with each of their postings, in the order of the page."""
    asked = ENTRIES.asked(request, of)
    columns = [
        SheetColumn("凭证号", "number"),
        SheetColumn("日期", "date"),
        SheetColumn("业务", width=14),
        SheetColumn("摘要", width=40),
        SheetColumn("借方", width=14),
        SheetColumn("贷方", width=14),
        SheetColumn("金额（元）", "number", width=14),
        SheetColumn("制单", width=10),
    ]
    lines = (
        (
            row.number,
            row.booked_on,
            row.get_kind_display(),
            row.summary,
            line.get_debit_display(),
            line.get_credit_display(),
            Decimal(line.amount_fen) / 100,
            _made_by(row),
        )
        for row in asked.ordered.prefetch_related("postings")
        for line in row.postings.all()
    )
    name = f"{asked.of['organization'].short_name}党费凭证{clock.today():%Y%m%d}.xlsx"
    return FileResponse(write(columns, lines, title="党费凭证"), as_attachment=True, filename=name)


@requires("dues.view_books", on=entry_to_read_or_reverse, methods=BOTH)
def entry(request: Request, found: JournalEntry) -> HttpResponse:
    """One entry with its postings and what it records; a POST reverses it."""
    form = ReasonForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        made = attempt(form, lambda data: corrections.reverse_entry(actor=request.actor, entry=found, **data))
        if made is not None:
            messages.success(request, f"已用第{made.number}号凭证冲销。")
            return redirect("dues:entry", made.pk)
    lines = list(found.postings.select_related("payment__member"))
    context = context_of(
        request,
        found.organization,
        "entries",
        entry=found,
        lines=lines,
        form=form,
        obstacle=corrections.obstacle(found),
        may_reverse=may(corrections.require_reversing, request.actor, found),
        total=sum(line.amount_fen for line in lines),
    )
    return render(request, "dues/ledger/entry.html", context, status=status)


def _find_sums(rows: list[Any], asked: Asked) -> None:
    """Balances of the day and movements of its year, for the organisations of a page."""
    numbers = [row.pk for row in rows]
    stands, moved = _sums(asked.values["day"], numbers)
    for row in rows:
        row.stands, row.moved = stands.get(row.pk, books.NOTHING), moved.get(row.pk, books.NOTHING)


def _sums(day: dt.date, organizations: Any) -> tuple[dict[int, books.Balances], dict[int, books.Balances]]:
    return books.balances(day, organizations), books.movements(day.replace(month=1, day=1), day, organizations)


def _moved(*accounts: Account) -> Callable[[Any], int]:
    return lambda row: row.moved.of(*accounts)


def _all_sums(asked: Asked) -> dict[str, object]:
    """Of all organisations asked for, not only of those on the page."""
    day = asked.values["day"]
    stands, moved = (sum(found.values(), books.NOTHING) for found in _sums(day, asked.rows.order_by().values("pk")))
    transit = None if asked.values.get("q") else books.in_transit(day)
    return {"stands": stands, "moved": moved, "transit": transit}


def _of_that_day(asked: Asked) -> str:
    day = asked.values["day"]
    return f"截至{words.day(day)}；收缴、上缴、下拨和使用从{day.year}年1月1日起算。"


BALANCES = ListPage(
    name="dues:balances",
    title="各级党费余额",
    permission="dues.view_books",
    frame="dues/frame.html",
    crumbs=(("党费", "dues:home"), ("账簿", "dues:books")),
    crumb="各级余额",
    intro=_of_that_day,
    before="dues/ledger/_balances_sums.html",
    more=_all_sums,
    rows=lambda asked: books.kept_books(asked.values["day"]),
    load=_find_sums,
    columns=(
        Column("党组织", "short_name", sort="path", key="organization", width=24),
        Column("现金", "stands.cash", YUAN, header="库存现金（元）"),
        Column("存款", "stands.bank", YUAN, header="银行存款（元）"),
        Column("合计", "stands.held", YUAN, sort="held", header="账上合计（元）"),
        Column("待转交大额", "stands.large", YUAN, header="待转交大额（元）"),
        Column("本年收缴", "moved.paid", YUAN, sort="paid", header="本年收缴（元）"),
        Column("本年上缴", _moved(Account.PASSED_UP), YUAN, sort="passed", header="本年上缴（元）"),
        Column("本年下拨", _moved(Account.ALLOCATED_DOWN), YUAN, header="本年下拨（元）"),
        Column("本年使用", "moved.used", YUAN, sort="used", header="本年使用（元）"),
    ),
    order=("path",),
    row="dues:book",
    filters=(Search("q", "党组织名称或拼音", found_by_text, longest=60), AsOf()),
    empty=Empty("wallet", "没有党费账户", "党委开设账户、支部收到党费后，会列在这里。"),
    is_tiled=True,
    size=50,
)
