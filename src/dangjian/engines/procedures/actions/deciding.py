"""A meeting has decided a step: what was recorded of it there takes the step here."""

import datetime as dt
from collections.abc import Mapping

from django.db import transaction

from dangjian.engines.procedures.actions.notes import NOTES
from dangjian.engines.procedures.actions.taking import check, not_open, settle
from dangjian.engines.procedures.actions.turns import require_not_own, step_named
from dangjian.engines.procedures.models import CaseStep, ProcedureCase
from dangjian.engines.procedures.offers import Attempt, Votes
from dangjian.engines.procedures.queries import open_step
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid, Refusal
from dangjian.org.openings import at, hold


@transaction.atomic
def decide(
    *,
    actor: Actor,
    case: ProcedureCase,
    code: str,
    day: dt.date,
    outcome: str,
    said: str,
    votes: Votes | None = None,
    entry: Mapping[str, object] | None = None,
    reason: str = "",
) -> CaseStep:
    """Take the step ``code`` of a case because a meeting decided it on ``day``.

    It is for the app that holds the meeting, which has asked for the actor's right to confirm what was decided. Papers and entry
    that the step wants of whoever takes it by hand are not asked for.

    :param said: which meeting it was, and how the votes were, in words.
    :param votes: the same in numbers, where votes were counted.
    :param reason: why it is done otherwise than is usual, where the text says 「一般」.
    :raises Invalid, Conflict: as ``taking.take``.
    :raises PermissionDenied: if the case is the actor's own.
    """
    hold(case, "organization", check=lambda row: require_deciding(actor, row, code))
    return settle(actor, case, code, day=day, outcome=outcome, entry=entry or {}, reason=reason, said=said, votes=votes)


@transaction.atomic
def leave_open(*, actor: Actor, case: ProcedureCase, code: str, said: str) -> None:
    """Note that a meeting had the step before it and decided nothing that moves the case: it can be put to the vote again."""
    hold(case, "organization", check=lambda row: require_deciding(actor, row, code))
    with at(case.organization):
        NOTES.record(actor, case, "procedures.not_decided", f"{step_named(case, code).title}没有通过：{said}"[:300])


def require_deciding(actor: Actor, case: ProcedureCase, code: str) -> None:
    """Raise unless a meeting may decide the step now: it is open, and the actor, who confirms it, is not the person concerned."""
    if not case.is_open:
        raise Conflict(f"“{case}”{case.get_state_display()}，不能再办理。")
    step = step_named(case, code)
    if step.meeting is None:
        raise Conflict(f"“{step.title}”不由会议表决。", how="请在办理页面办理。")
    if open_step(case, code) is None:
        raise not_open(case, step)
    require_not_own(actor, case)


def against(case: ProcedureCase, code: str, *, day: dt.date, outcome: str, reason: str = "") -> Refusal | None:
    """What speaks against deciding an open step on ``day``, to be said before the meeting; ``None`` if nothing does.

    What asks for a reason alone is told by ``wants_reason``.
    """
    row = open_step(case, code)
    if row is None:
        return not_open(case, step_named(case, code))
    try:
        with at(case.organization):
            check(Attempt(case, step_named(case, code), day, outcome, {}), row, reason)
    except (Invalid, Conflict) as refusal:
        return refusal
    return None


def wants_reason(refusal: Refusal | None) -> bool:
    """Whether a reason would be enough: what is asked for is only usual."""
    return refusal is not None and refusal.fields.keys() == {"reason"}
