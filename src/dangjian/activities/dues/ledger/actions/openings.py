"""Opening balances: what a book held when it began on the platform, and what of that is not free to be used."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet

from dangjian.accounts.events import record
from dangjian.activities.dues.ledger.actions.posting import Line, held_book, post, reverse
from dangjian.activities.dues.ledger.models import (
    Account,
    Book,
    BookKind,
    EntryKind,
    JournalEntry,
    Reconciliation,
    RemittanceLevel,
    Spending,
    SpendingState,
    Transfer,
    TransferKind,
    TransferState,
)
from dangjian.activities.dues.ledger.queries import books, remittances
from dangjian.engines.duties.actions import refresh
from dangjian.kernel import clock, money
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.kernel.ui.words import day as written_day
from dangjian.org.models import Organization
from dangjian.org.openings import at, register


@dataclass(frozen=True, slots=True)
class Opening:
    """What a book held at the end of ``day``, in 分, and what of it is bound; the rest is free.

    ``due_up_fen`` waits to be passed up, ``large_fen`` are large gifts to be passed on wholly, ``earmarked_fen`` came from above
    for ``purpose``.
    """

    organization: Organization
    day: dt.date
    cash_fen: int = 0
    bank_fen: int = 0
    due_up_fen: int = 0
    large_fen: int = 0
    earmarked_fen: int = 0
    purpose: str = ""

    @property
    def total_fen(self) -> int:
        """All that was held."""
        return self.cash_fen + self.bank_fen

    @property
    def free_fen(self) -> int:
        """What is bound to nothing."""
        return self.total_fen - self.due_up_fen - self.large_fen - self.earmarked_fen


@transaction.atomic
def open_balances(*, actor: Actor, openings: Sequence[Opening]) -> None:
    """Book opening balances, each as the first business of its book; where nothing was held, only the day is kept.

    What is to be passed up, and large gifts, wait as transfers; an allocation for a purpose stays bound to it. Raises ``Invalid``
    for a day that is not over or sums that do not add up, ``Conflict`` for a book that has begun.
    """
    for opening in openings:
        actor.require("dues.open_balance", opening.organization)
        _open(actor, opening)
    _settle(actor, [opening.organization for opening in openings])


def _settle(actor: Actor, organizations: Sequence[Organization]) -> None:
    """The duties to pass up follow at once."""
    refresh(actor=actor, organizations=organizations, rules={"dues_pass_up"})


def _open(actor: Actor, opening: Opening) -> None:
    organization = opening.organization
    book = held_book(organization)
    _check_sums(opening, book)
    obstacle = begun(organization, opening.day)
    if obstacle:
        raise Conflict(obstacle, how=BEGUN_HOW)
    entry = _posted(actor, opening) if opening.total_fen else None
    with at(organization):
        book.refresh_from_db()
        book.balanced_on = opening.day
        book.save(update_fields=["balanced_on"])
        if entry is not None:
            Transfer.objects.bulk_create(_transfers(opening, entry))
    record(
        actor=actor,
        verb="dues.opening_booked",
        summary=f"登记{organization}党费期初余额{money.yuan(opening.total_fen)}元（{written_day(opening.day)}）",
        organization=organization,
        subject=entry or book,
        data={"day": opening.day.isoformat(), "fen": opening.total_fen},
    )


BEGUN_HOW = "期初余额只能在第一笔业务以前登记。请把余额日期改到第一笔业务以前，填那一天的余额。"


def begun(organization: Organization, day: dt.date) -> str:
    """Why a book cannot begin with a balance of ``day``, as a Chinese sentence, or ``""``."""
    rows = register(JournalEntry).filter(organization=organization)
    standing = rows.filter(kind=EntryKind.OPENING, reversed_by=None).first()
    if standing is not None:
        return f"{organization}已经登记过期初余额（{written_day(standing.booked_on)}）。"
    first = _business(rows).filter(booked_on__lte=day).order_by("booked_on").first()
    if first is not None:
        return f"{organization}的账上已经有{written_day(first.booked_on)}的业务（第{first.number}号凭证）。"
    closed = register(Reconciliation).filter(organization=organization, month__gte=day.replace(day=1), checked_at__isnull=False)
    month = closed.values_list("month", flat=True).first()
    return f"{organization}{month.year}年{month.month}月的账已经对账复核。" if month else ""


def _business(rows: QuerySet[JournalEntry]) -> QuerySet[JournalEntry]:
    """Entries other than opening balances and their reversals."""
    return rows.exclude(kind=EntryKind.OPENING).exclude(reverses__kind=EntryKind.OPENING)


def _check_sums(opening: Opening, book: Book) -> None:
    if opening.day >= clock.today():
        raise Invalid("余额日期应早于今天：填那一天日终的余额。", fields={"day": "应早于今天"})
    parts = (opening.cash_fen, opening.bank_fen, opening.due_up_fen, opening.large_fen, opening.earmarked_fen)
    if min(parts) < 0:
        raise Invalid("金额不能是负数。")
    if opening.free_fen < 0:
        raise Invalid("应上缴、大额党费和专款加起来超过了账上的钱。", fields={"total": "与各项不符"})
    if book.kind == BookKind.CASH and opening.bank_fen:
        raise Invalid(f"{book.organization}没有银行专户。", fields={"bank": "应为0"})
    if opening.large_fen and books.superior_of(opening.organization) is not None:
        raise Conflict(LARGE_BELOW, how=LARGE_HOW)


LARGE_BELOW = "大额党费要全部转交中央，由最上一级党委登记。"
LARGE_HOW = "请先在线下转交上级党委，再登记余额。"


def _posted(actor: Actor, opening: Opening) -> JournalEntry:
    before = register(JournalEntry).filter(organization=opening.organization, kind=EntryKind.OPENING).count()
    return post(
        actor=actor,
        organization=opening.organization,
        kind=EntryKind.OPENING,
        booked_on=opening.day,
        summary=f"启用前结存（{written_day(opening.day)}）",
        key=f"opening:{before + 1}",
        lines=_lines(opening),
    )


def _lines(opening: Opening) -> list[Line]:
    lines, large = [], opening.large_fen
    for account, fen in ((Account.BANK, opening.bank_fen), (Account.CASH, opening.cash_fen)):
        gifts = min(fen, large)
        large -= gifts
        lines += [
            Line(account, credit, part) for credit, part in ((Account.LARGE, gifts), (Account.OPENING, fen - gifts)) if part
        ]
    return lines


def _transfers(opening: Opening, entry: JournalEntry) -> list[Transfer]:
    """What waits to leave the book, and the allocation that binds a part of it."""
    organization = opening.organization
    superior = books.superior_of(organization)
    terms, level, today = remittances.Terms(), remittances.level_of(organization, superior), clock.today()
    term = terms.of((superior or organization).pk, level, today) or remittances.default_term(RemittanceLevel.BRANCH, today)
    due_on = max(today, organization.live_on) + dt.timedelta(days=term.due_days)
    name = superior.name if superior else (term.superior_name or "上级党委")
    common = {"organization": organization, "superior_name": name, "opening": entry}
    found = []
    for kind, fen in ((TransferKind.UP, opening.due_up_fen), (TransferKind.LARGE, opening.large_fen)):
        if fen:
            found.append(Transfer(**common, superior=superior, kind=kind, base_fen=fen, due_fen=fen, due_on=due_on))
    if opening.earmarked_fen:
        found.append(
            Transfer(
                **common,
                kind=TransferKind.DOWN,
                purpose=opening.purpose[:200],
                due_fen=opening.earmarked_fen,
                amount_fen=opening.earmarked_fen,
                state=TransferState.RECEIVED,
                received_on=opening.day,
            )
        )
    return found


@transaction.atomic
def take_back_opening(*, actor: Actor, entry: JournalEntry, reason: str) -> JournalEntry:
    """Undo an opening balance by the opposite entry, as long as nothing else was done with the book.

    The caller has checked who may do it.
    """
    made = _take_back(actor, entry, reason)
    _settle(actor, [entry.organization])
    return made


def _take_back(actor: Actor, entry: JournalEntry, reason: str) -> JournalEntry:
    organization = entry.organization
    book = held_book(organization)
    obstacle = _used(organization)
    if obstacle:
        raise Conflict(f"{organization}{obstacle}，不能撤销期初余额。", how="如有差错，请用冲销逐笔办理。")
    with at(organization):
        Transfer.objects.filter(opening=entry).update(state=TransferState.CANCELLED)
    made = reverse(actor=actor, entry=entry, reason=reason)
    _reopen(book)
    record(
        actor=actor,
        verb="dues.opening_taken_back",
        summary=f"撤销{organization}党费期初余额：{reason.strip()}",
        organization=organization,
        subject=made,
    )
    return made


@transaction.atomic
def take_back_balances(*, actor: Actor, organizations: Sequence[Organization], reason: str) -> int:
    """Undo the opening balances of these organisations; those that held nothing only lose their day."""
    for organization in organizations:
        actor.require("dues.open_balance", organization)
        rows = register(JournalEntry).filter(organization=organization, kind=EntryKind.OPENING, reversed_by=None)
        entry = rows.select_related("organization").first()
        if entry is not None:
            _take_back(actor, entry, reason)
        else:
            _reopen(held_book(organization))
    _settle(actor, organizations)
    return len(organizations)


def _reopen(book: Book) -> None:
    with at(book.organization):
        book.refresh_from_db()
        book.balanced_on = None
        book.save(update_fields=["balanced_on"])


def _used(organization: Organization) -> str:
    """What was done with a book since it began, in words, or ``""``."""
    if _business(register(JournalEntry).filter(organization=organization)).exists():
        return "登记期初余额以后已经记过别的账"
    own = register(Transfer).filter(organization=organization, opening__isnull=False)
    if own.filter(state__in=(TransferState.SENT, TransferState.RECEIVED)).exclude(kind=TransferKind.DOWN).exists():
        return "已经转出期初余额中的款项"
    prepared = register(Spending).filter(organization=organization, state=SpendingState.PREPARED).exists()
    # An allocation belongs to the one below that is to get it.
    allocating = register(Transfer).filter(superior=organization, kind=TransferKind.DOWN, state=TransferState.DUE).exists()
    if prepared or allocating:
        return "有制单待付的款项"
    counted = register(Reconciliation).filter(organization=organization).exists()
    return "已经对过账" if counted else ""
