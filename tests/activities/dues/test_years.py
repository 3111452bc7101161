"""A member's year, from assessments, reliefs and membership to the bills: the cases of ``cases/years.yaml``.

The bills of the months in question are made before anything happens and again at the end, so that each case also
shows that adjusting comes to the same as making them late.
"""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import yaml

from dangjian.activities.dues.assessment.actions import assessing, reliefs
from dangjian.activities.dues.assessment.models import ReliefKind
from dangjian.activities.dues.billing.actions.billing import make_bills
from dangjian.activities.dues.billing.models import Bill
from dangjian.activities.dues.kinds import PayerKind
from dangjian.activities.dues.policy import shifted
from dangjian.kernel import money
from dangjian.kernel.errors import Refusal
from dangjian.members.actions import account
from dangjian.members.models import ChangeKind, Member
from tests import make
from tests.activities.dues.build import World, month

pytestmark = [pytest.mark.usefixtures("open_scope"), pytest.mark.day("2026-11-23")]

CASES = yaml.safe_load((Path(__file__).parent / "cases" / "years.yaml").read_text(encoding="utf-8"))
KINDS = {kind.label: kind for kind in PayerKind}


def newcomer(world: World, case: dict[str, Any]) -> Member:
    joined = case.get("入党")
    if joined is None:
        return make.member(world.branch)
    member = Member(name="虚构预备党员", name_sort="xugou", name_initials="xg")
    account.enter(
        actor=make.SYSTEM, member=member, branch=world.branch, kind=ChangeKind.ADMITTED, effective_on=joined, category="2"
    )
    return member


def assess(world: World, member: Member, told: dict[str, Any]) -> None:
    start = month(told["自"])
    asked = {
        "kind": KINDS[told["类别"]],
        "base_fen": money.parse(told["基数"]) if "基数" in told else None,
        "from_month": start,
        "until_month": shifted(start, 1) if told.get("只这个月") else None,
        "reason": told.get("原因", ""),
    }
    if "不能" not in told:
        assessing.assess(actor=world.office, member=member, **asked)
        return
    with pytest.raises(Refusal) as refusal:
        assessing.assess(actor=world.office, member=member, **asked)
    assert told["不能"] in refusal.value.message


def relieve(world: World, member: Member, told: dict[str, Any]) -> None:
    exempt = told["每月"] == "免交"
    relief = reliefs.propose_relief(
        actor=world.secretary,
        member=member,
        kind=ReliefKind.EXEMPT if exempt else ReliefKind.REDUCED,
        monthly_fen=None if exempt else money.parse(told["每月"]),
        from_month=month(told["自"]),
        until_month=shifted(month(told["到"]), 1),
        reason="虚构的困难",
        studied_on=dt.date(2026, 6, 1),
        studied_at="虚构支部委员会会议",
    )
    reliefs.approve_relief(actor=world.office, relief=relief)


def happen(world: World, member: Member, what: str, told: Any) -> None:
    if what == "核定":
        assess(world, member, told)
    elif what == "减免":
        relieve(world, member, told)
    elif what == "转到第二支部":
        account.move(actor=make.SYSTEM, members=[member], to=world.other, effective_on=told)
    elif what == "减少党员":
        account.leave(actor=make.SYSTEM, member=member, kind=ChangeKind.TRANSFERRED_OUT, effective_on=told)
    else:
        pytest.fail(f"“{what}”不是能认出的经过")
    member.refresh_from_db()


def owed(world: World, member: Member, at: dt.date) -> str:
    bill = Bill.objects.filter(member=member, month=at).first()
    if bill is None or (bill.owed_fen == 0 and bill.relief is None):
        return "无"
    return money.yuan(bill.owed_fen) + (" 第二支部" if bill.organization_id == world.other.pk else "")


@pytest.mark.parametrize("case", CASES, ids=[case["情形"] for case in CASES])
def test_cases_of_a_year(world: World, case: dict[str, Any]) -> None:
    member = newcomer(world, case)
    months = [month(text) for text in case["应得"]]
    for step in case["经过"]:
        for what, told in step.items():
            happen(world, member, what, told)
        for at in months:
            make_bills(actor=world.office, month=at, members={member.pk})
    found = {text: owed(world, member, month(text)) for text in case["应得"]}
    assert found == {text: amount.replace("1000.00", "1,000.00") for text, amount in case["应得"].items()}
    assert Bill.objects.filter(member=member, month__in=months).count() <= len(months)
