"""Organisations as dated events: set up, renamed, looked at as of an earlier day; and who becomes secretary."""

import re

import pytest
from playwright.sync_api import Page, expect

from dangjian.accounts.models import User
from dangjian.org.models import Organization, Post
from dangjian.org.unscoped import unscoped
from tests import make
from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import SignIn


@pytest.fixture
def office() -> User:
    return make.grant(make.committee(name="虚构集团党委"), "party_office").user


def test_a_branch_is_set_up_renamed_and_given_a_secretary(desktop: Page, sign_in: SignIn, office: User) -> None:
    with unscoped("a world for a journey"):
        top = Organization.objects.get()
    sign_in(desktop, office)
    desktop.goto(f"/org/{top.pk}/new/")
    desktop.get_by_text("党支部", exact=True).first.click()
    desktop.get_by_label("全称").fill("中共虚构检修支部委员会")
    desktop.get_by_label("简称").fill("检修党支部")
    desktop.get_by_label("成立日期").fill("2026-03-02")
    assert_accessible(desktop)
    _confirm(desktop, "确认设立")
    expect(desktop.get_by_role("heading", name="中共虚构检修支部委员会")).to_be_visible()
    assert_accessible(desktop)
    with unscoped("the journey looks at what it wrote"):
        branch = Organization.objects.get(short_name="检修党支部")

    desktop.goto(f"/org/{branch.pk}/rename/")
    desktop.get_by_label("全称").fill("中共虚构维护支部委员会")
    desktop.get_by_label("简称").fill("维护党支部")
    desktop.get_by_label("生效日期").fill("2026-09-01")
    _confirm(desktop, "确认")
    tree = desktop.locator("#org-tree")
    expect(tree.get_by_role("link", name="维护党支部")).to_be_visible()
    desktop.goto(f"/org/{branch.pk}/?on=2026-06-01")
    expect(tree.get_by_role("link", name="检修党支部")).to_be_visible()
    expect(desktop.get_by_text("2026年6月1日").first).to_be_visible()
    assert_accessible(desktop)
    desktop.goto(f"/org/{top.pk}/?on=2026-01-01")
    expect(tree.get_by_role("link", name="检修党支部")).to_have_count(0)


def test_a_secretary_is_appointed_from_the_phone(phone: Page, sign_in: SignIn, office: User) -> None:
    with unscoped("a world for a journey"):
        branch = make.branch(Organization.objects.get(), name="虚构支部")
    member = make.member(branch, "虚构党员甲", with_user=True)
    sign_in(phone, office)
    phone.goto(f"/org/{branch.pk}/?tab=posts")
    assert_accessible(phone)
    phone.get_by_role("link", name="任命").first.tap()
    phone.get_by_text("书记", exact=True).first.tap()
    with phone.expect_response(re.compile("lookup=user")):
        phone.get_by_role("searchbox").last.fill("虚构党员甲")
    phone.locator(".options.people").get_by_text("虚构党员甲").tap()
    assert_accessible(phone)
    _confirm(phone, "确认任命")
    expect(phone.get_by_text("虚构党员甲").first).to_be_visible()
    assert_accessible(phone)
    with unscoped("the journey looks at what it wrote"):
        assert Post.objects.get(organization=branch, kind="secretary").user == member.user


def _confirm(page: Page, label: str) -> None:
    """Through the page that says what will be, before it is."""
    page.get_by_role("button", name="下一步").click()
    expect(page.get_by_text("还没有保存")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name=label).click()
