"""What was entered wrongly at a step is corrected by an entry of its own; the wrong one stays on record."""

import datetime as dt
from collections.abc import Mapping

from django.db import transaction

from dangjian.engines.procedures.actions.effects import apply_effects
from dangjian.engines.procedures.actions.following import follow
from dangjian.engines.procedures.actions.notes import NOTES
from dangjian.engines.procedures.actions.taking import checked_entry, require_past
from dangjian.engines.procedures.actions.turns import require_by_hand, require_turn, step_of
from dangjian.engines.procedures.installed import procedure
from dangjian.engines.procedures.models import CaseStep, StepState
from dangjian.engines.procedures.queries import side_of
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.org.openings import at, locked


@transaction.atomic
def correct(
    *, actor: Actor, row: CaseStep, day: dt.date, entry: Mapping[str, object] | None = None, reason: str = ""
) -> CaseStep:
    """Put another day or entry in the place of what a taken step says. Its outcome stays: what it led to has happened.

    :returns: the entry that counts from now on; it has the papers of the one that it corrects.
    :raises Invalid: without a reason, or if the steps would stand in the wrong order of days.
    """
    # The case first, as every action of it: what is open is worked out anew by one of them at a time.
    locked(row.case, check=lambda _case: require_correcting(actor, row))
    row = locked(row, "case__organization", "place", check=lambda one: require_correcting(actor, one))
    step = step_of(row)
    if not reason.strip():
        raise Invalid("请写明更正的原因。", fields={"reason": "请填写"})
    require_past(day)
    require_by_hand(row.case, step, day)
    with at(row.case.organization):
        _check_order(row, day)
        made = CaseStep(
            case=row.case,
            code=row.code,
            round=row.round,
            place=row.place,
            opens_on=row.opens_on,
            due_on=row.due_on,
            taken_on=day,
            taken_at=clock.now(),
            taken_by_id=actor.user_id,
            outcome=row.outcome,
            reason=reason.strip()[:200],
            version=procedure(row.case.procedure).on(day).starts,
            corrects=row,
            state=StepState.TAKEN,
        )
        made.write_entry(checked_entry(step, entry or {}, side_of(step, row.case), outcome=row.outcome))
        row.state = StepState.CORRECTED
        row.save(update_fields=["state"])
        made.save()
        row.papers.update(step=made)
        apply_effects(actor, made, step)
        NOTES.record(
            actor,
            row.case,
            "procedures.corrected",
            f"更正{step.title}：{made.reason}",
            data={"step": row.code, "from": row.pk, "to": made.pk},
        )
        follow(row.case, actor=actor)
    return made


def require_correcting(actor: Actor, row: CaseStep) -> None:
    """Raise unless the actor may correct this step now: whoever may take it, while the case runs."""
    require_turn(actor, row.case, step_of(row), row.place)
    if row.state != StepState.TAKEN:
        raise Conflict("这一步还没有办理，或者已经更正、退回。", how="请刷新页面。")
    if not row.case.is_open:
        raise Conflict(f"“{row.case}”{row.case.get_state_display()}，不能再更正。")
    if row.elsewhere:
        raise Conflict("这一步在原单位办理，不能在这里更正。", how="登记有误的，请撤销接收，更正以后重新接收。")
    if row.said:
        raise Conflict(
            f"这一步由会议表决：{row.said}。", how="登记错了的，请在这次会议的记录中办理更正。", citation=step_of(row).citation
        )


def _check_order(row: CaseStep, day: dt.date) -> None:
    """A step lies between those that it follows and those that follow it."""
    version = procedure(row.case.procedure).on(clock.today())
    step = version.by_code.get(row.code)
    if step is None:
        return
    others = CaseStep.objects.taken().filter(case=row.case).exclude(pk=row.pk)
    before = others.filter(code__in=[one.step for one in step.after], elsewhere=False).order_by("-taken_on").first()
    after = others.filter(code__in=version.following[row.code]).order_by("taken_on").first()
    if before and before.taken_on and day < before.taken_on:
        raise Invalid("不能早于前一步的办理日期。", fields={"day": "日期太早"})
    if after and after.taken_on and day > after.taken_on:
        raise Invalid("不能晚于后一步的办理日期。", how="如果后一步的日期也错了，请先更正后一步。", fields={"day": "日期太晚"})
