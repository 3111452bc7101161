"""What ends of somebody who goes to another branch: their posts and their group; and that a probation goes along."""

from collections.abc import Sequence

from dangjian.kernel.ui import words
from dangjian.members.models import GroupAssignment, Member
from dangjian.members.offers import Belonging
from dangjian.org.models import Post
from dangjian.org.openings import register


def matters(member: Member) -> Sequence[Belonging]:
    """Posts in the branch and the group end by themselves, as the account writes the move."""
    found: list[Belonging] = []
    posts = register(Post).filter(user=member.user_id or 0, organization__body_path=member.branch.path, ends_on=None)
    found += [Belonging(f"{post.organization.short_name}{post.get_kind_display()}的职务", "ends") for post in posts]
    group = register(GroupAssignment).filter(member=member, ends_on=None).select_related("organization").first()
    if group is not None:
        found.append(Belonging(f"在{group.organization.short_name}的党小组关系", "ends"))
    if not member.is_full and member.joined_on:
        found.append(Belonging(f"预备期从{words.day(member.joined_on)}起接着计算", "along"))
    return found
