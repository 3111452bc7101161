"""Cashier and accountant keep a committee's book through a month and close it; figures lead down to the member behind them."""

import datetime as dt

import pytest
from playwright.sync_api import Page, expect

from dangjian.accounts.models import User
from dangjian.activities.dues.billing.actions import billing
from dangjian.activities.dues.ledger.actions import passing_up, remittances
from dangjian.activities.dues.ledger.models import RemittanceLevel, RemittancePeriod
from dangjian.kernel import clock
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.dues import build
from tests.activities.dues.books import Kept, kept, pay, transfer
from tests.activities.meetings.pages import signed_in
from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import DESKTOP, PHONE, NewPage, SignIn
from tests.browser.hand import confirm

DEVICES = pytest.mark.parametrize("device", [PHONE, DESKTOP], ids=["phone", "desktop"])
OCTOBER = dt.date(2026, 10, 31)


@pytest.fixture
def world() -> Kept:
    """The first branch has brought 800 yuan in cash to its committee in October."""
    found = kept()
    branch, company = found.branches[0], found.company
    with unscoped("test world"), clock.at("2026-10-09 09:00"):
        pay(found, branch, 800_00, dt.date(2026, 9, 8))
        passing_up.set_terms(
            actor=make.SYSTEM,
            organization=company,
            level=RemittanceLevel.BRANCH,
            ratio_percent_x100=10000,
            period=RemittancePeriod.MONTH,
            due_days=10,
            from_month=dt.date(2026, 1, 1),
        )
        row = transfer(branch)
        remittances.send(actor=found.treasurers[branch.pk], transfer=row, sent_on=dt.date(2026, 10, 8))
        remittances.confirm_receipt(
            actor=found.cashiers[company.pk], transfer=row, received_on=dt.date(2026, 10, 9), in_cash=True
        )
    warmed(found.accountants[company.pk].user, "/dues/books/")
    return found


def warmed(user: User, address: str) -> None:
    """The first page of a process reads templates, icons and rules, which on a busy machine takes longer than a browser waits."""
    signed_in(user).get(address, follow=True)


def filled(page: Page, amount: str, day: str) -> None:
    page.get_by_label("金额（元）").fill(amount)
    page.get_by_label("日期").fill(day)
    page.get_by_role("button", name="记账").click()


def kept_as_typed(page: Page, amount: str, day: str) -> None:
    expect(page.get_by_label("金额（元）")).to_have_value(amount)
    expect(page.get_by_label("日期")).to_have_value(day)


def deposited(page: Page) -> None:
    """The cashier takes the cash to the bank, after a slip in the sum."""
    page.goto("/dues/books/")
    page.get_by_role("link", name="现金存入银行", exact=True).click()
    expect(page.get_by_text("账上的库存现金有800.00元")).to_be_visible()
    filled(page, "900", "2026-10-12")
    expect(page.get_by_text("库存现金只有800.00元，不够900.00元")).to_be_visible()
    kept_as_typed(page, "900", "2026-10-12")
    assert_accessible(page)
    filled(page, "800", "2026-10-12")
    expect(page.get_by_role("heading", name="要办的事")).to_be_visible()
    expect(page.get_by_text("现金800.00元存入银行")).to_be_visible()
    expect(page.get_by_role("link", name="现金存入银行", exact=True)).to_have_count(0)


def earned(page: Page) -> None:
    """The accountant books the bank's interest."""
    page.goto("/dues/books/")
    assert_accessible(page)
    page.get_by_label("更多操作").click()
    page.get_by_role("link", name="登记利息").click()
    filled(page, "12.34", "2026-10-31")
    expect(page.get_by_text("党费专户利息12.34元")).to_be_visible()


def counted(page: Page) -> None:
    """The cashier counts October, first by a statement that is not complete."""
    page.get_by_role("link", name="2026年10月对账").click()
    page.get_by_label("清点的现金（元）").fill("0")
    page.get_by_label("银行对账单余额（元）").fill("800")
    page.get_by_role("button", name="登记盘点").click()
    expect(page.get_by_text("盘点和账面不一致：银行存款少12.34元")).to_be_visible()
    expect(page.get_by_label("银行对账单余额（元）")).to_have_value("800")
    page.get_by_label("银行对账单余额（元）").fill("812.34")
    page.get_by_role("button", name="登记盘点").click()
    expect(page.get_by_text("盘点和复核不能是同一个人")).to_be_visible()


def closed(page: Page) -> None:
    """The accountant looks over what was counted and closes the month."""
    page.get_by_role("link", name="2026年10月对账").click()
    expect(page.get_by_text("盘点与账面一致")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="复核封账").click()
    confirm(page)
    expect(page.get_by_role("heading", name="月度对账")).to_be_visible()
    expect(page.get_by_text("已复核封账").first).to_be_visible()


def refused_and_reversed(page: Page, organization: int) -> None:
    """Interest booked too low: nothing more comes into the closed month, the entry is reversed today."""
    page.goto(f"/dues/books/{organization}/interest/")
    filled(page, "0.66", "2026-10-31")
    expect(page.get_by_text("2026年10月的账已经对账复核，不能再记2026年10月31日的账")).to_be_visible()
    expect(page.get_by_text("以前的差错用冲销办理")).to_be_visible()
    kept_as_typed(page, "0.66", "2026-10-31")
    page.goto(f"/dues/books/{organization}/entries/")
    page.get_by_role("link", name="党费专户利息12.34元").click()
    page.get_by_text("冲销这张凭证").click()
    page.get_by_label("原因").fill("利息单看错")
    page.get_by_role("button", name="冲销", exact=True).click()
    confirm(page)
    expect(page.get_by_role("heading", name="利息单看错")).to_be_visible()


@DEVICES
def test_a_month_of_the_book(new_page: NewPage, sign_in: SignIn, world: Kept, device: dict[str, object]) -> None:
    cashier, accountant = new_page(device), new_page(device)
    sign_in(cashier, world.cashiers[world.company.pk].user)
    sign_in(accountant, world.accountants[world.company.pk].user)
    deposited(cashier)
    earned(accountant)
    cashier.reload()
    counted(cashier)
    accountant.reload()
    closed(accountant)
    accountant.goto(f"/dues/books/balances/?day={OCTOBER}")
    expect(accountant.get_by_role("row", name="虚构公司党委").get_by_text("812.34").first).to_be_visible()
    assert_accessible(accountant)
    refused_and_reversed(accountant, world.company.pk)
    assert (world.held(world.company, OCTOBER), world.held(world.company)) == (812_34, 800_00)


@DEVICES
def test_a_figure_leads_down_to_the_member(new_page: NewPage, sign_in: SignIn, device: dict[str, object]) -> None:
    world = build.world()
    for number in (9, 10, 11):
        billing.make_bills(actor=make.SYSTEM, month=dt.date(2026, number, 1))
    warmed(world.office.user, "/dues/statistics/")
    page = new_page(device)
    sign_in(page, world.office.user)
    page.goto("/dues/statistics/")
    assert_accessible(page)
    page.get_by_role("row", name=world.branch.short_name).get_by_role("link", name="420.00").last.click()
    expect(page.get_by_role("heading", name="党费明细：欠交")).to_be_visible()
    expect(page.get_by_label("党组织", exact=True)).to_have_value(str(world.branch.pk))
    assert_accessible(page)
    page.get_by_role("link", name=world.people[5].name).first.click()
    expect(page.get_by_role("heading", name="各月党费")).to_be_visible()
    expect(page.get_by_role("row", name="2026年9月")).to_contain_text("差 60.00 元")
    assert_accessible(page)
