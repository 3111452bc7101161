"""The month that is counted, looked over and closed, and the year that is published."""

import datetime as dt

import pytest

from dangjian.activities.dues.ledger.actions import books as accounts
from dangjian.activities.dues.ledger.actions import publications, reconciliations
from dangjian.activities.dues.ledger.actions.posting import Line, post
from dangjian.activities.dues.ledger.models import Account, EntryKind
from dangjian.activities.dues.ledger.queries import publications as published
from dangjian.kernel import clock
from dangjian.kernel.errors import Conflict, Invalid, PermissionDenied, Refusal
from tests import make
from tests.activities.dues.books import OCTOBER, TODAY, Kept, filled, kept, pay, refused

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("open_scope")]


@pytest.fixture
def world(db: None) -> Kept:
    return kept()


def test_a_month_is_counted_by_one_looked_over_by_another_and_closed(world: Kept) -> None:
    filled(world)
    branch, month = world.branches[0], OCTOBER
    treasurer, second = world.treasurers[branch.pk], world.seconds[branch.pk]
    with refused(Invalid, "库存现金少1.00元"):
        reconciliations.count(actor=treasurer, organization=branch, month=month, cash_fen=999_00)
    row = reconciliations.count(actor=treasurer, organization=branch, month=month, cash_fen=1000_00)
    with refused(PermissionDenied, "不能再由您复核"):
        reconciliations.check(actor=treasurer, reconciliation=row)
    pay(world, branch, 5_00, dt.date(2026, 10, 30))
    with refused(Conflict, "账面又有变动"):
        reconciliations.check(actor=second, reconciliation=row)
    row = reconciliations.count(actor=treasurer, organization=branch, month=month, cash_fen=1005_00)
    reconciliations.check(actor=second, reconciliation=row)
    with refused(Conflict, "2026年10月的账已经对账复核", "2026年11月1日或者以后"):
        book_late(world, dt.date(2026, 10, 31))
    with refused(Conflict, "已经复核"):
        reconciliations.count(actor=treasurer, organization=branch, month=month, cash_fen=1005_00)


def test_too_little_in_the_bank_is_not_hidden_by_too_much_cash(world: Kept) -> None:
    company = world.company
    accounts.book_interest(
        actor=world.accountants[company.pk], organization=company, amount_fen=500_00, booked_on=OCTOBER, key="interest"
    )
    given = {
        "actor": world.cashiers[company.pk],
        "organization": company,
        "month": OCTOBER,
        "cash_fen": 10_00,
        "bank_fen": 490_00,
    }
    with refused(Invalid, "库存现金多10.00元，银行存款少10.00元"):
        reconciliations.count(**given)
    row = reconciliations.count(**given, explanation="虚构的30日取出，还没有记账")
    assert row.difference == "库存现金多10.00元，银行存款少10.00元"


def book_late(world: Kept, day: dt.date) -> None:
    post(
        actor=make.SYSTEM,
        organization=world.branches[0],
        kind=EntryKind.RECEIVED,
        booked_on=day,
        summary="虚构补记",
        key="late",
        lines=[Line(Account.CASH, Account.DUES, 1)],
    )


@pytest.mark.day("2026-11-23")
def test_a_month_that_runs_is_not_counted(world: Kept) -> None:
    pay(world, world.branches[0], 10_00, OCTOBER)
    with refused(Invalid, "还没有结束"):
        reconciliations.count(
            actor=world.treasurers[world.branches[0].pk], organization=world.branches[0], month=TODAY, cash_fen=10_00
        )


def test_a_committee_is_counted_by_its_cashier_and_looked_over_by_its_accountant(world: Kept) -> None:
    filled(world)
    given = {"organization": world.company, "month": OCTOBER, "cash_fen": 0, "bank_fen": 0}
    for wrong in (world.accountants[world.company.pk], world.treasurers[world.branches[0].pk]):
        with refused(Refusal):
            reconciliations.count(actor=wrong, **given)  # type: ignore[arg-type]  # mixed keywords
    row = reconciliations.count(actor=world.cashiers[world.company.pk], **given)  # type: ignore[arg-type]  # mixed keywords
    with refused(PermissionDenied):
        reconciliations.check(actor=world.cashiers[world.company.pk], reconciliation=row)
    reconciliations.check(actor=world.accountants[world.company.pk], reconciliation=row)


@pytest.mark.day("2026-11-23")
def test_a_year_is_published_once_when_it_is_over(world: Kept) -> None:
    filled(world)
    branch = world.branches[0]
    with refused(Invalid, "还没有结束"):
        publications.publish(actor=world.treasurers[branch.pk], organization=branch, year=2026)
    with refused(Conflict, "没有党费收支"):
        publications.publish(actor=world.treasurers[branch.pk], organization=branch, year=2025)
    with clock.at("2027-01-15 09:00"):
        made = publications.publish(actor=world.treasurers[branch.pk], organization=branch, year=2026, note="虚构说明")
        with refused(Conflict, "已经公示过"):
            publications.publish(actor=world.treasurers[branch.pk], organization=branch, year=2026)
        with refused(Refusal):
            publications.publish(actor=world.treasurers[branch.pk], organization=world.company, year=2026)
    lines = {line["title"]: line["fen"] for line in (*made.figures["incoming"], *made.figures["outgoing"])}
    assert (lines["党员交纳党费"], lines["上缴上级党费"], made.figures["closing"]) == (1000_00, 1000_00, 0)
    member, stranger = world.members[branch.pk], world.members[world.branches[1].pk]
    assert list(published.readable_by(member.user_id or 0)) == [made]
    assert not published.readable_by(stranger.user_id or 0).exists()
