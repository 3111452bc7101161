"""Members into groups and out of them, each from a day."""

import datetime as dt
from collections.abc import Iterable, Sequence

from django.db import transaction

from dangjian.accounts.events import record_many
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.kernel.ui import words
from dangjian.members.models import GroupAssignment, Member, MembershipEntry, Standing
from dangjian.org.models import Organization


@transaction.atomic
def assign(*, actor: Actor, group: Organization, members: Sequence[Member], effective_on: dt.date) -> int:
    """``members`` of the group's branch belong to ``group`` from ``effective_on``. All or none; returns how many changed."""
    actor.require("org.groups", group)
    if not group.is_group:
        raise Invalid("请选择一个党小组。", fields={"group": "请从列表中选择"})
    if group.dissolved_on:
        raise Conflict(f"“{group}”已撤销，不能再编入党员。")
    if effective_on < group.established_on:
        raise Invalid(
            f"“{group}”成立于{words.day(group.established_on)}，编入日期不能早于这一天。",
            fields={"effective_on": "请检查日期"},
        )
    rows = [m for m in _locked(members) if m.organization_id != group.pk]
    for member in rows:
        if member.branch_id != group.parent_id:
            raise Invalid(f"{member.name}不是“{group.parent}”的党员，不能编入“{group}”。", fields={"members": "请重新选择"})
        _check_standing(member)
    _end(rows, effective_on)
    GroupAssignment.objects.bulk_create(
        [GroupAssignment(organization=group, member=member, starts_on=effective_on) for member in rows],
    )
    Member.objects.filter(pk__in=[m.pk for m in rows]).update(organization=group, updated_at=clock.now())
    _note(actor, rows, "members.grouped", f"编入“{group}”", group, effective_on)
    return len(rows)


@transaction.atomic
def remove(*, actor: Actor, members: Sequence[Member], effective_on: dt.date) -> int:
    """``members`` leave their groups on ``effective_on`` and stay in their branches. Returns how many were in a group."""
    rows = [m for m in _locked(members) if m.organization_id != m.branch_id]
    for member in rows:
        actor.require("org.groups", member.organization)
        _check_standing(member)
    _end(rows, effective_on)
    for member in rows:
        Member.objects.filter(pk=member.pk).update(organization=member.branch, updated_at=clock.now())
        _note(actor, [member], "members.ungrouped", f"调出“{member.organization}”", member.branch, effective_on)
    return len(rows)


def _locked(members: Iterable[Member]) -> list[Member]:
    rows = Member.objects.select_for_update(of=("self",)).select_related("branch", "organization")
    found = list(rows.filter(pk__in=[m.pk for m in members]))
    if not found:
        raise Invalid("请先选择党员。", fields={"members": "至少选择一名党员"})
    return found


def _check_standing(member: Member) -> None:
    if member.standing != Standing.NORMAL:
        raise Conflict(f"{member.name}的党籍状态是“{member.get_standing_display()}”，不能编入党小组。")


def _end(members: Sequence[Member], day: dt.date) -> None:
    """Close what assignments the members have; nobody is assigned before coming to the branch or before the last assignment."""
    if day > clock.today():
        raise Invalid("日期不能晚于今天。", fields={"effective_on": "请填今天或以前的日期"})
    lines = MembershipEntry.objects.filter(member__in=members, sign=1, reverses=None, reversed_by=None).order_by("effective_on")
    since = dict(lines.values_list("member_id", "effective_on"))
    running = {one.member_id: one for one in GroupAssignment.objects.filter(member__in=members, ends_on=None)}
    for member in members:
        came, current = since.get(member.pk), running.get(member.pk)
        if came and day < came:
            raise Invalid(f"{member.name}在{words.day(came)}才进入本支部。", fields={"effective_on": "请填这以后的日期"})
        if current and day < current.starts_on:
            raise Invalid(
                f"{member.name}在{words.day(current.starts_on)}刚编入现在的党小组。",
                fields={"effective_on": "请填这以后的日期"},
            )
    ids = [one.pk for one in running.values()]
    GroupAssignment.objects.filter(pk__in=ids, starts_on=day).delete()
    GroupAssignment.objects.filter(pk__in=ids).update(ends_on=day)


def _note(
    actor: Actor,
    members: Iterable[Member],
    verb: str,
    done: str,
    organization: Organization,
    day: dt.date,
) -> None:
    record_many(
        [
            {
                "actor": actor,
                "verb": verb,
                "summary": f"{member.name}{done}（{words.day(day)}起）",
                "organization": organization,
                "member_id": member.pk,
                "subject": member,
                "data": {"effective_on": day.isoformat()},
            }
            for member in members
        ],
    )
