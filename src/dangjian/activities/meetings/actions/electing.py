"""Elections: one ballot paper with all its candidates, the result worked out by the rules of the day."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from dangjian.accounts.events import record
from dangjian.activities.meetings.actions.attending import note_voters
from dangjian.activities.meetings.actions.guards import locked, require_open, require_recording, require_status
from dangjian.activities.meetings.election import Ballots, Candidate, ElectionResult, elect
from dangjian.activities.meetings.models import (
    AgendaItem,
    Decision,
    DecisionType,
    Election,
    Meeting,
    Status,
    VoteMethod,
)
from dangjian.activities.meetings.policy import VOTE_RULES, VoteKind, VoteResult
from dangjian.activities.meetings.queries import vote_base
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Invalid
from dangjian.kernel.rulebook import NotInForce, book
from dangjian.org.policy import barred

MOST_CANDIDATES = 60
BEFORE_THE_RULES = "请核对会议日期。确是以前的选举，请用“登记决议”，类型选“其他”，写明选举结果和当时的依据。"
"""What to do about an election before the day from which the platform knows the rules."""


@transaction.atomic
def record_election(
    *,
    actor: Actor,
    meeting: Meeting,
    title: str,
    seats: int,
    ballots: Ballots,
    candidates: Sequence[Candidate],
    agenda_item: AgendaItem | None = None,
    election: Election | None = None,
) -> Election:
    """Record an election of ``seats`` people to what ``title`` names, or ``election`` anew with all its candidates.

    Who may vote, whether enough came, whether the ballot stands and who is elected follow from standing and the rules.
    """
    require_recording(actor, meeting)
    meeting = locked(meeting)
    require_status(meeting, Status.RUNNING, Status.HELD, doing="登记选举")
    row = election or Election(meeting=meeting)
    row.agenda_item, row.title, row.seats = agenda_item, title.strip(), seats
    _check(meeting, row, candidates)
    note_voters(meeting)
    result = _count(meeting, row, ballots, candidates)
    row.save()
    row.candidates.all().delete()
    Decision.objects.bulk_create(
        [_decision(row, one, counted) for one, counted in zip(candidates, result.candidates, strict=True)]
    )
    record(
        actor=actor,
        verb="meetings.election_recorded",
        summary=f"“{meeting}”登记{row}：{'当选' + str(result.elected) + '名' if row.stands else '选举无效'}",
        organization=meeting.organization,
        subject=meeting,
        data={"election": row.pk, "elected": result.elected, "seats": seats},
    )
    return row


@transaction.atomic
def remove_election(*, actor: Actor, election: Election) -> None:
    """Take an election with all its candidates out of an open record."""
    require_recording(actor, election.meeting)
    meeting = locked(election.meeting)
    require_open(meeting)
    text = str(election)
    election.delete()
    record(
        actor=actor,
        verb="meetings.election_removed",
        summary=f"“{meeting}”删除{text}",
        organization=meeting.organization,
        subject=meeting,
    )


def _check(meeting: Meeting, row: Election, candidates: Sequence[Candidate]) -> None:
    wrong: dict[str, str] = {}
    if not row.title:
        wrong["title"] = "请填写选举什么职务"
    if len(row.title) > 60:
        wrong["title"] = "请控制在60字以内"
    if row.agenda_item is not None and row.agenda_item.meeting_id != meeting.pk:
        wrong["agenda_item"] = "所选议题不属于这次会议"
    if row.pk and row.meeting_id != meeting.pk:
        wrong["title"] = "这次选举不属于这次会议"
    if any(not one.name.strip() or len(one.name) > 64 for one in candidates):
        wrong["seats"] = "候选人要填写姓名，64字以内"
    if len(candidates) > MOST_CANDIDATES:
        wrong["seats"] = f"一张选票至多登记{MOST_CANDIDATES}名候选人"
    if wrong:
        raise Invalid("选举还不能保存。", fields=wrong)
    if rule := barred(meeting.organization.type_code, "election", meeting.held_on or clock.today()):
        raise Invalid(
            f"“{meeting.organization}”是临时党组织，不进行换届选举，也不选举党代表大会代表。",
            how="书记、副书记和委员由批准成立的上级党组织指定；代表由党员组织关系所在的党支部选举。",
            citation=rule.citation,
        )
    if not meeting.kinds.filter(kind="general_meeting").exists():
        raise Invalid("选举须由支部党员大会进行，这次会议不是支部党员大会。", how="如确实是，请在会议类型中加上支部党员大会。")


def require_known(on: dt.date) -> None:
    """Raise ``Invalid`` with another way for an election of a day whose rules the platform does not know."""
    try:
        book().on(VOTE_RULES[VoteKind.ELECTION].quorum, on)
    except NotInForce as gap:
        raise Invalid(gap.message, how=BEFORE_THE_RULES) from gap


def _count(meeting: Meeting, row: Election, ballots: Ballots, candidates: Sequence[Candidate]) -> ElectionResult:
    on = meeting.held_on or clock.today()
    require_known(on)
    base = vote_base(meeting, VoteKind.ELECTION)
    row.due, row.present = len(base.due), len(base.present)
    try:
        result = elect(
            seats=row.seats,
            due=row.due,
            present=row.present,
            ballots=ballots,
            candidates=candidates,
            book=book(),
            on=on,
        )
    except ValueError as wrong:
        raise Invalid(f"{wrong}。") from wrong
    row.issued, row.returned, row.valid, row.invalid = ballots.issued, ballots.returned, ballots.valid, ballots.invalid
    row.stands = result.stands
    row.reasons = "\n".join(result.reasons)
    row.citations = "\n".join(citation.text for citation in result.citations)
    return result


def _decision(election: Election, one: Candidate, counted: VoteResult) -> Decision:
    rule = VOTE_RULES[VoteKind.ELECTION]
    return Decision(
        meeting=election.meeting,
        agenda_item=election.agenda_item,
        election=election,
        type=DecisionType.ELECTION,
        method=VoteMethod.SECRET_BALLOT,
        text=f"{election}（{election.ballots_text}）",
        candidate_name=one.name.strip(),
        due=election.due,
        present=election.present,
        in_favour=one.in_favour,
        against=one.against,
        abstain=one.abstain,
        passed=counted.passed,
        quorum_met=counted.quorum_met,
        need_in_favour=counted.need_in_favour,
        reasons="\n".join(counted.reasons),
        citations="\n".join(citation.text for citation in counted.citations),
        rule_keys=f"{rule.quorum},{rule.passing}",
        ruled_on=election.meeting.held_on or clock.today(),
    )
