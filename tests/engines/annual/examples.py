"""How to call the addresses of the annual statistics in the contracts' small world."""

from typing import Any
from urllib.parse import urlencode

from dangjian.kernel import clock
from dangjian.org.models import Organization
from tests import make
from tests.contracts.examples import Example
from tests.contracts.world import World

TOTAL = "?" + urlencode({"table": "2", "row": "total", "column": "total"})


OWN_FIGURES = "the number is that of a table, whose figures are those of one's own organisation"


def office(world: World) -> Any:
    return world.office


def a_member(world: World, number: int) -> Any:
    """One more, each in a branch of their own."""
    branch: Organization = make.branch(world.general_branch, name=f"虚构第{number}党支部")
    return make.member(branch, f"虚构党员{number}")


CHANGED = "?" + urlencode({"table": "1", "row": "increase", "column": "total"})


def a_newcomer(world: World, number: int) -> Any:
    """One more who came today."""
    branch: Organization = make.branch(world.general_branch, name=f"虚构第{number}党支部")
    return make.member(branch, f"虚构党员{number}", effective_on=clock.today())


EXAMPLES = {
    "annual:table": Example(lambda _world: {"number": "2"}, open_to_neighbours=OWN_FIGURES),
    "annual:table_sheet": Example(lambda _world: {"number": "2"}, open_to_neighbours=OWN_FIGURES),
    "annual:behind_members": Example(query=TOTAL, row=a_member, holder=office),
    "annual:behind_members_sheet": Example(query=TOTAL),
    "annual:behind_changes": Example(query=CHANGED, row=a_newcomer, holder=office),
    "annual:behind_changes_sheet": Example(query=CHANGED),
}
