"""Lines of the membership account: who enters, moves, changes category or leaves, and from which day.

Each function writes lines, then derives branch, category and standing of the member from them (``derive``). Dates may lie in the past but
not before the member's last line and never in the future, so a closed report stays as it was.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import transaction

from dangjian.accounts.events import record, record_many
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.members.models import Category, ChangeKind, GroupAssignment, Member, MembershipEntry, Standing
from dangjian.members.models.account import DECREASES, INCREASES, REMOVALS
from dangjian.org.models import Organization
from dangjian.org.scope import everything

STANDING_AFTER = {
    **{kind: Standing.REMOVED for kind in REMOVALS},
    ChangeKind.SUSPENDED: Standing.SUSPENDED,
    ChangeKind.DECEASED: Standing.DECEASED,
    ChangeKind.TRANSFERRED_OUT: Standing.TRANSFERRED_OUT,
    ChangeKind.WHOLE_OUT: Standing.TRANSFERRED_OUT,
    ChangeKind.MOVED_OUT: Standing.TRANSFERRED_OUT,
}
ENTERING = INCREASES - {ChangeKind.MOVED_IN}
LEAVING = DECREASES - {ChangeKind.MOVED_OUT}


@transaction.atomic
def enter(
    *,
    actor: Actor,
    member: Member,
    branch: Organization,
    kind: ChangeKind,
    effective_on: dt.date,
    category: str,
    document: str = "",
    counterpart_name: str = "",
) -> MembershipEntry:
    """``member`` (new, or one who had left) comes into ``branch``: admitted, restored, transferred in, or part of the opening roster.

    ``member.organization`` and ``member.branch`` of a new record are set here; it need not be saved before. Raises ``Conflict`` if he is a
    member already, ``Invalid`` for a wrong day or kind.
    """
    actor.require("members.account", branch)
    if kind not in ENTERING:
        raise Invalid(f"“{kind.label}”不是进入党支部的方式。")
    _check_branch(branch)
    _check_day(member, effective_on, branch)
    if member.pk and member.standing == Standing.NORMAL and member.entries.exists():
        raise Conflict(f"{member.name}已是“{member.branch}”的党员，不能重复加入。", how="如要换支部，请办理支部间调整。")
    member.organization, member.branch = branch, branch
    member.category, member.standing = category, Standing.NORMAL
    if kind in {ChangeKind.ADMITTED, ChangeKind.READMITTED}:
        member.joined_on, member.converted_on = effective_on, None
    member.save()
    entry = _line(member, branch, kind, +1, effective_on, category, document=document, counterpart_name=counterpart_name)
    _note(actor, member, branch, entry)
    return entry


@transaction.atomic
def move(
    *, actor: Actor, members: Sequence[Member], to: Organization, effective_on: dt.date, document: str = "",
    whole_unit: bool = False,
) -> int:
    """``members`` go from their branches to the branch ``to``: one line out, one line in, the same day. Answers how many moved."""
    _check_branch(to)
    actor.require("members.account", to)
    for branch in {m.branch_id: m.branch for m in members}.values():
        actor.require("members.account", branch)
    moving = [m for m in members if m.branch_id != to.pk]
    lines: list[MembershipEntry] = []
    with everything("a move touches the branch that is left and the one that is entered"):
        last = _last_days(moving)
        for member in moving:
            _check_counted(member)
            _check_against(member, effective_on, to, last.get(member.pk))
            lines.append(_unsaved(member, member.branch, ChangeKind.MOVED_OUT, -1, effective_on, member.category, to, document))
            lines.append(_unsaved(member, to, ChangeKind.MOVED_IN, +1, effective_on, member.category, member.branch, document))
        MembershipEntry.objects.bulk_create(lines, batch_size=500)
        ids = [m.pk for m in moving]
        _leave_groups(ids, effective_on)
        Member.objects.filter(pk__in=ids).update(branch=to, organization=to, updated_at=clock.now())
    record_many([
        {
            "actor": actor, "verb": "members.moved", "summary": f"{m.name}由“{m.branch}”调整到“{to}”",
            "organization": to, "member_id": m.pk, "subject": m,
            "data": {"from": m.branch_id, "to": to.pk, "effective_on": effective_on.isoformat(), "whole_unit": whole_unit},
        }
        for m in moving
    ])
    for member in moving:
        member.branch = member.organization = to
    return len(moving)


@transaction.atomic
def convert(*, actor: Actor, member: Member, effective_on: dt.date, document: str = "") -> MembershipEntry:
    """The probation ends and the member becomes a full one; 党龄 counts from this day (发展党员工作细则第三十三条)."""
    actor.require("members.account", member.branch)
    _check_counted(member)
    _check_day(member, effective_on, member.branch)
    if member.category == Category.FULL:
        raise Conflict(f"{member.name}已是正式党员。")
    entry = _line(member, member.branch, ChangeKind.CONVERTED, 0, effective_on, Category.FULL, document=document)
    member.category, member.converted_on = Category.FULL, effective_on
    member.save()
    _note(actor, member, member.branch, entry)
    return entry


@transaction.atomic
def leave(
    *, actor: Actor, member: Member, kind: ChangeKind, effective_on: dt.date, document: str = "", counterpart_name: str = "",
) -> MembershipEntry:
    """The member leaves the count: expelled, removed, suspended, deceased, or transferred out of the enterprise."""
    actor.require("members.account", member.branch)
    if kind not in LEAVING:
        raise Invalid(f"“{kind.label}”不是减少党员的方式。")
    _check_counted(member)
    _check_day(member, effective_on, member.branch)
    if kind == ChangeKind.PROBATION_CANCELLED and member.category == Category.FULL:
        raise Invalid(f"{member.name}是正式党员，不能取消预备党员资格。")
    entry = _line(member, member.branch, kind, -1, effective_on, member.category,
                  document=document, counterpart_name=counterpart_name)
    with everything("the group of a leaving member is left with him"):
        _leave_groups([member.pk], effective_on)
        member.standing, member.organization = STANDING_AFTER[kind], member.branch
        member.save()
    _note(actor, member, member.branch, entry)
    return entry


@transaction.atomic
def reverse(*, actor: Actor, entry: MembershipEntry, reason: str) -> None:
    """Put right the member's last change that was recorded by mistake: the line is answered by its opposite on the same day.

    Both lines of a move are reversed together. A first entry is not reversed here (undo the import, or delete the draft).
    """
    member = entry.member
    actor.require("members.account", entry.organization)
    if not reason.strip():
        raise Invalid("请写明更正的原因。", fields={"reason": "请填写原因"})
    with everything("a reversed move touches both branches"):
        standing = list(
            MembershipEntry.objects.filter(member=member, reverses=None, reversed_by=None).order_by("effective_on", "pk"),
        )
        last_day = standing[-1].effective_on
        together = [e for e in standing if e.effective_on == last_day and e.recorded_at == standing[-1].recorded_at]
        if entry.pk not in {e.pk for e in together}:
            raise Conflict("只能更正这名党员最近一次变动。", how="请先更正后面的变动。")
        if len(together) == len(standing):
            raise Conflict("这是该党员进入的第一条记录，不能在这里撤销。", how="如整批导入有误，请在“名册导入”中撤销该批次。")
        left = [e for e in standing if e not in together and e.sign]
        if left[-1].organization.dissolved_on:
            raise Conflict(f"更正后{member.name}应回到“{left[-1].organization}”，但该支部已撤销。", how="请改为办理一次新的变动。")
        for one in together:
            back = _unsaved(member, one.organization, ChangeKind(one.kind), -one.sign, one.effective_on, one.category,
                            one.counterpart, one.document)
            back.reverses = one
            back.save()
        derive(member)
    record(actor=actor, verb="members.change_reversed", summary=f"更正{member.name}的“{entry.get_kind_display()}”：{reason}",
           organization=entry.organization, member_id=member.pk, subject=member, data={"entry": entry.pk, "reason": reason})


def derive(member: Member) -> None:
    """Set branch, category and standing of ``member`` from its lines and save it. Reversed lines and their reversals do not count."""
    lines = list(
        MembershipEntry.objects.filter(member=member, reverses=None, reversed_by=None)
        .select_related("organization").order_by("effective_on", "pk"),
    )
    positions = [line for line in lines if line.sign]
    last = max(positions, key=lambda line: (line.effective_on, line.sign, line.pk))
    member.branch = last.organization
    member.standing = Standing.NORMAL if last.sign > 0 else STANDING_AFTER[ChangeKind(last.kind)]
    member.category = lines[-1].category or member.category
    if member.category == Category.PROBATIONARY:
        member.converted_on = None
    open_group = member.group_assignments.filter(ends_on=None, organization__parent=member.branch).first()
    member.organization = open_group.organization if open_group else member.branch
    member.updated_at = clock.now()
    member.save()


def _line(
    member: Member, branch: Organization, kind: ChangeKind, sign: int, day: dt.date, category: str, **more: Any,
) -> MembershipEntry:
    entry: MembershipEntry = MembershipEntry.objects.create(
        member=member, organization=branch, kind=kind, sign=sign, effective_on=day, category=category, **more,
    )
    return entry


def _unsaved(
    member: Member, branch: Organization, kind: ChangeKind, sign: int, day: dt.date, category: str,
    counterpart: Organization | None, document: str,
) -> MembershipEntry:
    return MembershipEntry(
        member=member, organization=branch, kind=kind, sign=sign, effective_on=day, category=category,
        counterpart=counterpart, counterpart_name=counterpart.name if counterpart else "", document=document,
        recorded_at=clock.now(),
    )


def _leave_groups(member_ids: list[int], day: dt.date) -> None:
    assignments = GroupAssignment.objects.filter(member__in=member_ids, ends_on=None)
    assignments.filter(starts_on__gte=day).delete()
    assignments.filter(starts_on__lt=day).update(ends_on=day)


def _check_branch(branch: Organization) -> None:
    if not branch.is_branch:
        raise Invalid(f"党员只能编入党支部，“{branch}”是{branch.get_kind_display()}。", fields={"branch": "请选择党支部"})
    if branch.dissolved_on:
        raise Conflict(f"“{branch}”已撤销，不能再编入党员。")


def _check_counted(member: Member) -> None:
    if member.standing != Standing.NORMAL:
        raise Conflict(f"{member.name}现在的党籍状态是“{member.get_standing_display()}”，不能办理此项。")


def _last_days(members: Sequence[Member]) -> dict[int, dt.date]:
    last: dict[int, dt.date] = {}
    ids = [m.pk for m in members]
    for member_id, day in MembershipEntry.objects.filter(member__in=ids).values_list("member_id", "effective_on"):
        last[member_id] = max(day, last.get(member_id, day))
    return last


def _check_day(member: Member, day: dt.date, branch: Organization) -> None:
    with everything("the last line may stand in another branch"):
        last = _last_days([member]).get(member.pk) if member.pk else None
    _check_against(member, day, branch, last)


def _check_against(member: Member, day: dt.date, branch: Organization, last: dt.date | None) -> None:
    if day > clock.today():
        raise Invalid("生效日期不能晚于今天。", fields={"effective_on": "请填今天或以前的日期"})
    if day < branch.established_on:
        raise Invalid(f"“{branch}”成立于{branch.established_on:%Y年%m月%d日}，生效日期不能早于这一天。",
                      fields={"effective_on": "请检查日期"})
    if last is not None and day <= last:
        raise Invalid(f"{member.name}在{last:%Y年%m月%d日}已有一次变动，新的生效日期应在这之后。",
                      fields={"effective_on": "请检查日期"})


def _note(actor: Actor, member: Member, branch: Organization, entry: MembershipEntry) -> None:
    record(
        actor=actor, verb=f"members.{entry.kind}",
        summary=f"{member.name}{entry.get_kind_display()}（{branch}，{entry.effective_on:%Y年%m月%d日}）",
        organization=branch, member_id=member.pk, subject=member,
        data={"entry": entry.pk, "effective_on": entry.effective_on.isoformat(), "document": entry.document},
    )
