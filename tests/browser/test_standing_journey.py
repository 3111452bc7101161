"""限期改正: the branch proposes on the phone, the committee agrees at the desk, the member says their word on the phone."""

import re

import pytest
from playwright.sync_api import expect

from dangjian.accounts.models import User
from dangjian.members.models import Member
from dangjian.org.models import Organization
from tests import make
from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import DESKTOP, PHONE, NewPage, SignIn


class House:
    """A branch with its secretary, the committee above it, and a member."""

    def __init__(self) -> None:
        committee = make.committee(name="集团党委")
        self.branch = make.branch(committee, name="检修党支部")
        self.member: Member = make.member(self.branch, "慕容迟到", with_user=True)
        self.secretary, self.above = self._officer(self.branch), self._officer(committee)

    def _officer(self, place: Organization) -> User:
        who: User = make.member(self.branch, with_user=True).user
        make.post(place, "secretary", who)
        return who


@pytest.fixture
def house() -> House:
    return House()


def test_proposed_filed_and_heard(new_page: NewPage, sign_in: SignIn, house: House) -> None:
    phone, desk, own = new_page(PHONE), new_page(DESKTOP), new_page(PHONE)
    sign_in(phone, house.secretary)
    sign_in(desk, house.above)
    sign_in(own, house.member.user)

    phone.goto("/standing/begin/")
    assert_accessible(phone)
    phone.get_by_role("link", name="提出限期改正").tap()
    expect(phone.get_by_role("button", name="下一步")).to_be_visible()
    with phone.expect_response(re.compile("lookup=")):
        phone.get_by_role("searchbox").last.fill("慕容")
    phone.locator(".options").get_by_text("慕容迟到").tap()
    phone.get_by_role("button", name="下一步").tap()
    phone.get_by_label("主要表现").fill("多次无故不参加组织生活。")
    phone.get_by_label("建议改正几个月").fill("13")
    phone.get_by_text("否", exact=True).tap()
    phone.get_by_role("button", name="支部委员会提出").tap()
    expect(phone.get_by_text("限期改正不超过12个月").first).to_be_visible()
    expect(phone.get_by_label("主要表现")).to_have_value("多次无故不参加组织生活。")
    assert_accessible(phone)
    phone.get_by_label("建议改正几个月").fill("6")
    phone.get_by_role("button", name="支部委员会提出").tap()
    expect(phone.get_by_text("等集团党委办理“上级预审”").first).to_be_visible()
    assert_accessible(phone)

    desk.goto("/standing/")
    expect(desk.get_by_role("link", name="慕容迟到")).to_be_visible()
    assert_accessible(desk)
    desk.get_by_role("link", name="慕容迟到").click()
    desk.get_by_label("同意", exact=True).check()
    desk.get_by_role("button", name="提交").click()
    expect(desk.get_by_text("多次无故不参加组织生活。").first).to_be_visible()

    own.goto("/duties/")
    expect(own.get_by_text("慕容迟到：听取本人意见")).to_be_visible()
    own.get_by_role("link", name="去办理").tap()
    expect(own.get_by_text("多次无故不参加组织生活。")).to_have_count(0)
    own.get_by_label("本人的意见").fill("家里有事，今后一定按时参加。")
    assert_accessible(own)
    own.get_by_role("button", name="提交").tap()
    expect(own.get_by_text("家里有事，今后一定按时参加。").first).to_be_visible()

    phone.reload()
    expect(phone.get_by_text("家里有事，今后一定按时参加。").first).to_be_visible()
