"""The month up to which a letter says dues are paid counts from the reception: the branch bills what comes after it."""

import datetime as dt

import pytest
from django.urls import reverse

from dangjian.activities.dues.assessment.actions.paid_before import note_paid
from dangjian.activities.dues.assessment.models import PaidUntil
from dangjian.activities.dues.billing.actions import billing
from dangjian.activities.dues.billing.models import Bill
from dangjian.activities.dues.billing.queries.collecting import months_ahead
from dangjian.activities.transfers.queries.letters import paid_to
from dangjian.engines.procedures.actions import taking_back
from dangjian.engines.procedures.models import ProcedureCase
from dangjian.members.actions import account
from dangjian.members.models import ChangeKind, Member
from dangjian.org.openings import register
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.dues.build import assessed
from tests.activities.transfers.outside import RESIDENT_ID, Outside
from tests.offered import browser

pytestmark = [pytest.mark.django_db, pytest.mark.day("2026-11-23")]
OCTOBER, NOVEMBER, DECEMBER = (dt.date(2026, month, 1) for month in (10, 11, 12))


@pytest.fixture
def house() -> Outside:
    return Outside()


def received(house: Outside, reason: str = "", **more: str) -> tuple[ProcedureCase, Member]:
    """Somebody who is received today, whose dues are worked out."""
    case = house.assigned(house.come(**more))
    house.take(case, "receive", house.secretary, "received", reason=reason)
    member = register(Member).select_related("branch").get(resident_id_index__matches=RESIDENT_ID)
    assessed(member, 3000)
    return case, member


def billed(member: Member, *months: dt.date) -> list[tuple[dt.date, int]]:
    """What the member owes, after the bills of these months were made."""
    with unscoped("test"):
        for month in months:
            billing.brought_up_to_date(actor=make.SYSTEM, month=month)
        rows = Bill.objects.filter(member=member).order_by("month")
        return [(bill.month, bill.owed_fen) for bill in rows if bill.owed_fen]


@pytest.mark.parametrize(
    ("paid", "owed"),
    [(OCTOBER, [NOVEMBER, DECEMBER]), (NOVEMBER, [DECEMBER]), (DECEMBER, [])],
    ids=["up to last month", "up to this month", "ahead"],
)
def test_the_branch_begins_with_the_month_after_it(house: Outside, paid: dt.date, owed: list[dt.date]) -> None:
    """In which month somebody comes the branch that they left may have been paid, or not: the letter says so."""
    _case, member = received(house, paid_to=str(paid))
    assert billed(member, OCTOBER, NOVEMBER, DECEMBER) == [(month, 3000) for month in owed]


def test_a_letter_that_says_nothing_leaves_the_month_to_the_branch_of_its_first_day(house: Outside) -> None:
    _case, member = received(house, "原党组织已在电话里说明", paid_to="")
    assert not register(PaidUntil).exists()
    assert billed(member, NOVEMBER, DECEMBER) == [(DECEMBER, 3000)]


def test_what_was_left_unpaid_before_they_came_is_not_owed_here(house: Outside) -> None:
    """Dues go to the branch to which one belongs (DUES-2008, article 9)."""
    _case, member = received(house, "已请本人补交", paid_to="2026-08-01")
    assert billed(member, OCTOBER, NOVEMBER) == [(NOVEMBER, 3000)]


def test_the_member_and_the_branch_read_it_with_its_source(house: Outside) -> None:
    _case, member = received(house)
    says = "转来以前党费已交到2026年11月（中共虚构县委组织部介绍信虚构介〔2026〕7号），从2026年12月起在本支部交纳"
    assert str(register(PaidUntil).get(member=member)) == says
    user = make.user(member.name)
    with unscoped("test"):
        Member.objects.filter(pk=member.pk).update(user=user)
    assert says in browser(user).get(reverse("dues:mine")).content.decode()
    assert months_ahead(member)[0].month == DECEMBER
    assert paid_to(member) == NOVEMBER, "a letter by which they go on says so too"


def test_it_is_taken_back_with_the_reception(house: Outside) -> None:
    case, member = received(house, paid_to=str(OCTOBER))
    assert billed(member, NOVEMBER) == [(NOVEMBER, 3000)]
    taking_back.take_back(actor=make.actor(house.secretary), case=register(ProcedureCase).get(pk=case.pk), reason="接错了")
    assert not register(PaidUntil).exists()
    assert billed(member, NOVEMBER) == []
    house.take(case, "receive", house.secretary, "received")
    assert billed(member, NOVEMBER) == [(NOVEMBER, 3000)]


def test_what_stood_here_before_somebody_left_stands_again(house: Outside) -> None:
    with unscoped("test"):
        Member.objects.filter(pk=house.member.pk).update(resident_id=RESIDENT_ID)
        member = Member.objects.select_related("branch").get(pk=house.member.pk)
        member.resident_id = RESIDENT_ID
        member.save()
        note_paid(actor=make.SYSTEM, months={member: dt.date(2026, 3, 1)}, batch=7)
        left_on = dt.date(2026, 10, 20)
        account.leave(actor=make.SYSTEM, member=member, kind=ChangeKind.TRANSFERRED_OUT, effective_on=left_on)
    case = house.assigned(house.come(name=member.name))
    house.take(case, "receive", house.secretary, "received")
    assert register(PaidUntil).get(member=member).month == NOVEMBER
    taking_back.take_back(actor=make.actor(house.secretary), case=register(ProcedureCase).get(pk=case.pk), reason="接错了")
    before = register(PaidUntil).get(member=member)
    assert (before.month, before.batch, str(before)) == (dt.date(2026, 3, 1), 7, "启用前已交至2026年3月")
