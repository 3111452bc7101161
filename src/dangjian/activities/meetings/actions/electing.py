"""Elections: one ballot paper with all its candidates, the result worked out by the rules of the day."""

import datetime as dt
import re
from collections.abc import Sequence

from django.db import transaction

from dangjian.accounts.events import record
from dangjian.activities.meetings.actions.attending import note_voters
from dangjian.activities.meetings.actions.deciding import require_deciding
from dangjian.activities.meetings.actions.guards import locked_for
from dangjian.activities.meetings.election import Ballots, Candidate, Departure, ElectionResult, departures, elect
from dangjian.activities.meetings.models import (
    AgendaItem,
    Decision,
    DecisionType,
    ElectedOffice,
    Election,
    Meeting,
    VoteMethod,
)
from dangjian.activities.meetings.models.outcome import SPECIAL
from dangjian.activities.meetings.policy import VOTE_RULES, VoteKind, VoteResult
from dangjian.activities.meetings.queries import election_kind, vote_base
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Invalid
from dangjian.kernel.rulebook import Choices, NotInForce, book
from dangjian.members.queries import attendees_of, committee_of, standing_on
from dangjian.members.rights import Right
from dangjian.org.policy import barred

MOST_CANDIDATES = 60
MOST_WITHOUT_COMMITTEE = 2
"""A branch without a committee has a secretary, and a deputy if need be."""
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
    office: str = ElectedOffice.OTHER,
    tellers: str = "",
    reason: str = "",
    agenda_item: AgendaItem | None = None,
    election: Election | None = None,
) -> Election:
    """Record an election of ``seats`` people to what ``title`` names, or ``election`` anew with all its candidates.

    Who may vote, whether enough came, whether the ballot stands and who is elected follow from standing and the rules. What is
    not as it is laid down for the ``office`` (candidates to spare, who elects a secretary) needs a ``reason``, which stays on
    record: it was held, and the superior may have agreed. Those who watched over the papers (``tellers``) did not stand.
    """
    meeting = locked_for(actor, meeting, require_deciding)
    row = election or Election(meeting=meeting)
    row.agenda_item, row.title, row.seats = agenda_item, title.strip(), seats
    row.office, row.tellers = office, tellers.strip()
    _check(meeting, row, candidates)
    note_voters(meeting)
    result = _count(meeting, row, ballots, candidates)
    _explain(meeting, row, candidates, reason.strip())
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
    meeting = locked_for(actor, election.meeting, require_deciding)
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
    if election_kind(meeting, row.office) is None:
        raise Invalid(
            "选举须由支部党员大会进行，这次会议不是支部党员大会；委员会会议只选举书记、副书记。",
            how="选的是书记、副书记的，请在“选举哪一类”中选择；如确实是支部党员大会，请在会议类型中加上。",
        )
    _check_may_stand(meeting, candidates)
    _check_tellers(meeting, row, candidates)


def _check_may_stand(meeting: Meeting, candidates: Sequence[Candidate]) -> None:
    """Refuse a member of the branch who cannot be elected on that day; of several of one name, only if none of them can."""
    on, names = meeting.held_on or clock.today(), {one.name.strip() for one in candidates}
    people = attendees_of(meeting.organization.branch(), on).filter(name__in=names).order_by("pk")
    standing = standing_on([member.pk for member in people], on)
    able = {member.name for member in people if standing[member.pk].barred(Right.STAND) is None}
    for member in people:
        against = standing[member.pk].barred(Right.STAND)
        if against and member.name not in able:
            raise Invalid(
                f"{against.text}，不能作候选人。",
                how="请核对候选人名单。",
                citation=against.citation,
                fields={"seats": "请核对候选人"},
            )


def _check_tellers(meeting: Meeting, row: Election, candidates: Sequence[Candidate]) -> None:
    tellers = set(re.split(r"[、，,；;\s]+", row.tellers))
    if standing := next((one.name for one in candidates if one.name.strip() in tellers - {""}), ""):
        try:
            rule = book().on("elect.tellers", meeting.held_on or clock.today())
        except NotInForce:
            return
        raise Invalid(
            f"{standing}是候选人，不能担任监票人。", citation=rule.citation, fields={"tellers": "请填写不是候选人的党员"}
        )


def departures_of(meeting: Meeting, *, office: str, seats: int, candidates: Sequence[Candidate]) -> list[Departure]:
    """In what this election is not as it is laid down."""
    on = meeting.held_on or clock.today()
    committee = committee_of(meeting.organization.branch(), on).count()
    return departures(
        office,
        seats=seats,
        candidates=candidates,
        by_committee=election_kind(meeting, office) is VoteKind.SESSION_ELECTION,
        has_committee=committee > MOST_WITHOUT_COMMITTEE,
        book=book(),
        on=on,
    )


def _explain(meeting: Meeting, row: Election, candidates: Sequence[Candidate], reason: str) -> None:
    """Say in the record what was not as it is laid down and why, and what follows from the result."""
    found = departures_of(meeting, office=row.office, seats=row.seats, candidates=candidates)
    if found and not reason:
        raise Invalid(
            "；".join(one.text for one in found) + "。",
            how="确是这样选举的，请在“特殊情况”中写明原因和上级的批复。",
            citation="；".join(citation.text for one in found for citation in one.citations),
            fields={"reason": "请写明原因和上级的批复"},
        )
    lines = [row.reasons, *(one.text for one in found), *([f"{SPECIAL}{reason}"] if found else [])]
    cited = [citation.text for one in found for citation in one.citations]
    if row.office == ElectedOffice.SECRETARY and row.stands:
        after = book().on_or_first("elect.approval", meeting.held_on or clock.today())
        lines.append(f"选出的{'、'.join(each.title for each in after.expect(Choices))}报上级党组织批准")
        cited += [citation.text for citation in after.citations]
    row.reasons = "\n".join(lines)
    row.citations = "\n".join(dict.fromkeys([*row.citations.splitlines(), *cited]))


def require_known(on: dt.date) -> None:
    """Raise ``Invalid`` with another way for an election of a day whose rules the platform does not know."""
    try:
        book().on(VOTE_RULES[VoteKind.ELECTION].quorum, on)
    except NotInForce as gap:
        raise Invalid(gap.message, how=BEFORE_THE_RULES) from gap


def _count(meeting: Meeting, row: Election, ballots: Ballots, candidates: Sequence[Candidate]) -> ElectionResult:
    on = meeting.held_on or clock.today()
    require_known(on)
    kind = election_kind(meeting, row.office) or VoteKind.ELECTION
    base = vote_base(meeting, kind)
    row.due, row.present = len(base.due), len(base.present)
    try:
        result = elect(
            kind=kind,
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
    rule = VOTE_RULES[election_kind(election.meeting, election.office) or VoteKind.ELECTION]
    return Decision(
        meeting=election.meeting,
        agenda_item=election.agenda_item,
        election=election,
        type=DecisionType.ELECTION,
        method=VoteMethod.SECRET_BALLOT,
        text=f"{election}（{election.ballots_text}）",
        candidate_name=one.name.strip(),
        written_in=one.written_in,
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
