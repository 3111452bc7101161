"""The periods in which something is due so many times."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace

from dangjian.kernel.periods import Span
from dangjian.kernel.rulebook import Frequency, Rulebook


@dataclass(frozen=True, slots=True)
class Window(Span):
    """A calendar period, and how often something is due in it."""

    needed: int = 1


def windows(key: str, since: dt.date, until: dt.date, book: Rulebook) -> Iterator[Window]:
    """The periods of the frequency rule ``key`` from the one that holds ``since`` to the one that holds ``until``.

    Each has the length and number that the rule had on its first day in the walk, so that a changed rule leaves old periods
    alone.
    """
    day = since
    while day <= until:
        frequency = book.on(key, day).expect(Frequency)
        window = replace(Window.of(day, frequency.per), needed=frequency.times)
        yield window
        day = window.end
