"""The secretary lets the shift plan say when a meeting is held, at the desk and on the phone."""

import datetime as dt
from typing import Any

import pytest
from playwright.sync_api import expect

from dangjian.activities.meetings.models import Meeting
from dangjian.kernel import clock
from dangjian.org.unscoped import unscoped
from tests.activities.shifts.build import plan
from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import DESKTOP, PHONE, NewPage, SignIn
from tests.browser.meetings_world import Branch, branch


@pytest.fixture
def world() -> Branch:
    """Two who work early, one late and one by night, this month and the next."""
    made = branch()
    days = [clock.today() + dt.timedelta(days=away) for away in range(40)]
    for person, shift in zip(made.people, ("早班", "早班", "中班", "夜班"), strict=True):
        plan(person, dict.fromkeys(days, shift))
    return made


@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["1440", "390"])
def test_sittings_are_taken_from_the_plan(device: dict[str, Any], new_page: NewPage, sign_in: SignIn, world: Branch) -> None:
    page = new_page(device)
    sign_in(page, world.user(0))
    page.goto(f"/shifts/?organization={world.organization.pk}")
    expect(page.get_by_text("虚构党员丁").locator("visible=true").first).to_be_visible()
    assert_accessible(page)
    page.goto("/shifts/mine/")
    expect(page.get_by_text("早班").first).to_be_visible()
    assert_accessible(page)

    page.goto("/meetings/new/?kind=general_meeting")
    page.get_by_label("地点", exact=True).fill("党员活动室")
    page.get_by_role("button", name="按排班安排场次").click()
    expect(page.get_by_text("安排 2 场，每人都能参加一场")).to_be_visible()
    assert_accessible(page)
    first = page.locator("#by-shift li").first
    before = first.inner_text()
    page.get_by_label("哪一周").select_option(index=2)
    page.get_by_role("button", name="换这一周").click()
    expect(first).not_to_have_text(before)
    expect(page.get_by_text("安排 2 场，每人都能参加一场")).to_be_visible()
    page.get_by_role("button", name="用这样的安排").click()
    expect(page.get_by_text("已按排班填好 2 场")).to_be_visible()
    expect(page.get_by_role("heading", name="第 2 场")).to_be_visible()
    expect(page.get_by_label("地点", exact=True)).to_have_value("党员活动室")
    assert_accessible(page)
    page.get_by_role("button", name="发出通知").click()
    expect(page.get_by_text("已通知").first).to_be_visible()
    with unscoped("the journey looks at what it wrote"):
        assert Meeting.objects.get().sittings.count() == 2
