"""Checking in with the live code on the host's screen: two people, two devices; and where the network is poor."""

import datetime as dt
import re

import pytest
from playwright.sync_api import Page, Route, expect

from dangjian.activities.meetings import checkin
from dangjian.activities.meetings.models import Meeting, Presence
from dangjian.kernel import clock
from dangjian.org.unscoped import unscoped
from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import DESKTOP, PHONE, NewPage, SignIn
from tests.browser.meetings_world import Branch, branch


@pytest.fixture
def world() -> Branch:
    return branch()


def test_two_devices_and_the_live_code(new_page: NewPage, sign_in: SignIn, world: Branch) -> None:
    meeting = world.call()
    screen, phone = new_page(DESKTOP), new_page(PHONE)
    sign_in(screen, world.user(0))
    sign_in(phone, world.user(2))

    screen.goto(f"/meetings/{meeting.pk}/host/")
    digits = re.sub(r"\D", "", screen.locator(".host-code").inner_text())
    assert len(digits) == 6

    phone.goto("/meetings/mine/")
    phone.get_by_role("link", name="签到", exact=True).click()
    field = phone.get_by_label("六位签到码")
    expect(field).to_be_focused()
    assert_accessible(phone)
    wrong = "000000" if digits != "000000" else "111111"
    field.fill(wrong)
    expect(phone.get_by_text("签到码不对或已过期").first).to_be_visible()
    expect(field).to_have_value("")
    expect(field).to_be_focused()
    assert_accessible(phone)
    assert world.row(meeting, 2).presence == Presence.UNKNOWN

    phone.evaluate(
        """text => { const input = document.querySelector('[data-code]'); input.value = text;
        input.dispatchEvent(new InputEvent('input', {bubbles: true})); }""",
        f" {digits[:3]} {digits[3:]} ",
    )
    expect(phone.get_by_role("heading", name="签到成功")).to_be_visible()
    assert_accessible(phone)
    assert world.row(meeting, 2).presence == Presence.PRESENT
    expect(screen.locator(".host-counts .came b")).to_have_text("1")


def test_the_sixth_digit_sends_and_a_tap_meanwhile_changes_nothing(phone: Page, sign_in: SignIn, world: Branch) -> None:
    meeting = world.call()
    sign_in(phone, world.user(2))
    phone.goto(f"/meetings/c/?meeting={meeting.pk}")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    phone.route("**/meetings/c/**", hold)
    phone.get_by_label("六位签到码").fill(checkin.current_code(sitting(meeting), clock.now()))
    button = phone.locator("form[data-check-in] button[type=submit]").first
    expect(button).to_be_disabled()
    button.tap(force=True)
    held[0].continue_()
    expect(phone.get_by_role("heading", name="签到成功")).to_be_visible()
    expect(phone.get_by_text("还没有更新好")).to_have_count(0)


@pytest.mark.parametrize("device", ["desktop", "phone"])
def test_the_qr_code_and_one_tap(device: str, request: pytest.FixtureRequest, sign_in: SignIn, world: Branch) -> None:
    page: Page = request.getfixturevalue(device)
    meeting = world.call()
    sign_in(page, world.user(3))
    page.goto(address(meeting))
    expect(page.get_by_text(meeting.title)).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="签到", exact=True).click()
    expect(page.get_by_role("heading", name="签到成功")).to_be_visible()
    assert_accessible(page)
    page.reload()
    expect(page.get_by_role("heading", name="签到成功")).to_be_visible()
    assert world.row(meeting, 3).presence == Presence.PRESENT


def test_signing_in_on_the_way_until_the_code_is_old(phone: Page, world: Branch) -> None:
    meeting = world.call()
    phone.goto(address(meeting))
    phone.get_by_label("登录名或手机号").fill(world.user(2).username)
    phone.locator("#id_password").fill("Test-1234")
    with clock.at("2026-11-23 09:02"):
        phone.get_by_role("button", name="登录").click()
        expect(phone.get_by_text("签到码已过期")).to_be_visible()
        assert_accessible(phone)
        phone.get_by_role("link", name="输入六位数字").click()
        expect(phone.get_by_role("heading", name="签到", exact=True)).to_be_visible()
        phone.get_by_label("六位签到码").fill(checkin.current_code(sitting(meeting), clock.now()))
        expect(phone.get_by_role("heading", name="签到成功")).to_be_visible()


def test_digits_typed_before_the_scripts_are_there_are_sent(phone: Page, sign_in: SignIn, world: Branch) -> None:
    meeting = world.call()
    sign_in(phone, world.user(2))
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    phone.route("**/meetings/member*.js", hold)
    with phone.expect_request("**/meetings/member*.js"):
        phone.goto(f"/meetings/c/?meeting={meeting.pk}", wait_until="commit")
    phone.get_by_label("六位签到码").fill(checkin.current_code(sitting(meeting), clock.now()))
    held[0].continue_()
    expect(phone.get_by_role("heading", name="签到成功")).to_be_visible()


def test_a_tap_without_network_is_kept_and_sent_again(phone: Page, sign_in: SignIn, world: Branch) -> None:
    meeting = world.call()
    sign_in(phone, world.user(2))
    phone.goto(address(meeting))
    phone.route("**/meetings/c/**", lambda route: route.abort())
    phone.get_by_role("button", name="签到", exact=True).click()
    expect(phone.get_by_text("网络不通，签到还没有完成。")).to_be_visible()
    assert_accessible(phone)
    assert world.row(meeting, 2).presence == Presence.UNKNOWN
    phone.unroute("**/meetings/c/**")
    expect(phone.get_by_text("网络不通，这一步没有完成")).to_have_count(0)
    phone.get_by_role("button", name="重试").click()
    expect(phone.get_by_role("heading", name="签到成功")).to_be_visible()
    assert world.row(meeting, 2).presence == Presence.PRESENT


def test_a_tap_while_offline_goes_out_by_itself(phone: Page, sign_in: SignIn, world: Branch) -> None:
    meeting = world.call()
    sign_in(phone, world.user(2))
    phone.goto(address(meeting))
    phone.context.set_offline(True)
    phone.get_by_role("button", name="签到", exact=True).click()
    expect(phone.get_by_text("网络不通，签到还没有完成。")).to_be_visible()
    phone.context.set_offline(False)
    expect(phone.get_by_role("heading", name="签到成功")).to_be_visible()
    assert world.row(meeting, 2).presence == Presence.PRESENT


def test_a_tap_while_the_code_was_good_counts_when_the_network_is_back(phone: Page, sign_in: SignIn, world: Branch) -> None:
    meeting = world.call()
    sign_in(phone, world.user(2))
    phone.clock.install()
    phone.goto("/meetings/c/")
    phone.context.set_offline(True)
    phone.get_by_label("六位签到码").fill(checkin.current_code(sitting(meeting), clock.now()))
    expect(phone.get_by_text("网络不通，签到还没有完成。")).to_be_visible()
    expect(phone.get_by_text("网络恢复后请再点一次提交")).to_have_count(0)
    tapped = clock.now()
    phone.clock.fast_forward(120_000)
    with clock.at(tapped + dt.timedelta(seconds=120)):
        phone.context.set_offline(False)
        expect(phone.get_by_role("heading", name="签到成功")).to_be_visible()
    expect(phone.locator("#check-in-at")).to_have_text(meeting.title)
    assert world.row(meeting, 2).presence == Presence.PRESENT


def sitting(meeting: Meeting) -> int:
    with unscoped("the journey reads the screen"):
        return int(meeting.sittings.get().pk)


def address(meeting: Meeting) -> str:
    """What the QR code on the screen leads to."""
    return f"/meetings/c/{checkin.token(sitting(meeting), clock.now())}/"
