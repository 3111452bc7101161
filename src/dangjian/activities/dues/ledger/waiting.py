"""What waits in the books: money and months, for those who keep them."""

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from django.db.models import Q
from django.urls import reverse

from dangjian.activities.dues.ledger.models import (
    Book,
    JournalEntry,
    Publication,
    Reconciliation,
    Spending,
    SpendingState,
    Transfer,
    TransferKind,
    TransferState,
)
from dangjian.activities.dues.ledger.queries import books
from dangjian.activities.dues.payments.models import LineState, NoticeResult, ProviderNotice, StatementLine
from dangjian.activities.dues.policy import last_day, shifted
from dangjian.kernel import clock
from dangjian.kernel.gate import Request
from dangjian.kernel.offers import Matter
from dangjian.kernel.once import once_a_request
from dangjian.org.models import Organization

MOST = 50
"""So many of a kind are looked at; whoever has more works them off in the list itself."""

Keeper = Literal["accountant", "cashier"]


@dataclass(frozen=True, slots=True)
class BookMatter:
    """Something to be done in a book: ``word`` says what, ``by`` whose work it is.

    ``done_by`` is who did the half before, if it takes another person.
    """

    title: str
    word: str
    icon: str
    url: str
    by: Keeper
    fen: int = 0
    due_on: dt.date | None = None
    done_by: int | None = None

    @property
    def keeper(self) -> str:
        """Whose work it is, in words."""
        return "会计" if self.by == "accountant" else "出纳"


def in_book(book: Book, today: dt.date, reader_id: int) -> list[BookMatter]:
    """Everything that waits in a book, less what waits for somebody else than the reader, who did the half before.

    The other keeper sees that it waits: the accountant what they prepared for the cashier.
    """
    organization = book.organization
    found = [
        *_transfers(organization),
        *_spendings(organization),
        *_months(organization, today),
        *_arrivals(organization),
        *_publications(organization, today.year - 1),
    ]
    return [one for one in found if one.done_by != reader_id or reader_id == _other_keeper(book, one)]


def _keeper(book: Book, matter: BookMatter) -> int | None:
    return book.accountant_id if matter.by == "accountant" else book.cashier_id


def _other_keeper(book: Book, matter: BookMatter) -> int | None:
    return book.cashier_id if matter.by == "accountant" else book.accountant_id


def _transfers(organization: Organization) -> list[BookMatter]:
    up = (TransferKind.UP, TransferKind.LARGE)
    sending = Q(organization=organization, kind__in=up) | Q(superior=organization, kind=TransferKind.DOWN)
    outside = Q(organization=organization, superior=None)
    receiving = Q(superior=organization, kind__in=up) | Q(organization=organization, kind=TransferKind.DOWN) | outside
    rows = Transfer.objects.select_related("organization", "superior", "sent_entry")
    due = rows.filter(sending, state=TransferState.DUE).order_by("due_on", "pk")[:MOST]
    sent = rows.filter(receiving, state=TransferState.SENT).order_by("sent_on", "pk")[:MOST]
    return [
        *(_transfer(row, "send-2", "待转出", row.due_on) for row in due),
        *(_transfer(row, "inbox", "待确认到账") for row in sent if row.superior is not None),
        *(_transfer(row, "receipt", "待登记收据") for row in sent if row.superior is None),
    ]


def _transfer(row: Transfer, icon: str, word: str, due_on: dt.date | None = None) -> BookMatter:
    other = row.organization.short_name if row.kind != TransferKind.DOWN else row.superior_name
    title = f"{other}{row.period}{row.get_kind_display()}"
    url = reverse("dues:transfer", args=[row.pk])
    return BookMatter(title, word, icon, url, "cashier", row.amount_fen or row.due_fen, due_on, row.done_by)


def _spendings(organization: Organization) -> list[BookMatter]:
    rows = Spending.objects.filter(organization=organization, state=SpendingState.PREPARED).order_by("pk")[:MOST]
    return [
        BookMatter(
            row.title, "待付款", "cash", reverse("dues:spending", args=[row.pk]), "cashier", row.amount_fen, done_by=row.done_by
        )
        for row in rows
    ]


def _is_on_paper(organization: Organization, month: dt.date) -> bool:
    """Whether the month was over when the book began on the platform with a balance."""
    return bool(Book.objects.filter(organization=organization, balanced_on__gte=last_day(month)).exists())


def _months(organization: Organization, today: dt.date) -> list[BookMatter]:
    month = shifted(today.replace(day=1), -1)
    count = Reconciliation.objects.filter(organization=organization, month=month).first()
    if (count and count.checked_at) or _is_on_paper(organization, month):
        return []
    if books.balance(organization, last_day(month)) == books.NOTHING:
        return []
    title, url = f"{month.year}年{month.month}月对账", reverse("dues:month", args=[organization.pk, month.year, month.month])
    if count is None:
        return [BookMatter(title, "待盘点", "scale", url, "cashier")]
    return [BookMatter(title, "待复核", "scale", url, "accountant", done_by=count.counted_by_id)]


def _arrivals(organization: Organization) -> list[BookMatter]:
    number = StatementLine.objects.filter(organization=organization, state=LineState.UNMATCHED).count()
    number += ProviderNotice.objects.filter(held_by=organization, result=NoticeResult.UNMATCHED).count()
    if not number:
        return []
    url = f"{reverse('dues:arrivals')}?account={organization.pk}"
    return [BookMatter(f"{number}笔到账对不上是谁交的", "待认领", "building-bank", url, "accountant")]


def _publications(organization: Organization, year: int) -> list[BookMatter]:
    if Publication.objects.filter(organization=organization, year=year).exists():
        return []
    if not JournalEntry.objects.filter(organization=organization, booked_on__year=year).exists():
        return []
    url = reverse("dues:publish", args=[organization.pk])
    return [BookMatter(f"{year}年度党费公示", "待公示", "speakerphone", url, "accountant")]


@once_a_request
def _of_keeper(request: Request) -> list[tuple[Book, BookMatter]]:
    """What waits for the actor in the books that they keep, in each as the one of the two that they are there."""
    if not (request.actor.may("dues.account") or request.actor.may("dues.cash")):
        return []
    me = request.actor.user_id
    kept = Book.objects.filter(Q(accountant=me) | Q(cashier=me), closed_on=None).select_related("organization")
    today = clock.today()
    return [(book, matter) for book in kept for matter in in_book(book, today, me) if me == _keeper(book, matter)]


def keepers_number(request: Request) -> int:
    """How much waits for the accountant or cashier of one's own books, the money that comes from below them too."""
    return len(_of_keeper(request))


def keepers(request: Request, limit: int) -> list[Matter]:
    """The first of it."""
    return _matters(_of_keeper(request)[:limit])


def _matters(found: list[tuple[Book, BookMatter]]) -> list[Matter]:
    return [Matter(f"{one.title}：{one.word}", one.url, book.organization.short_name, one.due_on) for book, one in found]
