"""Accounts of members: who has one, who has never signed in, whose first password somebody may hand out."""

from collections.abc import Collection, Mapping, Sequence

from django.db.models import Count, F, Model, Q, QuerySet

from dangjian.kernel.actor import Actor
from dangjian.kernel.lists import groups_of
from dangjian.kernel.offers import Role, RoleHeld
from dangjian.kernel.registry import by_code
from dangjian.members.models import Member, WaitingAccount
from dangjian.members.own import own_records
from dangjian.org.gate import roles_held
from dangjian.org.models import Post
from dangjian.org.openings import register

AT_ONCE = 500

NEVER_SIGNED_IN = Q(user__is_active=True, user__must_change_password=True, user__password_changed_at=None)
"""Members with an account whose password they have never chosen themselves (``accounts.queries.NEVER_SIGNED_IN``)."""

WITH_SLIP = NEVER_SIGNED_IN & Q(first_password__isnull=False) & ~Q(first_password__password="")
"""Members whose slip waits to be printed."""


_NUMBERS: Mapping[str, object] = {
    "members": Count("pk"),
    "accounts": Count("user"),
    "never": Count("pk", filter=NEVER_SIGNED_IN),
    "slips": Count("pk", filter=WITH_SLIP),
}


def by_branch(rows: QuerySet[Member]) -> QuerySet[Model]:
    """For each branch with members among ``rows`` its numbers, those without an account and those who have signed in too."""
    names = {"branch_name": F("branch__short_name"), "superior": F("branch__parent__short_name")}
    grouped = rows.order_by().values("branch_id", "branch__path", **names).annotate(**_NUMBERS)
    return groups_of(grouped.annotate(missing=F("members") - F("accounts"), signed_in=F("accounts") - F("never")))


def totals(rows: QuerySet[Member]) -> dict[str, int]:
    """The same numbers for all ``rows`` together."""
    return dict(rows.order_by().aggregate(**_NUMBERS))


def officers_among(rows: QuerySet[Member]) -> QuerySet[Member]:
    """Those of ``rows`` who hold a post today, wherever."""
    return rows.filter(user__in=register(Post).in_effect().values("user"))


def not_signed_in(rows: QuerySet[Member]) -> QuerySet[Member]:
    """Those of ``rows`` without an account, or with one to which they have never signed in."""
    return rows.filter(NEVER_SIGNED_IN | Q(user=None))


def officers_to_come() -> QuerySet[WaitingAccount]:
    """Officers within the open scope who are not on the roster yet."""
    rows: QuerySet[WaitingAccount] = WaitingAccount.objects.select_related("user", "organization")
    return rows


def obstacles(actor: Actor, members: Collection[Member]) -> dict[int, str]:
    """Whose first password the actor may not hand out, by member, with the reason: their own, administrators, officers elsewhere.

    Whoever knows a first password can act in its owner's name; it may open no more than the actor looks after.
    """
    accounts = {member.user_id: member for member in members if member.user_id}
    own = own_records(actor)
    found = {member.pk: "这是您本人，请由其他同志发放。" for member in members if member.pk in own}
    wanted = sorted(accounts)
    for start in range(0, len(wanted), AT_ONCE):
        for user_id, held in roles_held(wanted[start : start + AT_ONCE]).items():
            member = accounts[user_id]
            reason = _obstacle(actor, member.name, held)
            if reason and member.pk not in found:
                found[member.pk] = reason
    return found


def _obstacle(actor: Actor, name: str, held: Sequence[RoleHeld]) -> str:
    known = by_code(Role)
    if any(known[one.role].sphere not in {"business", "membership"} for one in held if one.role in known):
        return f"{name}是平台管理员，初始密码由系统管理员发放。"
    if not all(actor.may("members.accounts", one) for one in held):
        return f"{name}还在上级或其他党组织任职，初始密码由上级党务部门发放。"
    return ""
