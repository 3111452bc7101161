"""Who belongs to an organisation on a day, and who of them may vote.

Querysets that look at a past day see everybody who belonged then, also those who are elsewhere now; the caller has checked that
the actor may ask about the organisation.
"""

import datetime as dt

from django.db.models import Q, QuerySet, Sum

from dangjian.members.models import GroupAssignment, Member, MembershipEntry, VoteExemption
from dangjian.members.queries.standing import may_vote
from dangjian.org.models import COMMITTEE_POSTS, Organization, Post
from dangjian.org.openings import register


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
    everybody = attendees_of(branch, on)
    entitled = may_vote(everybody.order_by().values_list("pk", flat=True), on)
    return everybody.filter(pk__in=entitled).exclude(_exempt(on))


def _in_effect(on: dt.date) -> Q:
    return Q(Q(ends_on=None) | Q(ends_on__gt=on), starts_on__lte=on)


def _exempt(on: dt.date) -> Q:
    return Q(pk__in=register(VoteExemption).filter(_in_effect(on)).values("member"))
