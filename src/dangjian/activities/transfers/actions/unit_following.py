"""Whole units follow the branch to which they are under way; that from which they go the engine follows itself."""

import datetime as dt
from collections.abc import Collection

from dangjian.activities.transfers.queries.units import running
from dangjian.engines.procedures.actions import ending
from dangjian.kernel.actor import Actor, SystemActor
from dangjian.org.models import Organization, Reorganisation

TURNED = "units_turned"
"""Under this name a merger keeps the numbers of the cases that led to the branch that was merged."""


def merged(actor: Actor, organization: Organization, into: Organization, reorganisation: Reorganisation) -> None:
    """A unit that was to come to a branch comes to the one into which that goes; between the two there is nothing left to do."""
    both, system = (organization, into), SystemActor(f"“{organization}”并入“{into}”")
    for case in running(organization__in=both, other_side__in=both):
        ending.end(actor=system, case=case, reason=f"“{organization}”已并入“{into}”")
    turned = list(running(other_side=organization))
    for case in turned:
        ending.turn(actor=actor, case=case, other_side=into)
    reorganisation.ended |= {TURNED: [case.pk for case in turned]}


def put_back(actor: Actor, reorganisation: Reorganisation) -> Collection[int]:
    """Units that were to come to a branch that is there again do so again."""
    for case in running(pk__in=reorganisation.ended.get(TURNED, ())):
        ending.turn(actor=actor, case=case, other_side=reorganisation.organization)
    return ()


def obstacle(organization: Organization, _day: dt.date) -> str:
    """A branch to which a whole unit is under way is not dissolved."""
    return "整建制转接正在办理，请先办结或者撤回" if running(other_side=organization).exists() else ""
