"""Posts and roles that end together with something else, such as a membership, and come back if that is taken back."""

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from typing import Any

from django.db.models import Q

from dangjian.kernel.errors import Conflict
from dangjian.org.actions.apart import require_apart
from dangjian.org.models import Grant, Post, PostKind
from dangjian.org.openings import inside, register

ALONE = (PostKind.SECRETARY, PostKind.GROUP_LEADER)
"""Posts that one person at a time holds."""
MODELS: Mapping[str, Any] = {"posts": Post, "grants": Grant}

Held = Mapping[str, Mapping[int, dt.date | None]]
Ended = Mapping[str, Mapping[str, str | None]]
"""What ended, by kind and number (as JSON keeps it), each with the last day that it had before; ``None`` where it had none."""


def held_by(users: Collection[int], day: dt.date) -> Held:
    """The posts and roles of people that run beyond ``day``, with what they handed on."""
    theirs, handed_on = Q(user__in=users), Q(basis__user__in=users) | Q(basis_grant__user__in=users)
    return {
        "posts": dict(register(Post).filter(theirs, ends_on=None).order_by().values_list("pk", "ends_on")),
        "grants": dict(
            register(Grant)
            .filter(theirs | handed_on, Q(ends_on=None) | Q(ends_on__gt=day))
            .order_by()
            .values_list("pk", "ends_on")
        ),
    }


def ended_of(before: Held) -> dict[str, dict[str, str | None]]:
    """Those of ``before`` that have another last day now."""
    found: dict[str, dict[str, str | None]] = {}
    for name, rows in before.items():
        now = register(MODELS[name]).filter(pk__in=rows).order_by().values_list("pk", "ends_on")
        found[name] = {str(pk): _iso(rows[pk]) for pk, day in now if day != rows[pk]}
    return found


def holders(ended: Ended) -> Mapping[str, Mapping[int, int]]:
    """By kind and number, whose each was: of a role that somebody handed on, the account that handed it on."""
    posts = register(Post).filter(pk__in=[int(pk) for pk in ended.get("posts", ())]).order_by().values_list("pk", "user_id")
    grants = register(Grant).filter(pk__in=[int(pk) for pk in ended.get("grants", ())]).order_by()
    by = {
        pk: basis or basis_grant or user
        for pk, user, basis, basis_grant in grants.values_list("pk", "user_id", "basis__user_id", "basis_grant__user_id")
    }
    return {"posts": dict(posts), "grants": by}


def put_back(ended: Ended, refuse: Callable[[str], Conflict] = Conflict) -> None:
    """They go on as they were. Raises what ``refuse`` makes of the reason if somebody else holds a post by now."""
    posts = register(Post).filter(pk__in=[int(pk) for pk in ended.get("posts", ())]).select_related("user", "organization")
    for post in posts:
        taken = register(Post).filter(organization=post.organization, kind=post.kind, ends_on=None).select_related("user").first()
        if taken is not None and (post.kind in ALONE or taken.user_id == post.user_id):
            raise refuse(f"“{post.organization}”在其后已由{taken.user.name}任{post.get_kind_display()}")
        require_apart(user=post.user, role=post.kind, starts_on=post.starts_on, ends_on=None)
        post.ends_on = None
        with inside(post.organization):
            post.save()
    grants = {int(pk): day for pk, day in ended.get("grants", {}).items()}
    for grant in register(Grant).filter(pk__in=grants).select_related("user", "organization"):
        day = grants[grant.pk]
        grant.ends_on = dt.date.fromisoformat(day) if day else None
        require_apart(user=grant.user, role=grant.role, starts_on=grant.starts_on, ends_on=grant.ends_on)
        with inside(grant.organization):
            grant.save()


def _iso(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None
