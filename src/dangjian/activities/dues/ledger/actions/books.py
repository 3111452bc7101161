"""Accounts: open, name the two persons, put cash into the bank, book interest, close; and put a wrong entry right."""

import datetime as dt
from functools import partial

from django.db import transaction

from dangjian.accounts.events import record
from dangjian.accounts.models import User
from dangjian.activities.dues.ledger.actions.posting import Line, post
from dangjian.activities.dues.ledger.actions.separation import book_of, cited, require_accountant, require_cashier
from dangjian.activities.dues.ledger.actions.taking import require_money
from dangjian.activities.dues.ledger.models import (
    Account,
    Book,
    BookKind,
    EntryKind,
    JournalEntry,
    Spending,
    SpendingState,
    Transfer,
    TransferState,
)
from dangjian.activities.dues.ledger.queries import books
from dangjian.activities.dues.permissions import ACCOUNTANT, CASHIER
from dangjian.kernel import clock, money
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.kernel.rulebook import Choices
from dangjian.kernel.rulebook import book as rulebook
from dangjian.org.actions.apart import require_apart
from dangjian.org.models import Kind, Organization
from dangjian.org.openings import at, locked, register


def banks() -> list[tuple[str, str]]:
    """Code and name of the banks with which an account may be opened today."""
    allowed = rulebook().on("dues.acct.banks", clock.today()).expect(Choices)
    return [(one.code, one.title) for one in allowed]


def require_opening(actor: Actor, organization: Organization) -> None:
    """Raise unless the actor looks after the account of an organisation: opens it, names its people, closes it."""
    actor.require("dues.open_book", organization)


@transaction.atomic
def open_book(
    *,
    actor: Actor,
    organization: Organization,
    bank: str,
    branch_name: str,
    account_name: str,
    account_number: str,
    accountant: User,
    cashier: User,
    opened_on: dt.date | None = None,
) -> Book:
    """Open the dues account of a committee with its two persons; one closed before is opened anew with its old entries.

    Raises ``Invalid`` for a bank that is not allowed, a number that is none, or one person in both places; ``Conflict`` for a
    branch (its cash book opens by itself), for an account that is open, and for one of the three administrators.
    """
    require_opening(actor, organization)
    if organization.kind != Kind.COMMITTEE:
        raise Conflict(
            f"{organization}不单独开设党费专户。",
            how="支部收的党费先由支部经手，再交到上级党委的专户；第一次收到党费时自动建账。",
            citation=cited("dues.acct.separate"),
        )
    if bank not in dict(banks()):
        raise Invalid("党费账户只能开在规定的银行。", fields={"bank": "请从列表中选择"}, citation=cited("dues.acct.banks"))
    number = account_number.replace(" ", "").replace("-", "")
    if not (number.isdecimal() and 8 <= len(number) <= 30):
        raise Invalid("账号不对。", how="请填写8至30位数字的银行账号。", fields={"account_number": "应为8至30位数字"})
    opened_on = opened_on or clock.today()
    if opened_on > clock.today():
        raise Invalid("开户日期不能晚于今天。", fields={"opened_on": "不能晚于今天"})
    _two_persons(accountant, cashier)
    made = Book.objects.select_for_update().filter(organization=organization).first()
    if made is not None and made.closed_on is None:
        raise Conflict(f"{organization}已经有党费账户。", how="要换会计或者出纳，请在账户中办理。")
    made = made or Book(organization=organization)
    made.kind, made.bank, made.branch_name, made.account_name = BookKind.BANK, bank, branch_name.strip(), account_name.strip()
    made.account_number, made.accountant, made.cashier = number, accountant, cashier
    made.opened_on, made.closed_on = opened_on, None
    made.save()
    record(
        actor=actor,
        verb="dues.book_opened",
        summary=f"开设{organization}党费账户（{dict(banks())[bank]}，尾号{number[-4:]}），会计{accountant.name}，出纳{cashier.name}",
        organization=organization,
        subject=made,
    )
    return made


@transaction.atomic
def name_people(*, actor: Actor, book: Book, accountant: User, cashier: User) -> Book:
    """Hand the book over to an accountant and a cashier, who are two persons. What they did before stays under their names."""
    require_looking_after(actor, book)
    _two_persons(accountant, cashier)
    book = locked(book, "organization", check=partial(require_looking_after, actor))
    if (book.accountant_id, book.cashier_id) == (accountant.pk, cashier.pk):
        raise Conflict("会计和出纳没有变化。")
    book.accountant, book.cashier = accountant, cashier
    with at(book.organization):
        book.save(update_fields=["accountant", "cashier"])
    record(
        actor=actor,
        verb="dues.book_handed_over",
        summary=f"{book}由{accountant.name}任会计、{cashier.name}任出纳",
        organization=book.organization,
        subject=book,
    )
    return book


def require_looking_after(actor: Actor, book: Book) -> None:
    """Raise unless the actor may name the people of an open book, or close it."""
    require_opening(actor, book.organization)
    if book.closed_on is not None:
        raise Conflict(f"{book}已经销户。")


def _two_persons(accountant: User, cashier: User) -> None:
    if accountant.pk == cashier.pk:
        raise Invalid(
            "会计和出纳不能是同一个人。",
            how="请选择两位不同的同志。",
            fields={"cashier": "不能与会计是同一人"},
            citation=cited("dues.acct.roles"),
        )
    for name, who in (("accountant", accountant), ("cashier", cashier)):
        if not who.is_active:
            raise Invalid(f"{who.name}的账号已经停用。", fields={name: "请选择在用的账号"})
    for role, who in sorted(((ACCOUNTANT, accountant), (CASHIER, cashier)), key=lambda named: named[1].pk):
        require_apart(user=who, role=role, starts_on=clock.today())


@transaction.atomic
def close_book(*, actor: Actor, book: Book, closed_on: dt.date | None = None) -> Book:
    """Close an account that holds nothing and for which nothing is under way. Its entries stay."""
    # Held like by whoever books: what it holds is counted when nobody else writes.
    book = locked(book, "organization", check=partial(require_looking_after, actor))
    obstacle = unsettled(book.organization)
    if obstacle:
        raise Conflict(obstacle, how="请先把账上的钱上缴、下拨或者转交，办完在途的事项，再销户。")
    book.closed_on = min(closed_on or clock.today(), clock.today())
    with at(book.organization):
        book.save(update_fields=["closed_on"])
    record(actor=actor, verb="dues.book_closed", summary=f"{book}销户", organization=book.organization, subject=book)
    return book


def unsettled(organization: Organization) -> str:
    """Why the book of ``organization`` cannot be given up now, as a Chinese sentence, or ``""``."""
    with at(organization):
        held = books.balance(organization, clock.today()).held
    # Transfers of both sides: those of the ones below belong to them.
    under_way = register(Transfer).filter(state__in=(TransferState.DUE, TransferState.SENT))
    count = under_way.filter(organization=organization).count() + under_way.filter(superior=organization).count()
    count += register(Spending).filter(organization=organization, state=SpendingState.PREPARED).count()
    if held:
        return f"“{organization}”的党费账上还有{money.yuan(held)}元。"
    return f"“{organization}”还有{count}笔党费往来没有办完。" if count else ""


def dues_left(organization: Organization, _day: dt.date) -> str:
    """What must be settled before an organisation is dissolved."""
    obstacle = unsettled(organization)
    return f"{obstacle}请先上缴、下拨或者转交，办完后再撤销。" if obstacle else ""


@transaction.atomic
def deposit(*, actor: Actor, organization: Organization, amount_fen: int, booked_on: dt.date, key: str) -> JournalEntry:
    """The cashier takes cash to the bank. ``key`` is made once for each form, so that it is booked once."""
    book = book_of(organization)
    require_cashier(actor, book)
    if book.kind != BookKind.BANK:
        raise Conflict(f"{organization}没有银行专户。", how="支部的现金请直接上缴到上级党委。")
    require_money(organization, Account.CASH, amount_fen, booked_on)
    entry = post(
        actor=actor,
        organization=organization,
        kind=EntryKind.MOVED,
        booked_on=booked_on,
        summary=f"现金{money.yuan(amount_fen)}元存入银行",
        key=f"deposit:{key}",
        lines=[Line(Account.BANK, Account.CASH, amount_fen)],
    )
    record(actor=actor, verb="dues.deposited", summary=f"{entry}", organization=organization, subject=entry)
    return entry


@transaction.atomic
def book_interest(*, actor: Actor, organization: Organization, amount_fen: int, booked_on: dt.date, key: str) -> JournalEntry:
    """The accountant books interest that the bank has paid: it is income of dues."""
    book = book_of(organization)
    require_accountant(actor, book)
    if book.kind != BookKind.BANK:
        raise Conflict(f"{organization}没有银行专户，不会有利息。")
    entry = post(
        actor=actor,
        organization=organization,
        kind=EntryKind.INTEREST,
        booked_on=booked_on,
        summary=f"党费专户利息{money.yuan(amount_fen)}元",
        key=f"interest:{key}",
        lines=[Line(Account.BANK, Account.INTEREST, amount_fen)],
    )
    record(actor=actor, verb="dues.interest_booked", summary=f"{entry}", organization=organization, subject=entry)
    return entry
