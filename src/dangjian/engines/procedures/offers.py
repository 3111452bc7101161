"""What an app offers to have a procedure: its file, and the functions that the file names."""

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypedDict

from dangjian.engines.procedures.definition import Procedure, Step
from dangjian.engines.procedures.schema import ProcedureError
from dangjian.kernel.actor import Actor

if TYPE_CHECKING:
    from dangjian.engines.procedures.models import CaseStep, ProcedureCase
    from dangjian.kernel.gate import Request
    from dangjian.members.models import Member


@dataclass(frozen=True, slots=True)
class Objection:
    """What speaks against taking a step: a sentence, what to do, and the article. ``is_usual_only`` asks for a reason instead."""

    text: str
    how: str = ""
    citation: str = ""
    is_usual_only: bool = False
    field: str = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """Somebody is about to take ``step`` of a case on ``day``.

    ``entry`` is what they filled in, as it would be kept, ``papers`` are the codes of those that they hand in.
    """

    case: "ProcedureCase"
    step: Step
    day: dt.date
    outcome: str = ""
    entry: Mapping[str, str] = field(default_factory=dict)
    papers: frozenset[str] = frozenset()


Gate = Callable[[Attempt], Sequence[Objection]]
"""Returns what speaks against taking a step; nothing if it may be taken."""

Effect = Callable[[Actor, "CaseStep"], None]
"""Called in the transaction of a step that was taken, so that what follows from it is written with it.

It is called again for the entry that corrects a step, and finds then what it wrote before.
"""

People = Callable[[Collection[int]], Mapping[int, Sequence[int]]]
"""Returns by subject (``ProcedureCase.subject_id``) the accounts of those whom the app names for it, the first one first."""

KnownDays = Callable[[Collection[int]], Mapping[int, dt.date]]
"""Returns by subject a day that the app knows of it; a subject of which it does not know it yet is left out."""

Taker = Callable[..., object]
"""Takes a step in the place of ``taking.take``, with the same keywords and as strictly: in the background, say."""

Follower = Callable[["ProcedureCase"], None]
"""Called after every act on a case, in its transaction: what the app derives from the steps that count."""

MemberOf = Callable[["ProcedureCase"], "Member | None"]
"""The member, with the branch, whom a case about a subject of the app is about."""


@dataclass(frozen=True, slots=True)
class CasePanel:
    """A card that an app puts on the page of a case, such as who the person is.

    ``context(request, case)`` returns the variables of ``template``, or ``None`` to stay away. Whoever reads the page may see the
    case (``ProcedureCase``); what more the card shows asks for its own right.
    """

    title: str
    icon: str
    template: str
    context: Callable[["Request", "ProcedureCase"], Mapping[str, object] | None]


@dataclass(frozen=True, slots=True)
class StartPanel:
    """As ``CasePanel``, for whoever is about to begin a case about a member: ``context(request, member)``."""

    title: str
    icon: str
    template: str
    context: Callable[["Request", "Member"], Mapping[str, object] | None]


@dataclass(frozen=True, slots=True)
class PaperForm:
    """A paper that is filled in from what is known, printed, signed and handed in again.

    :param word: its template, built by ``kernel.word``.
    :param context: the variables of the template for a step of a case, open or taken. It is called in the scope of the
        case's organisation, for whoever may see the case; what is not known yet is a line to write on.
    """

    title: str
    word: Path
    context: Callable[["ProcedureCase", "CaseStep"], Mapping[str, object]]


class Functions(TypedDict, total=False):
    """What an app brings beside the file, as ``ProcedureOffer`` says."""

    gates: Mapping[str, Gate]
    usual: Collection[str]
    effects: Mapping[str, Effect]
    undo: Mapping[str, Effect]
    passing: Collection[str]
    panels: Sequence[CasePanel]
    start_panels: Sequence[StartPanel]
    people: Mapping[str, People]
    days: Mapping[str, KnownDays]
    follower: Follower
    member_of: MemberOf
    listing: str
    beginning: str
    takers: Mapping[str, Taker]
    papers: Mapping[str, PaperForm]


class Votes(NamedTuple):
    """How a meeting voted on a step; ``due`` and ``present`` count those with a vote.

    ``written`` are votes in favour that were given in writing; ``in_favour`` holds them too.
    """

    due: int
    present: int
    in_favour: int
    against: int
    abstain: int
    written: int


@dataclass(frozen=True, slots=True)
class MeetingLink:
    """A link by which somebody puts an open step before a meeting."""

    text: str
    url: str
    icon: str
    is_primary: bool = False


@dataclass(frozen=True, slots=True)
class Carried:
    """A meeting that has the step ``code`` of a case on its agenda, or had it: one sentence, with the address for who may see it.

    ``step_id`` is the step (``CaseStep``) that it decided; ``is_ahead`` as long as it may still decide the open one.
    """

    code: str
    text: str
    url: str = ""
    step_id: int | None = None
    is_ahead: bool = False


@dataclass(frozen=True, slots=True)
class DecidedIn:
    """Where meetings decide steps (``meeting`` in a procedure's file). What they decide comes in by ``actions.deciding``.

    :param title: of a kind of meeting by its code; empty for one that it does not know.
    :param links: those by which the actor puts an open step (``CaseStep`` of a ``Step``) before a meeting.
    :param carried: meetings that have, or had, steps of a case on their agenda, the latest first.
    """

    title: Callable[[str], str]
    links: Callable[[Actor, "CaseStep", Step], Sequence[MeetingLink]]
    carried: Callable[[Actor, "ProcedureCase"], Sequence[Carried]]


@dataclass(frozen=True, slots=True)
class ProcedureOffer:
    """A procedure that an app brings, with the functions that its file names. Made by ``declaring``.

    :param gates: what must be true before a step may be taken, by the names in its ``gates``.
    :param usual: those of the gates that speak of what is usual only: the forms of their steps have a field for the reason.
    :param effects: what happens when a step was taken, by the names in its ``does``.
    :param undo: what takes an effect back, by the name of the effect: a step all of whose effects have one can be taken back.
    :param passing: those of the effects that end with a case that is withdrawn; after any other one it is not withdrawn.
    :param panels: cards on the page of a case, below its facts.
    :param start_panels: cards on the page on which a case about a member is begun, above the form.
    :param people: whom ``who: {named: …}`` means, by these names. They may read the case, and take those steps.
    :param days: the days that ``known`` of a limit means, by these names.
    :param follower: what the app derives from the case.
    :param member_of: the member whom a case about a subject of the app is about, once they are one.
    :param listing: the address of the app's own list of its people, if it has one: there the pages of a case lead back to.
    :param beginning: the address of the app's own page on which a case is begun, in the place of the engine's.
    :param takers: what takes a step that takes long, by its code; until it is done, a panel of the app says how far it is.
    :param papers: what ``form`` of a paper means, by these names.
    """

    procedure: Procedure
    gates: Mapping[str, Gate] = field(default_factory=dict)
    usual: Collection[str] = ()
    effects: Mapping[str, Effect] = field(default_factory=dict)
    undo: Mapping[str, Effect] = field(default_factory=dict)
    passing: Collection[str] = ()
    panels: Sequence[CasePanel] = ()
    start_panels: Sequence[StartPanel] = ()
    people: Mapping[str, People] = field(default_factory=dict)
    days: Mapping[str, KnownDays] = field(default_factory=dict)
    follower: Follower | None = None
    member_of: MemberOf | None = None
    listing: str = ""
    beginning: str = ""
    takers: Mapping[str, Taker] = field(default_factory=dict)
    papers: Mapping[str, PaperForm] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for step in (step for version in self.procedure.versions for step in version.steps):
            unknown = [
                *(name for name in step.gates if name not in self.gates),
                *(name for name in step.does if name not in self.effects),
                *(name for name in (step.who.named,) if name and name not in self.people),
                *(one.known for one in (step.within, step.not_before) if one and one.known and one.known not in self.days),
                *(paper.form for paper in step.papers if paper.form and paper.form not in self.papers),
                *(name for name in (*self.undo, *self.passing) if name not in self.effects),
            ]
            if unknown:
                message = f"procedure {self.procedure.code}: nobody offers {'、'.join(unknown)}, which its step {step.code} names"
                raise ProcedureError(message)

    @property
    def code(self) -> str:
        """Of its procedure."""
        return self.procedure.code

    def may_ask_why(self, step: Step) -> bool:
        """Whether a step may be taken otherwise than is usual, with a reason."""
        return bool(step.not_before and step.not_before.usually) or not set(self.usual).isdisjoint(step.gates)

    @property
    def list_name(self) -> str:
        """The address of the list from which its cases are opened."""
        return self.listing or f"procedures:{self.code}"
