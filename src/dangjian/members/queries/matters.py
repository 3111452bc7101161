"""What ends of somebody who goes to another branch: their posts and their group; and that a probation goes along."""

from collections.abc import Mapping, Sequence

from dangjian.kernel.ui import words
from dangjian.members.models import GroupAssignment, Member
from dangjian.members.offers import Belonging
from dangjian.org.models import Post
from dangjian.org.openings import register


def matters(members: Sequence[Member]) -> Mapping[int, Sequence[Belonging]]:
    """Posts in the branch and the group end by themselves, as the account writes the move."""
    found: dict[int, list[Belonging]] = {member.pk: [] for member in members}
    holders = {member.user_id: member for member in members if member.user_id}
    held = register(Post).filter(user__in=list(holders), ends_on=None).select_related("organization").order_by("pk")
    for post in held:
        member = holders[post.user_id]
        if post.organization.body_path == member.branch.path:
            text = f"{post.organization.short_name}{post.get_kind_display()}的职务"
            found[member.pk].append(Belonging(text, "ends"))
    grouped = register(GroupAssignment).filter(member__in=members, ends_on=None).select_related("organization").order_by("pk")
    groups = {assignment.member_id: assignment.organization.short_name for assignment in grouped.reverse()}
    for member in members:
        if member.pk in groups:
            found[member.pk].append(Belonging(f"在{groups[member.pk]}的党小组关系", "ends"))
        if not member.is_full and member.joined_on:
            found[member.pk].append(Belonging(f"预备期从{words.day(member.joined_on)}起接着计算", "along"))
    return found
