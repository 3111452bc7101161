"""A case ends otherwise than by its steps, is taken up again, or goes on at another organisation."""

import datetime as dt

from django.db import IntegrityError, transaction

from dangjian.engines.procedures.actions.effects import lasting_step
from dangjian.engines.procedures.actions.following import follow
from dangjian.engines.procedures.actions.notes import NOTES
from dangjian.engines.procedures.actions.turns import page_for, require_not_own
from dangjian.engines.procedures.installed import offer_of, procedure
from dangjian.engines.procedures.models import CaseState, CaseStep, ProcedureCase, StepState
from dangjian.engines.procedures.queries import running_for
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.members.models import Member
from dangjian.org.models import Organization
from dangjian.org.openings import at, hold, register


@transaction.atomic
def withdraw(*, actor: Actor, case: ProcedureCase, reason: str) -> ProcedureCase:
    """Whoever has the case in hand takes it back; what was done stays on record."""
    hold(case, "organization", check=lambda row: require_withdrawing(actor, row))
    return _end(actor, case, CaseState.WITHDRAWN, reason, "撤回")


def require_withdrawing(actor: Actor, case: ProcedureCase) -> None:
    """Raise unless the actor may take the case back now: whoever may begin one there, while it runs and nothing lasts of it."""
    _require_running(actor, case)
    lasting = lasting_step(case)
    if lasting:
        how = "办错了的，请撤销或者更正这一步；已经生效的，按相应的程序办理。"
        raise Conflict(f"“{lasting.title}”已经办理，由它引起的变动还在，不能撤回这一件。", how=how)


def _require_running(actor: Actor, case: ProcedureCase) -> None:
    _require_office(actor, case)
    if not case.is_open:
        raise Conflict(f"“{case}”{case.get_state_display()}，不用再撤回。")


@transaction.atomic
def end(*, actor: Actor, case: ProcedureCase, reason: str) -> ProcedureCase:
    """End a case that can come to no end by its steps, because its person died or left, say; for the app that owns it."""
    hold(case, "organization", check=lambda row: _require_running(actor, row))
    return _end(actor, case, CaseState.ENDED, reason, "终止")


def _end(actor: Actor, case: ProcedureCase, state: CaseState, reason: str, word: str) -> ProcedureCase:
    if not reason.strip():
        raise Invalid("请写明原因。", fields={"reason": "请填写"})
    case.state, case.ended_on, case.end_reason, case.due_on = state, clock.today(), reason.strip()[:200], None
    with at(case.organization):
        case.save()
        NOTES.record(actor, case, f"procedures.{state.value}", f"{word}：{case.end_reason}")
        follow(case, actor=actor)
    return case


@transaction.atomic
def reopen(*, actor: Actor, case: ProcedureCase, reason: str) -> ProcedureCase:
    """Take up again a case that was withdrawn or ended: it goes on where it stood. What its steps decided is not undone."""
    hold(case, "organization", check=lambda row: require_reopening(actor, row))
    if not reason.strip():
        raise Invalid("请写明原因。", fields={"reason": "请填写"})
    case.state, case.ended_on, case.end_reason = CaseState.OPEN, None, ""
    with at(*go_on_with_subject(case)):
        try:
            with transaction.atomic():
                case.save()
        except IntegrityError:  # another one was begun at this moment
            raise begun_anew(actor, case) from None
        NOTES.record(actor, case, "procedures.reopened", f"恢复办理：{reason.strip()[:200]}")
        follow(case, actor=actor)
    return case


def require_reopening(actor: Actor, case: ProcedureCase) -> None:
    """Raise unless the actor may take the case up again now."""
    _require_office(actor, case)
    if case.state not in {CaseState.WITHDRAWN, CaseState.ENDED}:
        raise Conflict(f"“{case}”{case.get_state_display()}，不能恢复办理。")
    if running_for(case.track, case.subject_id):
        raise begun_anew(actor, case)
    require_subject(case)


def require_subject(case: ProcedureCase) -> None:
    """Raise unless a case that is at its end could go on: whom it is about and both sides are there, and not on the other one."""
    for place in (case.organization, case.other_side):
        if place is not None and place.dissolved_on and (place == case.other_side or _subject(case) is None):
            raise Conflict(f"“{place}”已撤销，这一件不能再办理。", how="还要办的，请重新提出。")
    member = _subject(case)
    if member is None:
        return
    if member.branch.dissolved_on:
        raise Conflict(f"“{member.branch}”已撤销，这一件不能再办理。", how="还要办的，请重新提出。")
    if case.other_side_id == member.branch_id and not _has_effect(case):
        raise Conflict(f"{member.name}已经在“{case.other_side}”，这一件不用再办理。")
    if member.standing not in procedure(case.procedure).members.standings and not _has_effect(case):
        raise Conflict(f"{member.name}{member.get_standing_display()}，这一件不能再办理。")


def go_on_with_subject(case: ProcedureCase) -> list[Organization]:
    """Let a case that is taken up again stand where its member is by now; returns both places, for the caller who saves it."""
    places, member = [case.organization], _subject(case)
    if member is not None and member.branch_id not in {case.organization_id, case.other_side_id}:
        case.organization = member.branch
        places.append(member.branch)
    return places


def _subject(case: ProcedureCase) -> Member | None:
    """The member whom a case is about, as they are."""
    offer = offer_of(case.procedure)
    if offer.member_of is not None:
        return offer.member_of(case)
    if offer.procedure.about != "member":
        return None
    found: Member | None = register(Member).select_related("branch").filter(pk=case.subject_id).first()
    return found


def _has_effect(case: ProcedureCase) -> bool:
    """Whether something was written by the case itself, after which its member may stand otherwise."""
    if procedure(case.procedure).about != "member":
        return False
    writing = {step.code for step in procedure(case.procedure).all_steps if step.does}
    return register(CaseStep).filter(case=case, state=StepState.TAKEN, code__in=writing).exists()


def begun_anew(actor: Actor, case: ProcedureCase) -> Conflict:
    """What is said where another case of the same track was begun for the subject meanwhile; it leads to that one."""
    page = page_for(actor, running_for(case.track, case.subject_id))
    return Conflict(f"“{case}”已另有一件正在办理。", how="请打开那一件继续办理。", elsewhere=page)


@transaction.atomic
def move(*, actor: Actor, case: ProcedureCase, organization: Organization, day: dt.date) -> ProcedureCase:
    """The case goes on at another organisation, with all that was done: its person moved there. For the app that owns it.

    The app has checked the right to the move itself; a case is in exactly one organisation on every day.
    """
    hold(case, "organization", check=_require_open)
    before = case.organization
    if before.pk == organization.pk:
        return case
    with at(before, organization):
        case.organization = organization
        case.save()
        NOTES.record(
            actor, case, "procedures.moved", f"转到“{organization}”继续办理", data={"from": before.pk, "day": day.isoformat()}
        )
        follow(case, actor=actor)
    return case


@transaction.atomic
def turn(*, actor: Actor, case: ProcedureCase, other_side: Organization) -> ProcedureCase:
    """The case leads to another organisation: what was on its other side went into that one. For the app that owns it."""
    hold(case, "organization", check=_require_open)
    with at(case.organization):
        case.other_side = other_side
        case.save()
        NOTES.record(actor, case, "procedures.turned", f"对方党组织改为“{other_side}”", data={"to": other_side.pk})
        follow(case, actor=actor)
    return case


def _require_open(case: ProcedureCase) -> None:
    if not case.is_open:
        raise Conflict(f"“{case}”{case.get_state_display()}，不能再转出。")


def _require_office(actor: Actor, case: ProcedureCase) -> None:
    first = procedure(case.procedure).on(clock.today()).steps[0]
    actor.require(first.who.permission or procedure(case.procedure).view, case.organization)
    if not first.who.themselves:
        require_not_own(actor, case)
