"""Accounts of applicants: a first password, what they open, whose they become, when they are closed."""

import datetime as dt

import pytest
from django.urls import reverse

from dangjian.accounts.models import User
from dangjian.activities.development.actions import accounts, applicants
from dangjian.activities.development.models import Applicant, Helper, HelperRole
from dangjian.engines.procedures.actions import ending
from dangjian.kernel import clock
from dangjian.kernel.errors import Conflict, NotFound, PermissionDenied
from dangjian.members.models import Member
from dangjian.org.openings import at, register
from tests import make
from tests.activities.development.people import House, begun, case
from tests.contracts.visits import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.any_database, pytest.mark.day("2026-11-30")]


@pytest.fixture
def house() -> House:
    return House()


def opened(house: House, one: Applicant) -> tuple[User, str]:
    return accounts.hand_out(actor=make.actor(house.secretary), applicant=one)


def test_the_branch_opens_an_account_whose_password_is_shown_once(house: House) -> None:
    one = house.enter(mobile="19900000001")
    browser = signed_in(house.secretary)
    page = browser.post(reverse("development:hand_out", args=[one.pk])).content.decode()
    user = register(Applicant).get(pk=one.pk).user
    assert user
    assert user.username in page
    assert user.must_change_password
    assert user.phone_shown == "199****0001"
    assert case(one).account == user


def test_a_second_password_takes_the_place_of_the_first_until_they_have_their_own(house: House) -> None:
    one = house.enter()
    user, first = opened(house, one)
    again, second = opened(house, one)
    user.refresh_from_db()
    assert (again, first != second) == (user, True)
    assert user.check_password(second)
    assert not user.check_password(first)
    user.must_change_password, user.password_changed_at = False, clock.now()
    user.save()
    with pytest.raises(Conflict, match="自己的密码"):
        opened(house, one)
    user.refresh_from_db()
    assert user.check_password(second)


def test_who_may_not_hand_out(house: House) -> None:
    one = house.enter()
    for who in (house.neighbour, house.office):
        with pytest.raises((PermissionDenied, NotFound)):
            accounts.hand_out(actor=make.actor(who), applicant=one)
    assert register(Applicant).get(pk=one.pk).user is None
    user, _ = opened(house, one)
    make.grant(house.branch, "party_worker", user)
    with pytest.raises(PermissionDenied, match="其他用途"):
        opened(house, one)


def test_an_applicant_sees_their_own_application_and_nothing_of_members(house: House) -> None:
    one = house.enter()
    user, _ = opened(house, one)
    user.must_change_password = False
    user.save()
    browser = signed_in(user)
    home = browser.get("/").content.decode()
    assert "我的入党申请" in home
    mine = browser.get(reverse("development:own")).content.decode()
    assert "党组织派人谈话" in mine
    assert "还没有材料" in mine
    assert browser.get(reverse("procedures:development_case", args=[case(one).pk])).status_code == 200
    found = browser.get(reverse("site:search"), {"q": "张"})
    assert found.status_code == 200
    for name in ("members:list", "development:applicants", "development:register", "members:me", "development:helping"):
        assert browser.get(reverse(name)).status_code == 403, name
    for name in ("change", "move", "end"):
        assert browser.get(reverse(f"development:{name}", args=[one.pk])).status_code in {403, 404}


def test_the_account_is_closed_when_the_application_ends_and_opens_again_with_it(house: House) -> None:
    one = house.enter()
    user, _ = opened(house, one)
    applicants.end(actor=make.actor(house.secretary), applicant=one, why="left")
    user.refresh_from_db()
    assert not user.is_active
    ending.reopen(actor=make.actor(house.secretary), case=case(one), reason="又回来了")
    user.refresh_from_db()
    assert user.is_active


def test_an_account_that_opens_more_stays(house: House) -> None:
    one = house.enter()
    user, _ = opened(house, one)
    make.grant(house.branch, "party_worker", user)
    applicants.end(actor=make.actor(house.secretary), applicant=one, why="left")
    user.refresh_from_db()
    assert user.is_active


def test_it_is_not_taken_up_again_while_they_apply_elsewhere(house: House) -> None:
    one = house.enter()
    applicants.end(actor=make.actor(house.secretary), applicant=one, why="left")
    house.enter(by=house.neighbour, at_branch=house.other, resident_id=one.resident_id)
    with pytest.raises(Conflict, match="另有一件"):
        ending.reopen(actor=make.actor(house.secretary), case=case(one), reason="又回来了")
    assert not case(one).is_open


def test_the_account_becomes_the_members(house: House) -> None:
    one = house.enter()
    user, _ = opened(house, one)
    member = make.member(house.branch, one.name)
    accounts.hand_over(actor=make.SYSTEM, applicant=one, member=member)
    assert register(Member).get(pk=member.pk).user == user
    assert case(one).account == user


def test_who_joins_again_keeps_the_account_they_had(house: House) -> None:
    one = house.enter()
    user, _ = opened(house, one)
    member = make.member(house.branch, one.name, with_user=True)
    accounts.hand_over(actor=make.SYSTEM, applicant=one, member=member)
    user.refresh_from_db()
    assert not user.is_active
    assert case(one).account == member.user == register(Applicant).get(pk=one.pk).user


def test_a_contact_sees_whom_they_stand_by_and_nobody_else(house: House) -> None:
    contact = make.member(house.branch, "公孙己", with_user=True)
    one = begun(house.branch, ("apply", "2025-01-10"), ("activist", "2026-01-10"), ("file_activist", "2026-01-20"), name="诸葛丁")
    house.enter(name="司徒戊")
    assert contact.user
    browser = signed_in(contact.user)
    assert browser.get(reverse("development:helping")).status_code == 403
    with at(house.branch):
        Helper.objects.create(applicant=one, member=contact, role=HelperRole.CONTACT, starts_on=dt.date(2026, 1, 20))
    page = browser.get(reverse("development:helping")).content.decode()
    assert "诸葛丁" in page
    assert "司徒戊" not in page
    assert "我联系培养的同志" in browser.get("/").content.decode()
    assert browser.get(reverse("procedures:development_case", args=[case(one).pk])).status_code == 200
