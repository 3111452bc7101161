"""By the quarter, or where a mobile member is: who agrees, from when, until when, and what follows for bills and arrears."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse

from dangjian.accounts.models import Event, User
from dangjian.activities.dues import reminders
from dangjian.activities.dues.assessment.actions import arrangements
from dangjian.activities.dues.assessment.models import Arrangement
from dangjian.activities.dues.billing.actions import billing, collecting
from dangjian.activities.dues.billing.actions.collecting import Receipt
from dangjian.activities.dues.billing.models import Bill, Payment
from dangjian.activities.dues.billing.queries import collecting as reads
from dangjian.activities.dues.oversight.actions import arrears as oversight
from dangjian.activities.dues.oversight.models import ArrearsCase
from dangjian.activities.dues.oversight.queries import arrears, figures
from dangjian.engines.duties.actions import refresh
from dangjian.engines.duties.models import Duty
from dangjian.kernel import clock
from dangjian.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied, Refusal
from dangjian.kernel.statistics import Asked
from dangjian.members.actions import account
from dangjian.members.models import Member
from tests import make
from tests.activities.dues import build
from tests.activities.dues.build import World, month

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("open_scope"), pytest.mark.day("2026-11-23")]
OCTOBER, NOVEMBER, DECEMBER, JANUARY = month("2026-10"), month("2026-11"), month("2026-12"), month("2027-01")
END = dt.date(2026, 12, 31)


@pytest.fixture
def billed(world: World) -> Iterator[World]:
    """Bills of September to November; nobody has paid."""
    for one in (month("2026-09"), OCTOBER, NOVEMBER):
        billing.make_bills(actor=make.SYSTEM, month=one)
    return world


def agree(world: World, number: int = 0, **more: Any) -> Arrangement:
    more = {
        "actor": world.secretary,
        "member": world.people[number],
        "kind": "quarterly",
        "from_month": OCTOBER,
        "until_month": JANUARY,
        "reason": "虚构长期在外地项目",
        "agreed_on": clock.today(),
    } | more
    return arrangements.agree(**more)


def elsewhere(world: World, **more: Any) -> Arrangement:
    usual = {"kind": "elsewhere", "certificate": "虚构0001", "place": "虚构外地党支部", "from_month": NOVEMBER}
    return agree(world, **usual | more)


def refused(kind: type[Refusal], world: World, *words: str, act: Any = agree, **more: Any) -> None:
    before = (Arrangement.objects.count(), Event.objects.count(), list(Bill.objects.order_by("pk").values_list()))
    with pytest.raises(kind) as caught:
        act(world, **more)
    said = f"{caught.value.message}{caught.value.how}{caught.value.citation}{caught.value.fields}"
    assert all(word in said for word in words), said
    assert (Arrangement.objects.count(), Event.objects.count(), list(Bill.objects.order_by("pk").values_list())) == before


def pay(world: World, member: Member, *months: dt.date, on: dt.date | None = None) -> list[Payment]:
    bills = {build.bill(member, one).pk: build.bill(member, one).left_fen for one in months}
    return collecting.receive(
        actor=world.secretary,
        organization=member.branch,
        rows=[Receipt(member, bills)],
        paid_on=on or clock.today(),
        method="cash",
        key=f"test-{member.pk}-{min(months)}",
    )


def test_the_branch_agrees_and_the_months_are_due_with_the_quarter(billed: World) -> None:
    made = agree(billed)
    due = {one.month: one.later_due_on for one in Bill.objects.filter(member=billed.people[0])}
    assert due == {month("2026-09"): None, OCTOBER: END, NOVEMBER: END, DECEMBER: END}
    event = Event.objects.get(verb="dues.arranged")
    assert (event.member_id, event.subject_id) == (billed.people[0].pk, made.pk)
    assert "按季交纳（2026年10月至2026年12月）" in event.summary


def test_what_the_quarter_has_time_for_is_no_arrears(billed: World) -> None:
    who = billed.people[0]
    asked = Asked(billed.branch, OCTOBER, NOVEMBER)
    pay(billed, who, month("2026-09"))
    assert sum(bill.left_fen for bill in arrears.unpaid_of(who.pk)) == 10_00
    before = figures.DUES.total(asked, "month").arrears
    agree(billed)
    assert sum(bill.left_fen for bill in arrears.unpaid_of(who.pk)) == 0
    assert figures.DUES.total(asked, "month").arrears == before - 1
    assert who.pk not in figures.showing(figures.bills(asked), "arrears").values_list("member_id", flat=True)


def test_after_the_quarter_it_is_arrears_like_any_other(billed: World) -> None:
    agree(billed)
    pay(billed, billed.people[0], month("2026-09"))
    with clock.at("2027-01-05 09:00"):
        assert sum(bill.left_fen for bill in arrears.unpaid_of(billed.people[0].pk)) == 30_00
        oversight.open_cases(actor=make.SYSTEM)
        assert ArrearsCase.objects.filter(member=billed.people[0], since_month=OCTOBER).exists()


def test_three_months_at_once_are_on_time(billed: World) -> None:
    who = billed.people[0]
    agree(billed)
    assert reads.months_ahead(who)[0].month == JANUARY, "the months of the quarter are no prepayment"
    with clock.at("2026-12-20 09:00"):
        pay(billed, who, OCTOBER, NOVEMBER, DECEMBER)
        quarter = figures.with_days(figures.bills(Asked(billed.branch, OCTOBER, DECEMBER)))
        found = figures.showing(quarter, "on_time").filter(member=who)
        assert {one.month: one.on_time_fen for one in found} == {OCTOBER: 10_00, NOVEMBER: 10_00, DECEMBER: 10_00}
        late = figures.showing(quarter, "late")
        assert not late.filter(member=who).exists()
    assert build.sums(billed.branch, OCTOBER).on_time_fen == 10_00


def test_a_branch_that_waits_only_for_the_quarter_is_not_overdue(billed: World) -> None:
    for one in billed.people[1:]:
        pay(billed, one, OCTOBER, on=dt.date(2026, 10, 30))
    refresh(actor=make.SYSTEM, rules={"dues_collect"})
    duty = Duty.objects.get(rule="dues_collect", organization=billed.branch, period_start=OCTOBER)
    assert duty.due_on == dt.date(2026, 10, 31)
    agree(billed)
    duty.refresh_from_db()
    assert (duty.state, duty.due_on) == ("open", END)
    assert build.sums(billed.branch, OCTOBER).due_on == END
    with clock.at("2026-12-20 09:00"):
        pay(billed, billed.people[0], OCTOBER)
        duty.refresh_from_db()
        assert duty.state == "done"


def test_a_late_payer_beside_them_keeps_the_day_of_the_month(billed: World) -> None:
    agree(billed)
    assert build.sums(billed.branch, OCTOBER).due_on == dt.date(2026, 10, 31)
    for one in billed.people[1:]:
        pay(billed, one, OCTOBER)
    assert build.sums(billed.branch, OCTOBER).due_on == dt.date(2026, 10, 31), "they paid in November"


def test_nobody_reminds_them_before_the_last_month_of_the_quarter(billed: World, client: Client) -> None:
    agree(billed)
    secretary = billed.secretary.user_id
    assert secretary
    assert billed.people[0].user_id not in _reminded(billed, NOVEMBER)
    assert billed.people[1].user_id in _reminded(billed, NOVEMBER)
    assert reads.own_open(billed.people[0].user_id or 0)[0].month == month("2026-09")
    assert [one.month for one in reads.own_later(billed.people[0].user_id or 0)] == [OCTOBER, NOVEMBER, DECEMBER]
    with clock.at("2026-12-02 09:00"):
        assert billed.people[0].user_id in _reminded(billed, NOVEMBER)
        assert len(reads.own_open(billed.people[0].user_id or 0)) == 4


def _reminded(world: World, of: dt.date) -> set[int]:
    asked: Any = RequestFactory().get("/")
    found = reminders.of_month(asked, f"{world.branch.pk}.{of:%Y%m}")
    return {one.user_id for one in found.people}


def test_the_running_quarter_is_billed_to_them_each_morning(world: World) -> None:
    agree(world, from_month=month("2027-01"), until_month=month("2027-07"))
    with clock.at("2027-01-01 00:10"):
        billing.make_due_bills()
        months = Bill.objects.filter(member=world.people[0], month__year=2027).values_list("month", flat=True)
        assert set(months) == {month("2027-01"), month("2027-02"), month("2027-03")}
        assert not Bill.objects.filter(member=world.people[1], month__gt=month("2027-01")).exists()


def test_what_is_missing_or_too_late_is_refused(billed: World) -> None:
    refused(Invalid, billed, "第十二条", "特殊情况", reason=" ")
    refused(Invalid, billed, "第十二条", "不能早于本季度", from_month=month("2026-09"))
    refused(Invalid, billed, "不能晚于今天", agreed_on=dt.date(2026, 11, 24))
    refused(Invalid, billed, "早于起始月份", until_month=OCTOBER)
    refused(Invalid, billed, "12个月以内", until_month=month("2027-12"))


def test_one_arrangement_at_a_time(billed: World) -> None:
    agree(billed)
    refused(Conflict, billed, "先提前结束", from_month=DECEMBER, until_month=month("2027-03"))


def test_nobody_agrees_for_themselves_or_without_answering_for_the_branch(billed: World) -> None:
    refused(PermissionDenied, billed, number=1, actor=billed.deputy)
    refused(PermissionDenied, billed, actor=billed.actor(2))
    agree(billed, number=1)


def test_ended_early_the_months_are_due_as_usual(billed: World) -> None:
    made = agree(billed)
    arrangements.end(actor=billed.secretary, arrangement=made, until_month=NOVEMBER, reason="虚构已经回来")
    assert build.bill(billed.people[0], OCTOBER).later_due_on == END
    assert build.bill(billed.people[0], NOVEMBER).later_due_on is None
    with pytest.raises(Invalid):
        arrangements.end(actor=billed.secretary, arrangement=made, until_month=DECEMBER, reason="虚构")
    with pytest.raises(PermissionDenied):
        arrangements.end(actor=billed.actor(2), arrangement=made, until_month=OCTOBER, reason="虚构")
    arrangements.end(actor=billed.secretary, arrangement=made, until_month=OCTOBER, reason="虚构登记错误")
    made.refresh_from_db()
    assert made.withdrawn_at is not None
    assert build.bill(billed.people[0], OCTOBER).later_due_on is None


def test_a_mobile_member_owes_nothing_here_while_paying_elsewhere(billed: World) -> None:
    elsewhere(billed)
    assert build.bill(billed.people[0], OCTOBER).owed_fen == 10_00
    found = build.bill(billed.people[0], NOVEMBER)
    assert (found.owed_fen, found.left_fen) == (0, 0)
    assert [one.reason for one in found.adjustments.all()] == ["elsewhere"]
    assert month("2027-01") in [one.month for one in reads.months_ahead(billed.people[0])]
    assert DECEMBER not in [one.month for one in reads.months_ahead(billed.people[0])]


def test_what_was_paid_here_before_stays(billed: World) -> None:
    pay(billed, billed.people[0], NOVEMBER)
    elsewhere(billed)
    found = build.bill(billed.people[0], NOVEMBER)
    assert (found.owed_fen, found.paid_fen) == (10_00, 10_00)


def test_without_a_certificate_a_member_pays_at_the_branch(billed: World) -> None:
    refused(Invalid, billed, "第九条", "活动证", act=elsewhere, certificate=" ")
    refused(Invalid, billed, "第九条", "党组织", act=elsewhere, place="")


def test_back_home_a_member_owes_again(billed: World) -> None:
    made = elsewhere(billed)
    arrangements.end(actor=billed.secretary, arrangement=made, until_month=NOVEMBER, reason="虚构已经回来")
    assert build.bill(billed.people[0], NOVEMBER).owed_fen == 10_00


def test_another_branch_has_not_agreed(billed: World) -> None:
    who = billed.people[0]
    made = agree(billed, until_month=month("2027-04"))
    account.move(actor=make.SYSTEM, members=[who], to=billed.other, effective_on=dt.date(2026, 11, 20))
    with clock.at("2026-12-01 00:10"):
        billing.make_due_bills()
        assert build.bill(who, NOVEMBER).later_due_on == END, "owed at the branch that agreed"
        found = build.bill(who, DECEMBER)
        assert (found.organization_id, found.later_due_on) == (billed.other.pk, None)
    with pytest.raises((PermissionDenied, NotFound)):
        arrangements.end(actor=make.actor(_stranger(billed)), arrangement=made, until_month=DECEMBER, reason="虚构")


def _stranger(world: World) -> User:
    assert world.stranger.user
    return world.stranger.user


def test_the_pages(billed: World, client: Client) -> None:
    client.force_login(_user(billed))
    member = billed.people[0]
    page = client.get(reverse("dues:quarterly", args=[member.pk])).content.decode()
    assert "每季度交纳一次" in page
    assert "第十二条" in page
    answer = client.post(
        reverse("dues:quarterly", args=[member.pk]),
        {"from_month": OCTOBER, "last_month": DECEMBER, "reason": "虚构长期在外", "agreed_on": clock.today()},
    )
    assert answer.status_code == 302
    profile = client.get(reverse("dues:profile", args=[member.pk])).content.decode()
    assert "按季交纳" in profile
    sheet = client.get(reverse("dues:collect", args=[billed.branch.pk])).content.decode()
    assert "支部同意按季交纳" in sheet
    bill = build.bill(member, NOVEMBER)
    assert f'value="{bill.pk}" data-fen="{bill.left_fen}"' in sheet
    box = sheet[sheet.index(f'value="{bill.pk}" data-fen') :]
    assert "checked" not in box[: box.index(">")], "not asked for before December"
    alone = client.get(reverse("dues:member", args=[member.pk])).content.decode()
    assert "按季交纳" in alone


def test_the_pages_open_for_those_who_agree_for_the_branch(billed: World, client: Client) -> None:
    made, member = agree(billed), billed.people[0]
    addresses = [
        reverse("dues:quarterly", args=[member.pk]),
        reverse("dues:elsewhere", args=[member.pk]),
        reverse("dues:arrangement_end", args=[made.pk]),
    ]
    for who, status in ((_user(billed), 200), (User.objects.get(pk=billed.office.user_id), 403), (member.user, 403)):
        client.force_login(who)
        assert [client.get(address).status_code for address in addresses] == [status] * 3, who.name
    assert list(Arrangement.objects.all()) == [made]


def _user(world: World) -> User:
    return User.objects.get(pk=world.secretary.user_id)
