"""The last step of a case is taken back, with all that followed from it, also where it ended the case."""

from django.db import IntegrityError, transaction

from dangjian.engines.procedures.actions.effects import can_undo, undo_effects
from dangjian.engines.procedures.actions.ending import begun_anew, go_on_with_subject, require_subject
from dangjian.engines.procedures.actions.following import follow
from dangjian.engines.procedures.actions.notes import NOTES
from dangjian.engines.procedures.actions.turns import require_turn, step_of
from dangjian.engines.procedures.models import CaseState, CaseStep, ProcedureCase, StepState
from dangjian.engines.procedures.queries import running_for
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid, NotFound
from dangjian.org.models import Organization
from dangjian.org.openings import at, hold, register

BY_STEPS = frozenset({CaseState.OPEN, CaseState.FINISHED, CaseState.REFUSED})
"""Where a case is by its steps alone; one that somebody withdrew or ended is taken up again first."""


@transaction.atomic
def take_back(*, actor: Actor, case: ProcedureCase, reason: str) -> CaseStep:
    """Take back what was done last: it counts no longer, what followed from it is undone, and it is open again.

    :raises Invalid: without a reason.
    :raises Conflict: if it cannot be undone, or another case has been begun since.
    """
    hold(case, "organization", "other_side", check=lambda row: require_taking_back(actor, row))
    if not reason.strip():
        raise Invalid("请写明撤销的原因。", fields={"reason": "请填写"})
    row = last_done(case)
    if row is None:
        raise NotFound
    row.case = case
    step = step_of(row)
    places: list[Organization] = [case.organization, *([case.other_side] if case.other_side else [])]
    with at(*places):
        undo_effects(actor, row, step)
        row.state = StepState.TAKEN_BACK
        row.save(update_fields=["state"])
        case.state, case.ended_on = CaseState.OPEN, None
        places += go_on_with_subject(case)
    with at(*places):
        try:
            with transaction.atomic():
                case.save()
        except IntegrityError:  # another one was begun at this moment
            raise begun_anew(actor, case) from None
        note = f"撤销{step.title}：{reason.strip()[:200]}"
        NOTES.record(actor, case, "procedures.taken_back", note, data={"step": row.code, "row": row.pk})
        follow(case, actor=actor)
    return row


def require_taking_back(actor: Actor, case: ProcedureCase) -> None:
    """Raise unless the actor may take back the last step now: whoever may take it, while nothing is built on it."""
    row = last_done(case)
    if row is None or row.state != StepState.TAKEN or case.state not in BY_STEPS:
        raise Conflict("没有可以撤销的步骤。", how="退回、更正的步骤不能撤销；已撤回的请先恢复办理。")
    row.case = case
    step = step_of(row)
    require_turn(actor, case, step, row.place)
    if case.is_open and not _has_others(case, row):
        raise Conflict("第一步不能撤销。", how="不办了的，请撤回这一件。")
    if row.said:
        raise Conflict(f"“{step.title}”由会议表决：{row.said}。", how="登记错了的，请在这次会议的记录中办理更正。")
    if not can_undo(row, step):
        raise Conflict(f"“{step.title}”引起的变动不能在这里撤销。", how="登记有误的，请更正这一步。")
    if not case.is_open:
        if running_for(case.track, case.subject_id):
            raise begun_anew(actor, case)
        require_subject(case)


def said(case: ProcedureCase) -> str:
    """Which step it is."""
    row = last_done(case)
    if row is None:
        return ""
    row.case = case
    return f"最近办理的是“{step_of(row).title}”。"


def last_done(case: ProcedureCase) -> CaseStep | None:
    """What was done last in a case, whether or not it counts; what was taken back is as if it had not been."""
    rows = register(CaseStep).select_related("place", "taken_by").filter(case=case)
    done: CaseStep | None = rows.exclude(state__in=(StepState.OPEN, StepState.TAKEN_BACK)).order_by("-taken_at", "-pk").first()
    return done


def _has_others(case: ProcedureCase, row: CaseStep) -> bool:
    return register(CaseStep).filter(case=case, state=StepState.TAKEN).exclude(pk=row.pk).exists()
