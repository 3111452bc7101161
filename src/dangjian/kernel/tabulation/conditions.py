"""Conditions on a row, as definitions of tables state them, and as they are worked out for all rows of a cut at once.

where: {sex: '2'}                          # a code, with all that are part of it
where: {ethnicity: {not: '01'}}            # another code; who has none meets it not
where: {age: {min: 31, max: 35}}           # numbers and days: both ends belong to it
where: {education_group: [postgraduate, bachelor]}
where: {birth_on: {known: false}}
where: {is_migrant_worker: true}
where: {any: [{…}, {…}]}                   # also ``none``; several keys stand for all of them
"""

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from dangjian.kernel.tabulation.dimensions import MISSING, Coded, Day, Dimension, Flag

if TYPE_CHECKING:
    from dangjian.kernel.tabulation.cuts import Cut

Rows = npt.NDArray[np.bool_]


class Condition(ABC):
    """Equal conditions are one."""

    @abstractmethod
    def meets(self, cut: "Cut") -> Rows:
        """Which rows of a cut meet it."""

    @property
    def narrows(self) -> bool:
        """Whether it can leave a row out."""
        return self != EVERYTHING


@dataclass(frozen=True, slots=True)
class Among(Condition):
    """The value is one of ``values``."""

    dimension: str
    values: tuple[int, ...]

    def meets(self, cut: "Cut") -> Rows:
        """Values are few and small: they are looked up."""
        column = cut.column(self.dimension)
        wanted = np.zeros(max((*self.values, int(column.max(initial=0)))) + 2, np.bool_)
        wanted[list(self.values)] = True
        wanted[MISSING] = False
        return wanted[column]


@dataclass(frozen=True, slots=True)
class Between(Condition):
    """The value is known and lies between ``low`` and ``high``, which belong to it; ``None`` is open."""

    dimension: str
    low: int | None
    high: int | None

    def meets(self, cut: "Cut") -> Rows:
        """Both ends are compared."""
        column = cut.column(self.dimension)
        found: Rows = column > MISSING
        if self.low is not None:
            found &= column >= self.low
        if self.high is not None:
            found &= column <= self.high
        return found


@dataclass(frozen=True, slots=True)
class All(Condition):
    """Each of ``parts``; without parts everything."""

    parts: tuple[Condition, ...] = ()

    def meets(self, cut: "Cut") -> Rows:
        """One after the other."""
        found = np.ones(cut.size, np.bool_)
        for one in self.parts:
            found &= one.meets(cut)
        return found


@dataclass(frozen=True, slots=True)
class AnyOf(Condition):
    """At least one of ``parts``."""

    parts: tuple[Condition, ...]

    def meets(self, cut: "Cut") -> Rows:
        """One after the other."""
        found = np.zeros(cut.size, np.bool_)
        for one in self.parts:
            found |= one.meets(cut)
        return found


@dataclass(frozen=True, slots=True)
class Not(Condition):
    """Not ``part``."""

    part: Condition

    def meets(self, cut: "Cut") -> Rows:
        """The others."""
        return ~self.part.meets(cut)


EVERYTHING = All()


def read(where: Mapping[str, Any], dimension: Callable[[str], Dimension]) -> Condition:
    """The condition that a definition states. :raises ValueError: for one that cannot be, naming it in Chinese."""
    parts = tuple(_part(name, said, dimension) for name, said in where.items())
    return parts[0] if len(parts) == 1 else All(parts)


def _part(name: str, said: Any, dimension: Callable[[str], Dimension]) -> Condition:
    if name in {"any", "none"}:
        found = AnyOf(tuple(read(one, dimension) for one in said))
        return Not(found) if name == "none" else found
    try:
        of = dimension(name)
    except KeyError as problem:
        raise ValueError(f"没有“{name}”这一维度：{problem.args[0]}") from None
    if isinstance(said, Mapping) and "known" in said:
        known = Between(name, None, None)
        return known if said["known"] else Not(known)
    if isinstance(of, Flag):
        if said is not True and said is not False:
            raise ValueError(f"“{name}”只能是 true 或 false")
        return Among(name, (int(said),))
    return _coded(of, said) if isinstance(of, Coded) else _between(of, said)


def _coded(of: Coded, said: Any) -> Condition:
    if isinstance(said, Mapping):
        if set(said) != {"not"}:
            raise ValueError(f"“{of.code}”的条件只能写代码、代码列表、not 或 known")
        return All((Between(of.code, None, None), Not(_coded(of, said["not"]))))
    listed = said if isinstance(said, list) else [said]
    try:
        return Among(of.code, tuple(sorted({place for code in listed for place in of.within(str(code))})))
    except KeyError:
        raise ValueError(f"“{of.code}”没有这个代码：{said}") from None


def _between(of: Dimension, said: Any) -> Condition:
    ends = ("from", "to") if isinstance(of, Day) else ("min", "max")
    if not isinstance(said, Mapping) or not said or set(said) - set(ends):
        raise ValueError(f"“{of.code}”的条件要写 {ends[0]}、{ends[1]} 或 known")
    low, high = (edge(said.get(end)) for end in ends)
    return Between(of.code, low, high)


def edge(said: dt.date | int | None) -> int | None:
    """An end of a bracket as a number, a day as its own."""
    return said.toordinal() if isinstance(said, dt.date) else said
