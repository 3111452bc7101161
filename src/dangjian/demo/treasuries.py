"""Who pays dues in the reference enterprise, and who keeps the books."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from dangjian.demo.organizations import Enterprise
from dangjian.members.models import Member
from dangjian.org.models import Post


@dataclass
class Treasury:
    """Who pays, and who keeps the books of one enterprise."""

    enterprise: Enterprise
    members: list[Member]
    accountant: Member
    cashier: Member
    quality: dict[int, str] = field(default_factory=dict)
    """How well each branch works, by its number."""


def treasury(enterprise: Enterprise, members: list[Member], taken: Iterable[int] = ()) -> Treasury:
    """Two members of the first branch without a post keep the committee's account; ``taken`` are accounts with other tasks."""
    branch = enterprise.branches[0][1]
    busy = set(Post.objects.filter(ends_on=None).values_list("user_id", flat=True)) | set(taken)
    free = [member for member in members if member.branch_id == branch.pk and member.user_id not in busy]
    quality = {one.pk: plan.quality for plan, one, _ in enterprise.branches}
    if enterprise.merged is not None:
        quality[enterprise.merged[1].pk] = "merged"
    return Treasury(enterprise, members, free[-1], free[-2], quality)
