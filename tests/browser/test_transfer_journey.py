"""A member asks on the phone to be transferred, the committee releases at the desk, the other branch receives on the phone."""

import re

import pytest
from playwright.sync_api import expect

from dangjian.accounts.models import User
from dangjian.members.models import Member
from dangjian.org.models import Organization
from dangjian.org.unscoped import unscoped
from tests import make
from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import DESKTOP, PHONE, NewPage, SignIn


class House:
    """Two branches below a committee, each with its secretary; somebody of the first one."""

    def __init__(self) -> None:
        committee = make.committee(name="集团党委")
        general = make.general_branch(committee)
        self.origin, self.to = (make.branch(general, name=name) for name in ("检修党支部", "运行党支部"))
        self.person: User = make.member(self.origin, "慕容调动", with_user=True).user
        self.receiver, self.above = self._officer(self.to), self._officer(committee)

    def _officer(self, place: Organization) -> User:
        who: User = make.member(self.to, with_user=True).user
        make.post(place, "secretary", who)
        return who


@pytest.fixture
def house() -> House:
    return House()


def test_asked_for_on_the_phone_released_and_received(new_page: NewPage, sign_in: SignIn, house: House) -> None:
    phone, desk, other = new_page(PHONE), new_page(DESKTOP), new_page(PHONE)
    sign_in(phone, house.person)
    sign_in(desk, house.above)
    sign_in(other, house.receiver)

    phone.goto("/procedures/transfer/own/")
    assert_accessible(phone)
    phone.get_by_role("button", name="提出转接").tap()
    expect(phone.get_by_text("请选择党组织").first).to_be_visible()
    with phone.expect_response(re.compile("lookup=")):
        phone.get_by_role("searchbox").last.fill("运行")
    phone.locator(".options").get_by_text("运行党支部").tap()
    phone.get_by_label("工作单位变动").check()
    phone.get_by_role("button", name="提出转接").tap()
    expect(phone.get_by_text("等集团党委办理“审核转出”").first).to_be_visible()
    assert_accessible(phone)

    desk.goto("/duties/")
    expect(desk.get_by_text("慕容调动：审核转出")).to_be_visible()
    desk.get_by_role("link", name="去办理").click()
    expect(desk.get_by_text("运行党支部").first).to_be_visible()
    assert_accessible(desk)
    desk.get_by_label("同意转出", exact=True).check()
    desk.get_by_role("button", name="提交").click()
    expect(desk.get_by_text("等运行党支部办理“接收”").first).to_be_visible()

    other.goto("/duties/")
    other.get_by_role("link", name="去办理").tap()
    other.get_by_label("退回，写明理由").check()
    other.get_by_role("button", name="提交").tap()
    expect(other.get_by_text("须写明理由").first).to_be_visible()
    other.get_by_label("接收", exact=True).check()
    assert_accessible(other)
    other.get_by_role("button", name="提交").tap()
    expect(other.get_by_text("已办结").first).to_be_visible()
    phone.reload()
    expect(phone.get_by_text("已办结").first).to_be_visible()
    with unscoped("the journey looks at what it wrote"):
        assert Member.objects.get(user=house.person).branch == house.to
