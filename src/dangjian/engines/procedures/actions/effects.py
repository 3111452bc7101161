"""What follows from a step that was taken, and what was before it when the step is taken back."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from dangjian.engines.procedures.definition import Step
from dangjian.engines.procedures.installed import offer_of
from dangjian.engines.procedures.models import CaseStep, ProcedureCase
from dangjian.engines.procedures.queries import taken_steps
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor

_NOBODY: frozenset[int] = frozenset()
_writing: ContextVar[frozenset[int]] = ContextVar("writing", default=_NOBODY)


def apply_effects(actor: Actor, row: CaseStep, step: Step) -> None:
    """Let the app of the procedure write what follows from a step that was taken."""
    offer = offer_of(row.case.procedure)
    with _written_by(row.case):
        for name in step.does:
            offer.effects[name](actor, row)


def can_undo(row: CaseStep, step: Step) -> bool:
    """Whether all that followed from a step can be taken back."""
    return offer_of(row.case.procedure).undo.keys() >= set(step.does)


def lasting_step(case: ProcedureCase) -> Step | None:
    """The last step that counts and of which something stays written outside the case, whatever becomes of it."""
    offer, found = offer_of(case.procedure), None
    for row in taken_steps(case).order_by("taken_at", "pk"):
        step = offer.procedure.step(row.code, row.taken_on or clock.today())
        if step and not set(step.does) <= set(offer.passing):
            found = step
    return found


def undo_effects(actor: Actor, row: CaseStep, step: Step) -> None:
    """Let the app take back what followed from a step, the last first."""
    offer = offer_of(row.case.procedure)
    with _written_by(row.case):
        for name in reversed(step.does):
            offer.undo[name](actor, row)


def writes(case: ProcedureCase) -> bool:
    """Whether what happens now follows from a step of this case, be it by that of another: then it does not follow itself."""
    return case.pk in _writing.get()


@contextmanager
def _written_by(case: ProcedureCase) -> Iterator[None]:
    token = _writing.set(_writing.get() | {case.pk})
    try:
        yield
    finally:
        _writing.reset(token)
