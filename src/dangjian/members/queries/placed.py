"""Where certain members were on certain days, for the few that a record is about."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from typing import NamedTuple

from dangjian.kernel.sql import numbered
from dangjian.members.models import MembershipEntry
from dangjian.members.queries.changes import Tree
from dangjian.members.queries.population import Place
from dangjian.org.openings import register


class _Line(NamedTuple):
    number: int
    branch: int
    sign: int
    category: str
    reverses: int | None
    day: dt.date


def places_at(asked: Collection[tuple[int, dt.date]], unit: int | None = None) -> dict[tuple[int, dt.date], Place]:
    """The branch to which each member belonged on a day, and as what, by the account (as ``members_on`` says it of everybody).

    Who was no member on the day is left out, and whose branch did not stand under ``unit`` on it. Two statements.
    """
    rows = register(MembershipEntry).filter(numbered("member", {member for member, _ in asked})).order_by("effective_on", "pk")
    lines: dict[int, list[_Line]] = defaultdict(list)
    names = ("member_id", "pk", "organization_id", "sign", "category", "reverses_id", "effective_on")
    for member, *line in rows.values_list(*names):
        lines[member].append(_Line(*line))
    found = {(member, day): _place([line for line in lines[member] if line.day <= day]) for member, day in asked}
    tree = Tree(unit) if unit is not None else None
    return {
        (member, day): place
        for (member, day), place in found.items()
        if place and (tree is None or tree.is_inside(place.branch, day))
    }


def _place(lines: list[_Line]) -> Place | None:
    taken_back = {line.reverses for line in lines}
    sums: dict[int, int] = defaultdict(int)
    category = ""
    for line in lines:
        sums[line.branch] += line.sign
        if line.category and not line.reverses and line.number not in taken_back:
            category = line.category
    return next((Place(branch, category) for branch, total in sums.items() if total > 0), None)
