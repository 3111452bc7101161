"""On the phone: contact with one tap and its undo, a member reports that they go away, a search with its attempts."""

import datetime as dt

import pytest
from playwright.sync_api import Page, expect

from dangjian.activities.contact.models import ContactNote, SearchTry
from dangjian.kernel import clock
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.contact import build
from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import PHONE, NewPage, SignIn


class House:
    """A branch with its secretary; two members of whom nothing was heard for seven months."""

    def __init__(self) -> None:
        self.branch = make.branch(make.committee(name="集团党委"), name="检修党支部")
        since = clock.today() - dt.timedelta(days=215)
        self.first, self.second = (
            build.silent_since(self.branch, since, name=name, with_user=True) for name in ("慕容远行", "欧阳无声")
        )
        chief = make.member(self.branch, "东方书记", with_user=True)
        build.came(chief, clock.today())
        assert chief.user
        make.post(self.branch, "secretary", chief.user)
        self.chief = chief.user


@pytest.fixture
def house() -> House:
    return House()


def test_contact_with_one_tap_and_a_search(phone: Page, sign_in: SignIn, house: House) -> None:
    sign_in(phone, house.chief)
    phone.goto("/contact/people/")
    assert_accessible(phone)
    phone.get_by_role("button", name="已联系慕容远行").tap()
    expect(phone.get_by_text("已登记今天与慕容远行电话联系")).to_be_visible()
    expect(phone.get_by_role("button", name="已联系慕容远行")).to_have_count(0)
    phone.get_by_role("link", name="撤销").tap()
    phone.get_by_role("button", name="撤销").tap()
    expect(phone.get_by_role("button", name="已联系慕容远行")).to_be_visible()

    phone.get_by_role("link", name="登记详情欧阳无声").tap()
    expect(phone.get_by_role("heading", name="登记联系：欧阳无声")).to_be_visible()
    assert_accessible(phone)
    phone.get_by_role("link", name="联系不上，开始查找").tap()
    phone.get_by_role("button", name="开始查找").tap()
    expect(phone.get_by_role("heading", name="查找欧阳无声")).to_be_visible()
    assert_accessible(phone)
    for way in ("电话、微信", "走访住处", "联系家属"):
        phone.locator("#attempt_way").select_option(label=way)
        phone.locator("#attempt_by").fill("东方书记")
        phone.get_by_role("button", name="登记查找").tap()
        expect(phone.locator("td", has_text=way).first).to_be_visible()
    phone.locator("summary", has_text="认定失联").tap()
    phone.locator("#lost_reason").select_option(label="居住地改变")
    phone.get_by_role("button", name="认定失联").tap()
    phone.get_by_role("dialog").get_by_role("button").last.tap()
    expect(phone.get_by_text("已认定失联").first).to_be_visible()
    assert_accessible(phone)
    with unscoped("the journey looks at what it wrote"):
        assert not ContactNote.objects.exists()
        assert SearchTry.objects.count() == 3


def test_a_member_reports_that_they_go_away(new_page: NewPage, sign_in: SignIn, house: House) -> None:
    phone, other = new_page(PHONE), new_page(PHONE)
    assert house.first.user
    sign_in(phone, house.first.user)
    phone.goto("/contact/mine/")
    assert_accessible(phone)
    phone.get_by_role("button", name="登记外出").tap()
    expect(phone.get_by_text("这一项必须填写").first).to_be_visible()
    phone.get_by_label("去向").select_option(label="外省（区、市）")
    phone.get_by_label("外出地点").fill("虚构省望江市")
    phone.get_by_role("button", name="登记外出").tap()
    expect(phone.get_by_role("heading", name="我的外出登记")).to_be_visible()
    assert_accessible(phone)

    sign_in(other, house.chief)
    other.goto("/contact/away/")
    expect(other.get_by_text("虚构省望江市").first).to_be_visible()
    assert_accessible(other)
