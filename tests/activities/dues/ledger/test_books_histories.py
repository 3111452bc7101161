"""Whatever is paid, passed on, used and taken back, in any order: the books balance, and money is in one place only."""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from dangjian.activities.dues.ledger.actions import books as accounts
from dangjian.activities.dues.ledger.actions import corrections, passing_up, posting, reconciliations, remittances, spendings
from dangjian.activities.dues.ledger.models import (
    MONEY_HELD,
    USES,
    Account,
    EntryKind,
    JournalEntry,
    Posting,
    RemittanceLevel,
    RemittancePeriod,
    Spending,
    SpendingState,
    Transfer,
    TransferKind,
    TransferState,
)
from dangjian.activities.dues.ledger.queries import books
from dangjian.kernel import clock
from dangjian.kernel.errors import Refusal
from dangjian.org.models import Organization
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.dues.books import DECIDED, Kept, kept, pay

pytestmark = pytest.mark.django_db

START = dt.date(2026, 1, 5)
NAMES = (
    *("pay",) * 4,
    "large",
    *("prepare",) * 2,
    *("send",) * 4,
    *("confirm",) * 4,
    "allocate",
    "allocate",
    *("use", "pay_use") * 2,
    "interest",
    "take_back",
    "reverse",
    "reverse_payment",
    "from_outside",
    "count",
)
step = st.tuples(st.sampled_from(NAMES), st.integers(0, 25), st.integers(0, 99), st.integers(1, 5000_00))
Do = Callable[[Kept, int, int, dt.date], None]


@contextmanager
def undone() -> Iterator[None]:
    """Each history begins with an empty database."""
    with transaction.atomic(), unscoped("random histories"):
        yield
        transaction.set_rollback(True)


def pick(rows: Any, number: int) -> Any:
    found = list(rows)
    return found[number % len(found)] if found else None


def bookkeepers(world: Kept, organization: Organization) -> tuple[Any, Any]:
    """Whoever books and whoever handles the money of an organisation."""
    if organization.pk in world.accountants:
        return world.accountants[organization.pk], world.cashiers[organization.pk]
    return world.seconds[organization.pk], world.treasurers[organization.pk]


def do_pay(world: Kept, one: int, fen: int, day: dt.date) -> None:
    pay(world, pick(world.branches, one), fen, day)


def do_large(world: Kept, one: int, fen: int, day: dt.date) -> None:
    pay(world, pick(world.branches, one), 0, day, large_fen=1000_00 + fen)


def do_prepare(_world: Kept, _one: int, _fen: int, day: dt.date) -> None:
    passing_up.prepare_remittances(day)


def do_send(world: Kept, one: int, _fen: int, day: dt.date) -> None:
    if row := pick(Transfer.objects.filter(state=TransferState.DUE).order_by("pk"), one):
        sender = row.superior if row.kind == TransferKind.DOWN else row.organization
        remittances.send(actor=bookkeepers(world, sender)[1], transfer=row, sent_on=day)


def do_confirm(world: Kept, one: int, _fen: int, day: dt.date) -> None:
    if row := pick(Transfer.objects.filter(state=TransferState.SENT).order_by("pk"), one):
        receiver = row.organization if row.kind == TransferKind.DOWN else row.superior
        actor = bookkeepers(world, receiver or row.organization)[1]
        remittances.confirm_receipt(actor=actor, transfer=row, received_on=day, receipt="虚构收据")


def do_allocate(world: Kept, one: int, fen: int, _day: dt.date) -> None:
    superior, below = pick([(world.group, world.company), *((world.company, branch) for branch in world.branches)], one)
    mark = pick(books.earmarks(superior), one) if one % 2 else None
    decided = {**DECIDED, "decided_on": START}
    remittances.allocate(
        actor=world.accountants[superior.pk],
        superior=superior,
        organization=below,
        amount_fen=min(fen, mark.left_fen) if mark else 1 + fen // 20,
        use=mark.transfer.use if mark else pick(["", *USES], one),
        purpose="虚构用途",
        earmark=mark.transfer if mark else None,
        **decided,  # type: ignore[arg-type]  # a day and a text
    )


def do_use(world: Kept, one: int, fen: int, _day: dt.date) -> None:
    organization = pick([world.group, world.company], one)
    mark = pick(books.earmarks(organization), one) if one % 3 else None
    decided = {**DECIDED, "decided_on": START}
    spendings.prepare_spending(
        actor=world.accountants[organization.pk],
        organization=organization,
        purpose=(mark.transfer.use if mark else "") or pick(USES, one),
        amount_fen=min(fen, mark.left_fen) if mark else 1 + fen // 20,
        title="虚构支出",
        payee="虚构单位",
        earmark=mark.transfer if mark else None,
        **decided,  # type: ignore[arg-type]  # a day and a text
    )


def do_pay_use(world: Kept, one: int, _fen: int, day: dt.date) -> None:
    if row := pick(Spending.objects.filter(state=SpendingState.PREPARED).order_by("pk"), one):
        spendings.pay_spending(actor=world.cashiers[row.organization_id], spending=row, paid_on=day)


def do_interest(world: Kept, one: int, fen: int, day: dt.date) -> None:
    organization = pick([world.group, world.company], one)
    actor = world.accountants[organization.pk]
    accounts.book_interest(actor=actor, organization=organization, amount_fen=fen, booked_on=day, key=f"{one}{fen}{day}")


def do_take_back(world: Kept, one: int, _fen: int, _day: dt.date) -> None:
    if row := pick(Transfer.objects.exclude(state=TransferState.DUE).order_by("-pk"), one):
        entry = row.received_entry or row.sent_entry
        if entry:
            remittances.take_back(actor=bookkeepers(world, entry.organization)[0], transfer=row, reason="虚构差错")


def do_reverse(world: Kept, one: int, _fen: int, _day: dt.date) -> None:
    if entry := pick(JournalEntry.objects.exclude(kind=EntryKind.RECEIVED).order_by("-pk"), one):
        corrections.reverse_entry(actor=bookkeepers(world, entry.organization)[0], entry=entry, reason="虚构差错")


def do_reverse_payment(_world: Kept, one: int, _fen: int, _day: dt.date) -> None:
    rows = JournalEntry.objects.filter(kind=EntryKind.RECEIVED, reversed_by=None).order_by("-pk")
    if entry := pick(rows, one):
        posting.reverse(actor=make.SYSTEM, entry=entry, reason="虚构差错")


def do_from_outside(world: Kept, one: int, fen: int, day: dt.date) -> None:
    remittances.receive_from_outside(
        actor=world.cashiers[world.group.pk],
        organization=world.group,
        superior_name="虚构上级",
        amount_fen=fen,
        use=pick(USES, one),
        purpose="虚构专款",
        received_on=day,
    )


def do_count(world: Kept, one: int, _fen: int, day: dt.date) -> None:
    organization = pick([world.group, world.company, *world.branches], one)
    month = (day.replace(day=1) - dt.timedelta(days=1)).replace(day=1)
    accountant, cashier = bookkeepers(world, organization)
    stands = books.balance(organization, day.replace(day=1) - dt.timedelta(days=1))
    row = reconciliations.count(actor=cashier, organization=organization, month=month, cash_fen=stands.cash, bank_fen=stands.bank)
    reconciliations.check(actor=accountant, reconciliation=row)


DO: dict[str, Do] = {name: globals()[f"do_{name}"] for name in set(NAMES)}


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
@given(
    history=st.lists(step, min_size=8, max_size=35),
    ratio=st.integers(1, 10000),
    days=st.tuples(st.integers(0, 200), st.integers(0, 200)),
)
def test_the_books_balance(history: list[tuple[str, int, int, int]], ratio: int, days: tuple[int, int]) -> None:
    with undone():
        world, today = begin(ratio), START
        for name, wait, one, fen in history:
            today += dt.timedelta(days=wait)
            with clock.at(f"{today} 09:00"):
                day = today - dt.timedelta(days=one % 20)
                before = JournalEntry.objects.count()
                try:
                    with transaction.atomic():
                        DO[name](world, one, fen, max(day, START))
                    event(f"{name} done")
                except Refusal:
                    assert JournalEntry.objects.count() == before
        for day in {START + dt.timedelta(days=number) for number in days} | {START - dt.timedelta(days=1), today}:
            check_day(world, day)
        check_states(world, today)


def begin(ratio: int) -> Kept:
    world = kept()
    for organization, level in (
        (world.company, RemittanceLevel.BRANCH),
        (world.group, RemittanceLevel.COMMITTEE),
        (world.group, RemittanceLevel.OWN),
    ):
        passing_up.set_terms(
            actor=make.SYSTEM,
            organization=organization,
            level=level,
            ratio_percent_x100=10000 if level == RemittanceLevel.BRANCH else ratio,
            period=RemittancePeriod.MONTH,
            due_days=10,
            from_month=START,
            superior_name="虚构上级党委",
        )
    return world


def check_day(world: Kept, day: dt.date) -> None:
    found = books.balances(day)
    everybody = [world.group, world.company, *world.branches]
    for organization in everybody:
        stands = found.get(organization.pk, books.NOTHING)
        assert stands.adds_up, (organization, day, stands)
        assert stands == books.balance(organization, day)
        opened = books.statement(organization, START, day)
        assert {**opened.moved.accounts} == {**stands.accounts}
    outside_in, outside_out = across_the_border(day)
    assert sum(one.held for one in found.values()) + books.in_transit(day) == outside_in - outside_out
    assert books.in_transit(day) >= 0


def across_the_border(day: dt.date) -> tuple[int, int]:
    """What came from and went to anybody but the organisations here, by the postings themselves."""
    inner = Posting.objects.filter(entry__booked_on__lte=day).exclude(transfer__superior__isnull=False)
    into = inner.filter(debit__in=MONEY_HELD).exclude(credit__in=MONEY_HELD).aggregate(fen=Sum("amount_fen"))["fen"] or 0
    out = inner.filter(credit__in=MONEY_HELD).exclude(debit__in=MONEY_HELD).aggregate(fen=Sum("amount_fen"))["fen"] or 0
    return into, out


def check_states(world: Kept, today: dt.date) -> None:
    """What rows say agrees with the books; what was reversed has left nothing."""
    sent = Transfer.objects.filter(state=TransferState.SENT).exclude(superior=None)
    assert books.in_transit(today) == sum(row.amount_fen for row in sent)
    paid = sum(row.amount_fen for row in Spending.objects.filter(state=SpendingState.PAID))
    assert paid == sum(one.used for one in books.balances(today).values())
    for entry in JournalEntry.objects.exclude(reverses=None).select_related("reverses"):
        there = sorted((p.debit, p.credit, p.amount_fen) for p in entry.reverses.postings.all())
        assert sorted((p.credit, p.debit, p.amount_fen) for p in entry.postings.all()) == there
    for organization in (world.group, world.company):
        funds = books.funds(organization, today)
        assert funds.large == books.balance(organization, today).of(Account.LARGE)
        assert funds.held == funds.large + funds.earmarked + funds.reserved + funds.free
        numbers = list(JournalEntry.objects.filter(organization=organization).order_by("number").values_list("number", flat=True))
        assert numbers == list(range(1, len(numbers) + 1))
        marks = Transfer.objects.filter(organization=organization, kind=TransferKind.DOWN, state=TransferState.RECEIVED)
        for mark in marks:
            spent = (
                Spending.objects.filter(earmark=mark, state__in=("prepared", "paid")).aggregate(fen=Sum("amount_fen"))["fen"] or 0
            )
            assert spent <= mark.amount_fen
