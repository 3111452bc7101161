"""What the regulations say of transfers out and in, by readable cases: one that allows and one that refuses for each."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import yaml

from dangjian.activities.transfers.models import TransferKind
from dangjian.activities.transfers.queries import letters as read
from dangjian.engines.procedures.installed import procedure
from dangjian.engines.procedures.models import ProcedureCase
from dangjian.kernel.errors import Refusal
from dangjian.kernel.identity import fictional_resident_id
from dangjian.org.unscoped import unscoped
from tests.activities.transfers.outside import Outside, letter

CASES: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "cases" / "law.yaml").read_text(encoding="utf-8"))
DAY = dt.date(2026, 11, 23)
ORDER = {"out": ("ask", "release", "issue", "receipt"), "in": ("enter", "assign", "receive")}
GOES_ON = {"release": "released", "assign": "assigned"}
pytestmark = pytest.mark.day(str(DAY))


@pytest.mark.any_database
@pytest.mark.django_db
@pytest.mark.parametrize("told", CASES, ids=lambda told: f"{told['fact']}: {told['title']}")
def test_the_rule(told: dict[str, Any]) -> None:
    house = Outside()
    if told.get("above") == "temporary":
        with unscoped("test"):
            type(house.committee).objects.filter(pk=house.committee.pk).update(type_code="911")
    before = house.counted()
    wanted = told.get("refused") or told.get("reason")
    if not wanted:
        case = _played(house, told)
        _check(house, case, before, told.get("then", {}))
        return
    with pytest.raises(Refusal) as refused:
        _played(house, told)
    assert wanted["says"] in refused.value.message
    assert wanted.get("article", "") in refused.value.citation
    assert ("reason" in refused.value.fields) is ("reason" in told)
    assert house.counted() == before
    if "reason" in told:
        _played(Outside(), _of_another(told), "情况特殊，已请示上级")


def _of_another(told: dict[str, Any]) -> dict[str, Any]:
    """The same of somebody else, as nobody comes twice."""
    if told["way"] == "out":
        return told
    number = fictional_resident_id(dt.date(1990, 1, 1), 3)
    enter = told["given"]["enter"] | {"resident_id": number, "number": "虚构介〔2026〕8号"}
    return told | {"given": told["given"] | {"enter": enter}}


def _played(house: Outside, told: dict[str, Any], reason: str = "") -> ProcedureCase:
    given, last = told.get("given", {}), told["step"]
    first, *others = ORDER[told["way"]]
    begin = house.go if told["way"] == "out" else house.come
    case = begin(reason=reason if last == first else "", **given.get(first, {}))
    steps = others[: others.index(last) + 1] if last in others else [last] if last != first else []
    for code in steps:
        is_last = code == last
        outcome = told.get("outcome", "") if is_last else ""
        by = house.secretary if code == "receive" else house.above
        house.take(
            case,
            code,
            by,
            outcome or GOES_ON.get(code, ""),
            reason=reason if is_last else "",
            slip=code == "receipt",
            **given.get(code, {}),
        )
    return case


def _check(house: Outside, case: ProcedureCase, before: int, then: dict[str, Any]) -> None:
    if "counts" in then:
        here = before if case.procedure == read.OUT else before + 1
        assert house.counted() == (here if then["counts"] else here - 1)
    for name in ("valid_days", "ends_on"):
        if name in then:
            assert getattr(letter(case), name) == then[name]


def test_each_fact_has_a_case_that_allows_and_one_that_does_not() -> None:
    one_way = {"xfer.check_file"}  # it may be checked, or not: nothing refuses
    for fact in {told["fact"] for told in CASES} - one_way:
        said = [bool(told.get("refused") or told.get("reason")) for told in CASES if told["fact"] == fact]
        assert set(said) == {True, False}, fact


def test_the_kinds_of_transfers_are_the_same_wherever_they_are_chosen() -> None:
    for code in (read.OUT, read.IN):
        entry = {one.code: one for one in procedure(code).on(DAY).steps[0].entry}
        assert list(entry["kind"].choices) == TransferKind.choices
