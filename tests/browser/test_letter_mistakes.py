"""Letters on a phone by somebody who taps wrong: wrong days, twice, two tabs, signed out on the way; many, and a whole unit."""

import datetime as dt
import re

import pytest
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import Page, expect

from dangjian.activities.transfers.models import Letter
from dangjian.engines.procedures.models import CaseStep, ProcedureCase
from dangjian.kernel import clock
from dangjian.members.models import Member, MembershipEntry, Standing
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.transfers.outside import Outside
from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import PHONE, NewPage, SignIn

MANY = "/procedures/transfer_out/many/"
DAY, WHY = "对方接收日期", "特殊情况"


@pytest.fixture
def house() -> Outside:
    return Outside()


def _receipt(page: Page, day: dt.date) -> None:
    """What the slip says, on the page of the case."""
    page.get_by_label("对方已接收").check()
    page.get_by_label(DAY).fill(day.isoformat())


def _submit(page: Page, step: str) -> None:
    page.locator(f"#do-{step}").get_by_role("button", name="提交").tap()


def test_letters_are_issued_together_and_the_member_shows_theirs(new_page: NewPage, sign_in: SignIn, house: Outside) -> None:
    case = house.go()
    house.go(house.secretary, make.member(house.branch, "慕容甲"))
    phone, member = new_page(PHONE), new_page(PHONE)
    sign_in(phone, house.above)
    sign_in(member, house.person)

    phone.goto(f"{MANY}?step=release")
    expect(phone.get_by_text("中共虚构市委组织部").first).to_be_visible()
    phone.get_by_role("button", name="办理勾选的人").tap()
    expect(phone.get_by_text("还没有勾选要办理的人").first).to_be_visible()
    phone.get_by_label("全选本页2人").check()
    phone.get_by_role("button", name="办理勾选的人").tap()
    expect(phone.get_by_text("“审核转出”已办理2人").first).to_be_visible()

    phone.goto(f"{MANY}?step=issue")
    assert_accessible(phone)
    phone.get_by_label("全选本页2人").check()
    phone.get_by_label("没有单独填的都用这个").fill("200")
    phone.get_by_role("button", name="办理勾选的人").tap()
    expect(phone.get_by_text("最多90天").first).to_be_visible()
    phone.get_by_label("没有单独填的都用这个").fill("20")
    phone.get_by_role("button", name="办理勾选的人").dblclick(no_wait_after=True)
    expect(phone.get_by_text("“开具介绍信”已办理2人").first).to_be_visible()
    phone.reload()
    expect(phone.get_by_text("现在没有要办理的")).to_be_visible()
    with unscoped("the journey looks at what it wrote"):
        assert sorted(Letter.objects.values_list("serial", "valid_days")) == [(1, 20), (2, 20)]

    member.goto(reverse("procedures:transfer_out_case", args=[case.pk]))
    expect(member.get_by_text(re.compile("组介〔.*〕[12]号")).first).to_be_visible()
    assert_accessible(member)


def test_a_receipt_with_wrong_days_twice_in_two_tabs_and_signed_out(new_page: NewPage, sign_in: SignIn, house: Outside) -> None:
    case, today = house.go(), clock.today()
    house.issued(case)
    address = reverse("procedures:transfer_out_case", args=[case.pk])
    phone = new_page(PHONE)
    sign_in(phone, house.above)
    phone.goto(address)
    other = phone.context.new_page()
    other.goto(address)

    for days in (-40, 40):
        wrong = today + dt.timedelta(days=days)
        _receipt(phone, wrong)
        _submit(phone, "receipt")
        expect(phone.get_by_text("接收日期应在开具介绍信").first).to_be_visible()
        expect(phone.get_by_label(DAY)).to_have_value(wrong.isoformat())
    assert_accessible(phone)

    _receipt(phone, today)
    _submit(phone, "receipt")
    expect(phone.get_by_text("还没有上传回执联").first).to_be_visible()
    phone.get_by_label(WHY).fill("对方来电确认，回执联在途")
    phone.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    _submit(phone, "receipt")
    expect(phone.get_by_role("button", name="登录")).to_be_visible()
    sign_in(phone, house.above)
    phone.goto(address)
    expect(phone.get_by_label(DAY)).to_have_value(today.isoformat())
    expect(phone.get_by_label(WHY)).to_have_value("对方来电确认，回执联在途")
    phone.locator("#do-receipt").get_by_role("button", name="提交").dblclick(no_wait_after=True)
    expect(phone.get_by_text("已办结").first).to_be_visible()
    phone.reload()
    expect(phone.get_by_text("已办结").first).to_be_visible()

    _receipt(other, today)
    other.get_by_label(WHY).fill("再登记一次")
    _submit(other, "receipt")
    expect(other.get_by_text("已办结，不能再办理").first).to_be_visible()
    phone.go_back()
    expect(phone.get_by_role("main")).to_be_visible()
    with unscoped("the journey looks at what it wrote"):
        assert Member.objects.get(pk=house.member.pk).standing == Standing.TRANSFERRED_OUT
        assert MembershipEntry.objects.filter(member=house.member, sign=-1).count() == 1
        assert CaseStep.objects.filter(case=case, code="receipt", state="taken").count() == 1


def test_a_whole_unit_is_begun_twice_and_received_once(new_page: NewPage, sign_in: SignIn, house: Outside) -> None:
    to = make.branch(make.general_branch(house.committee), name="接收党支部")
    phone, above, there = new_page(PHONE), new_page(PHONE), new_page(PHONE)
    deputy = make.post(house.committee, "deputy_secretary").user
    for page, user in ((phone, house.secretary), (above, deputy), (there, make.post(to, "secretary").user)):
        sign_in(page, user)

    address = reverse("transfers:unit", args=[house.branch.pk])
    second = phone.context.new_page()
    for page in (phone, second):
        page.goto(address)
        page.get_by_label("转到本单位另一个党支部").check()
        page.get_by_role("button", name="下一步").tap()
        expect(page.get_by_text("转接原因").first).to_be_visible()
        page.get_by_label("机构调整").check()
        page.get_by_role("button", name="下一步").tap()
        expect(page.get_by_text("请选择一个现有的党支部").first).to_be_visible()
        with page.expect_response(re.compile("lookup=")):
            page.get_by_role("searchbox").first.fill("接收")
        page.locator(".options").get_by_text("接收党支部").click()
        page.get_by_role("button", name="下一步").tap()
        expect(page.get_by_role("heading", name="请确认")).to_be_visible()
    assert_accessible(phone)
    phone.get_by_role("button", name="确认提出").dblclick(no_wait_after=True)
    expect(phone.get_by_text("已提出整建制转接").first).to_be_visible()
    second.get_by_role("button", name="确认提出").tap()
    expect(second.get_by_text("已有一件整建制转接正在办理").first).to_be_visible()
    with unscoped("the journey looks at what it wrote"):
        case = ProcedureCase.objects.get()

    address = reverse("procedures:unit_transfer_case", args=[case.pk])
    above.goto(address)
    above.get_by_label("同意转出", exact=True).check()
    _submit(above, "release")
    expect(above.get_by_text("等接收党支部办理“接收”").first).to_be_visible()

    there.goto(address)
    late = there.context.new_page()
    late.goto(address)
    there.get_by_label("接收", exact=True).check()
    there.get_by_label("办理日期").fill((clock.today() + dt.timedelta(days=3)).isoformat())
    _submit(there, "receive")
    expect(there.get_by_text("办理日期不能晚于今天").first).to_be_visible()
    there.get_by_label("办理日期").fill(clock.today().isoformat())
    there.locator("#do-receive").get_by_role("button", name="提交").dblclick(no_wait_after=True)
    expect(there.get_by_text("已办结").first).to_be_visible()
    late.get_by_label("接收", exact=True).check()
    _submit(late, "receive")
    expect(late.get_by_text("已办结，不能再办理").first).to_be_visible()
    with unscoped("the journey looks at what it wrote"):
        assert not Member.objects.filter(branch=house.branch).exists()
        assert MembershipEntry.objects.filter(member=house.member, organization=to, sign=1).count() == 1
