"""Values that stand in for real ones while a question is prepared, and where they come to stand in its SQL.

Two sets of them differ by an amount that no other argument shares, so that a value which turns up in both statements says from
which argument it comes and how far it was shifted on the way. See ``org.prepared``.
"""

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.utils import timezone

from dangjian.kernel.reach import Reach, Scope

FILLED = (int, str, dt.date, dt.datetime)
TIMES = (0, 1)
"""The first two values are the instant and its day."""
NUMBER, NUMBERS_APART = 1_000_000_007, 200_003
BEGIN, APART, OTHER = dt.datetime(8000, 3, 17, 10, 11, 12, 131415, tzinfo=dt.UTC), 900, 401
"""The first instant; days from one argument to the next, and from the first set to the second."""
FARTHEST = 400
"""Days by which a value may be shifted; so many times 250 for numbers."""
DAY = re.compile(r"\d{4}-\d\d-\d\d")
INSTANT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?")


def shape(values: Iterable[Any]) -> tuple[Any, ...]:
    """What of the values makes another statement: their types, how many organisations, and whatever is not filled in."""
    return tuple(_shape(value) for value in values)


def _shape(value: Any) -> Any:
    if type(value) in FILLED:
        return type(value)
    if isinstance(value, Scope):
        return Scope, None if value.reaches is None else tuple(reach.whole for reach in value.reaches)
    return tuple(map(_shape, value)) if type(value) is tuple else value


def flat(values: Iterable[Any]) -> Iterator[Any]:
    """The values that are filled in, in order."""
    for value in values:
        if type(value) in FILLED:
            yield value
        elif isinstance(value, Scope):
            yield from (reach.path for reach in value.reaches or ())
        elif type(value) is tuple:
            yield from flat(value)


class MadeUp:
    """One of the two sets; ``given`` collects its values as ``flat`` would, after the instant and its day."""

    def __init__(self, which: int) -> None:
        self._which = which
        self.now = timezone.localtime(self._instant(0))
        self.given: list[Any] = [self.now, self.now.date()]

    def argument(self, value: Any) -> Any:
        """What stands for ``value``."""
        if isinstance(value, Scope):
            return self.scope(value)
        if type(value) is tuple:
            return tuple(map(self.argument, value))
        if type(value) not in FILLED:
            return value
        self.given.append(self._like(type(value), len(self.given)))
        return self.given[-1]

    def scope(self, real: Scope) -> Scope:
        """A scope of the same shape."""
        if real.reaches is None:
            return real
        return Scope(tuple(Reach(self.argument(reach.path), whole=reach.whole) for reach in real.reaches))

    def _like(self, kind: type, index: int) -> Any:
        if kind is int:
            return NUMBER + index * NUMBERS_APART + self._which * (7919 + 2 * index)
        if kind is str:
            return f"\u27e6{'ab'[self._which]}{index}\u27e7"
        return self._instant(index) if kind is dt.datetime else self._instant(index).date()

    def _instant(self, index: int) -> dt.datetime:
        instant = BEGIN + dt.timedelta(days=APART * index)
        return instant + dt.timedelta(days=OTHER + index, hours=3, minutes=4, seconds=5) if self._which else instant


@dataclass(frozen=True, slots=True)
class Place:
    """One value of a statement: always ``sample``, or the ``source``-th of the given values, shifted or within a text."""

    sample: Any
    source: int | None = None
    shift: Any = None
    before: str = ""
    after: str = ""

    def filled(self, given: Sequence[Any]) -> Any:
        """What stands here for the given values."""
        if self.source is None:
            return self.sample
        value = given[self.source]
        if isinstance(value, str):
            if not self.before and not self.after:
                return value
            return f"{self.before}{connections[DEFAULT_DB_ALIAS].ops.prep_for_like_query(value)}{self.after}"
        value = value + self.shift if self.shift else value
        if isinstance(value, int):
            return type(self.sample)(value)  # a driver may have types of its own for numbers
        return _written(value) if isinstance(self.sample, str) else value


def place(one: Any, other: Any, given: Sequence[Any], given_again: Sequence[Any]) -> Place:
    """Where ``one`` in the first statement, ``other`` in the second, comes from. Raises ``ValueError`` if it cannot be told."""
    if type(one) is type(other) and one == other:
        return Place(one)
    for source, (mine, its) in enumerate(zip(given, given_again, strict=True)):
        found = _text_place(one, other, source, mine, its) if isinstance(mine, str) else _shifted(one, other, source, mine, its)
        if found is not None:
            return found
    message = f"{one!r} and {other!r}"
    raise ValueError(message)


def _text_place(one: Any, other: object, source: int, mine: str, its: str) -> Place | None:
    if not isinstance(one, str) or mine not in one:
        return None
    before, _, after = one.partition(mine)
    return Place(one, source, before=before, after=after) if other == before + its + after else None


def _shifted(one: Any, other: Any, source: int, mine: Any, its: Any) -> Place | None:
    first, second = _read(one), _read(other)
    kind = dt.datetime if isinstance(mine, dt.datetime) else dt.date if isinstance(mine, dt.date) else int
    if not isinstance(first, kind) or isinstance(first, dt.datetime) != isinstance(mine, dt.datetime):
        return None
    shift = first - mine
    near = abs(shift) < FARTHEST * 250 if kind is int else abs(shift) < dt.timedelta(days=FARTHEST)
    return Place(one, source, shift) if near and second - its == shift else None


def _read(value: Any) -> Any:
    """Days and instants as such, also where the database keeps them as text."""
    if isinstance(value, str) and INSTANT.fullmatch(value):
        return dt.datetime.fromisoformat(value).replace(tzinfo=dt.UTC)
    return dt.date.fromisoformat(value) if isinstance(value, str) and DAY.fullmatch(value) else value


def _written(value: dt.date | dt.datetime) -> Any:
    """As the database keeps it."""
    ops = connections[DEFAULT_DB_ALIAS].ops
    return ops.adapt_datetimefield_value(value) if isinstance(value, dt.datetime) else ops.adapt_datefield_value(value)
