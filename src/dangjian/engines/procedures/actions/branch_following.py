"""Cases about organisations follow a branch that goes into another one: who was to come there, what was begun there."""

import datetime as dt
from collections.abc import Collection, Sequence

from django.db.models import QuerySet

from dangjian.engines.procedures.actions import ending
from dangjian.engines.procedures.models import CaseState, CaseStep, ProcedureCase, StepState
from dangjian.engines.procedures.offers import ProcedureOffer
from dangjian.kernel.actor import Actor
from dangjian.kernel.registry import offers
from dangjian.org.models import Organization, Reorganisation
from dangjian.org.openings import register

MOVED = "branch_procedures"
"""Under this name a merger keeps the numbers of the cases that it took along."""
NAMED_AT_MOST = 3


def merged(actor: Actor, organization: Organization, into: Organization, reorganisation: Reorganisation) -> None:
    """What a branch has in hand goes on in the branch into which it goes."""
    cases = list(_running().filter(organization=organization))
    for case in cases:
        ending.move(actor=actor, case=case, organization=into, day=reorganisation.effective_on)
    reorganisation.ended |= {MOVED: [case.pk for case in cases]}


def built_on(reorganisation: Reorganisation) -> Sequence[str]:
    """Cases that went along and have gone on since."""
    since = register(CaseStep).filter(taken_at__gt=reorganisation.done_at).exclude(state=StepState.OPEN)
    rows = register(ProcedureCase).filter(pk__in=reorganisation.ended.get(MOVED, ()))
    names = list(rows.filter(pk__in=since.values("case")).values_list("title", flat=True)[:NAMED_AT_MOST])
    return [f"“{'”“'.join(names)}”在其后又有办理"] if names else []


def put_back(actor: Actor, reorganisation: Reorganisation) -> Collection[int]:
    """They are in hand where they were."""
    for case in _running().filter(pk__in=reorganisation.ended.get(MOVED, ()), organization=reorganisation.entered):
        ending.move(actor=actor, case=case, organization=reorganisation.organization, day=reorganisation.effective_on)
    return ()


def obstacle(organization: Organization, _day: dt.date) -> str:
    """An organisation that has something in hand is not dissolved."""
    titles = list(_running().filter(organization=organization).values_list("title", flat=True)[:NAMED_AT_MOST])
    return f"还有“{'”“'.join(titles)}”没有办结，请先办结或者撤回" if titles else ""


def _running() -> QuerySet[ProcedureCase]:
    """Open cases about organisations, of all procedures that are."""
    codes = [offer.code for offer in offers(ProcedureOffer) if offer.procedure.about == "organization"]
    rows: QuerySet[ProcedureCase] = register(ProcedureCase).filter(procedure__in=codes, state=CaseState.OPEN)
    return rows.select_related("organization", "other_side")
