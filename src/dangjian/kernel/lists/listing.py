"""What every list has, as a page or as part of one: rows, columns, filters, an order, what stands there when it is empty."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar
from urllib.parse import urlencode

from django import forms
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.utils.functional import cached_property
from django.utils.html import format_html

from dangjian.kernel.lists.asking import Asked, Order, Text
from dangjian.kernel.lists.buttons import MISSED, Act, Address, Empty, RowAction, Several, address_of
from dangjian.kernel.lists.columns import Column
from dangjian.kernel.lists.filters import Filter
from dangjian.kernel.lists.paging import PAGE_SIZE
from dangjian.kernel.offers import ListAct
from dangjian.kernel.registry import offers


@dataclass(frozen=True, slots=True)
class Drawn:
    """Rows that a ``template`` draws, where a table would not do: as lines of one card, or each as a card of its own.

    In it ``row`` is the row, ``line`` what the list knows of it (``head``, ``actions``, ``box``).
    """

    template: str
    look: Literal["rows", "cards"] = "rows"


Row = TypeVar("Row")


@dataclass(frozen=True, kw_only=True)
class Filtered:
    """What is asked for by filters.

    :param kept: parameters of the address beside filters and order that filters and the way back to all rows keep.
    """

    filters: tuple[Filter, ...] = ()
    kept: tuple[str, ...] = ()

    @cached_property
    def sorts(self) -> dict[str, str]:
        """Columns of the database by the name that the address has for them."""
        return {}

    @property
    def has_form(self) -> bool:
        """Whether some filter is filled in, not only chosen by a link."""
        return any(not one.is_link for one in self.filters)

    @property
    def has_dialog(self) -> bool:
        """Whether some filters stand in a dialog."""
        return any(one.look == "dialog" for one in self.filters)

    @property
    def all_kept(self) -> tuple[str, ...]:
        """Names of what every link keeps: tabs too, since the way back to all rows stays on its tab."""
        return (*self.kept, *(one.name for one in self.filters if one.look == "tabs"))

    @property
    def at(self) -> dict[str, str]:
        """Parameters with which the list's page shows it."""
        return {}

    def path_of(self, asked: Asked) -> str:
        """Where the list stands."""
        return asked.request.path

    def address_of(self, asked: Asked) -> str:
        """Where all its rows stand, without filters and order."""
        return self.path_of(asked) + (f"?{urlencode(asked.kept)}" if asked.kept else "")

    def drawn_filters(self, asked: Asked) -> list[dict[str, object]]:
        """Each with its template and its fields, filled in."""
        return [
            {"template": one.template, "filter": one, "fields": [asked.form[name] for name in fields]}
            for one, fields in zip(self.filters, asked.fields, strict=True)
        ]


@dataclass(frozen=True, kw_only=True)
class Listing(Filtered, Generic[Row]):
    """A list of rows.

    :param name: of its address (``dues:reliefs``).
    :param rows: the queryset in the scope of the page's permission, with what its columns read (``select_related``).
    :param columns: a function returns them where they follow from what other modules offer.
    :param drawn: how a row looks where a table would not do, a function where that depends on what is asked for; the columns are
        then for the spreadsheet.
    :param empty: what stands there while there is no row; a function where that depends on what is asked for.
    :param order: the usual one, a function where it depends on what is asked for; the row's number is added, ``pk`` names its
        column where each row is a group of others.
    :param is_tiled: whether a narrow screen shows the columns of a row beside each other: for numbers.
    :param row: address of a row's page, a name for one by number.
    :param load: puts onto the rows of one page what one question can answer for all of them.
    :param several: what is done with several rows that are ticked.
    :param summary: one line about all rows asked for, also when they are none; empty where nothing is to be said.
    :param menu: names a row for the button that opens its actions as a menu; without it they stand in the row.
    :param missed: what stands there when a filter leaves no row, in the place of the usual words; ``None`` for these.
    """

    name: str
    title: Text
    rows: Callable[[Asked], QuerySet[Model, Row]]
    columns: tuple[Column[Row], ...] | Callable[[], tuple[Column[Row], ...]] = ()
    drawn: Drawn | Callable[[Asked], Drawn] | None = None
    empty: Empty | Callable[[Asked], Empty]
    missed: Callable[[Asked], Empty | None] = field(default=lambda _asked: None)
    order: tuple[Order, ...] | Callable[[Asked], tuple[Order, ...]] = ("-pk",)
    row: Address[Row] = ""
    actions: tuple[RowAction[Row], ...] = ()
    menu: Callable[[Row], str] | None = None
    several: Several[Row] | None = None
    load: Callable[[list[Row], Asked], None] | None = None
    summary: Callable[[Asked], str] | None = None
    pk: str = "pk"
    is_tiled: bool = False
    size: int = PAGE_SIZE
    paginator: type[Paginator[Row]] = Paginator

    def __post_init__(self) -> None:
        DECLARED.append(self)

    @cached_property
    def all_columns(self) -> tuple[Column[Row], ...]:
        """Columns of the page and of the spreadsheet."""
        return self.columns() if callable(self.columns) else self.columns

    @cached_property
    def sorts(self) -> dict[str, str]:
        """Columns of the database by the name that the address has for them."""
        return {one.sort_key: one.sort for one in self.all_columns if one.sort}

    @cached_property
    def shown_columns(self) -> list[Column[Row]]:
        """Columns of the page."""
        return [one for one in self.all_columns if one.on_page]

    def usual_order(self, asked: Asked) -> tuple[Order, ...]:
        """The order while none is asked for."""
        return self.order(asked) if callable(self.order) else self.order

    def shown_rows(self, asked: Asked) -> dict[str, object]:
        """Filters and the rows of one page, for the templates of lists."""
        rows = self.loaded(list(asked.page_obj.object_list), asked)
        return {
            "list": self,
            "asked": asked,
            "title": asked.title,
            "filters": self.drawn_filters(asked),
            "chosen": self._chosen(asked),
            "page_obj": asked.page_obj,
            "drawn": self.drawn(asked) if callable(self.drawn) else self.drawn,
            "several": self.several.shown(asked, _offered(self.name)) if self.several and rows else None,
            "lines": [self._line(row, asked) for row in rows],
            "has_list": True,
            "summary": self.summary(asked) if self.summary else "",
            "nothing": self._nothing(asked),
        }

    def loaded(self, rows: list[Row], asked: Asked) -> list[Row]:
        """``rows`` with what ``load`` puts onto them."""
        if self.load and rows:
            self.load(rows, asked)
        return rows

    def _nothing(self, asked: Asked) -> dict[str, str]:
        """What stands there when no row does, as ``{% empty_state %}`` takes it."""
        if asked.is_filtered:
            missed = self.missed(asked) or MISSED
            shown = {"icon": missed.icon, "title": missed.title, "text": missed.text}
            return {**shown, "action_url": asked.address, "action_label": "清除筛选", "action_icon": "filter-off"}
        return (self.empty(asked) if callable(self.empty) else self.empty).stated(asked)

    def _chosen(self, asked: Asked) -> list[tuple[str, str, str]]:
        """Name, title and what is chosen of the filters that stand out of sight in a dialog."""
        found = [(one, asked.values.get(one.name)) for one in self.filters if one.look == "dialog"]
        return [(one.name, one.label, _title(asked.form.fields[one.name], value)) for one, value in found if value]

    def _line(self, row: Row, asked: Asked) -> dict[str, object]:
        address = address_of(self.row, row) if self.row else ""
        line = {
            "row": row,
            "address": address,
            "actions": [one.shown(row) for one in self.actions if one.may(row, asked)],
            "menu": self.menu(row) if self.menu else "",
            "box": self.several.box(row, asked) if self.several else None,
        }
        return line if self.drawn else {**line, **self._cells(row, address)}

    def _cells(self, row: Row, address: str) -> dict[str, object]:
        first, *others = self.shown_columns
        head = first.shown(row)
        return {
            "head": format_html('<a href="{}">{}</a>', address, head) if address else head,
            "cells": [(one, one.shown(row)) for one in others],
        }


def _offered(name: str) -> list[Act]:
    """What other apps do with several rows of a list."""

    def may(permission: str) -> Callable[[Asked], bool]:
        return lambda asked: asked.request.actor.may(permission)

    return [Act(one.label, one.url, one.icon, may=may(one.permission)) for one in offers(ListAct) if one.on == name]


def _title(field: forms.Field, value: str) -> str:
    return str(dict(getattr(field, "choices", ())).get(value, value))


DECLARED: list[Listing[Any]] = []
"""All lists, for the contracts that every one of them keeps."""


def batches(rows: QuerySet[Model, Row], size: int) -> Iterator[list[Row]]:
    """All ``rows``, some at a time."""
    batch: list[Row] = []
    for row in rows.iterator(chunk_size=size):
        batch.append(row)
        if len(batch) == size:
            yield batch
            batch = []
    yield batch
