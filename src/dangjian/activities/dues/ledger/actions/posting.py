"""The one door into the books: balanced entries, numbered without gaps, put right by reversal only."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from dangjian.activities.dues.billing.models import Payment
from dangjian.activities.dues.ledger.models import (
    Account,
    Book,
    BookKind,
    EntryKind,
    JournalEntry,
    Posting,
    Reconciliation,
    Transfer,
)
from dangjian.activities.dues.policy import shifted
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.kernel.ui.words import day as written_day
from dangjian.org.models import Organization
from dangjian.org.openings import at, register


@dataclass(frozen=True, slots=True)
class Line:
    """``amount_fen`` 分 (above 0) from the account ``credit`` to the account ``debit``."""

    debit: Account
    credit: Account
    amount_fen: int
    payment: Payment | None = None
    transfer: Transfer | None = None


def held_book(organization: Organization) -> Book:
    """The organisation's book, held until the end of the transaction; a branch gets its own with the first money.

    Raises ``Conflict`` if an organisation above the branches has not opened an account.
    """
    with at(organization):
        if organization.is_branch:
            Book.objects.get_or_create(organization=organization, defaults={"kind": BookKind.CASH, "opened_on": clock.today()})
        books = Book.objects.select_for_update(of=("self",)).select_related("organization")
        book: Book | None = books.filter(organization=organization, closed_on=None).first()
    if book is None:
        raise Conflict(f"{organization}还没有开设党费账户。", how="请先在“党费账簿”中开设账户，并指定会计和出纳。")
    return book


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry to be made: see ``post``."""

    kind: EntryKind
    booked_on: dt.date
    summary: str
    key: str
    lines: Sequence[Line]
    reverses: JournalEntry | None = None


@transaction.atomic
def post(
    *,
    actor: Actor,
    organization: Organization,
    kind: EntryKind,
    booked_on: dt.date,
    summary: str,
    key: str,
    lines: Sequence[Line],
    reverses: JournalEntry | None = None,
) -> JournalEntry:
    """Book one business of ``organization``. The caller has checked who may do it.

    ``key`` names the business; one that is in the books already is returned as it stands and nothing is written. Raises
    ``Invalid`` for a sum that is not above 0 or a day to come, ``Conflict`` for a month that has been reconciled and for a day
    that the opening balance covers.
    """
    draft = Draft(kind, booked_on, summary, key, lines, reverses)
    return post_many(actor=actor, organization=organization, drafts=[draft])[0]


@transaction.atomic
def post_many(*, actor: Actor, organization: Organization, drafts: Sequence[Draft]) -> list[JournalEntry]:
    """Book several businesses of one book as ``post`` books one, numbered in their order, with a fixed number of statements.

    Raises what ``post`` raises for any of them, and then books none.
    """
    book = held_book(organization)
    rows = register(JournalEntry).filter(organization=organization, key__in=[draft.key for draft in drafts])
    found: dict[str, JournalEntry] = {entry.key: entry for entry in rows}
    new = [draft for draft in drafts if draft.key not in found]
    if new:
        _check(book, new)
        found |= _entered(actor, book, new)
    return [found[draft.key] for draft in drafts]


def _entered(actor: Actor, book: Book, drafts: Sequence[Draft]) -> dict[str, JournalEntry]:
    first = book.last_number + 1
    book.last_number += len(drafts)
    # The caller has checked that the actor may book for the organisation; nothing is written in another book.
    with at(book.organization):
        book.save(update_fields=["last_number"])
        entries: list[JournalEntry] = JournalEntry.objects.bulk_create(
            [
                JournalEntry(
                    organization=book.organization,
                    number=number,
                    kind=draft.kind,
                    booked_on=draft.booked_on,
                    summary=draft.summary[:200],
                    key=draft.key,
                    reverses=draft.reverses,
                    made_by_id=actor.user_id,
                )
                for number, draft in enumerate(drafts, first)
            ]
        )
        Posting.objects.bulk_create(
            [
                Posting(
                    entry=entry,
                    debit=line.debit,
                    credit=line.credit,
                    amount_fen=line.amount_fen,
                    payment=line.payment,
                    transfer=line.transfer,
                )
                for entry, draft in zip(entries, drafts, strict=True)
                for line in draft.lines
            ]
        )
    return {entry.key: entry for entry in entries}


def _check(book: Book, drafts: Sequence[Draft]) -> None:
    if any(not draft.lines or any(line.amount_fen <= 0 for line in draft.lines) for draft in drafts):
        raise Invalid("金额必须大于0。", how="请核对后重新填写。")
    if max(draft.booked_on for draft in drafts) > clock.today():
        raise Invalid("记账日期不能晚于今天。", fields={"booked_on": "不能晚于今天"})
    # What stands in the way of any of them stands in the way of the earliest.
    booked_on = min(draft.booked_on for draft in drafts)
    later = register(Reconciliation).filter(organization=book.organization_id, month__gte=booked_on.replace(day=1))
    closed = later.filter(checked_at__isnull=False).first()
    if closed is not None:
        raise Conflict(
            f"{closed.month.year}年{closed.month.month}月的账已经对账复核，不能再记{written_day(booked_on)}的账。",
            how=f"请把日期改到{written_day(shifted(closed.month, 1))}或者以后；以前的差错用冲销办理。",
        )
    if book.balanced_on is not None and booked_on <= book.balanced_on:
        raise Conflict(
            f"{written_day(book.balanced_on)}以前的收支已经包括在期初余额里，不能再记{written_day(booked_on)}的账。",
            how=f"请把日期改到{written_day(book.balanced_on + dt.timedelta(days=1))}或者以后。",
        )


@transaction.atomic
def reverse(*, actor: Actor, entry: JournalEntry, reason: str, booked_on: dt.date | None = None) -> JournalEntry:
    """Book the opposite of ``entry``. The caller has checked who may do it. Raises ``Conflict`` if that was done before."""
    if not reason.strip():
        raise Invalid("请写明冲销原因。", fields={"reason": "必须填写"})
    if entry.reverses_id is not None:
        raise Conflict("冲销凭证不能再冲销。", how="如果冲错了，请重新登记原来的业务。")
    held_book(entry.organization)
    if register(JournalEntry).filter(reverses=entry).exists():
        raise Conflict(f"第{entry.number}号凭证已经冲销过。")
    lines = [
        Line(Account(line.credit), Account(line.debit), line.amount_fen, line.payment, line.transfer)
        for line in register(Posting).filter(entry=entry).select_related("payment", "transfer")
    ]
    return post(
        actor=actor,
        organization=entry.organization,
        kind=EntryKind.REVERSAL,
        booked_on=booked_on or clock.today(),
        summary=f"冲销第{entry.number}号：{reason.strip()}",
        key=f"reversal:{entry.pk}",
        lines=lines,
        reverses=entry,
    )
