"""A small world for the books: a group committee, a company committee below it with two branches, and who keeps their books."""

import datetime as dt
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from dangjian.accounts.models import Event, User
from dangjian.activities.dues.billing.models import Payment
from dangjian.activities.dues.ledger.actions import books as accounts
from dangjian.activities.dues.ledger.actions import passing_up, remittances
from dangjian.activities.dues.ledger.actions.posting import Line, post
from dangjian.activities.dues.ledger.models import (
    Account,
    Book,
    EntryKind,
    JournalEntry,
    Reconciliation,
    RemittanceLevel,
    RemittancePeriod,
    Spending,
    Transfer,
    TransferKind,
)
from dangjian.activities.dues.ledger.queries import books
from dangjian.kernel import clock
from dangjian.kernel.errors import Refusal
from dangjian.members.models import Member
from dangjian.org.gate import GrantedActor
from dangjian.org.models import Organization
from dangjian.org.unscoped import unscoped
from tests import make

_numbers = itertools.count(1)
OCTOBER = dt.date(2026, 10, 1)
TODAY = dt.date(2026, 11, 23)
DECIDED = {"decided_on": dt.date(2026, 10, 20), "decision": "虚构党委会第8次会议"}


@dataclass
class Kept:
    """``treasurers`` collect for the branches (a secretary and another keeper each), ``keepers`` hold the two books."""

    group: Organization
    company: Organization
    branches: list[Organization]
    treasurers: dict[int, GrantedActor]
    seconds: dict[int, GrantedActor]
    members: dict[int, Member]
    accountants: dict[int, GrantedActor]
    cashiers: dict[int, GrantedActor]
    office: GrantedActor

    def held(self, organization: Organization, day: dt.date | None = None) -> int:
        with unscoped("a test looks at what was written"):
            return books.balance(organization, day or clock.today()).held


def open_account(organization: Organization, accountant: User, cashier: User, by: GrantedActor) -> Book:
    with unscoped("test world"):
        return accounts.open_book(
            actor=by,
            organization=organization,
            bank="icbc",
            branch_name="虚构支行",
            account_name=f"中共{organization.name}",
            account_number="6222000011112222",
            accountant=accountant,
            cashier=cashier,
            opened_on=dt.date(2026, 1, 1),
        )


def kept() -> Kept:
    group = make.committee(name="虚构集团党委")
    company = make.committee(group, name="虚构公司党委")
    branches = [make.branch(company, name=f"虚构第{number}党支部") for number in (1, 2, 3)]
    treasurers, seconds, members = {}, {}, {}
    for branch in branches:
        members[branch.pk] = make.member(branch, with_user=True)
        treasurers[branch.pk] = make.actor(make.post(branch, "secretary", members[branch.pk].user).user)
        seconds[branch.pk] = make.actor(make.post(branch, "organisation_member").user)
    offices = {one.pk: make.grant(one, "party_office").user for one in (group, company)}
    accountants, cashiers = {}, {}
    for one in (group, company):
        accountant, cashier = make.user(), make.user()
        open_account(one, accountant, cashier, make.actor(offices[one.pk]))
        accountants[one.pk], cashiers[one.pk] = make.actor(accountant), make.actor(cashier)
    office = make.actor(offices[company.pk])
    return Kept(group, company, branches, treasurers, seconds, members, accountants, cashiers, office)


def pay(world: Kept, branch: Organization, amount_fen: int, day: dt.date, *, large_fen: int = 0) -> JournalEntry:
    """A member of ``branch`` pays: booked as the treasurer's receipt is booked."""
    with unscoped("test world"):
        payment = Payment.objects.create(
            organization=branch,
            held_by=branch,
            member=world.members[branch.pk],
            paid_on=day,
            method="cash",
            amount_fen=amount_fen + large_fen,
            extra_fen=large_fen,
            receipt_no=f"虚构{next(_numbers)}",
        )
        lines = [Line(Account.CASH, Account.DUES, amount_fen, payment)] if amount_fen else []
        lines += [Line(Account.CASH, Account.LARGE, large_fen, payment)] if large_fen else []
        return post(
            actor=make.SYSTEM,
            organization=branch,
            kind=EntryKind.RECEIVED,
            booked_on=day,
            summary="虚构收缴",
            key=f"payment:{payment.pk}",
            lines=lines,
        )


def transfer(organization: Organization, kind: TransferKind = TransferKind.UP) -> Transfer:
    """The newest transfer of that kind."""
    with unscoped("a test looks at what was written"):
        found: Transfer = Transfer.objects.filter(organization=organization, kind=kind).latest("pk")
        return found


@contextmanager
def refused(kind: type[Refusal], *words: str) -> Iterator[None]:
    """A refusal of that kind that says those words, and not one row more than before."""
    tables = (JournalEntry, Transfer, Spending, Reconciliation, Book, Event)
    before = [model.objects.count() for model in tables]
    with pytest.raises(kind) as caught:
        yield
    said = f"{caught.value.message}{caught.value.how}{caught.value.citation}"
    assert all(word in said for word in words), said
    assert [model.objects.count() for model in tables] == before


def monthly(world: Kept, level: RemittanceLevel = RemittanceLevel.BRANCH, ratio: int = 10000, **more: Any) -> None:
    passing_up.set_terms(
        actor=make.SYSTEM,
        organization=world.company if level == RemittanceLevel.BRANCH else world.group,
        level=level,
        ratio_percent_x100=ratio,
        period=RemittancePeriod.MONTH,
        due_days=10,
        from_month=dt.date(2026, 1, 1),
        **more,
    )


def filled(world: Kept, fen: int = 1000_00) -> None:
    """The company's account holds money of its branches."""
    monthly(world)
    branch = world.branches[0]
    pay(world, branch, fen, OCTOBER)
    passing_up.prepare_remittances(TODAY)
    row = remittances.send(actor=world.treasurers[branch.pk], transfer=transfer(branch), sent_on=TODAY)
    remittances.confirm_receipt(actor=world.cashiers[world.company.pk], transfer=row, received_on=TODAY)
