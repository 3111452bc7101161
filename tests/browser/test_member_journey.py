"""A member on the phone and at a desk: answers, asks for leave, makes up for an absence."""

import datetime as dt

import pytest
from playwright.sync_api import Page, expect

from dangjian.activities.meetings import actions
from dangjian.activities.meetings.models import Answer, MakeUpState
from dangjian.activities.meetings.queries import own_make_ups
from dangjian.kernel import clock
from dangjian.org.unscoped import unscoped
from tests import make
from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import SignIn
from tests.browser.meetings_world import branch


@pytest.mark.parametrize("device", ["desktop", "phone"])
def test_a_member_answers_and_then_asks_for_leave(device: str, request: pytest.FixtureRequest, sign_in: SignIn) -> None:
    page: Page = request.getfixturevalue(device)
    world = branch()
    meeting = world.call(minutes=180)
    sign_in(page, world.user(2))

    page.goto("/")
    expect(page.get_by_text(meeting.title)).to_be_visible()
    assert_accessible(page)
    page.get_by_role("link", name="组织生活", exact=True).last.click()
    expect(page).to_have_url("/meetings/mine/")
    expect(page.get_by_text("请带笔记本")).to_be_visible()
    assert_accessible(page)

    page.get_by_role("button", name="参加", exact=True).click()
    expect(page.get_by_text("已答复参加")).to_be_visible()
    assert world.row(meeting, 2).answer == Answer.COMING

    page.get_by_role("button", name="请假", exact=True).click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.get_by_role("button", name="身体不适").click()
    expect(page.get_by_label("请假事由")).to_have_value("身体不适")
    assert_accessible(page)
    page.get_by_role("button", name="提交请假").click()
    expect(page.get_by_text("等主持人批准")).to_be_visible()
    assert world.row(meeting, 2).leave_reason == "身体不适"
    assert_accessible(page)

    page.get_by_role("link", name=meeting.title).first.click()
    expect(page.get_by_role("heading", name="议程")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="改为参加").click()
    expect(page.get_by_text("已答复参加")).to_be_visible()
    assert world.row(meeting, 2).answer == Answer.COMING


def test_a_shift_worker_chooses_a_sitting(phone: Page, sign_in: SignIn) -> None:
    world = branch()
    begin = clock.now() + dt.timedelta(days=1)
    hour = dt.timedelta(hours=1)
    plans = [actions.SittingPlan(begin + n * 6 * hour, begin + n * 6 * hour + hour, f"虚构{n + 1}号会议室") for n in range(2)]
    meeting = world.call(sittings=plans)
    sign_in(phone, world.user(2))

    phone.goto("/meetings/mine/")
    phone.get_by_role("listitem").filter(has_text="虚构2号会议室").get_by_role("button").click()
    expect(phone.get_by_text("已选这场")).to_be_visible()
    assert world.row(meeting, 2).sitting.place == "虚构2号会议室"
    assert_accessible(phone)


@pytest.mark.parametrize("device", ["desktop", "phone"])
def test_a_member_makes_up_for_an_absence(device: str, request: pytest.FixtureRequest, sign_in: SignIn) -> None:
    page: Page = request.getfixturevalue(device)
    world = branch()
    meeting = world.hold()
    with unscoped("the recorder sets the study"):
        actions.assign_make_up(
            actor=make.actor(world.user(1)),
            meeting=meeting,
            attendance_ids=[world.row(meeting, 2).pk],
            material="学习会议文件第一部分",
            due_on=clock.today() + dt.timedelta(days=7),
        )
    sign_in(page, world.user(2))

    page.goto("/meetings/mine/")
    page.get_by_role("link", name="去补课").click()
    assert_accessible(page)
    page.get_by_role("link", name=meeting.title).click()
    expect(page.get_by_text("学习会议文件第一部分")).to_be_visible()
    assert_accessible(page)
    page.get_by_label("学习体会").fill("写到一半的体会")
    wait_for_draft(page)
    page.evaluate("document.querySelectorAll('form').forEach(form => delete form.dataset.dirty)")
    page.reload()
    page.get_by_role("button", name="恢复内容").click()
    expect(page.get_by_label("学习体会")).to_have_value("写到一半的体会")
    page.get_by_role("button", name="交给记录人").click()
    expect(page.get_by_text("等记录人确认").first).to_be_visible()
    assert_accessible(page)
    with unscoped("the journey looks at what it wrote"):
        assert not own_make_ups(world.user(2).pk).exists()
        assert world.row(meeting, 2).make_up.state == MakeUpState.SUBMITTED

    page.goto("/meetings/mine/?tab=past")
    expect(page.get_by_role("link", name=meeting.title)).to_be_visible()
    assert_accessible(page)


def wait_for_draft(page: Page) -> None:
    """Until the page has put what was typed aside; by asking, because its security policy forbids waiting inside it."""
    for _ in range(50):
        if page.evaluate("Object.keys(localStorage).some(key => key.startsWith('draft:'))"):
            return
        page.wait_for_timeout(100)
    pytest.fail("nothing was kept")
