"""A transfer is asked for: by the member, or by their branch."""

import datetime as dt
from collections.abc import Mapping

from django.db import transaction

from dangjian.activities.transfers.queries.going import PROCEDURE, under_way
from dangjian.engines.procedures.actions import starting
from dangjian.engines.procedures.models import ProcedureCase
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid, PermissionDenied
from dangjian.members.models import Member, Standing
from dangjian.org.models import Organization
from dangjian.org.openings import locked


@transaction.atomic
def ask(
    *,
    actor: Actor,
    member: Member,
    to: Organization,
    day: dt.date,
    entry: Mapping[str, object] | None = None,
) -> ProcedureCase:
    """Ask for ``member`` to be transferred to the branch ``to``.

    :param entry: of the step 提出转接 (``procedures.actions.taking.take``).
    :raises Invalid: for a branch that cannot be gone to, or what is missing in the entry.
    :raises Conflict: if a transfer of theirs is under way, or they do not count.
    """
    member = locked(member, "branch", "user", check=lambda row: require_asking(actor, row))
    if not to.is_branch or to.dissolved_on:
        raise Invalid("请选择一个现有的党支部。", fields={"to": "请选择党支部"})
    if to.pk == member.branch_id:
        raise Invalid(f"{member.name}已经在“{to}”。", fields={"to": "请选择另一个党支部"})
    return starting.start(
        actor=actor,
        code=PROCEDURE,
        organization=member.branch,
        other_side=to,
        title=member.name,
        day=day,
        entry=entry,
        subject_id=member.pk,
        account_id=member.user_id,
    )


def require_asking(actor: Actor, member: Member) -> None:
    """Raise unless the actor may ask for the transfer of a member now: the member, or the office of their branch."""
    is_own = actor.user_id is not None and actor.user_id == member.user_id
    if not is_own and not actor.may("transfers.manage", member.branch):
        actor.require("transfers.view", member.branch)
        raise PermissionDenied("转接由党员本人或者所在党支部提出。", how="请联系党员所在的党支部。")
    if member.standing != Standing.NORMAL:
        raise Conflict(f"{member.name}{member.get_standing_display()}，不能转接组织关系。")
    running = under_way(member)
    if running is not None:
        raise Conflict(f"{member.name}的组织关系正在转接。", how=f"正在转到“{running.other_side}”，请打开那一件办理。")
