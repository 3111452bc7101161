"""The world that stories are played in: the organisations and people of the demonstration, and who holds which post."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.utils import timezone

from dangjian.accounts.models import User
from dangjian.members.models import Member
from dangjian.org.gate import GrantedActor, admitted
from dangjian.org.models import Organization
from dangjian.org.openings import register


@dataclass(frozen=True, slots=True)
class Place:
    """A branch with its groups, and how well it works: ``exemplary``, ``good``, ``late`` or ``poor``."""

    number: int
    quality: str
    groups: tuple[int, ...] = ()
    merged_on: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Quiet:
    """A member who comes to no meeting after ``since``: with leave for the reason ``why``, or without a word.

    ``unpaid_from`` is the first month for which they pay no dues any more, if they stopped that too.
    """

    since: dt.date
    why: str = ""
    unpaid_from: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Visitor:
    """An account that visitors may sign in with: its name, and its role, task and organisation as the table says them."""

    username: str
    user: User
    role: str
    note: str
    place: str
    order: int


@dataclass
class World:
    """One enterprise of the demonstration. ``months`` are the first days of those it has lived, this one the last.

    ``officers`` are the accounts by organisation and post, the same people all the time. Organisations are read anew when a
    scene is played (``organization``), as they are renamed, moved and merged meanwhile.
    """

    now: dt.datetime
    months: Sequence[dt.date]
    committee: int
    places: Sequence[Place]
    members: Sequence[Member]
    officers: Mapping[int, Mapping[str, User]]
    office: User
    free_names: Sequence[str] = ()
    """Names of nobody, for people who come."""
    taken: set[int] = field(default_factory=set)
    """Accounts that have a task already."""
    visitors: list[Visitor] = field(default_factory=list)
    quiet: dict[int, Quiet] = field(default_factory=dict)
    """By their numbers, members of whom one story tells that they stay away; the others tell it so."""

    @property
    def today(self) -> dt.date:
        """The day of ``now``."""
        return timezone.localtime(self.now).date()

    def organization(self, number: int) -> Organization:
        """The organisation as it is now."""
        return register(Organization).select_related("parent").get(pk=number)

    def officer(self, organization: int, *kinds: str) -> User | None:
        """Who holds the first of these posts that is filled."""
        held = self.officers.get(organization, {})
        return next((held[kind] for kind in kinds if kind in held), None)


@contextmanager
def acting(user: User, permission: str) -> Iterator[GrantedActor]:
    """Act as ``user`` does on a page with this permission: with the rights of the moment, in the scope where they reach."""
    actor = GrantedActor(user)
    with admitted(actor, permission):
        yield actor


def moment(day: dt.date, hour: int, minute: int = 0) -> dt.datetime:
    """An instant of a day, in the deployment's time zone."""
    return timezone.make_aware(dt.datetime.combine(day, dt.time(hour, minute)))
