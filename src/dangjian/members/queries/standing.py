"""Standing on a day, for many people at once: who may vote, elect, be elected, sponsor and hold a post, or why not.

This is the one place that says so. It is worked out from the lines of the account, the record and the penalties on it, so that
what ends by its date ends by itself. Whether the actor may ask about somebody is for the caller to see to.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from dangjian.kernel.rulebook import book
from dangjian.members import rights
from dangjian.members.models import Category, ChangeKind, Member, MembershipEntry, Sanction, Standing
from dangjian.members.rights import Facts, Ground, Penalty, Right
from dangjian.org.openings import register


@dataclass(frozen=True, slots=True)
class StandingOn:
    """What is known of somebody on a day, to be asked for any right."""

    facts: Facts

    def grounds(self, right: Right) -> list[Ground]:
        """What speaks against it: what forbids it, or else what is usual only."""
        return rights.grounds(right, self.facts, book=book())

    def barred(self, right: Right) -> Ground | None:
        """What forbids it; ``None`` if they have the right."""
        return next((one for one in self.grounds(right) if not one.is_usual_only), None)


def standing_on(member_ids: Iterable[int], on: dt.date) -> Mapping[int, StandingOn]:
    """What is known of each of these members on the day ``on``, with three statements for any number."""
    numbers = list(member_ids)
    penalties: dict[int, list[Penalty]] = defaultdict(list)
    for row in register(Sanction).filter(member__in=numbers, starts_on__lte=on).order_by("starts_on", "pk"):
        penalties[row.member_id].append(Penalty(row.kind, row.starts_on, row.ends_on))
    lines: dict[int, list[MembershipEntry]] = defaultdict(list)
    for line in register(MembershipEntry).filter(member__in=numbers, reverses=None, reversed_by=None):
        lines[line.member_id].append(line)
    return {
        member.pk: StandingOn(_facts(member, on, lines[member.pk], penalties[member.pk]))
        for member in register(Member).filter(pk__in=numbers).only(*COLUMNS)
    }


COLUMNS = ("name", "category", "standing", "joined_on", "converted_on")
"""What is read of a record."""


def entitled(right: Right, member_ids: Iterable[int], on: dt.date) -> set[int]:
    """Of these members, those who have the right on the day ``on``."""
    return {pk for pk, one in standing_on(member_ids, on).items() if one.barred(right) is None}


def may_vote(member_ids: Iterable[int], on: dt.date) -> set[int]:
    """Of these members, those with a vote on the day ``on`` (one whom the meeting need not count may vote if they come)."""
    return entitled(Right.VOTE, member_ids, on)


def _facts(member: Member, on: dt.date, lines: Sequence[MembershipEntry], penalties: Collection[Penalty]) -> Facts:
    until = [line for line in lines if line.effective_on <= on]
    category = _category(member, on, until)
    return Facts(member.name, on, _absence(member, until, lines) or ("" if category else "还没有入党"), category, penalties)


def _category(member: Member, on: dt.date, until: Sequence[MembershipEntry]) -> str:
    """What they were on the day, by the dates on record; before they (last) joined, by the account; empty if nothing yet."""
    if member.joined_on is None or member.joined_on <= on:
        # A full member whose date of conversion is not on record yet is still a full member.
        is_full = member.category == Category.FULL and (member.converted_on is None or member.converted_on <= on)
        return Category.FULL if is_full else Category.PROBATIONARY
    return next((line.category for line in reversed(until) if line.category), "")


def _absence(member: Member, until: Sequence[MembershipEntry], lines: Sequence[MembershipEntry]) -> str:
    """Why somebody is no member here on the day. Before the opening of the account nothing is guessed."""
    if not lines:
        return "" if member.standing == Standing.NORMAL else Standing(member.standing).label
    went = [line for line in until if line.sign]
    if not went:
        return "还没有入党" if lines[0].kind in {ChangeKind.ADMITTED, ChangeKind.READMITTED} else ""
    if sum(line.sign for line in went) > 0:
        return ""
    # A move within the platform is a line out and a line in, which balance.
    return f"已经{ChangeKind(went[-1].kind).label}"
