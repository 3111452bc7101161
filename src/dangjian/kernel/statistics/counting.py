"""What is counted, and the grouped questions that count it."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Generic, Self, TypeVar

from django.db.models import Aggregate, Model, QuerySet
from django.db.models.expressions import Combinable

from dangjian.kernel.periods import Span


@dataclass(slots=True)
class Figures:
    """Counts of a group. A module's own class names them: whole numbers that begin at 0 and add up."""

    def add(self, other: Self) -> None:
        """Add the counts of ``other``."""
        for one in fields(self):
            setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))


@dataclass(frozen=True, slots=True)
class Asked:
    """What is counted: a unit with all below it, days from ``since`` to ``until`` (both included), choices by name.

    :param unit: ``None`` for everything in the open scope.
    :param period: as an address names it; empty where the days are not those of one calendar period.
    """

    unit: Any
    since: dt.date
    until: dt.date
    chosen: Mapping[str, Any] = field(default_factory=dict)
    period: str = ""

    @classmethod
    def of(cls, unit: Any, span: Span, **chosen: object) -> Self:
        """Of a calendar period."""
        return cls(unit, span.start, span.last, chosen, span.code)

    @property
    def days(self) -> tuple[dt.date, dt.date]:
        """First and last day, as ``__range`` takes them."""
        return self.since, self.until

    def get(self, name: str) -> Any:
        """What was chosen; an empty text for nothing."""
        return self.chosen.get(name) or ""

    def at(self, unit: Any) -> Self:
        """The same of another unit."""
        return replace(self, unit=unit)

    def within(self, span: Span) -> Self:
        """The same in another period."""
        return replace(self, since=span.start, until=span.last, period=span.code)

    def choosing(self, **chosen: object) -> Self:
        """The same with further choices."""
        return replace(self, chosen={**self.chosen, **chosen})


@dataclass(frozen=True, slots=True)
class Source:
    """Rows that are counted together.

    :param rows: those that belong to what is asked, within the open scope.
    :param keys: by name of a split the column, or expression, by which it groups them.
    :param counts: aggregates by name of the figure.
    :param when: whether they are asked for a split at all; ``keys`` may then lack others.
    """

    rows: Callable[[Asked], QuerySet[Model]]
    keys: Mapping[str, str | Combinable]
    counts: Mapping[str, Aggregate]
    when: Callable[[Asked, str], bool] = lambda _asked, _split: True


Found = TypeVar("Found", bound=Figures)


@dataclass(frozen=True, slots=True, init=False)
class Counted(Generic[Found]):
    """Figures of the class ``figures`` out of several sources: ``counted(asked, "month")`` has one for each key that has rows."""

    figures: type[Found]
    sources: tuple[Source, ...]

    def __init__(self, figures: type[Found], *sources: Source) -> None:
        object.__setattr__(self, "figures", figures)
        object.__setattr__(self, "sources", sources)

    def __call__(self, asked: Asked, split: str) -> dict[object, Found]:
        """Figures by key of the split: one question for each source."""
        found: dict[object, Found] = {}
        for source in self.sources:
            if not source.when(asked, split):
                continue
            # Names of their own, so that a figure may be called as a column of its rows.
            counts = {f"counted_{name}": count for name, count in source.counts.items()}
            rows = source.rows(asked).order_by().values_list(source.keys[split]).annotate(**counts)
            for key, *numbers in rows:
                figures = found.setdefault(key, self.figures())
                for name, number in zip(source.counts, numbers, strict=True):
                    setattr(figures, name, getattr(figures, name) + (number or 0))
        return found

    def total(self, asked: Asked, split: str) -> Found:
        """The sum over a split in which nothing stands twice."""
        return self.sum(self(asked, split).values())

    def sum(self, parts: Iterable[Found]) -> Found:
        """All ``parts`` added up."""
        total = self.figures()
        for one in parts:
            total.add(one)
        return total
