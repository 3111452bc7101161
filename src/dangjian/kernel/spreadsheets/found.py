"""What is found in a file of any kind before its header is known: worksheets with their rows, and what is missing in them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from dangjian.kernel.spreadsheets.cells import Value, cell_name

Merged = tuple[tuple[int, int], tuple[int, int]]
"""First and last cell of a merged range, as (row, column) counted from 0."""


class Source(Protocol):
    """A worksheet; ``start`` and ``end`` are its first and last filled cell, as (row, column) counted from 0."""

    @property
    def name(self) -> str:
        """What its tab says."""

    @property
    def start(self) -> tuple[int, int] | None:
        """The first filled cell."""

    @property
    def end(self) -> tuple[int, int] | None:
        """The last filled cell."""

    def iter_rows(self) -> Iterator[Sequence[Value]]:
        """The rows from row 1 on, from the first filled column on."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A worksheet whose rows are in a list."""

    name: str
    start: tuple[int, int] | None
    end: tuple[int, int] | None
    rows: Sequence[Sequence[Value]] = field(repr=False)

    def iter_rows(self) -> Iterator[Sequence[Value]]:
        """See ``Source``."""
        return iter(self.rows)


@dataclass(slots=True)
class Lacking:
    """Names of cells without a usable value."""

    cells: list[str] = field(default_factory=list)

    def add(self, row: int, column: int) -> None:
        """Add a cell, row and column counted from 0."""
        self.cells.append(cell_name(row + 1, column + 1))


@dataclass(frozen=True, slots=True)
class Found:
    """A worksheet, its cells without a usable value, its merged ranges, and from which year the book counts its days."""

    source: Source
    lacking: Sequence[str] = ()
    merged: Sequence[Merged] = ()
    since_1904: bool = False


def as_listed(name: str, rows: Sequence[Sequence[Value]], lacking: Lacking) -> Found:
    """A table that was read row by row."""
    width = max(map(len, rows), default=0)
    end = (len(rows) - 1, width - 1) if width else None
    return Found(Listed(name, (0, 0) if end else None, end, rows), lacking.cells)
