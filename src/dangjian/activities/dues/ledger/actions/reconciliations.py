"""The end of a month: the cashier counts, the accountant looks over; from then on the month is closed."""

import datetime as dt
from functools import partial

from django.db import transaction

from dangjian.accounts.events import record
from dangjian.activities.dues.ledger.actions.posting import held_book
from dangjian.activities.dues.ledger.actions.separation import book_of, require_accountant, require_cashier, require_second
from dangjian.activities.dues.ledger.models import BookKind, Reconciliation
from dangjian.activities.dues.ledger.queries import books
from dangjian.activities.dues.policy import last_day
from dangjian.kernel import clock, money
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.org.models import Organization
from dangjian.org.openings import at, locked


@transaction.atomic
def count(
    *, actor: Actor, organization: Organization, month: dt.date, cash_fen: int, bank_fen: int = 0, explanation: str = ""
) -> Reconciliation:
    """What the cashier counted and the bank's statement says for the end of ``month``, beside the books.

    May be counted again until it is looked over. A difference needs an explanation.
    """
    book = book_of(organization)
    require_cashier(actor, book)
    held_book(organization)
    month = month.replace(day=1)
    row = Reconciliation.objects.filter(organization=organization, month=month).first()
    row = row or Reconciliation(organization=organization, month=month)
    require_counting(actor, row)
    if cash_fen < 0 or bank_fen < 0:
        raise Invalid("金额不能是负数。")
    if book.kind == BookKind.CASH and bank_fen:
        raise Invalid("支部没有银行专户。", fields={"bank_fen": "应为0"})
    stands = books.balance(organization, last_day(month))
    row.book_cash_fen, row.book_bank_fen = stands.cash, stands.bank
    row.counted_cash_fen, row.counted_bank_fen = cash_fen, bank_fen
    row.explanation = explanation.strip()
    row.counted_by_id, row.counted_at = actor.user_id, clock.now()
    if row.difference and not row.explanation:
        raise Invalid(
            f"盘点和账面不一致：{row.difference}。",
            how="请重新清点；确实有差额的，写明原因，例如“29日转账30日到账”。",
            fields={"explanation": "有差额时必须填写"},
        )
    row.save()
    record(
        actor=actor,
        verb="dues.counted",
        summary=f"{month.year}年{month.month}月盘点：现金{money.yuan(cash_fen)}元，存款{money.yuan(bank_fen)}元",
        organization=organization,
        subject=row,
    )
    return row


def is_closed(row: Reconciliation) -> bool:
    """Whether this month was looked over, or a later one, with which it was closed."""
    closed = Reconciliation.objects.filter(organization=row.organization, month__gte=row.month, checked_at__isnull=False)
    return bool(closed.exists())


def _require_not_closed(row: Reconciliation) -> None:
    if is_closed(row):
        raise Conflict(f"{row.month.year}年{row.month.month}月的账已经复核。")


def require_counting(actor: Actor, row: Reconciliation) -> None:
    """The cashier of the book, for a month that is over, was kept here and is not closed; ``row`` need not be saved yet."""
    book = book_of(row.organization)
    require_cashier(actor, book)
    month, last = row.month, last_day(row.month)
    if last > clock.today():
        raise Invalid("这个月还没有结束。", how="请在月末或者下个月初对账。", fields={"month": "还没有结束"})
    if book.balanced_on is not None and last < book.balanced_on:
        raise Conflict(f"{month.year}年{month.month}月在期初余额日期以前，不在平台上对账。", how="请从启用后的月份起对账。")
    _require_not_closed(row)


def require_checking(actor: Actor, row: Reconciliation) -> None:
    """The accountant of the book, never who counted; once, of a month that was counted."""
    require_accountant(actor, book_of(row.organization))
    require_second(actor, row.counted_by_id, "这次盘点是您做的，不能再由您复核。")
    if row.pk is None:
        raise Conflict(f"{row.month.year}年{row.month.month}月还没有盘点。")
    with at(row.organization):
        _require_not_closed(row)


@transaction.atomic
def check(*, actor: Actor, reconciliation: Reconciliation) -> Reconciliation:
    """The accountant looks the count over; the month and all before it are closed. Not the person who counted."""
    organization = reconciliation.organization
    # The book first, as whoever books does: what is compared stays as it is.
    held_book(organization)
    row = locked(reconciliation, "organization", check=partial(require_checking, actor))
    with at(organization):
        stands = books.balance(organization, last_day(row.month))
    if (stands.cash, stands.bank) != (row.book_cash_fen, row.book_bank_fen):
        raise Conflict("盘点以后，账面又有变动。", how="请出纳重新盘点后再复核。")
    row.checked_by_id, row.checked_at = actor.user_id, clock.now()
    with at(organization):
        row.save()
    record(
        actor=actor,
        verb="dues.month_closed",
        summary=f"{row.month.year}年{row.month.month}月对账复核，账目封存",
        organization=organization,
        subject=row,
    )
    return row
