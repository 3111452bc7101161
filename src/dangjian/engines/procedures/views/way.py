"""The way of a case as its page shows it: every stage with its steps, what was done, what comes next and why not yet."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from dangjian.engines.procedures import entries
from dangjian.engines.procedures.actions import correcting, papers
from dangjian.engines.procedures.actions.turns import is_for_person, reads_all
from dangjian.engines.procedures.definition import Limit, Stage, Step
from dangjian.engines.procedures.installed import body_of, procedure
from dangjian.engines.procedures.models import CaseStep, ProcedureCase, StepState
from dangjian.engines.procedures.offers import Carried
from dangjian.engines.procedures.papers import Sheet, sheets_of, steps_in_order, whose_turn
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor, may
from dangjian.kernel.ui import words


@dataclass(frozen=True, slots=True)
class Line:
    """A label and what stands behind it."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class TakenStep:
    """A step that was taken once, sent back or corrected ones too; ``decided`` is the meeting that did so."""

    row: CaseStep
    title: str
    outcome: str
    tone: str
    sends_back: bool
    lines: tuple[Line, ...]
    sheets: tuple[Sheet, ...]
    may_correct: bool
    may_add: bool
    decided: Carried | None = None
    is_closed: bool = False

    @property
    def counts(self) -> bool:
        """Whether it still counts."""
        return self.row.state == StepState.TAKEN

    def closed(self) -> "TakenStep":
        """As somebody sees it who may not read what was written there."""
        return replace(self, lines=(), sheets=(), is_closed=True)

    @property
    def handed_in(self) -> tuple[Sheet, ...]:
        """Its papers that are there."""
        return tuple(sheet for sheet in self.sheets if sheet.files)


@dataclass(frozen=True, slots=True)
class Stop:
    """A step on the way; ``sheets`` are the papers of the open one, ``next``.

    ``carried`` are the meetings that have it on their agenda, or had it and did not decide it.
    """

    step: Step
    taken_steps: tuple[TakenStep, ...]
    next: CaseStep | None = None
    is_waiting: bool = False
    carried: tuple[Carried, ...] = ()
    sheets: tuple[Sheet, ...] = ()
    may_add: bool = False

    @property
    def is_done(self) -> bool:
        """Whether it was taken and counts."""
        return any(one.counts for one in self.taken_steps)

    @property
    def whose(self) -> str:
        """Whose turn it is."""
        return whose_turn(self.step, self.next) if self.next else ""

    @property
    def body(self) -> str:
        """Which meeting decides it."""
        return body_of(self.step)

    @property
    def limits(self) -> tuple[Line, ...]:
        """From when and until when it may be taken, with the article."""
        if self.next is None:
            return ()
        return tuple(self._limits(self.next))

    def _limits(self, row: CaseStep) -> Iterator[Line]:
        if row.opens_on > clock.today() and self.step.not_before:
            yield Line("最早", f"{words.day(row.opens_on)}（{_why(self.step, self.step.not_before, '须满')}）")
        limit = self.step.within or self.step.every
        if row.due_on and limit:
            yield Line("最迟", f"{words.day(row.due_on)}（{_why(self.step, limit, '应在')}）")


def _why(step: Step, limit: Limit, words_before: str) -> str:
    usually = "一般" if limit.usually else ""
    cited = "本单位的设置" if limit.setting else step.cited(limit)
    behind = "内，" if words_before == "应在" and not limit.known else "，"
    return f"{usually}{limit.said(clock.today(), words_before, behind)}{cited}"


@dataclass(slots=True)
class Stretch:
    """A stage with its steps; ``is_past`` if nothing of it was noted and the case is beyond it: it was gone through elsewhere."""

    stage: Stage
    stops: list[Stop] = field(default_factory=list)
    is_now: bool = False
    is_past: bool = False

    @property
    def is_done(self) -> bool:
        """Whether nothing of it is left."""
        return not self.is_now and any(one.is_done for one in self.stops) and not any(one.next for one in self.stops)

    @property
    def is_behind(self) -> bool:
        """Whether nothing of it holds the case up: what comes back, or may be done at any time, does not."""
        holds_up = any(one.next and not one.step.repeats for one in self.stops)
        return not self.is_now and not holds_up and (self.is_past or any(one.is_done for one in self.stops))

    @property
    def is_ahead(self) -> bool:
        """Whether nothing of it has been reached."""
        return not self.is_now and not any(one.next or one.taken_steps for one in self.stops)


SHOWN_BEFORE = 3


def latest(stretches: Sequence[Stretch]) -> list[TakenStep]:
    """What was done last, the newest first: what whoever takes the next step looks at."""
    taken_steps = [taken for stretch in stretches for stop in stretch.stops for taken in stop.taken_steps]
    done = [taken for taken in taken_steps if taken.row.state != StepState.CORRECTED and taken.row.taken_at]
    return sorted(done, key=lambda taken: (taken.row.taken_at, taken.row.pk), reverse=True)[:SHOWN_BEFORE]


def way_of(case: ProcedureCase, actor: Actor, carried: Sequence[Carried] = ()) -> list[Stretch]:
    """All stages of the case's procedure as its text is today, with steps that an older text had where they were taken.

    ``carried`` are the meetings that have, or had, its steps on their agenda.
    """
    known = procedure(case.procedure)
    version = known.on(clock.today())
    is_whole = reads_all(actor, case)
    rows = list(CaseStep.objects.filter(case=case).select_related("taken_by", "place", "person").prefetch_related("papers"))
    for row in rows:
        row.case = case
    stretches = {one.code: Stretch(one, is_now=case.is_open and one.code == case.stage) for one in version.stages}
    for step in steps_in_order(known, rows):
        stage = step.stage if step.stage in stretches else case.stage
        of_step = [each for each in carried if each.code == step.code]
        stretches[stage].stops.append(
            _stop(step, [row for row in rows if row.code == step.code], actor, of_step, is_whole=is_whole)
        )
    found = list(stretches.values())
    reached = max((at for at, one in enumerate(found) if one.is_now or one.is_done), default=0)
    for one in found[:reached]:
        one.is_past = one.is_ahead
    return found


def _stop(step: Step, rows: list[CaseStep], actor: Actor, carried: Sequence[Carried], *, is_whole: bool) -> Stop:
    waiting = next((row for row in rows if row.is_open), None)
    decided = {each.step_id: each for each in carried if each.step_id}
    done = [_taken(step, row, actor, decided.get(row.pk)) for row in rows if not row.is_open]
    taken_steps = tuple(one if is_whole or is_for_person(step, one.row) else one.closed() for one in done)
    others = tuple(each for each in carried if each.step_id is None)
    if waiting is None:
        return Stop(step, taken_steps, carried=others)
    returned = [row for row in rows if row.state == StepState.RETURNED]
    return Stop(
        step,
        taken_steps,
        waiting,
        not waiting.is_due(clock.today()),
        others,
        sheets_of(waiting, step, returned) if is_whole or step.who.themselves else (),
        may_add=bool(step.papers) and may(papers.require_adding, actor, waiting),
    )


def _taken(step: Step, row: CaseStep, actor: Actor, decided: Carried | None) -> TakenStep:
    outcome = step.outcome(row.outcome)
    texts = row.read_entry()
    filled = tuple(Line(one.title, text) for one in step.entry if (text := entries.shown(one, texts.get(one.code, ""))))
    return TakenStep(
        row,
        step.title,
        outcome.title if outcome else "",
        outcome.tone if outcome else "good",
        bool(outcome and outcome.back_to),
        filled,
        sheets_of(row, step),
        may_correct=may(correcting.require_correcting, actor, row),
        may_add=bool(step.papers) and may(papers.require_adding, actor, row),
        decided=decided,
    )
