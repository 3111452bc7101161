"""From an empty database to the first archived meeting in real browsers: the office at its desk, two secretaries on their phones.

The files are those of an enterprise of 14 general branches, 72 branches, 137 groups and 1,768 members. What it costs people is
written to ``test-results/``: taps, typed characters, and how long the pages took.
"""

import re
import time
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from dangjian.activities.meetings.models import Meeting, Status
from dangjian.engines.duties.models import Duty, is_overdue
from dangjian.kernel import clock
from dangjian.members.models import Member
from dangjian.org.actions import enterprise as platform
from dangjian.org.unscoped import unscoped
from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import PHONE, RESULTS, NewPage
from tests.browser.hand import Hand
from tests.journeys.enterprise import Enterprise, workbook

pytestmark = pytest.mark.day("2026-11-10")
PASSWORD = "Xinghe-2026"
LONG, SHORT = 180_000, 15_000
PEOPLE = {"系统管理员": "公冶昆仑", "安全管理员": "司空太行", "审计管理员": "太史祁连", "党务部门": "欧阳立夏"}
SHEETS = ("党组织表", "任职表", "党员名册", "党费计算基数表", "党费账期初余额表", "已办事项表")


def test_from_nothing_to_the_first_archived_meeting(desktop: Page, new_page: NewPage) -> None:
    paper, hand, begun = Enterprise(), Hand(), time.monotonic()
    password = _set_up(desktop, hand)
    _sign_in(desktop, hand, "ouyanglixia", password)
    expect(desktop.get_by_text("开始使用").first).to_be_visible()
    _enter_workbook(desktop, hand, paper)
    with unscoped("the journey looks at what it wrote"):
        assert Member.objects.count() == paper.members
    _nobody_is_overdue()
    office = Hand(hand.taps, hand.typed, hand.waited)

    first, second = paper.of(paper.branch(0))[:2]
    phone = new_page(PHONE)
    _sign_in(phone, hand, *_hand_out(desktop, hand, first.name))
    expect(phone.get_by_role("link", name="召集支委会")).to_be_visible()
    expect(phone.get_by_text("正式党员不足")).to_have_count(0)
    assert_accessible(phone)
    deputy = new_page(PHONE)
    _sign_in(deputy, hand, *_hand_out(phone, hand, second.name))
    _hold_meeting(phone, deputy, hand, chair=second.name)

    desktop.goto("/duties/matrix/?per=month&on=2026-11-10")
    assert "已完成 1 项" in desktop.content()
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "an_enterprise_begins.txt").write_text(
        f"{time.monotonic() - begun:.0f} s in all\n"
        f"until everybody is on record: {office.taps} taps, {office.typed} characters, {office.waited:.0f} s of waiting\n"
        f"until the first meeting is on file: {hand.taps} taps, {hand.typed} characters, {hand.waited:.0f} s of waiting\n",
        encoding="utf-8",
    )


def _set_up(page: Page, hand: Hand) -> str:
    """The set-up page behind its one-time address; returns the first password of the office."""
    page.goto(f"/org/setup/{platform.open_address()}/")
    assert_accessible(page)
    hand.tap(page.get_by_role("link", name="建立本单位的平台"))
    hand.tap(page.get_by_role("button", name="下一步：核对"))
    expect(page.get_by_label("单位名称")).to_have_attribute("aria-invalid", "true")
    hand.type(page.get_by_label("单位名称"), "虚构集团有限公司")
    hand.type(page.get_by_label("党组织简称"), "集团党委")
    hand.type(page.get_by_label("成立日期"), "1998-06-01")
    for position, name in PEOPLE.items():
        hand.type(page.get_by_label(f"{position}姓名"), name)
    assert_accessible(page)
    hand.tap(page.get_by_role("button", name="下一步：核对"))
    assert_accessible(page)
    hand.tap(page.get_by_role("button", name="建立平台"))
    expect(page.get_by_text("平台已建立").first).to_be_visible()
    assert_accessible(page)
    card = page.locator("section.card", has_text="欧阳立夏")
    password = card.locator("dd.strong").inner_text()
    hand.tap(page.get_by_role("link", name="去登录"))
    return password


def _sign_in(page: Page, hand: Hand, name: str, first: str) -> None:
    """Sign in for the first time and choose a password."""
    page.goto("/")
    hand.type(page.locator("[name=username]"), name)
    hand.type(page.locator("[name=password]"), first)
    hand.tap(page.get_by_role("button", name="登录", exact=True))
    for field, text in (("old", first), ("new", PASSWORD), ("again", PASSWORD)):
        hand.type(page.locator(f"[name={field}]"), text)
    assert_accessible(page)
    hand.tap(page.get_by_role("button", name="保存新密码"))
    expect(page.get_by_role("link", name="待办").first).to_be_visible()


def _enter_workbook(page: Page, hand: Hand, paper: Enterprise) -> None:
    """One workbook with a worksheet of each kind, each looked at and entered in its turn."""
    page.goto("/start/")
    assert_accessible(page)
    page.goto("/exchange/")
    hand.tap(page.get_by_role("link", name="上传工作簿").first)
    rows = (paper.tree(), paper.officers(), paper.roster(), paper.bases(), paper.balances(), paper.done_before())
    _choose_file(page, workbook(**dict(zip(SHEETS, rows, strict=True))).getvalue())
    page.set_default_timeout(LONG)
    hand.tap(page.get_by_role("button", name="上传并检查"))
    assert_accessible(page)
    hand.tap(page.get_by_role("link", name="打开").first)
    for following in (*SHEETS[1:], ""):
        expect(page.get_by_text("检查通过，可以入库")).to_be_visible(timeout=LONG)
        assert_accessible(page)
        hand.tap(page.get_by_role("button", name="确认入库"))
        expect(page.get_by_text("已入库").first).to_be_visible(timeout=LONG)
        if following:
            hand.tap(page.get_by_role("link", name=f"下一张：{following}"))
    page.set_default_timeout(SHORT)


def _choose_file(page: Page, content: bytes) -> None:
    file: Any = {"name": "集团.xlsx", "mimeType": "application/octet-stream", "buffer": content}
    page.locator("input[type=file]").set_input_files(file)


def _hand_out(page: Page, hand: Hand, name: str) -> tuple[str, str]:
    """Somebody is given a first password; returns the login name and the password."""
    page.goto("/members/accounts/never/")
    hand.type(page.locator("main [name=q]"), name)
    hand.tap(page.get_by_role("button", name="筛选"))
    hand.tap(page.get_by_role("button", name="发放").first)
    expect(page.get_by_text("密码只显示这一次")).to_be_visible()
    shown = page.locator("main").inner_text()
    login, password = re.search(r"登录名\s+(\S+)", shown), re.search(r"[A-Z][a-z]{4}-\d{4}", shown)
    assert login, shown
    assert password, shown
    assert_accessible(page)
    return login[1], password[0]


def _nobody_is_overdue() -> None:
    with unscoped("the journey looks at what follows"):
        assert Duty.objects.live().exists()
        assert not Duty.objects.live().filter(is_overdue(clock.today())).exists()


def _hold_meeting(phone: Page, deputy: Page, hand: Hand, *, chair: str) -> None:
    """The secretary calls, holds and minutes a theme day; the deputy, who chaired it, confirms; it goes on file."""
    phone.goto("/meetings/new/?kind=theme_day")
    assert_accessible(phone)
    hand.type(phone.locator("#id_s-0-on"), "2026-11-10")
    hand.type(phone.locator("#id_s-0-starts"), "09:10")
    hand.type(phone.locator("#id_s-0-ends"), "10:30")
    hand.type(phone.get_by_label("地点", exact=True), "党员活动室")
    hand.choose(phone.locator("[name=chair]"), chair)
    hand.tap(phone.get_by_role("button", name="发出通知"))
    expect(phone.get_by_text("已通知").first).to_be_visible()
    with unscoped("the journey looks at what it wrote"):
        meeting = Meeting.objects.get()
    with clock.at("2026-11-10 09:15"):
        phone.goto(f"/meetings/{meeting.pk}/")
        hand.tap(phone.get_by_role("button", name="开始会议"))
        hand.tap(phone.get_by_role("link", name="点名"))
        hand.tap(phone.get_by_role("button", name=re.compile("其余.*都到会")))
        hand.confirm(phone)
        expect(phone.get_by_text("到会").first).to_be_visible()
        assert_accessible(phone)
    with clock.at("2026-11-10 10:40"):
        phone.goto(f"/meetings/{meeting.pk}/roll/")
        hand.tap(phone.get_by_role("button", name="结束会议，整理记录"))
        hand.confirm(phone)
        hand.tap(phone.get_by_role("button", name="生成初稿"))
        expect(phone.locator("textarea").first).not_to_have_value("")
        hand.tap(phone.get_by_role("button", name="提交确认"))
        deputy.goto(f"/meetings/{meeting.pk}/")
        hand.tap(deputy.get_by_role("link", name="核对并确认记录").first)
        hand.tap(deputy.get_by_role("button", name="确认记录"))
        expect(deputy.get_by_text("记录已确认").first).to_be_visible()
        phone.goto(f"/meetings/{meeting.pk}/")
        hand.tap(phone.get_by_role("button", name="归档"))
        hand.confirm(phone)
        expect(phone.get_by_text("已归档").first).to_be_visible()
    with unscoped("the journey looks at what it wrote"):
        assert Meeting.objects.get().status == Status.CLOSED
