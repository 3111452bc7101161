"""What the pages of organisations ask about members: people for posts and roles, and who is in which group."""

import datetime as dt
from collections.abc import Iterable, Sequence

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery

from dangjian.accounts.models import User
from dangjian.members.models import GroupAssignment, Member
from dangjian.members.queries.account import branch_counts
from dangjian.org.offers import Person
from dangjian.org.scope import everything


def by_pinyin(users: QuerySet[User]) -> QuerySet[User]:
    """Accounts in the order of their names as all lists of people have it; those of nobody on record come last."""
    with everything("the order of a list tells nothing of the records"):
        own = Member.objects.filter(user=OuterRef("pk")).order_by("pk").values("name_sort")[:1]
    return users.annotate(name_sort=Subquery(own)).order_by(F("name_sort").asc(nulls_last=True), "name", "pk")


def find_people(text: str, limit: int) -> Sequence[Person]:
    """Members with an account in the open scope, by name or the letters of its pinyin."""
    rows = Member.objects.counted().filter(user__is_active=True)
    words = text.strip()
    if words:
        rows = rows.filter(Q(name__icontains=words) | Q(name_initials__istartswith=words))
    return _as_people(rows[:limit])


def named_people(user_ids: Sequence[int]) -> Sequence[Person]:
    """Those of the accounts that belong to members in the open scope."""
    return _as_people(Member.objects.counted().filter(user__in=user_ids, user__is_active=True))


def _as_people(rows: QuerySet[Member]) -> list[Person]:
    return [Person(row.user_id or 0, row.name, row.branch.short_name) for row in rows.select_related("branch")]


def group_counts(day: dt.date, groups: Iterable[int]) -> dict[int, int]:
    """Members of each group on ``day``."""
    with everything("counting does not depend on who asks; the caller checks what may be shown"):
        rows = GroupAssignment.objects.filter(
            Q(ends_on=None) | Q(ends_on__gt=day), starts_on__lte=day, organization__in=list(groups)
        )
        return dict(rows.order_by().values_list("organization_id").annotate(number=Count("pk")))


def members_by_organization(day: dt.date, organizations: Sequence[int]) -> dict[int, int]:
    """Members of each branch and group on ``day``, by its number."""
    return branch_counts(day, organizations) | group_counts(day, organizations)


def names_of(member_ids: Sequence[int]) -> dict[int, str]:
    """The names of members, for the trail."""
    with everything("the auditor reads whom an event concerned, in whatever organisation"):
        return dict(Member.objects.filter(pk__in=member_ids).values_list("pk", "name"))
