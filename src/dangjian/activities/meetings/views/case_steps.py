"""What the pages of a meeting say of the cases on its agenda."""

from dataclasses import dataclass

from django.urls import reverse

from dangjian.activities.meetings.actions.case_steps import problem_of
from dangjian.activities.meetings.models import AgendaItem, Decision, Meeting
from dangjian.activities.meetings.queries.case_steps import OPEN_RECORD, CarriedStep, carried_by
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Refusal


@dataclass(frozen=True, slots=True)
class CaseLine:
    """The step of a case that an item carries: ``url`` for who may see the case, ``problem`` what keeps it from being decided."""

    carried: CarriedStep
    url: str
    decision: Decision | None
    problem: Refusal | None

    @property
    def is_done(self) -> bool:
        """Whether the case was moved."""
        return self.decision is not None and self.decision.is_used

    @property
    def follows(self) -> str:
        """What the confirmed record will do."""
        if self.decision is None:
            return "还没有登记表决结果，这一步不变"
        code = self.carried.came_out(self.decision)
        outcome = self.carried.step.outcome(code)
        result = "到会人数不够，表决无效" if self.decision.quorum_met is False else self.decision.result_text
        return f"{result}，办理为“{outcome.title}”" if outcome else f"{result}，这一步不变，可以再次提请表决"


def case_line(actor: Actor, meeting: Meeting, item: AgendaItem) -> CaseLine | None:
    """Of one item; ``None`` if it carries nothing."""
    found = carried_by(item)
    if found is None:
        return None
    may_see = actor.may(found.procedure.view, found.case.organization)
    url = f"{reverse(f'procedures:{found.procedure.code}_case', args=[found.case.pk])}#{found.step.code}" if may_see else ""
    decision = next((row for row in item.decisions.all() if row.election_id is None), None)
    is_open = not (decision and decision.is_used) and meeting.status in OPEN_RECORD
    return CaseLine(found, url, decision, problem_of(meeting, found) if is_open else None)


def case_lines(actor: Actor, meeting: Meeting) -> list[CaseLine]:
    """Of every item that carries a step which the meeting has still to decide."""
    items = meeting.agenda.exclude(case=None).select_related("case__organization").prefetch_related("decisions")
    found = [line for item in items if (line := case_line(actor, meeting, item))]
    return [line for line in found if not line.is_done]
