"""Who may answer for duties, and how much each person carries."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from dangjian.accounts.models import User
from dangjian.engines.duties.models import Duty, State, is_overdue, is_soon
from dangjian.kernel import clock
from dangjian.kernel.lists import groups_of
from dangjian.members.models import Member
from dangjian.members.queries.people import by_pinyin
from dangjian.org.models import Organization, Post
from dangjian.org.openings import register

GROUP = "党小组"
"""How names of groups end and the post of their leader begins; it is said once."""


def candidates(*organizations: Organization, members: bool = True) -> QuerySet[User]:
    """People who may be given a duty of the organisations: who holds a post there or above, and ``members`` of the branch."""
    line = {int(step) for one in organizations for step in one.path.strip("/").split("/")}
    fit: object = Exists(register(Post).in_effect().filter(user=OuterRef("pk"), organization_id__in=line))
    if members:
        fit |= Exists(register(Member).counted().filter(user=OuterRef("pk"), branch_id__in=line))
    return by_pinyin(User.objects.filter(fit, is_active=True))


def posts_of(user_ids: Iterable[int]) -> dict[int, str]:
    """机电党支部书记 — the first post of each person, to tell namesakes apart. Who holds which post is no secret."""
    rows = register(Post).in_effect().filter(user_id__in=list(user_ids), organization__dissolved_on=None)
    posts = list(rows.select_related("organization").order_by("-organization__path"))
    return {post.user_id: _words(post) for post in posts}


def _words(post: Post) -> str:
    title = post.get_kind_display()
    return f"{str(post.organization).removesuffix(GROUP) if title.startswith(GROUP) else post.organization}{title}"


def load() -> QuerySet[Any]:
    """One line for each responsible person in the scope: open, due soon, overdue, done this year."""
    today = clock.today()
    rows = Duty.objects.live().filter(
        Q(state=State.OPEN, opens_on__lte=today) | Q(state=State.DONE, done_on__gte=today.replace(month=1, day=1))
    )
    is_open = Q(state=State.OPEN)
    grouped = rows.order_by().values("responsible_id", name=F("responsible__name"))
    return groups_of(
        grouped.annotate(
            open=Count("pk", filter=is_open),
            soon=Count("pk", filter=is_soon(today)),
            overdue=Count("pk", filter=is_overdue(today)),
            done=Count("pk", filter=Q(state=State.DONE)),
            places=Count("organization", filter=is_open, distinct=True),
        )
    )
