"""Whole units: who goes, who does not any more, who is under way on their own."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from dangjian.activities.transfers.models import UnitMember, UnitTransfer
from dangjian.activities.transfers.queries.going import belongings_of, ids_under_way
from dangjian.engines.procedures.models import CaseState, ProcedureCase
from dangjian.members.models import Member, Standing
from dangjian.org.models import Organization
from dangjian.org.openings import register

PROCEDURE = "unit_transfer"
NAMED_AT_MOST = 5
SETTLED_AT_MOST = 30


def unit_of(case: ProcedureCase) -> UnitTransfer | None:
    """What is kept of a whole unit's case; ``None`` before its list was made."""
    found: UnitTransfer | None = register(UnitTransfer).filter(case=case).select_related("case__organization").first()
    return found


def number_listed(case: ProcedureCase) -> int:
    """How many stand on the list of a unit."""
    return register(UnitMember).filter(unit__case=case).count()


def at_branch(branch: Organization) -> QuerySet[Member]:
    """Who counts at a branch, by name."""
    rows: QuerySet[Member] = register(Member).filter(branch=branch, standing=Standing.NORMAL)
    return rows.select_related("branch").order_by("name_sort", "pk")


def who_goes(case: ProcedureCase) -> QuerySet[Member]:
    """Those on the list of a unit who still count at its branch: whoever went otherwise meanwhile is not taken twice."""
    listed = register(UnitMember).filter(unit__case=case).values("member")
    return at_branch(case.organization).filter(pk__in=listed)


def who_went(case: ProcedureCase) -> QuerySet[Member]:
    """Those on the list of a unit under way who are not at its branch any more."""
    listed = register(UnitMember).filter(unit__case=case).values("member")
    rows: QuerySet[Member] = register(Member).filter(pk__in=listed).exclude(pk__in=who_goes(case).values("pk"))
    return rows.select_related("branch").order_by("name_sort", "pk")


def under_way_alone(members: Collection[Member]) -> list[Member]:
    """Those of the members who have a transfer of their own under way."""
    busy = ids_under_way([member.pk for member in members])
    return [member for member in members if member.pk in busy]


def named(members: Sequence[Member]) -> str:
    """Some of the members by name, with how many they are."""
    names = "、".join(member.name for member in members[:NAMED_AT_MOST])
    return names + (f"等{len(members)}人" if len(members) > NAMED_AT_MOST else "")


def running(**where: object) -> QuerySet[ProcedureCase]:
    """Cases of whole units that are open."""
    rows: QuerySet[ProcedureCase] = register(ProcedureCase).filter(procedure=PROCEDURE, state=CaseState.OPEN, **where)
    return rows.select_related("organization", "other_side")


@dataclass(frozen=True, slots=True)
class ToSettle:
    """What some members of a unit have to settle before they go: sentences by name, and how many more there are."""

    lines: Sequence[tuple[str, str]]
    more: int


def to_settle(members: Sequence[Member]) -> ToSettle:
    """What is to be settled before members go."""
    said: Mapping[int, list[str]] = {
        pk: [one.text for one in found if one.what == "settled"] for pk, found in belongings_of(members).items()
    }
    lines = [(member.name, "；".join(said[member.pk])) for member in members if said.get(member.pk)]
    return ToSettle(lines[:SETTLED_AT_MOST], max(0, len(lines) - SETTLED_AT_MOST))
