"""Pages of collecting as treasurer, office, member and stranger see and use them."""

import datetime as dt
import io
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from dangjian.activities.dues.billing.actions import billing, collecting
from dangjian.activities.dues.billing.actions.collecting import Receipt
from dangjian.activities.dues.billing.models import Bill, BranchMonth, Payment
from dangjian.kernel import clock
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.dues.build import NOVEMBER, World, assessed, bill, month, relieved, sums
from tests.activities.meetings.pages import signed_in
from tests.contracts.forms import form_with

pytestmark = pytest.mark.day("2026-11-23")

OCTOBER = month("2026-10")


@pytest.fixture
def billed(world: World) -> World:
    for one in (OCTOBER, NOVEMBER):
        billing.make_bills(actor=world.office, month=one)
    return world


def treasurer(world: World) -> Client:
    return signed_in(world.secretary.user)


def numbers(world: World, *which: int, of: dt.date = NOVEMBER) -> list[int]:
    return [bill(world.people[n], of).pk for n in which]


def posted(world: World, bills: list[Any], **more: Any) -> dict[str, Any]:
    return {"bill": bills, "method": "cash", "paid_on": "2026-11-23", "key": "k1", "month": "2026-11"} | more


def paid(world: World, number: int = 0) -> Payment:
    with unscoped("test world"):
        row = Receipt(world.people[number], {bill(world.people[number]).pk: bill(world.people[number]).owed_fen})
        return collecting.receive(
            actor=world.secretary, organization=world.branch, rows=[row], paid_on=dt.date(2026, 11, 23), method="cash", key="paid"
        )[0]


def payments() -> int:
    with unscoped("a test counts"):
        return Payment.objects.count()


def test_the_entry_leads_everybody_to_their_page(billed: World) -> None:
    assert treasurer(billed).get("/dues/").url == f"/dues/collect/{billed.branch.pk}/"
    assert signed_in(billed.people[3].user).get("/dues/").url == "/dues/mine/"
    assert signed_in(billed.office.user).get("/dues/").url == "/dues/collect/"


def test_the_month_shows_who_owes_with_everything_ticked(billed: World) -> None:
    text = treasurer(billed).get(f"/dues/collect/{billed.branch.pk}/").content.decode()
    assert text.count("data-main checked") == 6
    assert '<span class="num" data-sum>210.00</span>' in text
    assert "一并补交10月" in text
    assert all(member.name in text for member in billed.people)
    assert billed.stranger.name not in text


def test_the_number_of_queries_does_not_grow_with_the_branch(billed: World, django_assert_max_num_queries: Any) -> None:
    for _ in range(10):
        assessed(make.member(billed.branch), 500)
    billing.make_bills(actor=billed.office, month=NOVEMBER)
    client = treasurer(billed)
    client.get(f"/dues/collect/{billed.branch.pk}/")
    with django_assert_max_num_queries(32):
        client.get(f"/dues/collect/{billed.branch.pk}/")


def test_all_at_once_and_a_second_tap(billed: World) -> None:
    client = treasurer(billed)
    data = posted(billed, numbers(billed, 0, 1, 2))
    first = client.post(f"/dues/collect/{billed.branch.pk}/receive/", data)
    assert first.status_code == 302
    assert client.post(f"/dues/collect/{billed.branch.pk}/receive/", data).url == first.url
    assert payments() == 3
    text = client.get(first.url).content.decode()
    assert "60.00" in text
    assert "共 3 人" in text
    text = client.get(f"/dues/collect/{billed.branch.pk}/").content.decode()
    assert "已经交清的" in text
    assert text.count("data-main checked") == 3


def test_whoever_paid_meanwhile_is_named_and_the_tick_is_gone(billed: World) -> None:
    address = f"/dues/collect/{billed.branch.pk}/"
    sent = form_with(treasurer(billed).get(address).content.decode(), "shown")
    treasurer(billed).post(f"{address}receive/", posted(billed, numbers(billed, 0, 1)))
    answer = treasurer(billed).post(f"{address}receive/", sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert f"{billed.people[0].name}、{billed.people[1].name}的党费已经交清" in page
    again = form_with(page, "shown")
    assert len(again["bill"]) == 4
    assert treasurer(billed).post(f"{address}receive/", again).status_code == 302
    assert payments() == 6


def test_what_is_booked_is_what_the_page_showed(billed: World) -> None:
    address = f"/dues/collect/{billed.branch.pk}/"
    sent = form_with(treasurer(billed).get(address).content.decode(), "shown")
    (number,) = numbers(billed, 0)
    with unscoped("the bill is put right meanwhile"):
        Bill.objects.filter(pk=number).update(amount_fen=2500, owed_fen=2500)
    treasurer(billed).post(f"{address}receive/", sent | {"bill": number})
    with unscoped("a test looks"):
        assert Payment.objects.get().amount_fen == 1000
        assert Bill.objects.get(pk=number).left_fen == 1500


def test_who_pays_is_named_in_the_question(billed: World) -> None:
    page = treasurer(billed).get(f"/dues/collect/{billed.branch.pk}/").content.decode()
    assert all(f'data-name="{member.name}"' in page for member in billed.people)
    assert "收到 6 名党员的党费共" in page


def test_earlier_months_with_one_tick(billed: World) -> None:
    both = [*numbers(billed, 1), *(str(pk) for pk in numbers(billed, 1, of=OCTOBER))]
    treasurer(billed).post(f"/dues/collect/{billed.branch.pk}/receive/", posted(billed, both))
    with unscoped("a test looks"):
        payment = Payment.objects.get()
        assert (payment.amount_fen, payment.lines.count()) == (4000, 2)


def test_nothing_ticked_says_so_and_keeps_the_key(billed: World) -> None:
    answer = treasurer(billed).post(f"/dues/collect/{billed.branch.pk}/receive/", posted(billed, []))
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "还没有选择交费的党员" in text
    assert 'value="k1"' in text
    assert "data-main checked" not in text
    assert payments() == 0


def test_a_day_to_come_is_refused_with_the_ticks_kept(billed: World) -> None:
    data = posted(billed, numbers(billed, 0, 1), paid_on="2026-11-24")
    answer = treasurer(billed).post(f"/dues/collect/{billed.branch.pk}/receive/", data)
    assert answer.status_code == 422
    assert answer.content.decode().count("data-main checked") == 2
    assert payments() == 0


def test_one_member_with_months_ahead_extra_and_a_relative(billed: World) -> None:
    client, who = treasurer(billed), billed.people[2]
    text = client.get(f"/dues/collect/members/{who.pk}/").content.decode()
    assert "2026年12月" in text
    assert "2027年5月" in text
    assert "2027年6月" not in text
    data = posted(billed, numbers(billed, 2), ahead=["2026-12", "2027-01"], extra_fen="12.50", payer_name="虚构亲属")
    refused = client.post(f"/dues/collect/members/{who.pk}/receive/", data)
    assert refused.status_code == 422, "October is still owed"
    assert "第十一条" in refused.content.decode()
    answer = client.post(f"/dues/collect/members/{who.pk}/receive/", data | {"note": "虚构：本人坚持另外多交"})
    assert answer.status_code == 302
    with unscoped("a test looks"):
        payment = Payment.objects.get()
        assert (payment.amount_fen, payment.extra_fen, payment.payer_name) == (10250, 1250, "虚构亲属")
        assert Bill.objects.filter(member=who, month__gte=NOVEMBER, settled_on__isnull=False).count() == 3


def test_months_out_of_reach_are_refused_on_the_page(billed: World) -> None:
    with unscoped("test world"):
        billing.make_bills(actor=billed.office, month=month("2026-01"))
    who = billed.people[2]
    data = posted(billed, [bill(who, month("2026-01")).pk], extra_fen="")
    answer = treasurer(billed).post(f"/dues/collect/members/{who.pk}/receive/", data)
    assert answer.status_code == 422
    assert "补交期限" in answer.content.decode()
    assert payments() == 0
    assert treasurer(billed).post(f"/dues/collect/members/{who.pk}/receive/", data | {"note": "虚构原因"}).status_code == 302


def test_a_branch_without_bills_makes_them(world: World) -> None:
    client = treasurer(world)
    assert "生成11月应交党费" in client.get(f"/dues/collect/{world.branch.pk}/").content.decode()
    client.post("/dues/collect/make/", {"organization": world.branch.pk, "month": "2026-11"})
    assert sums(world.branch).bills == 6
    with unscoped("a test looks"):
        assert not BranchMonth.objects.filter(organization=world.other).exists()


def test_the_office_sees_its_branches_sorted_and_filtered(billed: World) -> None:
    client = signed_in(billed.office.user)
    paid(billed)
    text = client.get("/dues/collect/?sort=-left").content.decode()
    assert text.index("虚构第一党支部") < text.index("虚构第二党支部")
    assert "生成或核对11月应交党费" in text
    assert "虚构第一党支部" not in client.get("/dues/collect/?state=done").content.decode()
    assert "虚构第二党支部" not in client.get("/dues/collect/?q=第一").content.decode()
    client.post("/dues/collect/make/", {"month": "2026-09"})
    with unscoped("a test looks"):
        assert Bill.objects.filter(month=month("2026-09")).count() == 7
    page = client.get(f"/dues/collect/{billed.branch.pk}/").content.decode()
    assert "登记收款" not in page


def test_the_list_of_payments_and_its_spreadsheet(billed: World) -> None:
    paid(billed, 0)
    client = treasurer(billed)
    text = client.get("/dues/payments/").content.decode()
    assert "共 1 笔，合计 10.00 元" in text
    assert "没有符合条件" in client.get("/dues/payments/?method=online").content.decode()
    assert "共 1 笔" in client.get("/dues/payments/", {"q": "xugoudangyuan"}).content.decode()
    assert "共 0 笔" in client.get("/dues/payments/", {"q": "zzz"}).content.decode()
    answer = client.get("/dues/payments/table.xlsx?state=standing")
    rows = list(load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active.values)
    assert len(rows) == 2
    assert rows[1][1] == billed.people[0].name
    assert Decimal(str(rows[1][5])) == 10
    assert "共 0 笔" in signed_in(billed.stranger.user).get("/dues/payments/").content.decode()


def test_a_receipt_for_the_member_and_for_nobody_else(billed: World) -> None:
    payment = paid(billed, 3)
    own = signed_in(billed.people[3].user).get(f"/dues/payments/{payment.pk}/")
    assert payment.receipt_no in own.content.decode()
    assert "肆拾元整" in own.content.decode()
    assert "撤销这笔收款" not in own.content.decode()
    assert signed_in(billed.people[4].user).get(f"/dues/payments/{payment.pk}/").status_code in {403, 404}
    assert signed_in(billed.stranger.user).get(f"/dues/payments/{payment.pk}/").status_code == 404
    paper = signed_in(billed.people[3].user).get(f"/dues/payments/{payment.pk}/receipt.pdf")
    assert paper.content.startswith(b"%PDF")


def test_a_payment_is_taken_back(billed: World) -> None:
    payment = paid(billed)
    client = treasurer(billed)
    assert client.post(f"/dues/payments/{payment.pk}/reverse/", {"reason": ""}).status_code == 422
    assert signed_in(billed.people[3].user).post(f"/dues/payments/{payment.pk}/reverse/", {"reason": "虚构"}).status_code in {
        403,
        404,
    }
    assert payments() == 1
    assert client.post(f"/dues/payments/{payment.pk}/reverse/", {"reason": "重复登记"}).status_code == 302
    assert "已于2026年11月23日撤销：重复登记" in client.get(f"/dues/payments/{payment.pk}/").content.decode()
    assert bill(billed.people[0]).settled_on is None
    answer = client.post(f"/dues/payments/{payment.pk}/reverse/", {"reason": "再撤"})
    assert answer.status_code == 422


def test_my_own_page_explains_and_lists(billed: World) -> None:
    relieved(billed.people[4], NOVEMBER, monthly_fen=500)
    with unscoped("test world"):
        billing.make_bills(actor=billed.office, month=NOVEMBER)
    text = signed_in(billed.people[4].user).get("/dues/mine/").content.decode()
    for words in ("5.00", "虚构核定", "经批准少交", "共 55.00 元", "2026年10月", "减免变动：减少 45.00 元"):
        assert words in text
    nobody = signed_in(make.user()).get("/dues/mine/").content.decode()
    assert "还没有核定" in nobody


def test_home_panels(billed: World) -> None:
    text = treasurer(billed).get("/").content.decode()
    assert "收11月党费" in text
    assert "还有 6 人没有交清" in text
    text = signed_in(billed.people[5].user).get("/").content.decode()
    assert "我的党费" in text
    assert "120.00 元" in text
    assert "收11月党费" not in text


@pytest.mark.parametrize(("day", "is_first"), [(29, False), (30, True)])
def test_collecting_stands_above_everything_else_on_its_last_day(billed: World, day: int, is_first: bool) -> None:
    with clock.at(clock.now().replace(month=11, day=day, hour=2)):
        text = treasurer(billed).get("/").content.decode()
    assert (text.index("收11月党费") < text.index("应办事项")) == is_first


def test_the_superior_forgoes_a_bill(billed: World) -> None:
    number = bill(billed.people[1], OCTOBER).pk
    assert treasurer(billed).post(f"/dues/collect/bills/{number}/waive/", {"reason": "虚构"}).status_code in {403, 404}
    office = signed_in(billed.office.user)
    empty = office.post(f"/dues/collect/bills/{number}/waive/", {"reason": " "})
    assert empty.status_code == 422
    assert "请写明不再追缴的原因和批准的会议" in empty.content.decode()
    assert office.post(f"/dues/collect/bills/{number}/waive/", {"reason": "虚构党委会同意"}).status_code == 302
    assert bill(billed.people[1], OCTOBER).left_fen == 0


def test_what_is_left_of_a_bill_is_offered_to_be_forgone_by_the_level_above_alone(billed: World) -> None:
    left, settled = bill(billed.people[0], OCTOBER), bill(billed.people[0])
    with unscoped("test world"):
        Bill.objects.filter(pk=settled.pk).update(paid_fen=settled.owed_fen)
    page = f"/dues/collect/members/{billed.people[0].pk}/"
    offered = [f"/dues/collect/bills/{one.pk}/waive/" for one in (left, settled)]
    for client, may in ((treasurer(billed), False), (signed_in(billed.office.user), True)):
        shown = client.get(page).content.decode()
        assert [address in shown for address in offered] == [may, False]
