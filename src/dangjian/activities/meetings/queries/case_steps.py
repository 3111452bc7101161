"""Steps of procedures that meetings decide: which ones a meeting could, how they are worded, and what meetings have them."""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet

from dangjian.activities.meetings.kinds import MEETING_KINDS
from dangjian.activities.meetings.models import (
    AgendaItem,
    AgendaType,
    Decision,
    DecisionType,
    Meeting,
    Status,
)
from dangjian.activities.meetings.plans import AgendaPlan, CaseStepPlan
from dangjian.engines.procedures import definition
from dangjian.engines.procedures.definition import Procedure, Step
from dangjian.engines.procedures.installed import procedure
from dangjian.engines.procedures.models import CaseStep, ProcedureCase
from dangjian.engines.procedures.queries import decided_at
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import NotFound
from dangjian.org.models import Organization
from dangjian.org.openings import register

OPEN_RECORD = (Status.DRAFT, Status.CALLED, Status.RUNNING, Status.HELD)
"""Meetings that may still decide what is on their agenda."""
TYPES: dict[str, tuple[str, ...]] = {
    "ordinary": (DecisionType.ORDINARY, DecisionType.OTHER),
    "admission": (DecisionType.ADMISSION,),
    "conversion": (DecisionType.CONVERSION,),
}
"""By what is put to the vote, the types of decision that can decide it, the usual one first."""


@dataclass(frozen=True, slots=True)
class CarriedStep:
    """A step of a case on an agenda, or one that could be put there; ``outcome`` is put to the vote."""

    case: ProcedureCase
    procedure: Procedure
    step: Step
    meeting: definition.Meeting
    outcome: str

    @property
    def plan(self) -> CaseStepPlan:
        """As it is put on an agenda."""
        return CaseStepPlan(self.case.pk, self.step.code, self.outcome)

    @property
    def outcome_title(self) -> str:
        """What is put to the vote, in words."""
        found = self.step.outcome(self.outcome)
        return found.title if found else ""

    @property
    def label(self) -> str:
        """张三：支部大会讨论（按期转正）."""
        return f"{self.case.title}：{self.step.title}（{self.outcome_title}）"

    @property
    def item_title(self) -> str:
        """How the item is called that it is proposed with."""
        name = self.case.title
        return {
            "admission": f"讨论接收{name}同志为预备党员",
            "conversion": f"讨论预备党员{name}同志转正",
        }.get(self.meeting.vote, f"{self.step.title}：{name}")

    @property
    def decision_type(self) -> str:
        """The usual type of the decision."""
        return TYPES[self.meeting.vote][0]

    @property
    def candidate_name(self) -> str:
        """Whom the vote is about, where it is about somebody."""
        return "" if self.meeting.vote == "ordinary" else self.case.title

    @property
    def decision_text(self) -> str:
        """The decision in words, as it is proposed."""
        name = self.case.title
        if self.meeting.vote == "admission":
            return f"同意接收{name}同志为中共预备党员。"
        if self.meeting.vote == "conversion" and self.outcome == self.meeting.passed[0]:
            return f"同意{name}同志按期转为中共正式党员。"
        if self.meeting.vote == "conversion":
            return f"同意对{name}同志{self.outcome_title}。"
        return f"{self.outcome_title}：{name}。"

    @property
    def item(self) -> AgendaPlan:
        """The item that it is proposed with."""
        return AgendaPlan(self.item_title, AgendaType.VOTE, case_step=self.plan)

    def came_out(self, decision: Decision) -> str:
        """The outcome that a decision leads to; empty if the step stays open.

        A vote for which too few came decides nothing, whatever one that did not pass leads to.
        """
        if decision.quorum_met is False or decision.passed is None:
            return ""
        return self.meeting.outcome(self.outcome, passed=decision.passed)

    def with_each_outcome(self) -> "list[CarriedStep]":
        """One for each outcome that can be put to the vote."""
        return [CarriedStep(self.case, self.procedure, self.step, self.meeting, code) for code in self.meeting.passed]


def carried(case: ProcedureCase, code: str, outcome: str = "") -> CarriedStep | None:
    """The step ``code`` of a case as meetings decide it; ``None`` if no app offers it, or no meeting decides it any more."""
    try:
        known = procedure(case.procedure)
    except NotFound:
        return None
    step = known.step(code, clock.today())
    if step is None or step.meeting is None:
        return None
    return CarriedStep(case, known, step, step.meeting, outcome or step.meeting.passed[0])


def carried_by(item: AgendaItem) -> CarriedStep | None:
    """What an item carries, if anything that is still offered."""
    return carried(item.case, item.case_step, item.case_outcome) if item.case else None


def open_items() -> QuerySet[AgendaItem]:
    """Items that carry a step which their meeting has not decided and still may."""
    used = register(Decision).filter(agenda_item=OuterRef("pk"), case_step__isnull=False)
    rows: QuerySet[AgendaItem] = register(AgendaItem).filter(case__isnull=False, meeting__status__in=OPEN_RECORD)
    return rows.exclude(Exists(used)).select_related("meeting__organization")


def decidable(
    actor: Actor, organization: Organization, kinds: Collection[str], *, on: dt.date | None = None, meeting: Meeting | None = None
) -> list[tuple[CaseStep, CarriedStep]]:
    """Open steps that a meeting of these kinds could decide on a day, of cases that the actor may see; the most urgent first.

    What another meeting than ``meeting`` has on its agenda is left out.
    """
    rows = [row for row in decided_at(organization) if row.is_due(on or clock.today())]
    found = [(row, one) for row in rows if (one := carried(row.case, row.code)) and not set(one.meeting.kinds).isdisjoint(kinds)]
    found = [pair for pair in found if actor.may(pair[1].procedure.view, pair[0].case.organization)]
    others = open_items().filter(case__in=[row.case_id for row, _ in found])
    if meeting is not None:
        others = others.exclude(meeting=meeting)
    taken = set(others.values_list("case_id", "case_step"))
    return [(row, one) for row, one in found if (row.case_id, row.code) not in taken]


def titles_of(kinds: Iterable[str]) -> str:
    """支部委员会会议或支部党员大会."""
    return "或".join(MEETING_KINDS[code].title for code in kinds if code in MEETING_KINDS)


def undone(meeting: Meeting) -> list[Decision]:
    """Decisions under items that carry a step which has not been moved by them, by the number of the case."""
    rows = meeting.decisions.filter(election=None, case_step=None, agenda_item__case__isnull=False)
    found: list[Decision] = list(rows.select_related("agenda_item__case__organization"))
    return sorted(found, key=lambda one: (one.agenda_item.case_id or 0, one.pk) if one.agenda_item else (0, one.pk))


def items_of(case: ProcedureCase) -> Sequence[AgendaItem]:
    """All items that carry, or carried, a step of a case, those of the latest meetings first."""
    rows = register(AgendaItem).filter(case=case).exclude(meeting__status=Status.CANCELLED)
    return list(rows.select_related("meeting__organization").order_by("-meeting__held_on", "-pk"))


def decisions_under(items: Collection[AgendaItem]) -> dict[int, Decision]:
    """By item, the decision that was recorded under it."""
    rows = register(Decision).filter(agenda_item__in=[item.pk for item in items], election=None).order_by("pk")
    return {row.agenda_item_id: row for row in rows if row.agenda_item_id}
