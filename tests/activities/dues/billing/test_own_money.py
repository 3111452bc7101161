"""No payment by the unit, no deduction from pay, nothing at a temporary branch; what is given freely is more than is owed."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from dangjian.accounts.models import Event
from dangjian.activities.dues.billing import own_money
from dangjian.activities.dues.billing.actions import billing, collecting
from dangjian.activities.dues.billing.actions.collecting import Receipt
from dangjian.activities.dues.billing.models import Bill, Payment
from dangjian.activities.dues.ledger.models import JournalEntry
from dangjian.activities.dues.payments.actions import claims
from dangjian.activities.dues.payments.models import LineState, PaymentOrder, StatementLine
from dangjian.kernel import clock
from dangjian.kernel.errors import Conflict, Invalid, Refusal
from dangjian.org.models import Organization
from dangjian.org.policy import temporary_rule
from dangjian.org.queries import enterprise
from tests.activities.dues import build
from tests.activities.dues.build import NOVEMBER, World, month
from tests.activities.dues.paying import Paying, paying_world

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("open_scope"), pytest.mark.day("2026-11-23")]
CASES = yaml.safe_load((Path(__file__).parent / "cases" / "own_money.yaml").read_text(encoding="utf-8"))
WORDS = {"单位": "是单位", "党组织": "是党组织", "扣缴": "不得从党员工资中扣缴"}


@pytest.fixture
def place() -> Paying:
    return paying_world()


@pytest.mark.parametrize("case", CASES, ids=[case["情形"] for case in CASES])
def test_whose_money_it_looks_like(case: dict[str, str]) -> None:
    said = own_money.suspected(case["户名"], case["附言"])
    assert (said == "") == (case["应得"] == "本人"), said
    assert WORDS.get(case["应得"], "") in said


def refused(kind: type[Refusal], act: Any, *words: str) -> None:
    tables = (Payment, JournalEntry, Event, PaymentOrder)
    before = [model.objects.count() for model in tables]
    with pytest.raises(kind) as caught:
        act()
    said = f"{caught.value.message}{caught.value.how}{caught.value.citation}{caught.value.fields}"
    assert all(word in said for word in words), said
    assert [model.objects.count() for model in tables] == before


def receive(world: World, number: int = 0, of: Any = NOVEMBER, **more: Any) -> list[Payment]:
    owed = build.bill(world.people[number], of)
    kept = {"note": more.pop("note", ""), "key": more.pop("key", "k")}
    row = Receipt(world.people[number], {owed.pk: owed.left_fen}, **more)
    return collecting.receive(
        actor=world.secretary, organization=world.branch, rows=[row], paid_on=clock.today(), method="cash", **kept
    )


def test_a_unit_brings_no_dues_of_a_member(place: Paying) -> None:
    world = place.world
    refused(Invalid, lambda: receive(world, payer_name="虚构星河电力有限公司"), "第十四条", "不得代替党员交纳", "payer_name")
    refused(Invalid, lambda: receive(world, note="11月从工资中扣缴"), "第十四条", "note")
    [payment] = receive(world, payer_name="虚构亲属", note="由配偶代交")
    assert payment.payer_name == "虚构亲属"


def line(place: Paying, row: str) -> StatementLine:
    place.imported(row)
    return place.lines()[-1]


def test_money_of_a_unit_is_not_booked_by_itself_even_with_a_code(place: Paying) -> None:
    order = place.order(0)
    found = line(place, f"20,10.00,虚构外单位有限公司,{order.reference},L1")
    assert found.state == LineState.UNMATCHED
    assert "是单位，不是党员本人" in found.problem
    again = line(place, f"21,10.00,{place.people[0].name},{order.reference},L2")
    assert again.state == LineState.BOOKED


def test_it_is_claimed_only_if_somebody_says_how_it_was_verified(place: Paying) -> None:
    found = line(place, "20,10.00,虚构个体经营商店有限公司,党费,L1")
    owed = build.bill(place.people[0])

    def claim(note: str = "") -> Payment:
        return claims.claim(actor=place.accountant, arrival=found, member=place.people[0], bill_ids=[owed.pk], note=note)

    refused(Invalid, claim, "第十四条", "怎样核实", "note")
    payment = claim("核对营业执照，是本人经营的商店")
    assert payment.note == "核对营业执照，是本人经营的商店"


def test_money_of_the_members_own_unit_is_never_theirs(place: Paying) -> None:
    Organization.objects.filter(pk=place.world.branch.pk).update(unit_name="虚构星河检修分公司")
    found = line(place, "20,10.00,虚构星河检修分公司,党费,L1")
    owed = build.bill(place.people[0])
    refused(
        Conflict,
        lambda: claims.claim(
            actor=place.accountant, arrival=found, member=place.people[0], bill_ids=[owed.pk], note="核对过了，确实是本人的"
        ),
        "第十四条",
        "退回付款单位",
    )
    claims.leave_out(actor=place.accountant, arrival=found, reason="单位代交或者扣缴的，已退回付款单位")
    found.refresh_from_db()
    assert found.state == LineState.LEFT_OUT


def test_the_enterprise_itself_is_its_own_unit(place: Paying) -> None:
    own = enterprise()
    own.name = "虚构星河集团有限公司"
    own.save()
    found = line(place, "20,10.00,虚构星河集团有限公司,党费,L1")
    refused(
        Conflict,
        lambda: claims.claim(actor=place.accountant, arrival=found, member=place.people[0], extra_fen=1000, note="核对过了的"),
        "第十四条",
    )


def test_what_is_given_freely_is_more_than_is_owed(place: Paying) -> None:
    world = place.world
    billing.make_bills(actor=world.office, month=month("2026-10"))
    refused(Invalid, lambda: receive(world, extra_fen=5_00), "2026年10月", "第十一条", "extra_fen")
    refused(Invalid, lambda: place.order(0, extra_fen=5_00), "2026年10月", "第十一条")
    [payment] = receive(world, extra_fen=5_00, note="10月的另有安排，本人坚持另外多交")
    assert payment.extra_fen == 5_00
    owed = [build.bill(world.people[1], month("2026-10")), build.bill(world.people[1])]
    row = Receipt(world.people[1], {one.pk: one.left_fen for one in owed}, extra_fen=1_000_00)
    [both] = collecting.receive(
        actor=world.secretary, organization=world.branch, rows=[row], paid_on=clock.today(), method="cash", key="both"
    )
    assert both.extra_fen == 1_000_00, "no limit, and whoever has paid everything gives freely"


def test_a_temporary_branch_collects_no_dues(world: World) -> None:
    _temporary(world.branch)
    billing.make_bills(actor=world.office, month=NOVEMBER)
    assert not Bill.objects.filter(organization=world.branch).exists()
    assert Bill.objects.filter(organization=world.other).exists(), "others go on"
    row = Receipt(world.people[0], extra_fen=5_00)
    refused(
        Conflict,
        lambda: collecting.receive(
            actor=world.secretary, organization=world.branch, rows=[row], paid_on=clock.today(), method="cash", key="k"
        ),
        "临时党支部",
        "《中国共产党支部工作条例（试行）》第八条",
    )


def test_what_it_was_billed_before_is_taken_back_with_the_reason(world: World) -> None:
    billing.make_bills(actor=world.office, month=NOVEMBER)
    _temporary(world.branch)
    billing.make_bills(actor=world.office, month=NOVEMBER)
    found = build.bill(world.people[0])
    assert (found.owed_fen, found.left_fen) == (0, 0)
    assert [one.reason for one in found.adjustments.all()] == ["temporary"]


def test_before_the_rule_a_temporary_branch_collected() -> None:
    assert temporary_rule("dues", month("2018-10")) is None
    assert temporary_rule("dues", month("2018-11")) is not None


def _temporary(branch: Organization) -> None:
    Organization.objects.filter(pk=branch.pk).update(type_code="931")
    branch.versions.update(type_code="931")
    branch.refresh_from_db()
