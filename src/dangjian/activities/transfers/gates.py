"""What must be true before a step of a transfer may be taken. Each function is named by ``procedures/transfer.yaml``."""

from collections.abc import Sequence

from dangjian.activities.transfers.queries.going import member_of
from dangjian.engines.procedures.offers import Attempt, Objection
from dangjian.members.models import Standing

Against = Sequence[Objection]
SENDS_BACK = frozenset({"returned", "refused"})


def may_go(attempt: Attempt) -> Against:
    """Somebody who counts, at the branch that sends them, to another one that is still there."""
    if attempt.outcome in SENDS_BACK:
        return ()
    member, case = member_of(attempt.case), attempt.case
    if member.standing != Standing.NORMAL:
        return [Objection(f"{member.name}{member.get_standing_display()}，不能转接组织关系。", "请撤回这一件。")]
    if member.branch_id != case.organization_id:
        return [Objection(f"{member.name}已不在“{case.organization}”。", "请撤回这一件，由现在的党支部办理。")]
    if case.other_side is None or case.other_side.dissolved_on:
        return [Objection("要转入的党支部已经撤销。", "请退回重新提出，选择另一个党支部。")]
    return ()


def says_why(attempt: Attempt) -> Against:
    """Another reason than those of the text is put in words."""
    if attempt.entry.get("why") == "other" and not attempt.entry.get("note"):
        return [Objection("其他原因须写明。", "请填写说明。", field="note")]
    return ()


def reason_given(attempt: Attempt) -> Against:
    """Nobody refuses without a reason (``xfer.responsibility``)."""
    if attempt.outcome in SENDS_BACK and not attempt.entry.get("opinion"):
        return [Objection("退回或者不同意的，须写明理由。", "请在意见中写明。", field="opinion")]
    return ()


GATES = {gate.__name__: gate for gate in (may_go, says_why, reason_given)}
