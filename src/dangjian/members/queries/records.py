"""What pages show of one member beside the columns: lines of the account, posts, who looked at the record."""

from django.db.models import Q, QuerySet

from dangjian.accounts.models import Event, EventMember
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import NotFound
from dangjian.members.models import CorrectionProposal, Member, MembershipEntry
from dangjian.org.models import Post
from dangjian.org.openings import own, register
from dangjian.org.prepared import prepared_rows

LOOKED = ("members.viewed", "members.unmasked")
OUT = "members.exported"


def lines_of(member: Member) -> list[MembershipEntry]:
    """The member's lines, latest first, also those in branches outside the open scope: they are part of the member's record."""
    rows = register(MembershipEntry).filter(member=member).select_related("organization", "counterpart", "reversed_by")
    return list(rows.order_by("-effective_on", "-pk"))


def posts_of(member: Member) -> list[Post]:
    """Posts held today, wherever."""
    if member.user_id is None:
        return []
    return _posts_of(member.user_id)


@prepared_rows
def _posts_of(user_id: int) -> QuerySet[Post]:
    rows: QuerySet[Post] = own(Post, user_id).in_effect().select_related("organization")
    return rows


def posts_by_user(user_ids: list[int]) -> dict[int, list[Post]]:
    """The posts that each account holds today, highest first; one query for all."""
    found: dict[int, list[Post]] = {}
    held = register(Post).in_effect().filter(user__in=user_ids).select_related("organization")
    for post in held.order_by("organization__path"):
        found.setdefault(post.user_id, []).append(post)
    return found


def post_title(post: Post, member: Member) -> str:
    """What a post is called beside the member's branch: in another organisation with its name."""
    at_home = post.organization.body_path == member.branch.path
    return post.get_kind_display() if at_home else f"{post.organization.short_name}{post.get_kind_display()}"


def looks_at(member: Member) -> QuerySet[Event]:
    """Who opened the record, asked for a full number or exported it in a roster, latest first."""
    in_a_list = EventMember.objects.filter(member_id=member.pk).values("event")
    looks = Q(member_id=member.pk, verb__in=LOOKED) | Q(pk__in=in_a_list, verb=OUT)
    return Event.objects.filter(looks).exclude(actor_id=member.user_id).order_by("-at")


def member_of_user(user_id: int | None) -> Member | None:
    """The record of the account, within the open scope."""
    return next(iter(_members_of_user(user_id)), None) if user_id else None


def own_record(actor: Actor) -> Member:
    """The record of the actor, whose account must belong to one."""
    member = member_of_user(actor.user_id)
    if member is None:
        raise NotFound("您的账号还没有关联党员档案，请联系党支部。")
    return member


@prepared_rows
def _members_of_user(user_id: int) -> QuerySet[Member]:
    return Member.objects.select_related("branch", "organization").filter(user=user_id).order_by("pk")[:1]


def waiting_proposals() -> QuerySet[CorrectionProposal]:
    """Open proposals of members in the open scope, oldest first."""
    rows: QuerySet[CorrectionProposal] = CorrectionProposal.objects.filter(state=CorrectionProposal.State.OPEN)
    return rows.select_related("member__branch").order_by("proposed_at")
