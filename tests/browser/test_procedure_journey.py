"""A case goes from a phone through a meeting to the desk above, is sent back, and comes again with what was typed."""

import re

import pytest
from playwright.sync_api import Page, expect

from dangjian.accounts.models import User
from dangjian.activities.meetings import actions
from dangjian.activities.meetings.models import Meeting
from dangjian.engines.procedures.actions import deciding
from dangjian.engines.procedures.models import ProcedureCase
from dangjian.kernel import clock
from dangjian.members.models import Member
from dangjian.org.models import Organization, PostKind
from dangjian.org.unscoped import unscoped
from tests import make
from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import DESKTOP, PHONE, NewPage, SignIn
from tests.browser.hand import confirm

GOAL = "把三号机组每月非计划停机时间从12小时降到6小时。"


class House:
    """A branch below a committee, the secretaries of both, and the deputy of the branch."""

    def __init__(self) -> None:
        committee = make.committee(name="集团党委")
        self.branch = make.branch(make.general_branch(committee), name="检修党支部")
        self.secretary = self._officer(self.branch)
        self.deputy = self._officer(self.branch, PostKind.DEPUTY_SECRETARY)
        self.above = self._officer(committee)

    def _officer(self, place: Organization, post: PostKind = PostKind.SECRETARY) -> User:
        who: User = make.member(self.branch, with_user=True).user
        make.post(place, post, who)
        return who


@pytest.fixture
def house() -> House:
    return House()


def begin(phone: Page) -> None:
    """The first step, on the phone, with a mistake first."""
    phone.goto("/procedures/project/")
    phone.get_by_role("link", name="新的项目").first.click()
    phone.get_by_label("项目名称").fill("降低停机时间")
    phone.get_by_label("目标").fill(GOAL)
    phone.get_by_role("button", name="提交").click()
    expect(phone.get_by_text("这一项必须填写").first).to_be_visible()
    expect(phone.get_by_label("目标")).to_have_value(GOAL)
    assert_accessible(phone)
    phone.get_by_label("计划完成日期").fill("2027-03-31")
    phone.get_by_role("button", name="提交").click()
    expect(phone.get_by_role("heading", name="降低停机时间")).to_be_visible()
    assert_accessible(phone)


def call_meeting(phone: Page) -> None:
    """From the case to a meeting of today, with the case on its agenda; only the place has to be typed."""
    expect(phone.get_by_text("由支部委员会会议或支部党员大会表决").first).to_be_visible()
    phone.get_by_role("link", name="召开支部党员大会").tap()
    expect(phone.locator("#id_a-2-title")).to_have_value("支部讨论：降低停机时间")
    expect(phone.get_by_text("表决后自动办理：降低停机时间 · 支部讨论")).to_be_visible()
    assert_accessible(phone)
    phone.get_by_role("button", name="今天").tap()
    expect(phone.locator("#id_s-0-on")).to_have_value(clock.today().isoformat())
    expect(phone.get_by_text("表决后自动办理：降低停机时间 · 支部讨论")).to_be_visible()
    phone.get_by_label("地点", exact=True).fill("检修班组")
    phone.get_by_role("button", name="发出通知").tap()
    expect(phone.get_by_text("已通知").first).to_be_visible()


def hold_meeting(phone: Page, house: House, meeting: Meeting) -> None:
    """All three come and are in favour; the vote is recorded at the item, with what the case says filled in."""
    phone.get_by_role("button", name="开始会议").tap()
    expect(phone).to_have_url(re.compile("/host/"))
    with unscoped("nobody registers themselves: the deputy does it for the secretary"):
        row = meeting.attendances.get(member=Member.objects.get(user=house.secretary))
        others = meeting.attendances.exclude(pk=row.pk)
        for by, ids in ((house.deputy, [row.pk]), (house.secretary, [other.pk for other in others])):
            actions.check_in_by_hand(actor=make.actor(by), meeting=meeting, attendance_ids=ids, presence="present", reason="点名")
    phone.goto(f"/meetings/{meeting.pk}/?tab=agenda")
    phone.get_by_role("link", name="登记表决").tap()
    expect(phone.get_by_label("决议内容")).to_have_value("同意申报：降低停机时间。")
    expect(phone.get_by_label("赞成", exact=True)).to_have_value("3")
    assert_accessible(phone)
    phone.get_by_role("button", name="保存决议").tap()
    expect(phone.get_by_text("赞成 3 票")).to_be_visible()
    phone.goto(f"/meetings/{meeting.pk}/roll/")
    phone.get_by_role("button", name="结束会议，整理记录").tap()
    confirm(phone)
    phone.get_by_role("button", name="生成初稿").tap()
    expect(phone.locator("textarea").first).to_have_value(re.compile("同意申报：降低停机时间"))
    phone.get_by_role("button", name="提交确认").tap()
    expect(phone.get_by_text("记录确认以后，按登记的表决结果自动办理")).to_be_visible()


def test_from_the_phone_through_the_meeting_to_the_desk_and_back(new_page: NewPage, sign_in: SignIn, house: House) -> None:
    phone, desk, deputy = new_page(PHONE), new_page(DESKTOP), new_page(DESKTOP)
    sign_in(phone, house.secretary)
    sign_in(desk, house.above)
    sign_in(deputy, house.deputy)
    begin(phone)
    case = phone.url
    call_meeting(phone)
    with unscoped("the journey looks at what it wrote"):
        meeting = Meeting.objects.get()
        # Whoever confirms is another person than the one who writes.
        Meeting.objects.update(chair=Member.objects.get(user=house.deputy), recorder=Member.objects.get(user=house.secretary))
    hold_meeting(phone, house, meeting)
    phone.goto(case)
    expect(phone.get_by_text("已表决：通过，会议记录确认后办理").first).to_be_visible()
    assert_accessible(phone)

    deputy.goto(f"/meetings/{meeting.pk}/minutes/")
    expect(deputy.get_by_text("降低停机时间：支部讨论（同意申报）")).to_be_visible()
    deputy.get_by_role("button", name="确认记录").click()
    expect(deputy.get_by_text("记录已确认").first).to_be_visible()
    phone.reload()
    expect(phone.get_by_text("等集团党委办理“上级审批”")).to_be_visible()
    expect(phone.get_by_text("应到会有表决权的3人，实到3人；赞成3票").first).to_be_visible()
    assert_accessible(phone)

    desk.goto("/duties/")
    expect(desk.get_by_text("降低停机时间：上级审批")).to_be_visible()
    desk.get_by_role("link", name="去办理").click()
    expect(desk.get_by_text(GOAL).first).to_be_visible()
    assert_accessible(desk)
    desk.get_by_label("退回补充").check()
    desk.get_by_label("审批意见").fill("请写明经费来源。")
    desk.get_by_role("button", name="提交").click()
    expect(desk.get_by_text("等检修党支部办理“申请立项”")).to_be_visible()

    phone.reload()
    expect(phone.get_by_text("请按下面的意见补充后重新提交")).to_be_visible()
    expect(phone.get_by_text("请写明经费来源。").first).to_be_visible()
    expect(phone.get_by_label("目标")).to_have_value(GOAL)
    phone.get_by_label("经费（元）").fill("12000")
    phone.get_by_role("button", name="提交").click()
    expect(phone.get_by_role("link", name="召开支部党员大会")).to_be_visible()


def test_a_step_from_an_old_tab_says_who_was_faster_and_keeps_what_was_typed(
    new_page: NewPage, sign_in: SignIn, house: House
) -> None:
    phone, desk = new_page(PHONE), new_page(DESKTOP)
    sign_in(phone, house.secretary)
    sign_in(desk, house.above)
    begin(phone)
    with unscoped("the branch has discussed it"):
        case = ProcedureCase.objects.get()
        given = {"code": "discuss", "day": clock.today(), "outcome": "agreed", "said": "虚构党员大会"}
        deciding.decide(actor=make.SYSTEM, case=case, **given)
    desk.goto(f"/procedures/project/{case.pk}/")
    old = desk.context.new_page()
    old.goto(desk.url)
    approve(desk, "同意。")
    expect(desk.get_by_text("等检修党支部办理")).to_be_visible()
    approve(old, "再补充材料。")
    expect(old.get_by_text("“上级审批”已于").first).to_be_visible()
    expect(old.get_by_label("审批意见")).to_have_value("再补充材料。")


def approve(page: Page, opinion: str) -> None:
    page.get_by_label("批准", exact=True).check()
    page.get_by_label("审批意见").fill(opinion)
    page.get_by_role("button", name="提交").click()
