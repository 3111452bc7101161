"""Many transfers are asked for at once: of members who were ticked, or of the rows of a sheet."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction

from dangjian.activities.transfers.queries.going import MEMBER, PROCEDURE
from dangjian.engines.procedures.actions.starting_many import Beginning, drop_many, start_many
from dangjian.engines.procedures.models import ProcedureCase
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid, NotFound, Refusal
from dangjian.members.models import Member, Standing
from dangjian.org.models import Organization
from dangjian.org.openings import register

BATCH = "transfers.batch"


@dataclass(frozen=True, slots=True)
class Going:
    """A member who is to go to the branch ``to``; ``entry`` is that of the step 提出转接."""

    member_id: int
    to: Organization
    day: dt.date
    entry: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of many: the transfers, and by member why there is none."""

    cases: Sequence[ProcedureCase]
    refused: Mapping[int, Refusal]


@transaction.atomic
def ask_many(*, actor: Actor, going: Sequence[Going]) -> Asked:
    """Ask for the transfers of members wherever the actor may ask for many; whoever is refused has none, the others have one.

    Statements do not grow with the members. Nobody asks so for themselves.
    """
    rows = register(Member).filter(pk__in=[one.member_id for one in going]).select_for_update().order_by("pk")
    members: dict[int, Member] = {one.pk: one for one in rows}
    branches: dict[int, Organization] = register(Organization).in_bulk({one.branch_id for one in members.values()})
    refused: dict[int, Refusal] = {}
    wanted: list[tuple[Going, Member]] = []
    for one in going:
        member = members.get(one.member_id)
        if member is None or not actor.may(BATCH, branches[member.branch_id]):
            refused[one.member_id] = NotFound()
            continue
        member.branch = branches[member.branch_id]
        problem = _against(member, one.to)
        if problem:
            refused[one.member_id] = problem
        else:
            wanted.append((one, member))
    begun = start_many(
        actor=actor,
        code=PROCEDURE,
        beginnings=[_beginning(one, member) for one, member in wanted],
        permission=BATCH,
        load=lambda cases: _put(cases, members),
    )
    refused |= {wanted[place][0].member_id: refusal for place, refusal in begun.refused.items()}
    return Asked(list(begun.cases.values()), refused)


def _against(member: Member, to: Organization) -> Refusal | None:
    if not to.is_branch or to.dissolved_on:
        return Invalid("请选择一个现有的党支部。", fields={"to": "请选择党支部"})
    if member.standing != Standing.NORMAL:
        return Conflict(f"{member.name}{member.get_standing_display()}，不能转接组织关系。")
    if member.branch_id == to.pk:
        return Invalid(f"{member.name}已经在“{to}”。", fields={"to": "请选择另一个党支部"})
    return None


def _beginning(one: Going, member: Member) -> Beginning:
    return Beginning(member.branch, member.name, one.day, member.pk, member.user_id, one.to, entry=one.entry)


def _put(cases: Sequence[ProcedureCase], members: Mapping[int, Member]) -> None:
    for case in cases:
        MEMBER.put(case, members[case.subject_id])


def take_back(*, actor: Actor, case_ids: Collection[int]) -> int:
    """Undo ``ask_many`` as long as nothing was done since (``starting_many.drop_many``)."""
    return drop_many(actor=actor, code=PROCEDURE, case_ids=case_ids, permission=BATCH)
