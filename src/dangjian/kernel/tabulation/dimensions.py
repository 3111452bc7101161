"""What is known of each row of a population: a code of a list, a day, a number, yes or no.

Values are whole numbers in arrays of numpy: the place of a code in its list, the number of a day (``date.toordinal``), the number
itself, 0 or 1. ``MISSING`` stands where nothing is known.
"""

import datetime as dt
import zlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import repeat
from typing import TYPE_CHECKING, Self

import numpy as np
import numpy.typing as npt

from dangjian.kernel.codes import CodeList
from dangjian.kernel.codes import get as code_list

if TYPE_CHECKING:
    from dangjian.kernel.tabulation.cuts import Cut

Whole = npt.NDArray[np.int32]
MISSING = -1


@dataclass(frozen=True, slots=True)
class Dimension(ABC):
    """One thing that is known of each row.

    :param code: its name in definitions of tables.
    :param mend: tab of a person's record where it is entered, for whoever finds that it is missing.
    """

    code: str
    title: str
    mend: str = ""

    @abstractmethod
    def text(self, value: int) -> str:
        """A value as people read it; empty for ``MISSING``."""

    @property
    def sources(self) -> tuple[str, ...]:
        """Codes of the dimensions from which it derives."""
        return ()

    def derive(self, _cut: "Cut") -> Whole | None:
        """Its values, where they follow from other dimensions; ``None`` for one that the population reads."""
        return None


@dataclass(frozen=True, slots=True)
class Coded(Dimension):
    """A code of the list ``codes`` (``kernel.codes``)."""

    codes: str = ""

    @property
    def listed(self) -> CodeList:
        """Its list of codes."""
        return code_list(self.codes or self.code)

    def text(self, value: int) -> str:
        """The label of the code."""
        return self.listed.items[value].label if value >= 0 else ""

    def values(self, given: Iterable[str]) -> Whole:
        """Codes as they are stored, as places in the list; what is not in the list is missing."""
        return np.fromiter(map(_places(self.listed.id).get, given, repeat(MISSING)), np.int32)

    def within(self, code: str) -> tuple[int, ...]:
        """Places of a code and of all that are part of it. :raises KeyError: for a code that is not in the list."""
        self.listed.item(code)
        parents = {item.code: item.parent for item in self.listed.items}
        return tuple(place for place, item in enumerate(self.listed.items) if code in _line_of(item.code, parents))


@dataclass(frozen=True, slots=True)
class Regrouped(Coded):
    """The codes of another dimension put into the groups of a list of their own: each code says by ``by`` to which it belongs."""

    of: Coded = field(kw_only=True)
    by: str = "group"

    @property
    def sources(self) -> tuple[str, ...]:
        """The finer codes."""
        return (self.of.code,)

    def derive(self, cut: "Cut") -> Whole:
        """The group of each row's code."""
        places = _places(self.listed.id)
        groups = [places.get(str(item.extra.get(self.by, "")), MISSING) for item in self.of.listed.items]
        return np.array([*groups, MISSING], np.int32)[cut.column(self.of.code)]


@dataclass(frozen=True, slots=True)
class Worded(Dimension):
    """A word that people here have written themselves, such as the name of a site: no list says which there are.

    Its values are numbers that follow from the word alone, so that a cut needs no list either. ``source`` asks which words there
    are; ``words`` are those that were asked, of which ``text`` knows.
    """

    source: Callable[[], Iterable[str]] = field(kw_only=True)
    words: tuple[str, ...] = ()

    @property
    def asked(self) -> Self:
        """The same, knowing its words."""
        return replace(self, words=tuple(sorted({word for word in self.source() if word})))

    def text(self, value: int) -> str:
        """The word."""
        return next((word for word in self.words if self.place(word) == value), "")

    def place(self, word: str) -> int:
        """The number of a word."""
        return zlib.crc32(word.encode()) & 0x7FFFFFFF

    def values(self, given: Iterable[str]) -> Whole:
        """Words as they are stored, as their numbers."""
        return np.fromiter((self.place(word) if word else MISSING for word in given), np.int32)


@dataclass(frozen=True, slots=True)
class Day(Dimension):
    """A day."""

    def text(self, value: int) -> str:
        """Year, month, day."""
        if value < 0:
            return ""
        day = dt.date.fromordinal(value)
        return f"{day.year}年{day.month}月{day.day}日"

    def values(self, given: Iterable[dt.date | None]) -> Whole:
        """Days as they are stored, as their numbers."""
        return np.fromiter((day.toordinal() if day else MISSING for day in given), np.int32)


@dataclass(frozen=True, slots=True)
class Number(Dimension):
    """A whole number that is not below 0."""

    unit: str = ""

    def text(self, value: int) -> str:
        """With its unit."""
        return f"{value}{self.unit}" if value >= 0 else ""


@dataclass(frozen=True, slots=True)
class Months(Number):
    """Full months from the day ``since`` to the day ``until``, which is the last of what is asked for unless it is named."""

    since: str = ""
    until: str = ""

    @property
    def sources(self) -> tuple[str, ...]:
        """The two days."""
        return (self.since, self.until) if self.until else (self.since,)

    def derive(self, cut: "Cut") -> Whole:
        """Months completed; missing where a day is not known or they stand the wrong way round."""
        last = cut.column(self.until) if self.until else np.full(cut.size, cut.until.toordinal(), np.int32)
        return whole_months(cut.column(self.since), last)


@dataclass(frozen=True, slots=True)
class Years(Months):
    """Full years, as an age is counted."""

    def derive(self, cut: "Cut") -> Whole:
        """Years completed."""
        months = Months.derive(self, cut)
        return np.where(months < 0, MISSING, months // 12).astype(np.int32)


@dataclass(frozen=True, slots=True)
class Flag(Dimension):
    """Yes or no."""

    def text(self, value: int) -> str:
        """是 or 否."""
        return "是" if value > 0 else "否"

    def values(self, given: Iterable[bool]) -> Whole:
        """As 1 and 0."""
        return np.fromiter((int(one) for one in given), np.int32)


def _line_of(code: str, parents: Mapping[str, str]) -> list[str]:
    """A code with those that it is part of."""
    found = [code]
    while parents.get(found[-1]):
        found.append(parents[found[-1]])
    return found


@lru_cache(maxsize=64)
def _places(name: str) -> dict[str, int]:
    return {item.code: place for place, item in enumerate(code_list(name).items)}


def whole_months(first: Whole, last: Whole) -> Whole:
    """Calendar months completed from each day of ``first`` to that of ``last``; a day the month lacks counts as its last day."""
    beginning, end = _months_of(last), _months_of(last) + 1
    length = (end.astype("datetime64[D]") - beginning.astype("datetime64[D]")).astype(np.int64)
    is_short = np.minimum(_place_in_month(first), length - 1) > _place_in_month(last)
    found = (_months_of(last) - _months_of(first)).astype(np.int64) - is_short
    return np.where((first < 0) | (last < 0) | (found < 0), MISSING, found).astype(np.int32)


_EPOCH = dt.date(1970, 1, 1).toordinal()


def _days(numbers: Whole) -> npt.NDArray[np.datetime64]:
    return (np.maximum(numbers, 1).astype(np.int64) - _EPOCH).astype("datetime64[D]")


def _months_of(numbers: Whole) -> npt.NDArray[np.datetime64]:
    return _days(numbers).astype("datetime64[M]")


def _place_in_month(numbers: Whole) -> npt.NDArray[np.int64]:
    days = _days(numbers)
    return (days - days.astype("datetime64[M]")).astype(np.int64)
