"""How much is typed by hand and how much is filled in from elsewhere, counted where forms are carried out.

Counted are fields of forms, never people: ``kernel.submit.attempt`` counts those of a form, the event that the act writes says
whose work it was and of which module, and after the transaction an ``EffortKeeper`` is told. What came by a sheet is told by
``came_in``.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol, TypeVar

from django import forms
from django.db import transaction

from dangjian.kernel.offers import EffortKeeper
from dangjian.kernel.registry import offers


@dataclass(frozen=True, slots=True)
class Effort:
    """Of one form, or one sheet: fields that somebody filled in, fields that stood there and were left, cells of a sheet."""

    module: str
    organization_id: int
    forms: int = 0
    typed: int = 0
    proposed: int = 0
    cells: int = 0


@dataclass(slots=True)
class _Counting:
    """What the form that is being carried out is about, as its event says."""

    module: str = ""
    organization: Any = field(default=None)


_now: ContextVar[_Counting | None] = ContextVar("effort", default=None)


@contextmanager
def counted(form: forms.Form, *, overwrites: bool) -> Iterator[None]:
    """Count the fields of ``form`` if the block carries it out, i.e. does not raise and writes an event.

    Of one that ``overwrites`` what was there only what was changed is counted: the rest is the old text, which nobody filled in.
    """
    counting = _Counting()
    token = _now.set(counting)
    try:
        yield
    finally:
        _now.reset(token)
    if counting.organization is None:
        return
    typed, proposed = fields_of(form)
    _tell(
        Effort(counting.module, counting.organization.pk, forms=1, typed=typed, proposed=0 if overwrites else proposed),
    )


def concerns(verb: str, organization: Any) -> None:
    """An event says what the form is about: the last one that has an organisation. Called by ``accounts.events.record``."""
    counting = _now.get()
    if counting is not None and organization is not None:
        counting.module, counting.organization = verb.partition(".")[0], organization


def came_in(*, module: str, organization_id: int, cells: int) -> None:
    """So many cells of a sheet became records; called in the transaction that did it."""
    _tell(Effort(module, organization_id, cells=cells))


class _Row(Protocol):
    @property
    def values(self) -> Mapping[str, object]: ...


Row = TypeVar("Row", bound=_Row)


@dataclass(slots=True)
class Cells:
    """Counts the cells that have something while rows of a sheet go by."""

    number: int = 0

    def of(self, rows: Iterable[Row]) -> Iterator[Row]:
        """The same rows."""
        for row in rows:
            self.number += sum(_is_something(value) for value in row.values.values())
            yield row


def fields_of(form: forms.Form) -> tuple[int, int]:
    """How many fields somebody filled in, and how many had something proposed that was left as it was."""
    changed = set(form.changed_data)
    shown = [name for name, one in form.fields.items() if not form[name].is_hidden and not one.disabled]
    left = [name for name in shown if name not in changed and _is_something(form[name].initial)]
    return len(changed & set(shown)), len(left)


def _is_something(value: object) -> bool:
    return value is not None and value is not False and value not in ("", [], ())


def _tell(effort: Effort) -> None:
    for keeper in offers(EffortKeeper):
        transaction.on_commit(partial(keeper.add, effort), robust=True)
