"""What apps offer to tables of figures: the populations that these count."""

import datetime as dt
import gc
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from dangjian.kernel.actor import Visitor
from dangjian.kernel.tabulation.cuts import Cut
from dangjian.kernel.tabulation.dimensions import Dimension

KEYS = ("id", "organization", "person")
"""Columns of numbers that a scan returns beside its dimensions."""


class Wanted(NamedTuple):
    """Of what a population is read.

    :param since: first day of the period.
    :param until: its last day, on which whatever *is* counted.
    :param unit: number of an organisation, which counts with all below it; ``None`` for everything there is.
    :param dimensions: codes of those that will be asked for, with what they derive from; ``None`` for all of them.
    """

    since: dt.date
    until: dt.date
    unit: int | None = None
    dimensions: frozenset[str] | None = None

    def asks(self, code: str) -> bool:
        """Whether a dimension will be asked for."""
        return self.dimensions is None or code in self.dimensions


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Rows are plain values that refer to nothing: to look through a hundred thousand for circles takes a third of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@dataclass(frozen=True, slots=True)
class Behind:
    """How the rows behind a figure are shown.

    :param rows: the rows with the numbers that are handed over; the caller has seen to it that they may be shown.
    :param columns: of the list, its first names the row.
    :param order: the usual one.
    :param address: of a row's own page, if it has one.
    :param filters: of the list.
    :param of: which numbers of the cut ``rows`` are asked for: ``person`` where people are listed whom the rows are about.
    :param mend: the address of the form that mends a row which makes a check fail, ``""`` for whoever may not.
    :param permission: what the reader must hold for the list; without it, who sees the figure sees whom it counts.
    """

    rows: Callable[[Collection[int]], Any]
    columns: tuple[Any, ...]
    order: tuple[str, ...]
    address: Callable[[Any], str]
    filters: tuple[Any, ...] = ()
    of: str = "id"
    mend: Callable[[Any, Visitor], str] = lambda _row, _actor: ""
    permission: str = ""


@dataclass(frozen=True, slots=True)
class Population:
    """Offered by the app whose rows they are.

    :param code: its name in definitions of tables.
    :param title: what one of them is.
    :param unit: the word after a number of them: 名, 个, 人次.
    :param says: how the rows are told in a sentence; ``{since}`` and ``{until}`` stand for the days.
    :param dimensions: what is known of each; ``scan`` reads those that do not derive from others.
    :param scan: reads them: a column for each dimension by its code, and ``id``, ``organization`` (the branch to which a row
        belonged) and ``person`` (the member whom it is about; the row's own number where it is about nobody), all of one length.
        Rows that nothing is known about are no rows. The number of statements does not depend on the number of rows.
    :param behind: the rows with these numbers as a queryset, and how the list behind a figure shows them (``kernel.lists``).
    :param about: the population whose rows ``person`` names, its own unless another is named: in the list of that one stand
        those who make a check fail.
    """

    code: str
    title: str
    unit: str
    says: str
    dimensions: tuple[Dimension, ...]
    scan: Callable[[Wanted], Mapping[str, Any]]
    behind: Behind
    about: str = ""

    @property
    def subjects(self) -> str:
        """Code of the population whose rows ``person`` names."""
        return self.about or self.code

    def dimension(self, code: str) -> Dimension:
        """:raises KeyError: naming those there are."""
        for one in self.dimensions:
            if one.code == code:
                return one
        raise KeyError(f"{self.code} has no dimension “{code}”; there are {', '.join(one.code for one in self.dimensions)}")

    def needed(self, codes: Iterable[str]) -> frozenset[str]:
        """Codes of dimensions with those of the dimensions from which they derive."""
        found: set[str] = set()
        left = list(codes)
        while left:
            code = left.pop()
            if code not in found:
                found.add(code)
                left += self.dimension(code).sources
        return frozenset(found)

    def cut(self, wanted: Wanted) -> Cut:
        """Read it."""
        with _without_collecting():
            read = self.scan(wanted)
        columns = {name: np.asarray(values, np.int64 if name in KEYS else np.int32) for name, values in read.items()}
        return Cut(self, wanted.since, wanted.until, columns)
