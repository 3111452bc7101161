"""From an account nobody has used to a member who signs in: told on the secretary's phone, or by a slip of paper."""

from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from dangjian.accounts.models import User
from dangjian.members.models import FirstPassword
from dangjian.org import roles
from dangjian.org.models import Organization
from dangjian.org.scope import everything
from tests import make
from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import PHONE, NewPage, SignIn


@dataclass
class World:
    branch: Organization
    office: User
    secretary: User


@pytest.fixture
def world() -> World:
    committee = make.committee(name="虚构集团党委")
    branch = make.branch(committee, name="虚构支部")
    for name in ("虚构甲", "虚构乙"):
        make.member(branch, name)
    secretary = make.member(branch, "虚构书记", with_user=True).user
    assert secretary
    make.post(branch, "secretary", secretary)
    return World(branch, make.grant(committee, roles.PARTY_OFFICE).user, secretary)


def test_the_secretary_tells_a_first_password_and_the_member_signs_in(
    phone: Page, new_page: NewPage, sign_in: SignIn, world: World
) -> None:
    sign_in(phone, world.secretary)
    phone.goto("/members/accounts/")
    assert_accessible(phone)
    phone.get_by_role("link", name="发放初始密码").first.tap()
    assert_accessible(phone)
    phone.get_by_role("button", name="给虚构甲发放初始密码").tap()
    expect(phone.get_by_role("heading", name="虚构甲")).to_be_visible()
    assert_accessible(phone)
    name, password = phone.locator(".stat-value").all_inner_texts()
    assert name == "xugoujia"

    own = new_page(PHONE)
    own.goto("/accounts/sign-in/")
    own.get_by_label("登录名").fill(name)
    own.locator("#id_password").fill(password)
    own.get_by_role("button", name="登录").tap()
    own.locator("#id_old").fill(password)
    own.locator("#id_new").fill("Xuanle-2026")
    own.locator("#id_again").fill("Xuanle-2026")
    own.get_by_role("button", name="保存").tap()
    expect(own.get_by_text("密码已修改")).to_be_visible()

    phone.get_by_role("link", name="返回名单").tap()
    expect(phone.get_by_role("button", name="给虚构乙发放初始密码")).to_be_visible()
    expect(phone.get_by_role("button", name="给虚构甲发放初始密码")).to_have_count(0)


def test_the_office_opens_all_accounts_and_prints_the_slips(desktop: Page, sign_in: SignIn, world: World) -> None:
    sign_in(desktop, world.office)
    desktop.goto("/members/accounts/")
    desktop.get_by_role("button", name="开始办理").click()
    expect(desktop.get_by_text("开通账号 2 个，制作登录条 2 张")).to_be_visible()
    assert_accessible(desktop)
    desktop.get_by_role("button", name="打印登录条（2 张）").click()
    with desktop.expect_download() as download:
        desktop.get_by_role("dialog").get_by_role("button", name="打印").click()
    assert download.value.path().read_bytes().startswith(b"%PDF")
    assert download.value.suggested_filename.endswith(".pdf")
    with everything("the journey looks at what it wrote"):
        assert set(FirstPassword.objects.values_list("how", "password")) == {("slip", "")}
    desktop.reload()
    expect(desktop.get_by_role("button", name="打印登录条（2 张）")).to_have_count(0)
