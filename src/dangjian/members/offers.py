"""Offers that the members' app consumes."""

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.db.models import QuerySet

from dangjian.kernel.actor import Actor
from dangjian.members.models import ChangeKind, Member, MembershipEntry
from dangjian.org.models import Organization, Reorganisation


@dataclass(frozen=True, slots=True)
class MembershipFollower:
    """Something that goes with members when they move to another branch, or ends when they leave, such as a probation.

    ``moved(actor, member_ids, to, day)`` runs once for all members of a move, ``left(actor, member, kind, day)`` for one who
    leaves the count; ``came_back(actor, member, lines)`` when the lines by which they had moved, left or come were taken back.
    All run in the same transaction, after it was done and the right to it was checked.
    """

    code: str
    moved: Callable[[Actor, Collection[int], Organization, dt.date], None]
    left: Callable[[Actor, Member, ChangeKind, dt.date], None]
    came_back: Callable[[Actor, Member, Sequence[MembershipEntry]], None]


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody who was received from outside the platform on ``day``, and what their letter of introduction says.

    ``letter`` is its number in the app that keeps letters, ``source`` what it is called. ``paid_to`` is the month up to which
    dues are paid, by its first day, ``None`` where nothing is said. ``group_id`` is the group into which they came.
    """

    member: Member
    day: dt.date
    letter: int
    source: str
    paid_to: dt.date | None = None
    group_id: int | None = None


@dataclass(frozen=True, slots=True)
class ArrivalFollower:
    """Something that begins when somebody is received from outside, such as what they owe, or the rest of their probation.

    ``arrived(actor, arrival)`` runs after they count, and again when what was entered is corrected: it brings up to date what is
    there. ``gone_again(actor, arrival)`` runs before the reception is taken back, and raises a ``Refusal`` where something was
    built on it. Both run in the same transaction, and the right to it was asked.
    """

    code: str
    arrived: Callable[[Actor, Arrival], object]
    gone_again: Callable[[Actor, Arrival], object]


@dataclass(frozen=True, slots=True)
class AccountFollower:
    """Something that is a person's by their account and was begun before they had one, such as the case of their probation.

    ``given(actor, members)`` runs once for all members who were given their accounts, in the same transaction, after that.
    """

    code: str
    given: Callable[[Actor, Sequence[Member]], None]


@dataclass(frozen=True, slots=True)
class MergeFollower:
    """What a branch has besides members that goes with it into another one, such as people who have applied there.

    ``merged(actor, organization, into, reorganisation)`` runs before ``organization`` is dissolved, in the same transaction. What
    it has to know when that is taken back it keeps in ``reorganisation.ended``, and a ``ReorganisationPart`` puts it back.
    """

    code: str
    merged: Callable[[Actor, Organization, Organization, Reorganisation], None]


@dataclass(frozen=True, slots=True)
class ByHandGuard:
    """What forbids that a member's membership is changed by hand: ``against(member)`` is a sentence, empty if nothing does."""

    code: str
    against: Callable[[Member], str]


@dataclass(frozen=True, slots=True)
class ReversalGuard:
    """What forbids that a change of ``day`` is taken back by hand, because what wrote it can take it back itself.

    ``against(member, day)`` is a sentence that says where; empty if nothing does.
    """

    code: str
    against: Callable[[Member, dt.date], str]


@dataclass(frozen=True, slots=True)
class Belonging:
    """Something told of a member before they go to another branch: it goes ``along``, ``ends``, or is to be ``settled``.

    ``paid_to`` is the month up to which dues are paid, by its first day, where that is what is told: a letter of introduction
    states it.
    """

    text: str
    what: Literal["along", "ends", "settled"]
    paid_to: dt.date | None = None


@dataclass(frozen=True, slots=True)
class MemberMatters:
    """What an app has to say of members who are about to go to another branch, in plain sentences.

    ``of(members)`` returns it by the numbers of the members, with as many questions for a whole branch as for one of them.
    """

    code: str
    of: Callable[[Sequence[Member]], Mapping[int, Sequence[Belonging]]]


@dataclass(frozen=True, slots=True)
class LastContact:
    """Something that shows that a member is in contact with their branch, such as a meeting which they attended.

    ``rows()`` returns all rows that show it, as ``register`` reads them; ``member`` and ``on`` are their columns with the member
    and the day. ``title`` is what a list calls the last of these days. Signing in to the platform is no contact.
    """

    code: str
    title: str
    rows: Callable[[], QuerySet[Any]]
    member: str
    on: str
    order: int = 100


@dataclass(frozen=True, slots=True)
class NotComing:
    """Why members may rightly stay away, so that nobody is chased without need: leave, age, dues that another pays for them.

    ``of(member_ids, day)`` returns short words for each member who has a reason on that day, by a fixed number of questions.
    """

    code: str
    of: Callable[[Collection[int], dt.date], Mapping[int, Sequence[str]]]
    order: int = 100


@dataclass(frozen=True, slots=True)
class OutsideGuest:
    """Somebody on no roster here who takes part in a branch's life: ``number`` names them to the app whose they are.

    ``home`` is the organisation to which they belong.
    """

    number: int
    name: str
    home: str


@dataclass(frozen=True, slots=True)
class BranchGuests:
    """People on no roster here who take part in the life of a branch without a vote, such as floating members who came in.

    ``of(organization, day)`` returns those of a branch on a day; ``title`` says in Chinese what they are.
    """

    code: str
    title: str
    of: Callable[[Organization, dt.date], Sequence[OutsideGuest]]


@dataclass(frozen=True, slots=True)
class TookPart:
    """A day on which a guest took part in something, and in what."""

    on: dt.date
    what: str


@dataclass(frozen=True, slots=True)
class GuestLife:
    """In what guests (``BranchGuests``) took part, for the app whose they are.

    ``of(code, number)`` takes the code of the ``BranchGuests`` and the number of one of them; the latest comes first.
    """

    code: str
    of: Callable[[str, int], Sequence[TookPart]]


@dataclass(frozen=True, slots=True)
class ActivityCertificate:
    """The number of a member's 流动党员活动证, and the organisation that leads them there, if it is known."""

    number: str
    led_by: str = ""


@dataclass(frozen=True, slots=True)
class CertificateSource:
    """Where the number of a member's 流动党员活动证 is recorded, so that it is typed once and others read it.

    ``of(member_ids)`` returns the latest that is recorded there, for those who have one; ``title`` says in Chinese where.
    """

    code: str
    title: str
    of: Callable[[Collection[int]], Mapping[int, ActivityCertificate]]


@dataclass(frozen=True, slots=True)
class WorkTimes:
    """When members are at work, or at rest after it, so that they are asked to come at another time.

    ``of(member_ids, first, last)`` returns, for each member of whom it is known on some of these days, from when to when (aware
    instants): nothing in it means that they are off. Whoever is not in it is not known of. It asks a fixed number of questions.
    ``title`` says in Chinese what it rests on; ``url_name`` is the page on which that is kept.
    """

    code: str
    title: str
    of: Callable[[Collection[int], dt.date, dt.date], Mapping[int, Sequence[tuple[dt.datetime, dt.datetime]]]]
    url_name: str
