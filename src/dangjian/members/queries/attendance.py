"""Who belongs to an organisation on a day, and who of them may vote.

Querysets that look at a past day see everybody who belonged then, also those who are elsewhere now; the caller has checked that
the actor may ask about the organisation.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet, Sum

from dangjian.members.models import Category, GroupAssignment, Member, MembershipEntry, Sanction, VoteExemption
from dangjian.org.models import COMMITTEE_POSTS, Organization, Post
from dangjian.org.openings import register

RIGHTS_SUSPENDED = frozenset({"probation_within_party", "rights_suspended", "expulsion"})
"""Kinds of ``Sanction`` during which a member may not vote (中国共产党纪律处分条例第十二条; 工作条例 on suspended rights)."""


@dataclass(frozen=True, slots=True)
class VoterCounts:
    """How the number due to attend a vote comes about: ``members − probationary − suspended − exempt = due``."""

    members: int
    probationary: int
    suspended: int
    exempt: int
    due: int


def members_of(organization: Organization) -> QuerySet[Member]:
    """Today's members of a group, a branch, or of all branches below a higher organisation, within the open scope."""
    counted: QuerySet[Member] = Member.objects.counted()
    if organization.is_group:
        return counted.filter(organization=organization)
    if organization.is_branch:
        return counted.filter(branch=organization)
    return counted.filter(branch__path__startswith=organization.path)


def committee_of(organization: Organization, on: dt.date) -> QuerySet[Member]:
    """Members who on the day ``on`` hold a post that seats them on the organisation's committee."""
    posts = register(Post).in_effect(on).filter(organization=organization, kind__in=COMMITTEE_POSTS)
    found: QuerySet[Member] = register(Member).filter(user__in=posts.values("user"))
    return found


def attendees_of(organization: Organization, on: dt.date) -> QuerySet[Member]:
    """Who belongs to a group or branch on the day ``on``; of a 党总支 or 党委, its committee."""
    if organization.is_group:
        rows = register(GroupAssignment).filter(_in_effect(on), organization=organization)
        in_group: QuerySet[Member] = register(Member).filter(pk__in=rows.values("member"))
        return in_group
    if not organization.is_branch:
        return committee_of(organization, on)
    lines = register(MembershipEntry).until(on).filter(organization=organization).order_by()
    inside = lines.values("member").annotate(total=Sum("sign")).filter(total__gt=0)
    in_branch: QuerySet[Member] = register(Member).filter(pk__in=inside.values("member"))
    return in_branch


def voters(branch: Organization, on: dt.date) -> QuerySet[Member]:
    """Members of a branch (or group) with the right to vote who are due to attend on the day ``on``."""
    return attendees_of(branch, on).filter(_full(on)).exclude(_suspended(on)).exclude(_exempt(on))


def voter_counts(branch: Organization, on: dt.date) -> VoterCounts:
    """The number due to attend and what it leaves out."""
    everybody = attendees_of(branch, on)
    full = everybody.filter(_full(on))
    entitled = full.exclude(_suspended(on))
    members, full_count, entitled_count = everybody.count(), full.count(), entitled.count()
    due = entitled.exclude(_exempt(on)).count()
    return VoterCounts(
        members=members,
        probationary=members - full_count,
        suspended=full_count - entitled_count,
        exempt=entitled_count - due,
        due=due,
    )


def may_vote(member_ids: Iterable[int], on: dt.date) -> set[int]:
    """Of ``member_ids``, those who are full members with their rights on the day ``on`` (an exempt member who comes may vote)."""
    rows = register(Member).filter(_full(on), pk__in=list(member_ids)).exclude(_suspended(on))
    return set(rows.values_list("pk", flat=True))


def _in_effect(on: dt.date) -> Q:
    return Q(Q(ends_on=None) | Q(ends_on__gt=on), starts_on__lte=on)


def _full(on: dt.date) -> Q:
    # A full member whose date of conversion is not on record yet is still a full member.
    return Q(Q(converted_on=None) | Q(converted_on__lte=on), category=Category.FULL)


def _suspended(on: dt.date) -> Q:
    return _member_in(Sanction, Q(_in_effect(on), kind__in=RIGHTS_SUSPENDED))


def _exempt(on: dt.date) -> Q:
    return _member_in(VoteExemption, _in_effect(on))


def _member_in(details: Any, condition: Q) -> Q:
    return Q(pk__in=register(details).filter(condition).values("member"))
