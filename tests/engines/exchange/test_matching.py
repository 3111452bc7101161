"""Whom a row of an export is about, case by case as an auditor reads them (``matching.yaml``), all in one comparison."""

import datetime as dt
from itertools import chain
from pathlib import Path
from typing import Any

import yaml

from dangjian.engines.exchange.models import ImportRow
from dangjian.kernel.identity import fictional_resident_id
from dangjian.members.models import Member
from dangjian.org.unscoped import unscoped
from tests.engines.exchange.test_comparing import BRANCH, HEADERS, a_system, compared, entered
from tests.importing import Enterprise
from tests.members.sheets.people import person, sheet

CASES: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("matching.yaml").read_text("utf-8"))


def _row(place: int, told: dict[str, Any]) -> dict[str, Any]:
    born: dt.date = told["born"]
    number = fictional_resident_id(born, told["place"]) if "place" in told else None
    return person(place, told.get("branch", BRANCH), 姓名=told["name"], 公民身份号码=number, 出生日期=born)


def _rows(side: str) -> list[dict[str, Any]]:
    told = chain.from_iterable(case[side] for case in CASES)
    # Telephone numbers are alike where nobody has another, so that only what tells a person speaks.
    return [_row(1, one) for one in told]


def test_whom_each_row_is_about(enterprise: Enterprise) -> None:
    entered(enterprise, *_rows("ours"))
    with unscoped("test world"):
        assert Member.objects.count() == sum(len(case["ours"]) for case in CASES)
    batch = compared(enterprise, a_system(enterprise), sheet(_rows("theirs"), HEADERS))
    with unscoped("test world"):
        rows = list(ImportRow.objects.filter(batch=batch).order_by("number"))
        names = dict(Member.objects.values_list("pk", "name"))
    place = 0
    for case in CASES:
        mine = rows[place : place + len(case["theirs"])]
        place += len(mine)
        assert [row.outcome for row in mine] == case["outcomes"], (case["says"], enterprise.problems(batch))
        assert [why for row in mine for _record, why in row.candidates] == case.get("why", []), case["says"]
        candidates = {names[record] for row in mine for record, _why in row.candidates}
        assert candidates <= {one["name"] for one in case["ours"]}, case["says"]
