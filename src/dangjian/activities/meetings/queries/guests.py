"""Guests on no roster here: who may be invited to sit in, and in what meetings one took part."""

import datetime as dt
from collections.abc import Sequence

from dangjian.activities.meetings.models import MeetingGuest
from dangjian.activities.meetings.models.meeting import TOOK_PLACE
from dangjian.kernel.registry import offers
from dangjian.members.offers import BranchGuests, OutsideGuest, TookPart
from dangjian.org.models import Organization
from dangjian.org.openings import register


def invitable(organization: Organization, day: dt.date) -> dict[str, OutsideGuest]:
    """Guests who may be invited to meetings of a branch or its groups on a day, by the key that names them in forms."""
    branch = organization.branch()
    return {f"{offer.code}:{one.number}": one for offer in offers(BranchGuests) for one in offer.of(branch, day)}


def guest_title(source: str) -> str:
    """What guests of a source are called."""
    return next((offer.title for offer in offers(BranchGuests) if offer.code == source), "")


def took_part(source: str, number: int) -> Sequence[TookPart]:
    """The meetings in which a guest took part, the latest first."""
    rows = register(MeetingGuest).came().filter(source=source, number=number, meeting__status__in=TOOK_PLACE)
    rows = rows.order_by("-meeting__held_on", "-pk").select_related("meeting__organization")
    return [
        TookPart(row.meeting.held_on, f"列席{row.meeting.organization.short_name}“{row.meeting.title}”")
        for row in rows
        if row.meeting.held_on
    ]
