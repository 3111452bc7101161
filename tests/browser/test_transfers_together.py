"""Several members are ticked and transferred at the desk, released at once, and received on the phone at once."""

import re

import pytest
from playwright.sync_api import expect

from dangjian.accounts.models import User
from dangjian.members.models import Member
from dangjian.org.models import Organization
from dangjian.org.unscoped import unscoped
from tests import make
from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import DESKTOP, PHONE, NewPage, SignIn


class House:
    """Two branches below a committee, each with its secretary; three members of the first one."""

    def __init__(self) -> None:
        committee = make.committee(name="集团党委")
        general = make.general_branch(committee)
        self.origin, self.to = (make.branch(general, name=name) for name in ("检修党支部", "运行党支部"))
        make.group(self.to, name="第一党小组")
        self.people = [make.member(self.origin, name) for name in ("慕容甲", "慕容乙", "慕容丙")]
        self.asker, self.receiver, self.above = (self._officer(one) for one in (self.origin, self.to, committee))

    def _officer(self, place: Organization) -> User:
        who: User = make.member(self.to, with_user=True).user
        make.post(place, "secretary", who)
        return who


@pytest.fixture
def house() -> House:
    return House()


def test_ticked_released_and_received_together(new_page: NewPage, sign_in: SignIn, house: House) -> None:
    desk, above, phone = new_page(DESKTOP), new_page(DESKTOP), new_page(PHONE)
    sign_in(desk, house.asker)
    sign_in(above, house.above)
    sign_in(phone, house.receiver)

    desk.goto(f"/members/?organization={house.origin.pk}")
    for member in house.people:
        desk.locator(f'input[name="member"][value="{member.pk}"]').check()
    desk.get_by_role("button", name="转接组织关系").click()
    expect(desk.get_by_role("heading", name="转接组织关系")).to_be_visible()
    assert_accessible(desk)
    desk.get_by_role("button", name="提出转接").click()
    expect(desk.get_by_text("请选择党组织").first).to_be_visible()
    with desk.expect_response(re.compile("lookup=")):
        desk.get_by_role("searchbox").last.fill("运行")
    desk.locator(".options").get_by_text("运行党支部").click()
    desk.get_by_label("工作单位变动").check()
    desk.get_by_role("button", name="提出转接").click()
    expect(desk.get_by_text("已提出3名党员的转接")).to_be_visible()

    above.goto("/procedures/transfer/")
    above.get_by_role("link", name="集中办理").click()
    expect(above.get_by_role("heading", name="集中办理：审核转出")).to_be_visible()
    assert_accessible(above)
    above.get_by_label("全选本页3人").check()
    above.get_by_role("button", name="办理勾选的人").click()
    expect(above.get_by_text("“审核转出”已办理3人").first).to_be_visible()

    phone.goto("/procedures/transfer/")
    phone.get_by_role("link", name="集中办理").tap()
    expect(phone.get_by_role("heading", name="集中办理：接收")).to_be_visible()
    assert_accessible(phone)
    phone.get_by_label("全选本页3人").check()
    phone.get_by_label("没有单独选的，都编入").select_option(label="第一党小组")
    phone.locator("section", has_text="慕容乙").get_by_label("退回，写明理由").check()
    phone.get_by_role("button", name="办理勾选的人").tap()
    expect(phone.get_by_text("还有1人没有办理").first).to_be_visible()
    assert_accessible(phone)
    phone.locator("section", has_text="慕容乙").get_by_label("意见").fill("人事档案未到")
    phone.get_by_role("button", name="办理勾选的人").tap()
    expect(phone.get_by_text("“接收”已办理1人").first).to_be_visible()
    with unscoped("the journey looks at what it wrote"):
        rows = Member.objects.filter(pk__in=[one.pk for one in house.people]).order_by("pk")
        assert [row.organization.name for row in rows.select_related("organization")] == [
            "第一党小组",
            "检修党支部",
            "第一党小组",
        ]
