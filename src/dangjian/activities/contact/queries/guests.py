"""Guests of a branch, for meetings that they sit in on, and in what each of them took part."""

import datetime as dt
from collections.abc import Sequence

from django.db.models import Q

from dangjian.activities.contact.models import Guest, GuestNote, GuestNoteKind
from dangjian.kernel.registry import offers
from dangjian.members.offers import GuestLife, OutsideGuest, TookPart
from dangjian.org.models import Organization
from dangjian.org.openings import register

GUESTS = "contact"
"""Under this name guests of this app are known to others (``BranchGuests``)."""


def of_branch(organization: Organization, day: dt.date) -> Sequence[OutsideGuest]:
    """Those whom a branch led on a day."""
    there = Q(left_on=None) | Q(left_on__gte=day)
    rows = register(Guest).filter(there, organization=organization, since_on__lte=day).order_by("name_sort", "pk")
    return [OutsideGuest(row.pk, row.name, row.home) for row in rows]


def life_of(guest: Guest) -> list[TookPart]:
    """The organisational life in which a guest took part here, as others recorded it (``GuestLife``)."""
    return [one for offer in offers(GuestLife) for one in offer.of(GUESTS, guest.pk)]


def last_life(guest: Guest) -> dt.date | None:
    """The last day on which they took part in organisational life, recorded by others or noted here."""
    noted = register(GuestNote).filter(guest=guest, kind=GuestNoteKind.LIFE).values_list("on", flat=True)
    return max([*noted, *(one.on for one in life_of(guest))], default=None)
