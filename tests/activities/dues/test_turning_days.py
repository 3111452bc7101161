"""Bills, payments, arrears, remittances and closed months on days with which calculations go wrong."""

import datetime as dt

import pytest
from django.urls import reverse

from dangjian.activities.dues.billing.actions import billing, collecting
from dangjian.activities.dues.billing.actions.collecting import Receipt
from dangjian.activities.dues.billing.models import Bill, MonthRun
from dangjian.activities.dues.jobs import follow_arrears
from dangjian.activities.dues.ledger.actions import passing_up, publications, reconciliations, remittances
from dangjian.activities.dues.ledger.models import RemittanceLevel, RemittancePeriod, Transfer
from dangjian.activities.dues.oversight.actions import arrears
from dangjian.activities.dues.oversight.models import ArrearsCase
from dangjian.activities.dues.oversight.queries.figures import DUES
from dangjian.activities.dues.policy import month_of, shifted
from dangjian.engines.duties.actions import refresh
from dangjian.engines.duties.models import Duty, State
from dangjian.kernel import clock
from dangjian.kernel.errors import Invalid
from dangjian.kernel.statistics import Asked
from dangjian.members.actions import account
from dangjian.members.models import ChangeKind, Member
from tests import make
from tests.activities.dues import build
from tests.activities.dues.build import World, bill, sums
from tests.activities.meetings.pages import signed_in
from tests.days import in_days, on_turning_days

pytestmark = pytest.mark.usefixtures("open_scope")

AHEAD = {
    "2026-12-31": ("2027年6月", "2027-07"),
    "2027-01-01": ("2027年7月", "2027-08"),
    "2027-02-28": ("2027年8月", "2027-09"),
    "2028-02-29": ("2028年8月", "2028-09"),
    "2027-08-31": ("2028年2月", "2028-03"),
}
"""Half a year ahead: the last month that may be paid, and the first that may not."""

REMITTED = {
    "2026-12-31": ("2026-11-01", "2026-11-30"),
    "2027-01-01": ("2026-12-01", "2026-12-31"),
    "2027-02-28": ("2027-01-01", "2027-01-31"),
    "2028-02-29": ("2028-01-01", "2028-01-31"),
    "2027-08-31": ("2027-07-01", "2027-07-31"),
}
"""The month that was over before the day, of which a branch passes up what it received."""


def _this_month() -> dt.date:
    return month_of(clock.today())


def _pay(world: World, month: dt.date, paid_on: dt.date, number: int = 0, **more: object) -> None:
    one = bill(world.people[number], month)
    collecting.receive(
        actor=world.secretary,
        organization=world.branch,
        rows=[Receipt(world.people[number], {one.pk: one.left_fen}, **more)],
        paid_on=paid_on,
        method="cash",
        key=f"{number}-{month}",
    )


@on_turning_days
def test_the_month_of_the_day_is_billed_and_paid_today_on_time(day: str, world: World) -> None:
    month = _this_month()
    billing.make_due_bills()
    assert list(MonthRun.objects.values_list("month", flat=True)) == [month]
    for number in range(6):
        _pay(world, month, clock.today(), number)
    found = sums(world.branch, month)
    assert (found.paid_fen, found.on_time_fen, found.settled_on) == (210_00, 210_00, clock.today())
    asked = Asked(world.top, dt.date(month.year, 1, 1), month)
    assert DUES.total(asked, "organization").paid_fen == 210_00
    for user, names in (
        (world.people[0].user, ("dues:home", "dues:mine", "duties:mine", "site:home")),
        (world.office.user, ("dues:home", "dues:statistics", "dues:arrears", "dues:profiles", "site:home")),
    ):
        client = signed_in(user)
        for name in names:
            assert client.get(reverse(name), follow=True).status_code == 200, name


@on_turning_days
def test_half_a_year_may_be_paid_ahead(day: str, world: World) -> None:
    said, too_far = AHEAD[day]
    billing.make_due_bills()
    with pytest.raises(Invalid, match=f"最多预交到{said}"):
        _pay(world, _this_month(), clock.today(), months=[build.month(too_far)])
    _pay(world, _this_month(), clock.today(), months=[shifted(build.month(too_far), -1)])
    assert Bill.objects.filter(member=world.people[0]).exclude(settled_on=None).count() == 2


@on_turning_days
def test_three_months_unpaid_before_the_day_are_talked_about(day: str, world: World) -> None:
    month = _this_month()
    for back in (3, 2, 1, 0):
        billing.make_bills(actor=make.SYSTEM, month=shifted(month, -back))
    follow_arrears()
    cases = ArrearsCase.objects.filter(organization=world.branch, stage="talk")
    assert set(cases.values_list("since_month", "months")) == {(shifted(month, -3), 3)}
    assert cases.count() == 6
    assert arrears.open_cases(actor=make.SYSTEM) == arrears.Opened(0, 0, 0)
    case = cases.get(member=world.people[2])
    arrears.record_talk(
        actor=world.secretary, case=case, talked_on=clock.today(), note="虚构的谈话情况说明", promised_on=in_days(1)
    )
    _pay(world, shifted(month, -3), clock.today(), 2)
    assert cases.get(member=world.people[2]).state == "paid"
    with clock.at(f"{shifted(month, 1)} 06:00"):
        billing.make_due_bills()
        follow_arrears()
        assert set(cases.exclude(member=world.people[2]).values_list("months", flat=True)) == {4}


@on_turning_days
def test_a_duty_to_collect_lasts_until_the_end_of_the_month(day: str, world: World) -> None:
    billing.make_due_bills()
    refresh(actor=make.SYSTEM)
    one = Duty.objects.get(rule="dues_collect", organization=world.branch)
    assert month_of(one.due_on) == _this_month()
    assert one.due_on >= clock.today()
    for number in range(6):
        _pay(world, _this_month(), clock.today(), number)
    one.refresh_from_db()
    assert (one.state, one.done_on) == (State.DONE, clock.today())


@on_turning_days
def test_what_was_received_by_the_end_of_the_last_month_is_passed_up(day: str, world: World) -> None:
    first, last = map(dt.date.fromisoformat, REMITTED[day])
    passing_up.set_terms(
        actor=make.SYSTEM,
        organization=world.top,
        level=RemittanceLevel.BRANCH,
        ratio_percent_x100=10000,
        period=RemittancePeriod.MONTH,
        due_days=10,
        from_month=build.JANUARY,
    )
    for month in (first, _this_month()):
        billing.make_bills(actor=make.SYSTEM, month=month)
    _pay(world, first, last, 1)
    _pay(world, _this_month(), _this_month(), 2)
    passing_up.daily()
    passing_up.daily()
    due = Transfer.objects.get(organization=world.branch)
    assert (due.period_start, due.period_end, due.base_fen) == (first, last, 20_00)
    refresh(actor=make.SYSTEM)
    assert Duty.objects.get(rule="dues_pass_up", organization=world.branch).opens_on == last + dt.timedelta(days=1)
    remittances.send(actor=world.secretary, transfer=due, sent_on=clock.today())
    assert Duty.objects.get(rule="dues_pass_up", organization=world.branch).done_on == clock.today()


@on_turning_days
def test_a_month_is_counted_from_its_last_day_on(day: str, world: World) -> None:
    billing.make_due_bills()
    _pay(world, _this_month(), clock.today(), 1)
    last = shifted(_this_month(), 1) - dt.timedelta(days=1)
    counted = {"actor": world.secretary, "organization": world.branch, "month": _this_month(), "cash_fen": 20_00}
    if clock.today() < last:
        with pytest.raises(Invalid, match="还没有结束"):
            reconciliations.count(**counted)
    with clock.at(f"{last} 17:00"):
        row = reconciliations.count(**counted)
        assert reconciliations.check(actor=world.deputy, reconciliation=row).checked_at == clock.now()


@on_turning_days
def test_the_year_that_is_over_is_published_and_no_other(day: str, world: World) -> None:
    year = clock.today().year
    begin = dt.date(year - 1, 12, 1)
    build.assessed(world.people[1], 15_00, dt.date(2025, 1, 1))
    billing.make_bills(actor=make.SYSTEM, month=begin)
    _pay(world, begin, dt.date(year - 1, 12, 31), 1)
    with pytest.raises(Invalid, match="还没有结束"):
        publications.publish(actor=world.secretary, organization=world.branch, year=year)
    made = publications.publish(actor=world.secretary, organization=world.branch, year=year - 1)
    assert made.published_on == clock.today()
    assert made.figures["dues"]["paid_fen"] > 0


@on_turning_days
def test_who_is_admitted_today_pays_from_this_month(day: str, world: World) -> None:
    new = Member(name="虚构新人", name_sort="x")
    common = {"kind": ChangeKind.ADMITTED, "effective_on": clock.today(), "category": "2"}
    account.enter(actor=make.SYSTEM, member=new, branch=world.branch, **common)
    build.assessed(new, 5_00, _this_month())
    billing.make_due_bills()
    assert [(one.month, one.owed_fen) for one in Bill.objects.filter(member=new)] == [(_this_month(), 5_00)]
    gone = world.people[5]
    account.leave(actor=make.SYSTEM, member=gone, kind=ChangeKind.DECEASED, effective_on=clock.today())
    with clock.at(f"{shifted(_this_month(), 1)} 06:00"):
        billing.make_due_bills()
        assert not Bill.objects.filter(member=gone, month=_this_month()).exists()
