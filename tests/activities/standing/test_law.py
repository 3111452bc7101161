"""Every rule about ends and changes of standing and about penalties, by readable cases both ways; and every step taken back."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import yaml

from dangjian.engines.procedures.actions import taking_back
from dangjian.engines.procedures.models import CaseState, ProcedureCase
from dangjian.kernel import clock
from dangjian.kernel.errors import Refusal
from dangjian.members.actions import account
from dangjian.members.models import ChangeKind, MembershipEntry, Sanction
from dangjian.org.openings import register
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.standing.house import DAY, House, step_of

pytestmark = [pytest.mark.django_db, pytest.mark.day("2026-11-23"), pytest.mark.any_database]
CASES = yaml.safe_load((Path(__file__).parent / "cases" / "law.yaml").read_text(encoding="utf-8"))


def house(case: dict[str, Any]) -> House:
    one = House()
    with unscoped("test"):
        if "先" in case:
            day = case.get("先于", dt.date(2025, 1, 10))
            account.leave(actor=make.SYSTEM, member=one.member, kind=ChangeKind(case["先"]), effective_on=day)
        if "察看" in case:
            starts_on, ends_on = case["察看"]
            kind = "probation_within_party"
            Sanction.objects.create(member=one.member, kind=kind, starts_on=starts_on, ends_on=ends_on, document="虚纪1号")
    return one


def walk(one: House, case: dict[str, Any]) -> ProcedureCase:
    """All steps of a case, each on its day; the last one may be refused."""
    made: ProcedureCase | None = None
    for day, code, *more in case["办"]:
        given = dict(more[0]) if more else {}
        outcome, reason = given.pop("结果", ""), given.pop("因", "")
        with clock.at(f"{day} 10:00"):
            if made is None:
                made = one.begin(case["流程"], **given, **({"reason": reason} if reason else {}))
            else:
                helpers = {"helpers": [str(one.as_it_is().pk)]} if code == "tell" else {}
                one.take(made, code, outcome, **helpers, **given, **({"reason": reason} if reason else {}))
    assert made
    return one.again(made)


@pytest.mark.parametrize("case", CASES, ids=[f"{case['依据']} {case['情形']}" for case in CASES])
def test_what_the_rules_admit(case: dict[str, Any]) -> None:
    one = house(case)
    before = (one.as_it_is().standing, register(MembershipEntry).count(), register(Sanction).count())
    expected = case.get("应")
    if expected:
        with pytest.raises(Refusal) as refused:
            walk(one, case)
        assert (expected.get("拒") or expected["因"]) in f"{refused.value.message}{refused.value.fields}"
        assert expected.get("条", "") in refused.value.citation
        assert (set(refused.value.fields) == {"reason"}) is ("因" in expected)
        assert (one.as_it_is().standing, register(MembershipEntry).count(), register(Sanction).count()) == before
        return
    made = walk(one, case)
    assert one.as_it_is().standing == case["转"]
    assert made.state == case.get("完", made.state)
    if "账" in case:
        line = register(MembershipEntry).filter(member=one.member).order_by("effective_on", "pk").last()
        assert line
        assert [line.kind, line.effective_on, line.conduct][: len(case["账"])] == case["账"]
    if "处分" in case:
        row = register(Sanction).filter(member=one.member).order_by("starts_on", "pk").last()
        assert row
        assert [row.kind, row.starts_on, row.ends_on] == case["处分"]


DECIDED = [case for case in CASES if "应" not in case and case["流程"] not in {"correction", "appeal"} and len(case["办"]) > 1]


@pytest.mark.parametrize("case", DECIDED, ids=[case["情形"] for case in DECIDED])
def test_the_last_step_taken_back_leaves_what_was_before(case: dict[str, Any]) -> None:
    one = house(case)
    before = (one.as_it_is().standing, one.counted(DAY), list(register(Sanction).values_list("kind", "ends_on")))
    made = walk(one, case)
    if made.state == CaseState.OPEN and made.due_on is None and "退" in case["情形"]:
        return  # sent back: that is no step to take back
    last = step_of(case["流程"], case["办"][-1][1])
    taking_back.take_back(actor=make.actor(one.office_of(last)), case=made, reason="登记错了")
    after = (one.as_it_is().standing, one.counted(DAY), list(register(Sanction).values_list("kind", "ends_on")))
    assert after == before
    assert one.again(made).state == CaseState.OPEN
