"""Putting a wrong entry right: always by the opposite entry, by way of the business that the entry records."""

from django.db import transaction

from dangjian.accounts.events import record
from dangjian.activities.dues.ledger.actions import taking
from dangjian.activities.dues.ledger.actions.openings import take_back_opening
from dangjian.activities.dues.ledger.actions.posting import reverse
from dangjian.activities.dues.ledger.actions.remittances import take_back
from dangjian.activities.dues.ledger.actions.separation import book_of, require_accountant
from dangjian.activities.dues.ledger.actions.spendings import reverse_spending
from dangjian.activities.dues.ledger.models import MONEY_HELD, Account, EntryKind, JournalEntry, Posting, Spending, Transfer
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict
from dangjian.org.openings import register


def obstacle(entry: JournalEntry) -> str:
    """Why an entry cannot be reversed from its page, as a Chinese sentence, or ``""``."""
    if entry.kind == EntryKind.REVERSAL:
        return "冲销凭证不能再冲销；如果冲错了，请重新登记原来的业务。"
    if hasattr(entry, "reversed_by"):
        return f"已经由第{entry.reversed_by.number}号凭证冲销。"
    if entry.kind == EntryKind.RECEIVED:
        return "收缴的党费请在交纳记录中冲销，应交党费会同时恢复。"
    return ""


@transaction.atomic
def reverse_entry(*, actor: Actor, entry: JournalEntry, reason: str) -> JournalEntry:
    """Reverse an entry and what rests on it; returns the opposite entry. By the accountant of the book."""
    require_reversing(actor, entry)
    # A transfer belongs to the lower of two organisations; the entry may stand in the book of the upper one.
    spending = register(Spending).filter(entry=entry).first()
    moved = register(Transfer).filter(sent_entry=entry).first() or register(Transfer).filter(received_entry=entry).first()
    if spending is not None:
        reverse_spending(actor=actor, spending=spending, reason=reason)
    elif entry.kind == EntryKind.OPENING:
        take_back_opening(actor=actor, entry=entry, reason=reason)
    elif moved is not None:
        if moved.received_entry_id not in (None, entry.pk):
            raise Conflict("对方已经确认到账。", how="请先由对方撤回到账，再撤回转出。")
        take_back(actor=actor, transfer=moved, reason=reason)
    else:
        _reverse_plain(actor, entry, reason)
    return register(JournalEntry).select_related("organization").get(reverses=entry)


def require_reversing(actor: Actor, entry: JournalEntry) -> None:
    """Raise unless the actor may reverse the entry now: the accountant of its book."""
    require_accountant(actor, book_of(entry.organization))
    if problem := obstacle(entry):
        raise Conflict(problem)


def _reverse_plain(actor: Actor, entry: JournalEntry, reason: str) -> None:
    for line in register(Posting).filter(entry=entry):
        if line.debit in MONEY_HELD:
            taking.require_money(entry.organization, Account(line.debit), line.amount_fen, clock.today())
    made = reverse(actor=actor, entry=entry, reason=reason)
    record(actor=actor, verb="dues.reversed", summary=f"{made}", organization=entry.organization, subject=made)
