"""What is typed outlives an expired sign-in, a refusal, an error, a lost network, a slow one and the back button."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, Route, expect

from dangjian.accounts.models import User
from dangjian.activities.meetings import actions
from dangjian.activities.meetings.models import Meeting, Minutes, Status
from dangjian.org.unscoped import unscoped
from tests import make
from tests.browser.conftest import SignIn
from tests.browser.meetings_world import Branch, branch

TEXT = "会议传达学习了虚构文件，逐项讨论了支部工作。"
LOST = "刚才没有保存成功"
REFUSED, HTML = "<p>没有办成</p>", "text/html; charset=utf-8"


@pytest.fixture
def world() -> Branch:
    return branch()


def test_signing_in_again_leads_back_to_what_was_typed(phone: Page, sign_in: SignIn, world: Branch) -> None:
    address = _minutes(phone, sign_in, world)
    phone.locator("textarea").first.fill(TEXT)
    phone.context.clear_cookies(name="sessionid")
    phone.get_by_role("button", name="先保存").tap()
    expect(phone.get_by_role("button", name="登录")).to_be_visible()
    assert _copies(phone), "the sign-in page proves nothing"

    _sign_in_by_form(phone, world.user(1))
    expect(phone).to_have_url(re.compile(address))
    expect(phone.get_by_text(LOST)).to_be_visible()
    expect(phone.locator("textarea").first).to_have_value(TEXT)
    phone.get_by_role("button", name="先保存").tap()
    expect(phone.get_by_text("记录已保存。")).to_be_visible()
    assert not _copies(phone)
    with unscoped("the journey looks at what it wrote"):
        assert Minutes.objects.get().text == TEXT
    phone.reload()
    expect(phone.locator("textarea").first).to_have_value(TEXT)
    expect(phone.get_by_text("恢复内容")).to_have_count(0)


def test_a_form_that_is_not_copied_while_typing_comes_back_too(phone: Page, sign_in: SignIn, world: Branch) -> None:
    meeting = world.call()
    sign_in(phone, world.user(0))
    phone.goto(f"/meetings/{meeting.pk}/cancel/")
    phone.get_by_label("取消原因").fill("因生产任务调整")
    phone.context.clear_cookies(name="sessionid")
    phone.get_by_role("button", name=re.compile("取消会议|确认取消")).tap()
    _confirm(phone)
    _sign_in_by_form(phone, world.user(0))
    expect(phone.get_by_label("取消原因")).to_have_value("因生产任务调整")
    with unscoped("the journey looks at what it wrote"):
        meeting.refresh_from_db()
    assert meeting.status == Status.CALLED


def test_somebody_else_who_signs_in_sees_nothing_of_it(phone: Page, sign_in: SignIn, world: Branch) -> None:
    make.post(world.organization, "deputy_secretary", world.people[2].user)
    _minutes(phone, sign_in, world)
    phone.locator("textarea").first.fill(TEXT)
    phone.context.clear_cookies(name="sessionid")
    phone.get_by_role("button", name="先保存").tap()
    _sign_in_by_form(phone, world.user(2))
    expect(phone.locator("textarea").first).not_to_have_value(TEXT)
    expect(phone.get_by_text(LOST)).to_have_count(0)


def test_a_network_lost_on_the_way_loses_nothing(phone: Page, sign_in: SignIn, world: Branch) -> None:
    address = _minutes(phone, sign_in, world)
    phone.locator("textarea").first.fill(TEXT)
    phone.route("**/minutes/", lambda route: _posts(route, route.abort))
    with phone.expect_event("requestfailed"):  # a request that was held when the route goes would hang for ever
        phone.get_by_role("button", name="先保存").tap()
    phone.unroute("**/minutes/")
    phone.wait_for_timeout(500)
    phone.goto(address)
    expect(phone.locator("textarea").first).to_have_value(TEXT)


def test_lines_that_were_added_come_back(phone: Page, sign_in: SignIn, world: Branch) -> None:
    sign_in(phone, world.user(0))
    phone.goto("/meetings/new/?kind=general_meeting")
    number = phone.locator(".agenda-row").count()
    phone.get_by_role("button", name="加一项议题").tap()
    field = phone.locator(f"#id_a-{number}-title")
    field.fill("讨论虚构事项")
    phone.get_by_label("地点", exact=True).fill("虚构一号会议室")
    phone.context.clear_cookies(name="sessionid")
    phone.get_by_role("button", name="发出通知").tap()
    _sign_in_by_form(phone, world.user(0))
    expect(phone.locator(f"#id_a-{number}-title")).to_have_value("讨论虚构事项")
    expect(phone.get_by_label("地点", exact=True)).to_have_value("虚构一号会议室")
    phone.get_by_role("button", name="发出通知").tap()
    expect(phone.get_by_text("已通知").first).to_be_visible()
    assert not _copies(phone)
    with unscoped("the journey looks at what it wrote"):
        assert "讨论虚构事项" in Meeting.objects.get().agenda.values_list("title", flat=True)


def test_signed_out_while_the_form_is_laid_out_anew(phone: Page, sign_in: SignIn, world: Branch) -> None:
    sign_in(phone, world.user(0))
    phone.goto("/meetings/new/?kind=general_meeting")
    phone.get_by_label("地点", exact=True).fill("虚构一号会议室")
    phone.context.clear_cookies(name="sessionid")
    phone.get_by_role("button", name="加一项议题").tap()
    _sign_in_by_form(phone, world.user(0))
    expect(phone.get_by_label("地点", exact=True)).to_have_value("虚构一号会议室")


def test_what_is_typed_while_the_server_answers_stays(phone: Page, sign_in: SignIn, world: Branch) -> None:
    sign_in(phone, world.user(0))
    phone.goto("/meetings/new/?kind=general_meeting")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    phone.route("**/meetings/new/**", hold)
    phone.get_by_role("button", name="明天").tap()
    phone.get_by_label("会议名称").fill("边等边改的名称")
    phone.locator("#id_a-1-title").fill("边等边改的议题")
    _until(phone, lambda: bool(held))
    held.pop().continue_()
    expect(phone.get_by_role("button", name="明天")).to_have_attribute("aria-pressed", "true")
    expect(phone.get_by_label("会议名称")).to_have_value("边等边改的名称")

    phone.locator(".agenda-row button").first.tap()
    phone.get_by_label("地点", exact=True).fill("边等边改的地点")
    phone.locator("#id_a-1-title").fill("第二次边等边改")
    _until(phone, lambda: bool(held))
    held.pop().continue_()
    expect(phone.locator("#id_a-1-title")).to_have_count(0)
    expect(phone.locator("#id_a-0-title")).to_have_value("第二次边等边改")
    expect(phone.get_by_label("地点", exact=True)).to_have_value("边等边改的地点")


def test_a_form_is_not_sent_while_it_is_laid_out_anew(phone: Page, sign_in: SignIn, world: Branch) -> None:
    sign_in(phone, world.user(0))
    phone.goto("/meetings/new/?kind=general_meeting")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    phone.route("**/meetings/new/**", hold)
    phone.get_by_label("地点", exact=True).fill("虚构一号会议室")
    before = phone.locator("#id_s-0-on").input_value()
    phone.get_by_role("button", name="明天").tap()
    _until(phone, lambda: bool(held))
    phone.get_by_role("button", name="发出通知").tap()
    expect(phone.get_by_text("刚才点的还没有更新好")).to_be_visible()
    with unscoped("the journey looks at what it wrote"):
        assert not Meeting.objects.exists()
    held.pop().continue_()
    expect(phone.get_by_role("button", name="明天")).to_have_attribute("aria-pressed", "true")
    phone.unroute("**/meetings/new/**")
    chosen = phone.locator("#id_s-0-on").input_value()
    assert chosen != before
    phone.get_by_role("button", name="发出通知").tap()
    expect(phone.get_by_text("已通知").first).to_be_visible()
    with unscoped("the journey looks at what it wrote"):
        assert timezone.localtime(Meeting.objects.get().sittings.get().starts_at).date().isoformat() == chosen


def test_going_back_shows_what_is_true_now(phone: Page, sign_in: SignIn, world: Branch) -> None:
    meeting = world.call()
    sign_in(phone, world.user(2))
    phone.goto("/meetings/mine/")
    expect(phone.get_by_text("请答复").first).to_be_visible()
    phone.goto(f"/meetings/mine/{meeting.pk}/")
    phone.get_by_role("button", name="参加", exact=True).first.tap()
    expect(phone.get_by_text("已答复参加").first).to_be_visible()
    phone.evaluate("history.go(-2)")
    expect(phone).to_have_url(re.compile("/meetings/mine/$"))
    expect(phone.get_by_text("请答复")).to_have_count(0)


def _minutes(page: Page, sign_in: SignIn, world: Branch) -> str:
    """The page on which the minutes of a meeting are written."""
    meeting = world.hold()
    with unscoped("a world for a journey"):
        actions.draft_minutes(actor=make.actor(world.user(1)), meeting=meeting)
    sign_in(page, world.user(1))
    address = f"/meetings/{meeting.pk}/minutes/"
    page.goto(address)
    return address


def _sign_in_by_form(page: Page, user: User) -> None:
    page.get_by_label("登录名或手机号").fill(user.username)
    page.locator("#id_password").fill("Test-1234")
    page.get_by_role("button", name="登录").tap()


def _confirm(page: Page) -> None:
    if page.locator("#confirm[open]").count():
        page.locator("#confirm [data-confirm-ok]").tap()


def _posts(route: Route, answer: Callable[[], Any]) -> None:
    if route.request.method == "POST":
        answer()
    else:
        route.continue_()


def _until(page: Page, done: Callable[[], bool]) -> None:
    for _ in range(100):
        if done():
            return
        page.wait_for_timeout(50)
    message = "it did not come about"
    raise AssertionError(message)


def _copies(page: Page) -> list[Any]:
    """The copies on the device."""
    found = page.evaluate(
        "[localStorage, sessionStorage].flatMap(place => Object.keys(place).filter(key => key.startsWith('draft:'))"
        ".map(key => place.getItem(key)))"
    )
    return [json.loads(text) for text in found]
