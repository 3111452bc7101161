"""Somebody applies: entered on a phone, reported on by themselves and their contact, agreed to at the desk above."""

import datetime as dt
import re

import pytest
from playwright.sync_api import Page, expect

from dangjian.accounts.models import User
from dangjian.activities.development.models import Applicant
from dangjian.engines.procedures.actions.following import bring_up_to_date
from dangjian.kernel import clock
from dangjian.kernel.identity import fictional_resident_id
from dangjian.members.models import Member
from dangjian.org.models import Organization, PostKind
from dangjian.org.openings import at, register
from tests import make
from tests.activities.development.way import DAYS, applicant, walk
from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import DESKTOP, PHONE, NewPage, SignIn

OF_AGE, TOO_YOUNG = (fictional_resident_id(dt.date(year, 5, 4), 7) for year in (1998, 2015))


class House:
    """A branch below a committee with its secretaries, and members who may stand by somebody."""

    def __init__(self) -> None:
        committee = make.committee(name="集团党委")
        self.branch = make.branch(make.general_branch(committee), name="检修党支部")
        self.secretary = self._officer(make.member(self.branch, "欧阳书记", with_user=True), self.branch)
        self.above = self._officer(make.member(self.branch, "上官组织", with_user=True), committee)
        self.contact: User = make.member(self.branch, "司马联系", with_user=True).user
        make.member(self.branch, "诸葛同志")

    def _officer(self, member: Member, place: Organization) -> User:
        who: User = member.user
        make.post(place, PostKind.SECRETARY, who)
        return who


@pytest.fixture
def house() -> House:
    return House()


def enter(phone: Page) -> None:
    """Somebody of eleven is refused with the article and nothing typed is lost; the right number goes through."""
    phone.goto("/development/")
    phone.get_by_role("link", name="登记入党申请人").first.tap()
    expect(phone.get_by_label("姓名")).to_be_visible()
    assert_accessible(phone)
    phone.get_by_label("姓名").fill("慕容申请")
    phone.get_by_label("公民身份号码").fill(TOO_YOUNG)
    phone.get_by_role("button", name="登记").tap()
    expect(phone.get_by_text("周岁").first).to_be_visible()
    expect(phone.get_by_label("姓名")).to_have_value("慕容申请")
    phone.get_by_label("公民身份号码").fill(OF_AGE)
    phone.get_by_role("button", name="登记").tap()
    expect(phone.get_by_role("heading", name="慕容申请")).to_be_visible()
    phone.wait_for_load_state()
    assert_accessible(phone)


def talk(phone: Page) -> None:
    """The next step stands on the page; two short texts, and it is done."""
    phone.get_by_label("谈话人").fill("欧阳书记")
    phone.get_by_label("谈话内容").fill("本人是一线工人，入党动机端正。")
    phone.get_by_label("已谈话").check()
    phone.get_by_role("button", name="提交").first.tap()
    expect(phone.get_by_text("“党组织派人谈话”已办理")).to_be_visible()
    expect(phone.get_by_label("推荐意见")).to_be_visible()


def test_from_the_application_to_the_talk_on_the_phone(new_page: NewPage, sign_in: SignIn, house: House) -> None:
    phone = new_page(PHONE)
    sign_in(phone, house.secretary)
    enter(phone)
    talk(phone)
    one = register(Applicant).get()
    assert (one.name, one.birth_on, one.stage) == ("慕容申请", dt.date(1998, 5, 4), "applicant")


def test_the_applicant_and_their_contact_do_their_part_on_the_phone(new_page: NewPage, sign_in: SignIn, house: House) -> None:
    person = make.user("慕容申请")
    one = applicant(house.branch, name="慕容申请", user=person)
    began = clock.today() - dt.timedelta(days=DAYS["contacts"] + 60)
    case = walk(one, began, before="contacts")
    with at(house.branch):
        bring_up_to_date([case], clock.today())
    secretary, own, helper = new_page(PHONE), new_page(PHONE), new_page(PHONE)
    sign_in(secretary, house.secretary)
    secretary.goto(f"/procedures/development/{case.pk}/")
    secretary.get_by_text("司马联系").first.tap()
    secretary.get_by_role("button", name="提交").first.tap()
    expect(secretary.get_by_text("“指定培养联系人”已办理")).to_be_visible()

    sign_in(own, person)
    own.goto("/development/mine/")
    expect(own.get_by_text("入党积极分子").first).to_be_visible()
    expect(own.locator("dt", has_text="培养联系人")).to_be_visible()
    expect(own.locator("dd", has_text="司马联系")).to_have_text("司马联系")
    assert_accessible(own)
    own.get_by_role("link", name=re.compile("思想汇报")).first.tap()
    own.get_by_label("思想汇报").first.fill("这个季度参加了两次主题党日。")
    own.locator("form", has=own.get_by_label("思想汇报").first).get_by_role("button", name="提交").tap()
    expect(own.get_by_text("“递交思想汇报”已办理")).to_be_visible()

    sign_in(helper, house.contact)
    helper.goto("/development/helping/")
    expect(helper.get_by_text("慕容申请").first).to_be_visible()
    assert_accessible(helper)


def test_what_was_typed_at_one_step_comes_back_to_that_step(new_page: NewPage, sign_in: SignIn, house: House) -> None:
    one = applicant(house.branch, name="慕容申请")
    case = walk(one, clock.today() - dt.timedelta(days=DAYS["contacts"] + 60), before="object_discuss")
    with at(house.branch):
        bring_up_to_date([case], clock.today())
    phone = new_page(PHONE)
    sign_in(phone, house.secretary)
    phone.goto(f"/procedures/development/{case.pk}/?open=review")
    step = phone.locator("#do-review")
    step.get_by_role("textbox", name="考察意见").fill("学习认真。")
    step.get_by_label("继续培养").check()
    phone.context.clear_cookies(name="sessionid")
    step.get_by_role("button", name="提交").tap()
    phone.get_by_label("登录名或手机号").fill(house.secretary.username)
    phone.locator("#id_password").fill("Test-1234")
    phone.get_by_role("button", name="登录").tap()
    expect(step.get_by_text("刚才没有保存成功")).to_contain_text("照片和文件要重新选一次")
    expect(step.get_by_role("textbox", name="考察意见")).to_have_value("学习认真。")
    expect(step.get_by_label("继续培养")).to_be_checked()
    expect(phone.get_by_text(re.compile("没有保存成功|没有提交成功"))).to_have_count(1)
    step.get_by_role("button", name="提交").tap()
    expect(phone.get_by_text("“支部考察入党积极分子”已办理")).to_be_visible()


def test_the_desk_above_agrees_with_everything_on_one_screen(new_page: NewPage, sign_in: SignIn, house: House) -> None:
    one = applicant(house.branch, name="慕容申请")
    case = walk(one, clock.today() - dt.timedelta(days=DAYS["object_agree"]), before="object_agree")
    with at(house.branch):
        bring_up_to_date([case], clock.today())
    desk = new_page(DESKTOP)
    sign_in(desk, house.above)
    desk.goto(f"/procedures/development/{case.pk}/")
    assert_accessible(desk)
    form = desk.locator("form", has=desk.get_by_label("退回补充材料"))
    form.get_by_label("退回补充材料").check()
    form.get_by_label("意见").fill("请补充党小组的意见。")
    form.get_by_role("button", name="提交").click()
    expect(desk.get_by_text("请补充党小组的意见。").first).to_be_visible()
    expect(desk.get_by_text("等检修党支部办理“补充发展对象材料”")).to_be_visible()
