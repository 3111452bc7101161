"""Accounts and what moves through them: who may, what is refused, and that nothing is written on refusal."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dangjian.activities.dues.contributes import OFFERS
from dangjian.activities.dues.ledger.actions import books as accounts
from dangjian.activities.dues.ledger.actions import corrections, passing_up, remittances, spendings
from dangjian.activities.dues.ledger.models import (
    USES,
    Account,
    Book,
    RemittanceLevel,
    RemittancePeriod,
    Spending,
    Transfer,
    TransferKind,
    TransferState,
)
from dangjian.activities.dues.ledger.queries import books
from dangjian.activities.dues.ledger.queries import remittances as read_remitting
from dangjian.kernel import clock
from dangjian.kernel.errors import Conflict, Invalid, PermissionDenied, Refusal
from dangjian.kernel.offers import DailyJob
from dangjian.kernel.rulebook import Choices, book, forget, read_settings
from dangjian.org.actions import enterprise
from dangjian.org.models import Enterprise
from tests import make
from tests.activities.dues.books import DECIDED, OCTOBER, TODAY, Kept, filled, kept, monthly, pay, refused, transfer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("open_scope")]


@pytest.fixture
def world(db: None) -> Kept:
    return kept()


def use(world: Kept, **more: Any) -> Spending:
    given: dict[str, Any] = {"purpose": Account.USE_TRAINING, "amount_fen": 100_00, "title": "虚构培训", "payee": "虚构书店"}
    return spendings.prepare_spending(
        actor=world.accountants[world.company.pk], organization=world.company, **{**given, **DECIDED, **more}
    )


def allocation(world: Kept, **more: Any) -> Transfer:
    given: dict[str, Any] = {"organization": world.branches[1], "amount_fen": 300_00, "use": "5104", "purpose": "虚构慰问"}
    return remittances.allocate(actor=world.accountants[world.company.pk], superior=world.company, **{**given, **DECIDED, **more})


def test_the_five_purposes_are_those_of_the_rulebook() -> None:
    assert book().on("dues.use.scope", TODAY).expect(Choices).codes == tuple(account.value for account in USES)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"bank": "虚构银行"}, ("规定的银行", "中组发〔2008〕3号")),
        ({"account_number": "62-x"}, ("账号不对",)),
        ({"opened_on": dt.date(2026, 12, 1)}, ("不能晚于今天",)),
        ({"cashier": "accountant"}, ("不能是同一个人", "中组发〔2008〕3号")),
    ],
)
@pytest.mark.day("2026-11-23")
def test_an_account_is_refused(change: dict[str, Any], words: tuple[str, ...]) -> None:
    committee = make.committee()
    accountant = make.user()
    given = {"bank": "ccb", "branch_name": "虚构支行", "account_name": "虚构户名", "account_number": "6222000011112222"}
    people = {"accountant": accountant, "cashier": accountant if change.get("cashier") else make.user()}
    change = {name: value for name, value in change.items() if name != "cashier"}
    with refused(Invalid, *words):
        accounts.open_book(actor=make.actor(make.post(committee).user), organization=committee, **{**given, **people, **change})


def test_a_branch_opens_no_account_at_a_bank(world: Kept) -> None:
    with refused(Conflict, "不单独开设"):
        accounts.open_book(
            actor=world.treasurers[world.branches[0].pk],
            organization=world.branches[0],
            bank="icbc",
            branch_name="",
            account_name="",
            account_number="6222000011112222",
            accountant=make.user(),
            cashier=make.user(),
        )


def test_an_account_is_closed_only_when_nothing_is_left(world: Kept) -> None:
    filled(world)
    opened = Book.objects.get(organization=world.company)
    with refused(Conflict, "还有1,000.00元"):
        accounts.close_book(actor=world.office, book=opened)
    assert "1,000.00元" in accounts.unsettled(world.company)
    empty = Book.objects.get(organization=world.group)
    accounts.close_book(actor=make.SYSTEM, book=empty)
    with refused(Conflict, "还没有党费账户"):
        accounts.book_interest(
            actor=world.accountants[world.group.pk], organization=world.group, amount_fen=1, booked_on=TODAY, key="x"
        )


def test_interest_is_booked_once_however_often_the_form_is_sent(world: Kept) -> None:
    for _ in range(3):
        accounts.book_interest(
            actor=world.accountants[world.company.pk], organization=world.company, amount_fen=321, booked_on=TODAY, key="form"
        )
    assert books.balance(world.company, TODAY).of(Account.INTEREST) == 321


def test_the_cashier_books_no_interest_and_the_accountant_takes_no_cash(world: Kept) -> None:
    with refused(PermissionDenied):
        accounts.book_interest(
            actor=world.cashiers[world.company.pk], organization=world.company, amount_fen=1, booked_on=TODAY, key="x"
        )
    with refused(PermissionDenied):
        accounts.deposit(
            actor=world.accountants[world.company.pk], organization=world.company, amount_fen=1, booked_on=TODAY, key="x"
        )


def test_a_branch_secretary_who_is_also_its_accountant_handles_no_cash(world: Kept) -> None:
    branch = world.branches[0]
    monthly(world)
    pay(world, branch, 100_00, OCTOBER)
    held = Book.objects.get(organization=branch)
    accounts.name_people(
        actor=make.SYSTEM, book=held, accountant=world.treasurers[branch.pk].user, cashier=world.seconds[branch.pk].user
    )
    passing_up.prepare_remittances(TODAY)
    with refused(PermissionDenied, "您是这个账户的会计"):
        remittances.send(actor=make.actor(world.treasurers[branch.pk].user), transfer=transfer(branch), sent_on=TODAY)
    remittances.send(actor=make.actor(world.seconds[branch.pk].user), transfer=transfer(branch), sent_on=TODAY)
    assert world.held(branch) == 0


def test_what_is_due_follows_from_what_was_paid(world: Kept) -> None:
    monthly(world)
    monthly(world, RemittanceLevel.COMMITTEE, 4000)
    monthly(world, RemittanceLevel.OWN, 500, superior_name="虚构省委")
    pay(world, world.branches[0], 100_03, OCTOBER)
    pay(world, world.branches[1], 50_00, OCTOBER + dt.timedelta(days=30))
    pay(world, world.branches[1], 999_00, dt.date(2026, 11, 1))
    assert passing_up.prepare_remittances(TODAY) == 4
    assert passing_up.prepare_remittances(TODAY) == 0
    found = {row.organization_id: row for row in Transfer.objects.all()}
    assert [found[branch.pk].due_fen for branch in world.branches[:2]] == [100_03, 50_00]
    assert found[world.company.pk].base_fen == 150_03
    assert found[world.company.pk].due_fen == 60_01
    assert found[world.group.pk].due_fen == 7_50
    assert found[world.group.pk].superior_name == "虚构省委"
    assert found[world.company.pk].due_on == dt.date(2026, 11, 10)


def test_what_is_booked_late_comes_into_the_next_period(world: Kept) -> None:
    monthly(world)
    branch = world.branches[0]
    first = pay(world, branch, 100_00, dt.date(2026, 9, 5))
    with clock.at("2026-10-05 09:00"):
        passing_up.prepare_remittances(dt.date(2026, 10, 5))
        remittances.send(actor=world.treasurers[branch.pk], transfer=transfer(branch), sent_on=dt.date(2026, 10, 5))
    pay(world, branch, 30_00, dt.date(2026, 9, 20))
    pay(world, branch, 50_00, OCTOBER)
    passing_up.prepare_remittances(TODAY)
    assert transfer(branch).due_fen == 80_00
    assert first.number == 1


def test_a_row_that_waits_is_worked_out_again(world: Kept) -> None:
    monthly(world)
    branch = world.branches[0]
    entry = pay(world, branch, 100_00, OCTOBER)
    passing_up.prepare_remittances(TODAY)
    pay(world, branch, 20_00, OCTOBER)
    assert passing_up.prepare_remittances(TODAY) == 0
    assert transfer(branch).due_fen == 120_00
    assert entry.number == 1


def test_without_terms_of_its_own_a_superior_outside_is_owed_nothing_yet(world: Kept) -> None:
    pay(world, world.branches[0], 100_00, dt.date(2026, 9, 1))
    passing_up.prepare_remittances(TODAY)
    assert not Transfer.objects.filter(organization=world.group).exists()
    assert transfer(world.branches[0]).due_fen == 100_00
    assert transfer(world.company).due_fen == 50_00


def test_money_under_way_is_in_neither_book(world: Kept) -> None:
    monthly(world)
    branch = world.branches[0]
    pay(world, branch, 100_00, OCTOBER)
    passing_up.prepare_remittances(TODAY)
    row = remittances.send(actor=world.treasurers[branch.pk], transfer=transfer(branch), sent_on=dt.date(2026, 11, 10))
    assert (world.held(branch), world.held(world.company), books.in_transit(TODAY)) == (0, 0, 100_00)
    row = remittances.confirm_receipt(
        actor=world.cashiers[world.company.pk], transfer=row, received_on=dt.date(2026, 11, 12), receipt="虚构12号"
    )
    assert (world.held(world.company), books.in_transit(TODAY), row.receipt) == (100_00, 0, "虚构12号")
    assert books.in_transit(dt.date(2026, 11, 11)) == 100_00


@pytest.mark.day("2026-11-23")
def test_nobody_confirms_what_they_sent(world: Kept) -> None:
    monthly(world)
    branch = world.branches[0]
    pay(world, branch, 100_00, OCTOBER)
    passing_up.prepare_remittances(TODAY)
    both = world.cashiers[world.company.pk].user
    make.grant(branch, "party_worker", both)
    row = remittances.send(actor=make.actor(both), transfer=transfer(branch), sent_on=TODAY)
    with refused(PermissionDenied, "不能再由您确认到账"):
        remittances.confirm_receipt(actor=make.actor(both), transfer=row, received_on=TODAY)
    for stranger in (world.treasurers[branch.pk], world.accountants[world.company.pk]):
        with refused(Refusal):
            remittances.confirm_receipt(actor=stranger, transfer=row, received_on=TODAY)
    other = world.branches[1]
    pay(world, other, 100_00, OCTOBER)
    passing_up.prepare_remittances(TODAY)
    row = remittances.send(actor=world.treasurers[other.pk], transfer=transfer(other), sent_on=TODAY)
    with refused(Invalid, "到账日期"):
        remittances.confirm_receipt(actor=make.actor(both), transfer=row, received_on=dt.date(2026, 11, 24))


def test_a_superior_outside_answers_with_a_receipt(world: Kept) -> None:
    monthly(world, RemittanceLevel.OWN, 10000, superior_name="虚构省委")
    accounts.book_interest(
        actor=world.accountants[world.group.pk], organization=world.group, amount_fen=500_00, booked_on=OCTOBER, key="x"
    )
    pay(world, world.branches[0], 100_00, OCTOBER)
    passing_up.prepare_remittances(TODAY)
    cashier = world.cashiers[world.group.pk]
    row = remittances.send(actor=cashier, transfer=transfer(world.group), sent_on=TODAY)
    with refused(Invalid, "收据号"):
        remittances.confirm_receipt(actor=cashier, transfer=row, received_on=TODAY)
    row = remittances.confirm_receipt(actor=cashier, transfer=row, received_on=TODAY, receipt="省字1号")
    assert (row.state, row.receipt, row.received_entry) == (TransferState.RECEIVED, "省字1号", None)
    assert books.in_transit(TODAY) == 0


def test_nothing_leaves_that_is_not_there(world: Kept) -> None:
    monthly(world)
    branch = world.branches[0]
    pay(world, branch, 100_00, dt.date(2026, 10, 20))
    passing_up.prepare_remittances(TODAY)
    with refused(Conflict, "库存现金只有0.00元"):
        remittances.send(actor=world.treasurers[branch.pk], transfer=transfer(branch), sent_on=OCTOBER)


@pytest.mark.day("2026-11-23")
def test_steps_are_taken_back_from_the_last(world: Kept) -> None:
    filled(world)
    branch, row = world.branches[0], transfer(world.branches[0])
    with refused(Conflict, "对方已经确认到账"):
        corrections.reverse_entry(actor=world.seconds[branch.pk], entry=row.sent_entry, reason="虚构")
    with refused(Invalid, "原因"):
        remittances.take_back(actor=world.accountants[world.company.pk], transfer=row, reason=" ")
    remittances.take_back(actor=world.accountants[world.company.pk], transfer=row, reason="虚构记错")
    assert (transfer(branch).state, books.in_transit(TODAY)) == (TransferState.SENT, 1000_00)
    remittances.take_back(actor=world.seconds[branch.pk], transfer=transfer(branch), reason="虚构没有转")
    assert (transfer(branch).state, world.held(branch)) == (TransferState.DUE, 1000_00)
    again = remittances.send(actor=world.treasurers[branch.pk], transfer=transfer(branch), sent_on=TODAY)
    assert again.sent_entry
    assert again.sent_entry.key.endswith(":2")


def test_the_terms_of_a_superior_need_its_office(world: Kept) -> None:
    given = {"level": RemittanceLevel.BRANCH, "period": RemittancePeriod.MONTH, "due_days": 5, "from_month": OCTOBER}
    with refused(PermissionDenied):
        passing_up.set_terms(actor=world.cashiers[world.company.pk], organization=world.company, ratio_percent_x100=1, **given)
    with refused(Invalid, "0.01%到100%"):
        passing_up.set_terms(actor=world.office, organization=world.company, ratio_percent_x100=10001, **given)
    with refused(Conflict, "上级党委就在平台上"):
        passing_up.set_terms(
            actor=world.office, organization=world.company, ratio_percent_x100=1, **{**given, "level": RemittanceLevel.OWN}
        )


@pytest.mark.day("2026-11-23")
def test_new_terms_work_out_at_once_what_waits(world: Kept) -> None:
    branch = world.branches[0]
    pay(world, branch, 1000_00, OCTOBER)
    monthly(world, ratio=8000)
    row = transfer(branch)
    assert (row.state, row.due_fen, row.period) == (TransferState.DUE, 800_00, "2026年10月")


def test_what_waits_is_named_by_its_kind(world: Kept) -> None:
    pay(world, world.branches[0], 1000_00, OCTOBER)
    monthly(world)
    row = transfer(world.branches[0])
    words = {}
    for kind in TransferKind:
        row.kind = kind
        words[kind] = row.state_word
    assert words == {"up": "待上缴", "down": "待付款", "large": "待转交"}
    row.state = TransferState.RECEIVED
    assert row.state_word == "已到账"


def test_the_number_of_statements_does_not_grow_with_the_branches(world: Kept) -> None:
    monthly(world)

    def prepared(day: dt.date) -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            passing_up.prepare_remittances(day)
            books.balances(day)
        return len(asked)

    for branch in world.branches[:1]:
        pay(world, branch, 10_00, dt.date(2026, 8, 3))
    few = prepared(dt.date(2026, 9, 2))
    for branch in world.branches:
        pay(world, branch, 10_00, dt.date(2026, 9, 3))
    assert prepared(dt.date(2026, 10, 2)) <= few


def test_a_large_gift_goes_wholly_to_the_centre_level_by_level(world: Kept) -> None:
    branch = world.branches[0]
    pay(world, branch, 50_00, dt.date(2026, 11, 5), large_fen=2000_00)
    passing_up.prepare_remittances(TODAY)
    step = transfer(branch, TransferKind.LARGE)
    assert (step.due_fen, step.superior) == (2000_00, world.company)
    with refused(Conflict, "必须全部转交"):
        remittances.cancel(actor=world.office, transfer=step, reason="虚构")
    payment = step.payment
    assert payment
    remittances.pass_large_on(actor=world.treasurers[branch.pk], organization=branch, payment=payment, sent_on=TODAY)
    for receiver in (world.company, world.group):
        step = Transfer.objects.get(superior=receiver, kind=TransferKind.LARGE)
        remittances.confirm_receipt(actor=world.cashiers[receiver.pk], transfer=step, received_on=TODAY)
        assert books.balance(receiver, TODAY).large == 2000_00
        assert books.funds(receiver, TODAY).free == 0
        remittances.pass_large_on(actor=world.cashiers[receiver.pk], organization=receiver, payment=payment, sent_on=TODAY)
    last = transfer(world.group, TransferKind.LARGE)
    remittances.confirm_receipt(actor=world.cashiers[world.group.pk], transfer=last, received_on=TODAY, receipt="中组部1号")
    assert [books.balance(one, TODAY).large for one in (branch, world.company, world.group)] == [0, 0, 0]
    with refused(Conflict, "不能再转出"):
        remittances.pass_large_on(actor=world.treasurers[branch.pk], organization=branch, payment=payment, sent_on=TODAY)


def test_a_large_gift_is_not_used(world: Kept) -> None:
    pay(world, world.branches[0], 0, dt.date(2026, 11, 5), large_fen=2000_00)
    passing_up.prepare_remittances(TODAY)
    step = transfer(world.branches[0], TransferKind.LARGE)
    remittances.send(actor=world.treasurers[world.branches[0].pk], transfer=step, sent_on=TODAY)
    remittances.confirm_receipt(actor=world.cashiers[world.company.pk], transfer=step, received_on=TODAY)
    with refused(Conflict, "可以动用的党费只有0.00元", "待转交大额党费2,000.00元"):
        use(world)


def test_an_allocation_is_prepared_sent_and_confirmed_by_three_people(world: Kept) -> None:
    filled(world)
    row = allocation(world)
    assert row.state == TransferState.DUE
    with refused(PermissionDenied):
        remittances.send(actor=world.accountants[world.company.pk], transfer=row, sent_on=TODAY)
    row = remittances.send(actor=world.cashiers[world.company.pk], transfer=row, sent_on=TODAY)
    row = remittances.confirm_receipt(actor=world.treasurers[world.branches[1].pk], transfer=row, received_on=TODAY)
    assert world.held(world.branches[1]) == 300_00
    assert books.earmarks(world.branches[1])[0].left_fen == 300_00


def test_an_allocation_goes_one_level_down_and_names_purpose_and_decision(world: Kept) -> None:
    filled(world)
    with refused(Invalid, "直接的下级"):
        allocation(world, organization=world.group)
    with refused(Invalid, "用途"):
        allocation(world, purpose=" ")
    with refused(Invalid, "集体研究", "第二十条"):
        allocation(world, decision="")
    with refused(Invalid, "五个方面", "第十九条"):
        allocation(world, use="4001")
    with refused(PermissionDenied):
        remittances.allocate(
            actor=world.cashiers[world.company.pk],
            superior=world.company,
            organization=world.branches[1],
            amount_fen=1,
            purpose="虚构",
            **DECIDED,  # type: ignore[arg-type]  # a day and a text
        )


def test_an_earmarked_allocation_serves_its_purpose_only(world: Kept) -> None:
    cashier = world.cashiers[world.group.pk]
    given = remittances.receive_from_outside(
        actor=cashier,
        organization=world.group,
        superior_name="虚构省委",
        amount_fen=500_00,
        use="5104",
        purpose="虚构慰问",
        received_on=TODAY,
    )
    actor, common = world.accountants[world.group.pk], {"title": "虚构", "payee": "虚构", **DECIDED}
    with refused(Conflict, "只有0.00元", "上级专款500.00元"):
        spendings.prepare_spending(
            actor=actor,
            organization=world.group,
            purpose="5104",
            amount_fen=100_00,
            **common,  # type: ignore[arg-type]  # texts and a day
        )
    with refused(Conflict, "只能用于", "第二十一条"):
        spendings.prepare_spending(
            actor=actor,
            organization=world.group,
            purpose="5101",
            amount_fen=1,
            earmark=given,
            **common,  # type: ignore[arg-type]  # texts and a day
        )
    spendings.prepare_spending(
        actor=actor,
        organization=world.group,
        purpose="5104",
        amount_fen=400_00,
        earmark=given,
        **common,  # type: ignore[arg-type]  # texts and a day
    )
    with refused(Conflict, "只剩100.00元"):
        remittances.allocate(
            actor=actor,
            superior=world.group,
            organization=world.company,
            amount_fen=200_00,
            use="5104",
            purpose="虚构慰问",
            earmark=given,
            **DECIDED,  # type: ignore[arg-type]  # a day and a text
        )


@pytest.mark.parametrize(
    ("change", "kind", "words"),
    [
        ({"purpose": "5001"}, Invalid, ("五个方面", "第十九条")),
        ({"purpose": "招待"}, Invalid, ("五个方面", "第十九条")),
        ({"decision": "  "}, Invalid, ("集体研究决定", "第二十条")),
        ({"decided_on": dt.date(2026, 11, 24)}, Invalid, ("不能晚于今天",)),
        ({"amount_fen": 0}, Invalid, ("大于0",)),
        ({"payee": ""}, Invalid, ("收款方",)),
        ({"amount_fen": 1000_01}, Conflict, ("只有1,000.00元",)),
    ],
)
@pytest.mark.day("2026-11-23")
def test_a_use_is_refused(world: Kept, change: dict[str, Any], kind: type[Refusal], words: tuple[str, ...]) -> None:
    filled(world)
    with refused(kind, *words):
        use(world, **change)


def test_accountant_prepares_cashier_pays_and_never_one_person(world: Kept) -> None:
    filled(world)
    row = use(world)
    accountant, cashier = world.accountants[world.company.pk], world.cashiers[world.company.pk]
    with refused(PermissionDenied):
        spendings.pay_spending(actor=accountant, spending=row, paid_on=TODAY)
    with refused(PermissionDenied):
        spendings.prepare_spending(
            actor=cashier,
            organization=world.company,
            purpose="5101",
            amount_fen=1,
            title="虚构",
            payee="虚构",
            **DECIDED,  # type: ignore[arg-type]  # a day and a text
        )
    held = Book.objects.get(organization=world.company)
    accounts.name_people(actor=make.SYSTEM, book=held, accountant=cashier.user, cashier=accountant.user)
    with refused(PermissionDenied, "是您制的单"):
        spendings.pay_spending(actor=make.actor(accountant.user), spending=row, paid_on=TODAY)
    accounts.name_people(
        actor=make.SYSTEM, book=Book.objects.get(organization=world.company), accountant=make.user(), cashier=cashier.user
    )
    with refused(Invalid, "不能早于集体研究"):
        spendings.pay_spending(actor=make.actor(cashier.user), spending=row, paid_on=dt.date(2026, 10, 1))
    row = spendings.pay_spending(actor=make.actor(cashier.user), spending=row, paid_on=TODAY)
    assert world.held(world.company) == 900_00
    with refused(Conflict, "不能再付款"):
        spendings.pay_spending(actor=make.actor(cashier.user), spending=row, paid_on=TODAY)


def test_a_use_is_reversed_by_the_accountant_and_the_money_is_back(world: Kept) -> None:
    filled(world)
    row = spendings.pay_spending(actor=world.cashiers[world.company.pk], spending=use(world), paid_on=TODAY)
    assert row.entry
    with refused(PermissionDenied):
        corrections.reverse_entry(actor=world.cashiers[world.company.pk], entry=row.entry, reason="虚构")
    made = corrections.reverse_entry(actor=world.accountants[world.company.pk], entry=row.entry, reason="虚构退款")
    row.refresh_from_db()
    assert (row.state, world.held(world.company), made.reverses_id) == ("reversed", 1000_00, row.entry_id)
    with refused(Conflict, "已经由第"):
        corrections.reverse_entry(actor=world.accountants[world.company.pk], entry=row.entry, reason="虚构")
    with refused(Conflict, "不能再冲销"):
        corrections.reverse_entry(actor=world.accountants[world.company.pk], entry=made, reason="虚构")


def test_what_was_paid_is_reversed_with_its_bills_elsewhere(world: Kept) -> None:
    entry = pay(world, world.branches[0], 10_00, OCTOBER)
    with refused(Conflict, "请在交纳记录中冲销"):
        corrections.reverse_entry(actor=world.seconds[world.branches[0].pk], entry=entry, reason="虚构")


def test_the_sums_are_worked_out_every_day() -> None:
    assert passing_up.daily in [offer.run for offer in OFFERS if isinstance(offer, DailyJob)]


@contextmanager
def system(code: str) -> Iterator[None]:
    """The platform belongs to a unit of this system."""
    Enterprise.objects.get_or_create(pk=enterprise.ONLY)
    enterprise.set_rules(actor=make.SYSTEM, values={"dues.up.system": code})
    read_settings()
    try:
        yield
    finally:
        forget()


@pytest.mark.day("2027-01-15")
@pytest.mark.parametrize(
    ("code", "ratio", "superior", "article"),
    [
        ("rail_aviation", 1000, "所在地方党委", "《关于中国共产党党费收缴、使用和管理的规定》（中组发〔2008〕3号）第十六条"),
        ("central_organs", 2000, "中央和国家机关工委", "《中央和国家机关基层党组织党费收缴使用管理办法》第四条"),
    ],
)
def test_the_system_of_the_unit_says_what_the_top_passes_up(
    world: Kept, code: str, ratio: int, superior: str, article: str
) -> None:
    pay(world, world.branches[0], 1000_00, OCTOBER)
    with system(code):
        lawful = read_remitting.system_rule(clock.today())
        assert lawful
        assert lawful[0].citation.startswith(article)
        passing_up.prepare_remittances(clock.today())
        row = Transfer.objects.get(organization=world.group)
    assert (row.ratio_percent_x100, row.superior_name, row.due_fen) == (ratio, superior, 1000_00 * ratio // 10000)
    assert (row.period_start, row.period_end) == (dt.date(2026, 1, 1), dt.date(2026, 12, 31))


@pytest.mark.day("2027-01-15")
def test_an_ordinary_unit_passes_up_what_its_superior_asks(world: Kept) -> None:
    pay(world, world.branches[0], 1000_00, OCTOBER)
    passing_up.prepare_remittances(clock.today())
    assert not Transfer.objects.filter(organization=world.group).exists()


def test_less_than_the_share_of_the_system_is_refused(world: Kept) -> None:
    given = {"level": RemittanceLevel.OWN, "period": RemittancePeriod.YEAR, "due_days": 60, "from_month": OCTOBER}
    office = make.actor(make.grant(world.group, "party_office").user)
    with system("rail_aviation"):
        with refused(Invalid, "不低于10%", "第十六条"):
            passing_up.set_terms(
                actor=office, organization=world.group, ratio_percent_x100=999, superior_name="虚构省委", **given
            )
        passing_up.set_terms(
            actor=office, organization=world.group, ratio_percent_x100=500, superior_name="虚构铁路局党组", **given
        )
    with system("central_organs"), refused(Invalid, "不低于20%"):
        passing_up.set_terms(actor=office, organization=world.group, ratio_percent_x100=1999, superior_name="虚构工委", **given)
