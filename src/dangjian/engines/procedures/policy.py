"""How far a case is: what was taken decides what may be taken next, from when, and until when. No ORM, no clock.

A case goes by the version of the day. What has gone past under an older text is past: a step that this text never had is not
asked for afterwards, once a step that comes after it has been taken.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from dangjian.engines.procedures.definition import Limit, Procedure, Reference, Step, Version


@dataclass(frozen=True, slots=True)
class Taken:
    """A step that was taken, and still counts: it was neither sent back nor corrected."""

    code: str
    round: int
    on: dt.date
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class Open:
    """A step that may be taken next. ``since`` is the day on which it became possible, ``earliest`` and ``latest`` its limits.

    ``is_provisional``: a limit is counted in working days of a year whose holidays are not announced yet.
    """

    step: Step
    round: int
    since: dt.date
    earliest: dt.date | None
    latest: dt.date | None
    is_provisional: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a case is: in a ``stage`` since ``stage_on``; at its end ``ended`` is ``finished`` or ``refused``."""

    stage: str
    stage_on: dt.date
    open: tuple[Open, ...]
    ended: str = ""
    ended_on: dt.date | None = None


Known = Mapping[str, dt.date]
"""The days that the app knows of a subject, by the names in the procedure's file; one that it does not know yet is left out."""

NO_DAYS: Known = {}


def progress(
    procedure: Procedure,
    taken: Sequence[Taken],
    *,
    started_on: dt.date,
    today: dt.date,
    live_on: dt.date = dt.date.min,
    known: Known = NO_DAYS,
) -> Progress:
    """Where a case stands of which ``taken`` are the steps that count, in the order in which they were taken.

    Last days are counted from ``live_on`` at the earliest, the day on which the organisation went live: nobody is overdue then.
    """
    version = procedure.on(today)
    done = {one.code: one for one in taken}
    for one in taken:
        if ended := _end(procedure, one):
            step = procedure.step(one.code, one.on)
            stage = step.stage if step else ""
            return Progress(stage, _since(procedure, stage, taken, started_on), (), ended, one.on)
    counting = _Counting(done, started_on, today, live_on, known)
    found = [each for step in version.steps if (each := _open(version, step, counting))]
    stage, entered_on = _stage(version, found, taken, procedure, today)
    since = _since(procedure, stage, taken, started_on)
    return Progress(stage, max(since, entered_on) if entered_on else since, tuple(found))


def _since(procedure: Procedure, stage: str, taken: Sequence[Taken], started_on: dt.date) -> dt.date:
    """Since when a case is in its stage: since the last step of another one that holds cases up was taken."""
    steps = ((one, procedure.step(one.code, one.on)) for one in taken)
    return max((one.on for one, step in steps if step and not step.repeats and step.stage != stage), default=started_on)


def _end(procedure: Procedure, taken: Taken) -> str:
    """How a step that was taken ended the case; empty if it did not."""
    step = procedure.step(taken.code, taken.on)
    if step is None:
        return ""
    outcome = step.outcome(taken.outcome)
    return outcome.ends if outcome else "finished" if step.ends else ""


class _Counting(NamedTuple):
    """From what the days of a case are counted."""

    done: dict[str, Taken]
    started_on: dt.date
    today: dt.date
    live_on: dt.date
    known: Known


def _open(version: Version, step: Step, counting: _Counting) -> Open | None:
    done = counting.done
    if not all(_is_met(version, one, done) for one in step.after):
        return None
    reached = [done[one.step].on for one in step.after if one.step in done]
    since = max(reached, default=counting.started_on)
    before = done.get(step.code)
    if not step.repeats:
        if before or is_past(version, step.code, done):
            return None
        first, last_day = _counted(step.not_before, since, counting), _counted(step.within, since, counting, is_last=True)
        return Open(step, 1, since, first.day, last_day.day, first.is_provisional or last_day.is_provisional)
    if step.until in done or is_past(version, step.until, done):
        return None
    again = before if before and before.on >= since else None
    last = again.on if again else since
    # Not twice on a day: somebody who taps twice has done it once.
    earliest = last + dt.timedelta(days=1) if again else None
    number = before.round + 1 if before else 1
    if step.every is None:
        return Open(step, number, last, earliest, None)
    every = step.every.on(counting.today)
    begins = max(last, counting.live_on)
    return Open(step, number, last, earliest, every.after(begins), every.is_provisional(begins))


def is_past(version: Version, code: str, done: dict[str, Taken]) -> bool:
    """Whether a step that was not taken lies behind, because one that comes after it was taken."""
    return not version.following[code].isdisjoint(done)


def _is_met(version: Version, reference: Reference, done: dict[str, Taken]) -> bool:
    found = done.get(reference.step)
    if found is None:
        return not reference.outcome and is_past(version, reference.step, done)
    return not reference.outcome or found.outcome == reference.outcome


class _Day(NamedTuple):
    day: dt.date | None = None
    is_provisional: bool = False


def _counted(limit: Limit | None, since: dt.date, counting: _Counting, *, is_last: bool = False) -> _Day:
    """The first day, or the last one, that a limit leaves."""
    if limit is None:
        return _Day()
    live_on = counting.live_on if is_last else dt.date.min
    if limit.known:
        day = counting.known.get(limit.known)
        if day and limit.setting:
            day = limit.on(counting.today).after(day)
        return _Day(max(day, live_on)) if day else _Day()
    if limit.since and limit.since not in counting.done:
        return _Day()  # it was gone past under an older text, which did not count from it
    begins = max(counting.done[limit.since].on if limit.since else since, live_on)
    period = limit.on(counting.today)
    return _Day(period.after(begins), period.is_provisional(begins))


def _stage(
    version: Version, found: Sequence[Open], taken: Sequence[Taken], procedure: Procedure, today: dt.date
) -> tuple[str, dt.date | None]:
    """The stage of the first step that may be taken now and holds the case up, with the day on which its waiting was over.

    A case that only waits is still in the stage of the last step that was taken.
    """
    holding = [one for one in found if not one.step.repeats]
    now = next((one for one in holding if not _waits(one, today)), None)
    reached = _reached(procedure, taken)
    if now is not None:
        return now.step.stage, now.earliest if reached and now.step.stage != reached else None
    return reached or (holding[0].step.stage if holding else version.stages[0].code), None


def _waits(one: Open, today: dt.date) -> bool:
    limit = one.step.not_before
    return one.earliest is not None and one.earliest > today and not (limit and limit.usually)


def _reached(procedure: Procedure, taken: Sequence[Taken]) -> str:
    """The stage of the last step taken that holds cases up."""
    steps = (procedure.step(one.code, one.on) for one in reversed(taken))
    return next((step.stage for step in steps if step and not step.repeats), "")
