"""A branch and its members, with what is on record of their contact."""

import datetime as dt
import itertools
from typing import Any

from dangjian.activities.contact.actions import away, searches
from dangjian.activities.contact.models import Away, Search
from dangjian.activities.dues.billing.models import Payment, PaymentMethod
from dangjian.activities.meetings.models import Answer, Attendance, Presence
from dangjian.engines.duties.actions import refresh
from dangjian.engines.duties.models import Duty, State
from dangjian.kernel import clock
from dangjian.members.models import Member
from dangjian.org.models import Organization
from dangjian.org.unscoped import unscoped
from tests import make
from tests.engines.duties.build import held

_numbers = itertools.count(1)


def came(member: Member, on: dt.date, presence: str = Presence.PRESENT, answer: str = Answer.NONE) -> None:
    """They were called to a meeting on a day, and came unless it is said otherwise."""
    meeting = held(member.branch, "general_meeting", on)
    with unscoped("test"):
        Attendance.objects.create(meeting=meeting, member=member, presence=presence, answer=answer)


def paid(member: Member, on: dt.date, payer: str = "") -> None:
    """They paid dues on a day, or another did for them."""
    with unscoped("test"):
        Payment.objects.create(
            organization=member.branch,
            held_by=member.branch,
            member=member,
            paid_on=on,
            method=PaymentMethod.CASH,
            amount_fen=1000,
            payer_name=payer,
            receipt_no=f"虚构收据{next(_numbers)}",
        )


def silent_since(branch: Organization, on: dt.date, **more: Any) -> Member:
    """A member who came to a meeting on a day, and of whom nothing was heard since."""
    member = make.member(branch, **more)
    came(member, on)
    return member


def go(member: Member, **given: Any) -> Away:
    """They are away."""
    given = {"direction": "other_province", "place": "虚构省星河市", "since_on": clock.today(), **given}
    return away.register_away(actor=make.SYSTEM, member=member, **given)


def tried(search: Search, ways: int = 3) -> None:
    """So many ways were tried in vain."""
    for way in ("phone", "home", "family", "work")[:ways]:
        searches.attempt(actor=make.SYSTEM, search=search, way=way, on=clock.today(), by="虚构支委", result="nothing")


def duties(rule: str, state: str = State.OPEN) -> list[Duty]:
    """Duties under a rule, brought up to date."""
    refresh(actor=make.SYSTEM, rules=[rule])
    with unscoped("test"):
        return list(Duty.objects.filter(rule=rule, state=state).order_by("pk"))


def titles(rule: str, state: str = State.OPEN) -> list[str]:
    """What they are called."""
    return [one.title for one in duties(rule, state)]
