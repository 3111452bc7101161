"""Counting tables: every cell is the bits of its row and its column together, and so is the list behind it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from dangjian.kernel.tabulation.cuts import Bits, Cut, count
from dangjian.kernel.tabulation.definition import Line, PartsCheck, SumsCheck, Table, Term

Cuts = Callable[[str, bool], Cut]
"""The cut of a population, at the end of the period or (``True``) on the day before it."""


@dataclass(frozen=True)
class Counted:
    """A table with the cuts from which it is counted."""

    table: Table
    cuts: Cuts

    def bits(self, row: Line, column: Line) -> tuple[Cut, Bits]:
        """Of a cell."""
        cut = self.cuts(row.population, row.at_start)
        return cut, cut.bits(row.condition) & cut.bits(column.condition)

    def cell(self, row: Line, column: Line) -> int:
        """How many."""
        return count(self.bits(row, column)[1])

    def figures(self) -> npt.NDArray[np.int64]:
        """All cells, rows by columns."""
        found = np.zeros((len(self.table.rows), len(self.table.columns)), np.int64)
        for place, row in enumerate(self.table.rows):
            cut = self.cuts(row.population, row.at_start)
            down = np.stack([cut.bits(column.condition) for column in self.table.columns])
            found[place] = np.bitwise_count(down & cut.bits(row.condition)).sum(axis=1)
        return found


@dataclass(frozen=True, slots=True)
class Failure:
    """A check that does not hold.

    :param where: title of the first line in which it does not; ``also`` is in how many others, whose persons are among them.
    :param persons: those who make the difference, as far as they are known; empty where no single record explains it.
    :param population: in whose list they stand.
    """

    check: PartsCheck | SumsCheck
    where: str
    left: int
    right: int
    persons: tuple[int, ...] = ()
    population: str = ""
    also: int = 0


def failures(counted: Counted, of_table: Callable[[str], Counted]) -> Iterator[Failure]:
    """Checks of a table that do not hold; ``of_table`` counts others that they name."""
    for check in counted.table.checks:
        if isinstance(check, PartsCheck):
            yield from _parts(check, counted)
        else:
            yield from _sums(check, of_table)


def _parts(check: PartsCheck, counted: Counted) -> Iterator[Failure]:
    found: list[Failure] = []
    persons: dict[str, set[int]] = {}
    table = counted.table
    own, other = (table.columns, table.rows) if check.axis == "columns" else (table.rows, table.columns)
    named = {one.code: one for one in own}
    for line in other:
        cut, whole = counted.bits(*_crossed(check, line, named[check.whole]))
        parts = [counted.bits(*_crossed(check, line, named[code]))[1] for code in check.parts]
        union, twice = np.zeros_like(whole), np.zeros_like(whole)
        for bits in parts:
            twice |= union & bits
            union |= bits
        wrong = (whole ^ union) | twice
        if wrong.any():
            listed = cut.population.subjects
            persons.setdefault(listed, set()).update(cut.numbers(wrong, "person").tolist())
            found.append(Failure(check, line.title, sum(map(count, parts)), count(whole), population=listed))
    if found:
        yield replace(found[0], persons=tuple(sorted(persons[found[0].population])), also=len(found) - 1)


def _crossed(check: PartsCheck, line: Line, part: Line) -> tuple[Line, Line]:
    """Row and column of a part in a line of the other axis."""
    return (line, part) if check.axis == "columns" else (part, line)


def _sums(check: SumsCheck, of_table: Callable[[str], Counted]) -> Iterator[Failure]:
    sums = _sum(check.left, of_table), _sum(check.right, of_table)
    holds = _HOLDS[check.holds]
    if holds(*sums):
        return
    sides = [_people(side, of_table) for side in (check.left, check.right)]
    left, right = (found for found, _ in sides)
    listed = {name for _, names in sides for name in names}
    if len(listed) > 1:  # members on one side and organisations on the other: nobody stands on both
        yield Failure(check, "", *sums)
        return
    wrong = tuple(sorted(one for one in left.keys() | right.keys() if not holds(left.get(one, 0), right.get(one, 0))))
    yield Failure(check, "", *sums, wrong, listed.pop())


_HOLDS: Mapping[str, Callable[[int, int], bool]] = {
    "=": lambda left, right: left == right,
    "<=": lambda left, right: left <= right,
    ">=": lambda left, right: left >= right,
}


def _sum(terms: tuple[Term, ...], of_table: Callable[[str], Counted]) -> int:
    tables = [(one, of_table(one.table)) for one in terms]
    return sum(one.sign * counted.cell(counted.table.row(one.row), counted.table.column(one.column)) for one, counted in tables)


def _people(terms: tuple[Term, ...], of_table: Callable[[str], Counted]) -> tuple[dict[int, int], set[str]]:
    """How often each person is counted by a sum of cells, and in the lists of which populations they stand."""
    found: dict[int, int] = {}
    listed: set[str] = set()
    for term in terms:
        counted = of_table(term.table)
        cell = counted.table.row(term.row), counted.table.column(term.column)
        cut, bits = counted.bits(*cell)
        listed.add(cut.population.subjects)
        for person in cut.numbers(bits, "person").tolist():
            found[person] = found.get(person, 0) + term.sign
    return found, listed
