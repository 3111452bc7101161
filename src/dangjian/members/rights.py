"""What somebody may do on a day, and why not, by what is known of them on that day. Pure functions over the rulebook.

``members.queries.standing`` finds out what is known, for many people at once.
"""

import datetime as dt
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum

from dangjian.kernel.rulebook import Choices, NotInForce, Rulebook, RuleValue
from dangjian.kernel.ui import words
from dangjian.members.models import Category
from dangjian.members.policy import EFFECT_RULES, PROBATION_WITHIN_PARTY, effect_period_ends_on


class Right(StrEnum):
    """What is asked about somebody."""

    VOTE = "vote"
    ELECT = "elect"
    STAND = "stand"
    SPONSOR = "sponsor"
    TRAIN = "train"
    LEAD = "lead"


LACKED = {
    Right.VOTE: "没有表决权",
    Right.ELECT: "没有选举权",
    Right.STAND: "没有被选举权",
    Right.SPONSOR: "不能作入党介绍人",
    Right.TRAIN: "不能作培养联系人",
    Right.LEAD: "没有被选举权，不能任书记、副书记和委员",
}
BY_ELECTION = {Right.VOTE: "vote", Right.ELECT: "elect", Right.STAND: "stand", Right.LEAD: "stand"}
"""By right, its code in ``member.probationary_rights``; a post of a committee takes the right to be elected."""
STANDING_BY = frozenset({Right.SPONSOR, Right.TRAIN})
"""Standing by somebody who wants to become a member, which is for full members."""


@dataclass(frozen=True, slots=True)
class Penalty:
    """A penalty, or suspended rights, in force from ``starts_on`` until before ``ends_on``."""

    kind: str
    starts_on: dt.date
    ends_on: dt.date | None

    def holds(self, on: dt.date) -> bool:
        """Whether it is in force on a day."""
        return self.starts_on <= on and (self.ends_on is None or on < self.ends_on)


@dataclass(frozen=True, slots=True)
class Ground:
    """What speaks against it, as a sentence without its full stop; ``is_usual_only`` asks for a reason and forbids nothing."""

    text: str
    citation: str = ""
    is_usual_only: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """Somebody on the day ``on``. ``absence`` says why they are no member on that day; empty for one who is."""

    name: str
    on: dt.date
    absence: str
    category: str
    penalties: Collection[Penalty] = ()


def grounds(right: Right, facts: Facts, *, book: Rulebook) -> list[Ground]:
    """What speaks against somebody having a right: what forbids it, or else what is usual only."""
    barred = list(_barred(right, facts, book))
    return barred or list(_usual(right, facts, book))


def _barred(right: Right, facts: Facts, book: Rulebook) -> Iterator[Ground]:
    if facts.absence:
        yield Ground(f"{facts.name}在{words.day(facts.on)}{facts.absence}，{LACKED[right]}")
        return
    if facts.category == Category.PROBATIONARY:
        yield from _on_probation(right, facts, book)
    rule = _on("dev.sponsors.barred" if right in STANDING_BY else "member.rights_suspended", right, facts.on, book)
    titles = {choice.code: choice.title for choice in rule.expect(Choices)} if rule else {}
    for penalty in facts.penalties:
        if rule and penalty.kind in titles and penalty.holds(facts.on):
            yield Ground(f"{facts.name}{titles[penalty.kind]}，{LACKED[right]}", rule.citation)


def _on_probation(right: Right, facts: Facts, book: Rulebook) -> Iterator[Ground]:
    text = f"{facts.name}在{words.day(facts.on)}还是预备党员，{LACKED[right]}"
    if right in STANDING_BY:
        yield Ground(text)
        return
    rule = _on("member.probationary_rights", right, facts.on, book)
    if rule and BY_ELECTION[right] in rule.expect(Choices).codes:
        yield Ground(text, rule.citation)


def _on(key: str, right: Right, on: dt.date, book: Rulebook) -> RuleValue | None:
    """The rule of that day. Before there was one nothing is guessed of posts and candidates; all else goes by the first."""
    if right not in {Right.STAND, Right.LEAD}:
        return book.on_or_first(key, on)
    return _known(key, on, book)


def _known(key: str, on: dt.date, book: Rulebook) -> RuleValue | None:
    try:
        return book.on(key, on)
    except NotInForce:
        return None


def _usual(right: Right, facts: Facts, book: Rulebook) -> Iterator[Ground]:
    if right is Right.LEAD:
        for penalty, until in _effects(facts, EFFECT_RULES, book):
            since = penalty.ends_on if penalty.kind == PROBATION_WITHIN_PARTY else penalty.starts_on
            rule = _known(EFFECT_RULES[penalty.kind], since or penalty.starts_on, book)
            text = f"{facts.name}受处分的影响期到{words.day(until)}，影响期内不得提任更高的职务"
            yield Ground(text, rule.citation if rule else "", is_usual_only=True)
    if right is Right.SPONSOR and (rule := _known("dev.sponsors.unsuitable", facts.on, book)):
        titles = {choice.code: choice.title for choice in rule.expect(Choices)}
        for penalty, until in _effects(facts, titles, book):
            text = f"{facts.name}受{titles[penalty.kind]}处分，影响期到{words.day(until)}，不宜作入党介绍人"
            yield Ground(text, rule.citation, is_usual_only=True)


def _effects(facts: Facts, kinds: Collection[str], book: Rulebook) -> Iterator[tuple[Penalty, dt.date]]:
    """Penalties of these kinds whose effect period has not ended on the day, and when it ends."""
    for penalty in facts.penalties:
        if penalty.kind in kinds and penalty.starts_on <= facts.on:
            until = effect_period_ends_on(penalty.kind, penalty.starts_on, penalty.ends_on, book=book)
            if until and facts.on < until:
                yield penalty, until
