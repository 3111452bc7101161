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
from django.utils.html import format_html

from dangjian.kernel.ui import words

if TYPE_CHECKING:
    from dangjian.kernel.lists.pages import Asked

ALL = "all"
Choices = Sequence[tuple[str, str]]
Rows = Callable[[Any, str], Any]
"""Rows and the value chosen, to the rows that remain."""


@dataclass(frozen=True, slots=True)
class Filter(ABC):
    """A filter; subclasses say how it looks, which fields the form gets and which rows remain."""

    name: str
    label: str

    look = ""

    @property
    def template(self) -> str:
        """How it is drawn."""
        return f"ui/lists/{self.look}.html"

    @abstractmethod
    def fields(self, asked: Asked) -> dict[str, forms.Field]:
        """Fields of the form by parameter of the address."""

    @abstractmethod
    def apply(self, rows: QuerySet[Any], values: dict[str, Any]) -> QuerySet[Any]:
        """The rows that remain; ``values`` are cleaned, missing where they could not be read."""

    def is_used(self, values: dict[str, Any]) -> bool:
        """Whether it differs from its usual choice."""
        return bool(values.get(self.name))


@dataclass(frozen=True, slots=True)
class SearchBox(Filter):
    """A box to type in; subclasses say what is found."""

    look = "search"
    longest = 30

    @abstractmethod
    def condition(self, rows: QuerySet[Any], text: str) -> Q:
        """Which of the rows the text finds."""

    def fields(self, _asked: Asked) -> dict[str, forms.Field]:
        """What was typed."""
        return {self.name: forms.CharField(label=self.label, required=False, max_length=self.longest)}

    def apply(self, rows: QuerySet[Any], values: dict[str, Any]) -> QuerySet[Any]:
        """Those found by the text."""
        text = values.get(self.name, "").strip()
        return rows.filter(self.condition(rows, text)) if text else rows


@dataclass(frozen=True, slots=True)
class Search(SearchBox):
    """A search whose ``found`` answers the condition for what was typed (``members.lists.by_person`` finds people)."""

    found: Callable[[str], Q]
    longest: int = 30

    def condition(self, rows: QuerySet[Any], text: str) -> Q:  # noqa: ARG002 - the same for all rows
        """What ``found`` answers."""
        return self.found(text)


@dataclass(frozen=True, slots=True)
class Choice(Filter):
    """One of a few. ``choices`` are those beside the usual one, whose words are ``usual``; a function may work them out.

    :param field: column that must have the value chosen, by default the filter's name.
    :param rows: in the place of ``field``: rows and value to the rows that remain; it gets ``""`` for the usual choice.
    :param look: ``select`` drops down, ``chips`` shows all of them as links.
    :param counts: how many rows each choice has, by its value, to be shown on the chips.
    """

    choices: Choices | Callable[[Asked], Choices] = ()
    usual: str = "全部"
    field: str = ""
    rows: Rows | None = None
    look: Literal["select", "chips"] = "select"
    counts: Callable[[Asked], Mapping[str, int]] | None = None

    def fields(self, asked: Asked) -> dict[str, forms.Field]:
        """The choices, the usual one first."""
        choices = [("", self.usual), *(self.choices(asked) if callable(self.choices) else self.choices)]
        if self.counts is not None:
            numbers = self.counts(asked)
            choices = [(value, _counted(label, numbers.get(value, 0))) for value, label in choices]
        return {self.name: forms.ChoiceField(label=self.label, required=False, choices=choices)}

    def apply(self, rows: QuerySet[Any], values: dict[str, Any]) -> QuerySet[Any]:
        """Those with the value chosen."""
        chosen = values.get(self.name, "")
        if self.rows is not None:
            return self.rows(rows, chosen)
        return rows.filter(**{self.field or self.name: chosen}) if chosen else rows


def _counted(label: str, number: int) -> str:
    return format_html('{} <span class="count">{}</span>', label, words.number(number))


@dataclass(frozen=True, slots=True)
class Days(Filter):
    """From a day to a day, both included: parameters ``since`` and ``until``. ``is_moment`` where the column has a time too."""

    field: str = ""
    is_moment: bool = False

    look = "days"

    def fields(self, _asked: Asked) -> dict[str, forms.Field]:
        """The first and the last day."""
        return {name: forms.DateField(label=label, required=False) for name, label in (("since", "从"), ("until", "到"))}

    def apply(self, rows: QuerySet[Any], values: dict[str, Any]) -> QuerySet[Any]:
        """Those in between."""
        part = f"{self.field}__date" if self.is_moment else self.field
        for name, comparison in (("since", "gte"), ("until", "lte")):
            day: dt.date | None = values.get(name)
            if day:
                rows = rows.filter(**{f"{part}__{comparison}": day})
        return rows

    def is_used(self, values: dict[str, Any]) -> bool:
        """Whether one of the days is given."""
        return bool(values.get("since") or values.get("until"))
