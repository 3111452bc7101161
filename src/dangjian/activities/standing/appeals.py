"""An appeal that is granted takes back what it was about: the decision of the case in which it was taken.

The decision is undone by the engine, with all that followed from it, in the transaction of the answer. Where that decision is
revoked its case ends; where it is changed its case is open again at the step that decides. Whoever answers is told before if that
cannot be done, and what to do instead.
"""

from collections.abc import Mapping, Sequence

from django.db import transaction

from dangjian.accounts.events import EventsOf
from dangjian.activities.standing.queries.cases import entry_of
from dangjian.engines.procedures.actions import ending, taking_back
from dangjian.engines.procedures.actions.turns import is_own, sees
from dangjian.engines.procedures.models import CaseStep, ProcedureCase, StepState
from dangjian.engines.procedures.offers import Attempt, CasePanel, Objection
from dangjian.engines.procedures.views.access import case_url
from dangjian.kernel.actor import Actor, SystemActor
from dangjian.kernel.errors import Conflict, Refusal
from dangjian.kernel.gate import Request
from dangjian.org.openings import at, register

CHANGED, REVOKED = "changed", "revoked"
GRANTED = {CHANGED: "变更原决定", REVOKED: "撤销原决定"}
DECIDING = {
    "penalty": "decide",
    "penalty_from_above": "confirm",
    "probation_end": "decide",
    "correction": "decide",
    "removal": "decide",
    "suspension": "decide",
    "unrecognised": "decide",
}
"""By procedure, the step in which what is appealed against is decided."""
REFUSING = frozenset({"returned", "refused"})
BY_HAND = "先答复的，答复以后请到原来的那一件中更正，或者办理恢复党籍（理由选“原来的决定经复查撤销”）。"
NOTES = EventsOf[ProcedureCase](words=lambda case, done: f"“{case}”{done}")


def decision_of(appeal: ProcedureCase, entry: Mapping[str, str] | None = None) -> CaseStep | None:
    """The last decision of the kind that an appeal is about, whether or not it was taken back since; ``None`` if none is here."""
    code = (entry or entry_of(appeal, "appeal")).get("against", "")
    if code not in DECIDING:
        return None
    rows = register(CaseStep).filter(
        case__procedure=code,
        case__subject_id=appeal.subject_id,
        case__started_on__lte=appeal.started_on,
        code=DECIDING[code],
        state__in=(StepState.TAKEN, StepState.TAKEN_BACK),
    )
    decided = rows.exclude(outcome__in=REFUSING).select_related("case__organization", "case__account")
    found: CaseStep | None = decided.order_by("-case__started_on", "-pk").first()
    return found


def can_be_taken_back(attempt: Attempt) -> Sequence[Objection]:
    """What is granted can be done; otherwise whoever answers says why they answer all the same."""
    if attempt.outcome not in GRANTED:
        return ()
    decided = decision_of(attempt.case)
    if decided is None:
        text = f"在平台上没有找到本人申诉的那一项决定，不能自动撤销原决定。{BY_HAND}"
        return [Objection(text, is_usual_only=True)]
    try:
        with transaction.atomic():
            _undo(SystemActor("申诉复查"), decided, attempt.outcome)
            transaction.set_rollback(True)  # only tried
    except Refusal as problem:
        text = f"“{decided.case}”的决定不能自动撤销：{problem.message}{problem.how}{BY_HAND}"
        return [Objection(text, is_usual_only=True)]
    return ()


def take_back_decided(actor: Actor, row: CaseStep) -> None:
    """What an appeal was about is taken back; called again for a corrected entry, it finds that done."""
    decided = decision_of(row.case) if row.outcome in GRANTED else None
    if decided is None:
        return
    by = SystemActor(f"申诉，{actor.name}办理")
    try:
        with transaction.atomic():
            is_done = _undo(by, decided, row.outcome)
    except Refusal:
        if not row.reason:  # who answers all the same has said why, and was told what to do
            raise
        _note(actor, row.case, f"没有自动撤销“{decided.case}”的决定：{row.reason}")
        return
    if is_done:
        _note(actor, row.case, f"{GRANTED[row.outcome]}，已撤销“{decided.case}”的决定")


def keep_taken_back(_actor: Actor, row: CaseStep) -> None:
    """An answer can be taken back while no decision was undone by it; one that was is decided again by whoever decides it."""
    decided = decision_of(row.case) if row.outcome in GRANTED else None
    if decided is not None and decided.state == StepState.TAKEN_BACK:
        raise Conflict(
            f"“{decided.case}”的决定已经随这次答复撤销。",
            how="原决定应当恢复的，请到那一件中恢复办理，重新决定；答复写错了的，请更正这一步。",
        )


def _undo(actor: Actor, decided: CaseStep, outcome: str) -> bool:
    """Take back the steps of its case until the decision is; whether there was anything to do."""
    case, reason = decided.case, f"申诉复查，{GRANTED[outcome]}"
    if decided.state == StepState.TAKEN_BACK:
        return False
    while register(CaseStep).filter(pk=decided.pk, state=StepState.TAKEN).exists():
        taking_back.take_back(actor=actor, case=case, reason=reason)
    if outcome == REVOKED:
        ending.end(actor=actor, case=case, reason=reason)
    return True


def _note(actor: Actor, appeal: ProcedureCase, done: str) -> None:
    with at(appeal.organization):
        NOTES.record(actor, appeal, "standing.appeal_granted", done)


def _of_case(request: Request, appeal: ProcedureCase) -> Mapping[str, object] | None:
    """What an appeal is about, for whoever may see that case too."""
    decided = decision_of(appeal)
    if decided is None or not (is_own(request.actor, decided.case) or sees(request.actor, decided.case)):
        return None
    return {
        "decided": decided.case,
        "on": decided.taken_on,
        "address": case_url(decided.case),
        "is_taken_back": decided.state == StepState.TAKEN_BACK,
        "is_open": decided.case.is_open,
    }


PANEL = CasePanel("申诉的决定", "gavel", "standing/panel_appeal.html", _of_case)
