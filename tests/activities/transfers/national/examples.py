"""What the national system says of transfers of the small world."""

from typing import Any

from dangjian.activities.transfers.models import NationalRow
from dangjian.kernel import clock
from dangjian.org.openings import at
from tests import make
from tests.activities.transfers.examples import asked
from tests.contracts.examples import Example
from tests.contracts.world import World


def _row(world: World, number: int) -> NationalRow:
    """A transfer that has been received there, and is under way here."""
    branch = make.branch(world.general_branch)
    case = asked(world, make.member(branch, f"甲对照{number}密"))
    with at(branch):
        return NationalRow.objects.create(
            organization=branch,
            case=case,
            key=f"case {case.pk}",
            name=case.title,
            direction="本单位内转接",
            sent_from=branch.name,
            answer="received",
            answered_on=clock.today(),
        )


def _not_told(world: World, number: int) -> Any:
    return asked(world, make.member(make.branch(world.general_branch), f"甲未报{number}密"))


def _under_way(world: World) -> dict[str, Any]:
    asked(world)
    return {}


EXAMPLES = {
    "transfers:national": Example(row=_row, holder=lambda world: world.office),
    "transfers:national_missing": Example(row=_not_told, holder=lambda world: world.office),
    "transfers:national_export": Example(
        _under_way, post=lambda _world: {"purpose": "报送全国系统"}, holder=lambda world: world.secretary
    ),
}
