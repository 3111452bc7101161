"""Statistics: sums equal the bills, whatever is paid, reversed, relieved or given freely, and in however many branches."""

import datetime as dt
from collections.abc import Iterator

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dangjian.activities.dues.billing.actions import billing, collecting, reversing
from dangjian.activities.dues.billing.models import Bill, Payment
from dangjian.activities.dues.oversight.queries import figures
from dangjian.activities.dues.oversight.queries.figures import DUES, Figures
from dangjian.activities.dues.oversight.views.statistics import STATISTICS
from dangjian.kernel import clock
from dangjian.kernel.statistics import Asked
from dangjian.org.models import Organization
from dangjian.org.scope import opened
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.dues import build
from tests.activities.dues.build import World, month

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("open_scope"), pytest.mark.day("2026-11-23")]
SEPTEMBER, OCTOBER, NOVEMBER = month("2026-09"), month("2026-10"), month("2026-11")


@pytest.fixture
def billed(world: World) -> Iterator[World]:
    """Three months of bills of both branches; today is 23 November."""
    for one in (SEPTEMBER, OCTOBER, NOVEMBER):
        billing.make_bills(actor=make.SYSTEM, month=one)
    return world


def pay(world: World, person: int, of: dt.date, on: str, part: int | None = None, extra: int = 0) -> Payment:
    member = world.people[person]
    bill = build.bill(member, of)
    receipt = collecting.Receipt(member, {bill.pk: part or bill.left_fen}, extra_fen=extra)
    [payment] = collecting.receive(
        actor=world.secretary,
        organization=world.branch,
        rows=[receipt],
        paid_on=dt.date.fromisoformat(on),
        method="cash",
        key=f"test-{person}-{of}-{on}-{part}",
        note="虚构：本人另外多交" if extra else "",
    )
    return payment


def asked(organization: Organization, **chosen: str) -> Asked:
    return Asked(organization, SEPTEMBER, NOVEMBER, chosen)


def test_paid_on_time_late_and_partly(billed: World) -> None:
    pay(billed, 0, SEPTEMBER, "2026-09-30")
    pay(billed, 1, SEPTEMBER, "2026-10-02")
    pay(billed, 2, SEPTEMBER, "2026-09-12", part=10_00)
    found = STATISTICS.found(asked(billed.top)).total
    assert (found.bills, found.settled, found.unsettled) == (21, 2, 19)
    assert found.owed_fen == 3 * 280_00
    assert found.paid_fen == 10_00 + 20_00 + 10_00
    assert found.on_time_fen == 10_00 + 10_00
    assert found.arrears == 5 + 7  # what is unpaid of September and October; November may still be paid
    assert found.arrears_fen == 280_00 - 40_00 + 280_00
    assert found.rate == pytest.approx(40_00 / 840_00)


def test_relief_and_what_is_given_freely(world: World) -> None:
    build.relieved(world.people[0], OCTOBER)
    build.relieved(world.people[1], OCTOBER, monthly_fen=5_00)
    for one in (SEPTEMBER, OCTOBER, NOVEMBER):
        billing.make_bills(actor=make.SYSTEM, month=one)
    pay(world, 2, OCTOBER, "2026-10-20", extra=66_00)
    by_month = DUES(asked(world.top), "month")
    assert (by_month[SEPTEMBER].reduced, by_month[SEPTEMBER].exempt) == (0, 0)
    assert (by_month[OCTOBER].reduced, by_month[OCTOBER].exempt) == (1, 1)
    assert by_month[OCTOBER].extra_fen == 66_00
    assert DUES(asked(world.top), "kind")["salaried"].extra_fen == 66_00


def test_a_reversed_payment_counts_nowhere(billed: World) -> None:
    before = STATISTICS.found(asked(billed.top)).total
    payment = pay(billed, 3, SEPTEMBER, "2026-09-10", extra=1_00)
    reversing.reverse_payment(actor=billed.secretary, payment=payment, reason="重复登记")
    assert STATISTICS.found(asked(billed.top)).total == before


def test_each_list_adds_up_to_its_figure(billed: World) -> None:
    pay(billed, 0, SEPTEMBER, "2026-09-30")
    pay(billed, 1, SEPTEMBER, "2026-10-02")
    pay(billed, 2, OCTOBER, "2026-10-12", part=10_00)
    one = asked(billed.top)
    found = STATISTICS.found(one).total
    sums = {show: figures.totals(figures.showing(figures.with_days(figures.bills(one)), show)) for show in ("", *figures.SHOWS)}
    assert (sums[""].number, sums[""].owed_fen) == (found.bills, found.owed_fen)
    assert sums["paid"].paid_fen == found.paid_fen
    assert sums["settled"].number == found.settled
    assert sums["unsettled"].number == found.unsettled
    assert sums["on_time"].on_time_fen == found.on_time_fen
    assert sums["late"].number == 1
    assert (sums["arrears"].number, sums["arrears"].left_fen) == (found.arrears, found.arrears_fen)
    assert sums["reduced"].number == sums["exempt"].number == 0


@pytest.mark.any_database
def test_what_was_paid_of_a_bill_is_found_by_the_bill(billed: World) -> None:
    """With SQLite alone, whose planner does not know how few lines are reversals."""
    rows = figures.showing(figures.with_days(Bill.objects.all()), "on_time")
    plan = rows.order_by("-on_time_fen").explain()
    assert plan.count("dues_paymentline_bill_id") == 2, plan
    assert "dues_paymentline_payment_id" not in plan, "all payments would be gone through for each bill"


def test_members_in_the_period(billed: World) -> None:
    pay(billed, 0, SEPTEMBER, "2026-09-30")
    rows = {row.member_id: row for row in figures.members(figures.bills(asked(billed.top)))}
    assert len(rows) == 7
    row = rows[billed.people[0].pk]
    assert (row.months, row.open_months, row.owed, row.paid, row.left) == (3, 2, 30_00, 10_00, 20_00)


def test_only_what_the_scope_shows(billed: World) -> None:
    where = make.actor(billed.stranger.user).scope_of("dues.statistics")
    with opened(where):
        found = STATISTICS.found(asked(billed.other))
        elsewhere = STATISTICS.found(asked(billed.branch))
    assert found.total.bills == 3
    assert elsewhere.total == Figures()


def test_branches_are_added_up_under_the_level_right_below(billed: World) -> None:
    general = make.general_branch(billed.top)
    deep = make.branch(general)
    build.assessed(make.member(deep), 8_00)
    billing.make_bills(actor=make.SYSTEM, month=NOVEMBER)
    rows = STATISTICS.found(asked(billed.top)).rows("organization")
    found = {row.key: row.figures for row in rows}
    assert found[general.pk].owed_fen == 8_00
    assert found[billed.branch.pk].owed_fen == 3 * 210_00
    assert sum(one.owed_fen for one in found.values()) == STATISTICS.found(asked(billed.top)).total.owed_fen


def test_statements_do_not_grow(billed: World) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as caught:
            STATISTICS.found(asked(billed.top))
        return len(caught)

    few = statements()
    for _ in range(3):
        branch = make.branch(billed.top)
        for _ in range(4):
            build.assessed(make.member(branch), 9_00)
    for one in (SEPTEMBER, OCTOBER, NOVEMBER):
        billing.make_bills(actor=make.SYSTEM, month=one)
    assert statements() == few


STEPS = st.lists(
    st.tuples(st.integers(0, 5), st.sampled_from((9, 10, 11)), st.integers(1, 60), st.sampled_from((0, 0, 1_00)), st.booleans()),
    max_size=8,
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_sums_equal_the_bills(billed: World, steps: list[tuple[int, int, int, int, bool]]) -> None:
    """Every history: organisations, months and kinds add up to the same, and to the bills and payments themselves."""
    point = transaction.savepoint()
    try:
        _play(billed, steps)
        whole = asked(billed.top)
        found = STATISTICS.found(whole)
        for _, rows in found.parts:
            assert DUES.sum(row.figures for row in rows) == found.total
        by_month = {row.key: row.figures for row in found.rows("month")}
        assert DUES(asked(billed.top, kind="salaried"), "month") == by_month
        bills = list(Bill.objects.all())
        assert found.total.owed_fen == sum(bill.owed_fen for bill in bills)
        assert found.total.paid_fen == sum(bill.paid_fen for bill in bills)
        assert found.total.arrears_fen == sum(bill.left_fen for bill in bills if bill.month < NOVEMBER)
        assert found.total.extra_fen == sum(Payment.objects.values_list("extra_fen", flat=True))
        assert found.total.bills == len(bills)
    finally:
        transaction.savepoint_rollback(point)


def _play(world: World, steps: list[tuple[int, int, int, int, bool]]) -> None:
    for number, (person, of, yuan, extra, back) in enumerate(steps):
        bill = build.bill(world.people[person], dt.date(2026, of, 1))
        if not bill.left_fen:
            continue
        receipt = collecting.Receipt(world.people[person], {bill.pk: min(yuan * 100, bill.left_fen)}, extra_fen=extra)
        with unscoped("test world"), clock.at("2026-11-23 09:00"):
            [payment] = collecting.receive(
                actor=world.secretary,
                organization=world.branch,
                rows=[receipt],
                paid_on=dt.date(2026, of, 20),
                method="cash",
                key=f"step-{number}-of-{len(steps)}",
                note="虚构：本人另外多交" if extra else "",
            )
            if back:
                reversing.reverse_payment(actor=world.secretary, payment=payment, reason="登记错误")
