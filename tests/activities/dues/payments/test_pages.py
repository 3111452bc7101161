"""Pages of bank and online payment: what a member and an accountant see and send."""

import io
import re

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings

from dangjian.accounts.models import User
from dangjian.activities.dues.billing.actions import collecting, reversing
from dangjian.activities.dues.billing.models import Payment
from dangjian.activities.dues.payments.actions import claims
from dangjian.activities.dues.payments.models import LineState, OrderState, PaymentOrder, ProviderNotice, StatementLine
from dangjian.engines.notifications.models import Notification
from dangjian.kernel import clock
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.dues import build
from tests.activities.dues.paying import GATEWAY, Paying, configured, content, notice, owed, paying_world, signed


@pytest.fixture
def place(db: None) -> Paying:
    return paying_world()


def signed_in(user: User | None) -> Client:
    client = Client()
    client.force_login(user, backend="dangjian.accounts.backends.AccountBackend")  # type: ignore[arg-type]  # never None here
    return client


def as_accountant(place: Paying) -> Client:
    return signed_in(place.book.accountant)


def as_member(place: Paying, number: int = 2) -> Client:
    return signed_in(place.people[number].user)


def text(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status
    return answer.content.decode()


def upload(client: Client, file: bytes, name: str = "流水.csv") -> tuple[int, str]:
    answer = client.post("/dues/books/statements/", {"statement": SimpleUploadedFile(name, file)}, follow=True)
    return answer.status_code, answer.content.decode()


def orders() -> list[PaymentOrder]:
    with unscoped("a test looks at what was written"):
        return list(PaymentOrder.objects.order_by("pk"))


def test_a_member_orders_and_sees_what_to_transfer(place: Paying) -> None:
    client, bill = as_member(place), build.bill(place.people[2])
    page = text(client, "/dues/mine/pay/")
    assert f'value="{bill.pk}" checked' in page
    assert "网上支付" not in page
    answer = client.post("/dues/mine/pay/", {"bills": [bill.pk], "extra_fen": "1.5", "provider": "bank_transfer"}, follow=True)
    [made] = orders()
    shown = answer.content.decode()
    assert made.amount_fen == 31_50
    for copied in (made.reference, "6222000011112222", "31.50"):
        assert f'data-copy="{copied}"' in shown
    assert 'hx-trigger="every 15s"' in shown
    assert "等您支付" in text(client, "/dues/mine/pay/")


def test_a_form_with_faults_keeps_what_was_typed(place: Paying) -> None:
    client, bill = as_member(place), build.bill(place.people[2])
    answer = client.post("/dues/mine/pay/", {"bills": [bill.pk], "extra_fen": "一元", "provider": "bank_transfer"})
    page = answer.content.decode()
    assert (answer.status_code, orders()) == (422, [])
    assert "一元" in page
    assert f'value="{bill.pk}" checked' in page
    assert client.post("/dues/mine/pay/", {"provider": "bank_transfer"}).status_code == 422
    other = build.bill(place.people[3])
    assert client.post("/dues/mine/pay/", {"bills": [other.pk], "provider": "bank_transfer"}).status_code == 422
    assert orders() == []


def test_an_order_is_nobody_elses(place: Paying) -> None:
    order = place.order(2)
    for who in (as_member(place, 3), as_accountant(place), signed_in(place.world.secretary.user)):
        assert who.get(f"/dues/mine/orders/{order.pk}/").status_code == 404
        assert who.post(f"/dues/mine/orders/{order.pk}/cancel/").status_code == 404
    assert orders()[0].state == OrderState.OPEN


def test_cancelling_and_what_an_order_says_then(place: Paying) -> None:
    order, client = place.order(2), as_member(place)
    answer = client.post(f"/dues/mine/orders/{order.pk}/cancel/", follow=True)
    assert "已取消" in answer.content.decode()
    assert "这笔已取消" in text(client, f"/dues/mine/orders/{order.pk}/")
    assert client.post(f"/dues/mine/orders/{order.pk}/cancel/").status_code == 409
    other = place.order(2)
    with clock.at("2026-12-20 09:00"):
        assert "这笔已过期" in text(as_member(place), f"/dues/mine/orders/{other.pk}/")


def test_the_gateway_is_offered_when_it_is_configured(place: Paying) -> None:
    client = as_member(place)
    with configured(place):
        assert "网上支付" in text(client, "/dues/mine/pay/")
        order = place.order(2, provider=GATEWAY)
        page = text(client, f"/dues/mine/orders/{order.pk}/")
        assert 'href="https://pay.example.com/cashier?' in page
        body = notice(order)
        assert (
            Client().post("/dues/callback/gateway/", body, content_type="application/json", headers=signed(body)).status_code
            == 200
        )
    page = text(client, f"/dues/mine/orders/{order.pk}/")
    assert "党费已到账" in page
    assert 'hx-trigger="every' not in page
    waiting = None
    with configured(place):
        waiting = place.order(3, provider=GATEWAY)
    with override_settings(DUES_GATEWAY_URL=""):
        assert "现在不能用了" in text(as_member(place, 3), f"/dues/mine/orders/{waiting.pk}/")


def test_without_an_account_or_a_record_the_page_says_so(db: None) -> None:
    world = build.world()
    assert "还不能网上交纳" in text(signed_in(world.people[2].user), "/dues/mine/pay/")
    assert "没有对应的党员信息" in text(signed_in(make.user()), "/dues/mine/pay/", 404)
    assert "还没有党费专户" in text(signed_in(world.office.user), "/dues/books/statements/")


def test_a_statement_is_imported_and_says_what_it_gave(place: Paying) -> None:
    client, name = as_accountant(place), place.people[2].name
    assert "还没有导入过" in text(client, "/dues/books/statements/")
    status, page = upload(client, content(f"20,30.00,{name},,S1", "20,12.00,虚构某人,,S2"))
    assert status == 200
    assert "已导入2笔流水" in page
    assert "虚构某人" in page
    assert "流水.csv" in text(client, "/dues/books/statements/?sort=lines")
    only = text(client, f"/dues/books/statements/{_statement()}/?state=unmatched")
    assert "虚构某人" in only
    assert name not in only


def _statement() -> int:
    with unscoped("a test looks at what was written"):
        return int(StatementLine.objects.latest("pk").statement_id)


@pytest.mark.parametrize(
    ("file", "name", "said"),
    [
        (b"", "a.csv", "空的"),
        ("你好\n再见\n".encode(), "a.csv", "表头"),
        (b"%PDF-1.4 x", "a.pdf", "PDF"),
        (content("20,三十元,甲"), "a.csv", "D2"),
    ],
)
def test_files_that_are_refused_say_why(place: Paying, file: bytes, name: str, said: str) -> None:
    status, page = upload(as_accountant(place), file, name)
    assert status == 422
    assert said in page
    assert place.lines() == []


pytestmark = pytest.mark.day("2026-11-23")


def test_the_same_file_again_is_refused_in_words(place: Paying) -> None:
    client = as_accountant(place)
    upload(client, content("20,30.00,甲"))
    status, page = upload(client, content("20,30.00,甲"))
    assert (status, "已经导入过" in page) == (422, True)


def test_one_tap_claims_a_candidate_that_fits(place: Paying) -> None:
    client = as_accountant(place)
    order = place.order(2)
    with unscoped("test"):
        PaymentOrder.objects.update(state=OrderState.CANCELLED)
    place.imported(f"20,30.00,虚构配偶,{order.reference},S1")
    [line] = place.lines()
    assert "虚构配偶" in text(client, "/dues/books/arrivals/")
    assert "对不上是谁交的：待认领" in text(client, "/")
    page = text(client, f"/dues/books/arrivals/line/{line.pk}/")
    assert place.people[2].name in page
    bill = build.bill(place.people[2])
    answer = client.post(
        f"/dues/books/arrivals/line/{line.pk}/",
        {"step": "claim", "member": place.people[2].pk, "bills": [bill.pk], "order": order.pk},
        follow=True,
    )
    assert "已入账" in answer.content.decode()
    assert (owed(place.people[2]), orders()[0].state) == (0, OrderState.PAID)
    assert "没有待认领的钱" in text(client, "/dues/books/arrivals/")
    assert "党费待认领" not in text(client, "/")
    assert "按“人工认领”已入账" in text(client, f"/dues/books/arrivals/line/{line.pk}/")


def test_claiming_for_somebody_found_by_name(place: Paying) -> None:
    client, member = as_accountant(place), place.people[3]
    place.imported("20,45.00,虚构亲属,,S1")
    address = f"/dues/books/arrivals/line/{place.lines()[0].pk}/"
    assert member.name in text(client, f"{address}?who={member.name}")
    assert member.name in text(client, f"{address}?who=xugoudangyuan")
    assert "没有姓名含" in text(client, f"{address}?who=查无此人")
    page = text(client, f"{address}?member={member.pk}")
    bill = build.bill(member)
    assert re.search(rf'value="{bill.pk}"[^>]* checked', page)
    assert "5.00" in page
    assert client.post(address, {"step": "claim"}).status_code == 422
    answer = client.post(address, {"step": "claim", "member": member.pk, "bills": [bill.pk], "note": "由配偶代交"})
    assert answer.status_code == 422
    assert "没有去处" in answer.content.decode()
    assert "由配偶代交" in answer.content.decode()
    order = place.order(3)
    with unscoped("test"):
        PaymentOrder.objects.update(state=OrderState.PAID)
    typed = {"step": "claim", "member": member.pk, "bills": [bill.pk], "extra_fen": "5", "note": "由配偶代交"}
    answer = client.post(address, typed | {"order": order.pk})
    assert answer.status_code == 422
    assert "这笔订单已经到账" in answer.content.decode()
    assert "由配偶代交" in answer.content.decode()
    assert owed(member) > 0
    del typed["note"]
    assert client.post(address, typed).status_code == 302
    assert owed(member) == 0


def test_the_accountant_claims_nothing_for_themselves(place: Paying) -> None:
    with unscoped("test world"):
        own = make.member(place.world.branch, "虚构会计", user=place.book.accountant)
    place.imported("20,45.00,虚构亲属,,S1")
    address = f"/dues/books/arrivals/line/{place.lines()[0].pk}/"
    for answer in (
        as_accountant(place).get(f"{address}?member={own.pk}"),
        as_accountant(place).post(address, {"step": "claim", "member": own.pk, "extra_fen": "45"}),
    ):
        assert answer.status_code == 403
    assert place.lines()[0].state == LineState.UNMATCHED
    office = signed_in(place.world.office.user)
    assert "认领为虚构会计的党费" in text(office, address)
    assert office.post(address, {"step": "claim", "member": own.pk, "extra_fen": "45"}).status_code == 302
    assert place.lines()[0].state == LineState.BOOKED


def test_leaving_out_and_taking_back(place: Paying) -> None:
    client = as_accountant(place)
    place.imported("20,3.50,虚构银行,结息,S1")
    address = f"/dues/books/arrivals/line/{place.lines()[0].pk}/"
    assert client.post(address, {"step": "leave_out", "reason": ""}).status_code == 422
    client.post(address, {"step": "leave_out", "reason": "银行利息"})
    assert place.lines()[0].state == LineState.LEFT_OUT
    assert "银行利息" in text(client, "/dues/books/arrivals/?state=left_out")
    assert client.post(address, {"step": "take_back", "reason": ""}).status_code == 422
    client.post(address, {"step": "take_back", "reason": "弄错了"})
    assert place.lines()[0].state == LineState.UNMATCHED


def test_money_back_is_reversed_from_its_page(place: Paying) -> None:
    client = as_accountant(place)
    place.imported(f"20,30.00,{place.people[2].name},,S1", f"21,-30.00,{place.people[2].name},退款,S2")
    with unscoped("test"):
        payment = Payment.objects.get()
    address = f"/dues/books/arrivals/line/{place.lines()[1].pk}/"
    assert payment.receipt_no in text(client, address)
    assert client.post(address, {"step": "returned", "payment": 999999}).status_code == 404
    client.post(address, {"step": "returned", "payment": payment.pk})
    assert owed(place.people[2]) == 30_00
    assert client.post(address, {"step": "returned", "payment": payment.pk}).status_code == 422
    assert owed(place.people[2]) == 30_00


def test_a_payment_reversed_elsewhere_is_claimed_anew(place: Paying) -> None:
    client, order = as_accountant(place), place.order(2)
    place.imported(f"20,30.00,虚构配偶,{order.reference},S1")
    with unscoped("test"):
        reversing.reverse_payment(actor=place.accountant, payment=Payment.objects.get(), reason="记错了人")
    assert "冲销（记错了人）" in text(as_member(place), f"/dues/mine/orders/{order.pk}/")
    address = f"/dues/books/arrivals/line/{place.lines()[0].pk}/"
    assert "收据后来已冲销" in text(client, address)
    client.post(address, {"step": "take_back", "reason": "重新认领"})
    assert (place.lines()[0].state, orders()[0].state) == (LineState.UNMATCHED, OrderState.OPEN)
    with unscoped("test"):
        assert Payment.objects.count() == 2


def test_matching_again(place: Paying) -> None:
    place.imported("20,30.00,虚构新人,,S1")
    answer = as_accountant(place).post("/dues/books/arrivals/again/", follow=True)
    assert "没有新对上的流水" in answer.content.decode()


def test_filters_and_orders_of_lists(place: Paying) -> None:
    client = as_accountant(place)
    place.imported("18,3.00,虚构甲,,S1", "19,2.00,虚构乙,红色,S2", "20,1.00,虚构丙,,S3")

    def names(query: str) -> list[str]:
        page = text(client, f"/dues/books/arrivals/{query}")
        found = [(page.index(f">{name}<"), name) for name in ("虚构甲", "虚构乙", "虚构丙") if f">{name}<" in page]
        return [name[-1] for _, name in sorted(found)]

    assert names("") == ["丙", "乙", "甲"]
    assert names("?sort=amount") == ["丙", "乙", "甲"]
    assert names("?sort=-amount") == ["甲", "乙", "丙"]
    assert names("?q=红色") == ["乙"]
    assert names("?since=2026-11-19&until=2026-11-19") == ["乙"]
    assert names("?state=booked") == []
    assert names("?since=x&page=99&sort=nothing&account=x&kind=notice") == []


def test_notices_are_listed_and_claimed(place: Paying) -> None:
    client, member = as_accountant(place), place.people[3]
    with configured(place):
        body = notice(amount=40_00)
        Client().post("/dues/callback/gateway/", body, content_type="application/json", headers=signed(body))
    assert "没有这个附言码" in text(client, "/dues/books/arrivals/?kind=notice")
    with unscoped("test"):
        address = f"/dues/books/arrivals/notice/{ProviderNotice.objects.get().pk}/"
    assert member.name in text(client, address)
    client.post(address, {"step": "claim", "member": member.pk, "bills": [build.bill(member).pk]})
    assert owed(member) == 0
    assert client.get("/dues/books/arrivals/thing/1/").status_code == 404


def test_orders_beside_notices_and_lines(place: Paying) -> None:
    client = as_accountant(place)
    told, banked, _waiting = place.order(2), place.order(3), place.order(4)
    place.imported(f"20,40.00,甲,{banked.reference},S1")
    with configured(place):
        online = place.order(5, provider=GATEWAY)
        body = notice(online)
        Client().post("/dues/callback/gateway/", body, content_type="application/json", headers=signed(body))

    def listed(query: str) -> set[str]:
        page = text(client, f"/dues/books/online/{query}")
        return {order.reference for order in (told, banked, _waiting, online) if order.reference in page}

    assert listed("?seen=notice") == {online.reference}
    assert listed("?seen=line") == {banked.reference}
    assert listed("?seen=none") == {told.reference, _waiting.reference}
    assert listed(f"?q={place.people[3].name}") == {banked.reference}
    assert listed("?provider=gateway&state=paid&sort=amount") == {online.reference}
    answer = client.get("/dues/books/online/table.xlsx?seen=line")
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(answer) if answer.streaming else answer.content)).active
    assert sheet is not None
    assert [row[1] for row in sheet.iter_rows(min_row=2, values_only=True)] == [banked.reference]


def test_who_sees_and_who_does(place: Paying) -> None:
    place.imported("20,30.00,虚构甲,,S1")
    address = f"/dues/books/arrivals/line/{place.lines()[0].pk}/"
    office = signed_in(place.world.office.user)
    page = text(office, address)
    assert "由这个账户的会计办理" in page
    assert "不作为党费入账" not in page
    assert office.post(address, {"step": "leave_out", "reason": "利息"}).status_code == 403
    secretary = signed_in(place.world.secretary.user)
    assert secretary.get(address).status_code == 404
    assert "虚构甲" not in text(secretary, "/dues/books/arrivals/")
    assert as_member(place).get("/dues/books/arrivals/").status_code == 403
    assert signed_in(place.book.cashier).post(address, {"step": "leave_out", "reason": "利息"}).status_code == 403
    assert upload(office, content("20,1.00,甲"))[0] == 403
    assert place.lines()[0].state == LineState.UNMATCHED
    assert claims.is_waiting(place.lines()[0])


def collector(place: Paying) -> Client:
    return signed_in(place.world.secretary.user)


def receive_cash(place: Paying, *numbers: int) -> None:
    bills = [build.bill(place.people[number]) for number in numbers]
    with unscoped("the collector's page opens it"):
        collecting.receive(
            actor=place.world.secretary,
            organization=place.world.branch,
            rows=[collecting.Receipt(bill.member, {bill.pk: bill.left_fen}) for bill in bills],
            paid_on=clock.today(),
            method="cash",
            key=f"cash-{numbers}",
        )


def test_the_collector_sees_who_is_paying_online_and_what_that_means(place: Paying) -> None:
    place.order(2)
    page = text(collector(place), f"/dues/collect/{place.world.branch.pk}/")
    assert "正在网上交纳 30.00 元，还没有到账" in page
    assert page.count('data-online="30.00"') == 1
    alone = text(collector(place), f"/dues/collect/members/{place.people[2].pk}/")
    assert f"{place.people[2].name}正在网上交纳 30.00 元（11月），还没有到账" in alone


def test_cash_closes_the_order_and_says_not_to_transfer(place: Paying) -> None:
    order, other = place.order(2), place.order(3)
    receive_cash(place, 2)
    assert [one.state for one in orders()] == [OrderState.SETTLED, OrderState.OPEN]
    page = text(as_member(place), f"/dues/mine/orders/{order.pk}/")
    assert "请不要再转账" in page
    assert "前付款" not in page
    assert "取消这笔" not in page
    told = Notification.objects.get(user=place.people[2].user, title__startswith="请不要再转账")
    assert told.url == f"/dues/mine/orders/{order.pk}/"
    assert not Notification.objects.filter(user=place.people[3].user, title__startswith="请不要再转账").exists()
    assert "已另行交清" in text(as_accountant(place), "/dues/books/online/")
    assert "前付款" in text(as_member(place, 3), f"/dues/mine/orders/{other.pk}/")


def test_money_that_comes_for_a_closed_order_waits_for_the_accountant(place: Paying) -> None:
    order = place.order(2)
    receive_cash(place, 2)
    place.imported(f"20,30.00,{place.people[2].name},{order.reference},S1")
    [line] = place.lines()
    assert line.state == LineState.UNMATCHED
    assert "可能重复交了" in line.problem


def test_an_order_made_while_the_cash_was_booked_says_the_same(place: Paying) -> None:
    order = place.order(2)
    receive_cash(place, 2)
    with unscoped("as if the order had come a moment later"):
        PaymentOrder.objects.filter(pk=order.pk).update(state=OrderState.OPEN)
    page = text(as_member(place), f"/dues/mine/orders/{order.pk}/")
    assert "请不要再转账" in page
    assert "前付款" not in page
