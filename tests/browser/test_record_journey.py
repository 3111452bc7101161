"""A member's record: corrected by the member and the branch, and looked at for a purpose that the member can read."""

import re

import pytest
from playwright.sync_api import Page, expect

from dangjian.accounts.models import User
from dangjian.members.models import CorrectionProposal, Member
from dangjian.org.unscoped import unscoped
from tests import make
from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import DESKTOP, PHONE, NewPage, SignIn

NUMBER = "13800001234"


@pytest.fixture
def member() -> Member:
    branch = make.branch(make.committee(name="虚构集团党委"), name="虚构支部")
    make.post(branch, "secretary", make.user("虚构书记"))
    return make.member(branch, "虚构党员甲", with_user=True, mobile=NUMBER)


def test_a_member_proposes_and_the_secretary_accepts(new_page: NewPage, sign_in: SignIn, member: Member) -> None:
    phone, desk = new_page(PHONE), new_page(DESKTOP)
    sign_in(phone, _account(member))
    phone.goto("/members/me/")
    assert_accessible(phone)
    phone.get_by_text("学历学位").tap()
    phone.get_by_role("link", name="更正毕业院校").tap()
    phone.locator("#id_value").fill("虚构理工大学")
    assert_accessible(phone)
    phone.get_by_role("button", name="提交").dblclick(no_wait_after=True)
    expect(phone.get_by_text("待审核").first).to_be_visible()
    assert_accessible(phone)
    with unscoped("the journey looks at what it wrote"):
        assert CorrectionProposal.objects.get().value == "虚构理工大学"

    sign_in(desk, _secretary())
    desk.goto("/members/proposals/")
    expect(desk.get_by_text("虚构理工大学")).to_be_visible()
    assert_accessible(desk)
    desk.get_by_role("button", name="采纳", exact=True).click()
    expect(desk.get_by_text("没有待审核的更正申请")).to_be_visible()
    assert_accessible(desk)
    with unscoped("the journey looks at what it wrote"):
        member.refresh_from_db()
    assert member.school == "虚构理工大学"


def test_a_number_is_shown_for_a_purpose_and_the_member_sees_it(new_page: NewPage, sign_in: SignIn, member: Member) -> None:
    desk, phone = new_page(DESKTOP), new_page(PHONE)
    sign_in(desk, _secretary())
    desk.goto("/members/")
    assert_accessible(desk)
    desk.get_by_role("link", name=member.name).first.click()
    expect(desk.get_by_text(NUMBER)).to_have_count(0)
    assert_accessible(desk)
    desk.get_by_role("button", name=re.compile("查看完整手机")).click()
    dialog = desk.get_by_role("dialog")
    dialog.get_by_role("button", name="查看").click()
    expect(dialog.get_by_role("alert")).to_be_visible()
    dialog.get_by_label("其他用途").fill("核对通讯录")
    assert_accessible(desk)
    dialog.get_by_role("button", name="查看").click()
    expect(dialog.get_by_text(NUMBER)).to_be_visible()

    sign_in(phone, _account(member))
    phone.goto("/members/me/")
    phone.get_by_role("link", name="谁看过我的档案").tap()
    expect(phone.get_by_text("核对通讯录")).to_be_visible()
    expect(phone.get_by_text("虚构书记").first).to_be_visible()
    assert_accessible(phone)


def test_the_secretary_edits_a_record(desktop: Page, sign_in: SignIn, member: Member) -> None:
    sign_in(desktop, _secretary())
    desktop.goto(f"/members/{member.pk}/edit/")
    desktop.get_by_label("毕业院校").first.fill("虚构大学")
    assert_accessible(desktop)
    desktop.get_by_role("button", name="保存").click()
    expect(desktop.get_by_text("虚构大学").first).to_be_visible()
    assert_accessible(desktop)


def _account(member: Member) -> User:
    assert member.user
    return member.user


def _secretary() -> User:
    return User.objects.get(name="虚构书记")
