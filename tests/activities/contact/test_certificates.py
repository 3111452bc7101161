"""The number of a 流动党员活动证 is typed once: where somebody is away, or where they agree to pay there."""

import datetime as dt
import io
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from dangjian.activities.contact.actions import away
from dangjian.activities.dues.assessment.actions import arrangements
from dangjian.activities.dues.assessment.models import Arrangement
from dangjian.kernel.errors import Invalid
from dangjian.members.models import Member
from tests import make
from tests.activities.contact import build

pytestmark = [pytest.mark.django_db, pytest.mark.day("2026-11-23"), pytest.mark.any_database]
NUMBER, PLACE = "虚构活动证0017号", "虚构外地党支部"


class House:
    """A branch, its secretary, and a member."""

    def __init__(self) -> None:
        self.branch = make.branch(make.committee(name="虚构集团党委"))
        user = make.post(self.branch).user
        self.secretary, self.browser = make.actor(user), Client()
        self.browser.force_login(user, backend="dangjian.accounts.backends.AccountBackend")
        self.member = make.member(self.branch)

    def page(self, name: str, **named: Any) -> str:
        return self.browser.get(reverse(name, kwargs=named)).content.decode()


@pytest.fixture
def house() -> House:
    return House()


def agree(house: House, member: Member, **more: Any) -> Arrangement:
    """They pay where they are, from November to January."""
    usual = {"kind": "elsewhere", "from_month": dt.date(2026, 11, 1), "until_month": dt.date(2027, 2, 1), "place": PLACE}
    said = {"reason": "到外地项目工作", "agreed_on": dt.date(2026, 11, 20)}
    return arrangements.agree(actor=house.secretary, member=member, **{**usual, **said, **more})


def test_dues_read_it_where_somebody_is_away(house: House) -> None:
    build.go(house.member, certificate=NUMBER, led_by=PLACE)
    page = house.page("dues:elsewhere", pk=house.member.pk)
    assert f"流动党员活动证编号：{NUMBER}（见外出登记，不用再填）" in page
    assert 'name="certificate"' not in page
    assert PLACE in page
    made = agree(house, house.member)
    assert made.certificate == ""
    profile = house.page("dues:profile", pk=house.member.pk)
    assert NUMBER in profile
    assert "见外出登记" in profile


def test_another_number_than_that_of_the_absence_is_refused(house: House) -> None:
    build.go(house.member, certificate=NUMBER)
    with pytest.raises(Invalid, match="与这里填的不同"):
        agree(house, house.member, certificate="虚构另一号")
    agree(house, house.member, certificate=NUMBER)


def test_without_an_absence_it_is_typed_with_the_arrangement(house: House) -> None:
    assert 'name="certificate"' in house.page("dues:elsewhere", pk=house.member.pk)
    with pytest.raises(Invalid, match="活动证"):
        agree(house, house.member)


def test_an_absence_reads_it_where_dues_have_it(house: House) -> None:
    agree(house, house.member, certificate=NUMBER)
    assert 'name="certificate"' not in house.page("contact:go", pk=house.member.pk)
    gone = build.go(house.member)
    page = house.page("contact:away_one", pk=gone.pk)
    assert f"{NUMBER}（见党费交纳方式）" in page
    assert 'name="certificate"' not in page


def test_what_was_registered_by_mistake_is_no_source(house: House) -> None:
    gone = build.go(house.member, certificate=NUMBER)
    away.cancel(actor=make.SYSTEM, away=gone, end_note="登记错了人")
    assert 'name="certificate"' in house.page("dues:elsewhere", pk=house.member.pk)


def test_the_register_of_those_away_has_the_number_wherever_it_stands(house: House) -> None:
    agree(house, house.member, certificate=NUMBER)
    build.go(house.member)
    sheet: Any = house.browser.get(reverse("contact:away_sheet"))
    book = load_workbook(io.BytesIO(b"".join(sheet.streaming_content)))
    assert NUMBER in [cell.value for row in book.active.iter_rows() for cell in row]
