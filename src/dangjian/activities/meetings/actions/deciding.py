"""Decisions with votes, worked out by rule, and the grades of the yearly appraisal."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from dangjian.accounts.events import record
from dangjian.activities.meetings import policy
from dangjian.activities.meetings.actions.attending import note_voters
from dangjian.activities.meetings.actions.case_steps import check_decision, require_unused
from dangjian.activities.meetings.actions.guards import locked_for, require_in_hand, require_open, require_recorder
from dangjian.activities.meetings.models import (
    AgendaItem,
    AppraisalResult,
    Decision,
    DecisionType,
    Meeting,
    VoteMethod,
)
from dangjian.activities.meetings.models.outcome import SPECIAL
from dangjian.activities.meetings.policy import VOTE_RULES, VoteKind
from dangjian.activities.meetings.queries import appraised_at, cap_of, decides_grades, vote_base, vote_kind
from dangjian.activities.meetings.usual import grades, rule_on
from dangjian.kernel import clock, codes
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.kernel.rulebook import Choices, NotInForce, book
from dangjian.members.models import Member
from dangjian.org.openings import locked
from dangjian.org.policy import barred

AT_GENERAL_MEETING = frozenset({DecisionType.ADMISSION, DecisionType.CONVERSION})


@dataclass(frozen=True, slots=True)
class Votes:
    """What was counted. ``written_in_favour`` are opinions that absent voters handed in before the meeting."""

    in_favour: int = 0
    against: int = 0
    abstain: int = 0
    written_in_favour: int = 0


@dataclass(frozen=True, slots=True)
class Appraised:
    """One member's line in the appraisal. ``grade`` is a code of ``appraisal_grade``, empty for a probationary member."""

    member: Member
    grade: str = ""
    excellent: int = 0
    qualified: int = 0
    basically_qualified: int = 0
    unqualified: int = 0
    note: str = ""


def require_deciding(actor: Actor, meeting: Meeting) -> None:
    """Raise unless the actor may record decisions and elections now: from the beginning until the record is confirmed."""
    require_recorder(actor, meeting)
    require_in_hand(meeting, doing="登记决议")


@transaction.atomic
def record_decision(
    *,
    actor: Actor,
    meeting: Meeting,
    text: str,
    type: str = DecisionType.ORDINARY,  # noqa: A002 - the column's name
    method: str = VoteMethod.SHOW_OF_HANDS,
    votes: Votes | None = None,
    agenda_item: AgendaItem | None = None,
    candidate_name: str = "",
    passed: bool | None = None,
    reason: str = "",
    tellers: str = "",
    decision: Decision | None = None,
) -> Decision:
    """Record a decision, or ``decision`` anew.

    Who may vote, whether enough came and whether it passed follow from standing and the rules of the day.

    ``passed`` is given only where no rule counts the votes (``other``, an ordinary matter of a meeting without a rule
    of its own, or a day before the rules). ``reason`` says why something was done otherwise than is usual; it stays on record.
    ``tellers`` watched over and counted the papers of a secret ballot.
    """
    meeting = locked_for(actor, meeting, require_deciding)
    row = locked(decision, check=require_unused) if decision else Decision(meeting=meeting)
    row.type, row.text, row.method = type, text.strip(), method
    row.agenda_item, row.candidate_name = agenda_item, candidate_name.strip()
    row.tellers = tellers.strip() if method == VoteMethod.SECRET_BALLOT else ""
    _check_decision(meeting, row)
    special = _unusual(meeting, row, reason.strip())
    kind = vote_kind(meeting, type)
    note_voters(meeting)
    if kind is None:
        _note_without_rule(row, votes or Votes(), passed)
    else:
        _count(meeting, row, kind, votes or Votes())
    if special:
        row.reasons = "\n".join(line for line in (row.reasons, f"{SPECIAL}{special}") if line)
    row.judged_by, row.judged_at, row.judged_note = None, None, ""
    row.save()
    record(
        actor=actor,
        verb="meetings.decision_recorded",
        summary=f"“{meeting}”登记决议（{row.result_text}）：{row}",
        organization=meeting.organization,
        subject=meeting,
        data={"decision": row.pk, "type": row.type, "passed": row.passed},
    )
    return row


def require_judge(actor: Actor, meeting: Meeting) -> None:
    """Whoever holds ``meetings.confirm`` there says what the rules leave open."""
    actor.require("meetings.confirm", meeting.organization)


def require_judging(actor: Actor, decision: Decision) -> None:
    """Raise unless the actor may decide the vote now: one that the rules leave open, until the record is confirmed."""
    require_judge(actor, decision.meeting)
    require_open(decision.meeting)
    if not decision.needs_judging:
        raise Conflict("这项表决的结果已经确定，不需要人工认定。")


@transaction.atomic
def judge_decision(*, actor: Actor, decision: Decision, passed: bool, note: str) -> Decision:
    """Decide a vote whose result the rules leave open, and say why (the superior's answer, the election rules adopted)."""
    meeting = locked_for(actor, decision.meeting, require_judge)
    decision = locked(decision, "meeting__organization", "election", check=lambda row: require_judging(actor, row))
    election = decision.election
    if passed and election and election.candidates.filter(passed=True).count() >= election.seats:
        raise Conflict(f"应选{election.seats}名已经选满，不能再认定当选。")
    if not note.strip():
        raise Invalid("请写明认定的依据，例如选举办法条款或上级党组织的答复。", fields={"note": "请填写认定依据"})
    decision.passed, decision.judged_note = passed, note.strip()
    decision.judged_by_id, decision.judged_at = actor.user_id, clock.now()
    decision.save()
    record(
        actor=actor,
        verb="meetings.decision_judged",
        summary=f"“{meeting}”认定表决{decision.result_text}：{decision.judged_note}",
        organization=meeting.organization,
        subject=meeting,
        data={"decision": decision.pk},
    )
    return decision


@transaction.atomic
def remove_decision(*, actor: Actor, decision: Decision) -> None:
    """Take a decision out of an open record."""
    meeting = locked_for(actor, decision.meeting, require_deciding)
    require_unused(decision)
    if decision.election_id:
        raise Conflict("这是一次选举中的一名候选人，不能单独删除。", how="请修改或删除整次选举。")
    text = str(decision)
    decision.delete()
    record(
        actor=actor,
        verb="meetings.decision_removed",
        summary=f"“{meeting}”删除决议：{text}",
        organization=meeting.organization,
        subject=meeting,
    )


@transaction.atomic
def record_appraisal(*, actor: Actor, meeting: Meeting, results: Sequence[Appraised], reason: str = "") -> int:
    """Record grades of the democratic appraisal, in the place of those recorded before. Returns how many.

    More people graded 优秀 than is usual need a ``reason``, which stays on record; a probationary member takes part
    without a grade unless the unit sets otherwise.
    """
    meeting = locked_for(actor, meeting, require_grading)
    meeting.appraisal_reason = _check_appraisal(meeting, results, reason.strip()[:200])
    meeting.save(update_fields=["appraisal_reason"])
    meeting.appraisals.all().delete()
    AppraisalResult.objects.bulk_create(
        [
            AppraisalResult(
                meeting=meeting,
                member=one.member,
                grade=one.grade,
                votes_excellent=one.excellent,
                votes_qualified=one.qualified,
                votes_basically_qualified=one.basically_qualified,
                votes_unqualified=one.unqualified,
                note=one.note.strip(),
            )
            for one in results
        ]
    )
    record(
        actor=actor,
        verb="meetings.appraisal_recorded",
        summary=f"“{meeting}”登记民主评议结果{len(results)}人",
        organization=meeting.organization,
        subject=meeting,
    )
    return len(results)


def require_grading(actor: Actor, meeting: Meeting) -> None:
    """Raise unless the actor may record grades now: of a meeting that decides them, until its record is confirmed."""
    require_recorder(actor, meeting)
    require_in_hand(meeting, doing="登记评议结果")
    _check_decides(meeting)


def _check_decision(meeting: Meeting, row: Decision) -> None:
    wrong: dict[str, str] = {}
    if not row.text:
        wrong["text"] = "请填写决议内容"
    if row.type not in DecisionType.values:
        wrong["type"] = "请选择决议类型"
    if row.type == DecisionType.ELECTION or row.election_id:
        wrong["type"] = "选举请用“登记选举”，一张选票上的候选人一起登记"
    if row.method not in VoteMethod.values:
        wrong["method"] = "请选择表决方式"
    if row.type in AT_GENERAL_MEETING and (not row.candidate_name or policy.names_several(row.candidate_name)):
        wrong["candidate_name"] = "请填写一名对象的姓名，每名对象逐个表决、单独登记"
    if row.agenda_item is not None and row.agenda_item.meeting_id != meeting.pk:
        wrong["agenda_item"] = "所选议题不属于这次会议"
    if row.pk and row.meeting_id != meeting.pk:
        wrong["text"] = "这条决议不属于这次会议"
    if wrong:
        raise Invalid("决议还不能保存。", fields=wrong, citation=_one_by_one(meeting) if "candidate_name" in wrong else "")
    if row.type in AT_GENERAL_MEETING and not meeting.kinds.filter(kind="general_meeting").exists():
        raise Invalid(
            f"“{DecisionType(row.type).label}”须由支部党员大会表决，这次会议不是支部党员大会。",
            fields={"type": "请选择其他类型，或在会议类型中加上支部党员大会"},
        )


def _one_by_one(meeting: Meeting) -> str:
    try:
        return book().on("vote.admission.one_by_one", _day(meeting)).citation
    except NotInForce:
        return ""


def _unusual(meeting: Meeting, row: Decision, reason: str) -> str:
    """The ``reason`` if something about the decision is not as usual; raises where none is given, or none helps."""
    asked = (check_decision, _temporary, _ballot, _tellers)
    return next((said for said in [ask(meeting, row, reason) for ask in asked] if said), "")


def _temporary(meeting: Meeting, row: Decision, reason: str) -> str:
    """A temporary organisation in general neither admits members nor punishes any: where it does, the reason is wanted."""
    matter = policy.matter_of(row.type, row.text)
    rule = barred(meeting.organization.type_code, matter, _day(meeting)) if matter else None
    if rule is None:
        return ""
    if not reason:
        raise Invalid(
            f"“{meeting.organization}”是临时党组织，一般不{rule.expect(Choices).titled(matter)}。",
            how="请由党员组织关系所在的党支部办理；确有特殊情况的，在“特殊情况”中写明。",
            citation=rule.citation,
            fields={"reason": "请写明为什么由临时党组织办理"},
        )
    return reason


def _ballot(meeting: Meeting, row: Decision, reason: str) -> str:
    if row.type != DecisionType.ADMISSION or row.method == VoteMethod.SECRET_BALLOT:
        return ""
    wanted, citation = policy.secret_ballot(book=book(), on=_day(meeting))
    if wanted == "must":
        raise Invalid("接收预备党员应当采取无记名投票方式表决。", citation=citation, fields={"method": "请选择无记名投票"})
    if wanted == "usual" and not reason:
        raise Invalid(
            "接收预备党员一般采取无记名投票方式表决。",
            how="当时确是用其他方式表决的，请在“特殊情况”中写明。",
            citation=citation,
            fields={"reason": "请写明当时为什么没有用无记名投票"},
        )
    return reason if wanted == "usual" else ""


def _tellers(meeting: Meeting, row: Decision, reason: str) -> str:
    """Who watches over a secret ballot and counts it is on record; the candidate is nobody of them."""
    if row.method != VoteMethod.SECRET_BALLOT:
        return ""
    if row.candidate_name and row.candidate_name in policy.names_in(row.tellers):
        raise Invalid(
            f"{row.candidate_name}是表决的对象，不能担任监票人、计票人。", fields={"tellers": "请填写其他有表决权的党员"}
        )
    rule = book().on("vote.secret.tellers", _day(meeting))
    if row.tellers or not rule.expect(bool):
        return ""
    if not reason:
        raise Invalid(
            "无记名投票一般要推选监票人、计票人。",
            how="请填写他们的姓名；当时没有推选的，在“特殊情况”中写明。",
            citation=rule.citation,
            fields={"tellers": "请填写监票人、计票人", "reason": "没有监票人、计票人的，请写明原因"},
        )
    return reason


def _note_without_rule(row: Decision, votes: Votes, passed: bool | None) -> None:
    if passed is None:
        raise Invalid("请选择是否通过。", fields={"passed": "请选择"})
    row.passed, row.quorum_met, row.need_in_favour = passed, None, None
    row.in_favour, row.against, row.abstain, row.written_in_favour = votes.in_favour, votes.against, votes.abstain, 0
    row.due = row.present = 0
    row.reasons = row.citations = row.rule_keys = ""
    row.ruled_on = None


def _count(meeting: Meeting, row: Decision, kind: VoteKind, votes: Votes) -> None:
    on = _day(meeting)
    base = vote_base(meeting, kind)
    try:
        result = policy.tally(
            kind,
            due=len(base.due),
            present=len(base.present),
            in_favour=votes.in_favour,
            against=votes.against,
            abstain=votes.abstain,
            written_in_favour=votes.written_in_favour,
            book=book(),
            on=on,
        )
    except ValueError as wrong:
        raise Invalid(f"{wrong}。", fields={"in_favour": str(wrong)}) from wrong
    row.due, row.present = len(base.due), len(base.present)
    row.in_favour, row.against, row.abstain = votes.in_favour, votes.against, votes.abstain
    row.written_in_favour = votes.written_in_favour
    row.passed, row.quorum_met, row.need_in_favour = result.passed, result.quorum_met, result.need_in_favour
    row.reasons = "\n".join(result.reasons)
    row.citations = "\n".join(citation.text for citation in result.citations)
    rule = VOTE_RULES[kind]
    row.rule_keys, row.ruled_on = ",".join(key for key in (rule.quorum, rule.passing) if key), on


def _check_decides(meeting: Meeting) -> None:
    """Raise unless grades are decided at this meeting."""
    if decides_grades(meeting):
        return
    rule = rule_on("life.appraisal.decided_by", _day(meeting))
    if rule and meeting.organization.is_group:
        raise Conflict(
            "党小组可以进行个人自评和党员互评，评议等次不在党小组评定。",
            how=f"请在{rule.text}上登记评议等次。",
            citation=rule.citation,
        )
    raise Conflict(
        "这次会议不评定民主评议党员的等次。",
        how="如确实评定了，请先在会议类型中加上“民主评议党员”，或者把评定写进支委会、党员大会的议程。",
        citation=rule.citation if rule else "",
    )


def _check_appraisal(meeting: Meeting, results: Sequence[Appraised], reason: str) -> str:
    """Raise for grades that cannot be; returns the reason if more are 优秀 than is usual."""
    graded = {code for code, _ in grades(_day(meeting))} or {code for code, _ in codes.get("appraisal_grade").choices}
    concerned = {member.pk for member in appraised_at(meeting)}
    if len({one.member.pk for one in results}) < len(results):
        raise Invalid("同一名党员登记了两次。")
    for one in results:
        if one.member.pk not in concerned:
            raise Invalid(f"{one.member}不在这次会议的应到名单中。")
        rule = book().on("life.appraisal.probationary", _day(meeting))
        if not one.member.is_full and one.grade and not rule.expect(bool):
            raise Invalid(f"{one.member}是预备党员，参加评议但不确定等次。", citation=rule.citation)
    _check_graded([one.member for one in results if one.member.is_full and one.grade not in graded])
    return _check_excellent(meeting, results, reason)


def _check_graded(left: Sequence[Member]) -> None:
    if left:
        who = f"请为{left[0]}选择评议等次。" if len(left) == 1 else f"还有 {len(left)} 人没有选择评议等次，已用红字标出。"
        raise Invalid(who, fields={f"grade-{member.pk}": "请选择等次" for member in left})


def _check_excellent(meeting: Meeting, results: Sequence[Appraised], reason: str) -> str:
    cap = cap_of(meeting, len(results))
    excellent = sum(one.grade == "excellent" for one in results)
    if cap is None or excellent <= cap.most:
        return ""
    if not reason:
        raise Invalid(
            f"{cap.text(excellent)}。",
            how="请调整评议等次；上级党组织同意超出的，请写明原因。",
            citation=cap.citation,
            fields={"reason": "请写明优秀超出比例的原因"},
        )
    return reason


def _day(meeting: Meeting) -> dt.date:
    return meeting.held_on or clock.today()
