"""Offers that the duties' engine consumes: what organisations and members owe, and how the house sees that it is done.

Three sorts of duty::

    DutyRule("general_meeting", …, rule="life.general_meeting", evidence=Evidence(…))   # every period of a frequency rule
    DutyRule("term_end", …, occasions=DueDates(rows=terms_ending, …))                  # on dates that rows of the app name
    DutyRule("branch_too_large", …, condition=too_large)                                # as long as something is not right
"""

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.http import urlencode

from dangjian.kernel import clock
from dangjian.kernel.actor import Actor, Visitor
from dangjian.kernel.gate import SIGNED_IN, permission_of
from dangjian.kernel.registry import offers
from dangjian.kernel.rulebook import book
from dangjian.kernel.windows import Window
from dangjian.org.models import Organization


class Owed(Protocol):
    """What is asked of a duty here: whose it is, from when to when, and what it comes from (``engines.duties.models.Duty``)."""

    @property
    def pk(self) -> int:
        """Its number."""
        ...

    @property
    def rule(self) -> str:
        """The code of its ``DutyRule``."""
        ...

    @property
    def title(self) -> str:
        """What it is called."""
        ...

    @property
    def organization(self) -> Organization:
        """Who owes it."""
        ...

    @property
    def organization_id(self) -> int:
        """The organisation's number."""
        ...

    @property
    def member_id(self) -> int | None:
        """The member who owes it, or ``None``."""
        ...

    @property
    def responsible_id(self) -> int | None:
        """The account of whoever answers for it."""
        ...

    @property
    def occasion(self) -> int:
        """The row of ``DueDates`` that it comes from, else 0."""
        ...

    @property
    def period_start(self) -> dt.date:
        """The first day of its period."""
        ...

    @property
    def period_end(self) -> dt.date | None:
        """The last day of its period, if it has one."""
        ...

    @property
    def due_on(self) -> dt.date | None:
        """The last day on which it may be done."""
        ...

    @property
    def needed(self) -> int:
        """How often it is to be done in its period."""
        ...

    @property
    def local_duty(self) -> Any:
        """What a superior added, if it comes from that."""
        ...


@dataclass(frozen=True, slots=True)
class Evidence:
    """What shows that a duty is done: a row of ``rows()`` of the same organisation (or member) with its day inside the period.

    Names are columns or annotations of the rows: ``on`` the day, ``counts_on`` the day that decides in which period it falls if
    that is another, ``reference`` the number under which ``url_name`` opens it,
    ``organization`` and ``member`` whose it is (leave empty what does not matter), ``occasion`` the row of ``DueDates`` it
    settles.
    """

    rows: Callable[[], QuerySet[Any]]
    on: str
    reference: str = "pk"
    organization: str = ""
    member: str = ""
    occasion: str = ""
    url_name: str = ""
    counts_on: str = ""

    @property
    def period_by(self) -> str:
        """The column by which a row falls into a period."""
        return self.counts_on or self.on


@dataclass(frozen=True, slots=True)
class DueDates:
    """Dated duties that stand out today: one for each row of ``rows(today)``. Names are columns or annotations of the rows.

    A row no longer among them takes its open duty with it, unless evidence shows it done. Without a last day (``due_on`` is
    empty for some rows) a duty is never overdue. ``title`` names the duty where the rule's title would not tell one from the
    next; ``responsible`` is the account of whoever answers for it, where that is not the holder of a
    post; of a row without one the holders of the rule's posts answer.
    """

    rows: Callable[[dt.date], QuerySet[Any]]
    organization: str
    opens_on: str
    due_on: str
    member: str = ""
    occasion: str = "pk"
    title: str = ""
    responsible: str = ""


def lets_in(permission: str, actor: Visitor, duty: "Owed") -> bool:
    """Whether a page that asks for ``permission`` opens to the actor for this duty."""
    if permission == SIGNED_IN:
        return duty.responsible_id == actor.user_id
    return actor.may(permission, duty.organization)


@dataclass(frozen=True, slots=True)
class InProgress:
    """Work on a duty that has begun and does not settle it yet: what happened (``text``), and the button that leads there.

    ``permission`` is what the page behind ``url`` asks for at the duty's organisation; ``SIGNED_IN`` if it is the page of whoever
    answers for the duty. ``own_url`` is what the reader may open instead if that page is closed to them.
    """

    text: str
    url: str
    permission: str
    label: str = "查看"
    own_url: str = ""


@dataclass(frozen=True, slots=True)
class ActionLink:
    """The button that begins the work: ``label`` and the page with its fields filled in.

    It is shown to whoever holds the permission of that page at the duty's organisation; for a page of one's own
    (``SIGNED_IN``), to whoever answers for the duty. ``begun`` is handed all open duties of a list that share it, and who
    reads it; it returns by their numbers those on which work has begun, and these show that instead. It must ask the database a
    fixed number of times, in the scope of the list. ``once_over`` takes its place when the period of the duty is over and
    something else is left to do.
    """

    label: str
    url_name: str
    query: "Callable[[Owed], Mapping[str, object]]" = lambda _duty: {}
    args: "Callable[[Owed], tuple[object, ...]]" = lambda _duty: ()
    begun: "Callable[[Sequence[Owed], Visitor], Mapping[int, InProgress]] | None" = None
    once_over: "ActionLink | None" = None

    def now(self, duty: "Owed") -> "ActionLink":
        """The button for a duty as the calendar stands today."""
        last = max(duty.period_end, duty.due_on or duty.period_end) if duty.period_end else None
        is_over = last is not None and last < clock.today()
        return self.once_over if is_over and self.once_over else self

    def url(self, duty: "Owed") -> str:
        """Where the button leads."""
        values = {name: str(value) for name, value in self.query(duty).items() if value not in {None, ""}}
        address = reverse(self.url_name, args=self.args(duty))
        return f"{address}?{urlencode(values)}" if values else address

    def is_open_to(self, actor: Visitor, duty: "Owed") -> bool:
        """Whether the page behind the button lets the actor in."""
        return lets_in(permission_of(self.url(duty)), actor, duty)


@dataclass(frozen=True, slots=True)
class DutyRule:
    """Something that organisations of some ``kinds`` (or their members) owe.

    ``rule`` is the key of the rulebook that is cited, or one key for each kind; for a calendar duty its value is the
    ``Frequency``. A duty that no article speaks of leaves it empty; it is cited as the unit's own requirement.
    ``opens`` returns the day from which a duty of a period is shown (its first day if none), ``due`` the last day on which it may
    be done (the last of the period if none). ``owed_by`` narrows the
    organisations that owe it in a period. ``responsible`` are codes of posts in the organisation, in order; ``above`` those in
    its superior, asked when none of the former is filled. A member's duty without posts is the member's own. ``severity``
    ``warning`` is never overdue. ``explain`` says for one organisation what is not right. ``cited`` is the article of one duty,
    where each has its own; it asks the database nothing. ``view`` is the permission without which nobody reads of it but whoever
    answers for it; without one it is for everybody who sees duties there.
    """

    code: str
    title: str
    short: str
    rule: str | Mapping[str, str]
    kinds: frozenset[str]
    how: str
    responsible: tuple[str, ...] = ()
    above: tuple[str, ...] = ()
    start: ActionLink | None = None
    subject: Literal["organization", "member"] = "organization"
    evidence: Evidence | None = None
    occasions: DueDates | None = None
    condition: Callable[[dt.date], QuerySet[Organization]] | None = None
    opens: Callable[[Window], dt.date] | None = None
    due: Callable[[Window], dt.date] | None = None
    owed_by: Callable[[QuerySet[Organization], Window], QuerySet[Organization]] | None = None
    severity: Literal["error", "warning"] = "error"
    explain: Callable[[Organization, dt.date], str] | None = None
    cited: Callable[[Owed], str] | None = None
    view: str = ""
    icon: str = "checklist"
    order: int = 100

    @property
    def sort(self) -> Literal["calendar", "dated", "standing"]:
        """Which of the three sorts it is."""
        if self.condition is not None:
            return "standing"
        return "dated" if self.occasions is not None else "calendar"

    def key(self, kind: str) -> str:
        """The rulebook key for an organisation of this kind."""
        return self.rule if isinstance(self.rule, str) else self.rule[kind]

    def citation(self, kind: str, day: dt.date) -> str:
        """The article that holds on ``day`` for an organisation of this kind."""
        key = self.key(kind)
        return book().on(key, day).citation if key else "本单位要求"


@dataclass(frozen=True, slots=True)
class LocalEvidence:
    """A way in which a duty that a superior adds may be satisfied, besides confirmation: e.g. by holding a kind of meeting."""

    code: str
    title: str
    evidence: Evidence
    kinds: frozenset[str]
    start: ActionLink | None = None
    icon: str = field(default="calendar-event")
    order: int = 100


@dataclass(frozen=True, slots=True)
class DutyKeeper:
    """Whoever keeps the list of duties, told by apps on floors that do not know it.

    ``refresh(actor=…, organizations=…, rules=…)`` brings the duties of these organisations under these rules up to date.
    """

    code: str
    refresh: Callable[..., object]


def tell_duties(*, actor: Actor, organization_ids: Collection[int], rules: Collection[str]) -> None:
    """Let the lists of duties follow at once what an action did; called at its end, in its transaction."""
    for keeper in offers(DutyKeeper):
        keeper.refresh(actor=actor, organizations=organization_ids, rules=rules)
