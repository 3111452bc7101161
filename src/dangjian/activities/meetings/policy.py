"""Votes: who may vote, whether enough came, whether it passed. Pure functions over the rulebook; counts are whole people.

Three bases must not be confused: ``due`` is 应到会 (those with a vote who ought to come, without those the meeting agreed not to
count), ``present`` is 实到会 of the same people, and votes are cast by those present.
"""

import datetime as dt
import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from dangjian.kernel.periods import last_of_month
from dangjian.kernel.rulebook import Choice, Choices, Citation, NotInForce, Period, Rulebook, RuleValue, Share
from dangjian.org.models import COMMITTEE_POSTS


class VoteKind(StrEnum):
    """What is voted on; each kind has its own quorum and threshold."""

    GENERAL = "general"
    COMMITTEE = "committee"
    ADMISSION = "admission"
    CONVERSION = "conversion"
    ELECTION = "election"
    SESSION_ELECTION = "session_election"
    LEADERS_MEETING = "leaders_meeting"


@dataclass(frozen=True, slots=True)
class VoteRule:
    """The keys of the rules that govern one kind of vote. Without ``passing`` the meeting has a quorum but does not vote."""

    title: str
    people: str
    quorum: str
    passing: str = ""
    written: str = ""


ELECTIONS = frozenset({VoteKind.ELECTION, VoteKind.SESSION_ELECTION})
"""Votes with a ballot paper and candidates."""

VOTE_RULES: dict[VoteKind, VoteRule] = {
    VoteKind.GENERAL: VoteRule("支部党员大会表决", "有表决权的党员", "vote.general.quorum", "vote.general.pass"),
    VoteKind.COMMITTEE: VoteRule("支部委员会会议表决", "委员", "life.committee_meeting.quorum", "vote.committee.pass"),
    VoteKind.ADMISSION: VoteRule(
        "接收预备党员表决", "有表决权的党员", "vote.admission.quorum", "vote.admission.pass", "vote.admission.absent_written"
    ),
    VoteKind.CONVERSION: VoteRule(
        "预备党员转正表决", "有表决权的党员", "vote.conversion.quorum", "vote.conversion.pass", "vote.conversion.absent_written"
    ),
    VoteKind.ELECTION: VoteRule("选举", "有选举权的党员", "vote.election.quorum", "vote.election.win"),
    VoteKind.SESSION_ELECTION: VoteRule("委员会会议选举", "委员", "vote.election.session_quorum", "vote.election.win"),
    VoteKind.LEADERS_MEETING: VoteRule("民主生活会", "班子成员", "life.leaders_meeting.quorum"),
}


_PUNISHING = re.compile(
    "党纪处分|党内警告|严重警告|开除党籍|留党察看|撤销党内职务|给予.{0,12}处分|除名|劝其退党|劝退|限期改正|不合格党员.{0,8}处置"
)


def matter_of(decision_type: str, text: str) -> str:
    """What of ``org.temp_branch.may_not`` a decision is about: ``admission``, ``discipline``, or nothing of it."""
    if decision_type == VoteKind.ADMISSION:
        return "admission"
    return "discipline" if _PUNISHING.search(text) else ""


@dataclass(frozen=True, slots=True)
class Quorum:
    """Whether enough people came. ``reason`` says it in one Chinese sentence."""

    met: bool
    need_present: int
    reason: str
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class VoteResult:
    """The result of a vote. ``passed`` is ``None`` where the rules leave it to a person (需人工认定)."""

    passed: bool | None
    quorum_met: bool
    need_present: int
    need_in_favour: int
    reasons: tuple[str, ...]
    citations: tuple[Citation, ...]


def quorum(kind: VoteKind, *, due: int, present: int, book: Rulebook, on: dt.date) -> Quorum:
    """Whether a meeting with ``present`` of ``due`` people may go on. Raises ``ValueError`` for figures that cannot be."""
    _check_attendance(due, present)
    vote = VOTE_RULES[kind]
    rule = book.on(vote.quorum, on)
    share = rule.expect(Share)
    need = share.least(due)
    met = share.met_by(present, due)
    verdict = "达到规定人数" if met else "没有达到规定人数"
    reason = f"{vote.title}：{vote.people}应到会{due}人、到会{present}人，至少须到{need}人，{verdict}"
    return Quorum(met, need, reason, rule.citations)


def tally(
    kind: VoteKind,
    *,
    due: int,
    present: int,
    in_favour: int,
    against: int = 0,
    abstain: int = 0,
    written_in_favour: int = 0,
    book: Rulebook,
    on: dt.date,
) -> VoteResult:
    """The result of a vote held on ``on``.

    ``written_in_favour`` are opinions that absent voters handed in before the meeting; they count for the vote where the rule
    says so, never for the quorum. In an election ``in_favour`` is the number of votes of one candidate.
    Raises ``ValueError`` with a Chinese text for figures that contradict each other or a meeting that does not vote.
    """
    vote = VOTE_RULES[kind]
    if not vote.passing:
        raise ValueError(f"{vote.title}不进行表决")
    _check_votes(present, in_favour, against, abstain)
    attendance = quorum(kind, due=due, present=present, book=book, on=on)
    written_citations = _check_written(vote, due - present, written_in_favour, book, on)
    rule = book.on(vote.passing, on)
    votes = in_favour + written_in_favour
    passed, need, reason = _judged(kind, rule.expect(Share), votes, due, present, book, on)
    if not attendance.met:
        passed, reason = False, "到会人数不够，表决无效"
    reasons = [attendance.reason, reason]
    if written_in_favour and attendance.met:
        reasons.append(f"赞成{votes}票中含会前提交的书面意见{written_in_favour}票")
    return VoteResult(
        passed=passed,
        quorum_met=attendance.met,
        need_present=attendance.need_present,
        need_in_favour=need,
        reasons=tuple(reasons),
        citations=_distinct(attendance.citations, rule.citations, written_citations),
    )


def _judged(
    kind: VoteKind, share: Share, votes: int, due: int, present: int, book: Rulebook, on: dt.date
) -> tuple[bool | None, int, str]:
    base = book.on("vote.election.win_base", on).expect(Choice).code if kind in ELECTIONS else "due"
    if base == "present":
        need = share.least(present)
        return _against(votes, need, f"实到会{present}人")
    need = share.least(due)
    if base == "ask" and votes < need and share.met_by(votes, present):
        text = f"赞成{votes}票，按实到会{present}人计算已够当选，按应到会{due}人计算至少须{need}票、还不够，需人工认定"
        return None, need, text
    return _against(votes, need, f"应到会{due}人")


def _against(votes: int, need: int, base: str) -> tuple[bool, int, str]:
    passed = votes >= need
    return passed, need, f"赞成{votes}票，按{base}计算至少须{need}票，{'通过' if passed else '没有通过'}"


def _check_attendance(due: int, present: int) -> None:
    if min(due, present) < 0:
        raise ValueError("人数不能是负数")
    if due == 0:
        raise ValueError("应到会人数是0，不能表决，请先核对有表决权的人员")
    if present > due:
        raise ValueError(f"实到会{present}人多于应到会{due}人，请核对人数")


def _check_votes(present: int, in_favour: int, against: int, abstain: int) -> None:
    if min(in_favour, against, abstain) < 0:
        raise ValueError("票数不能是负数")
    cast = in_favour + against + abstain
    if cast > present:
        raise ValueError(f"赞成、反对、弃权共{cast}票，多于实到会{present}人，请核对票数")


def _check_written(vote: VoteRule, absent: int, written: int, book: Rulebook, on: dt.date) -> tuple[Citation, ...]:
    if written < 0:
        raise ValueError("票数不能是负数")
    if written == 0:
        return ()
    rule = book.on(vote.written, on) if vote.written else None
    if rule is None or not rule.expect(bool):
        raise ValueError(f"{vote.title}不计书面意见，请去掉书面意见的票数")
    if written > absent:
        raise ValueError(f"书面意见{written}票多于没有到会的{absent}人，请核对票数")
    return rule.citations


def _distinct(*groups: tuple[Citation, ...]) -> tuple[Citation, ...]:
    return tuple(dict.fromkeys(citation for group in groups for citation in group))


def ballots_valid(*, voters: int, returned: int) -> bool:
    """Whether a ballot stands: not more papers came back than people voted (``vote.election.ballots``)."""
    if min(voters, returned) < 0:
        raise ValueError("票数不能是负数")
    return returned <= voters


CHAIR_RULES = {
    "general_meeting": "life.chair",
    "committee_meeting": "life.chair",
    "group_meeting": "life.chair.group_meeting",
}
"""Kinds of meeting of which it is laid down who presides."""


def chair_barred(kind: str, *, held: Collection[str], filled: Collection[str], book: Rulebook, on: dt.date) -> RuleValue | None:
    """The rule by which somebody with the posts ``held`` does not preside over a meeting of ``kind`` on ``on``, if one does.

    ``filled`` are the posts that anybody holds in the organisation: where none of those that preside is, nobody is kept from it.
    ``committee_member`` in the rule stands for every post on the committee.
    """
    try:
        rule = book.on(CHAIR_RULES[kind], on) if kind in CHAIR_RULES else None
    except NotInForce:
        return None
    if rule is None:
        return None
    presiding = set(rule.expect(Choices).codes)
    presiding |= {str(post) for post in COMMITTEE_POSTS} if "committee_member" in presiding else set()
    return rule if presiding & set(filled) and not presiding & set(held) else None


def last_day_for(year: int, *, book: Rulebook) -> dt.date:
    """The last day on which a meeting that the yearly notice asks for may be held for ``year``."""
    end = dt.date(year, 12, 31)
    until = book.on("life.year_notice.until", end).expect(Period).after(end)
    # Whole months from the end of a year end with a month: 31 March, not 31 March less what a shorter month lacks.
    return last_of_month(until) if until.day >= 28 else until


def years_counted(held_on: dt.date, *, book: Rulebook) -> tuple[int, ...]:
    """The years for which such a meeting held on ``held_on`` may count: its own, and early in the year the one before."""
    before = held_on.year - 1
    return (held_on.year, before) if held_on <= last_day_for(before, book=book) else (held_on.year,)


@dataclass(frozen=True, slots=True)
class Cap:
    """How many may be graded 优秀 in general: ``most`` of ``base`` people, who are called ``people``."""

    most: int
    base: int
    people: str
    citation: str

    def text(self, excellent: int) -> str:
        """The sentence about ``excellent`` people graded 优秀."""
        return f"评为“优秀”的有{excellent}人，{self.people}{self.base}人，一般不超过{self.most}人"


def excellent_cap(*, members: int, taking_part: int, book: Rulebook, on: dt.date) -> Cap | None:
    """The usual limit of 优秀 in a branch of ``members`` members, ``taking_part`` of whom are appraised.

    ``None`` for an appraisal before the yearly notices that the rulebook knows. Which number counts is set by the unit.
    """
    if min(members, taking_part) < 0:
        raise ValueError("人数不能是负数")
    try:
        rule = book.on("life.appraisal.excellent_cap", on)
    except NotInForce:
        return None
    base = book.on("life.appraisal.cap_base", on).expect(Choice)
    number = members if base.code == "members" else taking_part
    return Cap(rule.expect(Share).most(number), number, base.title, rule.citation)


def secret_ballot(*, book: Rulebook, on: dt.date) -> tuple[Literal["must", "usual", "free"], str]:
    """Whether the admission of somebody is voted on by secret ballot on ``on``, with the article.

    ``usual`` where the platform has not read the text of that day: then only a reason is asked for.
    """
    try:
        rule = book.on("vote.admission.secret", on)
    except NotInForce:
        earlier = book.on("vote.admission.secret_earlier", on)
        known = counts_on(VoteKind.ADMISSION, book=book, on=on)
        return ("usual", earlier.citation) if known and earlier.expect(bool) else ("free", "")
    return ("must" if rule.expect(bool) else "free"), rule.citation


_BETWEEN_NAMES = re.compile(r"[、，,；;/]")


def names_several(name: str) -> bool:
    """Whether more than one person is named where each is voted on alone (``vote.admission.one_by_one``)."""
    return len(names_in(name)) > 1


def names_in(text: str) -> list[str]:
    """The names that stand in a text between commas."""
    return [name for part in _BETWEEN_NAMES.split(text) if (name := part.strip())]


def counts_on(kind: VoteKind, *, book: Rulebook, on: dt.date) -> bool:
    """Whether the rulebook knows how a vote of this kind was counted on ``on``."""
    rule = VOTE_RULES[kind]
    try:
        for key in (rule.quorum, rule.passing):
            if key:
                book.on(key, on)
    except NotInForce:
        return False
    return True
