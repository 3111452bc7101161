"""An item of the agenda carries a step of a case; when the record is confirmed, what was decided under it moves the case."""

from dangjian.activities.meetings.minutes import vote_text
from dangjian.activities.meetings.models import AgendaItem, Decision, DecisionType, Meeting
from dangjian.activities.meetings.models.outcome import SPECIAL
from dangjian.activities.meetings.plans import CaseStepPlan
from dangjian.activities.meetings.queries.case_steps import TYPES, CarriedStep, carried, carried_by, open_items, titles_of, undone
from dangjian.engines.procedures.actions import deciding, turns
from dangjian.engines.procedures.installed import procedure
from dangjian.engines.procedures.models import ProcedureCase
from dangjian.engines.procedures.offers import Votes
from dangjian.engines.procedures.queries import open_step
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid, PermissionDenied, Refusal
from dangjian.kernel.ui import words
from dangjian.org.openings import locked

UNLINK = "不在这次会上办理的，请在议程中修改这项议题，取消关联的事项，再确认记录。"


def carry(actor: Actor, meeting: Meeting, item: AgendaItem, wanted: CaseStepPlan | None) -> None:
    """Let an item of a meeting that is held carry a step of a case, or none any more; the caller saves it.

    Whoever puts a case on the agenda may see it; whoever keeps the agenda may take it off.

    :raises Conflict: if the step is not open, another meeting has it, or it was decided under this item.
    :raises Invalid: if this meeting cannot decide it, or not on its day.
    """
    if wanted == _carried_now(item):
        return
    if item.pk and item.decisions.filter(case_step__isnull=False).exists():
        raise Conflict(f"议题“{item}”的决议已用于办理“{item.case}”，不能再改关联的事项。")
    if wanted is None:
        item.case, item.case_step, item.case_outcome = None, "", ""
        return
    case = locked(ProcedureCase(pk=wanted.case_id), "organization", check=lambda row: _require_seeing(actor, row))
    found = carried(case, wanted.code, wanted.outcome)
    if found is None or wanted.outcome not in found.meeting.passed:
        raise Invalid("请重新选择会上表决的事项。", fields={"case_step": "请重新选择"})
    _require_fitting(meeting, found)
    other = open_items().filter(case=case, case_step=wanted.code).exclude(pk=item.pk).first()
    if other is not None:
        where = "这次会议" if other.meeting_id == meeting.pk else f"{words.day(other.meeting.held_on)}“{other.meeting}”"
        raise Conflict(
            f"“{case}”的“{found.step.title}”已列入{where}的议程。",
            how="一件事在一次会议上表决；要改到别的会上，先从那次的议程中取消。",
        )
    item.case, item.case_step, item.case_outcome = case, wanted.code, wanted.outcome


def _carried_now(item: AgendaItem) -> CaseStepPlan | None:
    return CaseStepPlan(item.case_id, item.case_step, item.case_outcome) if item.case_id else None


def _require_seeing(actor: Actor, case: ProcedureCase) -> None:
    actor.require(procedure(case.procedure).view, case.organization)


def check_carried(meeting: Meeting) -> None:
    """Raise ``Invalid`` if a meeting whose kinds or times changed could not decide any more what its agenda carries.

    What has become of a case meanwhile is said beside the item, and when the record is confirmed.
    """
    for item in open_items().filter(meeting=meeting).select_related("case__organization"):
        found = carried_by(item)
        if found and found.case.is_open and open_step(found.case, found.step.code):
            _require_fitting(meeting, found)


def _require_fitting(meeting: Meeting, found: CarriedStep) -> None:
    """Raise unless the meeting can decide the step: it is open, and the meeting of the right kind, place and day."""
    case, step = found.case, found.step
    row = open_step(case, step.code) if case.is_open else None
    if row is None:
        stands = "还没有轮到，或者已经办理" if case.is_open else case.get_state_display()
        raise Conflict(f"“{case}”的“{step.title}”{stands}，不能在会上表决。", how="请看看这件事办到了哪一步。")
    if row.place_id != meeting.organization_id:
        raise Conflict(
            f"“{case}”的“{step.title}”由{row.place.short_name}提交会议表决，不能在{meeting.organization.short_name}的会上表决。"
        )
    if set(found.meeting.kinds).isdisjoint(meeting.kind_codes):
        raise Invalid(
            f"“{case}”的“{step.title}”由{titles_of(found.meeting.kinds)}表决，这次会议不是。",
            how="请核对会议类型，一次会议可以兼作几种。",
            citation=step.citation,
            fields={"kinds": f"“{step.title}”由{titles_of(found.meeting.kinds)}表决"},
        )
    if meeting.held_on is not None:
        refusal = deciding.against(case, step.code, day=meeting.held_on, outcome=found.outcome)
        if refusal is not None and "day" in refusal.fields:
            raise Invalid(
                f"“{case}”在{words.day(meeting.held_on)}还不能表决：{refusal.message}",
                how=refusal.how or "请改开会的日期。",
                citation=refusal.citation,
                fields={"case_step": "这一天还不能表决"},
            )


def problem_of(meeting: Meeting, found: CarriedStep) -> Refusal | None:
    """Why the step could not be taken by this meeting as things stand, for its pages; ``None`` if it could.

    What asks for a reason alone is asked for with the decision.
    """
    try:
        _require_fitting(meeting, found)
    except (Invalid, Conflict) as refusal:
        return refusal
    said = said_against(meeting, found)
    return None if deciding.wants_reason(said) else said


def said_against(meeting: Meeting, found: CarriedStep, reason: str = "") -> Refusal | None:
    """What the text or the app has against taking the step on the day of the meeting; ``None`` before one is set."""
    if meeting.held_on is None:
        return None
    return deciding.against(found.case, found.step.code, day=meeting.held_on, outcome=found.outcome, reason=reason)


def check_decision(meeting: Meeting, decision: Decision, reason: str) -> str:
    """Ask whether a decision suits the step that its item carries; returns the ``reason`` if the text wants one.

    :raises Conflict: if a case was moved by the decision already.
    :raises Invalid: for another type or person than the item is about, or where a reason is wanted and none is given.
    """
    if decision.is_used:
        raise _used(decision)
    item = decision.agenda_item
    found = carried_by(item) if item else None
    if item is None or found is None:
        return ""
    wrong: dict[str, str] = {}
    if decision.type not in TYPES[found.meeting.vote]:
        wrong["type"] = f"这项议题表决的是“{found.label}”，类型应选“{DecisionType(found.decision_type).label}”"
    elif found.candidate_name and decision.candidate_name != found.candidate_name:
        wrong["candidate_name"] = f"这项议题讨论的是{found.candidate_name}"
    if item.decisions.filter(election=None).exclude(pk=decision.pk).exists():
        wrong["agenda_item"] = "这项议题已有决议。一件事只登记一次表决，请修改原来的那一项"
    if wrong:
        raise Invalid("决议还不能保存。", fields=wrong)
    refusal = said_against(meeting, found, reason)
    if refusal is not None and deciding.wants_reason(refusal):
        raise refusal
    return reason if deciding.wants_reason(said_against(meeting, found)) else ""


def require_unused(decision: Decision) -> None:
    """Raise if a case was moved by the decision."""
    if decision.is_used:
        raise _used(decision)


def _used(decision: Decision) -> Conflict:
    return Conflict(
        f"决议“{decision}”已用于办理有关事项，不能再改。",
        how="登记错了的，会议归档后在会议记录中办理更正，并请上级党组织指导处理。",
    )


def require_anothers(actor: Actor, meeting: Meeting) -> None:
    """Raise if something was decided about the actor: they do not confirm it."""
    for decision in undone(meeting):
        item = decision.agenda_item
        if item and item.case:
            turns.require_not_own(actor, item.case)


def move_cases(actor: Actor, meeting: Meeting) -> None:
    """Move each case whose step the meeting has decided. If one cannot be moved, none is, and the refusal says what to do."""
    for decision in undone(meeting):
        try:
            _move(actor, meeting, decision)
        except PermissionDenied:
            raise
        except Refusal as refusal:
            raise Conflict(
                f"记录还不能确认。议题“{decision.agenda_item}”：{refusal.message}",
                how=f"{refusal.how or '请先补上。'}{UNLINK}",
                citation=refusal.citation,
            ) from refusal


def _move(actor: Actor, meeting: Meeting, decision: Decision) -> None:
    item = decision.agenda_item
    found = carried_by(item) if item else None
    if found is None or meeting.held_on is None:
        raise Conflict("这项议题表决的步骤已经没有了。")
    _require_fitting(meeting, found)
    case, code, said = found.case, found.step.code, said_of(meeting, decision)
    outcome = found.came_out(decision)
    if not outcome:
        deciding.leave_open(actor=actor, case=case, code=code, said=said)
        return
    reason = decision.special_text.removeprefix(SPECIAL)
    decision.case_step = deciding.decide(
        actor=actor,
        case=case,
        code=code,
        day=meeting.held_on,
        outcome=outcome,
        said=said,
        votes=_votes(decision),
        reason=reason,
    )
    decision.save(update_fields=["case_step"])


def _votes(decision: Decision) -> Votes | None:
    if not decision.is_vote:
        return None
    written = decision.written_in_favour
    in_favour = decision.in_favour + written
    return Votes(decision.due, decision.present, in_favour, decision.against, decision.abstain, written)


def said_of(meeting: Meeting, decision: Decision) -> str:
    """Which meeting it was, and how the votes were: 2026年7月15日“第三季度支部党员大会”：无记名投票；应到会有表决权的20人 …."""
    counted = [decision.get_method_display(), vote_text(decision)]
    if decision.tellers:
        counted.append(f"监票人、计票人：{decision.tellers}")
    if decision.quorum_met is False:
        counted.append("到会人数不够，表决无效")
    return f"{words.day(meeting.held_on)}“{meeting}”：{'；'.join(part for part in counted if part)}"


def let_go(meeting: Meeting) -> None:
    """What a meeting that is called off had on its agenda may be put before another one."""
    meeting.agenda.exclude(case=None).update(case=None, case_step="", case_outcome="")
