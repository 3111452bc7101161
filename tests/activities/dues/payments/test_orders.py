"""A member's orders, and bank statements: what is booked, what waits, what the accountant does about it."""

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, connections

from dangjian.accounts.models import Event
from dangjian.activities.dues.billing.actions import collecting, reversing
from dangjian.activities.dues.billing.models import Bill, Payment, PaymentMethod
from dangjian.activities.dues.ledger.actions.books import close_book
from dangjian.activities.dues.ledger.models import JournalEntry, Posting, Reconciliation
from dangjian.activities.dues.payments.actions import bank_statements, claims, orders
from dangjian.activities.dues.payments.banking import matching, references
from dangjian.activities.dues.payments.models import BankStatement, LineState, OrderState, PaymentOrder, StatementLine
from dangjian.activities.dues.payments.providers import bank_transfer, provider
from dangjian.engines.notifications.models import Notification
from dangjian.kernel import clock
from dangjian.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied, Refusal
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.dues import build
from tests.activities.dues.books import open_account
from tests.activities.dues.paying import Paying, content, owed, paying_world

pytestmark = [pytest.mark.usefixtures("open_scope"), pytest.mark.day("2026-11-23")]


@pytest.fixture
def place(db: None) -> Paying:
    return paying_world()


def contents() -> dict[str, list[Any]]:
    models = [*apps.get_app_config("dues").get_models(), Event]
    return {model.__name__: list(model._base_manager.order_by("pk").values_list()) for model in models}


def refused(kind: type[Refusal], doing: Callable[[], object]) -> Refusal:
    """The refusal of ``doing``, which must not have written anything."""
    before = contents()
    with pytest.raises(kind) as refusal:
        doing()
    assert contents() == before
    return refusal.value


def booked() -> list[tuple[int, int]]:
    """Amount and member of every payment."""
    return [(one.amount_fen, one.member_id) for one in Payment.objects.order_by("pk")]


# Orders


def test_an_order_says_what_and_where_and_can_be_quoted(place: Paying) -> None:
    order = place.order(2, extra_fen=5_00)
    assert (order.amount_fen, order.extra_fen, order.months) == (35_00, 5_00, ["2026-11-01"])
    assert (order.organization, order.held_by, order.state) == (place.world.branch, place.world.top, OrderState.OPEN)
    assert references.is_valid(order.reference)
    guidance = provider(bank_transfer.CODE).guide(order, place.book, "")
    assert {fact.copied for fact in guidance.facts} >= {"6222000011112222", "35.00", order.reference}
    assert "中国工商银行虚构支行" in {fact.value for fact in guidance.facts}
    assert Event.objects.filter(verb="dues.ordered", member_id=place.people[2].pk).count() == 1


def test_the_same_order_again_is_the_same(place: Paying) -> None:
    assert place.order(2) == place.order(2)
    assert PaymentOrder.objects.count() == 1


def test_a_month_is_ordered_once(place: Paying) -> None:
    place.order(2)
    assert "相同的月份" in refused(Conflict, lambda: place.order(2, extra_fen=1_00)).message


def test_an_expired_order_does_not_hinder(place: Paying) -> None:
    first = place.order(2)
    with clock.at("2026-12-20 09:00"):
        assert place.order(2) != first
        orders.expire_orders()
    first.refresh_from_db()
    assert first.state == OrderState.EXPIRED


def test_orders_that_are_refused(place: Paying) -> None:
    refused(Invalid, lambda: place.order(2, months=[dt.date(2026, 12, 1)]))
    refused(Invalid, lambda: place.order(2, months=[]))
    refused(Invalid, lambda: place.order(2, extra_fen=-1))
    refused(Invalid, lambda: place.order(2, provider="gateway"))
    refused(Invalid, lambda: place.order(2, provider="nothing"))
    member = place.people[2]
    refused(
        PermissionDenied,
        lambda: orders.order(actor=place.world.secretary, member=member, provider="bank_transfer", months=[build.NOVEMBER]),
    )


def test_months_beyond_back_pay_go_to_the_branch(place: Paying) -> None:
    with clock.at("2027-06-20 09:00"):
        assert "补交" in refused(Invalid, lambda: place.order(2)).message


def test_without_an_account_above_nobody_orders(db: None) -> None:
    world = build.world()
    member = world.people[2]
    message = refused(
        Conflict, lambda: orders.order(actor=world.actor(2), member=member, provider="bank_transfer", months=[build.NOVEMBER])
    ).message
    assert "专户" in message


def test_only_oneself_cancels_and_only_what_is_open(place: Paying) -> None:
    order = place.order(2)
    refused(PermissionDenied, lambda: orders.cancel(actor=place.world.actor(3), order=order))
    assert orders.cancel(actor=place.world.actor(2), order=order).state == OrderState.CANCELLED
    refused(Conflict, lambda: orders.cancel(actor=place.world.actor(2), order=order))


# Statements


def test_a_statement_books_what_is_certain(place: Paying) -> None:
    order = place.order(2)
    people = place.people
    made = place.imported(
        f"20,30.00,{people[2].name},党费 {references.spaced(order.reference)},S1",
        f"20,40.00,{people[3].name},十一月党费,S2",
        f"20,12.34,{people[4].name},,S3",
        "21,3.50,虚构银行,结息,S4",
    )
    lines = place.lines()
    assert [line.state for line in lines] == [LineState.BOOKED, LineState.BOOKED, LineState.UNMATCHED, LineState.UNMATCHED]
    assert [line.matched_by for line in lines] == [matching.BY_REFERENCE, matching.BY_NAME, "", ""]
    assert (made.lines_read, made.lines_known, made.lines_out) == (4, 0, 0)
    assert (made.first_on, made.last_on) == (dt.date(2026, 11, 20), dt.date(2026, 11, 21))
    assert [owed(person) for person in people[2:5]] == [0, 0, 50_00]
    order.refresh_from_db()
    assert (order.state, order.payment) == (OrderState.PAID, lines[0].payment)
    payment = Payment.objects.get(pk=lines[0].payment_id)
    assert (payment.held_by, payment.organization, payment.method) == (place.world.top, place.world.branch, PaymentMethod.BANK)
    assert (payment.paid_on, payment.payer_name) == (dt.date(2026, 11, 20), "")
    assert JournalEntry.objects.get(postings__payment=payment).organization == place.world.top
    assert Posting.objects.filter(payment=payment).values_list("debit", "credit", "amount_fen").get() == ("1002", "4001", 30_00)
    assert Notification.objects.filter(user=people[2].user, topic="dues").count() == 1
    assert Event.objects.filter(verb="dues.statement_imported").count() == 1


def test_the_same_file_and_overlapping_files_book_once(place: Paying) -> None:
    people = place.people
    rows = [f"20,30.00,{people[2].name},,S1", f"21,40.00,{people[3].name},,S2", f"22,50.00,{people[4].name},,S3"]
    place.imported(*rows[:2])
    assert "已经导入过" in refused(Conflict, lambda: place.imported(*rows[:2], name="另一个名字.csv")).message
    second = place.imported(*rows[1:])
    assert (second.lines_read, second.lines_known) == (2, 1)
    third = place.imported(*reversed(rows))
    assert (third.lines_known, third.lines.count()) == (3, 0)
    assert booked() == [(30_00, people[2].pk), (40_00, people[3].pk), (50_00, people[4].pk)]


def test_two_equal_transfers_of_a_day_are_both_kept(place: Paying) -> None:
    name = place.people[2].name
    with clock.at("2026-12-02 09:00"):
        collecting.billing.make_bills(actor=make.SYSTEM, month=dt.date(2026, 12, 1))
        place.imported(f"20,30.00,{name},,S1", f"20,30.00,{name},,S2")
    assert booked() == [(30_00, place.people[2].pk)] * 2
    assert owed(place.people[2]) == 0
    assert len({one.transaction_no for one in Payment.objects.all()}) == 2


def test_two_equal_transfers_without_serial_numbers(place: Paying) -> None:
    name = place.people[2].name
    rows = [f"20,30.00,{name}", f"20,30.00,{name}"]
    place.imported(*rows)
    place.imported(*rows, "21,1.00,虚构")
    lines = place.lines()
    assert len(lines) == 3
    assert [line.state for line in lines] == [LineState.BOOKED, LineState.UNMATCHED, LineState.UNMATCHED]


def test_the_same_line_once_with_and_once_without_its_number_waits(place: Paying) -> None:
    name = place.people[2].name
    with clock.at("2026-12-02 09:00"):
        collecting.billing.make_bills(actor=make.SYSTEM, month=dt.date(2026, 12, 1))
        place.imported(f"20,30.00,{name},,S1")
        place.imported(f"20,30.00,{name}")
    assert "可能是同一笔" in place.lines()[1].problem
    assert len(booked()) == 1


def test_amounts_that_differ_wait(place: Paying) -> None:
    order = place.order(2)
    place.imported(
        f"20,29.99,{place.people[2].name},{order.reference},S1", f"20,60.00,{place.people[2].name},{order.reference},S2"
    )
    assert ["不一致" in line.problem for line in place.lines()] == [True, True]
    assert booked() == []
    assert {line.order for line in place.lines()} == {order}


def test_money_for_an_expired_order_is_booked_for_a_cancelled_one_waits(place: Paying) -> None:
    expired, cancelled = place.order(2), place.order(3)
    orders.cancel(actor=place.world.actor(3), order=cancelled)
    with clock.at("2026-12-20 09:00"):
        orders.expire_orders()
        place.imported(f"20,30.00,甲,{expired.reference},S1", f"20,40.00,乙,{cancelled.reference},S2")
    lines = place.lines()
    assert lines[0].state == LineState.BOOKED
    assert lines[0].payment.payer_name == "甲"
    assert "取消" in lines[1].problem
    expired.refresh_from_db()
    assert expired.state == OrderState.PAID


def test_paid_in_cash_meanwhile_waits(place: Paying) -> None:
    order = place.order(2)
    bill = build.bill(place.people[2])
    receipt = collecting.Receipt(member=place.people[2], bills={bill.pk: bill.left_fen})
    collecting.receive(
        actor=place.world.secretary,
        organization=place.world.branch,
        rows=[receipt],
        paid_on=clock.today(),
        method="cash",
        key="k",
    )
    place.imported(f"20,30.00,{place.people[2].name},{order.reference},S1")
    assert "已另行收到" in place.lines()[0].problem
    assert len(booked()) == 1


def test_namesakes_wait(place: Paying) -> None:
    twin = make.member(place.world.other, place.people[2].name)
    build.assessed(twin, 30_00)
    place.imported(f"20,30.00,{twin.name},,S1")
    assert "2名党员" in place.lines()[0].problem


def test_members_of_another_account_are_not_found_by_name(place: Paying) -> None:
    company = make.committee(place.world.top, name="虚构子公司党委")
    member = make.member(make.branch(company), "虚构独名")
    build.assessed(member, 30_00)
    place.imported("19,30.00,虚构独名,,S0")
    assert "对不上" in place.lines()[0].problem
    open_account(company, make.user(), make.user(), make.actor(make.grant(company, "party_office").user))
    place.imported("20,30.00,虚构独名,,S1")
    assert "不是本账户范围内的党员" in place.lines()[1].problem


def test_a_month_that_was_reconciled_is_booked_today(place: Paying) -> None:
    Reconciliation.objects.create(
        organization=place.world.top,
        month=dt.date(2026, 10, 1),
        book_cash_fen=0,
        book_bank_fen=0,
        counted_cash_fen=0,
        counted_bank_fen=0,
        checked_at=clock.now(),
    )
    bank_statements.import_statement(
        actor=place.accountant,
        organization=place.world.top,
        content=content(f"20,30.00,{place.people[2].name},,S1").replace(b"2026-11-20", b"2026-10-20"),
        file_name="十月.csv",
    )
    payment = Payment.objects.get()
    assert payment.paid_on == clock.today()
    assert "10月20日到账" in payment.note


def test_who_may_import(place: Paying) -> None:
    def importing(actor: Any, organization: Any = None) -> Callable[[], object]:
        return lambda: bank_statements.import_statement(
            actor=actor, organization=organization or place.world.top, content=content("20,30.00,甲"), file_name="流水.csv"
        )

    for actor in (place.cashier, place.world.office, place.world.secretary):
        refused(Refusal, importing(actor))
    refused(Refusal, importing(make.actor(make.user())))
    refused(Conflict, importing(place.accountant, place.world.branch))


def test_a_statement_of_another_account_is_refused(place: Paying) -> None:
    text = "交易日期,交易金额,对方户名,本方账号\n2026-11-20,30.00,张虚构,6222999999999999\n"

    def importing() -> object:
        return bank_statements.import_statement(
            actor=place.accountant, organization=place.world.top, content=text.encode(), file_name="流水.csv"
        )

    assert "尾号9999" in refused(Invalid, importing).message


def test_files_that_cannot_be_read_leave_nothing(place: Paying) -> None:
    refused(Invalid, lambda: place.imported("20,三十元,甲"))


def test_match_again_after_a_crash_or_when_bills_were_made(place: Paying) -> None:
    newcomer = make.member(place.world.branch, "虚构新人")
    place.imported("20,30.00,虚构新人,,S1")
    assert place.lines()[0].state == LineState.UNMATCHED
    build.assessed(newcomer, 30_00)
    collecting.billing.make_bills(actor=make.SYSTEM, month=build.NOVEMBER)
    assert bank_statements.match_waiting(actor=place.accountant, organization=place.world.top) == 1
    assert bank_statements.match_waiting(actor=place.accountant, organization=place.world.top) == 0
    assert booked() == [(30_00, newcomer.pk)]
    refused(PermissionDenied, lambda: bank_statements.match_waiting(actor=place.cashier, organization=place.world.top))


def test_a_long_statement_is_matched_by_the_worker(
    place: Paying, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    monkeypatch.setattr(bank_statements, "MATCHED_AT_ONCE", 1)
    with django_capture_on_commit_callbacks(execute=True):
        place.imported(f"20,30.00,{place.people[2].name},,S1", f"20,40.00,{place.people[3].name},,S2")
    assert len(booked()) == 2
    assert set(Payment.objects.values_list("recorded_by", flat=True)) == {place.book.accountant_id}


# Claims


def waiting_line(place: Paying, row: str = "20,45.00,虚构亲属,,S1") -> StatementLine:
    place.imported(row)
    line = place.lines()[-1]
    assert line.state == LineState.UNMATCHED
    return line


def test_claiming_books_exactly_what_was_chosen(place: Paying) -> None:
    line, member, bill = waiting_line(place), place.people[3], build.bill(place.people[3])
    payment = claims.claim(
        actor=place.accountant, arrival=line, member=member, bill_ids=[bill.pk], extra_fen=5_00, note="由配偶代交"
    )
    line.refresh_from_db()
    assert (line.state, line.matched_by, line.member, line.payment) == (LineState.BOOKED, claims.BY_HAND, member, payment)
    assert (payment.amount_fen, payment.extra_fen, payment.payer_name, payment.note) == (45_00, 5_00, "虚构亲属", "由配偶代交")
    assert owed(member) == 0
    refused(
        Conflict, lambda: claims.claim(actor=place.accountant, arrival=line, member=member, bill_ids=[bill.pk], extra_fen=5_00)
    )


def test_claiming_a_part_leaves_the_rest_open(place: Paying) -> None:
    line, member, bill = waiting_line(place), place.people[4], build.bill(place.people[4])
    claims.claim(actor=place.accountant, arrival=line, member=member, bill_ids=[bill.pk])
    assert owed(member) == 5_00


def test_claims_that_are_refused(place: Paying) -> None:
    line, member, bill = waiting_line(place), place.people[3], build.bill(place.people[3])
    other = build.bill(place.people[4])

    def claimed(**more: Any) -> Callable[[], object]:
        given = {"actor": place.accountant, "arrival": line, "member": member, "bill_ids": [bill.pk], "extra_fen": 5_00, **more}
        return lambda: claims.claim(**given)

    assert "没有去处" in refused(Invalid, claimed(extra_fen=0)).message
    refused(Invalid, claimed(extra_fen=46_00))
    refused(Invalid, claimed(extra_fen=45_00))
    refused(Invalid, claimed(extra_fen=-1))
    refused(Conflict, claimed(bill_ids=[other.pk]))
    refused(PermissionDenied, claimed(actor=place.cashier))
    refused(PermissionDenied, claimed(actor=place.world.office))
    refused(Refusal, claimed(actor=place.world.secretary))
    refused(NotFound, claimed(actor=make.actor(make.user())))
    stranger = make.member(make.branch(make.committee(name="虚构别家党委")))
    refused(Invalid, claimed(member=stranger))


def test_an_order_is_settled_by_claiming_for_it(place: Paying) -> None:
    order = place.order(3)
    orders.cancel(actor=place.world.actor(3), order=order)
    line = waiting_line(place, f"20,40.00,甲,{order.reference},S1")
    bill = build.bill(place.people[3])
    claims.claim(actor=place.accountant, arrival=line, member=place.people[3], bill_ids=[bill.pk], order=order)
    order.refresh_from_db()
    assert order.state == OrderState.PAID


def test_leaving_out_needs_a_reason_and_can_be_taken_back(place: Paying) -> None:
    line = waiting_line(place)
    refused(Invalid, lambda: claims.leave_out(actor=place.accountant, arrival=line, reason=" "))
    refused(PermissionDenied, lambda: claims.leave_out(actor=place.cashier, arrival=line, reason="银行利息"))
    claims.leave_out(actor=place.accountant, arrival=line, reason="银行利息")
    line.refresh_from_db()
    assert (line.state, line.reason, booked()) == (LineState.LEFT_OUT, "银行利息", [])
    refused(Conflict, lambda: claims.leave_out(actor=place.accountant, arrival=line, reason="银行利息"))
    claims.take_back(actor=place.accountant, arrival=line, reason="弄错了")
    line.refresh_from_db()
    assert line.state == LineState.UNMATCHED


def test_a_wrong_claim_is_reversed_and_claimed_anew(place: Paying) -> None:
    line = waiting_line(place)
    wrong, right = place.people[3], place.people[4]
    claims.claim(actor=place.accountant, arrival=line, member=wrong, bill_ids=[build.bill(wrong).pk], extra_fen=5_00)
    refused(Invalid, lambda: claims.take_back(actor=place.accountant, arrival=line, reason=""))
    refused(PermissionDenied, lambda: claims.take_back(actor=place.cashier, arrival=line, reason="认错人"))
    claims.take_back(actor=place.accountant, arrival=line, reason="认错人")
    assert owed(wrong) == 40_00
    claims.claim(actor=place.accountant, arrival=line, member=right, bill_ids=[build.bill(right).pk])
    assert [fen for fen, _ in booked()] == [45_00, -45_00, 45_00]
    assert owed(right) == 5_00
    claims.take_back(actor=place.accountant, arrival=line, reason="又认错人")
    claims.claim(actor=place.accountant, arrival=line, member=wrong, bill_ids=[build.bill(wrong).pk], extra_fen=5_00)
    assert sum(fen for fen, _ in booked()) == 45_00


def test_taking_back_opens_the_order_again(place: Paying) -> None:
    order = place.order(2)
    place.imported(f"20,30.00,甲,{order.reference},S1")
    claims.take_back(actor=place.accountant, arrival=place.lines()[0], reason="弄错了")
    order.refresh_from_db()
    assert (order.state, order.payment) == (OrderState.OPEN, None)


def test_money_that_came_back_reverses_its_payment(place: Paying) -> None:
    place.imported(f"20,30.00,{place.people[2].name},,S1", f"21,-30.00,{place.people[2].name},错账冲正,S2")
    payment = Payment.objects.get()
    back = place.lines()[1]
    assert (back.amount_fen, back.state) == (-30_00, LineState.UNMATCHED)
    refused(Conflict, lambda: claims.claim(actor=place.accountant, arrival=back, member=place.people[2]))
    refused(PermissionDenied, lambda: claims.mark_returned(actor=place.cashier, arrival=back, payment=payment))
    undone = claims.mark_returned(actor=place.accountant, arrival=back, payment=payment)
    assert (undone.amount_fen, undone.reverses, owed(place.people[2])) == (-30_00, payment, 30_00)
    back.refresh_from_db()
    assert (back.state, back.payment, back.matched_by) == (LineState.BOOKED, undone, claims.RETURNED)
    refused(Conflict, lambda: claims.take_back(actor=place.accountant, arrival=back, reason="弄错了"))


def test_a_return_of_another_sum_is_refused_and_one_reversed_already_is_only_laid_beside(place: Paying) -> None:
    place.imported(f"20,30.00,{place.people[2].name},,S1", "21,-29.00,甲,退款,S2", "21,-30.00,甲,退款,S3")
    payment = Payment.objects.get()
    _, other_sum, back = place.lines()
    refused(Conflict, lambda: claims.mark_returned(actor=place.accountant, arrival=other_sum, payment=payment))
    reversing.reverse_payment(actor=place.accountant, payment=payment, reason="已退回")
    claims.mark_returned(actor=place.accountant, arrival=back, payment=payment)
    assert [fen for fen, _ in booked()] == [30_00, -30_00]


def test_outgoing_money_is_counted_and_not_kept(place: Paying) -> None:
    made = place.imported("20,-30.00,甲,工会活动,S1".replace("-30.00", "30.00"), name="a.csv")
    assert made.lines_out == 0
    text = "交易日期,交易金额,对方户名,备注\n2026-11-20,-500.00,虚构上级,上缴党费\n2026-11-20,1.00,甲,\n"
    second = bank_statements.import_statement(
        actor=place.accountant, organization=place.world.top, content=text.encode(), file_name="b.csv"
    )
    assert (second.lines_read, second.lines_out, second.lines.count()) == (2, 1, 1)


def test_a_closed_account_takes_nothing(place: Paying) -> None:
    close_book(actor=place.world.office, book=place.book)
    refused(Conflict, lambda: place.imported("20,30.00,甲"))


@pytest.mark.django_db(transaction=True)
def test_the_same_statement_imported_at_once_books_once() -> None:
    place = paying_world()
    name = place.people[2].name
    file, longer = content(f"20,30.00,{name},,S1"), content(f"20,30.00,{name},,S1", f"20,40.00,{place.people[3].name},,S2")

    def importing(number: int) -> bool:
        try:
            with unscoped("a thread"):
                bank_statements.import_statement(
                    actor=make.actor(place.accountant.user),
                    organization=place.world.top,
                    content=file if number % 2 else longer,
                    file_name="流水.csv",
                )
        except Conflict:
            return False
        else:
            return True
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(importing, range(6))) == 2
    assert sorted(booked()) == sorted([(30_00, place.people[2].pk), (40_00, place.people[3].pk)])
    assert BankStatement.objects.count() == 2
    assert Bill.objects.filter(settled_on=None).count() == 5
    connection.close()


class TestStatementsInDoubt:
    """Nothing is booked that is not sure: its direction, its state, its account, whether it is new."""

    @staticmethod
    def _imported(place: Paying, text: str) -> Any:
        return bank_statements.import_statement(
            actor=place.accountant, organization=place.world.top, content=text.encode(), file_name="流水.csv"
        )

    def _waits(self, place: Paying, text: str, why: str) -> None:
        before = owed(place.people[0])
        self._imported(place, text)
        [line] = place.lines()
        assert (line.state, owed(place.people[0])) == (LineState.UNMATCHED, before)
        assert why in line.problem
        bank_statements.match_waiting(actor=place.accountant, organization=place.world.top)
        assert place.lines()[0].state == LineState.UNMATCHED
        with unscoped("test"):
            assert not Payment.objects.exists()

    def test_money_paid_out_to_a_member_is_not_dues(self, place: Paying) -> None:
        name, fen = place.people[0].name, owed(place.people[0])
        text = f"交易时间,收入金额,支出金额,账户余额,对方户名,交易用途\n20261103,--,-{fen / 100},,{name},困难慰问\n"
        self._waits(place, text, "支出栏里的金额带负号")

    def test_an_outgoing_payment_taken_back_is_not_dues_either(self, place: Paying) -> None:
        name, fen = place.people[0].name, owed(place.people[0])
        text = (
            "交易时间,收入金额,支出金额,账户余额,对方户名,交易用途\n20261102,--,1.00,100.00,虚构书店,购书\n"
            f"20261103,--,-{fen / 100},{100 + fen / 100},{name},慰问退回\n"
        )
        self._waits(place, text, "一般不是党费")

    def test_an_unknown_state_is_not_booked_and_a_failed_line_is_counted(self, place: Paying) -> None:
        name, fen = place.people[0].name, owed(place.people[0])
        head = "交易日期,交易金额,余额,对方户名,摘要,交易状态\n"
        kept = self._imported(place, f"{head}2026-11-10,{fen / 100},1030.00,{name},党费,交易失败\n")
        assert (kept.lines_failed, kept.lines_read, place.lines()) == (1, 0, [])
        self._waits(place, f"{head}2026-11-10,{fen / 100},,{name},党费,处理中\n", "处理中")

    def test_a_statement_that_names_another_account_above_its_table_is_refused(self, place: Paying) -> None:
        text = "账户明细,,\n账号：19990000000000009,户名：另一个单位,\n交易日期,交易金额,对方户名\n2026-11-02,33.33,虚构甲\n"
        assert "尾号0009" in refused(Invalid, lambda: self._imported(place, text)).message
        assert place.lines() == []

    def test_the_same_line_without_its_payer_is_known(self, place: Paying) -> None:
        first = self._imported(place, "交易日期,交易金额,账户余额,神秘列,附言\n20261105,55.55,1030.00,虚构付款人,党费\n")
        assert first.unused == ["神秘列（D列）"]
        again = self._imported(place, "交易日期,交易金额,账户余额,对方户名,附言\n20261105,55.55,1030.00,虚构付款人,党费\n")
        assert (again.lines_known, len(place.lines())) == (1, 1)

    def test_a_line_that_may_be_one_of_another_file_waits(self, place: Paying) -> None:
        name, fen = place.people[0].name, owed(place.people[0])
        self._imported(place, f"交易日期,交易金额,附言\n20261105,{fen / 100},党费\n")
        self._imported(place, f"交易日期,交易金额,对方户名,附言\n20261105,{fen / 100},{name},党费\n")
        first, second = place.lines()
        assert "可能是同一笔钱" in second.problem
        assert {first.state, second.state} == {LineState.UNMATCHED}
        with unscoped("test"):
            assert not Payment.objects.exists()

    def test_a_payer_is_found_however_the_bank_writes_the_name(self, place: Paying) -> None:
        member, fen = place.people[0], owed(place.people[0])
        with unscoped("test"):
            type(member).objects.filter(pk=member.pk).update(name="迪丽热巴·迪力木拉提")
        self._imported(place, f"交易日期,交易金额,对方户名,附言\n20261105,{fen / 100},迪丽热巴　迪力木拉提,党费\n")
        assert place.lines()[0].state == LineState.BOOKED
