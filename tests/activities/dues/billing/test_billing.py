"""Bills of a month: who owes what to which branch, once, and what changes them."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dangjian.activities.dues.assessment.models import Assessment, Relief
from dangjian.activities.dues.billing.actions import billing
from dangjian.activities.dues.billing.actions.billing import Made
from dangjian.activities.dues.billing.models import Bill, BillAdjustment, BranchMonth, MonthRun
from dangjian.kernel import clock
from dangjian.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied
from dangjian.members.actions import account
from dangjian.members.models import ChangeKind
from tests import make
from tests.activities.dues.build import NOVEMBER, World, assessed, bill, month, relieved, sums

pytestmark = pytest.mark.usefixtures("open_scope")
OCTOBER, DECEMBER = month("2026-10"), month("2026-12")


def made(world: World, of: dt.date = NOVEMBER) -> Made:
    return billing.make_bills(actor=world.office, month=of)


def test_everybody_assessed_owes_their_sum_to_their_branch(world: World) -> None:
    assert made(world) == Made(7, 0)
    first = bill(world.people[0])
    assert (first.organization, first.standard_fen, first.amount_fen, first.owed_fen) == (world.branch, 1000, 1000, 1000)
    assert (first.paid_fen, first.settled_on, first.kind) == (0, None, "salaried")
    assert bill(world.stranger).organization == world.other
    found = sums(world.branch)
    assert (found.bills, found.unsettled, found.owed_fen, found.paid_fen) == (6, 6, 21000, 0)
    assert found.due_on == dt.date(2026, 11, 30)


def test_made_again_nothing_changes(world: World) -> None:
    made(world)
    before = list(Bill.objects.order_by("pk").values())
    assert made(world) == Made(0, 0)
    assert list(Bill.objects.order_by("pk").values()) == before
    assert not BillAdjustment.objects.exists()
    assert MonthRun.objects.count() == 1


def test_only_some_members(world: World) -> None:
    chosen = [world.people[1].pk, world.people[2].pk]
    assert billing.make_bills(actor=world.office, month=NOVEMBER, members=chosen) == Made(2, 0)
    assert set(Bill.objects.values_list("member", flat=True)) == set(chosen)
    assert made(world) == Made(5, 0)
    assert sums(world.branch).bills == 6


def test_the_number_of_statements_does_not_grow(world: World) -> None:
    made(world, month("2026-09"))
    with CaptureQueriesContext(connection) as few:
        made(world)
    for _ in range(12):
        assessed(make.member(make.branch(world.top)), 500)
    with CaptureQueriesContext(connection) as first:
        made(world, OCTOBER)
    assert len(first) == len(few)
    with CaptureQueriesContext(connection) as again:
        made(world)
    assert len(again) <= len(few) + 5


def test_exempt_and_reduced(world: World) -> None:
    relieved(world.people[0], month("2026-11"), month("2026-12"))
    relieved(world.people[1], month("2026-11"), monthly_fen=500)
    relieved(world.people[2], month("2026-11"), monthly_fen=999999)
    relieved(world.people[3], month("2026-11"), state="proposed")
    made(world)
    assert (bill(world.people[0]).owed_fen, bill(world.people[0]).settled_on) == (0, clock.today())
    assert (bill(world.people[1]).owed_fen, bill(world.people[1]).standard_fen) == (500, 2000)
    assert [bill(world.people[n]).owed_fen for n in (2, 3)] == [3000, 4000]
    found = sums(world.branch)
    assert (found.exempt, found.reduced, found.unsettled) == (1, 1, 5)
    made(world, DECEMBER)
    assert bill(world.people[0], DECEMBER).owed_fen == 1000


def test_a_new_base_makes_an_adjustment_not_a_second_bill(world: World) -> None:
    made(world)
    new = assessed(world.people[0], 1500, NOVEMBER)
    assert billing.adjust_bills(actor=world.office, member_ids=[world.people[0].pk], from_month=NOVEMBER) == 1
    found = bill(world.people[0])
    assert (found.amount_fen, found.adjusted_fen, found.owed_fen) == (1000, 500, 1500)
    assert (found.assessment, found.standard_fen) == (new, 1500)
    change = BillAdjustment.objects.get()
    assert (change.delta_fen, change.reason, change.assessment) == (500, "assessed", new)
    assert sums(world.branch).owed_fen == 21500
    assert made(world) == Made(0, 0)


def test_a_relief_approved_later(world: World) -> None:
    made(world)
    relief = relieved(world.people[1], NOVEMBER)
    assert billing.adjust_bills(actor=world.office, member_ids=[world.people[1].pk], from_month=NOVEMBER) == 1
    found = bill(world.people[1])
    assert (found.owed_fen, found.relief, found.settled_on) == (0, relief, clock.today())
    assert BillAdjustment.objects.get().reason == "relief"
    Relief.objects.update(state="withdrawn")
    made(world)
    found = bill(world.people[1])
    assert (found.owed_fen, found.relief, found.settled_on) == (2000, None, None)
    assert [row.delta_fen for row in BillAdjustment.objects.order_by("pk")] == [-2000, 2000]


def test_an_assessment_taken_back(world: World) -> None:
    made(world)
    Assessment.objects.filter(member=world.people[0]).update(replaced_at=clock.now())
    made(world)
    assert bill(world.people[0]).owed_fen == 0
    assert BillAdjustment.objects.get().reason == "assessed"


def test_assessed_late_gets_the_bills_of_months_made_before(world: World) -> None:
    late = make.member(world.branch)
    made(world, OCTOBER)
    made(world)
    assessed(late, 800, month("2026-11"))
    billing.adjust_bills(actor=world.office, member_ids=[late.pk], from_month=month("2026-11"))
    assert [row.month for row in Bill.objects.filter(member=late)] == [NOVEMBER]


def test_admitted_in_mid_month_owes_that_month(world: World) -> None:
    admitted = make.member(world.branch, effective_on=dt.date(2026, 10, 20), category="2", joined_on=None)
    account_line = admitted.entries.get()
    account_line.kind = ChangeKind.ADMITTED
    account_line.save()
    assessed(admitted, 300, OCTOBER)
    made(world, month("2026-09"))
    made(world, OCTOBER)
    assert [row.month for row in Bill.objects.filter(member=admitted)] == [OCTOBER]


def test_transferred_in_from_elsewhere_owes_from_the_month_after(world: World) -> None:
    came = make.member(world.branch, effective_on=dt.date(2026, 10, 20))
    line = came.entries.get()
    line.kind = ChangeKind.TRANSFERRED_IN
    line.save()
    assessed(came, 300, OCTOBER)
    made(world, OCTOBER)
    made(world)
    assert [row.month for row in Bill.objects.filter(member=came)] == [NOVEMBER]


def test_moved_in_mid_month_the_former_branch_has_the_month(world: World) -> None:
    account.move(actor=make.SYSTEM, members=[world.people[0]], to=world.other, effective_on=dt.date(2026, 10, 15))
    made(world, OCTOBER)
    made(world)
    assert bill(world.people[0], OCTOBER).organization == world.branch
    assert bill(world.people[0], NOVEMBER).organization == world.other


def test_a_move_recorded_late_takes_an_unpaid_bill_along(world: World) -> None:
    made(world)
    account.move(actor=make.SYSTEM, members=[world.people[0]], to=world.other, effective_on=dt.date(2026, 10, 15))
    made(world)
    assert bill(world.people[0]).organization == world.other
    assert (sums(world.branch).bills, sums(world.other).bills) == (5, 2)


def test_who_has_left_owes_no_more(world: World) -> None:
    made(world, OCTOBER)
    made(world)
    account.leave(actor=make.SYSTEM, member=world.people[5], kind=ChangeKind.DECEASED, effective_on=dt.date(2026, 10, 9))
    made(world, OCTOBER)
    made(world)
    assert bill(world.people[5], OCTOBER).owed_fen == 6000
    assert (bill(world.people[5]).owed_fen, bill(world.people[5]).settled_on) == (0, clock.today())
    assert BillAdjustment.objects.get().reason == "left"


@pytest.mark.day("2026-11-23")
def test_the_daily_job_makes_this_month_and_what_was_missed(world: World) -> None:
    with clock.at("2026-08-03 06:00"):
        billing.make_due_bills()
    assert set(Bill.objects.values_list("month", flat=True)) == {month("2026-08")}
    billing.make_due_bills()
    assert set(Bill.objects.values_list("month", flat=True)) == {month(f"2026-{n:02d}") for n in (8, 9, 10, 11)}
    count = Bill.objects.count()
    billing.make_due_bills()
    assert Bill.objects.count() == count


def test_the_daily_job_sees_a_late_line_of_the_account(world: World) -> None:
    for day in ("2026-10-01 06:00", "2026-11-01 06:00"):
        with clock.at(day):
            billing.make_due_bills()
    with clock.at("2026-11-05 10:00"):
        account.leave(actor=make.SYSTEM, member=world.people[5], kind=ChangeKind.DECEASED, effective_on=dt.date(2026, 9, 9))
    with clock.at("2026-11-06 06:00"):
        billing.make_due_bills()
    assert (bill(world.people[5], OCTOBER).owed_fen, bill(world.people[5]).owed_fen) == (0, 0)


def test_a_month_paid_ahead_is_made_for_everybody_in_its_time(world: World) -> None:
    with clock.at("2026-10-01 06:00"):
        billing.make_due_bills()
        billing.make_bills(actor=world.office, month=NOVEMBER, members=[world.people[0].pk])
        billing.make_due_bills()
        assert Bill.objects.filter(month=NOVEMBER).count() == 1
    with clock.at("2026-12-02 06:00"):
        billing.make_due_bills()
    assert Bill.objects.filter(month=NOVEMBER).count() == 7


@pytest.mark.day("2026-11-23")
def test_too_far_ahead_or_before_the_rules(world: World) -> None:
    for wrong in (month("2027-06"), month("2008-03")):
        with pytest.raises(Invalid):
            made(world, wrong)
    assert not MonthRun.objects.exists()


def test_who_may_make_bills(world: World) -> None:
    for who in (world.secretary, make.actor(world.people[3].user)):
        with pytest.raises((PermissionDenied, NotFound)):
            billing.make_bills(actor=who, month=NOVEMBER)
    assert not Bill.objects.exists()
    own = [member.pk for member in world.people]
    assert billing.make_bills(actor=world.secretary, month=NOVEMBER, members=own).bills == 6
    with pytest.raises((PermissionDenied, NotFound)):
        billing.make_bills(actor=world.secretary, month=NOVEMBER, members=[world.stranger.pk])


def test_a_waived_bill_stays_waived(world: World) -> None:
    made(world)
    with pytest.raises((PermissionDenied, NotFound)):
        billing.waive(actor=world.secretary, bill=bill(world.people[0]), note="虚构原因")
    with pytest.raises(Invalid):
        billing.waive(actor=world.office, bill=bill(world.people[0]), note=" ")
    assert not BillAdjustment.objects.exists()
    found = billing.waive(actor=world.office, bill=bill(world.people[0]), note="虚构党委会研究同意")
    assert (found.owed_fen, found.settled_on) == (0, clock.today())
    assert sums(world.branch).owed_fen == 20000
    assert made(world) == Made(0, 0)
    with pytest.raises(Conflict):
        billing.waive(actor=world.office, bill=bill(world.people[0]), note="再来一次")


def test_sums_of_a_branch_without_bills_are_gone(world: World) -> None:
    made(world)
    account.move(actor=make.SYSTEM, members=[world.stranger], to=world.branch, effective_on=dt.date(2026, 10, 15))
    made(world)
    assert not BranchMonth.objects.filter(organization=world.other).exists()
    assert sums(world.branch).bills == 7
