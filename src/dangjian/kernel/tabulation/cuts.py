"""The rows of a population on certain days, in memory, one bit for each where a condition is met."""

import datetime as dt
import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from django.utils.functional import cached_property

from dangjian.kernel.tabulation.conditions import Condition
from dangjian.kernel.tabulation.dimensions import Whole

if TYPE_CHECKING:
    from dangjian.kernel.tabulation.offers import Population

Bits = npt.NDArray[np.uint64]
"""One bit for each row of a cut, in words of 64; the bits beyond the last row are 0."""


class Stored(dict[str, npt.NDArray[Any]]):
    """Columns that lie somewhere, each read when it is first asked for: a figure asks a few of many.

    :param names: of those there are.
    :param read: reads one.
    """

    def __init__(self, names: Collection[str], read: Callable[[str], npt.NDArray[Any]]) -> None:
        super().__init__()
        self._names, self._read = frozenset(names), read

    def __contains__(self, name: object) -> bool:
        return name in self._names or super().__contains__(name)

    def __missing__(self, name: str) -> npt.NDArray[Any]:
        if name not in self._names:
            raise KeyError(name)
        self[name] = found = self._read(name)
        return found


@dataclass
class Cut:
    """The rows of a population on certain days, in memory. Conditions are worked out once.

    :param labels: what the codes of coded dimensions were called when the cut was put away (``keeping``).
    """

    population: "Population"
    since: dt.date
    until: dt.date
    columns: dict[str, npt.NDArray[Any]]
    labels: Mapping[str, Sequence[str]] = field(default_factory=dict)
    _bits: dict[Condition, Bits] = field(default_factory=dict)

    @cached_property
    def size(self) -> int:
        """How many rows."""
        return len(self.columns["id"])

    def column(self, code: str) -> Whole:
        """Values of a dimension. :raises KeyError: for one that was not asked of the scan (``Wanted.dimensions``)."""
        if code not in self.columns:
            found = self.population.dimension(code).derive(self)
            if found is None:
                raise KeyError(f"the scan of {self.population.code} did not read “{code}”")
            self.columns[code] = found
        return self.columns[code]

    def text(self, code: str, place: int) -> str:
        """The value of a dimension in one row, as people read it."""
        value = int(self.column(code)[place])
        if code in self.labels:
            return self.labels[code][value] if value >= 0 else ""
        return self.population.dimension(code).text(value)

    def bits(self, condition: Condition) -> Bits:
        """Which rows meet a condition."""
        if condition not in self._bits:
            name = name_of(condition) if isinstance(self.columns, Stored) else ""
            self._bits[condition] = self.columns[name] if name in self.columns else packed(condition.meets(self))
        return self._bits[condition]

    def places(self, bits: Bits) -> npt.NDArray[np.intp]:
        """Places of the rows whose bit is set."""
        return np.flatnonzero(np.unpackbits(bits.view(np.uint8), count=self.size, bitorder="little"))

    def numbers(self, bits: Bits, of: str = "id") -> npt.NDArray[np.int64]:
        """Numbers of the rows whose bit is set, or with ``of="person"`` of whom they are about."""
        return self.columns[of][self.places(bits)]


def name_of(condition: Condition) -> str:
    """Under which the bits of a condition lie among ``Stored`` columns: a thirtieth of the column from which they come."""
    return f"bits {hashlib.sha256(repr(condition).encode()).hexdigest()[:48]}"


def packed(rows: npt.NDArray[np.bool_]) -> Bits:
    """One bit for each."""
    bits = np.packbits(rows, bitorder="little")
    return np.pad(bits, (0, -len(bits) % 8)).view(np.uint64)


def count(bits: Bits) -> int:
    """How many bits are set."""
    return int(np.bitwise_count(bits).sum())
