"""Where certain members were on certain days, for the few that a record is about."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from typing import NamedTuple

from dangjian.kernel.sql import numbered
from dangjian.members.models import MembershipEntry
from dangjian.members.queries.population import Place
from dangjian.org.openings import register


class _Line(NamedTuple):
    number: int
    branch: int
    sign: int
    category: str
    reverses: int | None
    day: dt.date


def places_at(asked: Collection[tuple[int, dt.date]]) -> dict[tuple[int, dt.date], Place]:
    """The branch to which each member belonged on a day, and as what, by the account (as ``members_on`` says it of everybody).

    Who was no member on the day is left out. One statement.
    """
    rows = register(MembershipEntry).filter(numbered("member", {member for member, _ in asked})).order_by("effective_on", "pk")
    lines: dict[int, list[_Line]] = defaultdict(list)
    names = ("member_id", "pk", "organization_id", "sign", "category", "reverses_id", "effective_on")
    for member, *line in rows.values_list(*names):
        lines[member].append(_Line(*line))
    found = {(member, day): _place([line for line in lines[member] if line.day <= day]) for member, day in asked}
    return {key: place for key, place in found.items() if place}


def _place(lines: list[_Line]) -> Place | None:
    taken_back = {line.reverses for line in lines}
    sums: dict[int, int] = defaultdict(int)
    category = ""
    for line in lines:
        sums[line.branch] += line.sign
        if line.category and not line.reverses and line.number not in taken_back:
            category = line.category
    return next((Place(branch, category) for branch, total in sums.items() if total > 0), None)
