"""A case goes from the phone of a branch to the desk above it, is sent back, and comes again with what was typed."""

import pytest
from playwright.sync_api import Page, expect

from dangjian.accounts.models import User
from dangjian.org.models import Organization, PostKind
from tests import make
from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import DESKTOP, PHONE, NewPage, SignIn

GOAL = "把三号机组每月非计划停机时间从12小时降到6小时。"


class House:
    """A branch below a committee, and the secretaries of both."""

    def __init__(self) -> None:
        committee = make.committee(name="集团党委")
        self.branch = make.branch(make.general_branch(committee), name="检修党支部")
        self.secretary = self._officer(self.branch)
        self.above = self._officer(committee)

    def _officer(self, place: Organization) -> User:
        who: User = make.member(self.branch, with_user=True).user
        make.post(place, PostKind.SECRETARY, who)
        return who


@pytest.fixture
def house() -> House:
    return House()


def begin(phone: Page) -> None:
    """The first step, on the phone, with a mistake first."""
    phone.goto("/procedures/project/")
    phone.get_by_role("link", name="新的项目").first.click()
    phone.get_by_label("项目名称").fill("降低停机时间")
    phone.get_by_label("目标").fill(GOAL)
    phone.get_by_role("button", name="提交").click()
    expect(phone.get_by_text("这一项必须填写").first).to_be_visible()
    expect(phone.get_by_label("目标")).to_have_value(GOAL)
    assert_accessible(phone)
    phone.get_by_label("计划完成日期").fill("2027-03-31")
    phone.get_by_role("button", name="提交").click()
    expect(phone.get_by_role("heading", name="降低停机时间")).to_be_visible()
    assert_accessible(phone)


def discuss(page: Page, opinion: str) -> None:
    page.get_by_label("同意申报").check()
    page.get_by_label("讨论意见").fill(opinion)
    page.get_by_role("button", name="提交").click()


def test_from_the_phone_to_the_desk_and_back(new_page: NewPage, sign_in: SignIn, house: House) -> None:
    phone, desk = new_page(PHONE), new_page(DESKTOP)
    sign_in(phone, house.secretary)
    sign_in(desk, house.above)
    begin(phone)
    discuss(phone, "一致同意。")
    expect(phone.get_by_text("等集团党委办理“上级审批”")).to_be_visible()

    desk.goto("/duties/")
    expect(desk.get_by_text("降低停机时间：上级审批")).to_be_visible()
    desk.get_by_role("link", name="去办理").click()
    expect(desk.get_by_text(GOAL).first).to_be_visible()
    assert_accessible(desk)
    desk.get_by_label("退回补充").check()
    desk.get_by_label("审批意见").fill("请写明经费来源。")
    desk.get_by_role("button", name="提交").click()
    expect(desk.get_by_text("等检修党支部办理“申请立项”")).to_be_visible()

    phone.reload()
    expect(phone.get_by_text("请按下面的意见补充后重新提交")).to_be_visible()
    expect(phone.get_by_text("请写明经费来源。").first).to_be_visible()
    expect(phone.get_by_label("目标")).to_have_value(GOAL)
    phone.get_by_label("经费（元）").fill("12000")
    phone.get_by_role("button", name="提交").click()
    expect(phone.get_by_label("讨论意见")).to_be_visible()


def test_a_step_from_an_old_tab_says_who_was_faster_and_keeps_what_was_typed(
    new_page: NewPage, sign_in: SignIn, house: House
) -> None:
    phone = new_page(PHONE)
    sign_in(phone, house.secretary)
    begin(phone)
    old = phone.context.new_page()
    old.goto(phone.url)
    discuss(phone, "一致同意。")
    expect(phone.get_by_text("等集团党委办理")).to_be_visible()
    discuss(old, "再议。")
    expect(old.get_by_text("“支部讨论”已于").first).to_be_visible()
    expect(old.get_by_label("讨论意见")).to_have_value("再议。")
