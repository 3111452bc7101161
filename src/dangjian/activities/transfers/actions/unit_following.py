"""Whole units follow their branches: one that goes into another one while they are under way loses nobody."""

import datetime as dt
from collections.abc import Collection

from dangjian.activities.transfers.queries.units import running
from dangjian.engines.procedures.actions import ending
from dangjian.kernel.actor import Actor, SystemActor
from dangjian.org.models import Organization, Reorganisation

MOVED, TURNED = "units_moved", "units_turned"
"""Under these names a merger keeps the numbers of the cases that began at the branch that was merged, or led to it."""


def merged(actor: Actor, organization: Organization, into: Organization, reorganisation: Reorganisation) -> None:
    """The members of a unit go on from the branch into which theirs went; one that was to come there comes to that one."""
    system, day = SystemActor(f"“{organization}”并入“{into}”"), reorganisation.effective_on
    for case in running(organization=organization, other_side=into) | running(organization=into, other_side=organization):
        ending.end(actor=system, case=case, reason=f"“{organization}”已并入“{into}”")
    moving = list(running(organization=organization))
    for case in moving:
        ending.move(actor=actor, case=case, organization=into, day=day)
    turned = list(running(other_side=organization))
    for case in turned:
        ending.turn(actor=actor, case=case, other_side=into)
    reorganisation.ended |= {MOVED: [case.pk for case in moving], TURNED: [case.pk for case in turned]}


def put_back(actor: Actor, reorganisation: Reorganisation) -> Collection[int]:
    """Units that were to go from, or to come to, a branch that is there again do so again."""
    back = reorganisation.organization
    for case in running(pk__in=reorganisation.ended.get(MOVED, ())):
        ending.move(actor=actor, case=case, organization=back, day=reorganisation.effective_on)
    for case in running(pk__in=reorganisation.ended.get(TURNED, ())):
        ending.turn(actor=actor, case=case, other_side=back)
    return ()


def obstacle(organization: Organization, _day: dt.date) -> str:
    """A branch from which, or to which, a whole unit is under way is not dissolved."""
    if running(other_side=organization).exists() or running(organization=organization).exists():
        return "整建制转接正在办理，请先办结或者撤回"
    return ""
