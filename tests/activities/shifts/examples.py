"""How to call each address of the shift plan in the small world of the contracts."""

import datetime as dt
from typing import Any

from dangjian.accounts.models import User
from dangjian.activities.shifts.actions import kinds
from dangjian.activities.shifts.models import ShiftKind
from dangjian.org.unscoped import unscoped
from tests import make
from tests.contracts.examples import Example
from tests.contracts.world import World


def kind(world: World) -> ShiftKind:
    """A shift that the branch has laid down for itself."""
    with unscoped("test"):
        return kinds.set_shift(
            actor=make.SYSTEM, organization=world.branch, title="甲班", writings=["甲"], starts=dt.time(7), ends=dt.time(15)
        )


def secretary(world: World) -> User:
    return world.secretary


def _typed(_world: World) -> dict[str, Any]:
    return {"title": "乙班", "writings": "乙、B", "starts": "15:00", "ends": "23:00"}


EXAMPLES = {
    "shifts:set_kind": Example(lambda world: {"pk": world.branch.pk}, post=_typed, holder=secretary),
    "shifts:remove_kind": Example(lambda world: {"pk": kind(world).pk}, post=lambda _world: {}, holder=secretary),
}
