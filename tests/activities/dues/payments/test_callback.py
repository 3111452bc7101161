"""Notices of the gateway: forged, altered, late, repeated, at once; and the same money in a bank's statement."""

import datetime as dt
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.apps import apps
from django.db import connection, connections
from django.test import Client, override_settings

from dangjian.accounts.models import Event
from dangjian.activities.dues.billing.actions import billing
from dangjian.activities.dues.billing.models import Payment, PaymentMethod
from dangjian.activities.dues.checks import gateway_settings
from dangjian.activities.dues.ledger.models import Posting
from dangjian.activities.dues.payments.actions import claims
from dangjian.activities.dues.payments.actions import orders as paying
from dangjian.activities.dues.payments.banking import matching
from dangjian.activities.dues.payments.models import LineState, NoticeResult, OrderState, PaymentOrder, ProviderNotice
from dangjian.activities.dues.payments.providers import gateway, signing
from dangjian.kernel import clock
from dangjian.kernel.errors import Conflict
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.dues import build
from tests.activities.dues.paying import GATEWAY, KEY, OLD_KEY, Paying, configured, notice, owed, paying_world, signed

pytestmark = pytest.mark.day("2026-11-23")

ADDRESS = "/dues/callback/gateway/"


@pytest.fixture
def place(db: None) -> Iterator[Paying]:
    world = paying_world()
    with configured(world):
        yield world


def send(body: bytes, headers: dict[str, str] | None = None, address: str = ADDRESS) -> Any:
    # As a stranger's program: no session, no CSRF token.
    given = signed(body) if headers is None else headers
    return Client(enforce_csrf_checks=True).post(address, body, content_type="application/json", headers=given)


def rows() -> dict[str, list[Any]]:
    with unscoped("a test looks at what was written"):
        models = [*apps.get_app_config("dues").get_models(), Event]
        return {model.__name__: list(model._base_manager.order_by("pk").values_list()) for model in models}


def refused(status: int, error: str, body: bytes, headers: dict[str, str] | None = None) -> None:
    before = rows()
    answer = send(body, headers)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert rows() == before


def payments() -> list[Payment]:
    with unscoped("a test looks at what was written"):
        return list(Payment.objects.select_related("held_by", "member").order_by("pk"))


def notices() -> list[ProviderNotice]:
    with unscoped("a test looks at what was written"):
        return list(ProviderNotice.objects.select_related("order", "payment").order_by("pk"))


def test_the_address_to_pay_at_is_signed(place: Paying) -> None:
    order = place.order(2, provider=GATEWAY)
    with unscoped("test"):
        url = gateway.OFFER.guide(order, place.book, "https://dues.example.com").url
    fields = dict(parse_qsl(urlsplit(url).query))
    claimed = fields.pop("signature")
    assert url.startswith("https://pay.example.com/cashier?")
    assert signing.is_signed([KEY], signing.canonical(fields), claimed, "sm3")
    assert (fields["order"], fields["amount"], fields["merchant"]) == (order.reference, "3000", "M100")
    assert fields["notify_url"] == f"https://dues.example.com{ADDRESS}"
    assert not signing.is_signed([KEY], signing.canonical(fields | {"amount": "1"}), claimed, "sm3")


def test_the_example_of_the_documentation() -> None:
    """``docs/payments.md`` shows this signature, so that whoever writes the other side can check their own."""
    body = b'{"merchant":"M100","order":"DF123456789092","transaction":"T20261123000001","amount":3000,"currency":"CNY",'
    body += b'"paid_at":"2026-11-23T10:15:30+08:00","status":"paid"}'
    content = b"1795400132\n" + body
    key = "0123456789abcdef0123456789abcdef"
    documented = (Path(__file__).parents[4] / "docs" / "payments.md").read_text(encoding="utf-8")
    assert body.decode() in documented
    assert signing.signature(key, content, "sm3") in documented
    assert signing.signature(key, content, "sha256") in documented


def test_a_notice_books_its_order(place: Paying) -> None:
    order = place.order(2, provider=GATEWAY, extra_fen=2_00)
    answer = send(notice(order))
    [payment] = payments()
    assert (answer.status_code, answer.json()) == (200, {"result": "booked", "receipt": payment.receipt_no})
    assert (payment.amount_fen, payment.extra_fen, payment.method) == (32_00, 2_00, PaymentMethod.ONLINE)
    assert (payment.held_by, payment.member, payment.transaction_no) == (place.world.top, place.people[2], "T1")
    assert owed(place.people[2]) == 0
    with unscoped("test"):
        order.refresh_from_db()
        assert (order.state, order.payment) == (OrderState.PAID, payment)
        assert Event.objects.get(verb="dues.notice_taken").actor_id is None
        booked = set(Posting.objects.filter(payment=payment).values_list("debit", "credit", "amount_fen"))
    assert booked == {("1002", "4001", 30_00), ("1002", "4002", 2_00)}


def test_the_older_key_and_the_other_hash_are_taken_too(place: Paying) -> None:
    body = notice(place.order(2, provider=GATEWAY))
    assert send(body, signed(body, key=OLD_KEY)).status_code == 200
    with override_settings(DUES_GATEWAY_HASH="sha256"):
        refused(401, "signature", body, signed(body))
        assert send(body, signed(body, hash_name="sha256")).json()["result"] == "repeated"


def test_forged_altered_and_unsigned_notices_leave_nothing(place: Paying) -> None:
    order = place.order(2, provider=GATEWAY)
    body = notice(order)
    headers = signed(body)
    refused(401, "signature", body, {})
    refused(401, "signature", body, signed(body, key="x" * 32))
    refused(401, "signature", body, signed(body, key=""))
    refused(401, "signature", notice(order, amount=1), headers)
    refused(401, "signature", body + b" ", headers)
    refused(401, "signature", body, headers | {"dues-timestamp": str(int(headers["dues-timestamp"]) + 1)})
    refused(401, "signature", body, headers | {"dues-timestamp": "now"})
    refused(401, "signature", body, headers | {"dues-timestamp": "９" * 10})
    refused(401, "signature", body, headers | {"dues-signature": "é"})
    refused(401, "signature", body, headers | {"dues-signature": ""})


def test_late_and_early_notices_leave_nothing(place: Paying) -> None:
    body = notice(place.order(2, provider=GATEWAY))
    for seconds in (-301, 301, -(10**8)):
        refused(401, "timestamp", body, signed(body, seconds=seconds))


def test_a_notice_replayed_later_is_late_and_within_the_window_repeated(place: Paying) -> None:
    body = notice(place.order(2, provider=GATEWAY))
    headers = signed(body)
    assert send(body, headers).json()["result"] == "booked"
    with clock.at("2026-11-23 09:04"):
        assert send(body, headers).json()["result"] == "repeated"
    with clock.at("2026-11-23 09:06"):
        refused(401, "timestamp", body, headers)
    assert len(payments()) == 1
    assert [one.repeats for one in notices()] == [1]


MALFORMED: tuple[dict[str, Any], ...] = (
    {"amount": 0},
    {"amount": -3000},
    {"amount": "3000"},
    {"amount": 30.0},
    {"amount": True},
    {"amount": 10**12},
    {"currency": "USD"},
    {"status": "pending"},
    {"transaction": ""},
    {"transaction": "T" * 81},
    {"transaction": 5},
    {"transaction": "T\n1"},
    {"order": None},
    {"paid_at": "2026-11-23"},
    {"paid_at": "2026-11-23T09:00:00"},
    {"paid_at": "2026-11-23T09:06:00+08:00"},
    {"paid_at": "1999-01-01T00:00:00+08:00"},
)
NO_NOTICES = (b"", b"[]", b"{", b"\xff", b'"x"', b"[" * 10_000, b'{"amount": 1, "amount": 2}', b"NaN")


def test_signed_but_malformed_notices_leave_nothing(place: Paying) -> None:
    good = json.loads(notice(place.order(2, provider=GATEWAY)))
    for more in MALFORMED:
        refused(422, "malformed", json.dumps(good | more).encode())
    for body in NO_NOTICES:
        refused(422, "malformed", body)


def test_an_unknown_merchant_and_too_long_a_body(place: Paying) -> None:
    refused(422, "merchant", notice(place.order(2, provider=GATEWAY), merchant="M999"))
    refused(413, "too_large", b" " * 20_000)


def test_addresses_and_methods_that_are_not_there(place: Paying) -> None:
    body = notice(place.order(2, provider=GATEWAY))
    assert send(body, address="/dues/callback/nothing/").status_code == 404
    assert send(body, address="/dues/callback/bank_transfer/").status_code == 404
    assert Client().get(ADDRESS).status_code == 405
    with override_settings(DUES_GATEWAY_URL=""):
        refused(404, "not_configured", body)
    with override_settings(DUES_GATEWAY_KEYS=[]):
        refused(404, "not_configured", body)


def test_settings_that_cannot_work_are_named_and_not_offered(place: Paying) -> None:
    order = place.order(2, provider=GATEWAY)
    wrong = (
        {"DUES_GATEWAY_URL": "http://pay.example.com"},
        {"DUES_GATEWAY_KEYS": [KEY, "short"]},
        {"DUES_GATEWAY_HASH": "md5"},
        {"DUES_GATEWAY_MERCHANTS": "M100"},
        {"DUES_GATEWAY_MERCHANTS": ""},
    )
    assert gateway_settings(None) == []
    for setting in wrong:
        with override_settings(**setting):
            [fault] = gateway_settings(None)
            assert next(iter(setting)) in fault.msg
            refused(404, "not_configured", notice(order), {})
    with override_settings(DUES_GATEWAY_URL="", DUES_GATEWAY_KEYS=[], DUES_GATEWAY_MERCHANTS=""):
        assert gateway_settings(None) == []


def test_one_number_with_another_content_is_a_conflict(place: Paying) -> None:
    first, second = place.order(2, provider=GATEWAY), place.order(3, provider=GATEWAY)
    assert send(notice(first)).status_code == 200
    refused(409, "conflict", notice(second))
    refused(409, "conflict", notice(first, amount=1))
    refused(409, "conflict", notice(first, status="returned"))


def held(place: Paying, body: bytes, problem: str) -> ProviderNotice:
    """The notice is kept, nothing is booked, and it says why."""
    before = len(payments())
    assert send(body).json() == {"result": "held", "receipt": ""}
    assert len(payments()) == before
    row = notices()[-1]
    assert row.result == NoticeResult.UNMATCHED
    assert problem in row.problem
    return row


def test_what_does_not_fit_is_kept_for_the_accountant(place: Paying) -> None:
    order = place.order(2, provider=GATEWAY)
    held(place, notice(order, amount=29_99, transaction="A"), "不一致")
    held(place, notice(transaction="B"), "没有这个附言码")
    held(place, notice(place.order(3), transaction="C"), "没有这个附言码")
    paying.cancel(actor=place.world.actor(2), order=order)
    held(place, notice(order, transaction="D"), "取消")


def test_paid_twice_by_mistake_is_held(place: Paying) -> None:
    order = place.order(2, provider=GATEWAY)
    assert send(notice(order)).json()["result"] == "booked"
    held(place, notice(order, transaction="T2"), "已经到账")


def test_an_expired_order_is_booked(place: Paying) -> None:
    order = place.order(2, provider=GATEWAY)
    with clock.at("2026-11-24 09:00"):
        paying.expire_orders()
        assert send(notice(order)).json()["result"] == "booked"


def test_a_return_waits_and_is_reversed_by_the_accountant(place: Paying) -> None:
    order = place.order(2, provider=GATEWAY)
    send(notice(order))
    row = held(place, notice(order, transaction="R1", status="returned"), "退回")
    assert row.amount_fen == -30_00
    with unscoped("test"):
        claims.mark_returned(actor=place.accountant, arrival=row, payment=payments()[0])
    assert owed(place.people[2]) == 30_00
    assert [one.amount_fen for one in payments()] == [30_00, -30_00]
    assert notices()[1].result == NoticeResult.SETTLED


def test_a_held_notice_is_claimed(place: Paying) -> None:
    row = held(place, notice(amount=45_00), "没有这个附言码")
    with unscoped("test"):
        bill = build.bill(place.people[3])
        claims.claim(actor=place.accountant, arrival=row, member=place.people[3], bill_ids=[bill.pk], extra_fen=5_00)
        with pytest.raises(Conflict):
            claims.claim(actor=place.accountant, arrival=row, member=place.people[3], bill_ids=[bill.pk], extra_fen=5_00)
    assert [(one.amount_fen, one.method) for one in payments()] == [(45_00, PaymentMethod.ONLINE)]
    assert notices()[0].result == NoticeResult.SETTLED


# The same money, told by the gateway and shown by the bank


def test_notice_first_then_the_line(place: Paying) -> None:
    order = place.order(2, provider=GATEWAY)
    send(notice(order))
    place.imported(f"23,30.00,虚构支付平台,{order.reference},S1", f"23,30.00,虚构支付平台,{order.reference},S2")
    first, second = place.lines()
    assert (first.state, first.matched_by, first.payment_id) == (LineState.BOOKED, matching.BY_NOTICE, payments()[0].pk)
    assert "重复" in second.problem
    assert len(payments()) == 1


def test_line_first_then_the_notice(place: Paying) -> None:
    order = place.order(2, provider=GATEWAY)
    place.imported(f"23,30.00,虚构支付平台,{order.reference},S1")
    assert send(notice(order)).json() == {"result": "booked", "receipt": payments()[0].receipt_no}
    assert len(payments()) == 1
    assert notices()[0].payment == payments()[0]
    held(place, notice(order, transaction="T2"), "已经到账")


def test_a_line_without_the_code_waits_and_is_laid_beside(place: Paying) -> None:
    order = place.order(2, provider=GATEWAY)
    send(notice(order))
    with clock.at("2026-12-02 09:00"):
        build.assessed(place.people[2], 30_00, dt.date(2026, 12, 1))
        with unscoped("test"):
            billing.make_bills(actor=make.SYSTEM, month=dt.date(2026, 12, 1))
        place.imported(f"24,30.00,{place.people[2].name},结算,S1")
        [line] = place.lines()
        assert "网上支付" in line.problem
        with unscoped("test"):
            claims.lay_beside(actor=place.accountant, line=line, payment=payments()[0])
            with pytest.raises(Conflict):
                claims.lay_beside(actor=place.accountant, line=line, payment=payments()[0])
    assert len(payments()) == 1
    assert owed(place.people[2]) == 30_00


def test_a_notice_whose_line_has_come_is_taken_back_after_the_line(place: Paying) -> None:
    order = place.order(2, provider=GATEWAY)
    send(notice(order))
    place.imported(f"23,30.00,虚构支付平台,{order.reference},S1")
    with unscoped("test"):
        with pytest.raises(Conflict, match="流水"):
            claims.take_back(actor=place.accountant, arrival=notices()[0], reason="弄错了")
        claims.take_back(actor=place.accountant, arrival=place.lines()[0], reason="弄错了")
        assert len(payments()) == 1
        claims.take_back(actor=place.accountant, arrival=notices()[0], reason="弄错了")
    assert [one.amount_fen for one in payments()] == [30_00, -30_00]
    with unscoped("test"):
        assert PaymentOrder.objects.get().state == OrderState.OPEN


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "numbers", [["T1"] * 10, [f"T{number}" for number in range(6)]], ids=["one notice ten times", "six at once"]
)
def test_notices_in_parallel_book_once(numbers: list[str]) -> None:
    place = paying_world()
    with configured(place):
        order = place.order(2, provider=GATEWAY)

        def sending(number: str) -> str:
            try:
                return str(send(notice(order, transaction=number)).json()["result"])
            finally:
                connections.close_all()

        with ThreadPoolExecutor(len(numbers)) as programs:
            answers = list(programs.map(sending, numbers))
    assert answers.count("booked") == 1
    others = "repeated" if len(set(numbers)) == 1 else "held"
    assert answers.count(others) == len(numbers) - 1
    assert [one.amount_fen for one in payments()] == [30_00]
    assert owed(place.people[2]) == 0
    with unscoped("test"):
        assert Posting.objects.filter(payment__isnull=False).count() == 1
        assert sum(one.repeats for one in notices()) == (9 if len(set(numbers)) == 1 else 0)
    connection.close()


@pytest.mark.django_db(transaction=True)
def test_notice_and_statement_in_parallel_book_once() -> None:
    place = paying_world()
    with configured(place):
        orders = [place.order(number, provider=GATEWAY) for number in range(6)]
        statement = [f"23,{number + 1}0.00,虚构支付平台,{order.reference},S{number}" for number, order in enumerate(orders)]

        def working(number: int) -> None:
            try:
                if number == 3:
                    place.imported(*statement)
                else:
                    order = orders[number % 6]
                    send(json.dumps(json.loads(notice(order)) | {"transaction": f"T{number % 6}"}).encode())
            finally:
                connections.close_all()

        with ThreadPoolExecutor(4) as programs:
            list(programs.map(working, range(12)))
    assert sorted(one.amount_fen for one in payments()) == [10_00, 20_00, 30_00, 40_00, 50_00, 60_00]
    assert [line.state for line in place.lines()] == [LineState.BOOKED] * 6
    connection.close()
