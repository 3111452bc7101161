"""What the regulation lays down and a machine can judge: each rule with a case that allows and one that refuses."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import yaml

from dangjian.activities.development.models import Applicant
from dangjian.engines.procedures.actions.following import bring_up_to_date
from dangjian.engines.procedures.installed import procedure
from dangjian.engines.procedures.models import CaseState, CaseStep, ProcedureCase
from dangjian.kernel import clock
from dangjian.kernel.errors import Invalid, Refusal
from dangjian.members.models import Sanction
from dangjian.org.openings import at, register
from tests import make
from tests.activities.development.way import CODE, DAYS, House, applicant, begin, come_from, filled, take, walk

pytestmark = [pytest.mark.django_db, pytest.mark.day("2026-11-23"), pytest.mark.any_database]

CASES: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "cases" / "law.yaml").read_text(encoding="utf-8"))
KNOWN = {
    "title", "fact", "step", "day", "person", "begins", "days", "choose", "sanction", "entry", "outcome", "without",
    "above", "decided", "moved", "stands_before", "because", "refused", "reason", "due", "then", "late",
    "full_since", "ends",
}  # fmt: skip
ABOVE = {"temporary": "911"}


@pytest.mark.parametrize("case", CASES, ids=[case["title"] for case in CASES])
def test_the_law(case: dict[str, Any]) -> None:
    assert not case.keys() - KNOWN
    house = House(make.organization(ABOVE[case["above"]])) if "above" in case else House()
    person = applicant(house.branch, **case.get("person", {}))
    step, day = case["step"], _day(case)
    if step == "apply":
        _expect(case, lambda **_more: begin(person, day))
        return
    row = _walked(case, person)
    if "sanction" in case:
        with at(house.branch):
            Sanction.objects.create(member=house.helpers[1], **case["sanction"])
    if "moved" in case:
        come_from(row, make.branch(make.committee()), case["moved"])
    given = _given(case, house, day)
    if "due" in case:
        _check_due(row, step, day, case["due"])
    _expect(case, lambda **more: take(row, step, day, **(given | more)))
    if "late" in case:
        assert register(CaseStep).get(case=row, code=step, state="taken").is_late
    if "full_since" in case:
        member = register(Applicant).select_related("member").get(pk=person.pk).member
        assert member is not None
        assert member.converted_on == case["full_since"]
    for code, due in case.get("then", {}).items():
        _check_due(row, code, day, due)
    if "ends" in case:
        assert register(ProcedureCase).get(pk=row.pk).state == CaseState(case["ends"])


def _day(case: dict[str, Any]) -> dt.date:
    if "day" in case:
        return dt.date.fromisoformat(str(case["day"]))
    return case["begins"] + dt.timedelta(days=DAYS[case["step"]])


def _walked(case: dict[str, Any], person: Any) -> ProcedureCase:
    """The case as far as its step, without those that it goes without and what can then not be taken."""
    decided = {"conversion_meeting": case["decided"]} if "decided" in case else None
    return walk(
        person,
        case["begins"],
        before=case.get("stands_before", case["step"]),
        days=case.get("days"),
        without=case.get("without", ()),
        outcomes=decided,
    )


def _given(case: dict[str, Any], house: House, day: dt.date) -> dict[str, Any]:
    given: dict[str, Any] = {}
    step = procedure(CODE).step(case["step"], day)
    assert step is not None
    with at(house.branch):
        entry = filled(step, house.branch)
    for field, number in case.get("choose", {}).items():
        entry[field] = [one.pk for one in house.helpers[1 : number + 1]]
    given["entry"] = entry | case.get("entry", {})
    if "outcome" in case:
        given["outcome"] = case["outcome"]
    if "because" in case:
        given["reason"] = case["because"]
    return given


def _check_due(row: ProcedureCase, code: str, day: dt.date, due: Any) -> None:
    with clock.at(f"{day} 09:00"), at(row.organization):
        bring_up_to_date([row], day)
        found = CaseStep.objects.open().get(case=row, code=code).due_on
    assert found == (None if due == "none" else due)


def _expect(case: dict[str, Any], act: Any) -> None:
    if "refused" in case:
        with pytest.raises(Refusal, match=case["refused"]["says"]) as refused:
            act()
        assert case["refused"].get("article", "") in refused.value.citation
        return
    if "reason" in case:
        with pytest.raises(Invalid, match=case["reason"]["says"]) as wanted:
            act()
        assert (case["reason"]["article"] in wanted.value.citation, "reason" in wanted.value.fields) == (True, True)
        act(reason="确有特殊情况，已请示上级")
        return
    act()
