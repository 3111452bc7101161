"""Collecting by groups: the branch lets a leader collect the group's dues and takes over what the leader holds.

The money is in the branch's book from the moment in which it is received, like all that the branch collects; a ``Handover`` says
who has it in hand.
"""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from dangjian.accounts.events import record
from dangjian.accounts.models import User
from dangjian.activities.dues.billing.actions import collecting
from dangjian.activities.dues.billing.actions.collecting import Business, Receipt
from dangjian.activities.dues.billing.models import GroupCollecting, Handover, Payment
from dangjian.activities.dues.billing.queries import groups as read
from dangjian.activities.dues.ledger.actions.separation import cited
from dangjian.kernel import clock, money
from dangjian.kernel.actor import Actor, require_another
from dangjian.kernel.errors import Conflict, Invalid, PermissionDenied
from dangjian.members.models import Member
from dangjian.members.own import require_for
from dangjian.org.models import Organization
from dangjian.org.openings import inside


@transaction.atomic
def let_collect(*, actor: Actor, group: Organization) -> GroupCollecting:
    """The branch lets the leader of ``group`` collect its dues from today on. The same again returns what holds."""
    require_letting(actor, group)
    branch = branch_of(group)
    if group.dissolved_on is not None:
        raise Conflict(f"“{group}”已经撤销。")
    with inside(branch):
        row, is_new = GroupCollecting.objects.get_or_create(
            group=group,
            ended_on=None,
            defaults={"organization": branch, "since": clock.today(), "allowed_by_id": actor.user_id},
        )
    if is_new:
        record(actor=actor, verb="dues.group_let", summary=f"由“{group}”组长收缴本组党费", organization=branch, subject=row)
    return row


@transaction.atomic
def stop_collecting(*, actor: Actor, group: Organization) -> GroupCollecting:
    """The branch collects this group's dues itself again; what the leader holds is still to be taken over."""
    require_letting(actor, group)
    branch = branch_of(group)
    with inside(branch):
        row: GroupCollecting | None = GroupCollecting.objects.select_for_update().filter(group=group, ended_on=None).first()
        if row is None:
            raise Conflict(f"“{group}”现在没有收缴党费。", how="请刷新页面再看。")
        row.ended_on, row.ended_by_id = clock.today(), actor.user_id
        row.save(update_fields=["ended_on", "ended_by"])
    record(actor=actor, verb="dues.group_stopped", summary=f"“{group}”组长不再收缴党费", organization=branch, subject=row)
    return row


def require_letting(actor: Actor, group: Organization) -> None:
    """Raise unless the actor may say for the branch of a group whether its leader collects."""
    actor.require("dues.agree", branch_of(group))


def branch_of(group: Organization) -> Organization:
    """The branch of a group. Raises ``Invalid`` for anything else."""
    if not group.is_group or group.parent is None:
        raise Invalid("请选择党小组。")
    return group.parent


@transaction.atomic
def receive_in_group(
    *, actor: Actor, group: Organization, rows: Sequence[Receipt], paid_on: dt.date, method: str, key: str, note: str = ""
) -> list[Payment]:
    """The leader receives dues of members of their own group, as the branch does, and never their own.

    :raises PermissionDenied: unless the branch lets the group collect.
    """
    branch = branch_of(group)
    require_for(actor, "dues.collect_group", group, [row.member for row in rows])
    if not read.is_collecting(group):
        raise PermissionDenied(f"党支部没有让“{group}”收缴党费。", how="请党员交给支部收缴人，或者请支部书记先同意由小组收缴。")
    with inside(branch):
        numbers = [row.member.pk for row in rows]
        own = set(Member.objects.filter(pk__in=numbers, organization=group).values_list("pk", flat=True))
    outside = [row.member.name for row in rows if row.member.pk not in own]
    if outside:
        raise Invalid(f"{'、'.join(outside)}不在“{group}”，这次没有登记。", how="请刷新页面后重新登记。")
    return collecting.take(Business(actor, branch, paid_on, method, key, note.strip(), group=group), rows)


@transaction.atomic
def take_over(*, actor: Actor, group: Organization, giver: User, amount_fen: int) -> Handover:
    """Whoever collects for the branch takes over what ``giver`` collected in a group: ``amount_fen``, all that they hold.

    :raises Conflict: if they hold another sum by now.
    :raises PermissionDenied: for the one who collected it.
    """
    require_taking_over(actor, group, giver)
    branch = branch_of(group)
    with inside(branch):
        # Held, so that two who take over at once do not count the same money twice.
        Organization.objects.select_for_update(of=("self",)).get(pk=group.pk)
        there = read.held([group.pk], giver.pk).get((group.pk, giver.pk), 0)
        if amount_fen != there or there <= 0:
            raise Conflict(
                f"{giver.name}手中现在是{money.yuan(max(there, 0))}元，与页面上的不同，这次没有登记。",
                how="请刷新页面，点清现金后再接收。",
            )
        made: Handover = Handover.objects.create(
            organization=branch,
            group=group,
            giver=giver,
            amount_fen=amount_fen,
            taken_on=clock.today(),
            taken_by_id=actor.user_id,
        )
    record(
        actor=actor,
        verb="dues.group_taken_over",
        summary=f"接收“{group}”{giver.name}收缴的党费{money.yuan(amount_fen)}元",
        organization=branch,
        subject=made,
    )
    return made


def require_taking_over(actor: Actor, group: Organization, giver: User) -> None:
    """Raise unless the actor may take over for the branch what ``giver`` collected in a group: never their own."""
    actor.require("dues.collect", branch_of(group))
    require_another(
        actor,
        giver.pk,
        "这笔党费是您收的，不能由您自己接收。",
        how="请支部其他收党费的同志接收。",
        citation=cited("dues.acct.roles"),
    )
