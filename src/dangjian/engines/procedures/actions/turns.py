"""Whose turn a step of a case is."""

import datetime as dt

from django.urls import reverse

from dangjian.engines.procedures.definition import Step
from dangjian.engines.procedures.installed import body_of, procedure
from dangjian.engines.procedures.models import CaseStep, ProcedureCase
from dangjian.engines.procedures.queries import Hands, is_named, names_of_accounts, taken_steps
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, NotFound, PermissionDenied
from dangjian.kernel.ui import words
from dangjian.org.models import Organization


def step_of(row: CaseStep) -> Step:
    """What the procedure says of a step of a case, as its text was on the day on which it was taken."""
    found = procedure(row.case.procedure).step(row.code, row.taken_on or clock.today())
    if found is None:
        raise NotFound("这个流程没有这一步。")
    return found


def require_turn(actor: Actor, case: ProcedureCase, step: Step, place: Organization) -> None:
    """Raise unless it is for the actor to take this step: the person, somebody named for the case, or the office at ``place``.

    Nobody takes a step of the office in their own case, nor one that must be taken by another person than an earlier one.
    """
    if step.who.themselves and (is_own(actor, case) or actor.user_id is None):
        return
    is_named = bool(step.who.named) and actor.user_id in Hands([case]).people(step, case)
    if not is_named and not (step.who.permission and actor.may(step.who.permission, place)):
        require_seeing(actor, case)
        raise PermissionDenied(
            f"“{step.title}”由{_whose(case, step, place)}办理。", how=HOW_TO_GET_IT if step.who.permission else ""
        )
    require_not_own(actor, case)
    if step.who.not_by and actor.user_id is not None:
        before = taken_steps(case).filter(code__in=step.who.not_by, taken_by_id=actor.user_id).first()
        if before:
            title = step_named(case, before.code).title
            raise PermissionDenied(f"“{title}”是您办理的，“{step.title}”须由另一位同志办理。", how="请由其他同志办理。")


def is_own(actor: Actor, case: ProcedureCase) -> bool:
    """Whether the case is about the actor."""
    return actor.user_id is not None and actor.user_id == case.account_id


def require_not_own(actor: Actor, case: ProcedureCase) -> None:
    """Raise if the case is about the actor: nobody decides, or confirms what was decided, about themselves."""
    if is_own(actor, case):
        raise PermissionDenied("这件事关系到您本人，不能由您自己办理。", how="请由其他同志办理。")


def reads_all(actor: Actor, case: ProcedureCase) -> bool:
    """Whether the actor may read what was written at every step: whoever sees such cases there, and whom the app names for it.

    The person whom the case is about sees of the steps of others that they were done and what came of them.
    """
    return sees(actor, case) or is_named(case, actor.user_id)


def sees(actor: Actor, case: ProcedureCase) -> bool:
    """Whether the actor may see such cases on one of its sides."""
    view = procedure(case.procedure).view
    return actor.may(view, case.organization) or (case.other_side is not None and actor.may(view, case.other_side))


def page_for(actor: Actor, case: ProcedureCase | None) -> tuple[str, str] | None:
    """Title and address of the page of a case, for a refusal that leads there whoever may see it."""
    if case is None or not sees(actor, case):
        return None
    return "打开正在办理的这一件", reverse(f"procedures:{case.procedure}_case", args=[case.pk])


def require_seeing(actor: Actor, case: ProcedureCase) -> None:
    """Raise unless the actor ``sees`` the case."""
    if not sees(actor, case):
        actor.require(procedure(case.procedure).view, case.organization)


def is_for_person(step: Step, row: CaseStep) -> bool:
    """Whether what was written at a step is for the person too: they took it, or it was sent back to a step of theirs."""
    outcome = step.outcome(row.outcome)
    back = step_named(row.case, outcome.back_to) if outcome and outcome.back_to else None
    return step.who.themselves or bool(back and back.who.themselves)


def require_reading(actor: Actor, row: CaseStep) -> None:
    """Raise unless the actor may read what was written and handed in at a step of a case that they may see."""
    if not reads_all(actor, row.case) and not is_for_person(step_of(row), row):
        raise NotFound


HOW_TO_GET_IT = "如工作需要，请联系上级党组织或安全管理员授权。"


def _whose(case: ProcedureCase, step: Step, place: Organization) -> str:
    """Whose turn it is, by name where the app names somebody."""
    if step.who.themselves:
        return "本人"
    return "、".join(names_of_accounts(Hands([case]).people(step, case))) or place.short_name


def require_by_hand(case: ProcedureCase, step: Step, day: dt.date) -> None:
    """Raise unless the step may be entered by hand for ``day``.

    What a meeting decides is recorded there, and once. Only what was decided before the organisation was kept on the platform is
    history that somebody enters.
    """
    live_on = case.organization.live_on
    if step.meeting is None or day < live_on:
        return
    raise Conflict(
        f"“{step.title}”由{body_of(step)}表决，请在会议中办理。",
        how=f"把这件事列入会议议程，会议记录确认后自动办理。{words.day(live_on)}以前已经表决的，可以在这里登记。",
        citation=step.citation,
    )


def step_named(case: ProcedureCase, code: str) -> Step:
    """A step of the case by its code. Raises ``NotFound``."""
    step = procedure(case.procedure).step(code, clock.today())
    if step is None:
        raise NotFound("这个流程没有这一步。")
    return step
