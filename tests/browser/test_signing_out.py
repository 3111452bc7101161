"""A shared device: after signing out, going back shows nothing, though the browser keeps whole pages to go back to."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from dangjian.members.models import Member
from tests import make
from tests.browser.conftest import DESKTOP, SignIn


@pytest.fixture
def going_back(launch: Callable[..., Browser], live_server: Any) -> Iterator[Page]:
    """A page of a browser as people have it; Playwright switches going back at once off by itself."""
    browser = launch(ignore_default_args=["--disable-back-forward-cache"])
    page = browser.new_context(base_url=live_server.url, locale="zh-CN", **DESKTOP).new_page()
    page.set_default_timeout(30_000)
    yield page
    browser.close()


@pytest.fixture
def member() -> Member:
    committee = make.committee()
    return make.member(make.branch(committee), "欧阳某某", with_user=True)


def opened(page: Page, sign_in: SignIn, member: Member) -> str:
    """Somebody's record on the screen; returns its address."""
    assert member.branch
    sign_in(page, make.post(member.branch, "secretary").user)
    page.goto(f"/members/{member.pk}/")
    expect(page.get_by_role("heading", name="欧阳某某")).to_be_visible()
    return page.url


def sign_out(page: Page) -> None:
    page.get_by_title("我的菜单").click()
    page.get_by_role("button", name="退出登录").click()
    expect(page).to_have_url(re.compile("/accounts/sign-in/"))


def test_this_browser_keeps_whole_pages(going_back: Page, live_server: Any) -> None:
    for name in ("one", "other"):
        going_back.route(f"**/{name}.txt", lambda route: route.fulfill(body="<p>nothing of ours</p>", content_type="text/html"))
    going_back.goto("/one.txt")
    going_back.evaluate("window.mark = 1")
    going_back.goto("/other.txt")
    going_back.evaluate("history.back()")
    expect(going_back).to_have_url(re.compile("/one.txt"))
    assert going_back.evaluate("window.mark") == 1


def test_going_back_after_signing_out_leads_to_sign_in(going_back: Page, sign_in: SignIn, member: Member) -> None:
    opened(going_back, sign_in, member)
    sign_out(going_back)
    expect(going_back.get_by_text("您已安全退出")).to_be_visible()

    going_back.evaluate("history.back()")

    expect(going_back).to_have_url(re.compile("/accounts/sign-in/"))
    expect(going_back.get_by_label("登录名或手机号")).to_be_visible()
    assert "欧阳" not in going_back.content()


def test_not_even_without_network(going_back: Page, sign_in: SignIn, member: Member) -> None:
    opened(going_back, sign_in, member)
    sign_out(going_back)

    going_back.context.set_offline(True)
    going_back.evaluate("history.back()")
    going_back.wait_for_timeout(1500)

    expect(going_back.get_by_text("欧阳某某").first).not_to_be_visible()


def test_a_page_whose_session_was_ended_elsewhere_is_not_shown_again(going_back: Page, sign_in: SignIn, member: Member) -> None:
    opened(going_back, sign_in, member)
    going_back.goto("/offline/")
    for user in type(make.user())._default_manager.all():
        user.sessions.all().delete()

    going_back.evaluate("history.back()")

    expect(going_back).to_have_url(re.compile("/accounts/sign-in/"))


def test_going_back_shows_a_page_as_it_is_now(going_back: Page, sign_in: SignIn, member: Member) -> None:
    address = opened(going_back, sign_in, member)
    going_back.goto("/members/")
    Member._base_manager.filter(pk=member.pk).update(name="公冶某某")

    going_back.evaluate("history.back()")

    expect(going_back).to_have_url(address)
    expect(going_back.get_by_role("heading", name="公冶某某")).to_be_visible()
