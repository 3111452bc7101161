"""Merging and splitting branches, moving many members and whole units that leave, each as one step.

Members move or leave, the organisation ends or begins; all of it is taken back together.
"""

import datetime as dt
from collections.abc import Callable, Collection, Sequence
from typing import Any

from django.db import transaction
from django.db.models import F, Max, QuerySet

from dangjian.accounts.events import record
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Invalid
from dangjian.kernel.registry import offers
from dangjian.members.actions import account
from dangjian.members.models import ChangeKind as Change
from dangjian.members.models import GroupAssignment, Member, MembershipEntry, Standing
from dangjian.members.offers import MembershipFollower, MergeFollower
from dangjian.members.own import require_for
from dangjian.members.queries.moved import moved_by
from dangjian.org.actions import reorganisations, tree
from dangjian.org.models import (
    ChangeKind,
    Organization,
    OrganizationChange,
    Post,
    Reorganisation,
    ReorganisationKind,
)
from dangjian.org.openings import register
from dangjian.org.policy import JOINT_BRANCH

NAMED_AT_MOST = 3
UNCOUNTED = "uncounted"
"""Under this name a merger keeps whom it took along though they do not count, each with the number of their last line."""


@transaction.atomic
def merge(
    *,
    actor: Actor,
    organization: Organization,
    into: Organization,
    effective_on: dt.date,
    document: str = "",
) -> Reorganisation:
    """Merge the branch ``organization`` into ``into``: its members move, its groups end, it is dissolved that day."""
    if organization.pk == into.pk:
        raise Invalid("请选择另一个党支部。", fields={"into": "不能与自己合并"})
    if not (organization.is_branch and into.is_branch):
        raise Invalid("只有党支部可以合并；党总支、党委请先调整下级隶属关系再撤销。", fields={"into": "请选择党支部"})
    # All members and groups of the branch go with it; the steps check the actor's rights to both branches.
    members = list(register(Member).counted().filter(branch=organization).select_related("branch"))
    groups = list(register(Organization).standing().filter(parent=organization))
    common: dict[str, Any] = {"actor": actor, "effective_on": effective_on}
    people = [member.user_id for member in members if member.user_id]
    require_merging(actor, organization)
    kind = ReorganisationKind.MERGE
    with reorganisations.noted(**common, kind=kind, organization=organization, other=into, users=people) as noted:
        if members:
            _move(actor, members, into, noted, document, whole_unit=True)
        _take_along(organization, into, noted)
        for follower in offers(MergeFollower):
            follower.merged(actor, organization, into, noted)
        for group in groups:
            tree.dissolve(**common, organization=group, document=document)
        tree.dissolve(**common, organization=organization, document=document, kind=ChangeKind.MERGED, into=into)
    return noted


def _take_along(organization: Organization, into: Organization, noted: Reorganisation) -> None:
    """Who is suspended or was removed counts nowhere, but there is a branch for what they ask for and what is done about them."""
    rows = Member.objects.filter(branch=organization, standing__in=(Standing.SUSPENDED, Standing.REMOVED))
    last = register(MembershipEntry).filter(member__in=rows).order_by().values("member").annotate(last=Max("pk"))
    noted.ended |= {UNCOUNTED: {str(pk): line for pk, line in last.values_list("member", "last")}}
    rows.update(branch=into, organization=into, updated_at=clock.now())


def require_merging(actor: Actor, organization: Organization) -> None:
    """Raise unless the actor may take the members of a branch elsewhere, and end it."""
    actor.require("members.account", organization)
    tree.require_changing(actor, organization)


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
    require_splitting(actor, organization)
    people = [member.user_id for member in members if member.user_id]
    common: dict[str, Any] = {"actor": actor, "effective_on": effective_on}
    with reorganisations.noted(**common, kind=ReorganisationKind.SPLIT, organization=organization, users=people) as noted:
        made = tree.set_up(
            **common,
            parent=organization.parent,
            type_code=organization.type_code,
            name=name,
            short_name=short_name,
            document=document,
            site=organization.site,
            unit_name=organization.unit_name,
        )
        noted.other = made
        _move(actor, members, made, noted, document, whole_unit=True)
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


def require_splitting(actor: Actor, organization: Organization) -> None:
    """Raise unless the actor may take members out of a branch, and set up another beside it."""
    actor.require("members.account", organization)
    actor.require("org.manage", organization.parent or organization)


@transaction.atomic
def move_many(
    *,
    actor: Actor,
    members: Sequence[Member],
    to: Organization,
    effective_on: dt.date,
    document: str = "",
    whole_unit: bool = False,
    progress: Callable[[int], None] = lambda _done: None,
) -> Reorganisation:
    """Move ``members`` to the branch ``to`` as ``account.move`` does, as one step that can be taken back as a whole."""
    people = [member.user_id for member in members if member.user_id]
    common: dict[str, Any] = {"actor": actor, "effective_on": effective_on}
    sources = sorted({member.branch.short_name for member in members if member.branch_id != to.pk})
    with reorganisations.noted(**common, kind=ReorganisationKind.MEMBERS, organization=to, users=people) as noted:
        noted.other_name = "、".join(sources)[:120]
        _move(actor, members, to, noted, document, whole_unit=whole_unit, progress=progress)
    return noted


@transaction.atomic
def leave_many(
    *,
    actor: Actor,
    organization: Organization,
    members: Sequence[Member],
    effective_on: dt.date,
    document: str = "",
    counterpart_name: str = "",
    progress: Callable[[int], None] = lambda _done: None,
) -> Reorganisation:
    """``members`` leave the branch ``organization`` and the platform, as one step that can be taken back as a whole."""
    people = [member.user_id for member in members if member.user_id]
    common: dict[str, Any] = {"actor": actor, "effective_on": effective_on}
    with reorganisations.noted(**common, kind=ReorganisationKind.LEFT, organization=organization, users=people) as noted:
        noted.other_name = counterpart_name[:120]
        groups = _groups_of(members)
        noted.number = account.leave_many(
            **common,
            members=members,
            kind=Change.WHOLE_OUT,
            document=document,
            counterpart_name=noted.other_name,
            reorganisation=noted,
            progress=progress,
        )
        noted.ended |= {"groups": groups, "left": sorted({organization.pk, *(group for _, group, _ in groups)})}
    return noted


def _groups_of(members: Sequence[Member]) -> list[tuple[int, int, str]]:
    """Who is in which group, and since when, as JSON keeps it."""
    rows = register(GroupAssignment).filter(member__in=[member.pk for member in members], ends_on=None)
    return [
        (member, group, since.isoformat())
        for member, group, since in rows.values_list("member_id", "organization_id", "starts_on")
    ]


def _move(
    actor: Actor,
    members: Sequence[Member],
    to: Organization,
    noted: Reorganisation,
    document: str,
    *,
    whole_unit: bool = False,
    progress: Callable[[int], None] = lambda _done: None,
) -> None:
    groups = _groups_of(members)
    day, left = noted.effective_on, sorted({*(member.branch_id for member in members), *(group for _, group, _ in groups)})
    noted.number = account.move(
        actor=actor,
        members=members,
        to=to,
        effective_on=day,
        document=document,
        whole_unit=whole_unit,
        reorganisation=noted,
        progress=progress,
    )
    noted.ended |= {"groups": groups, "left": left}


def check_taking_back(actor: Actor, reorganisation: Reorganisation) -> None:
    """Raise unless the actor may move the members back: at both branches, and not themselves out of their own choice."""
    to = reorganisation.entered
    if reorganisation.kind == ReorganisationKind.LEFT:
        members = list(register(Member).filter(pk__in=moved_by(reorganisation)))
        require_for(actor, "members.account", reorganisation.organization, members)
    if to is None:
        return
    ids = moved_by(reorganisation)
    members = list(Member.objects.filter(pk__in=ids)) if reorganisation.kind == ReorganisationKind.MEMBERS else []
    require_for(actor, "members.account", to, members)
    for source in _sources(reorganisation):
        actor.require("members.account", source)


def built_on(reorganisation: Reorganisation) -> list[str]:
    """What has happened since to the members who were moved, or who left."""
    if reorganisation.kind == ReorganisationKind.MOVE:
        return []
    to, ids, day = reorganisation.entered, moved_by(reorganisation), reorganisation.effective_on
    moved = Member.objects.filter(pk__in=ids)
    later = MembershipEntry.objects.filter(member__in=ids, reverses=None, reversed_by=None, effective_on__gte=day)
    changed = {*later.exclude(reorganisation=reorganisation).values_list("member", flat=True)}
    for pk, line in reorganisation.ended.get(UNCOUNTED, {}).items():
        changed.update(MembershipEntry.objects.filter(member=int(pk), pk__gt=line).values_list("member", flat=True))
    found = {"又办理过党籍变动": Member.objects.filter(pk__in=changed)}
    if to is not None:
        posts = Post.objects.filter(organization__body_path=to.path, starts_on__gte=day, user__in=moved.values("user"))
        grouped = GroupAssignment.objects.filter(member__in=ids, organization__body_path=to.path, starts_on__gte=day)
        found[f"在“{to}”任了职"] = moved.filter(user__in=posts.values("user"))
        found[f"编入了“{to}”的党小组"] = moved.filter(pk__in=grouped.values("member"))
    reasons = [f"{_names(rows)}在其后{what}" for what, rows in found.items() if rows.exists()]
    gone = _sources(reorganisation).exclude(dissolved_on=None)
    if reorganisation.kind == ReorganisationKind.MERGE:
        gone = gone.exclude(pk=reorganisation.organization_id)
    return reasons + [f"原来的“{source}”已撤销" for source in gone]


def put_back(actor: Actor, reorganisation: Reorganisation) -> Collection[int]:
    """The members are where they were, in their groups. The lines of a branch that is gone again go with it."""
    to = reorganisation.entered
    if reorganisation.kind == ReorganisationKind.LEFT:
        return _come_back(actor, reorganisation)
    if to is None:
        return ()
    lines = MembershipEntry.objects.filter(reorganisation=reorganisation)
    standing = list(lines.filter(reversed_by=None).select_related("member", "organization", "counterpart").order_by("pk"))
    came_from = {line.member_id: line.organization for line in standing if line.sign < 0}
    if reorganisation.kind == ReorganisationKind.SPLIT:
        MembershipEntry.objects.filter(reverses__in=lines.values("pk")).delete()
        lines.delete()
    else:
        MembershipEntry.objects.bulk_create([_opposite(line) for line in standing], batch_size=500)
    taken = Member.objects.filter(pk__in=reorganisation.ended.get(UNCOUNTED, ()))
    taken.update(branch=reorganisation.organization, organization=reorganisation.organization, updated_at=clock.now())
    for source in {branch.pk: branch for branch in came_from.values()}.values():
        ids = [pk for pk, branch in came_from.items() if branch.pk == source.pk]
        Member.objects.filter(pk__in=ids).update(branch=source, organization=source, updated_at=clock.now())
    _return_to_groups(reorganisation, came_from)
    if JOINT_BRANCH & {to.type_code, *(one.type_code for one in came_from.values())}:
        account.renew_completeness(came_from)
    return came_from.keys()


def _come_back(actor: Actor, reorganisation: Reorganisation) -> Collection[int]:
    """Whoever left with a unit counts where they did, in their group, and what had ended about them goes on."""
    rows = MembershipEntry.objects.filter(reorganisation=reorganisation, reversed_by=None).order_by("pk")
    lines = {line.member_id: line for line in rows.select_related("member", "organization", "counterpart")}
    MembershipEntry.objects.bulk_create([_opposite(line) for line in lines.values()], batch_size=500)
    branches = {member_id: line.organization for member_id, line in lines.items()}
    now = clock.now()
    Member.objects.filter(pk__in=lines).update(standing=Standing.NORMAL, organization=F("branch"), updated_at=now)
    _return_to_groups(reorganisation, branches)
    for member in Member.objects.filter(pk__in=lines).select_related("branch", "user"):
        for follower in offers(MembershipFollower):
            follower.came_back(actor, member, [lines[member.pk]])
    return lines.keys()


def _opposite(line: MembershipEntry) -> MembershipEntry:
    back = account.unsaved(
        line.member,
        line.organization,
        Change(line.kind),
        -line.sign,
        line.effective_on,
        line.category,
        line.counterpart,
        line.document,
    )
    back.counterpart_name, back.reverses = line.counterpart_name, line
    return back


def _return_to_groups(reorganisation: Reorganisation, came_from: dict[int, Organization]) -> None:
    standing = set(Organization.objects.standing().filter(parent__in=came_from.values()).values_list("pk", flat=True))
    for member_id, group_id, starts_on in reorganisation.ended.get("groups", ()):
        if member_id in came_from and group_id in standing:
            ended = GroupAssignment.objects.filter(member=member_id, organization=group_id, starts_on=starts_on)
            if not ended.update(ends_on=None):
                GroupAssignment.objects.create(member_id=member_id, organization_id=group_id, starts_on=starts_on)
            Member.objects.filter(pk=member_id).update(organization=group_id)


def _sources(reorganisation: Reorganisation) -> QuerySet[Organization]:
    lines = MembershipEntry.objects.filter(reorganisation=reorganisation, sign=-1)
    found: QuerySet[Organization] = Organization.objects.filter(pk__in=lines.values("organization"))
    return found


def _names(rows: QuerySet[Member]) -> str:
    names = list(rows.order_by("name_sort").values_list("name", flat=True)[: NAMED_AT_MOST + 1])
    return "、".join(names[:NAMED_AT_MOST]) + ("等人" if len(names) > NAMED_AT_MOST else "")
