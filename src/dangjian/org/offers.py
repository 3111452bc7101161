"""Offers that the organisations' app consumes."""

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from dangjian.accounts.models import User
from dangjian.kernel.actor import Actor
from dangjian.org.models import Organization, PostKind, Reorganisation


@dataclass(frozen=True, slots=True)
class DissolutionGuard:
    """Something that must be settled before an organisation is dissolved.

    ``obstacle(organization, effective_on)`` returns a Chinese sentence that says what is still there and what to do, or ``""``.
    """

    code: str
    obstacle: Callable[[Organization, dt.date], str]


@dataclass(frozen=True, slots=True)
class Concern:
    """Something that is not as it usually is: a Chinese sentence without its full stop, and the article."""

    text: str
    citation: str


@dataclass(frozen=True, slots=True)
class AppointmentGuard:
    """Something that keeps a person from a post of a committee, or speaks against it.

    ``check(user, organization, kind, starts_on)`` raises a ``Refusal`` with the article, or returns what speaks against it:
    whoever appoints them all the same says why.
    """

    code: str
    check: Callable[[User, Organization, PostKind, dt.date], Sequence[Concern]]


@dataclass(frozen=True, slots=True)
class DerivedRows:
    """Rows that follow by themselves from there being an organisation, such as what it is bound to do.

    ``drop(organization_ids)`` deletes those that nobody has touched, when organisations set up by mistake are taken back. What it
    leaves refuses the taking back.
    """

    code: str
    drop: Callable[[Sequence[int]], None]


@dataclass(frozen=True, slots=True)
class Matter:
    """By what a reorganisation was done and is taken back: what it is called, and its page (empty: not to be seen)."""

    title: str
    address: str


@dataclass(frozen=True, slots=True)
class ReorganisationPart:
    """What an app has to do with a split, a merge, a move or a change of branch of many members that is taken back as a whole.

    ``check(actor, reorganisation)`` raises where the actor lacks the right to the app's part of it. ``built_on(reorganisation)``
    returns Chinese phrases that name what has been done since and rests on it (“一支部”在其后开过会): one is enough to refuse.
    ``put_back(actor, reorganisation)`` undoes the part, in the same transaction, lower ``order`` first, and returns the numbers
    of the members whom it concerns. ``matter(actor, reorganisation)`` is the matter of the app by which it was done, if it was:
    it is taken back there alone.
    """

    code: str
    built_on: Callable[[Reorganisation], Sequence[str]] = lambda _reorganisation: ()
    check: Callable[[Actor, Reorganisation], None] | None = None
    put_back: Callable[[Actor, Reorganisation], Collection[int]] | None = None
    matter: Callable[[Actor, Reorganisation], Matter | None] | None = None
    order: int = 100


@dataclass(frozen=True, slots=True)
class LiveFollower:
    """Something that follows when organisations are kept on the platform from another day (``live_on``), such as their duties.

    ``follow(actor, organization_ids, since)`` runs in the same transaction, after the day was changed; neither the former day nor
    the new one lies before ``since``. Who may change it has been checked.
    """

    code: str
    follow: Callable[[Actor, Collection[int], dt.date], object]
    order: int = 100


@dataclass(frozen=True, slots=True)
class StructureFollower:
    """Something that follows when organisations are set up, others hold their posts, or a branch is asked for, such as duties.

    ``follow(actor, organization_ids)`` runs in the same transaction, after it was done and the right to do it was checked.
    """

    code: str
    follow: Callable[[Actor, Collection[int]], object]
    order: int = 100


@dataclass(frozen=True, slots=True)
class WorkingDaysFollower:
    """Something that keeps days which were counted in working days, and works them out again when the table of these changes.

    ``follow()`` runs in the background after the change, opens its own scope and asks ``kernel.working_days`` anew, for all days
    that are still to come and not only for the provisional ones. It may be called twice without harm.
    """

    code: str
    follow: Callable[[], object]
    order: int = 100


@dataclass(frozen=True, slots=True)
class OrganizationFigure:
    """A figure shown for every organisation of the tree, such as its members.

    ``figures(day, organization_ids)`` returns the figure of each organisation by itself on that day (those without one may be
    missing), in a number of queries that does not grow with them. The tree adds up those of branches; what a group has
    is part of its branch and is not added again. The caller has checked what may be shown.
    """

    code: str
    title: str
    unit: str
    figures: Callable[[dt.date, Sequence[int]], Mapping[int, int]]
    order: int = 100


@dataclass(frozen=True, slots=True)
class OrganizationAction:
    """Something that can be done with an organisation, in the menu of its page.

    ``url_name`` is reversed with the organisation's number. Shown for the ``kinds`` named, to whoever holds ``permission`` there,
    unless the organisation has no superior and it is asked ``of_superior``. ``require(actor, organization)`` raises unless they
    may take it, where the action and its page ask for more than the permission there.
    """

    code: str
    title: str
    icon: str
    url_name: str
    permission: str
    kinds: frozenset[str]
    order: int = 100
    danger: bool = False
    of_superior: bool = False
    require: Callable[[Actor, Organization], object] | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account who can be given a post or a role. ``detail`` tells namesakes apart (their branch)."""

    user_id: int
    name: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class PeopleSource:
    """Where people are found for posts and roles. Both functions run inside the open scope and return only people in it.

    ``find(text, limit)`` looks by name or pinyin (``""`` returns the first ones); ``named(user_ids)`` returns
    those of the accounts that it knows.
    """

    code: str
    find: Callable[[str, int], Sequence[Person]]
    named: Callable[[Sequence[int]], Sequence[Person]]


@dataclass(frozen=True, slots=True)
class Decided:
    """A meeting on which a decision may rest. ``url`` is its page on this platform and tells it from all others."""

    title: str
    held_on: dt.date
    url: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class DecisionSource:
    """Where the meetings of an organisation are found that decide on something, such as the use of dues.

    ``find(organization_id, text, limit)`` returns those that took place, latest first (all of them for ``""``);
    ``named(organization_id, url)`` the one with that address, or ``None``. Both run inside the open scope.
    """

    code: str
    find: Callable[[int, str, int], Sequence[Decided]]
    named: Callable[[int, str], Decided | None]
