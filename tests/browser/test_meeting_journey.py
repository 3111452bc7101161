"""A secretary's whole meeting: called from a duty on the phone, begun, recorded, confirmed by another person, put on file."""

import re

import pytest
from playwright.sync_api import Page, expect

from dangjian.activities.meetings import actions
from dangjian.activities.meetings.models import Decision, Meeting, Presence, Status
from dangjian.org.models import PostKind
from dangjian.org.unscoped import unscoped
from tests import make
from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import DESKTOP, NewPage, SignIn
from tests.browser.hand import Hand, confirm
from tests.browser.meetings_world import Branch, branch
from tests.engines.duties.build import refreshed


@pytest.fixture
def world() -> Branch:
    made = branch()
    make.post(made.organization, PostKind.DEPUTY_SECRETARY, made.people[2].user)
    refreshed(made.organization)
    return made


def test_a_duty_card_calls_a_meeting(phone: Page, sign_in: SignIn, world: Branch) -> None:
    hand = Hand()
    sign_in(phone, world.user(0))
    phone.goto("/")
    assert_accessible(phone)

    hand.tap(phone.get_by_role("link", name="召集党员大会"))
    expect(phone.get_by_label("会议名称")).to_have_value("2026年第四季度支部党员大会")
    expect(phone.locator("#id_s-0-on")).not_to_have_value("")
    assert_accessible(phone)
    hand.type(phone.get_by_label("地点", exact=True), "党员活动室")
    hand.tap(phone.get_by_role("button", name="发出通知"))
    expect(phone.get_by_text("已通知").first).to_be_visible()
    assert_accessible(phone)

    assert (hand.taps, hand.typed) <= (2, 5), "only the place of a branch's very first meeting has to be typed"
    with unscoped("the journey looks at what it wrote"):
        meeting = Meeting.objects.get()
        assert meeting.status == Status.CALLED
        assert meeting.attendances.count() == 4


def test_a_meeting_is_held_decided_and_put_on_file(phone: Page, new_page: NewPage, sign_in: SignIn, world: Branch) -> None:
    meeting = world.call(minutes=-5)
    sign_in(phone, world.user(0))
    phone.goto(f"/meetings/{meeting.pk}/")
    phone.get_by_role("button", name="开始会议").tap()
    phone.get_by_role("link", name="点名").tap()
    with unscoped("nobody registers themselves: the deputy does it for the secretary"):
        row = world.row(meeting, 0)
        actions.check_in_by_hand(
            actor=make.actor(world.user(2)), meeting=meeting, attendance_ids=[row.pk], presence="present", reason="点名"
        )
    for person in world.people[1:3]:
        phone.get_by_role("button", name=re.compile(f"到会.*{person.name}")).tap()
        expect(phone.get_by_role("button", name=re.compile(f"到会.*{person.name}"))).to_have_attribute("aria-pressed", "true")
    assert_accessible(phone)

    _decide(phone, meeting)
    phone.goto(f"/meetings/{meeting.pk}/roll/")
    phone.get_by_role("button", name="结束会议，整理记录").tap()
    confirm(phone)
    phone.get_by_role("button", name="生成初稿").tap()
    expect(phone.locator("textarea").first).to_have_value(re.compile("同意年度工作计划"))
    assert_accessible(phone)
    phone.get_by_role("button", name="提交确认").tap()
    expect(phone.get_by_text("记录：虚构党员甲")).to_be_visible()
    assert_accessible(phone)

    other = new_page(DESKTOP)
    sign_in(other, world.user(2))
    other.goto(f"/meetings/{meeting.pk}/")
    other.get_by_role("link", name="核对并确认记录").first.click()
    assert_accessible(other)
    other.get_by_role("button", name="确认记录").click()
    expect(other.get_by_text("记录已确认").first).to_be_visible()

    phone.goto(f"/meetings/{meeting.pk}/")
    phone.get_by_role("button", name="归档").tap()
    confirm(phone)
    expect(phone.get_by_text("已归档").first).to_be_visible()
    assert_accessible(phone)
    for form, beginning in (("docx", b"PK"), ("pdf", b"%PDF")):
        paper = phone.request.get(f"/meetings/{meeting.pk}/record.{form}", timeout=60_000)
        assert paper.ok
        assert paper.body().startswith(beginning)
    meeting.refresh_from_db()
    assert meeting.status == Status.CLOSED
    assert [world.row(meeting, number).presence for number in range(4)] == [Presence.PRESENT] * 3 + [Presence.ABSENT]


def _decide(phone: Page, meeting: Meeting) -> None:
    """Three of three vote for it; the page works out the result and names the article before it is saved."""
    phone.goto(f"/meetings/{meeting.pk}/?tab=agenda")
    assert_accessible(phone)
    phone.get_by_role("link", name="登记决议").tap()
    phone.get_by_label("决议内容").fill("同意年度工作计划。")
    phone.get_by_label("赞成", exact=True).fill("3")
    expect(phone.locator("#vote-result")).to_contain_text("通过")
    expect(phone.locator("#vote-result")).to_contain_text("条")
    assert_accessible(phone)
    phone.get_by_role("button", name="保存决议").tap()
    expect(phone.get_by_text("赞成 3 票")).to_be_visible()
    assert_accessible(phone)
    with unscoped("the journey looks at what it wrote"):
        decision = Decision.objects.get(meeting=meeting)
        assert decision.passed
        assert "条" in decision.citations
