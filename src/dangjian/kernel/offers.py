"""Offers that any app may make to the house. Offers of an engine stand in that engine's ``offers.py``."""

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from dangjian.kernel.actor import NamedPlace
from dangjian.kernel.gate import PUBLIC, SIGNED_IN

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from ninja import Router

    from dangjian.kernel.actor import Visitor
    from dangjian.kernel.gate import Request
    from dangjian.kernel.prepared_sql import Question
    from dangjian.kernel.working_days import Notice

Reach = Literal["subtree", "own"]


@dataclass(frozen=True, slots=True)
class Role:
    """A bundle of permissions. A post of the same ``code`` gives it; others are granted.

    ``sphere`` keeps people apart: nobody holds roles of two of the spheres business, system, security and audit. What
    follows from being a member (``membership``) goes with each of them.
    ``grantable`` is false for a role that follows from a fact (being a member) and is never handed out.
    """

    code: str
    title: str
    sphere: Literal["business", "system", "security", "audit", "membership"] = "business"
    grantable: bool = True
    order: int = 100


@dataclass(frozen=True, slots=True)
class Permission:
    """Something a person may do, named ``module.verb``.

    ``reach`` says how far a role carries it: ``subtree`` (its organisation and all below) or ``own`` (the organisation itself
    and the groups in it). ``roles`` are the codes of the roles that hold it.
    """

    code: str
    title: str
    roles: frozenset[str]
    reach: Reach = "subtree"


@dataclass(frozen=True, slots=True)
class MenuItem:
    """An entry of the side menu (and, with ``tab``, of the phone's bottom bar), shown to whoever holds ``permission``.

    ``url_name`` is reversed without arguments. ``badge`` may count what waits there for the actor of the request. ``shown_to``
    narrows it where no single permission says whose page it is; it makes no query.
    """

    title: str
    url_name: str
    icon: str
    permission: str
    group: str = "日常工作"
    order: int = 100
    tab: str = ""
    tab_order: int = 100
    badge: "Callable[[Request], int] | None" = None
    shown_to: "Callable[[Visitor], bool] | None" = None

    def is_open_to(self, actor: "Visitor") -> bool:
        """Whether the actor finds the entry."""
        may = self.permission in {PUBLIC, SIGNED_IN} or actor.may(self.permission)
        return may and (self.shown_to is None or self.shown_to(actor))


@dataclass(frozen=True, slots=True)
class HomePanel:
    """A part of somebody's home page: ``context`` returns the template's variables, or ``None`` to stay away.

    ``first`` stands above the charts of the ``workbench``, ``todo`` below them, ``me`` beside. A part whose variables say
    ``is_for_today`` stands above them all while they do.
    """

    code: str
    template: str
    permission: str
    context: "Callable[[Request], dict[str, object] | None]"
    place: Literal["first", "workbench", "todo", "me"] = "todo"
    order: int = 100


@dataclass(frozen=True, slots=True)
class Matter:
    """One thing that waits for somebody: what it is, where it is done, whose it is, and (if it has one) its last day."""

    title: str
    url: str
    detail: str = ""
    due_on: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A kind of thing that waits for the one who decides or handles it: a line of the one to-do list, counted in the menu.

    ``number(request)`` and ``matters(request, limit)`` (the oldest first) run in the scope of ``permission`` and return only what
    the actor can do now; both in a number of queries that does not grow. A number that is one query is better returned as a
    question (``org.prepared``): all of them are asked with one statement. ``url_name`` is the page that lists all of them.
    """

    code: str
    title: str
    icon: str
    permission: str
    url_name: str
    number: "Callable[[Request], int | Question]"
    matters: "Callable[[Request, int], Sequence[Matter]]"
    query: str = ""
    order: int = 100


@dataclass(frozen=True, slots=True)
class Owing:
    """Somebody who has not yet done what a list waits for; ``detail`` tells namesakes apart."""

    user_id: int
    name: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Reminder:
    """What somebody is reminded of: the ``matter`` in a line, the sentence proposed, where it is done, and who still owes it.

    ``back`` is the list from which one came, ``organization`` whose matter it is (it stands in the trail).
    """

    matter: str
    text: str
    url: str
    people: "Sequence[Owing]"
    back: str
    organization: "NamedPlace | None" = None


@dataclass(frozen=True, slots=True)
class ReminderSource:
    """Lists that say "not yet", from which people may be reminded by one tap (催办).

    ``find(request, key)`` runs in the scope of ``permission``, returns the matter that ``key`` names with those who still owe it
    now, or raises ``NotFound``. People without an account are not in it.
    """

    code: str
    permission: str
    find: "Callable[[Request, str], Reminder]"


@dataclass(frozen=True, slots=True)
class SearchHit:
    """One line of what a search finds."""

    title: str
    url: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class SearchSource:
    """A place the search box looks in: ``find(text, limit)`` runs inside the scope of ``permission``."""

    title: str
    icon: str
    permission: str
    find: Callable[[str, int], Sequence[SearchHit]]
    order: int = 100


@dataclass(frozen=True, slots=True)
class RoleHeld:
    """A role that a person holds at an organisation, as a ``RoleSource`` returns it."""

    role: str
    organization_id: int
    path: str
    body_path: str


@dataclass(frozen=True, slots=True)
class RoleSource:
    """Roles that follow from facts of a higher floor (membership): ``held(user_ids)`` returns by account those of today."""

    code: str
    held: Callable[[Collection[int]], Mapping[int, Sequence[RoleHeld]]]


@dataclass(frozen=True, slots=True)
class AccountSearch:
    """What a higher floor knows of the people who have accounts, for boxes that ask for an account.

    ``found(text)`` returns a subquery of account numbers, wherever these people belong: the list says whose rows are seen.
    """

    code: str
    found: "Callable[[str], QuerySet[Any, Any]]"


@dataclass(frozen=True, slots=True)
class ObjectPanel:
    """A tab on the page of another app's object, e.g. on an organisation (``on="organization"``) or a member.

    ``context(request, obj)`` returns the variables of ``template``, or ``None`` to stay away.
    """

    on: Literal["organization", "member"]
    code: str
    title: str
    template: str
    permission: str
    context: "Callable[[Request, Any], dict[str, object] | None]"
    order: int = 100


@dataclass(frozen=True, slots=True)
class ListAct:
    """A button of another app's list for all rows that are ticked, for holders of ``permission``.

    ``on`` is the name of the list (``members:list``), ``url`` that of the address which gets the numbers of the rows.
    """

    on: str
    label: str
    url: str
    icon: str
    permission: str
    order: int = 100


@dataclass(frozen=True, slots=True)
class DigestLine:
    """One line of somebody's daily digest."""

    text: str
    url: str
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class DigestSource:
    """What goes into the daily digest: ``lines(user_ids, day)`` returns the lines of each user who has any.

    Called once for all users, so that the number of queries does not grow with them.
    """

    code: str
    title: str
    lines: "Callable[[Sequence[int], dt.date], Mapping[int, Sequence[DigestLine]]]"
    order: int = 100


@dataclass(frozen=True, slots=True)
class ApiRouter:
    """Operations of the machine interface below ``/api/v1``: a ``ninja.Router`` whose operations state their permission."""

    code: str
    title: str
    router: "Router"
    order: int = 100


@dataclass(frozen=True, slots=True)
class DailyJob:
    """Work done once a day from ``at`` (local time, ``HH:MM``), or as soon afterwards as the platform runs.

    ``run()`` opens its own scope (``with unscoped("why"):``). It may be called a second time on the same day, after a failure
    or by ``dangjian daily``, and must then add nothing. ``title`` is Chinese and stands in the list of runs.
    """

    code: str
    title: str
    run: Callable[[], None]
    at: str = "06:00"
    order: int = 100


@dataclass(frozen=True, slots=True)
class BackgroundTask:
    """Work too long for a page: ``kernel.background.enqueue(code, …)`` has the worker call ``run`` with the same values.

    ``run`` opens its own scope. A worker may be stopped in the middle, and another one then begins anew.
    """

    code: str
    run: Callable[..., object]


@dataclass(frozen=True, slots=True)
class EffortKeeper:
    """Whoever keeps how much is typed: ``add(effort)`` is told of a form that was carried out, after its transaction.

    An ``Effort`` names a module and an organisation, never a person (``kernel.effort``).
    """

    code: str
    add: Callable[[Any], object]


@dataclass(frozen=True, slots=True)
class DaysTaken:
    """How long something takes from appearing on a list to being done, told by the engine that knows.

    ``days(unit, since, until)`` returns for what was done from ``since`` to ``until`` in an organisation and below it the day on
    which it was done, what it is called, and the days it took; one question, inside the scope of the page.
    """

    code: str
    title: str
    days: "Callable[[Any, dt.date, dt.date], Sequence[tuple[dt.date, str, int]]]"


@dataclass(frozen=True, slots=True)
class EncryptedElsewhere:
    """Something that is encrypted with the deployment's keys and stands in no ``EncryptedTextField``, such as files that wait.

    ``by_key()`` returns how many there are by the name of their key (what stands before the colon): no key goes as long as one
    of them needs it.
    """

    code: str
    title: str
    by_key: Callable[[], Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class RuleSettingsSource:
    """Where the values are kept that the enterprise sets for itself on its pages: raw values of the rulebook by key.

    ``stamp()`` changes whenever ``values()`` does (``None`` = nothing is set); it is asked often and must be cheap.
    """

    code: str
    stamp: Callable[[], object]
    values: Callable[[], Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class WorkingDaysSource:
    """Where notices on holidays are kept that were entered on pages: those of ``kernel.working_days`` by year.

    ``stamp()`` changes whenever ``values()`` does (``None`` = none was entered); it is asked often and must be cheap.
    """

    code: str
    stamp: Callable[[], object]
    values: "Callable[[], Mapping[int, Notice]]"


@dataclass(frozen=True, slots=True)
class PasswordResetWitness:
    """Somebody to be told, in the same transaction, that a password was reset: ``told(actor=…, user=…)``.

    ``proposed(actor=…, user=…)`` is called when one of two has proposed it and another one is waited for.
    """

    code: str
    told: Callable[..., object]
    proposed: Callable[..., object]


@dataclass(frozen=True, slots=True)
class MemberNames:
    """Whose names the trail gives to the auditor: ``named(member_ids)`` returns those that are known, wherever they are."""

    code: str
    named: Callable[[Sequence[int]], Mapping[int, str]]


@dataclass(frozen=True, slots=True)
class GuardedAccounts:
    """Accounts whose password two administrators reset together: ``found()`` returns their numbers with what they are."""

    code: str
    found: Callable[[], Mapping[int, str]]


@dataclass(frozen=True, slots=True)
class StartedState:
    """How far a step of the first days is: ``done`` of ``total`` (both 0 = cannot be counted), what is missing, where to go on.

    ``is_done`` is what ticks the step off; ``missing`` says in plain words what is still missing and where, ``url`` leads there.
    """

    is_done: bool
    missing: str = ""
    url: str = ""
    done: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class StartStep:
    """A step of 「开始使用」, ticked off by what is true and never by hand.

    ``state(request, organization)`` runs in the scope of ``permission`` and returns how far it is for the organisation and all
    below it, in a number of queries that does not grow with them; ``None`` if the step does not concern it. ``why`` says what the
    step is good for and what depends on it. ``kinds`` are the levels of organisations whose officers see it.
    """

    code: str
    title: str
    why: str
    icon: str
    permission: str
    state: "Callable[[Request, Any], StartedState | None]"
    kinds: frozenset[str]
    order: int = 100
