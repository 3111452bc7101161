"""Made twice, in any order, after a crash, by two at once: the books are the same."""

import datetime as dt
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dangjian.activities.dues.billing.actions import billing, collecting, reversing
from dangjian.activities.dues.billing.actions.collecting import Receipt
from dangjian.activities.dues.billing.models import Bill, BillAdjustment, BranchMonth, Payment, PaymentLine
from dangjian.activities.dues.ledger.models import Account, JournalEntry, Posting
from dangjian.kernel.errors import Refusal
from dangjian.members.actions import account
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.dues import build
from tests.activities.dues.build import NOVEMBER, World, assessed, bill, month, relieved, sums
from tests.at_once import at_once

MONTHS = [month("2026-09"), month("2026-10"), NOVEMBER]
FEW = settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


def books() -> dict[str, Any]:
    """What bills and sums say, without numbers of rows and without how they came about."""
    with unscoped("a test compares"):
        bills = Bill.objects.order_by("member", "month").values_list(
            "member", "month", "organization", "owed_fen", "paid_fen", "settled_on", "kind", "standard_fen"
        )
        columns = [field.name for field in BranchMonth._meta.concrete_fields if field.name != "id"]
        return {
            "bills": list(bills),
            "sums": list(BranchMonth.objects.order_by("organization", "month").values_list(*columns)),
        }


def assert_adds_up() -> None:
    """Bills are their adjustments and lines; sums are their bills; every fen paid is in the ledger."""
    with unscoped("a test adds up"):
        for one in Bill.objects.all():
            adjusted = BillAdjustment.objects.filter(bill=one).aggregate(fen=Sum("delta_fen"))["fen"] or 0
            paid = PaymentLine.objects.filter(bill=one).aggregate(fen=Sum("amount_fen"))["fen"] or 0
            assert (one.adjusted_fen, one.paid_fen) == (adjusted, paid)
            assert (one.settled_on is None) == (one.left_fen > 0)
        for row in BranchMonth.objects.all():
            found = Bill.objects.filter(organization=row.organization_id, month=row.month)
            totals = found.aggregate(owed=Sum("owed_fen"), paid=Sum("paid_fen"))
            assert (row.bills, row.owed_fen, row.paid_fen) == (found.count(), totals["owed"], totals["paid"])
            assert row.unsettled == found.unsettled().count()
        received = Payment.objects.aggregate(fen=Sum("amount_fen"))["fen"] or 0
        debit = Posting.objects.filter(debit=Account.CASH).aggregate(fen=Sum("amount_fen"))["fen"] or 0
        credit = Posting.objects.filter(credit=Account.CASH).aggregate(fen=Sum("amount_fen"))["fen"] or 0
        assert debit - credit == received


def _steps(world: World) -> list[Callable[[], object]]:
    """Things that happen between runs, each of which may come before or after bills are made."""
    return [
        lambda: assessed(world.people[0], 7700, month("2026-10")),
        lambda: relieved(world.people[1], month("2026-10"), month("2026-11")),
        lambda: relieved(world.people[2], NOVEMBER, monthly_fen=100),
        lambda: account.move(actor=make.SYSTEM, members=[world.people[3]], to=world.other, effective_on=dt.date(2026, 10, 15)),
        lambda: assessed(make.member(world.other, "虚构后来者"), 900, month("2026-10")),
    ]


@FEW
@given(st.lists(st.sampled_from([0, 1, 2, 3, 4, "sep", "oct", "nov"]), max_size=12, unique=False))
def test_in_any_order_the_bills_are_the_same(db: None, story: list[Any]) -> None:
    names = dict(zip(("sep", "oct", "nov"), MONTHS, strict=True))

    def told(order: list[Any]) -> dict[str, Any]:
        with transaction.atomic(), unscoped("test world"):
            world = build.world()
            steps = _steps(world)
            for one in dict.fromkeys(order):
                if isinstance(one, int):
                    steps[one]()
                else:
                    billing.make_bills(actor=make.SYSTEM, month=names[one])
            for one in [*MONTHS, *reversed(MONTHS)]:
                billing.make_bills(actor=make.SYSTEM, month=one)
            assert_adds_up()
            found = books()
            ranks = {member.pk: place for place, member in enumerate([*world.people, world.stranger])}
            places = {world.branch.pk: "own", world.other.pk: "other"}
            shown = {
                "bills": sorted(
                    (ranks.get(row[0], 99), row[1], places[row[2]], row[3], row[4], row[5] is None, *row[6:])
                    for row in found["bills"]
                ),
                "sums": sorted((places[row[0]], *row[1:9]) for row in found["sums"]),
            }
            transaction.set_rollback(True)
        return shown

    happened = [one for one in dict.fromkeys(story) if isinstance(one, int)]
    assert told(story) == told(happened)


@FEW
@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.sampled_from(MONTHS), st.integers(1, 4), st.integers(0, 300), st.booleans()), max_size=10
    )
)
def test_any_history_of_payments_adds_up(db: None, history: list[tuple[int, dt.date, int, int, bool]]) -> None:
    with transaction.atomic(), unscoped("test world"):
        world = build.world()
        for one in MONTHS:
            billing.make_bills(actor=make.SYSTEM, month=one)
        for place, (number, of, quarters, extra, taken_back) in enumerate(history):
            owed = bill(world.people[number], of)
            row = Receipt(world.people[number], {owed.pk: owed.owed_fen * quarters // 4}, extra_fen=extra)
            try:
                [payment] = collecting.receive(
                    actor=world.secretary, organization=world.branch, rows=[row], paid_on=dt.date(2026, 11, 20),
                    method="cash", key=f"k{place}", note="虚构的说明",
                )  # fmt: skip
            except Refusal:
                assert owed.left_fen < owed.owed_fen * quarters // 4
                continue
            if taken_back:
                reversing.reverse_payment(actor=world.secretary, payment=payment, reason="虚构原因")
        assert_adds_up()
        transaction.set_rollback(True)


def test_a_crash_in_between_leaves_nothing_and_the_next_run_is_whole(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: Any) -> None:
        raise RuntimeError("the power is gone")

    with monkeypatch.context() as broken:
        broken.setattr("dangjian.activities.dues.billing.actions.bill_sql.add_up", crash)
        with pytest.raises(RuntimeError):
            billing.make_bills(actor=make.SYSTEM, month=NOVEMBER)
    with unscoped("a test looks"):
        assert not Bill.objects.exists()
    billing.make_bills(actor=make.SYSTEM, month=NOVEMBER)
    assert sums(world.branch).bills == 6
    assert_adds_up()


def _receiving(world: World, numbers: tuple[int, ...], key: str, actor: Any = None) -> Callable[[], object]:
    rows = [Receipt(world.people[n], {bill(world.people[n]).pk: bill(world.people[n]).owed_fen}) for n in numbers]
    who = actor or world.secretary
    return lambda: collecting.receive(
        actor=who, organization=world.branch, rows=rows, paid_on=dt.date(2026, 11, 20), method="cash", key=key
    )


@pytest.mark.django_db(transaction=True)
def test_a_double_tap_books_once() -> None:
    world = build.world()
    billing.make_bills(actor=make.SYSTEM, month=NOVEMBER)
    tap = _receiving(world, (0, 1, 2), "one-key")
    found = at_once(tap, tap, tap, tap)
    assert len({tuple(one.pk for one in answer) for answer in found}) == 1
    with unscoped("a test counts"):
        assert (Payment.objects.count(), JournalEntry.objects.count()) == (3, 1)
    assert_adds_up()


@pytest.mark.django_db(transaction=True)
def test_two_treasurers_at_once_receive_each_bill_once() -> None:
    world = build.world()
    billing.make_bills(actor=make.SYSTEM, month=NOVEMBER)
    found = at_once(
        _receiving(world, (0, 1, 2), "first"),
        _receiving(world, (2, 3), "second", world.deputy),
        _receiving(world, (4,), "third"),
        lambda: billing.make_bills(actor=make.SYSTEM, month=NOVEMBER),
    )
    assert sum(isinstance(answer, Refusal) for answer in found) == 1
    assert bill(world.people[2]).paid_fen == 3000
    assert_adds_up()


@pytest.mark.django_db(transaction=True)
def test_bills_made_by_several_at_once_are_made_once() -> None:
    world = build.world()
    run = partial(billing.make_bills, actor=make.SYSTEM, month=NOVEMBER)
    with unscoped("test world"):
        assessed(world.people[0], 5500, NOVEMBER)
    found = at_once(run, run, run)
    assert sorted(answer.bills for answer in found) == [0, 0, 7]
    assert connection.vendor in {"sqlite", "postgresql"}
    assert_adds_up()
