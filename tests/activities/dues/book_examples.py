"""How to call the addresses of the books in the small world of the contracts; the committee has an account."""

import datetime as dt
import itertools
from collections.abc import Callable
from typing import Any

from dangjian.accounts.models import User
from dangjian.activities.dues.billing.models import Payment
from dangjian.activities.dues.ledger.actions import publications, reconciliations, remittances, spendings
from dangjian.activities.dues.ledger.actions.posting import Line, post
from dangjian.activities.dues.ledger.models import (
    Account,
    Book,
    EntryKind,
    JournalEntry,
    Publication,
    Spending,
    Transfer,
    TransferKind,
)
from dangjian.activities.dues.policy import last_day, shifted
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.members.models import Member
from dangjian.org.models import Organization
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.dues import books
from tests.contracts.examples import Example, StepExample
from tests.contracts.world import World

_numbers = itertools.count(1)
DECIDED = {"decision": "虚构党委会会议", "decided_on": "2026-11-02", "meeting": ""}


def account(world: World) -> Book:
    """The committee's account with 1,000 yuan in it."""
    found: Book | None = Book.objects.filter(organization=world.committee).first()
    if found is None:
        found = books.open_account(world.committee, make.user(), make.user(), make.SYSTEM)
        post(
            actor=make.SYSTEM,
            organization=world.committee,
            kind=EntryKind.INTEREST,
            booked_on=dt.date(2026, 10, 12),
            summary="虚构利息",
            key="begin",
            lines=[Line(Account.BANK, Account.INTEREST, 900_00), Line(Account.CASH, Account.INTEREST, 100_00)],
        )
    return found


def accountant(world: World) -> User:
    with unscoped("an example names its holder"):
        return account(world).accountant


def cashier(world: World) -> User:
    with unscoped("an example names its holder"):
        return account(world).cashier


def received(world: World, *, large_fen: int = 0, member: Member | None = None) -> JournalEntry:
    """Money in the cash book of the branch, of October."""
    payment = Payment.objects.create(
        organization=world.branch,
        held_by=world.branch,
        member=member or world.member,
        paid_on=dt.date(2026, 10, 8),
        method="cash",
        amount_fen=80_00 + large_fen,
        extra_fen=large_fen,
        receipt_no=f"虚构例{next(_numbers)}",
    )
    lines = [Line(Account.CASH, Account.DUES, 80_00, payment)]
    lines += [Line(Account.CASH, Account.LARGE, large_fen, payment)] if large_fen else []
    return post(
        actor=make.SYSTEM,
        organization=world.branch,
        kind=EntryKind.RECEIVED,
        booked_on=payment.paid_on,
        summary="虚构收缴",
        key=f"payment:{payment.pk}",
        lines=lines,
    )


def gift(world: World, member: Member | None = None) -> Payment:
    entry = received(world, large_fen=2000_00, member=member)
    account(world)
    found: Payment = Payment.objects.get(postings__entry=entry, postings__credit=Account.LARGE)
    return found


def due(world: World, *, months_back: int = 0) -> Transfer:
    """October's dues of the branch, or those of a month before it, to be passed up."""
    received(world)
    account(world)
    month = shifted(dt.date(2026, 10, 1), -months_back)
    made: Transfer = Transfer.objects.create(
        organization=world.branch,
        superior=world.committee,
        superior_name=world.committee.name,
        kind=TransferKind.UP,
        period_start=month,
        period_end=last_day(month),
        base_fen=80_00,
        due_fen=80_00,
        due_on=dt.date(2026, 11, 30),
    )
    return made


def sent(world: World) -> JournalEntry:
    row = remittances.send(actor=make.actor(world.secretary), transfer=due(world), sent_on=clock.today())
    assert row.sent_entry
    return row.sent_entry


def spent(world: World) -> Spending:
    """A use that the committee's cashier has to pay."""
    return spendings.prepare_spending(
        actor=make.actor(accountant(world)),
        organization=world.committee,
        purpose=Account.USE_TRAINING,
        amount_fen=50_00,
        title="虚构培训",
        payee="虚构书店",
        decided_on=dt.date(2026, 11, 2),
        decision="虚构党委会会议",
    )


def used(world: World, number: int) -> Spending:
    """A use that the branch prepared."""
    made: Spending = Spending.objects.create(
        organization=world.branch,
        purpose=Account.USE_TRAINING,
        amount_fen=50_00,
        title=f"虚构培训{number}",
        payee="虚构书店",
        decided_on=dt.date(2026, 11, 2),
        decision="虚构支部委员会会议",
    )
    return made


def uncounted(world: World) -> dict[str, int]:
    received(world)
    return {"pk": world.branch.pk, "year": 2026, "number": 10}


def counted(world: World) -> dict[str, int]:
    at = uncounted(world)
    actor: Actor = make.actor(world.deputy)
    reconciliations.count(actor=actor, organization=world.branch, month=dt.date(2026, 10, 1), cash_fen=80_00)
    return at


def published(world: World) -> Publication:
    with clock.at("2027-02-01 09:00"):
        received(world)
        return publications.publish(actor=make.actor(world.secretary), organization=world.branch, year=2026)


def unpublished(world: World) -> dict[str, int]:
    """The branch had business last year."""
    received(world)
    JournalEntry.objects.filter(organization=world.branch).update(booked_on=dt.date(clock.today().year - 1, 10, 8))
    return {"pk": world.branch.pk}


def _of(make_row: Callable[[World], Any], **more: Any) -> Example:
    return Example(lambda world: {"pk": make_row(world).pk}, **more)


def _branch(world: World) -> dict[str, int]:
    received(world)
    return {"pk": world.branch.pk}


def _committee(world: World) -> dict[str, int]:
    account(world)
    return {"pk": world.committee.pk}


def _secretary(world: World) -> User:
    return world.secretary


def _office(world: World) -> User:
    return world.office


def _sent(world: World) -> dict[str, int]:
    """A transfer on its way."""
    return {"pk": sent(world).postings.get().transfer_id}


def _paid(world: World) -> dict[str, int]:
    """A use that was paid."""
    row = spendings.pay_spending(actor=make.actor(cashier(world)), spending=spent(world), paid_on=clock.today())
    return {"pk": row.pk}


def _reason(_world: World) -> dict[str, str]:
    return {"reason": "虚构差错"}


def _amount(_world: World) -> dict[str, Any]:
    return {"amount_fen": "10.00", "booked_on": "2026-11-20", "key": "example"}


def _people(world: World) -> dict[str, Any]:
    """Two people whom the office can find: holders of posts of the committee."""
    with unscoped("a form names rows of the world"):
        posts = [make.post(world.committee, "committee_member"), make.post(world.committee, "committee_member")]
    return {"accountant": posts[0].user_id, "cashier": posts[1].user_id}


def _opening(world: World) -> dict[str, Any]:
    bank = {"bank": "icbc", "branch_name": "虚构支行", "account_name": "虚构户名", "account_number": "6222000011112222"}
    return {**bank, "opened_on": "2026-11-01", **_people(world)}


def _kept(branch: Organization, number: int) -> JournalEntry:
    """Money in the cash book of a branch."""
    line = Line(Account.CASH, Account.DUES, (number + 1) * 10_00)
    return post(
        actor=make.SYSTEM,
        organization=branch,
        kind=EntryKind.RECEIVED,
        booked_on=dt.date(2026, 10, 8),
        summary="虚构收缴",
        key="begin",
        lines=[line],
    )


def _empty(world: World) -> dict[str, int]:
    """A book that holds nothing."""
    books.open_account(world.committee, make.user(), make.user(), make.SYSTEM)
    return {"pk": world.committee.pk}


TERMS = {"level": "branch", "ratio": "100", "period": "month", "due_days": "10", "from_month": "2026-11-01", "superior_name": ""}
OUTSIDE = {
    "superior_name": "虚构上级",
    "amount_fen": "100",
    "use": "5104",
    "purpose": "虚构慰问",
    "received_on": "2026-11-20",
    "receipt": "",
}

EXAMPLES: dict[str, Example] = {
    "dues:balances": Example(row=lambda world, number: _kept(make.branch(world.committee), number), holder=_office),
    "dues:balances_sheet": Example(holder=_office),
    "dues:book": Example(_branch),
    "dues:entries": Example(_branch, row=lambda world, _number: received(world)),
    "dues:entry_postings": Example(_branch),
    "dues:entry": _of(sent, post=lambda _world: {"reason": "虚构差错"}, holder=lambda world: world.deputy),
    "dues:transfers": Example(_branch, row=lambda world, number: due(world, months_back=number)),
    "dues:transfers_sheet": Example(_branch),
    "dues:transfer": _of(
        due,
        holder=_secretary,
        steps={
            "send": StepExample(lambda _world: {"sent_on": "2026-11-20"}, holder=_secretary),
            "confirm": StepExample(lambda _world: {"received_on": clock.today()}, kwargs=_sent, holder=cashier),
            "take_back": StepExample(_reason, kwargs=_sent),
            "cancel": StepExample(_reason),
        },
        papers=_sent,
    ),
    "dues:gifts": Example(row=lambda world, _number: gift(world, make.member(world.branch))),
    "dues:gift": _of(gift, post=lambda _world: {"sent_on": "2026-11-20"}, holder=_secretary),
    "dues:own_gift": _of(gift, holder=lambda world: world.member_user),
    "dues:open_account": Example(lambda world: {"pk": world.committee.pk}, post=_opening, holder=_office),
    "dues:book_people": Example(_committee, post=_people, holder=_office),
    "dues:close_account": Example(_empty, post=lambda _world: {}, holder=_office),
    "dues:deposit": Example(_committee, post=_amount, holder=cashier),
    "dues:interest": Example(_committee, post=_amount, holder=accountant),
    "dues:from_above": Example(_committee, post=lambda _world: OUTSIDE, holder=cashier),
    "dues:allocate": Example(
        _committee,
        post=lambda world: {**DECIDED, "organization": world.branch.pk, "amount_fen": "20", "use": "", "purpose": "虚构用途"},
        holder=accountant,
    ),
    "dues:terms": Example(_committee, post=lambda _world: TERMS, holder=_office),
    "dues:spendings": Example(_branch, row=used),
    "dues:spendings_sheet": Example(_branch),
    "dues:spending_new": Example(
        _committee,
        post=lambda _world: {**DECIDED, "purpose": "5101", "title": "虚构培训", "amount_fen": "20", "payee": "虚构书店"},
        holder=accountant,
    ),
    "dues:spending": _of(
        spent,
        holder=cashier,
        steps={
            "pay": StepExample(lambda _world: {"paid_on": "2026-11-20"}, holder=cashier),
            "withdraw": StepExample(_reason, holder=accountant),
            "reverse": StepExample(_reason, kwargs=_paid, holder=accountant),
        },
        papers=_paid,
    ),
    "dues:months": Example(_branch),
    "dues:month": Example(
        counted,
        steps={
            "count": StepExample(
                lambda _world: {"cash_fen": "80"},
                kwargs=uncounted,
                holder=lambda world: world.deputy,
                again="a month may be counted anew until it is looked over",
            ),
            "check": StepExample(holder=_secretary),
        },
        papers=counted,
    ),
    "dues:book_statement": Example(_branch),
    "dues:book_statement_paper": Example(lambda world: {**_branch(world), "form": "docx"}),
    "dues:publish": Example(unpublished, post=lambda _world: {"note": "虚构说明"}, holder=_secretary),
    "dues:publication": _of(published),
    "dues:publication_paper": Example(lambda world: {"pk": published(world).pk, "form": "docx"}),
}
