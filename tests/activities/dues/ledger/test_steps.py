"""A page of the books offers a step to exactly those who may take it now."""

import datetime as dt
from typing import Any

import pytest
from django.urls import reverse

from dangjian.accounts.models import User
from dangjian.activities.dues.ledger.actions import books as accounts
from dangjian.activities.dues.ledger.actions import passing_up, remittances, spendings
from dangjian.activities.dues.ledger.models import (
    Account,
    Book,
    JournalEntry,
    Spending,
    SpendingState,
    Transfer,
    TransferKind,
    TransferState,
)
from dangjian.org.gate import GrantedActor
from dangjian.org.models import Organization
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.dues.books import DECIDED, TODAY, Kept, filled, kept, pay, transfer
from tests.offered import browser, shown, tried

pytestmark = [pytest.mark.django_db, pytest.mark.day("2026-11-23")]

STEPS: dict[str, dict[str, Any]] = {
    "send": {"sent_on": TODAY},
    "confirm": {"received_on": TODAY, "receipt": "虚构收据"},
    "take_back": {"reason": "虚构差错"},
    "cancel": {"reason": "虚构原因"},
    "pay": {"paid_on": TODAY},
    "withdraw": {"reason": "虚构原因"},
    "reverse": {"reason": "虚构差错"},
}


@pytest.fixture
def world(db: None) -> Kept:
    found = kept()
    with unscoped("test world"):
        filled(found)
    return found


def everybody(world: Kept, *more: User) -> list[User]:
    """Of every group in the world whoever holds something there, and a plain member."""
    known = [*world.treasurers.values(), *world.seconds.values(), *world.accountants.values(), *world.cashiers.values()]
    return [*more, *[one.user for one in (*known, world.office)], make.member(world.branches[0], with_user=True).user]


def hand_over(organization: Organization, accountant: User, cashier: User) -> None:
    with unscoped("test world"):
        book = Book.objects.get(organization=organization)
        accounts.name_people(actor=make.SYSTEM, book=book, accountant=accountant, cashier=cashier)


def allocated(world: Kept, to: Organization, by: GrantedActor | None = None) -> Transfer:
    with unscoped("test world"):
        return remittances.allocate(
            actor=by or world.accountants[world.company.pk],
            superior=world.company,
            organization=to,
            amount_fen=100_00,
            purpose="虚构慰问",
            **DECIDED,
        )


def sent(world: Kept, row: Transfer, by: GrantedActor) -> Transfer:
    with unscoped("test world"):
        return remittances.send(actor=by, transfer=row, sent_on=TODAY)


def prepared(organization: Organization, by: GrantedActor) -> Spending:
    with unscoped("test world"):
        return spendings.prepare_spending(
            actor=by,
            organization=organization,
            purpose=Account.USE_TRAINING,
            amount_fen=50_00,
            title="虚构培训",
            payee="虚构书店",
            **DECIDED,
        )


def entries() -> int:
    with unscoped("a test looks at what was written"):
        return JournalEntry.objects.count()


def offered_and_taken(name: str, pk: int, people: list[User]) -> dict[str, int]:
    """How many are offered each step, after asking of everybody that they are offered what they may do, nothing else."""
    address, found = reverse(f"dues:{name}", args=[pk]), dict.fromkeys(STEPS, 0)
    for user in people:
        page = browser(user).get(address)
        steps = page.context["open_steps"] if page.status_code == 200 else {}
        for step, data in STEPS.items():
            status = tried(user, address, {"step": step, **data})
            assert (status == 302) == (step in steps), (step, user.name, status)
            found[step] += step in steps
    return {step: number for step, number in found.items() if number}


class TestTransfers:
    def test_what_is_passed_up(self, world: Kept) -> None:
        branch = world.branches[1]
        with unscoped("test world"):
            pay(world, branch, 300_00, dt.date(2026, 10, 8))
            passing_up.prepare_remittances(TODAY)
        people = everybody(world)
        row = transfer(branch)
        assert offered_and_taken("transfer", row.pk, people) == {"send": 2, "cancel": 1}
        row = sent(world, row, world.treasurers[branch.pk])
        assert offered_and_taken("transfer", row.pk, people) == {"confirm": 1, "take_back": 2}
        with unscoped("test world"):
            remittances.confirm_receipt(actor=world.cashiers[world.company.pk], transfer=row, received_on=TODAY)
        assert offered_and_taken("transfer", row.pk, people) == {"take_back": 1}

    def test_whoever_sent_it_does_not_confirm_it_as_the_cashier_of_the_other_book(self, world: Kept) -> None:
        branch = world.branches[1]
        with unscoped("test world"):
            pay(world, branch, 300_00, dt.date(2026, 10, 8))
            passing_up.prepare_remittances(TODAY)
        both = world.treasurers[branch.pk].user
        hand_over(world.company, world.accountants[world.company.pk].user, both)
        row = sent(world, transfer(branch), make.actor(both))
        address = reverse("dues:transfer", args=[row.pk])
        assert "确认到账</button>" not in shown(both, address)
        assert browser(both).post(address, {"step": "confirm", **STEPS["confirm"]}).status_code == 403
        assert transfer(branch).state == TransferState.SENT
        assert "confirm" not in offered_and_taken("transfer", row.pk, everybody(world))

    def test_whoever_prepared_it_does_not_pay_it_as_the_new_cashier(self, world: Kept) -> None:
        row = allocated(world, world.branches[1])
        people = everybody(world)
        assert offered_and_taken("transfer", row.pk, people) == {"send": 1, "cancel": 1}
        former, fresh = world.accountants[world.company.pk].user, make.user()
        hand_over(world.company, fresh, former)
        address = reverse("dues:transfer", args=[row.pk])
        assert "确定转出" not in shown(former, address)
        assert browser(former).post(address, {"step": "send", **STEPS["send"]}).status_code == 403
        assert transfer(world.branches[1], TransferKind.DOWN).state == TransferState.DUE
        assert offered_and_taken("transfer", row.pk, [*people, fresh]) == {"cancel": 1}

    def test_a_branch_without_a_book_confirms_what_was_sent_down(self, world: Kept) -> None:
        row = sent(world, allocated(world, world.branches[2]), world.cashiers[world.company.pk])
        assert offered_and_taken("transfer", row.pk, everybody(world)) == {"confirm": 2, "take_back": 1}

    def test_a_committee_without_a_book_cannot(self, world: Kept) -> None:
        below = make.committee(world.company)
        secretary = make.post(below).user
        row = sent(world, allocated(world, below), world.cashiers[world.company.pk])
        assert offered_and_taken("transfer", row.pk, everybody(world, secretary)) == {"take_back": 1}

    def test_neither_can_a_branch_that_closed_its_book(self, world: Kept) -> None:
        branch = world.branches[0]
        row = sent(world, allocated(world, branch), world.cashiers[world.company.pk])
        with unscoped("test world"):
            Book.objects.filter(organization=branch).update(closed_on=TODAY)
        assert offered_and_taken("transfer", row.pk, everybody(world)) == {"take_back": 1}


class TestSpendings:
    def test_prepared_paid_and_reversed(self, world: Kept) -> None:
        row = prepared(world.company, world.accountants[world.company.pk])
        people = everybody(world)
        assert offered_and_taken("spending", row.pk, people) == {"pay": 1, "withdraw": 2}
        with unscoped("test world"):
            spendings.pay_spending(actor=world.cashiers[world.company.pk], spending=row, paid_on=TODAY)
        assert offered_and_taken("spending", row.pk, people) == {"reverse": 1}

    def test_whoever_prepared_it_does_not_pay_it_as_the_new_cashier(self, world: Kept) -> None:
        former, fresh = world.accountants[world.company.pk].user, make.user()
        row = prepared(world.company, world.accountants[world.company.pk])
        hand_over(world.company, fresh, former)
        assert offered_and_taken("spending", row.pk, everybody(world, fresh)) == {"withdraw": 2}

    def test_nobody_pays_while_the_book_has_no_accountant(self, world: Kept) -> None:
        row = prepared(world.company, world.accountants[world.company.pk])
        with unscoped("test world"):
            Book.objects.filter(organization=world.company).update(accountant=None)
        assert offered_and_taken("spending", row.pk, everybody(world)) == {"withdraw": 1}

    def test_whoever_may_pay_for_a_branch_may_send_back_what_was_prepared(self, world: Kept) -> None:
        branch, accountant, cashier = world.branches[0], make.user(), make.user()
        hand_over(branch, accountant, cashier)
        with unscoped("test world"):
            pay(world, branch, 300_00, dt.date(2026, 10, 8))
            remittances.confirm_receipt(
                actor=world.treasurers[branch.pk],
                transfer=sent(world, allocated(world, branch), world.cashiers[world.company.pk]),
                received_on=TODAY,
            )
        row = prepared(branch, make.actor(accountant))
        people = everybody(world, accountant, cashier)
        assert offered_and_taken("spending", row.pk, people) == {"pay": 3, "withdraw": 4}


@pytest.mark.parametrize("step", ["send", "confirm", "take_back", "cancel"])
def test_a_neighbour_takes_no_step_of_a_transfer(world: Kept, step: str) -> None:
    row = allocated(world, world.branches[1])
    neighbour = world.treasurers[world.branches[0].pk].user
    before = entries()
    data = {"step": step, **STEPS[step], "organization": world.branches[0].pk, "transfer": row.pk}
    assert browser(neighbour).post(reverse("dues:transfer", args=[row.pk]), data).status_code in {403, 404}
    assert transfer(world.branches[1], TransferKind.DOWN).state == TransferState.DUE
    assert entries() == before


@pytest.mark.parametrize("step", ["pay", "withdraw", "reverse"])
def test_a_neighbour_takes_no_step_of_a_use(world: Kept, step: str) -> None:
    row = prepared(world.company, world.accountants[world.company.pk])
    neighbour = world.treasurers[world.branches[0].pk].user
    before = entries()
    data = {"step": step, **STEPS[step], "organization": world.branches[0].pk, "spending": row.pk}
    assert browser(neighbour).post(reverse("dues:spending", args=[row.pk]), data).status_code in {403, 404}
    with unscoped("a test looks at what was written"):
        assert Spending.objects.get().state == SpendingState.PREPARED
    assert entries() == before
