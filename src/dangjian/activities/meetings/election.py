"""An election with one ballot paper: whether it stands, and who is elected. Pure functions over the rulebook."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from dangjian.activities.meetings.models import ElectedOffice
from dangjian.activities.meetings.policy import VoteKind, VoteResult, ballots_valid, quorum, tally
from dangjian.kernel.rulebook import Choices, Citation, Rulebook
from dangjian.org.policy import candidates_needed, election_is_equal


@dataclass(frozen=True, slots=True)
class Ballots:
    """Ballot papers: 发出, 收回, and of those returned 有效 and 无效."""

    issued: int
    returned: int
    valid: int
    invalid: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody on the paper (or, ``written_in``, added to it by those who vote), and what the valid papers say of them."""

    name: str
    in_favour: int
    against: int = 0
    abstain: int = 0
    written_in: bool = False


@dataclass(frozen=True, slots=True)
class ElectionResult:
    """Whether the election ``stands`` (enough voters, not more papers than issued), and a result for each candidate in order.

    A candidate's ``passed`` says whether they are elected, ``None`` where the rules leave it to a person. ``reasons`` and
    ``citations`` are those of the election as a whole.
    """

    stands: bool
    quorum_met: bool
    elected: int
    candidates: tuple[VoteResult, ...]
    reasons: tuple[str, ...]
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Departure:
    """In what an election is not as it is laid down, with the articles."""

    text: str
    citations: tuple[Citation, ...]


def departures(
    office: str,
    *,
    seats: int,
    candidates: Sequence[Candidate],
    by_committee: bool,
    has_committee: bool,
    book: Rulebook,
    on: dt.date,
) -> list[Departure]:
    """In what an election to ``office`` on ``on`` is not as it is laid down.

    ``by_committee`` says that the committee elects, not the general meeting; ``has_committee`` that the organisation has one.
    """
    on_paper = sum(not one.written_in for one in candidates)
    if office in {ElectedOffice.COMMITTEE, ElectedOffice.DELEGATES}:
        is_delegates = office == ElectedOffice.DELEGATES
        need = candidates_needed(seats, delegates=is_delegates, book=book, on=on)
        rule = book.on("elect.surplus.delegates" if is_delegates else "elect.surplus.committee", on)
        text = f"应选{seats}名，实行差额选举，选票上的候选人至少{need}名，这次只有{on_paper}名"
        return [Departure(text, rule.citations)] if on_paper < need else []
    if office != ElectedOffice.SECRETARY:
        return []
    found = []
    if election_is_equal("secretary", book=book, on=on) and on_paper > seats:
        text = f"书记、副书记实行等额选举，应选{seats}名，选票上的候选人有{on_paper}名"
        found.append(Departure(text, book.on("elect.secretary", on).citations))
    if by_committee != has_committee:
        rule = book.on("elect.secretary.by", on)
        way = rule.expect(Choices)[0 if has_committee else 1].title
        found.append(Departure(f"书记、副书记由{way}选举产生", rule.citations))
    return found


def elect(
    *,
    kind: VoteKind = VoteKind.ELECTION,
    seats: int,
    due: int,
    present: int,
    ballots: Ballots,
    candidates: Sequence[Candidate],
    book: Rulebook,
    on: dt.date,
) -> ElectionResult:
    """The result of an election of ``seats`` people held on ``on``, by the general meeting or by the committee (``kind``).

    Raises ``ValueError`` with a Chinese text for figures that contradict each other.
    """
    _check_issued(ballots.issued, due, present, book, on)
    _check(seats, ballots, candidates)
    attendance = quorum(kind, due=due, present=present, book=book, on=on)
    paper = book.on("vote.election.ballots", on)
    came_back = f"发出选票{ballots.issued}张，收回{ballots.returned}张，其中有效{ballots.valid}张、无效{ballots.invalid}张"
    if not ballots_valid(voters=ballots.issued, returned=ballots.returned):
        reason = "收回的选票多于发出的选票，选举无效，应当重新选举"
        void = VoteResult(False, attendance.met, attendance.need_present, 0, (attendance.reason, reason), paper.citations)
        results = tuple(void for _ in candidates)
        return ElectionResult(False, attendance.met, 0, results, (attendance.reason, came_back, reason), paper.citations)
    counted = [
        tally(
            kind,
            due=due,
            present=present,
            in_favour=one.in_favour,
            against=one.against,
            abstain=one.abstain,
            book=book,
            on=on,
        )
        for one in candidates
    ]
    seated, shortage = _seated(counted, candidates, seats, book, on) if attendance.met else (counted, "")
    elected = sum(one.passed is True for one in seated)
    lines = [attendance.reason, came_back, f"应选{seats}名，当选{elected}名", *([shortage] if shortage else [])]
    citations = [*attendance.citations, *paper.citations, *(book.on("vote.tie", on).citations if shortage else ())]
    return ElectionResult(attendance.met, attendance.met, elected, tuple(seated), tuple(lines), tuple(dict.fromkeys(citations)))


def _seated(
    counted: Sequence[VoteResult], candidates: Sequence[Candidate], seats: int, book: Rulebook, on: dt.date
) -> tuple[list[VoteResult], str]:
    """Those with enough votes, as far as there are seats; and what is to be done about seats left open, if any."""
    results = list(counted)
    enough = sorted((place for place, one in enumerate(counted) if one.passed), key=lambda place: -candidates[place].in_favour)
    tied: list[int] = []
    if len(enough) > seats:
        last = candidates[enough[seats - 1]].in_favour
        tied = [place for place in enough if candidates[place].in_favour == last]
        if last != candidates[enough[seats]].in_favour:
            tied = []
    for rank, place in enumerate(enough):
        if place in tied:
            reason = "与其他候选人在最后的名额上得票相等，不能确定当选人，应当就得票相等的候选人重新投票"
            results[place] = _refused(counted[place], reason, book.on("vote.tie", on).citations)
        elif rank >= seats:
            results[place] = _refused(counted[place], f"得票够数，但应选{seats}名，按得票多少排在名额以外")
    if len(enough) >= seats:
        for place, one in enumerate(counted):
            if one.passed is None:
                results[place] = _refused(one, "得票更多的候选人已占满应选名额")
    return results, _shortage(results, seats, bool(tied))


def _refused(one: VoteResult, reason: str, citations: tuple[Citation, ...] = ()) -> VoteResult:
    return replace(
        one, passed=False, reasons=(*one.reasons, reason), citations=tuple(dict.fromkeys((*one.citations, *citations)))
    )


def _shortage(results: Sequence[VoteResult], seats: int, is_tied: bool) -> str:
    missing = seats - sum(one.passed is True for one in results)
    if is_tied:
        return f"还有{missing}个名额得票相等，应当就得票相等的候选人重新投票"
    if missing and not any(one.passed is None for one in results):
        return f"当选人数少于应选名额，不足的{missing}名应当另行选举"
    return ""


def _check_issued(issued: int, due: int, present: int, book: Rulebook, on: dt.date) -> None:
    """Papers go to those who came, unless the deployment knows of another text: then somebody present may vote for others."""
    if book.on("vote.election.no_proxy", on).expect(bool):
        if issued > present:
            raise ValueError(f"发出选票{issued}张，多于实到会有选举权的{present}人；没有到会的人不能委托他人代为投票，请核对票数")
    elif issued > due:
        raise ValueError(f"发出选票{issued}张，多于应到会有选举权的{due}人，请核对票数")


def _check(seats: int, ballots: Ballots, candidates: Sequence[Candidate]) -> None:
    if seats < 1:
        raise ValueError("请填写应选名额")
    if not candidates:
        raise ValueError("请填写候选人和得票")
    if min(ballots.issued, ballots.returned, ballots.valid, ballots.invalid) < 0:
        raise ValueError("票数不能是负数")
    if ballots.valid + ballots.invalid != ballots.returned:
        raise ValueError(f"有效票和无效票共{ballots.valid + ballots.invalid}张，与收回的{ballots.returned}张不一致，请核对票数")
    _check_candidates(seats, ballots, candidates)


def _check_candidates(seats: int, ballots: Ballots, candidates: Sequence[Candidate]) -> None:
    names = [one.name for one in candidates]
    for one in candidates:
        if names.count(one.name) > 1:
            raise ValueError(f"“{one.name}”填了两次，请合并；同名的请在姓名后注明")
        if min(one.in_favour, one.against, one.abstain) < 0:
            raise ValueError("票数不能是负数")
        cast = one.in_favour + one.against + one.abstain
        if cast > ballots.valid:
            raise ValueError(f"{one.name}的赞成、反对、弃权共{cast}票，多于有效票{ballots.valid}张，请核对票数")
    total = sum(one.in_favour for one in candidates)
    if total > ballots.valid * seats:
        most = ballots.valid * seats
        raise ValueError(f"赞成票共{total}票，多于{ballots.valid}张有效票每张至多选{seats}名的{most}票，请核对票数")
