"""Receiving, taking in and reversing: booked once, in bills, sums and books alike, or not at all."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext

from dangjian.accounts.models import Event
from dangjian.activities.dues.billing.actions import billing, collecting, reversing
from dangjian.activities.dues.billing.actions.collecting import Receipt, SheetDay
from dangjian.activities.dues.billing.models import Bill, Payment, PaymentLine, PaymentMethod
from dangjian.activities.dues.ledger.models import Account, Book, BookKind, JournalEntry, Posting
from dangjian.kernel import clock
from dangjian.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied, Refusal
from dangjian.org.models import Organization
from tests import make
from tests.activities.dues.build import NOVEMBER, World, assessed, bill, month, sums

pytestmark = pytest.mark.usefixtures("open_scope")
TODAY = dt.date(2026, 11, 23)


@pytest.fixture
def billed(world: World) -> World:
    billing.make_bills(actor=world.office, month=NOVEMBER)
    return world


def receive(world: World, *rows: Receipt, **more: Any) -> list[Payment]:
    more = {"actor": world.secretary, "paid_on": TODAY, "method": "cash", "key": "k1", "organization": world.branch} | more
    return collecting.receive(rows=rows, **more)


def row(world: World, number: int, fen: int | None = None, of: dt.date = NOVEMBER, **more: Any) -> Receipt:
    owed = bill(world.people[number], of)
    return Receipt(world.people[number], {owed.pk: owed.owed_fen if fen is None else fen}, **more)


def held(organization: Organization, *accounts: Account) -> int:
    """What the accounts hold by the books."""
    rows = Posting.objects.filter(entry__organization=organization)
    total = 0
    for account in accounts or (Account.CASH, Account.BANK):
        total += rows.filter(debit=account).aggregate(fen=Sum("amount_fen"))["fen"] or 0
        total -= rows.filter(credit=account).aggregate(fen=Sum("amount_fen"))["fen"] or 0
    return total


def nothing_written() -> bool:
    return not (Payment.objects.exists() or PaymentLine.objects.exists() or JournalEntry.objects.exists())


def test_a_whole_branch_at_once(billed: World) -> None:
    payments = receive(billed, *(row(billed, n) for n in range(6)))
    assert [one.amount_fen for one in payments] == [1000, 2000, 3000, 4000, 5000, 6000]
    assert {one.held_by for one in payments} == {billed.branch}
    assert len({one.receipt_no for one in payments}) == 6
    found = sums(billed.branch)
    assert (found.paid_fen, found.on_time_fen, found.unsettled, found.settled_on) == (21000, 21000, 0, TODAY)
    assert all(bill(member).settled_on == TODAY for member in billed.people)
    entry = JournalEntry.objects.get()
    assert (entry.number, entry.kind, entry.summary) == (1, "received", "收缴2026年11月党费：6人")
    assert set(entry.postings.values_list("debit", "credit")) == {(Account.CASH, Account.DUES)}
    assert held(billed.branch) == 21000
    assert Event.objects.filter(verb="dues.received", member_id=billed.people[2].pk).count() == 1


def test_the_same_key_books_once(billed: World) -> None:
    first = receive(billed, row(billed, 0), row(billed, 1))
    again = receive(billed, Receipt(billed.people[0], {bill(billed.people[0]).pk: 1000}))
    assert [one.pk for one in again] == [one.pk for one in first]
    assert (Payment.objects.count(), JournalEntry.objects.count(), bill(billed.people[0]).paid_fen) == (2, 1, 1000)


def test_what_another_treasurer_received_is_not_received_again(billed: World) -> None:
    receive(billed, row(billed, 0))
    receive(billed, row(billed, 3), key="k3")
    both = f"{billed.people[0].name}、{billed.people[3].name}"
    with pytest.raises(Conflict, match=f"{both}的党费已经交清"):
        receive(billed, *(row(billed, number) for number in (2, 0, 3)), actor=billed.deputy, key="k2")
    assert Payment.objects.count() == 2
    assert bill(billed.people[2]).paid_fen == 0


def test_in_part_and_the_rest_later(billed: World) -> None:
    receive(billed, row(billed, 1, 500))
    assert (bill(billed.people[1]).paid_fen, bill(billed.people[1]).settled_on) == (500, None)
    assert sums(billed.branch).unsettled == 6
    with clock.at("2026-12-05 09:00"):
        receive(billed, row(billed, 1, 1500), key="k2", paid_on=dt.date(2026, 12, 5))
    assert bill(billed.people[1]).settled_on == dt.date(2026, 12, 5)
    found = sums(billed.branch)
    assert (found.paid_fen, found.on_time_fen, found.unsettled) == (2000, 500, 5)


@pytest.mark.day("2026-11-23")
def test_months_ahead_get_their_bills(billed: World) -> None:
    ahead = (month("2026-12"), month("2027-01"))
    [payment] = receive(billed, row(billed, 2, months=ahead))
    assert payment.amount_fen == 9000
    assert [one.settled_on for one in Bill.objects.filter(member=billed.people[2])] == [TODAY] * 3
    assert not Bill.objects.filter(month__in=ahead).exclude(member=billed.people[2]).exists()
    with pytest.raises(Invalid, match="最多预交到2027年5月"):
        receive(billed, row(billed, 3, months=[month("2027-06")]), key="k2")
    assert Payment.objects.count() == 1


def test_free_extra_is_booked_apart(billed: World) -> None:
    receive(billed, row(billed, 0, extra_fen=99_999), row(billed, 1, extra_fen=100_000, payer_name="虚构亲属"))
    assert set(Posting.objects.values_list("credit", "amount_fen")) == {
        (Account.DUES, 1000),
        (Account.EXTRA, 99_999),
        (Account.DUES, 2000),
        (Account.LARGE, 100_000),
    }
    assert sums(billed.branch).paid_fen == 3000
    payment = Payment.objects.get(member=billed.people[1])
    assert (payment.extra_fen, payment.payer_name) == (100_000, "虚构亲属")


def test_extra_alone(billed: World) -> None:
    [payment] = receive(billed, Receipt(billed.people[0], extra_fen=5000))
    assert (payment.amount_fen, payment.extra_fen, payment.lines.count()) == (5000, 5000, 0)
    assert held(billed.branch) == 5000


def test_further_back_than_six_months_needs_a_reason(billed: World) -> None:
    for of in ("2026-04", "2026-05"):
        billing.make_bills(actor=billed.office, month=month(of))
    with pytest.raises(Invalid, match="补交期限"):
        receive(billed, row(billed, 0, of=month("2026-04")))
    assert nothing_written()
    receive(billed, row(billed, 0, of=month("2026-05")))
    receive(billed, row(billed, 0, of=month("2026-04")), key="k2", note="虚构外派期间没有通知到")
    assert bill(billed.people[0], month("2026-04")).settled_on == TODAY


@pytest.mark.parametrize(
    "wrong",
    [
        {"paid_on": dt.date(2026, 11, 24)},
        {"method": "bank"},
        {"method": "wages"},
        {"key": ""},
        {"rows": "none"},
        {"rows": "twice"},
        {"rows": "too much"},
        {"rows": "nothing"},
        {"rows": "below"},
        {"rows": "another's"},
        {"rows": "not assessed"},
        {"organization": "other"},
        {"organization": "top"},
        {"actor": "member"},
        {"actor": "neighbour"},
    ],
)
@pytest.mark.day("2026-11-23")
def test_refused_with_nothing_written(billed: World, wrong: dict[str, Any]) -> None:
    own = row(billed, 0)
    rows = {
        "none": [],
        "twice": [own, own],
        "too much": [row(billed, 0, 1001)],
        "nothing": [Receipt(billed.people[0])],
        "below": [row(billed, 0, -1)],
        "another's": [Receipt(billed.people[0], {bill(billed.people[1]).pk: 100})],
        "not assessed": [Receipt(make.member(billed.branch), months=[NOVEMBER])],
    }.get(wrong.pop("rows", ""), [own])
    more = dict(wrong)
    if "organization" in more:
        more |= {"organization": getattr(billed, more["organization"]), "actor": billed.office}
        rows = [own]
    if "actor" in wrong:
        more["actor"] = {"member": billed.actor(3), "neighbour": make.actor(billed.stranger.user)}[wrong["actor"]]
    with pytest.raises(Refusal):
        receive(billed, *rows, **more)
    assert nothing_written()
    assert bill(billed.people[0]).paid_fen == 0


def test_reversed_the_bill_is_open_again(billed: World) -> None:
    [payment, _other] = receive(billed, row(billed, 0, extra_fen=500), row(billed, 1))
    undone = reversing.reverse_payment(actor=billed.secretary, payment=payment, reason="重复登记")
    assert (undone.amount_fen, undone.extra_fen, undone.reverses) == (-1500, -500, payment)
    assert (bill(billed.people[0]).paid_fen, bill(billed.people[0]).settled_on) == (0, None)
    found = sums(billed.branch)
    assert (found.paid_fen, found.on_time_fen, found.unsettled, found.settled_on) == (2000, 2000, 5, None)
    assert held(billed.branch) == 2000
    assert set(Payment.objects.standing().values_list("member", flat=True)) == {billed.people[1].pk}
    for one in (payment, undone):
        with pytest.raises(Conflict):
            reversing.reverse_payment(actor=billed.secretary, payment=one, reason="再撤")
    receive(billed, row(billed, 0), key="k2")
    assert bill(billed.people[0]).settled_on == TODAY
    assert held(billed.branch) == 3000


def test_reversal_refused(billed: World) -> None:
    [payment] = receive(billed, row(billed, 0))
    with pytest.raises(Invalid):
        reversing.reverse_payment(actor=billed.secretary, payment=payment, reason=" ")
    for who in (billed.actor(3), make.actor(billed.stranger.user)):
        with pytest.raises((PermissionDenied, NotFound)):
            reversing.reverse_payment(actor=who, payment=payment, reason="越权")
    assert Payment.objects.count() == 1


def committee_book(world: World) -> Book:
    made: Book = Book.objects.create(organization=world.top, kind=BookKind.BANK, bank="icbc", opened_on=dt.date(2026, 1, 1))
    return made


def take_in(world: World, **more: Any) -> Payment:
    more = {
        "actor": make.SYSTEM, "member": world.people[1], "paid_on": TODAY, "method": PaymentMethod.BANK, "held_by": world.top,
        "key": "bank-1", "provider": "bank_transfer", "transaction_no": "T1",
    } | more  # fmt: skip
    return collecting.take_in(**more)


def test_taken_in_by_the_committee(billed: World) -> None:
    committee_book(billed)
    payment = take_in(billed, amount_fen=2000, months=[NOVEMBER])
    assert (payment.organization, payment.held_by) == (billed.branch, billed.top)
    assert held(billed.top, Account.BANK) == 2000
    assert sums(billed.branch).paid_fen == 2000
    assert take_in(billed, amount_fen=2000, months=[NOVEMBER]).pk == payment.pk
    assert Payment.objects.count() == 1


def test_taken_in_settles_the_named_then_the_oldest_and_what_is_over_is_extra(billed: World) -> None:
    committee_book(billed)
    billing.make_bills(actor=billed.office, month=month("2026-10"))
    payment = take_in(billed, amount_fen=5000, months=[NOVEMBER])
    assert (payment.extra_fen, set(payment.lines.values_list("amount_fen", flat=True))) == (1000, {2000})
    assert bill(billed.people[1], month("2026-10")).settled_on == TODAY
    ahead = take_in(billed, amount_fen=2500, extra_fen=500, months=[month("2026-12")], key="bank-2", transaction_no="T2")
    assert ahead.extra_fen == 500
    assert bill(billed.people[1], month("2026-12")).settled_on == TODAY


def test_taken_in_without_an_account_is_refused(billed: World) -> None:
    with pytest.raises(Conflict, match="党费账户"):
        take_in(billed, amount_fen=2000, months=[NOVEMBER])
    assert nothing_written()


def test_paid_too_much_after_a_lower_base(billed: World) -> None:
    receive(billed, row(billed, 1))
    assessed(billed.people[1], 500, NOVEMBER)
    billing.adjust_bills(actor=billed.office, member_ids=[billed.people[1].pk], from_month=NOVEMBER)
    found = bill(billed.people[1])
    assert (found.owed_fen, found.paid_fen, found.left_fen, found.settled_on) == (500, 2000, 0, TODAY)


OCTOBER = dt.date(2026, 10, 1)


def sheet(world: World, *days: SheetDay, **more: Any) -> list[Payment]:
    more = {"actor": world.secretary, "organization": world.branch, "key": "s1"} | more
    return collecting.receive_sheet(days=days, **more)


@pytest.fixture
def two_months(billed: World) -> World:
    billing.make_bills(actor=billed.office, month=OCTOBER)
    return billed


@pytest.mark.day("2026-11-23")
def test_a_register_of_several_days_is_entered_as_each_day_would_be(two_months: World) -> None:
    world = two_months
    first, second = dt.date(2026, 10, 20), dt.date(2026, 11, 6)
    payments = sheet(
        world,
        SheetDay(first, "cash", [row(world, 1, of=OCTOBER), row(world, 2, of=OCTOBER)]),
        SheetDay(second, "cash", [row(world, 1, extra_fen=500)]),  # who owes nothing else, by the day before
        SheetDay(second, "transfer", [row(world, 2), row(world, 3)]),
    )
    assert [(one.paid_on, one.method, one.amount_fen) for one in payments] == [
        (first, "cash", 2000),
        (first, "cash", 3000),
        (second, "cash", 2500),
        (second, "transfer", 3000),
        (second, "transfer", 4000),
    ]
    assert len({one.receipt_no for one in payments}) == 5
    entries = JournalEntry.objects.order_by("number")
    assert [(one.number, one.booked_on, one.summary) for one in entries] == [
        (1, first, "收缴2026年10月党费：2人"),
        (2, second, f"收缴2026年11月党费：{world.people[1]}"),
        (3, second, "收缴2026年11月党费：2人"),
    ]
    assert bill(world.people[1], OCTOBER).settled_on == first
    assert bill(world.people[1]).settled_on == second
    assert (sums(world.branch, OCTOBER).paid_fen, sums(world.branch).paid_fen) == (5000, 9000)
    assert held(world.branch) == 14500
    assert Event.objects.filter(verb="dues.received").count() == 5
    again = sheet(world, SheetDay(first, "cash", [row(world, 1, of=OCTOBER)]))
    assert again == payments[:2], "the key was booked before"
    assert Payment.objects.count() == 5


@pytest.mark.day("2026-11-23")
def test_what_a_day_of_the_register_leaves_the_next_may_bring(two_months: World) -> None:
    world, member = two_months, two_months.people[2]
    parts = [SheetDay(dt.date(2026, 11, day), "cash", [row(world, 2, 1500)]) for day in (6, 9)]
    sheet(world, *parts)
    assert (bill(member).paid_fen, bill(member).settled_on) == (3000, dt.date(2026, 11, 9))


@pytest.mark.day("2026-11-23")
@pytest.mark.parametrize("wrong", ["own", "ahead", "twice", "above", "method", "key", "nothing"])
def test_a_register_is_entered_whole_or_not_at_all(two_months: World, wrong: str) -> None:
    world, day = two_months, dt.date(2026, 11, 6)
    good = SheetDay(day, "cash", [row(world, 1)])
    bad = {
        "ahead": SheetDay(dt.date(2026, 11, 24), "cash", [row(world, 2)]),
        "twice": SheetDay(day, "transfer", [row(world, 2), row(world, 2, of=OCTOBER)]),
        "above": SheetDay(dt.date(2026, 11, 9), "cash", [row(world, 1)]),
        "method": SheetDay(day, "bank", [row(world, 2)]),
    }
    actor = world.deputy if wrong == "own" else world.secretary  # the deputy is among those who pay
    days = () if wrong == "nothing" else (good, bad.get(wrong, good))
    with pytest.raises(Refusal):
        sheet(world, *days, actor=actor, key="" if wrong == "key" else "s1")
    assert nothing_written()
    assert bill(world.people[1]).paid_fen == 0


@pytest.mark.day("2026-11-23")
def test_the_statements_of_a_register_do_not_grow_with_its_days(two_months: World) -> None:
    world = two_months

    def statements(days: int, number: int) -> int:
        parts = [SheetDay(dt.date(2026, 11, 1 + day), "cash", [row(world, number, 100)]) for day in range(days)]
        with CaptureQueriesContext(connection) as found:
            sheet(world, *parts, key=f"n{number}")
        return len(found)

    statements(1, 1)
    assert statements(5, 3) == statements(1, 2)
