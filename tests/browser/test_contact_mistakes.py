"""On the phone, with mistakes: contact noted twice and in two tabs, an absence that has not begun, a guest who pays."""

import datetime as dt
from collections.abc import Iterator

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from dangjian.activities.contact.models import ContactNote, Guest, GuestNote
from dangjian.kernel import clock
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.contact import build
from tests.browser.conftest import PHONE, NewPage, SignIn


class House:
    """A branch with its secretary, a member who goes away, one who is silent."""

    def __init__(self) -> None:
        self.branch = make.branch(make.committee(name="集团党委"), name="检修党支部")
        since = clock.today() - dt.timedelta(days=215)
        self.member = make.member(self.branch, "慕容远行", with_user=True)
        build.came(self.member, since)
        self.silent = build.silent_since(self.branch, since, name="欧阳无声")
        chief = make.member(self.branch, "东方书记", with_user=True)
        build.came(chief, clock.today())
        assert chief.user
        make.post(self.branch, "secretary", chief.user)
        self.chief_member, self.chief = chief, chief.user


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture(autouse=True)
def unscoped_looks() -> Iterator[None]:
    with unscoped("the journey looks at what it wrote"):
        yield


def day(days: int) -> str:
    """A day as a date field takes it."""
    return (clock.today() + dt.timedelta(days=days)).isoformat()


def signed_out(page: Page) -> None:
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)


def test_one_tap_twice_in_two_tabs_and_after_losing_the_sign_in(new_page: NewPage, sign_in: SignIn, house: House) -> None:
    first, second = new_page(PHONE), new_page(PHONE)
    for page in (first, second):
        sign_in(page, house.chief)
        page.goto("/contact/people/")
    first.get_by_role("button", name="已联系慕容远行").tap()
    expect(first.get_by_text("已登记今天与慕容远行电话联系")).to_be_visible()
    second.get_by_role("button", name="已联系慕容远行").tap()
    expect(second.get_by_text("已登记今天与慕容远行电话联系")).to_be_visible()
    assert ContactNote.objects.count() == 1

    second.goto(f"/contact/people/{house.silent.pk}/note/")
    second.get_by_label("情况").fill("家里都好，下月回来")
    signed_out(second)
    second.get_by_role("button", name="登记联系").tap()
    expect(second.get_by_role("button", name="登录")).to_be_visible()
    sign_in(second, house.chief)
    second.goto(f"/contact/people/{house.silent.pk}/note/")
    expect(second.get_by_text("您填写的内容已经放回这里")).to_be_visible()
    expect(second.get_by_label("情况")).to_have_value("家里都好，下月回来")


def test_a_secretary_who_goes_away_reports_it_like_everybody(phone: Page, sign_in: SignIn, house: House) -> None:
    sign_in(phone, house.chief)
    phone.goto("/contact/mine/")
    phone.get_by_label("去向").select_option(label="外省（区、市）")
    phone.get_by_label("外出地点").fill("虚构省望江市")
    phone.get_by_label("外出日期").fill(day(5))
    phone.get_by_role("button", name="登记外出").tap()
    expect(phone.get_by_role("heading", name="我的外出登记")).to_be_visible()
    phone.locator("summary", has_text="登记返回").tap()
    phone.get_by_role("button", name="登记返回").tap()
    expect(phone.get_by_text("还没有到").first).to_be_visible()
    expect(phone.get_by_text("不去了的").first).to_be_visible()


def test_a_guest_comes_and_pays_with_every_slip_mended(phone: Page, sign_in: SignIn, house: House) -> None:
    sign_in(phone, house.chief)
    phone.goto("/contact/guests/new/")
    phone.get_by_role("button", name="登记", exact=True).tap()
    phone.get_by_label("姓名").fill("虚构来客")
    phone.get_by_label("组织关系所在党组织").fill("虚构县虚构镇党委")
    phone.get_by_label("来自").select_option(label="外省（区、市）")
    phone.get_by_label("流入日期").fill(day(2))
    phone.get_by_role("button", name="登记", exact=True).tap()
    expect(phone.get_by_text("请填今天或以前的日期").first).to_be_visible()
    expect(phone.get_by_label("姓名")).to_have_value("虚构来客")
    phone.get_by_label("流入日期").fill(day(-20))
    phone.get_by_role("button", name="登记", exact=True).dblclick()
    expect(phone.get_by_role("heading", name="流入党员虚构来客")).to_be_visible()
    assert Guest.objects.count() == 1

    phone.get_by_text("凭活动证交纳党费", exact=True).first.tap()
    phone.get_by_label("内容").fill("交纳十一月党费")
    phone.get_by_label("金额（元）").fill("20")
    phone.get_by_role("button", name="登记", exact=True).tap()
    expect(phone.get_by_text("请先登记活动证编号").first).to_be_visible()
    expect(phone.get_by_label("内容")).to_have_value("交纳十一月党费")
    phone.get_by_text("参加组织生活", exact=True).first.tap()
    phone.get_by_label("金额（元）").fill("")
    phone.get_by_label("内容").fill("参加主题党日")
    phone.get_by_role("button", name="登记", exact=True).dblclick()
    expect(phone.locator("td", has_text="参加主题党日").first).to_be_visible()
    assert GuestNote.objects.count() == 1
