"""A member writes on the phone what goes wrong, the secretary answers at a desk, and the member reads it."""

from playwright.sync_api import Page, expect

from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import SignIn
from tests.browser.meetings_world import branch


def test_a_complaint_is_written_corrected_and_answered(phone: Page, desktop: Page, sign_in: SignIn) -> None:
    world = branch()
    sign_in(phone, world.user(2))
    phone.goto("/feedback/")
    phone.get_by_role("link", name="写一条").first.click()
    phone.get_by_label("投诉").check()
    phone.get_by_label("具体情况").fill("上个月请的假，名册上还是缺席")
    phone.get_by_role("button", name="提交").click()
    expect(phone.get_by_label("什么事")).to_be_visible()
    expect(phone.get_by_label("具体情况")).to_have_value("上个月请的假，名册上还是缺席")
    assert_accessible(phone)
    phone.get_by_label("什么事").fill("请假以后还显示缺席")
    phone.get_by_role("button", name="提交").click()
    expect(phone.get_by_role("heading", name="请假以后还显示缺席")).to_be_visible()
    assert_accessible(phone)

    sign_in(desktop, world.user(0))
    desktop.goto("/")
    desktop.get_by_role("link", name="投诉：请假以后还显示缺席").click()
    expect(desktop.get_by_text("上个月请的假，名册上还是缺席")).to_be_visible()
    assert_accessible(desktop)
    desktop.get_by_label("答复").fill("已经改为请假")
    desktop.get_by_role("button", name="答复").click()
    expect(desktop.get_by_text("已经改为请假")).to_be_visible()
    desktop.goto("/feedback/inbox/?state=all")
    assert_accessible(desktop)

    phone.reload()
    expect(phone.get_by_text("已经改为请假")).to_be_visible()
    assert_accessible(phone)
