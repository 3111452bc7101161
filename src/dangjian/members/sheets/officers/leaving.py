"""Posts in effect leave as rows of the sheet of officers."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any, Final

from dangjian.accounts.events import record_about
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.bulk import chunks
from dangjian.members.models import Member
from dangjian.members.sheets.officers.columns import (
    DOCUMENT,
    KIND,
    ORGANIZATION,
    STARTS_ON,
    TERM_NUMBER,
    TERM_STARTS_ON,
)
from dangjian.org.models import Organization, Post
from dangjian.org.openings import register
from dangjian.org.sheet_offers import GoingOut, OnRecord

_PIECE: Final = 1000


def rows(organization: Organization, only: Collection[int] | None = None) -> Iterator[OnRecord]:
    """Every post held today, organisation by organisation. See ``sheet_offers.GoingOut``."""
    posts = Post.objects.in_effect(clock.today()).filter(organization__path__startswith=organization.path)
    if only is not None:
        posts = posts.filter(pk__in=only)
    ordered = posts.select_related("organization", "organization__parent", "user", "term")
    for piece in chunks(ordered.order_by("organization__path", "starts_on", "pk").iterator(chunk_size=_PIECE), _PIECE):
        # Whoever holds a post here may be a member elsewhere; their number tells them from another of the name.
        people = {one.user_id: one for one in register(Member).filter(user__in={post.user_id for post in piece})}
        for post in piece:
            yield OnRecord(post.pk, post.organization_id, _values(post, people.get(post.user_id)))


def _values(post: Post, member: Member | None) -> dict[str, Any]:
    place, term = post.organization, post.term
    values = {
        ORGANIZATION: written(place),
        "name": member.name if member else post.user.name,
        "resident_id": member.resident_id if member else "",
        "employee_no": member.employee_no if member else "",
        KIND: post.kind,
        STARTS_ON: post.starts_on,
        DOCUMENT: post.document,
        TERM_NUMBER: term.number if term else None,
        TERM_STARTS_ON: term.starts_on if term else None,
    }
    return {name: value for name, value in values.items() if value}


def written(place: Organization) -> str:
    """How the sheet names an organisation: a group behind its branch, as every branch has a first group."""
    return f"{place.parent.name}/{place.name}" if place.is_group and place.parent else place.name


def _noted(*, actor: Actor, record_ids: Sequence[int], summary: str, purpose: str) -> None:
    users = register(Post).filter(pk__in=record_ids).values("user")
    about = list(register(Member).filter(user__in=users).values_list("pk", flat=True))
    record_about(about, actor=actor, verb="members.exported", summary=summary, purpose=purpose, data={"rows": len(record_ids)})


OUT: Final = GoingOut(permissions=("members.export", "members.unmask"), rows=rows, needs_purpose=True, noted=_noted)
