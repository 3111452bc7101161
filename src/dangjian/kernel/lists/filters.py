"""Filters of a list. Each reads its parameters of the address; what it cannot read is left out.

Empty is the usual choice, and a filter counts as used only when it differs from that. Where the usual choice leaves rows out,
``all`` asks for every row.
"""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.html import format_html
from pydantic import Field

from dangjian.kernel import clock
from dangjian.kernel.api import Day, Key
from dangjian.kernel.forms import Cleaned
from dangjian.kernel.typed import LARGEST
from dangjian.kernel.ui import words

if TYPE_CHECKING:
    from dangjian.kernel.lists.asking import Asked

ALL = "all"
Choices = Sequence[tuple[str, str]]
Parameters = dict[str, tuple[Any, Any]]
"""Type and description of each parameter, as pydantic takes them."""
EARLIEST = dt.date(1921, 7, 1)
"""Before it there is nothing to be told."""
LONGEST = 60
"""Characters of a code that a program sends."""
Rows = Callable[[Any, str], QuerySet[Any]]
"""Rows and the value chosen, to the rows that remain."""


@dataclass(frozen=True, slots=True)
class Filter(ABC):
    """A filter; subclasses say how it looks, which fields the form gets and which rows remain."""

    name: str
    label: str

    look = ""

    @property
    def is_link(self) -> bool:
        """Whether it is chosen by a link, not in a form."""
        return self.look in {"chips", "tabs"}

    @property
    def template(self) -> str:
        """How it is drawn."""
        return f"ui/lists/{self.look}.html"

    @abstractmethod
    def fields(self, asked: Asked) -> dict[str, forms.Field]:
        """Fields of the form by parameter of the address."""

    @abstractmethod
    def apply(self, rows: QuerySet[Any], values: Cleaned) -> QuerySet[Any]:
        """The rows that remain; ``values`` are cleaned, missing where they could not be read."""

    def is_used(self, values: Cleaned) -> bool:
        """Whether it differs from its usual choice."""
        return bool(values.get(self.name))

    def parameters(self) -> Parameters:
        """Types and descriptions of its parameters, for programs."""
        return {self.name: (str, Field("", max_length=LONGEST, description=self.label))}

    def require(self, given: Mapping[str, str]) -> None:  # noqa: B027 - most filters name nothing that is somebody's
        """Raise if a program names what it may not see."""


@dataclass(frozen=True, slots=True)
class SearchBox(Filter):
    """A box to type in; subclasses say what is found."""

    look = "search"
    longest = 30

    @abstractmethod
    def condition(self, rows: QuerySet[Any], text: str, /) -> Q:
        """Which of the rows the text finds."""

    def fields(self, _asked: Asked) -> dict[str, forms.Field]:
        """What was typed."""
        return {self.name: forms.CharField(label=self.label, required=False, max_length=self.longest)}

    def parameters(self) -> Parameters:
        """What is looked for."""
        return {self.name: (str, Field("", max_length=self.longest, description=f"查找：{self.label}"))}

    def apply(self, rows: QuerySet[Any], values: Cleaned) -> QuerySet[Any]:
        """Those found by the text."""
        text = values.get(self.name, "").strip()
        return rows.filter(self.condition(rows, text)) if text else rows


@dataclass(frozen=True, slots=True)
class Search(SearchBox):
    """A search whose ``found`` returns the condition for what was typed (``members.lists.by_person`` finds people)."""

    found: Callable[[str], Q]
    longest: int = 30

    def condition(self, _rows: QuerySet[Any], text: str) -> Q:
        """What ``found`` returns."""
        return self.found(text)


@dataclass(frozen=True, slots=True)
class Choice(Filter):
    """One of a few. ``choices`` are those beside the usual one, whose words are ``usual``; a function may work them out.

    :param field: column that must have the value chosen, by default the filter's name.
    :param rows: in the place of ``field``: rows and value to the rows that remain; it gets ``""`` for the usual choice.
    :param look: ``select`` drops down, ``chips`` shows all of them as links; ``tabs`` does so for different lists under one
        address, none of which is a filtered one; ``dialog`` drops down in a dialog, for what is seldom asked for; ``hidden`` is
        chosen elsewhere on the page.
    :param counts: how many rows a choice has, by its value, shown on chips and tabs.
    """

    choices: Choices | Callable[[Asked], Choices] = ()
    usual: str = "全部"
    field: str = ""
    rows: Rows | None = None
    look: Literal["select", "chips", "tabs", "dialog", "hidden"] = "select"
    counts: Callable[[Asked], Mapping[str, int]] | None = None

    def fields(self, asked: Asked) -> dict[str, forms.Field]:
        """The choices, the usual one first."""
        choices = [("", self.usual), *(self.choices(asked) if callable(self.choices) else self.choices)]
        if self.counts is not None:
            numbers = self.counts(asked)
            choices = [(value, _counted(label, numbers[value]) if value in numbers else label) for value, label in choices]
        return {self.name: forms.ChoiceField(label=self.label, required=False, choices=choices)}

    def parameters(self) -> Parameters:
        """Its codes, where they are known before anybody asks."""
        known = [] if callable(self.choices) else [(code, title) for code, title in self.choices if code]
        said = "、".join(f"{code} {title}" for code, title in known)
        told = Field(
            "",
            max_length=LONGEST,
            description=f"{self.label}，空为{self.usual}" + (f"：{said}" if said else ""),
            json_schema_extra={"enum": ["", *(code for code, _ in known)]} if known else None,
        )
        return {self.name: (str, told)}

    def apply(self, rows: QuerySet[Any], values: Cleaned) -> QuerySet[Any]:
        """Those with the value chosen."""
        chosen = values.get(self.name, "")
        if self.rows is not None:
            return self.rows(rows, chosen)
        return rows.filter(**{self.field or self.name: chosen}) if chosen else rows

    def is_used(self, values: Cleaned) -> bool:
        """Whether it differs from its usual choice; each tab is a list of its own."""
        return self.look != "tabs" and bool(values.get(self.name))


def _counted(label: str, number: int) -> str:
    return format_html('{} <span class="count">{}</span>', label, words.number(number))


class StandingField(forms.Field):
    """A field in which ``usual`` stands while nothing is chosen."""

    usual: Any = None

    def bound_data(self, data: Any, initial: Any) -> object:
        """What stands there."""
        return data or initial or self.usual


class DayField(StandingField, forms.DateField):
    """A day; ``usual`` stands there while none is named that can be read, ``latest`` for whatever lies behind it."""

    def __init__(self, *, usual: dt.date | None = None, latest: dt.date | None = None, label: str) -> None:
        self.usual, self.latest = usual, latest
        super().__init__(required=False, label=label)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, object]:
        """The last day that a picker offers."""
        attrs: dict[str, object] = super().widget_attrs(widget)
        return {**attrs, "max": self.latest.isoformat()} if self.latest else attrs

    def clean(self, value: Any) -> dt.date | None:
        """The day."""
        try:
            named: dt.date | None = super().clean(value)
        except forms.ValidationError:
            if self.usual is None:
                raise
            return self.usual
        day = named or self.usual
        if day and self.usual and day < EARLIEST:
            return self.usual
        return min(day, self.latest) if day and self.latest else day


@dataclass(frozen=True, slots=True)
class AsOf(Filter):
    """The day as of which rows are told, today if none or one to come is named. ``rows`` reads it: ``asked.values["day"]``."""

    name: str = "day"
    label: str = "截至"
    look: Literal["days", "hidden"] = "days"

    def fields(self, _asked: Asked) -> dict[str, forms.Field]:
        """The day."""
        return {self.name: DayField(label=self.label, usual=clock.today(), latest=clock.today())}

    def parameters(self) -> Parameters:
        """The day."""
        return {self.name: (Day | None, Field(None, description=f"{self.label}哪一天，空为今天"))}

    def apply(self, rows: QuerySet[Any], _values: Cleaned) -> QuerySet[Any]:
        """All of them: other figures, not other rows."""
        return rows

    def is_used(self, values: Cleaned) -> bool:
        """Whether it is another day than today."""
        return values.get(self.name) != clock.today()


@dataclass(frozen=True, slots=True)
class Days(Filter):
    """From a day to a day, both included: parameters ``since`` and ``until``. ``is_moment`` where the column has a time too.

    ``usual`` is how many days back the list begins while no days are chosen; without it there is no limit.
    """

    field: str = ""
    is_moment: bool = False
    usual: int = 0

    look = "days"

    def fields(self, asked: Asked) -> dict[str, forms.Field]:
        """The first and the last day."""
        since, until = self._usual(asked.given.get("until", "")) if self.usual else (None, None)
        return {"since": DayField(label="从", usual=since), "until": DayField(label="到", usual=until)}

    def parameters(self) -> Parameters:
        """The first and the last day."""
        usual = f"；都为空时为最近{self.usual}天" if self.usual else ""
        return {
            "since": (Day | None, Field(None, description=f"{self.label}不早于这一天{usual}")),
            "until": (Day | None, Field(None, description=f"{self.label}不晚于这一天{usual}")),
        }

    def _usual(self, named: str) -> tuple[dt.date, dt.date]:
        """The usual span: up to today, or so many days before the last one ``named``."""
        until = _day(named) or clock.today()
        return until - dt.timedelta(days=self.usual), clock.today()

    def apply(self, rows: QuerySet[Any], values: Cleaned) -> QuerySet[Any]:
        """Those in between."""
        since, until = values.get("since"), values.get("until")
        if self.is_moment:  # as moments, so that an index on them helps
            since, until = since and _midnight(since), until and _midnight(until + dt.timedelta(days=1))
        if since:
            rows = rows.filter(**{f"{self.field}__gte": since})
        if until:
            rows = rows.filter(**{f"{self.field}__{'lt' if self.is_moment else 'lte'}": until})
        return rows

    def is_used(self, values: Cleaned) -> bool:
        """Whether other days are chosen than the usual ones."""
        since, until = values.get("since"), values.get("until")
        return (since, until) != self._usual("") if self.usual else bool(since or until)


@dataclass(frozen=True, slots=True)
class Named(Filter):
    """Rows of one row of another table that the address names by its number, as links and programs do; no page offers it."""

    field: str = ""

    look = "hidden"

    def fields(self, _asked: Asked) -> dict[str, forms.Field]:
        """The number."""
        return {self.name: forms.IntegerField(label=self.label, required=False, min_value=1, max_value=LARGEST)}

    def parameters(self) -> Parameters:
        """The number."""
        return {self.name: (Key | None, Field(None, description=f"只列这个编号的{self.label}的"))}

    def apply(self, rows: QuerySet[Any], values: Cleaned) -> QuerySet[Any]:
        """Those of that row."""
        pk = values.get(self.name)
        return rows.filter(**{self.field or self.name: pk}) if pk else rows


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time.min))
