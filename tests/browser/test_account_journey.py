"""The first sign-in, large type, signing out; and the administrators, each with their own work."""

import re

import pytest
from playwright.sync_api import Page, expect

from dangjian.org.models import Grant, Organization
from dangjian.org.unscoped import unscoped
from tests import make
from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import DESKTOP, NewPage, SignIn


@pytest.fixture
def top() -> Organization:
    return make.committee(name="虚构集团党委")


@pytest.mark.parametrize("device", ["desktop", "phone"])
def test_the_first_sign_in(device: str, request: pytest.FixtureRequest, top: Organization) -> None:
    page: Page = request.getfixturevalue(device)
    user = make.user("虚构书记", must_change_password=True)
    make.post(make.branch(top, name="虚构支部"), "secretary", user)

    page.goto("/accounts/sign-in/")
    page.get_by_label("登录名或手机号").fill(user.username)
    page.locator("#id_password").fill("Test-1234")
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("heading", name="请先设置新密码")).to_be_visible()
    assert_accessible(page)
    _change_password(page, "12345678")
    expect(page.locator(".errorlist, .notice.bad").first).to_be_visible()
    assert_accessible(page)
    _change_password(page, "Yunling-2026")
    expect(page).to_have_url("/")

    page.locator(".user-button").click()
    page.get_by_role("button", name="大字版").click()
    page.goto("/")
    expect(page.locator("html[data-type=large]")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert_accessible(page)
    page.locator(".user-button").click()
    page.get_by_role("button", name="退出登录").click()
    expect(page.get_by_text("您已安全退出")).to_be_visible()
    assert_accessible(page)
    page.goto("/")
    expect(page.get_by_role("button", name="登录")).to_be_visible()
    user.refresh_from_db()
    assert user.check_password("Yunling-2026")


def test_a_role_is_given_used_and_found_in_the_trail(new_page: NewPage, sign_in: SignIn, top: Organization) -> None:
    guard, person, auditor = new_page(DESKTOP), new_page(DESKTOP), new_page(DESKTOP)
    user = make.user("虚构干事")
    sign_in(guard, make.grant(top, "security_admin").user)
    sign_in(person, user)
    sign_in(auditor, make.grant(top, "audit_admin").user)

    person.goto("/duties/matrix/")
    expect(person.get_by_role("heading", name="没有权限")).to_be_visible()
    assert_accessible(person)

    guard.goto("/org/grants/")
    assert_accessible(guard)
    guard.get_by_role("link", name="分配角色").click()
    _choose(guard, 0, "虚构干事")
    guard.get_by_label("角色").select_option(label="党务部门")
    _choose(guard, 1, "虚构集团党委")
    assert_accessible(guard)
    guard.get_by_role("button", name="下一步").click()
    assert_accessible(guard)
    guard.get_by_role("button", name="确认").click()
    expect(guard.get_by_role("row").filter(has_text="虚构干事")).to_be_visible()
    with unscoped("the journey looks at what it wrote"):
        assert Grant.objects.get(user=user).role == "party_office"

    person.reload()
    expect(person.get_by_role("heading", name="责任矩阵")).to_be_visible()
    auditor.goto("/accounts/events/?q=虚构干事")
    expect(auditor.get_by_role("row").filter(has_text="虚构干事").first).to_be_visible()
    assert_accessible(auditor)


def test_an_address_that_does_not_exist(phone: Page, sign_in: SignIn, top: Organization) -> None:
    sign_in(phone, make.post(top).user)
    answer = phone.goto("/no-such-page/")
    assert answer
    assert answer.status == 404
    assert_accessible(phone)
    phone.get_by_role("link", name="回到首页", exact=True).tap()
    expect(phone).to_have_url("/")


def _change_password(page: Page, new: str) -> None:
    page.locator("#id_old").fill("Test-1234")
    page.locator("#id_new").fill(new)
    page.locator("#id_again").fill(new)
    page.get_by_role("button", name="保存新密码").click()


def _choose(page: Page, number: int, name: str) -> None:
    """Find somebody or something by name in the ``number``-th field that looks things up."""
    picker = page.locator(".picker").nth(number)
    with page.expect_response(re.compile("lookup=")):
        picker.get_by_role("searchbox").fill(name)
    picker.locator(".options").get_by_text(name).first.click()
