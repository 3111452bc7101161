"""A member asks on the phone to go out, the committee issues the letter at the desk, and the receipt comes back."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from dangjian.accounts.models import User
from dangjian.members.models import Member, Standing
from dangjian.org.models import Organization
from dangjian.org.unscoped import unscoped
from tests import make
from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import DESKTOP, PHONE, NewPage, SignIn
from tests.kernel.test_pdf import scan


class House:
    """A branch below a committee with its officer, and somebody who goes."""

    def __init__(self) -> None:
        committee = make.committee(name="集团党委")
        self.branch = make.branch(make.general_branch(committee), name="检修党支部")
        self.person: User = make.member(self.branch, "慕容调动", with_user=True).user
        self.above = self._officer(committee)

    def _officer(self, place: Organization) -> User:
        who: User = make.member(self.branch, with_user=True).user
        make.post(place, "secretary", who)
        return who


@pytest.fixture
def house() -> House:
    return House()


def test_from_asking_to_the_receipt(new_page: NewPage, sign_in: SignIn, house: House, tmp_path: Path) -> None:
    phone, desk = new_page(PHONE), new_page(DESKTOP)
    sign_in(phone, house.person)
    sign_in(desk, house.above)

    phone.goto("/procedures/transfer_out/own/")
    assert_accessible(phone)
    phone.get_by_label("转到哪个党委").fill("中共虚构市委组织部")
    phone.get_by_label("外出地点相对固定、六个月以上").check()
    phone.get_by_label("省（区、市）内", exact=True).check()
    phone.get_by_role("button", name="提出转出").tap()
    expect(phone.get_by_text("去哪个单位或党支部").first).to_be_visible()
    phone.get_by_label("去哪个单位或党支部").fill("虚构公司第二党支部")
    phone.get_by_label("工作单位变动").check()
    phone.get_by_role("button", name="提出转出").tap()
    expect(phone.get_by_text("等集团党委办理“审核转出”").first).to_be_visible()

    desk.goto("/duties/")
    expect(desk.get_by_text("慕容调动：审核转出")).to_be_visible()
    desk.get_by_role("link", name="去办理").click()
    desk.get_by_label("同意转出", exact=True).check()
    desk.get_by_role("button", name="提交").click()
    desk.get_by_label("有效期（天）").fill("91")
    desk.get_by_role("button", name="提交").click()
    expect(desk.get_by_text("有效期最多90天").first).to_be_visible()
    desk.get_by_label("有效期（天）").fill("20")
    desk.get_by_role("button", name="提交").click()
    expect(desk.get_by_text("还有 20 天").first).to_be_visible()
    assert_accessible(desk)
    with desk.expect_download() as download:
        desk.get_by_role("link", name="下载介绍信（Word）").click()
    assert download.value.suggested_filename.endswith(".docx")

    phone.reload()
    expect(phone.get_by_text("还有 20 天").first).to_be_visible()
    assert_accessible(phone)
    phone.locator("#do-report").get_by_role("button", name="提交").tap()
    expect(phone.get_by_text("等集团党委办理“登记回执”").first).to_be_visible()

    slip = tmp_path / "回执联.pdf"
    slip.write_bytes(scan("red"))
    desk.reload()
    step = desk.locator("#do-receipt")
    step.get_by_label("对方已接收").check()
    step.get_by_label("回执联").set_input_files(slip)
    step.get_by_role("button", name="提交").click()
    expect(desk.get_by_text("请填写回执上的接收日期").first).to_be_visible()
    expect(step.get_by_text("已上传：回执联.pdf")).to_be_visible()
    step.get_by_label("对方接收日期").fill("2026-11-23")
    step.get_by_role("button", name="提交").click()
    expect(desk.get_by_text("已办结").first).to_be_visible()
    with unscoped("the journey looks at what it wrote"):
        assert Member.objects.get(user=house.person).standing == Standing.TRANSFERRED_OUT
