"""By what figures are split: the units below, months, kinds. Each row knows what it asks, so that it can be opened."""

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from django import forms

from dangjian.kernel.periods import MONTH, Span
from dangjian.kernel.statistics.counting import Asked, Figures


class Row(NamedTuple):
    """Figures of one unit, month or kind.

    :param key: its number, first day or code.
    :param asked: what is counted in it; ``None`` where no address can ask for it.
    :param leads_down: whether it has statistics of its own to open.
    """

    key: Any
    title: str
    figures: Any
    asked: Asked | None
    leads_down: bool = False


@dataclass(frozen=True, slots=True)
class Split(ABC):
    """A way to split the figures; ``name`` is that of the keys in each ``Source``.

    :param note: below its table and in the notes of the spreadsheet.
    :param alone: whether its table is shown for a single row too.
    """

    name: str
    title: str
    note: str = ""
    alone: bool = False

    key_type: ClassVar[Any] = str

    @property
    def key(self) -> str:
        """How programs name the key of a row."""
        return self.name

    @property
    def rows_key(self) -> str:
        """How programs name its rows."""
        return f"by_{self.name}"

    @abstractmethod
    def rows(self, asked: Asked, found: Mapping[Any, Figures], none: Callable[[], Figures], /) -> list[Row]:
        """Its rows in their order, of the figures found by key; ``none`` makes those of a row that has none."""

    def fields(self) -> dict[str, forms.ChoiceField]:
        """Fields of the form by which one of its rows is chosen."""
        return {}


class Over(Split):
    """Units that stand above each other, over which everything is split first (``org.statistics.Organizations``)."""

    key_type: ClassVar[Any] = int

    @property
    def key(self) -> str:
        """A number."""
        return f"{self.name}_id"

    @property
    def rows_key(self) -> str:
        """The units right below."""
        return "children"

    @abstractmethod
    def usual(self) -> Any:
        """The unit that is shown when none is chosen; ``None`` for somebody who may see none."""

    @abstractmethod
    def parameters(self, asked: Asked) -> dict[str, str]:
        """The unit as an address names it."""

    @abstractmethod
    def names(self, unit: Any) -> tuple[str, str]:
        """Its name in a heading, and that in the name of a file."""


@dataclass(frozen=True, slots=True)
class ByMonth(Split):
    """Months, the earliest first; its keys are days, such as ``TruncMonth`` returns."""

    name: str = "month"
    title: str = "月份"

    key_type: ClassVar[Any] = dt.date

    def rows(self, asked: Asked, found: Mapping[Any, Figures], _none: Callable[[], Figures]) -> list[Row]:
        """Months that have rows."""
        spans = [(Span.of(day, MONTH), figures) for day, figures in sorted(found.items()) if isinstance(day, dt.date)]
        return [Row(span.start, span.label, figures, asked.within(span)) for span, figures in spans]


@dataclass(frozen=True, slots=True)
class ByChoice(Split):
    """Kinds of a list of codes, in its order, of which one can be chosen.

    :param blank: the title of rows without a code; left out without it.
    """

    choices: Callable[[], Sequence[tuple[str, str]]] = tuple
    alone: bool = True
    blank: str = ""

    def rows(self, asked: Asked, found: Mapping[Any, Figures], _none: Callable[[], Figures]) -> list[Row]:
        """Kinds that have rows."""
        listed = [*self.choices(), *([("", self.blank)] if self.blank else [])]
        return [
            Row(code, title, found[code], asked.choosing(**{self.name: code}) if code else None)
            for code, title in listed
            if code in found
        ]

    def fields(self) -> dict[str, forms.ChoiceField]:
        """A drop-down, with all of them first."""
        choices = [("", f"全部{self.title}"), *self.choices()]
        return {self.name: forms.ChoiceField(label=self.title, required=False, choices=choices)}
