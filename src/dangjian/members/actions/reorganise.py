"""Merging and splitting branches: members move first, then the organisation ends or begins."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from dangjian.accounts.events import record
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Invalid
from dangjian.members.actions import account
from dangjian.members.models import Member
from dangjian.org.actions import tree
from dangjian.org.models import ChangeKind, Organization, OrganizationChange
from dangjian.org.scope import everything


@transaction.atomic
def merge(
    *,
    actor: Actor,
    organization: Organization,
    into: Organization,
    effective_on: dt.date,
    document: str = "",
) -> Organization:
    """Merge the branch ``organization`` into ``into``: its members move, its groups end, it is dissolved that day."""
    if organization.pk == into.pk:
        raise Invalid("请选择另一个党支部。", fields={"into": "不能与自己合并"})
    if not (organization.is_branch and into.is_branch):
        raise Invalid("只有党支部可以合并；党总支、党委请先调整下级隶属关系再撤销。", fields={"into": "请选择党支部"})
    with everything("all members and groups of the branch go with it; the steps check the actor's rights to both branches"):
        members = list(Member.objects.counted().filter(branch=organization).select_related("branch"))
        groups = list(Organization.objects.standing().filter(parent=organization))
    if members:
        account.move(actor=actor, members=members, to=into, effective_on=effective_on, document=document, whole_unit=True)
    for group in groups:
        tree.dissolve(actor=actor, organization=group, effective_on=effective_on, document=document)
    return tree.dissolve(
        actor=actor,
        organization=organization,
        effective_on=effective_on,
        document=document,
        kind=ChangeKind.MERGED,
        into=into,
    )


@transaction.atomic
def split(
    *,
    actor: Actor,
    organization: Organization,
    members: Sequence[Member],
    name: str,
    short_name: str,
    effective_on: dt.date,
    document: str = "",
) -> Organization:
    """Set up a new branch beside ``organization`` and move ``members`` of it there, all on ``effective_on``."""
    if not organization.is_branch:
        raise Invalid("只有党支部可以拆分。")
    if not members:
        raise Invalid("请选择编入新支部的党员。", fields={"members": "至少选择一名党员"})
    strangers = [m.name for m in members if m.branch_id != organization.pk]
    if strangers:
        raise Invalid(f"{'、'.join(strangers[:5])}不是“{organization}”的党员。", fields={"members": "请重新选择党员"})
    made = tree.set_up(
        actor=actor,
        parent=organization.parent,
        type_code=organization.type_code,
        name=name,
        short_name=short_name,
        effective_on=effective_on,
        document=document,
        site=organization.site,
        unit_name=organization.unit_name,
    )
    account.move(actor=actor, members=members, to=made, effective_on=effective_on, document=document, whole_unit=True)
    OrganizationChange.objects.create(
        organization=organization,
        kind=ChangeKind.SPLIT,
        effective_on=effective_on,
        other=made,
        before=organization.name,
        after=made.name,
        document=document,
        recorded_by=actor.name,
    )
    summary = f"由“{organization}”拆分出“{made}”，编入{len(members)}名党员"
    record(actor=actor, verb="org.split", summary=summary, organization=organization, subject=organization)
    return made
