"""A treasurer books a branch's month with a few taps and nothing typed; a member finds the receipt."""

import datetime as dt

import pytest
from playwright.sync_api import Locator, Page, expect

from dangjian.accounts.models import User
from dangjian.activities.dues.billing.actions import billing
from dangjian.activities.dues.billing.models import Bill, BranchMonth, Payment
from dangjian.kernel import clock
from dangjian.members.models import Member
from dangjian.org.models import Organization, Post, PostKind
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.dues import build
from tests.activities.meetings.pages import signed_in
from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import DESKTOP, PHONE, NewPage, SignIn
from tests.browser.hand import confirm

MEMBERS = 25
MOST_TAPS = 5


@pytest.fixture
def branch() -> tuple[Organization, list[Member]]:
    """A branch of 25 members who all owe this month; who collects is a member elsewhere, so that nobody's dues are their own."""
    committee = make.committee()
    organization = make.branch(committee, name="虚构机电第一党支部")
    people = [make.member(organization, with_user=True) for _ in range(MEMBERS)]
    make.post(organization, PostKind.ORGANISATION_MEMBER, make.member(make.branch(committee), with_user=True).user)
    for number, member in enumerate(people, 1):
        build.assessed(member, 2000 + number * 101)
    billing.make_bills(actor=make.SYSTEM, month=clock.today().replace(day=1))
    # The first page of a process reads templates, icons and rules, which on a busy machine takes longer than a browser waits.
    signed_in(keeper(organization)).get("/")
    return organization, people


def keeper(organization: Organization) -> User:
    """Who collects for the branch."""
    with unscoped("test world"):
        return Post.objects.get(organization=organization, kind=PostKind.ORGANISATION_MEMBER).user


@pytest.mark.parametrize("device", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_a_branch_is_booked_in_at_most_five_taps(
    new_page: NewPage, sign_in: SignIn, branch: tuple[Organization, list[Member]], device: dict[str, object]
) -> None:
    organization, _people = branch
    page, taps = new_page(device), 0

    def tap(target: Locator) -> None:
        nonlocal taps
        taps += 1
        target.tap() if device is PHONE else target.click()

    sign_in(page, keeper(organization))
    page.goto("/")
    assert_accessible(page)
    tap(page.get_by_role("link", name="收11月党费"))
    expect(page.get_by_role("button", name="登记收款 25 人")).to_be_visible()
    assert_accessible(page)
    tap(page.get_by_role("button", name="登记收款 25 人"))
    expect(page.locator("#confirm-text")).to_contain_text("收到 25 名党员的党费共 828.25 元（现金）")
    tap(page.locator("#confirm [data-confirm-ok]"))
    expect(page.get_by_role("heading", name="已登记收款")).to_be_visible()
    expect(page.get_by_text("828.25").first).to_be_visible()
    assert_accessible(page)

    assert taps <= MOST_TAPS
    with unscoped("the journey looks at what it wrote"):
        assert Payment.objects.count() == MEMBERS
        assert BranchMonth.objects.get(organization=organization).settled_on == clock.today()


def test_who_only_looks_at_a_branch_meets_no_script_that_fails(
    desktop: Page, sign_in: SignIn, branch: tuple[Organization, list[Member]]
) -> None:
    """They have no button to collect with; ``new_page`` fails on what the page complains of."""
    organization, people = branch
    sign_in(desktop, make.grant(organization.parent, "dues_accountant").user)
    desktop.goto(f"/dues/collect/{organization.pk}/")
    expect(desktop.get_by_text(people[0].name).first).to_be_visible()
    expect(desktop.get_by_role("button", name="登记收款")).to_have_count(0)


def test_some_have_not_paid(phone: Page, sign_in: SignIn, branch: tuple[Organization, list[Member]]) -> None:
    organization, people = branch
    sign_in(phone, keeper(organization))
    phone.goto(f"/dues/collect/{organization.pk}/")
    absent = people[3]
    phone.get_by_label(absent.name).first.uncheck()
    button = phone.get_by_role("button", name="登记收款 24 人")
    expect(button).to_contain_text("804.21")
    phone.get_by_role("button", name="全选应交").tap()
    expect(phone.get_by_role("button", name="登记收款 25 人")).to_be_visible()
    phone.get_by_role("button", name="全不选").tap()
    expect(phone.get_by_role("button", name="登记收款 0 人")).to_be_disabled()
    phone.get_by_role("button", name="全选应交").tap()
    phone.get_by_label(absent.name).first.uncheck()
    button.tap()
    confirm(phone)
    expect(phone.get_by_role("heading", name="已登记收款")).to_be_visible()
    with unscoped("the journey looks at what it wrote"):
        assert [bill.member for bill in Bill.objects.unsettled()] == [absent]


def test_one_member_a_quarter_ahead_and_the_receipt(
    phone: Page, new_page: NewPage, sign_in: SignIn, branch: tuple[Organization, list[Member]]
) -> None:
    organization, people = branch
    sign_in(phone, keeper(organization))
    phone.goto(f"/dues/collect/members/{people[5].pk}/")
    assert_accessible(phone)
    phone.get_by_text("预交以后的月份").tap()
    phone.get_by_label("2026年12月").check()
    phone.get_by_label("2027年1月").check()
    phone.get_by_label("自愿多交").fill("10")
    expect(phone.get_by_role("button", name="登记收款")).to_contain_text("88.18")
    phone.get_by_role("button", name="登记收款").tap()
    confirm(phone)
    expect(phone.get_by_role("heading", name="已登记收款")).to_be_visible()

    own = new_page(PHONE)
    sign_in(own, people[5].user)
    own.goto("/dues/mine/")
    expect(own.get_by_text("已交清").first).to_be_visible()
    assert_accessible(own)
    with unscoped("the journey looks at what it wrote"):
        payment = Payment.objects.get()
        assert (payment.amount_fen, payment.paid_on) == (8818, clock.today())
    own.goto(f"/dues/payments/{payment.pk}/")
    expect(own.get_by_text("捌拾捌元壹角捌分")).to_be_visible()
    assert_accessible(own)
    assert payment.paid_on == dt.date(2026, 11, 23)
