"""Nobody decides in their own case: whoever an action concerns is compared with whoever does it, no matter who proposed it.

Every action that decides about a member asks here, and so does the page that offers it::

    own.require_for(actor, "dues.assess", member.organization, [member])          # in the action
    may_assess = own.may_for(actor, "dues.assess", member.organization, member)   # beside the button

What members do for themselves (paying, answering a call, proposing a correction) is no decision and asks nothing here.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import NotFound, PermissionDenied
from dangjian.members.models import Member
from dangjian.org.models import Organization
from dangjian.org.openings import own, register
from dangjian.org.prepared import prepared_rows
from dangjian.org.queries import holders

NAMED_AT_MOST = 3


def is_own(actor: Actor, member: Member | None) -> bool:
    """Whether the actor is this member.

    An account that belongs to no record counts as that of any record of its name without an account, because that is the one it
    would be linked to: leaving an account unlinked makes nobody free to decide about themselves. Only for refusing; what somebody
    may do because they are the member asks for the account itself.
    """
    if member is None or actor.user_id is None:
        return False
    if member.user_id is not None:
        return member.user_id == actor.user_id
    return member.name == actor.name and member.pk in own_records(actor)


def own_records(actor: Actor) -> frozenset[int]:
    """The numbers of the records that count as the actor's own, wherever they stand: to be held against many."""
    if actor.user_id is None:
        return frozenset()
    return frozenset(_linked(actor.user_id) or _of_the_same_name(actor.name))


@prepared_rows
def _linked(user_id: int) -> QuerySet[Any, int]:
    rows: QuerySet[Any, int] = own(Member, user_id).values_list("pk", flat=True)
    return rows


@prepared_rows
def _of_the_same_name(name: str) -> QuerySet[Any, int]:
    rows: QuerySet[Any, int] = register(Member).filter(user=None, name=name).values_list("pk", flat=True)
    return rows


def require_not_own(actor: Actor, members: Iterable[Member], *, how: str = "请由其他同志办理。") -> None:
    """Raise ``PermissionDenied`` if one of ``members`` is the actor; ``how`` says who does it in their place."""
    mine = next((member for member in members if is_own(actor, member)), None)
    if mine is None:
        return
    if mine.user_id is None:
        how = f"您的账号还没有关联党员档案，“{mine.name}”与您同名。如果不是同一人，请先把账号关联到您本人的档案。{how}"
    raise PermissionDenied("这件事关系到您本人，不能由您自己办理。", how=how)


def require_for(actor: Actor, permission: str, organization: Organization, members: Iterable[Member]) -> None:
    """Raise unless the actor holds ``permission`` at ``organization``, or stands in there, and is none of ``members``."""
    concerned = list(members)
    require_or_stand_in(actor, permission, organization, concerned)
    if any(is_own(actor, member) for member in concerned):
        require_not_own(actor, concerned, how=_instead(actor, permission, organization))


def require_or_stand_in(actor: Actor, permission: str, organization: Organization, members: Iterable[Member]) -> None:
    """Raise unless the actor holds ``permission`` at ``organization``; does not ask whose case it is.

    Where one member is concerned who is the only one there who holds it, whoever holds it at the level above stands in.
    """
    if not actor.may(permission, organization) and not _stands_in(actor, permission, organization, list(members)):
        actor.require(permission, organization)


def may_for(actor: Actor, permission: str, organization: Organization, *members: Member) -> bool:
    """Whether ``require_for`` lets the actor pass; for what a page offers."""
    try:
        require_for(actor, permission, organization, members)
    except (PermissionDenied, NotFound):
        return False
    return True


def _stands_in(actor: Actor, permission: str, organization: Organization, members: list[Member]) -> bool:
    """Whether the levels from ``organization`` upwards have nobody but the member concerned, up to where the actor may."""
    if not members or not actor.may(permission):
        return False
    place, concerned = organization, {member.user_id for member in members}
    while not actor.may(permission, place):
        here = set(holders(permission, place))
        if not here or here - concerned or len(concerned) > 1 or place.parent is None:
            return False
        place = place.parent
    return True


def _instead(actor: Actor, permission: str, organization: Organization) -> str:
    """Who does it in the actor's place: others who may, else the level above."""
    others = [name for user_id, name in holders(permission, organization).items() if user_id != actor.user_id]
    if others:
        shown = "、".join(others[:NAMED_AT_MOST])
        return f"请由{shown}{'等同志' if len(others) > NAMED_AT_MOST else ''}办理。"
    above = organization.parent
    return f"“{organization}”没有其他人可以办理，请由上级党组织“{above}”办理。" if above else "请另行指定一位同志办理。"
