"""How to call the addresses of the counting of burden in the contracts' small world."""

from typing import Any

from dangjian.engines.burden.actions.counting import add
from dangjian.kernel.effort import Effort
from tests import make
from tests.contracts.examples import Example
from tests.contracts.world import World


def office(world: World) -> Any:
    return world.office


def one_more(world: World, number: int) -> None:
    """Another branch about which something was filled in."""
    branch = make.branch(world.general_branch, name=f"虚构第{number}党支部")
    add(Effort("members", branch.pk, forms=1, typed=2, proposed=3, cells=4))


EXAMPLES = {
    "burden:statistics": Example(row=one_more, holder=office),
}
