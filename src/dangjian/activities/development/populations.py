"""What tables of the annual report count of the development of members, and how the lists behind their figures are shown."""

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from dangjian.activities.development import lists
from dangjian.activities.development.models import Applicant
from dangjian.activities.development.queries.admissions import scan_admissions
from dangjian.activities.development.queries.people import with_case
from dangjian.activities.development.queries.population import DIMENSIONS, scan_applicants
from dangjian.activities.development.queries.probations import PROBATION_DIMENSIONS, scan_probations
from dangjian.activities.development.queries.way import PROCEDURE
from dangjian.kernel.lists import DAY, LINE, STATE, Column
from dangjian.kernel.sql import numbered
from dangjian.kernel.tabulation import Behind, Population
from dangjian.members.lists import by_person
from dangjian.members.populations import PEOPLE
from dangjian.members.queries.changes import CHANGE_DIMENSIONS
from dangjian.org.openings import register

UNSEEN = ("resident_id", "mobile")


def _applicants(numbers: Collection[int]) -> QuerySet[Any]:
    """Those whom a figure counts: the organisation had their application in hand on the day, wherever it is now."""
    rows: QuerySet[Applicant] = register(Applicant).filter(numbered("pk", numbers)).select_related("organization")
    return with_case(rows.defer(*UNSEEN))


def _case(one: Any) -> str:
    """The page of the case, where the reader sees it."""
    return reverse(f"procedures:{PROCEDURE}_case", args=[one.case_id]) if one.case_id else ""


APPLICANTS = Population(
    code="applicants",
    title="在培养的人",
    unit="名",
    says="{until}在培养的人",
    dimensions=DIMENSIONS,
    scan=scan_applicants,
    behind=Behind(
        rows=_applicants,
        columns=(
            Column("姓名", "name", sort="name_sort", key="name"),
            Column("现在所在支部", "organization.short_name", LINE, sort="organization__path", key="organization"),
            Column("申请入党", "applied_on", DAY, sort="applied_on", key="applied"),
            Column("现在阶段", lists.state, STATE, sort="stage", key="stage"),
        ),
        order=("organization__path", "name_sort"),
        address=_case,
        filters=(by_person(""),),
    ),
)

JOINED = replace(
    PEOPLE, columns=(*PEOPLE.columns, Column("入党时间", "joined_on", DAY, sort="joined_on", key="joined")), of="person"
)
"""Of people who became members here: with the day on which they did."""

ADMISSIONS = Population(
    code="admissions",
    title="发展的党员",
    unit="名",
    says="{since}至{until}发展的党员",
    dimensions=CHANGE_DIMENSIONS,
    scan=scan_admissions,
    behind=JOINED,
    about="members",
)

PROBATIONS = Population(
    code="probations",
    title="预备党员的转正",
    unit="人次",
    says="{since}至{until}预备期满或者已经审批的预备党员",
    dimensions=PROBATION_DIMENSIONS,
    scan=scan_probations,
    behind=JOINED,
    about="members",
)
