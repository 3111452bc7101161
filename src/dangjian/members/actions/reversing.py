"""Lines of the membership account taken back: each is followed by its opposite on its own day, and stays on record.

A change recorded by mistake is reversed; an admission that was not approved never was.
"""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from dangjian.accounts.events import record
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.kernel.registry import offers
from dangjian.kernel.ui import words
from dangjian.members.actions.account import JOINING, derive, end_posts, hold_member, stood_in, unsaved, valid_lines
from dangjian.members.models import ChangeKind, GroupAssignment, Member, MembershipEntry, Standing
from dangjian.members.offers import MembershipFollower, ReversalGuard
from dangjian.members.own import require_for
from dangjian.org.actions import offices
from dangjian.org.models import Organization
from dangjian.org.openings import at, hold, register


@transaction.atomic
def reverse(*, actor: Actor, entry: MembershipEntry, reason: str) -> None:
    """Put right the member's last change that was recorded by mistake: the line is followed by its opposite on the same day.

    Both lines of a move are reversed together. A first entry is not reversed here (undo the import, or delete the draft).
    Afterwards the right change may be recorded for the same day.
    """
    if not reason.strip():
        raise Invalid("请写明更正的原因。", fields={"reason": "请填写原因"})
    member = entry.member
    hold(member, "branch", check=lambda row: require_for(actor, "members.account", entry.organization, [row]))
    together, left = _last_change(member, entry)
    against = [text for guard in offers(ReversalGuard) if (text := guard.against(member, entry.effective_on))]
    if against:
        raise Conflict(against[0])
    for one in together:
        require_for(actor, "members.account", one.organization, [member])
    with at(*(one.organization for one in together), stood_in(left).organization):
        _check_return_place(member, left)
        for one in together:
            _opposite(member, one).save()
        _take_back_dates(member, {ChangeKind(one.kind) for one in together})
        for one in together:
            _put_back_ended(member, one)
        derive(member)
    for follower in offers(MembershipFollower):
        follower.came_back(actor, member, together)
    record(
        actor=actor,
        verb="members.change_reversed",
        summary=f"更正{member.name}的“{entry.get_kind_display()}”：{reason}",
        organization=entry.organization,
        member_id=member.pk,
        subject=member,
        data={"entry": entry.pk, "reason": reason},
    )


def reverse_written(*, actor: Actor, member: Member, kind: ChangeKind, effective_on: dt.date, reason: str) -> None:
    """Take back the line that a step of a case had written on a day, and no other: what came after it is taken back first.

    Nothing is done if the step had written none.

    :raises Conflict: if the member has changed since.
    """
    lines = valid_lines(member)
    line = next((one for one in lines if (one.kind, one.effective_on) == (kind, effective_on)), None)
    if line is None:
        return
    if lines[-1].effective_on > effective_on:
        later = f"{words.day(lines[-1].effective_on)}{lines[-1].get_kind_display()}"
        how = "请先撤销后来的那一件，或者办理恢复党籍。" if member.standing != Standing.NORMAL else "请先撤销后来的那一件。"
        raise Conflict(f"{member.name}后来又有党籍变动（{later}）。", how=how)
    reverse(actor=actor, entry=line, reason=reason)


@transaction.atomic
def take_back_admission(*, actor: Actor, member: Member, reason: str) -> None:
    """The superior did not approve what the meeting had passed: the admission and all that followed it never was.

    Each line since is followed by its opposite on its own day, so that no count of any day holds the person. Whoever was never a
    member before stays on record as ``not_admitted``. Raises ``Conflict`` for somebody whose last coming in was no admission, or
    who has become a full member.
    """
    hold_member(actor, member)
    lines = valid_lines(member)
    came = [line for line in lines if line.sign > 0 and line.kind != ChangeKind.MOVED_IN][-1]
    if came.kind not in JOINING or member.standing != Standing.NORMAL or member.is_full:
        raise Conflict(f"{member.name}现在的党籍状态不能收回接收。", how="请核对党籍变动记录。")
    since = lines[lines.index(came) :]
    with at(*(line.organization for line in since)):
        for line in since:
            _opposite(member, line).save()
        GroupAssignment.objects.filter(member=member, starts_on__gte=came.effective_on).delete()
        end_posts(member, clock.today(), "接收未获批准")
        member.joined_on = member.converted_on = member.probation_extended_to = None
        derive(member)
    record(
        actor=actor,
        verb="members.admission_taken_back",
        summary=f"收回{member.name}的接收：{reason}",
        organization=member.branch,
        member_id=member.pk,
        subject=member,
        data={"reason": reason},
    )


@transaction.atomic
def take_back_arrival(*, actor: Actor, member: Member, reason: str) -> None:
    """Somebody who was on no record before was received by a transfer by mistake: no count of any day holds them.

    Whoever was here before is put back by ``reverse``. The record stays, as ``not_admitted``; they can be received with it.
    Raises ``Conflict`` if anything has changed since.
    """
    hold_member(actor, member)
    lines = valid_lines(member)
    if len(lines) != 1 or lines[0].kind != ChangeKind.TRANSFERRED_IN:
        raise Conflict(f"{member.name}转入以后又有变动，不能撤销。", how="请先更正后面的变动。")
    with at(member.branch):
        _opposite(member, lines[0]).save()
        GroupAssignment.objects.filter(member=member).delete()
        end_posts(member, clock.today(), "撤销接收")
        derive(member)
    for follower in offers(MembershipFollower):
        follower.came_back(actor, member, lines)
    record(
        actor=actor,
        verb="members.arrival_taken_back",
        summary=f"撤销接收{member.name}：{reason}",
        organization=member.branch,
        member_id=member.pk,
        subject=member,
        data={"reason": reason},
    )


def _opposite(member: Member, line: MembershipEntry) -> MembershipEntry:
    """The line that takes ``line`` back, unsaved."""
    back = unsaved(
        member,
        line.organization,
        ChangeKind(line.kind),
        -line.sign,
        line.effective_on,
        line.category,
        line.counterpart,
        line.document,
    )
    back.counterpart_name, back.reverses = line.counterpart_name, line
    return back


def _last_change(member: Member, entry: MembershipEntry) -> tuple[list[MembershipEntry], list[MembershipEntry]]:
    """The lines of the member's last change, of which ``entry`` must be one, and all lines before."""
    lines = valid_lines(member)
    last_day = lines[-1].effective_on
    # No two changes share a day, so all lines of the last day belong to one change.
    together = [line for line in lines if line.effective_on == last_day]
    if entry.pk not in {line.pk for line in together}:
        raise Conflict("只能更正这名党员最近一次变动。", how="请先更正后面的变动。")
    left = lines[: -len(together)]
    if not left:
        raise Conflict(
            "这是该党员进入的第一条记录，不能在这里撤销。",
            how="如整批导入有误，请在“表格导入”中撤销该批次。",
        )
    return together, left


def _check_return_place(member: Member, left: Sequence[MembershipEntry]) -> None:
    last = stood_in(left)
    if last.sign > 0 and last.organization.dissolved_on:
        raise Conflict(
            f"更正后{member.name}应回到“{last.organization}”，但该支部已撤销。",
            how="请改为办理一次新的变动。",
        )


def _take_back_dates(member: Member, kinds: set[ChangeKind]) -> None:
    if ChangeKind.PROBATION_EXTENDED in kinds:
        member.probation_extended_to = None
    if kinds & JOINING:
        # What stood there before the return is not kept; the record shows it as missing until it is filled in.
        member.joined_on = member.converted_on = None


def _put_back_ended(member: Member, line: MembershipEntry) -> None:
    """What came to an end with a line goes on: posts and roles, and the group, if it is there and they are in no other."""
    offices.put_back(line.ended)
    group_id, starts_on = line.ended.get("group", (None, ""))
    if group_id is None or member.group_assignments.filter(ends_on=None).exists():
        return
    if not register(Organization).standing().filter(pk=group_id).exists():
        return
    was = member.group_assignments.filter(organization=group_id, starts_on=starts_on)
    if not was.update(ends_on=None):  # it had begun no earlier than it ended, and was not kept
        GroupAssignment.objects.create(member=member, organization_id=group_id, starts_on=starts_on)
