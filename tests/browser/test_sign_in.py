"""Signing in, on a wide screen and on a phone."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests import make
from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import SignIn


@pytest.mark.parametrize("device", ["desktop", "phone"])
def test_a_person_signs_in_after_a_slip(device: str, request: pytest.FixtureRequest) -> None:
    page: Page = request.getfixturevalue(device)
    user = make.user("虚构书记")
    make.post(make.committee(), "secretary", user)

    page.goto("/")
    expect(page).to_have_url(re.compile("/accounts/sign-in/"))
    assert_accessible(page)

    page.get_by_label("登录名或手机号").fill(user.username)
    page.locator("#id_password").fill("Wrong-1234")
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_label("登录名或手机号")).to_have_value(user.username)
    assert_accessible(page)

    page.locator("#id_password").fill("Test-1234")
    page.get_by_role("button", name="登录").click()
    expect(page).to_have_url("/")


def test_a_session_opens_the_home_page(phone: Page, sign_in: SignIn) -> None:
    user = make.user("虚构书记")
    make.post(make.committee(), "secretary", user)
    sign_in(phone, user)

    phone.goto("/")

    expect(phone).to_have_url("/")
    assert_accessible(phone)
