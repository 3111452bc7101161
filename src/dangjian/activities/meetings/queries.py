"""Reads of organisational life: who is called, what is proposed, what was held, statistics, a member's own meetings."""

import datetime as dt

from django.db.models import QuerySet

from dangjian.activities.meetings.models import Audience
from dangjian.members.models import Member
from dangjian.members.queries import attendees_of, committee_of, members_of
from dangjian.org.models import Organization


def audience_of(organization: Organization, audience: str, on: dt.date) -> QuerySet[Member]:
    """Who is called to a meeting on ``on``: the members of a group or branch (of all branches below a higher organisation), its committee,
    or nobody for people who are chosen by hand."""
    if audience == Audience.COMMITTEE:
        return committee_of(organization.branch(), on)
    if audience == Audience.CHOSEN:
        return Member.objects.none()
    if organization.is_group or organization.is_branch:
        return attendees_of(organization, on)
    return members_of(organization)
