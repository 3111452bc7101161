"""Open steps stand on the lists of duties, each with its person and its last day: there is no second way to be reminded."""

import datetime as dt
from collections.abc import Callable

from django.db.models import QuerySet

from dangjian.engines.procedures.definition import OFFICES, Procedure, Turn
from dangjian.engines.procedures.models import CaseStep, StepState
from dangjian.engines.procedures.queries import open_of
from dangjian.org.duty_offers import ActionLink, DueDates, DutyRule, Evidence, Owed
from dangjian.org.models import Kind

TURNS: tuple[Turn, ...] = (*OFFICES, "themselves", "named")


def code_of(procedure: str, turn: Turn) -> str:
    """The code of the rule for the steps of a procedure that are somebody's turn."""
    return f"procedure.{procedure}.{turn}"


def codes_of(procedure: str) -> tuple[str, ...]:
    """The rules by which the steps of a procedure stand on lists of duties."""
    return tuple(code_of(procedure, turn) for turn in TURNS)


def rules_of(procedure: Procedure) -> tuple[DutyRule, ...]:
    """One rule for each turn that some step of the procedure is."""
    turns = {step.who.turn for step in procedure.all_steps if step.is_asked_for}
    return tuple(_rule(procedure, turn) for turn in TURNS if turn in turns)


def _rule(procedure: Procedure, turn: Turn) -> DutyRule:
    return DutyRule(
        code_of(procedure.code, turn),
        procedure.title,
        procedure.title,
        rule="",
        kinds=frozenset(Kind.values),
        how=f"打开这件{procedure.noun}，办理轮到的一步。",
        responsible=procedure.posts[turn],
        start=ActionLink("去办理", "procedures:step", args=lambda duty: (duty.occasion,)),
        evidence=Evidence(_taken(procedure), on="taken_on", occasion="pk", url_name="procedures:step"),
        occasions=DueDates(
            rows=_open(procedure, turn),
            organization="place_id",
            opens_on="opens_on",
            due_on="due_on",
            title="duty_title",
            responsible="person_id" if turn in {"themselves", "named"} else "",
        ),
        cited=lambda duty: cited(procedure, duty),
        view=procedure.view,
        icon=procedure.icon,
        order=600,
    )


def _taken(procedure: Procedure) -> Callable[[], QuerySet[CaseStep]]:
    return lambda: CaseStep.objects.filter(case__procedure=procedure.code, state=StepState.TAKEN)


def _open(procedure: Procedure, turn: Turn) -> Callable[[dt.date], QuerySet[CaseStep]]:
    return lambda _today: open_of(procedure, turn)


def cited(procedure: Procedure, duty: Owed) -> str:
    """The article of the step that a duty is about, whose title ends the duty's (``queries.open_of``)."""
    step = next((one for one in procedure.all_steps if duty.title.endswith(f"：{one.title}")), None)
    return step.citation if step else ""
