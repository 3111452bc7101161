"""Whoever was admitted in a period, read for the tables of the annual report (tables 16 and 17).

They are the lines of the account that count in table 1. Whether somebody was in the Youth League is said by the record of the
member; where that says nothing, by the application with which they were admitted, and how they were recommended by its case.
"""

import datetime as dt
from typing import Any

from dangjian.activities.development.models import Applicant
from dangjian.activities.development.queries.way import PROCEDURE
from dangjian.engines.procedures.models import CaseStep, StepState
from dangjian.kernel.sql import numbered
from dangjian.kernel.tabulation import MISSING, Wanted
from dangjian.members.models import ChangeKind
from dangjian.members.queries.changes import CHANGED, scan_changes
from dangjian.members.queries.population import JOIN_TYPE
from dangjian.org.openings import register

ADMITTED = frozenset({ChangeKind.ADMITTED, ChangeKind.READMITTED})
IN_LEAGUE, RECOMMENDED = "1111", "11111"
"""Among the codes of ``join_type``: in the Youth League when admitted, and recommended by it."""


def scan_admissions(wanted: Wanted) -> dict[str, Any]:
    """Whoever was admitted in the period, for the first time or again; what was taken back is none."""
    columns = scan_changes(wanted, ADMITTED)
    if wanted.asks(JOIN_TYPE.code):
        missing = columns[JOIN_TYPE.code] == MISSING
        days = zip(columns["person"][missing].tolist(), columns[CHANGED.code][missing].tolist(), strict=True)
        said = _of_cases(columns["person"][missing].tolist())
        columns[JOIN_TYPE.code][missing] = JOIN_TYPE.values(said.get((pk, dt.date.fromordinal(day)), "") for pk, day in days)
    return columns


def _of_cases(members: list[int]) -> dict[tuple[int, dt.date], str]:
    """By member and day of admission, how the application has it that they were in the Youth League."""
    rows = register(Applicant).filter(numbered("member", members), in_youth_league=True).exclude(admitted_on=None)
    applied = {pk: (member, day) for pk, member, day in rows.values_list("pk", "member_id", "admitted_on") if member and day}
    found = dict.fromkeys(applied.values(), IN_LEAGUE)
    steps = register(CaseStep).filter(case__procedure=PROCEDURE, code="recommend", state=StepState.TAKEN)
    for row in steps.filter(numbered("case__subject_id", applied)).select_related("case").only("entry", "case__subject_id"):
        if row.read_entry().get("kind") == "league":
            found[applied[row.case.subject_id]] = RECOMMENDED
    return found
