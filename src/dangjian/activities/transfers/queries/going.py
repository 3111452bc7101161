"""The member of a transfer, and what they take along."""

from collections.abc import Collection, Mapping, Sequence

from dangjian.engines.procedures.installed import procedure
from dangjian.engines.procedures.models import CaseState, ProcedureCase
from dangjian.kernel.lists.loaded import Loaded
from dangjian.kernel.registry import offers
from dangjian.members.models import Member
from dangjian.members.offers import Belonging, MemberMatters
from dangjian.org.openings import register

PROCEDURE = "transfer"

MEMBER: Loaded[Member] = Loaded("member")
"""The member of a transfer, where one question was asked for many of them."""


def member_of(case: ProcedureCase) -> Member:
    """The member whom a transfer is about."""
    if MEMBER.name in vars(case):
        return MEMBER.of(case)
    found: Member = register(Member).select_related("branch", "user").get(pk=case.subject_id)
    return found


def ids_under_way(member_ids: Collection[int]) -> Collection[int]:
    """Those of the members of whom a case is under way that excludes a transfer, such as a transfer."""
    rows = register(ProcedureCase).filter(track=procedure(PROCEDURE).track, subject_id__in=member_ids, state=CaseState.OPEN)
    return set(rows.values_list("subject_id", flat=True))


def belongings(member: Member) -> Sequence[Belonging]:
    """What the modules say goes along with somebody, ends, or is to be settled before they go."""
    return belongings_of([member]).get(member.pk, ())


def belongings_of(members: Sequence[Member]) -> Mapping[int, Sequence[Belonging]]:
    """The same for many members, by their numbers."""
    found: dict[int, list[Belonging]] = {}
    for offer in offers(MemberMatters):
        for pk, said in offer.of(members).items():
            found.setdefault(pk, []).extend(said)
    return found
