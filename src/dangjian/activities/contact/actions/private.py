"""Phones and addresses of members who are away and of guests: masked, and shown in full for a stated purpose."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction

from dangjian.activities.contact.models import Away, Guest
from dangjian.activities.contact.queries.notes import MANAGE
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import NotFound
from dangjian.kernel.fields import mask_address, mask_phone
from dangjian.members.actions.private import open_private


@dataclass(frozen=True, slots=True)
class Private:
    """A column that is not shown in full, what it is called, and how much of it is shown."""

    title: str
    mask: Callable[[str], str]


AWAY_PRIVATE = {"phone": Private("当地联系电话", mask_phone), "unit": Private("当地单位或住处", mask_address)}
GUEST_PRIVATE = {"phone": Private("联系电话", mask_phone), "home_contact": Private("原党组织联系人和电话", mask_phone)}


@transaction.atomic
def open_of_away(*, actor: Actor, away: Away, column: str, purpose: str) -> str:
    """The phone or address of a member who is away, for whoever keeps contact with them."""
    actor.require(MANAGE, away.member.branch)
    if column not in AWAY_PRIVATE:
        raise NotFound
    return open_private(
        actor=actor,
        row=away,
        column=column,
        title=AWAY_PRIVATE[column].title,
        name=away.member.name,
        organization=away.member.branch,
        purpose=purpose,
        member_id=away.member_id,
    )


@transaction.atomic
def open_of_guest(*, actor: Actor, guest: Guest, column: str, purpose: str) -> str:
    """A number of a guest, for whoever keeps contact with them."""
    actor.require(MANAGE, guest.organization)
    if column not in GUEST_PRIVATE:
        raise NotFound
    return open_private(
        actor=actor,
        row=guest,
        column=column,
        title=GUEST_PRIVATE[column].title,
        name=guest.name,
        organization=guest.organization,
        purpose=purpose,
        verb="contact.unmasked",
    )
