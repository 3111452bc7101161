"""Examples of the lists behind the figures of the annual statistics that count the development of members."""

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from dangjian.kernel import clock
from dangjian.members.actions import account
from dangjian.members.models import ChangeKind, Member
from dangjian.org.models import Organization
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.development.build import applicant, case_of
from tests.contracts.examples import Example
from tests.contracts.world import World
from tests.engines.annual.examples import office


def _query(table: str, column: str = "total") -> str:
    return "?" + urlencode({"table": table, "row": "total", "column": column})


def _branch(world: World, number: int) -> Organization:
    return make.branch(world.general_branch, name=f"虚构第{number}党支部")


def _applicant(world: World, number: int) -> Any:
    """One more who is to be developed, each at a branch of their own."""
    day = clock.today() - dt.timedelta(days=number)
    return case_of(applicant(_branch(world, number), f"虚构申请人{number}", applied_on=day, object_on=day))


def _admitted(world: World, number: int) -> Any:
    """One more who was admitted today."""
    name = f"虚构党员{number}"
    member = Member(name=name, name_sort=name)
    with unscoped("the world of the contracts"):
        account.enter(
            actor=make.SYSTEM,
            member=member,
            branch=_branch(world, number),
            kind=ChangeKind.ADMITTED,
            effective_on=clock.today(),
            category="2",
        )
    return member


def _over(world: World, number: int) -> Any:
    """One more whose probation is over, and nothing was decided."""
    joined_on = clock.today() - dt.timedelta(days=400 + number)
    return make.member(_branch(world, number), f"虚构党员{number}", category="2", joined_on=joined_on, effective_on=joined_on)


EXAMPLES = {
    "annual:behind_applicants": Example(query=_query("18"), row=_applicant, holder=office),
    "annual:behind_applicants_sheet": Example(query=_query("18")),
    "annual:behind_admissions": Example(query=_query("16"), row=_admitted, holder=office),
    "annual:behind_admissions_sheet": Example(query=_query("16")),
    "annual:behind_probations": Example(query=_query("15", "due"), row=_over, holder=office),
    "annual:behind_probations_sheet": Example(query=_query("15", "due")),
}
