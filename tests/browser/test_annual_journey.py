"""党内统计: a branch confirms its figures on the phone, the general branch takes them over at the desk, a correction is told."""

import pytest
from playwright.sync_api import expect

from dangjian.accounts.models import User
from dangjian.members.models import Member
from dangjian.org.unscoped import unscoped
from tests import make
from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import DESKTOP, PHONE, NewPage, SignIn

pytestmark = pytest.mark.day("2027-01-05")


def test_confirmed_accepted_and_put_right_afterwards(new_page: NewPage, sign_in: SignIn) -> None:
    general_branch = make.general_branch(make.committee(name="集团党委"), name="检修党总支")
    branch = make.branch(general_branch, name="检修党支部")
    member: Member = make.member(branch, "慕容虚构", sex="2")
    secretary: User = make.post(branch, "secretary", make.user()).user
    above: User = make.post(general_branch, "secretary", make.user()).user
    phone, desk = new_page(PHONE), new_page(DESKTOP)
    sign_in(phone, secretary)
    sign_in(desk, above)

    phone.goto("/annual/")
    assert_accessible(phone)
    phone.goto("/annual/reports/")
    assert_accessible(phone)
    phone.get_by_role("link", name="检修党支部").tap()
    phone.get_by_role("link", name="核对上报").first.tap()
    phone.get_by_role("button", name="下一步").tap()
    expect(phone.get_by_text("核对不平").first).to_be_visible()
    phone.get_by_label("说明").fill("正在核对档案。")
    phone.get_by_role("button", name="下一步").tap()
    expect(phone.get_by_text("照现在的样子保存")).to_be_visible()
    assert_accessible(phone)
    phone.get_by_role("button", name="确认核对上报").tap()
    expect(phone.get_by_text("等检修党总支接收。")).to_be_visible()
    phone.goto("/annual/reports/")
    expect(phone.get_by_text("已上报").first).to_be_visible()

    desk.goto("/annual/reports/")
    assert_accessible(desk)
    desk.get_by_role("link", name="检修党总支").click()
    expect(desk.get_by_text("等接收下级的报表：还差1个。")).to_be_visible()
    desk.get_by_role("button", name="接收下级已上报的报表").click()
    desk.get_by_role("dialog").get_by_role("button", name="接收下级已上报的报表").click()
    expect(desk.get_by_text("已接收1份报表。")).to_be_visible()
    assert_accessible(desk)

    with unscoped("somebody puts the record right"):
        Member.objects.filter(pk=member.pk).update(sex="1")
    desk.get_by_role("link", name="检修党支部").click()
    expect(desk.get_by_text("个数字和上报时不一样")).to_be_visible()
    desk.get_by_role("link", name="合计　女").first.click()
    expect(desk.get_by_role("link", name="慕容虚构")).to_be_visible()
    expect(desk.get_by_text("上报时计入").first).to_be_visible()
    assert_accessible(desk)
    desk.goto("/annual/brief/?day=2026-12-31")
    assert_accessible(desk)
