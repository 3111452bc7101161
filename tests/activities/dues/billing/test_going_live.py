"""The day of going live: no bill, no arrears and no case for months before it, unless somebody pays them on purpose."""

import datetime as dt
from typing import Any

import pytest
from django.db.models import F
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dangjian.activities.dues.billing.actions import billing, collecting, reversing
from dangjian.activities.dues.billing.actions.collecting import Receipt
from dangjian.activities.dues.billing.models import Bill, BillAdjustment, BranchMonth, Payment
from dangjian.activities.dues.billing.queries.collecting import months_before_live
from dangjian.activities.dues.ledger.actions import passing_up
from dangjian.activities.dues.ledger.models import Transfer
from dangjian.activities.dues.oversight.actions import arrears
from dangjian.activities.dues.oversight.models import ArrearsCase
from dangjian.activities.dues.policy import month_of, months_between
from dangjian.engines.duties.actions import refresh
from dangjian.engines.duties.models import Duty, State
from dangjian.kernel import clock
from dangjian.members.models import Member
from dangjian.org.actions.live import go_live
from dangjian.org.models import Organization
from tests import make
from tests.activities.dues.build import NOVEMBER, World, bill, month, sums

pytestmark = [pytest.mark.usefixtures("open_scope"), pytest.mark.day("2026-11-23")]
TODAY = dt.date(2026, 11, 23)
SEPTEMBER, OCTOBER, DECEMBER = month("2026-09"), month("2026-10"), month("2026-12")


def live(world: World, day: str, organization: Organization | None = None) -> None:
    chosen = Organization.objects.get(pk=(organization or world.branch).pk)
    go_live(actor=world.office, organization=chosen, live_on=dt.date.fromisoformat(day))


def made(world: World, *months: dt.date) -> None:
    for one in months:
        billing.make_bills(actor=world.office, month=one)


def owed(world: World, of: dt.date) -> list[int]:
    rows = Bill.objects.filter(organization=world.branch, month=of).order_by("member_id")
    return list(rows.values_list("owed_fen", flat=True))


def pay(world: World, number: int, *bills: Bill, months: Any = (), key: str = "k", fen: int = 0) -> Payment:
    who = Member.objects.select_related("branch").get(pk=world.people[number].pk)
    row = Receipt(who, {one.pk: fen or one.left_fen for one in bills}, months=months)
    [payment] = collecting.receive(
        actor=world.secretary, organization=world.branch, rows=[row], paid_on=TODAY, method="cash", key=key
    )
    return payment


@pytest.mark.parametrize(
    ("live_on", "first"),
    [
        ("2026-09-30", SEPTEMBER),
        ("2026-10-01", OCTOBER),
        ("2026-10-31", OCTOBER),
        ("2026-11-01", NOVEMBER),
        ("2026-12-31", None),
    ],
)
def test_bills_begin_with_the_month_of_going_live(world: World, live_on: str, first: dt.date | None) -> None:
    live(world, live_on)
    Bill.objects.all().delete()
    made(world, SEPTEMBER, OCTOBER, NOVEMBER)
    billed = set(Bill.objects.filter(organization=world.branch).values_list("month", flat=True))
    assert billed == {one for one in (SEPTEMBER, OCTOBER, NOVEMBER) if first and one >= first}
    assert Bill.objects.filter(organization=world.other).count() == 3


def test_who_moves_into_a_branch_that_is_not_live_owes_nothing_there(world: World) -> None:
    live(world, "2026-12-01", world.other)
    made(world, NOVEMBER)
    assert not Bill.objects.filter(member=world.stranger).exists()
    assert Bill.objects.filter(organization=world.branch).count() == 6


def test_unpaid_months_before_the_new_day_go_and_come_back(world: World) -> None:
    made(world, SEPTEMBER, OCTOBER, NOVEMBER)
    refresh(actor=make.SYSTEM)
    pay(world, 0, bill(world.people[0], SEPTEMBER))
    pay(world, 1, bill(world.people[1], SEPTEMBER), fen=500, key="part")
    live(world, "2026-11-10")
    assert owed(world, SEPTEMBER) == [1000, 500, 0, 0, 0, 0]
    assert owed(world, OCTOBER) == [0] * 6
    assert owed(world, NOVEMBER) == [1000, 2000, 3000, 4000, 5000, 6000]
    assert not Bill.objects.unsettled().filter(organization=world.branch, month__lt=NOVEMBER).exists()
    assert set(BillAdjustment.objects.values_list("reason", flat=True)) == {"not_live"}
    assert (sums(world.branch, SEPTEMBER).owed_fen, sums(world.branch, SEPTEMBER).unsettled) == (1500, 0)
    collected = Duty.objects.filter(rule="dues_collect", organization=world.branch).order_by("period_start")
    assert [one.state for one in collected] == [State.VOID, State.VOID, State.OPEN]
    made(world, SEPTEMBER, OCTOBER, NOVEMBER)
    assert owed(world, SEPTEMBER) == [1000, 500, 0, 0, 0, 0]
    live(world, "2026-09-01")
    assert owed(world, SEPTEMBER) == owed(world, OCTOBER) == [1000, 2000, 3000, 4000, 5000, 6000]
    assert [one.state for one in collected.all()] == [State.OPEN] * 3


def test_an_earlier_day_makes_the_bills_that_were_never_made(world: World) -> None:
    live(world, "2026-11-01")
    made(world, NOVEMBER)
    live(world, "2026-09-15")
    assert owed(world, SEPTEMBER) == owed(world, OCTOBER) == [1000, 2000, 3000, 4000, 5000, 6000]
    assert not Bill.objects.filter(month=month("2026-08")).exists()


def test_cases_about_months_before_the_day_end(world: World) -> None:
    made(world, *months_between(month("2026-01"), NOVEMBER))
    arrears.open_cases(actor=make.SYSTEM)
    assert ArrearsCase.objects.filter(organization=world.branch, state="open").exists()
    live(world, "2026-11-10")
    assert not ArrearsCase.objects.filter(organization=world.branch, state="open").exists()
    assert arrears.open_cases(actor=make.SYSTEM).added == 0


def test_who_pays_a_month_before_on_purpose_gets_its_bill(world: World) -> None:
    live(world, "2026-11-10")
    made(world, NOVEMBER)
    who = Member.objects.select_related("branch").get(pk=world.people[2].pk)
    assert [one.month for one in months_before_live(who)] == list(months_between(month("2026-05"), OCTOBER))
    payment = pay(world, 2, months=[SEPTEMBER])
    assert (bill(who, SEPTEMBER).owed_fen, bill(who, SEPTEMBER).left_fen) == (3000, 0)
    assert SEPTEMBER not in [one.month for one in months_before_live(who)]
    billing.make_due_bills()
    assert owed(world, SEPTEMBER) == [3000]
    assert owed(world, OCTOBER) == []
    reversing.reverse_payment(actor=world.secretary, payment=payment, reason="登记错了")
    assert (bill(who, SEPTEMBER).owed_fen, bill(who, SEPTEMBER).settled_on) == (0, TODAY)
    again = pay(world, 2, months=[SEPTEMBER], key="again")
    assert (again.amount_fen, bill(who, SEPTEMBER).left_fen) == (3000, 0)


def test_nothing_is_to_be_passed_up_for_the_time_before(world: World) -> None:
    live(world, "2026-11-10")
    made(world, OCTOBER, NOVEMBER)
    pay(world, 0, bill(world.people[0]))
    passing_up.prepare_remittances()
    assert not Transfer.objects.exists()
    with clock.at("2027-01-01 09:00"):
        passing_up.prepare_remittances()
    assert list(Transfer.objects.values_list("base_fen", flat=True)) == [1000]


DAYS = st.dates(dt.date(2026, 8, 1), dt.date(2026, 12, 31))
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("live"), DAYS),
        st.tuples(st.just("make"), st.sampled_from([SEPTEMBER, OCTOBER, NOVEMBER])),
        st.tuples(st.just("pay"), st.integers(0, 5)),
        st.tuples(st.just("reverse"), st.integers(0, 9)),
    ),
    min_size=2,
    max_size=7,
)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_nobody_owes_more_than_they_paid_for_the_time_before(world: World, steps: list[Any]) -> None:
    for number, (step, value) in enumerate(steps):
        branch = Organization.objects.get(pk=world.branch.pk)
        if step == "live" and value != branch.live_on:
            live(world, value.isoformat())
        elif step == "make":
            made(world, value)
        elif step == "pay":
            chosen = Bill.objects.unsettled().filter(member=world.people[value]).first()
            if chosen is not None:
                pay(world, value, chosen, key=f"{clock.now()}{number}{Payment.objects.count()}"[-60:])
        elif step == "reverse":
            standing = Payment.objects.filter(reverses=None, reversed_by=None).order_by("pk")[value : value + 1]
            for payment in standing:
                reversing.reverse_payment(actor=world.secretary, payment=payment, reason="登记错了")
    first = month_of(Organization.objects.get(pk=world.branch.pk).live_on)
    mine = Bill.objects.filter(organization=world.branch)
    assert not mine.filter(month__lt=first).exclude(owed_fen=F("paid_fen")).exists()
    for one in mine.filter(month__gte=first).select_related("assessment"):
        assert one.owed_fen == one.assessment.amount_fen
    for one in BranchMonth.objects.filter(organization=world.branch):
        rows = mine.filter(month=one.month)
        assert one.owed_fen == sum(rows.values_list("owed_fen", flat=True))
        assert one.unsettled == rows.filter(settled_on=None).count()
