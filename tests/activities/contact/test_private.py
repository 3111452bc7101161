"""Phones and addresses of members who are away and of guests: masked, opened for a purpose, and never shown by a form."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from dangjian.accounts.models import Event, User
from dangjian.activities.contact.actions import guests, private
from dangjian.activities.contact.models import Away, Guest
from dangjian.kernel.errors import Invalid, NotFound, PermissionDenied
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.contact import build

pytestmark = [pytest.mark.django_db, pytest.mark.day("2026-11-23"), pytest.mark.any_database]
PHONE, HOME = "13800001111", "虚构省星河市虚构路1号"
TODAY = dt.date(2026, 11, 23)


def open_as(user: User | None, name: str, **more: Any) -> str:
    """What a page shows to somebody, or what they are answered when they send something."""
    client, post = Client(), more.pop("post", None)
    assert user is not None
    client.force_login(user, backend="dangjian.accounts.backends.AccountBackend")
    address = reverse(name, kwargs=more)
    answer = client.get(address) if post is None else client.post(address, post, follow=True)
    return answer.content.decode()


class House:
    """A branch with its secretary, a member who is away, and a guest."""

    def __init__(self) -> None:
        self.branch = make.branch(make.committee(name="虚构集团党委"))
        self.secretary = make.post(self.branch).user
        self.member = make.member(self.branch, with_user=True)
        self.away = build.go(self.member, phone=PHONE, unit=HOME)
        given = {"name": "虚构来客", "home": "虚构县虚构镇党委", "came_from": "city", "since_on": TODAY}
        numbers = {"phone": PHONE, "home_contact": f"虚构联系人 {PHONE}"}
        self.guest = guests.welcome(actor=make.SYSTEM, organization=self.branch, **given, **numbers)


@pytest.fixture
def house() -> House:
    return House()


def events(verb: str) -> list[Event]:
    return list(Event.objects.filter(verb=verb))


def test_pages_mask_numbers_even_for_who_keeps_contact(house: House) -> None:
    for name, pk in (("contact:away_one", house.away.pk), ("contact:guest", house.guest.pk)):
        page = open_as(house.secretary, name, pk=pk)
        assert PHONE not in page
        assert HOME not in page
        assert "138****1111" in page


def test_one_sees_what_one_reported_oneself(house: House) -> None:
    page = open_as(house.member.user, "contact:away_one", pk=house.away.pk)
    assert HOME in page
    assert "查看完整" not in page


def test_a_number_is_opened_for_a_purpose_and_the_member_learns_of_it(house: House) -> None:
    named = {"pk": house.away.pk, "column": "phone"}
    assert PHONE not in open_as(house.secretary, "contact:open_away", **named)
    assert "请写明查看完整内容的用途" in open_as(house.secretary, "contact:open_away", **named, post={"purpose": ""})
    assert events("members.unmasked") == []
    assert PHONE in open_as(house.secretary, "contact:open_away", **named, post={"purpose": "联系本人"})
    [event] = events("members.unmasked")
    assert (event.purpose, event.member_id) == ("联系本人", house.member.pk)
    assert "当地联系电话" in event.summary


def test_a_guests_number_is_opened_for_a_purpose(house: House) -> None:
    named = {"pk": house.guest.pk, "column": "home_contact"}
    assert PHONE in open_as(house.secretary, "contact:open_guest", **named, post={"other": "向原党组织反馈"})
    assert [event.purpose for event in events("contact.unmasked")] == ["向原党组织反馈"]


def test_nothing_else_is_opened_and_nobody_else_opens(house: House) -> None:
    neighbour, secretary = make.actor(make.post(make.branch(house.branch.parent)).user), make.actor(house.secretary)
    with pytest.raises((PermissionDenied, NotFound)):
        private.open_of_away(actor=neighbour, away=house.away, column="phone", purpose="联系本人")
    with pytest.raises((PermissionDenied, NotFound)):
        private.open_of_guest(actor=neighbour, guest=house.guest, column="phone", purpose="联系本人")
    with pytest.raises(NotFound):
        private.open_of_away(actor=secretary, away=house.away, column="place", purpose="联系本人")
    with pytest.raises(Invalid):
        private.open_of_guest(actor=secretary, guest=house.guest, column="phone", purpose=" ")
    assert events("members.unmasked") == events("contact.unmasked") == []


def test_a_field_left_empty_leaves_the_number_as_it_is(house: House) -> None:
    sent = {"step": "change", "direction": "city", "place": "虚构省邻市", "since_on": TODAY, "phone": "", "unit": "虚构二路2号"}
    open_as(house.secretary, "contact:away_one", pk=house.away.pk, post=sent)
    with unscoped("test"):
        one = Away.objects.get(pk=house.away.pk)
        assert (one.place, one.phone, one.unit) == ("虚构省邻市", PHONE, "虚构二路2号")
    sent = {"step": "change", "name": "虚构来客", "home": "虚构县虚构镇党委", "came_from": "city", "since_on": TODAY}
    open_as(house.secretary, "contact:guest", pk=house.guest.pk, post={**sent, "phone": "13900002222"})
    with unscoped("test"):
        assert Guest.objects.get(pk=house.guest.pk).phone == "13900002222"
        assert PHONE in Guest.objects.get(pk=house.guest.pk).home_contact
