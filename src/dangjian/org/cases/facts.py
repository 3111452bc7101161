"""What the page of a case says of it: facts, papers, its last day, and how far it is."""

import datetime as dt
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.http import HttpResponseBase
from django.utils.html import format_html

from dangjian.kernel.lists.columns import DAY, TEXT, Column, Kind, Value, value_of
from dangjian.kernel.ui import marks, words

Row_contra = TypeVar("Row_contra", contravariant=True)

Words = str | Callable[[Row_contra], str]
"""Words, or a function of the row that returns them."""


def words_of(words: Words[Row_contra], row: Row_contra) -> str:
    """The words for ``row``."""
    return words(row) if callable(words) else words


@dataclass(frozen=True, slots=True)
class Fact(Generic[Row_contra]):
    """One line of the facts; left out where its value is ``None`` or an empty text.

    :param value: of the row: names joined by points, or a function; ``kind`` says how it is shown, as in a column of a list.
    :param url: where the value leads, if it leads anywhere.
    :param drawn: draws the value where it looks special, in the place of ``kind`` and ``url``.
    :param opens: where the dialog is asked for that shows in full what is masked; empty for whoever may not.
    """

    label: Words[Row_contra]
    value: Value[Row_contra]
    kind: Kind = TEXT
    url: Callable[[Row_contra], str] | None = None
    drawn: Callable[[Row_contra], str] | None = None
    opens: Callable[[Row_contra], str] | None = None

    def shown(self, row: Row_contra) -> dict[str, object] | None:
        """For the template; ``None`` if there is nothing to say."""
        value = value_of(row, self.value)
        if value is None or value == "":
            return None
        shown = self.drawn(row) if self.drawn else self.kind.shown(value)
        address = self.url(row) if self.url and not self.drawn else ""
        linked = format_html('<a href="{}">{}</a>', address, shown) if address else shown
        opens = self.opens(row) if self.opens else ""
        return {"label": words_of(self.label, row), "shown": linked, "css": self.kind.css, "opens": opens}


@dataclass(frozen=True, slots=True)
class Card(Generic[Row_contra]):
    """Some facts under one heading, with the article they rest on."""

    heading: Words[Row_contra]
    icon: str
    facts: tuple[Fact[Row_contra], ...]
    citation: Callable[[Row_contra], str] | None = None

    def shown(self, row: Row_contra) -> dict[str, object]:
        """For the template."""
        return {
            "heading": words_of(self.heading, row),
            "icon": self.icon,
            "facts": [shown for one in self.facts if (shown := one.shown(row))],
            "citation": self.citation(row) if self.citation else None,
        }


@dataclass(frozen=True, slots=True)
class Stage(Generic[Row_contra]):
    """One stretch of the way from the first step to the last.

    :param now: states in which the case is here.
    :param done: states in which it has come past.
    """

    title: Words[Row_contra]
    now: Collection[str] = ()
    done: Collection[str] = ()

    def shown(self, row: Row_contra, state: str) -> dict[str, object]:
        """For the template."""
        return {"title": words_of(self.title, row), "is_now": state in self.now, "is_done": state in self.done}


@dataclass(frozen=True, slots=True)
class Due(Generic[Row_contra]):
    """The last day of a case, declared once for its page and its list: the time left while it runs, the day afterwards.

    :param on: the day of a row, as a column of a list has it; a row without one has no last day.
    :param runs: whether it still counts for the row.
    :param after: what a list says once it does not, by default the day.
    """

    on: Value[Row_contra]
    runs: Callable[[Row_contra], bool]
    after: Callable[[Row_contra], str] | None = None

    def left(self, row: Row_contra) -> str:
        """The time left as a pill, for the head of the page; empty where no day runs."""
        day = self._day(row)
        return marks.due_badge(day) if day and self.runs(row) else ""

    def drawn(self, row: Row_contra) -> str:
        """The cell of a list: the time left, or what is said afterwards."""
        if left := self.left(row):
            return left
        day = self._day(row)
        return self.after(row) if self.after else words.day(day) if day else ""

    def _day(self, row: Row_contra) -> dt.date | None:
        found = value_of(row, self.on)
        return found if isinstance(found, dt.date) else None

    def column(self, title: str, sort: str = "", key: str = "") -> Column[Row_contra]:
        """The column of a list; its spreadsheet has the day."""
        return Column(title, self.on, DAY, sort=sort, key=key, drawn=self.drawn)


@dataclass(frozen=True, kw_only=True, slots=True)
class Paper:
    """One paper of a case: handed in with it, booked or printed for it. Without an address or file it is only named.

    :param note: small below the title: whose it is, of which day, how much.
    :param page: where it stands for itself. That page asks its own permission.
    :param pdf: where it is printed from.
    :param code: names a ``file`` in the address of the case, which hands it to whoever may see the case, and to nobody else.
    :param file: returns it.
    """

    title: str
    note: str = ""
    icon: str = "file-text"
    page: str = ""
    pdf: str = ""
    code: str = ""
    file: Callable[[], HttpResponseBase] | None = None
