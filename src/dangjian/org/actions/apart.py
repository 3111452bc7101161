"""三员分立, by person: system, security and audit administrator are three people, and none of them does the Party's business.

A person is their account; the account of a member is that member. Being a member excludes nothing. Whatever gives a role asks
``require_apart``: a grant, a delegation, a post, a place in the books. ``look_over`` finds every day what came about otherwise.
"""

import datetime as dt

from django.db import transaction
from django.db.models import Q

from dangjian.accounts.events import record
from dangjian.accounts.models import User
from dangjian.kernel import clock
from dangjian.kernel.actor import SystemActor
from dangjian.kernel.errors import Conflict
from dangjian.kernel.offers import Role, RoleSource
from dangjian.kernel.registry import by_code, offers
from dangjian.org import queries
from dangjian.org.models import Grant, Post
from dangjian.org.openings import own

HOW = (
    "系统管理员、安全管理员、审计管理员须由三人分别担任，互不兼任，也不同时担任党务工作。"
    "请选择其他人，或先收回（免去）原来的角色。"
)


def require_apart(*, user: User, role: str, starts_on: dt.date, ends_on: dt.date | None = None) -> None:
    """Raise ``Conflict`` if ``user`` would hold ``role`` together with one that excludes it on some day from today on.

    Call it in the transaction that gives the role: it takes the account's row, so that of two who give something to the same
    person the second one sees what the first has given.
    """
    wanted = by_code(Role).get(role)
    starts = max(starts_on, clock.today())
    if wanted is None or wanted.sphere == "membership" or (ends_on and ends_on <= starts):
        return
    User.objects.select_for_update().get(pk=user.pk)
    held = _held(user, starts, ends_on)
    if other := next((one for one in held if queries.exclude_each_other(wanted, one)), None):
        raise Conflict(f"{user.name}已是{other.title}，不能再任{wanted.title}。", how=HOW)


@transaction.atomic
def look_over() -> None:
    """The daily job: put on the trail who holds roles today that exclude each other. The digest tells those who can mend it."""
    for found in queries.not_apart():
        record(
            actor=SystemActor("每日核对三员分立"),
            verb="org.roles_not_apart",
            summary=f"{found.user.name}同时担任{found.titles}，不符合三员分立",
            subject=found.user,
            data={"roles": [role.code for role in found.roles]},
        )


def _held(user: User, starts: dt.date, ends: dt.date | None) -> list[Role]:
    """Roles that somebody holds, or will hold, on some day from ``starts`` until before ``ends``, in whatever organisation."""
    period = Q(ends_on=None) | Q(ends_on__gt=starts)
    if ends:
        period &= Q(starts_on__lt=ends)
    standing = {"organization__dissolved_on": None}
    codes = [
        *own(Grant, user.pk).filter(period, **standing).values_list("role", flat=True),
        *own(Post, user.pk).filter(period, **standing).values_list("kind", flat=True),
        *(held.role for source in offers(RoleSource) for held in source.held([user.pk]).get(user.pk, ())),
    ]
    return [by_code(Role)[code] for code in codes if code in by_code(Role)]
