"""What the pages of organisations ask about members: people for posts and roles, and who is in which group."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery

from dangjian.accounts.models import User
from dangjian.kernel.pinyin import spelled
from dangjian.members.models import GroupAssignment, Member
from dangjian.members.queries.account import branch_counts
from dangjian.org.offers import Person
from dangjian.org.openings import register

LETTERS = 24
"""So many letters of a name's pinyin are looked at."""
MOBILE, RESIDENT_ID = 11, 18
"""Characters of a mobile and of an identity number."""


def found_by_text(text: str, prefix: str = "") -> Q:
    """The condition for a name (or part), its pinyin or initials, a whole mobile or identity number, an employee number.

    Every box that asks for somebody on record uses it, so that what is found on one page is found on the next. Private
    numbers are found only whole: who sees the row learns nothing that they did not type. ``prefix`` leads from a row to its
    member.
    """
    text = text.strip()
    if len(text) == MOBILE and text.isdigit():
        return Q(**{f"{prefix}mobile_index__matches": text})
    if len(text) == RESIDENT_ID and text[:-1].isdigit():
        return Q(**{f"{prefix}resident_id_index__matches": text.upper()})
    return _by_name(text, prefix) | Q(**{f"{prefix}employee_no": text})


def _by_name(text: str, prefix: str = "") -> Q:
    """The condition for a name (or part of it), its whole pinyin or its initials; ``prefix`` leads from a row to its member."""
    text = text.strip()
    found = Q(**{f"{prefix}name__icontains": text})
    if not (text.isascii() and text.isalpha()):
        return found
    # The first letter is asked for by itself, because the index finds it and not the pattern.
    whole = Q(**{f"{prefix}name_sort__startswith": text[0].lower(), f"{prefix}name_sort__regex": spelled(text[:LETTERS])})
    return found | Q(**{f"{prefix}name_initials__startswith": text.lower()}) | whole


def accounts_found(text: str) -> QuerySet[Any, Any]:
    """Accounts of the members whom a text finds, wherever they are."""
    return register(Member).filter(found_by_text(text), user__isnull=False).order_by().values("user")


def by_pinyin(users: QuerySet[User]) -> QuerySet[User]:
    """Accounts in the order of their names as all lists of people have it; those of nobody on record come last."""
    own = register(Member).filter(user=OuterRef("pk")).order_by("pk").values("name_sort")[:1]
    return users.annotate(name_sort=Subquery(own)).order_by(F("name_sort").asc(nulls_last=True), "name", "pk")


def find_people(text: str, limit: int) -> Sequence[Person]:
    """Members with an account in the open scope, by name or the letters of its pinyin."""
    rows = Member.objects.counted().filter(user__is_active=True)
    if text.strip():
        rows = rows.filter(found_by_text(text))
    return _as_people(rows[:limit])


def named_people(user_ids: Sequence[int]) -> Sequence[Person]:
    """Those of the accounts that belong to members in the open scope."""
    return _as_people(Member.objects.counted().filter(user__in=user_ids, user__is_active=True))


def _as_people(rows: QuerySet[Member]) -> list[Person]:
    return [Person(row.user_id or 0, row.name, row.branch.short_name) for row in rows.select_related("branch")]


def group_counts(day: dt.date, groups: Iterable[int]) -> dict[int, int]:
    """Members of each group on ``day``. The caller checks what may be shown."""
    rows = register(GroupAssignment).filter(
        Q(ends_on=None) | Q(ends_on__gt=day), starts_on__lte=day, organization__in=list(groups)
    )
    return dict(rows.order_by().values_list("organization_id").annotate(number=Count("pk")))


def members_by_organization(day: dt.date, organizations: Sequence[int]) -> dict[int, int]:
    """Members of each branch and group on ``day``, by its number."""
    return branch_counts(day, organizations) | group_counts(day, organizations)


def names_of(member_ids: Sequence[int]) -> dict[int, str]:
    """The names of members, for the trail: the auditor reads whom an event concerned, in whatever organisation."""
    return dict(register(Member).filter(pk__in=member_ids).values_list("pk", "name"))
