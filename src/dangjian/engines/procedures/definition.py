"""What a procedure is, as its file says: versions by date, stages, steps, who takes them and when. No ORM, no clock."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from django.utils.functional import cached_property

from dangjian.kernel.rulebook import Citation, Period, book

EntryKind = Literal[
    "line",
    "text",
    "day",
    "month",
    "number",
    "money",
    "choice",
    "yes_no",
    "members",
    "group",
    "resident_id",
    "mobile",
]
At = Literal["here", "committee_above", "other_side", "committee_above_other_side"]
"""Where a step is taken: at the organisation that has the case in hand or the committee above it, or on the other side of the
case, such as the branch that is to receive somebody."""
Turn = At | Literal["themselves", "named"]
"""Whose turn a step is: that of an office there, of the person whom the case is about, or of people whom the app names for it."""
OFFICES: tuple[At, ...] = ("here", "committee_above", "other_side", "committee_above_other_side")
OTHER_SIDE: frozenset[At] = frozenset({"other_side", "committee_above_other_side"})


@dataclass(frozen=True, slots=True)
class Limit:
    """A stretch of time from a step (``since``; by default from the day on which the step became possible).

    ``usually``: the text says 「一般」, so that whoever does otherwise gives a reason. Of ``length`` and ``setting``, the rule
    whose value it is where a unit may set it for itself, one is given. In their place ``known`` names a day that the app knows
    of the subject, such as the end of a probation, and ``says`` what is to be said of it; with a ``setting`` it is so long after
    that day.
    """

    length: Period | None
    since: str = ""
    setting: str = ""
    usually: bool = False
    article: int | None = None
    known: str = ""
    says: str = ""

    def on(self, day: dt.date) -> Period:
        """How long it is on ``day``; of a day that the app knows nobody asks it."""
        return self.length or book().on_or_first(self.setting, day).expect(Period)

    def said(self, day: dt.date, before: str, behind: str = "") -> str:
        """In words: how long it is on ``day``, such as 须满1年; of a day that the app knows what the file says of it."""
        return f"{self.says if self.known else f'{before}{self.on(day)}'}{behind}"


@dataclass(frozen=True, slots=True)
class Act:
    """Who takes a step: the person (``themselves``), people whom the app names for the case (``named``), or the office.

    The office is whoever holds ``permission`` ``at`` one of the case's organisations. Beside the person or the
    people named it takes the step in their place: somebody handed it in on paper. ``not_by`` are the steps whose takers may not
    take this one too.
    """

    permission: str
    at: At
    themselves: bool
    named: str
    not_by: frozenset[str]

    @property
    def turn(self) -> "Turn":
        """Whose turn it is."""
        if self.themselves:
            return "themselves"
        return "named" if self.named else self.at


@dataclass(frozen=True, slots=True)
class Reference:
    """Another step, or one ``outcome`` of it."""

    step: str
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A field that is filled in when a step is taken; of ``members`` between ``least`` and ``most`` are chosen.

    One that names ``outcomes`` is asked for where one of these came out of the step, and kept with them alone.
    """

    code: str
    title: str
    kind: EntryKind
    required: bool
    help: str
    choices: tuple[tuple[str, str], ...]
    least: int = 1
    most: int = 1
    outcomes: tuple[str, ...] = ()

    def is_asked(self, outcome: str) -> bool:
        """Whether it is asked for where this came out of the step."""
        return not self.outcomes or outcome in self.outcomes


@dataclass(frozen=True, slots=True)
class Outcome:
    """What may come out of a step; ``back_to`` sends the case back to a step, ``ends`` ends it."""

    code: str
    title: str
    back_to: str
    ends: str
    tone: str


Vote = Literal["ordinary", "admission", "conversion"]
"""What is put to the vote where a meeting decides a step."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """How a meeting decides a step: one of the ``kinds`` (codes of the app that holds meetings), by a ``vote`` of this sort.

    ``passed`` are the outcomes that can be put to the vote, the usual one first. ``failed`` is what comes out of a vote that did
    not pass; where it is empty, the step stays open.
    """

    kinds: tuple[str, ...]
    vote: Vote
    passed: tuple[str, ...]
    failed: str

    def outcome(self, proposed: str, *, passed: bool) -> str:
        """What comes out of a vote on ``proposed``; empty if it leaves the step open."""
        return proposed if passed else self.failed


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper that belongs to a step; without one that is ``required`` the step is not taken.

    ``form`` names what the app fills in for it, to be printed and signed. What is written ``by_hand`` is only ever handed in.
    """

    code: str
    title: str
    required: bool = False
    form: str = ""
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One step. With ``until`` it comes back until another is taken, and holds nothing up: ``every`` so often, or at any time.

    One with a ``meeting`` is decided there; ``who`` is whose duty it is to put it before one. One that is for ``many`` the office
    takes for many cases on one page, as it does what comes back; what was filled in before under the codes of ``shows`` stands
    there beside each of them.
    """

    code: str
    title: str
    stage: str
    who: Act
    how: str
    after: tuple[Reference, ...]
    within: Limit | None
    not_before: Limit | None
    every: Limit | None
    until: str
    entry: tuple[Entry, ...]
    outcomes: tuple[Outcome, ...]
    papers: tuple[Paper, ...]
    gates: tuple[str, ...]
    does: tuple[str, ...]
    ends: bool
    meeting: Meeting | None
    many: bool
    shows: tuple[str, ...]
    citations: tuple[Citation, ...]

    @property
    def repeats(self) -> bool:
        """Whether it comes back."""
        return bool(self.until)

    @property
    def is_asked_for(self) -> bool:
        """Whether somebody is to take it when it is open; what may be done at any time is not."""
        return self.every is not None or not self.repeats

    @property
    def is_for_many(self) -> bool:
        """Whether the office takes it for many cases at a time: what comes back, such as a half-yearly review, or says so."""
        return (self.many or self.every is not None) and self.who.turn in OFFICES and self.meeting is None

    @property
    def citation(self) -> str:
        """The articles it rests on, for people."""
        return "、".join(str(one) for one in self.citations)

    def cited(self, limit: Limit) -> str:
        """The article of one of its limits."""
        if limit.article is None:
            return self.citation
        first = self.citations[0]
        return str(Citation(first.document, article=limit.article, titled=first.titled))

    def outcome(self, code: str) -> Outcome | None:
        """One of its outcomes; ``None`` if it has none of this code."""
        return next((one for one in self.outcomes if one.code == code), None)


@dataclass(frozen=True, slots=True)
class Stage:
    """A stretch of the way."""

    code: str
    title: str


@dataclass(frozen=True)
class Version:
    """The procedure as it is from ``starts`` on."""

    starts: dt.date
    source: Citation
    stages: tuple[Stage, ...]
    steps: tuple[Step, ...]

    @cached_property
    def by_code(self) -> dict[str, Step]:
        """Its steps by code, in their order."""
        return {step.code: step for step in self.steps}

    @cached_property
    def following(self) -> dict[str, frozenset[str]]:
        """By step, the steps that come after it by whatever way: if one of them is taken, it is past."""
        found: dict[str, set[str]] = {step.code: set() for step in self.steps}
        for step in reversed(self.steps):
            for reference in step.after:
                found[reference.step] |= {step.code} | found[step.code]
        return {code: frozenset(codes) for code, codes in found.items()}

    def is_usual(self, step: Step) -> bool:
        """Whether every case comes to the step; one to which another outcome than the first leads anywhere is there if needed."""
        before = [(one, self.by_code[one.step]) for one in step.after]
        return all(not one.outcome or found.outcomes[0].code == one.outcome for one, found in before) and all(
            self.is_usual(found) for _one, found in before
        )

    def dependents(self, code: str) -> frozenset[str]:
        """A step and all that come after it: what a case sent back to it goes through again."""
        begun = {one.code for one in self.steps if one.repeats and one.after and self._begins(one, code)}
        return self.following[code] | {code} | begun

    def _begins(self, step: Step, code: str) -> bool:
        return any(one.step == code or one.step in self.following[code] for one in step.after)


About = Literal["organization", "person", "member"]


@dataclass(frozen=True, slots=True)
class Subjects:
    """Of which members a case can be: those of these ``standings``, full or probationary ones alone if ``category`` says so."""

    standings: tuple[str, ...]
    category: str


@dataclass(frozen=True)
class Procedure:
    """A procedure with its versions, the earliest first.

    ``view`` is the permission to see its cases; ``posts`` by turn are those whose duty its steps are, in order. ``begin`` is what
    the button says that begins one. Open cases of one ``track`` exclude each other for a subject; by default it is the procedure
    itself. ``members`` says which members a case about a member can be about. ``other_side`` asks for the branch on the other
    side of a case when it is begun, in these words; empty where it has none, or the app names it. ``named`` is what the field for
    the name of a case is called that the office begins. One that is ``seldom`` begun stands folded on the page of a member.
    """

    code: str
    title: str
    noun: str
    about: About
    view: str
    icon: str
    intro: str
    posts: Mapping[Turn, tuple[str, ...]]
    versions: tuple[Version, ...]
    begin: str
    track: str
    members: Subjects
    other_side: str
    named: str
    seldom: bool

    @property
    def begins_here(self) -> bool:
        """Whether the office begins a case on the engine's own page; one about a person is begun by the app that knows them."""
        return self.about != "person" and bool(self.versions[-1].steps[0].who.permission)

    @property
    def begins_by_themselves(self) -> bool:
        """Whether a member begins a case about themselves."""
        return self.about == "member" and self.versions[-1].steps[0].who.themselves

    @property
    def has_papers(self) -> bool:
        """Whether papers belong to any of its steps."""
        return any(step.papers for step in self.all_steps)

    @property
    def has_two_sides(self) -> bool:
        """Whether some of its steps are taken on the other side of a case."""
        return any(step.who.at in OTHER_SIDE for step in self.all_steps)

    def on(self, day: dt.date) -> Version:
        """The version of a day; before the first one came into force, the first."""
        return next((one for one in reversed(self.versions) if one.starts <= day), self.versions[0])

    def step(self, code: str, day: dt.date) -> Step | None:
        """A step as it is on a day, or as it was when it was last there."""
        in_force = self.on(day)
        order = [in_force, *(one for one in reversed(self.versions) if one is not in_force)]
        return next((found for one in order if (found := one.by_code.get(code))), None)

    @cached_property
    def all_steps(self) -> tuple[Step, ...]:
        """Every step of any version, as the latest version that has it says, in its order; those that are no more come last."""
        found: dict[str, Step] = {}
        for version in reversed(self.versions):
            for step in version.steps:
                found.setdefault(step.code, step)
        return tuple(found.values())

    @cached_property
    def all_stages(self) -> tuple[Stage, ...]:
        """Every stage of any version."""
        found: dict[str, Stage] = {}
        for version in reversed(self.versions):
            for stage in version.stages:
                found.setdefault(stage.code, stage)
        return tuple(found.values())

    def stage_title(self, code: str) -> str:
        """The title of a stage."""
        return next((one.title for one in self.all_stages if one.code == code), "")
