"""Whose money it is: the cases of ``cases/matching.yaml``, and what must hold for any amounts."""

import itertools
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from dangjian.activities.dues.payments.banking import matching
from dangjian.activities.dues.payments.banking.matching import Namesake, OpenBill, Ordered
from dangjian.activities.dues.payments.banking.references import Quoted
from dangjian.kernel import money

CASES = yaml.safe_load((Path(__file__).parent / "cases" / "matching.yaml").read_text(encoding="utf-8"))
STATES = {"待支付": matching.OPEN, "已过期": matching.EXPIRED, "已取消": matching.CANCELLED, "已到账": matching.PAID}
QUOTED = {
    None: Quoted((), broken=False),
    "错": Quoted((), broken=True),
    "对": Quoted(("A",), broken=False),
    "两个": Quoted(("A", "B"), broken=False),
}
numbers = itertools.count(1)


def fen(yuan: float) -> int:
    return money.parse(yuan, negative=True)


def bills(amounts: list[float]) -> tuple[OpenBill, ...]:
    return tuple(OpenBill(next(numbers), fen(amount)) for amount in amounts)


def order(case: dict[str, Any]) -> Ordered:
    return Ordered(
        pk=next(numbers),
        state=STATES[case["状态"]],
        amount_fen=fen(case["金额"]),
        extra_fen=fen(case.get("多交", 0)),
        bills=bills(case["未交"]),
        in_this_account="别的账户" not in case,
        told="通知" in case,
    )


def namesake(case: dict[str, Any]) -> Namesake:
    return Namesake(next(numbers), bills(case["未交"]), tuple(map(order, case.get("订单", ()))), "网上付过" in case)


@pytest.mark.parametrize("case", CASES, ids=[case["情形"] for case in CASES])
def test_matching_cases(case: dict[str, Any]) -> None:
    known = {"A": order(case["订单"])} if "订单" in case else {}
    people = [namesake(one) for one in case.get("同名党员", ())]
    verdict = matching.match(
        amount_fen=fen(case["到账"]),
        quoted=QUOTED[case.get("附言码")],
        orders=known,
        namesakes=people,
        maybe_known="可能重复" in case,
    )
    expected = case["应得"]
    if "待认领" in expected:
        assert verdict.how == ""
        assert expected["待认领"] in verdict.problem
        assert (verdict.order, verdict.member, verdict.bills) == (None, None, ())
        return
    assert (verdict.how, verdict.problem) == (expected["按"], "")
    assert len(verdict.bills) == expected.get("月数", 0)
    if expected["按"] == matching.BY_NAME:
        chosen = people[0].orders[0] if "订单" in expected else None
        assert verdict.order == (chosen.pk if chosen else None)
        assert verdict.member == (None if chosen else people[0].pk)
    else:
        assert verdict.order == known["A"].pk


@given(st.lists(st.integers(1, 500), max_size=8), st.integers(1, 2000))
def test_money_booked_by_name_settles_exactly_what_came(owed: list[int], amount: int) -> None:
    payer = Namesake(1, tuple(OpenBill(number, left) for number, left in enumerate(owed)))
    verdict = matching.match(amount_fen=amount, quoted=Quoted((), broken=False), orders={}, namesakes=[payer])
    if verdict.how:
        assert verdict.bills == tuple(range(len(verdict.bills)))
        assert sum(owed[number] for number in verdict.bills) == amount
    else:
        assert amount not in itertools.accumulate(owed)
