"""Steps that meetings decide, as the page of a case shows them: where they can be put before one, and which has them."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from dangjian.engines.procedures.actions.turns import require_turn
from dangjian.engines.procedures.definition import Step
from dangjian.engines.procedures.installed import body_of, procedure
from dangjian.engines.procedures.models import CaseStep, ProcedureCase
from dangjian.engines.procedures.offers import Carried, DecidedIn, MeetingLink
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor, may
from dangjian.kernel.registry import offers

AHEAD = dt.timedelta(days=30)
"""So long before a step may be taken, a meeting for it can be called from the page."""


@dataclass(frozen=True, slots=True)
class ToDecide:
    """An open step for somebody who may put it before a meeting; ``carried`` are the meetings that have it on their agenda."""

    row: CaseStep
    step: Step
    body: str
    links: tuple[MeetingLink, ...]
    carried: tuple[Carried, ...]

    @property
    def is_early(self) -> bool:
        """Whether the meeting may not be held today yet."""
        return not self.row.is_due(clock.today())


def carried_of(case: ProcedureCase, actor: Actor) -> list[Carried]:
    """The meetings that have, or had, steps of the case on their agenda."""
    if not any(step.meeting for step in procedure(case.procedure).all_steps):
        return []
    return [each for offer in offers(DecidedIn) for each in offer.carried(actor, case)]


def to_decide(case: ProcedureCase, actor: Actor, carried: Sequence[Carried]) -> list[ToDecide]:
    """The open steps that meetings decide, for whoever has the turn to put them before one."""
    if not case.is_open:
        return []
    known, today = procedure(case.procedure), clock.today()
    found: list[ToDecide] = []
    for row in CaseStep.objects.open().filter(case=case).select_related("place").order_by("opens_on", "pk"):
        step = known.step(row.code, today)
        if step is None or step.meeting is None or not row.is_due(today + AHEAD):
            continue
        row.case = case
        if may(require_turn, actor, case, step, row.place):
            links = tuple(link for offer in offers(DecidedIn) for link in offer.links(actor, row, step))
            ahead = tuple(each for each in carried if each.code == row.code and each.is_ahead)
            found.append(ToDecide(row, step, body_of(step), links, ahead))
    return found
