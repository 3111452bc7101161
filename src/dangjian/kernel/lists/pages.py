"""A list: one declaration gives its page, wide and narrow, and its spreadsheet of all rows."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal
from urllib.parse import urlencode

from django import forms
from django.core.paginator import Paginator
from django.db.models import F, QuerySet
from django.db.models.expressions import BaseExpression, OrderBy
from django.http import FileResponse, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html

from dangjian.kernel import clock, spreadsheets
from dangjian.kernel.errors import NotFound
from dangjian.kernel.gate import Request, requires
from dangjian.kernel.lists.columns import Column
from dangjian.kernel.lists.filters import Filter
from dangjian.kernel.ordering import ordered_by

PAGE_SIZE = 25
AT_ONCE = 500
"""Rows read at once for a spreadsheet."""

DECLARED: "list[ListPage]" = []
"""All lists, for the contracts that every one of them keeps."""


@dataclass(frozen=True, slots=True)
class Start:
    """A button above the list that begins something. ``url`` names an address or answers one; ``may`` says who sees it."""

    label: str
    url: "str | Callable[[Asked], str]"
    icon: str = "plus"
    may: "Callable[[Asked], bool]" = lambda _asked: True
    is_primary: bool = True

    def shown(self, asked: "Asked") -> dict[str, Any]:
        """For the template."""
        address = self.url(asked) if callable(self.url) else reverse(self.url)
        return {"label": self.label, "address": address, "icon": self.icon, "is_primary": self.is_primary}


@dataclass(frozen=True, slots=True)
class RowAction:
    """A button in a row; ``may`` asks what the action behind it asks.

    :param url: where it leads, a name for one by the row's number.
    :param sends: what a form posts there; without it the button is a link.
    :param confirm: the question asked before that is posted, and with ``confirm_label`` the word on its button.
    """

    label: str
    url: str | Callable[[Any], str]
    may: "Callable[[Any, Asked], bool]"
    icon: str = ""
    tone: Literal["", "primary", "danger"] = "primary"
    sends: Callable[[Any], dict[str, str]] | None = None
    confirm: Callable[[Any], str] | None = None
    confirm_label: str = ""

    def shown(self, row: Any) -> dict[str, Any]:
        """For the template."""
        return {
            "label": self.label,
            "address": _address(self.url, row),
            "icon": self.icon,
            "tone": self.tone,
            "sends": None if self.sends is None else self.sends(row),
            "confirm": self.confirm(row) if self.confirm else "",
            "confirm_label": self.confirm_label,
        }


@dataclass(frozen=True, slots=True)
class Empty:
    """What stands there while the list has no row at all, with the next step for whoever may take it."""

    icon: str
    title: str
    text: str = ""
    start: Start | None = None

    def stated(self, asked: Any) -> dict[str, str]:
        """As ``{% empty_of %}`` takes it, with the next step for whoever may take it."""
        shown = {"icon": self.icon, "title": self.title, "text": self.text}
        if self.start is None or not self.start.may(asked):
            return shown
        start = self.start.shown(asked)
        return {**shown, "action_url": start["address"], "action_label": start["label"], "action_icon": start["icon"]}


MISSED = Empty("search-off", "没有符合条件的内容", "换个条件，或清除筛选再看。")


@dataclass(frozen=True)
class Asked:
    """A list as one person asks for it: by filters, in an order, of the object in the address (``of``)."""

    request: Request
    listing: "ListPage"
    of: Any = None
    names: dict[str, Any] = field(default_factory=dict)
    """What stands in the address by its names."""

    @cached_property
    def fields(self) -> list[dict[str, forms.Field]]:
        """The fields of each filter by parameter."""
        return [one.fields(self) for one in self.listing.filters]

    @cached_property
    def form(self) -> forms.Form:
        """The filters' form, filled in from the address."""
        fields = {name: one for some in self.fields for name, one in some.items()}
        made: forms.Form = type("FilterForm", (forms.Form,), fields)(self.request.GET)
        made.is_valid()
        return made

    @property
    def values(self) -> dict[str, Any]:
        """What was chosen, cleaned; a value that cannot be read is missing."""
        return self.form.cleaned_data

    @property
    def is_filtered(self) -> bool:
        """Whether a filter differs from its usual choice."""
        return any(one.is_used(self.values) for one in self.listing.filters)

    @property
    def title(self) -> str:
        """What stands above it."""
        return _text(self.listing.title, self)

    @property
    def kept(self) -> dict[str, str]:
        """Parameters of the address beside filters and order that every link of the list keeps."""
        return {name: self.request.GET[name] for name in self.listing.kept if self.request.GET.get(name)}

    @property
    def address(self) -> str:
        """The list's address without filters and order."""
        return reverse(self.listing.name, kwargs=self.names) + (f"?{urlencode(self.kept)}" if self.kept else "")

    @property
    def sort(self) -> str:
        """The order as the address asks for it; empty for one that the list does not know."""
        asked = self.request.GET.get("sort", "")
        return asked if asked.removeprefix("-") in self.listing.sorts else ""

    @cached_property
    def rows(self) -> QuerySet[Any]:
        """All rows asked for, without an order."""
        rows = self.listing.rows(self)
        for one in self.listing.filters:
            rows = one.apply(rows, self.values)
        return rows

    @property
    def ordered(self) -> QuerySet[Any]:
        """All rows in the order asked for; rows without a value come last, and the number decides between equals."""
        usual: tuple[Any, ...] = self.listing.order
        pk = self.listing.pk
        if not self.sort:
            return self.rows.order_by(*usual, f"-{pk}" if _is_downwards(usual) else pk)
        column = ordered_by(self.sort, self.listing.sorts, pk)
        name, is_down = column.removeprefix("-"), column.startswith("-")
        first = F(name).desc(nulls_last=True) if is_down else F(name).asc(nulls_last=True)
        return self.rows.order_by(first, f"-{pk}" if is_down else pk)


def _is_downwards(order: Sequence[str | BaseExpression | OrderBy]) -> bool:
    last = order[-1] if order else "-"
    return last.startswith("-") if isinstance(last, str) else isinstance(last, OrderBy) and last.descending


Text = str | Callable[[Asked], str]


@dataclass(frozen=True, kw_only=True)
class ListPage:
    """A list of rows.

    :param name: of its address (``dues:reliefs``); the spreadsheet's is the same with ``_sheet``.
    :param rows: the queryset in the scope of ``permission``, with what its columns read (``select_related``).
    :param columns: a function answers them where they follow from what other modules offer.
    :param order: the usual one; the row's number is added, ``pk`` names its column where each row is a group of others.
    :param is_tiled: whether a narrow screen shows the columns of a row beside each other: for numbers.
    :param of: finds the object in the address that the list belongs to, as ``Asked.of``, or refuses.
    :param row: address of a row's page, a name for one by number.
    :param load: puts onto the rows of one page what one question can answer for all of them.
    :param summary: one line about all rows asked for, also when they are none; empty where nothing is to be said.
    :param menu: names a row for the button that opens its actions as a menu; without it they stand in the row.
    :param missed: what stands there when a filter leaves no row, in the place of the usual words; ``None`` for these.
    :param instead: what stands in the place of filters and rows while there can be no list at all; ``None`` once there can.
    :param beside: template in front of the buttons above the list, ``above`` one between head and filters, ``below`` one behind
        the list; ``more`` answers their variables.
    :param posted: answers a form of those templates that is sent to the list's address, by ``shown_to`` where it is not right.
    :param kept: parameters of the address beside filters and order that filters and the way back to all rows keep.
    :param crumbs: title and address name of the pages above, from the start page on; a function answers titles and addresses.
    :param has_sheet: whether the rows may leave as a spreadsheet; ``exported`` is told of each that does, to put it on the trail.
    """

    name: str
    title: Text
    permission: str
    rows: Callable[[Asked], QuerySet[Any]]
    columns: tuple[Column, ...] | Callable[[], tuple[Column, ...]]
    empty: Empty
    missed: Callable[[Asked], Empty | None] = field(default=lambda _asked: None)
    instead: Callable[[Asked], Empty | None] = field(default=lambda _asked: None)
    order: tuple[str | BaseExpression | OrderBy, ...] = ("-pk",)
    filters: tuple[Filter, ...] = ()
    of: Callable[..., Any] | None = None
    row: str | Callable[[Any], str] = ""
    frame: str = "frame.html"
    crumbs: tuple[tuple[str, str], ...] | Callable[[Asked], list[tuple[str, str]]] = ()
    crumb: str = ""
    intro: Text = ""
    starts: tuple[Start, ...] = ()
    actions: tuple[RowAction, ...] = ()
    menu: Callable[[Any], str] | None = None
    load: Callable[[list[Any], Asked], None] | None = None
    summary: Callable[[Asked], str] | None = None
    beside: str = ""
    above: str = ""
    below: str = ""
    posted: Callable[[Asked], HttpResponse] | None = None
    kept: tuple[str, ...] = ()
    more: Callable[[Asked], dict[str, Any]] = field(default=lambda _asked: {})
    has_sheet: bool = True
    exported: Callable[[Asked], None] | None = None
    pk: str = "pk"
    is_tiled: bool = False
    size: int = PAGE_SIZE
    paginator: type[Paginator[Any]] = Paginator

    def __post_init__(self) -> None:
        DECLARED.append(self)

    @cached_property
    def all_columns(self) -> tuple[Column, ...]:
        """Columns of the page and of the spreadsheet."""
        return self.columns() if callable(self.columns) else self.columns

    @cached_property
    def sorts(self) -> dict[str, str]:
        """Columns of the database by the name that the address has for them."""
        return {one.sort_key: one.sort for one in self.all_columns if one.sort}

    @cached_property
    def shown(self) -> list[Column]:
        """Columns of the page."""
        return [one for one in self.all_columns if one.on_page]

    @property
    def has_form(self) -> bool:
        """Whether some filter is filled in, not only chosen by a link."""
        return any(one.look != "chips" for one in self.filters)

    def paths(self, route: str) -> list[URLPattern]:
        """Addresses of the page and of its spreadsheet, for ``urlpatterns``."""
        name = self.name.rpartition(":")[2]
        methods = ("GET", "POST") if self.posted else ("GET",)
        sheet = path(f"{route}table.xlsx", requires(self.permission)(self.answer_sheet), name=f"{name}_sheet")
        shown = path(route, requires(self.permission, methods=methods)(self.answer), name=name)
        return [shown, *([sheet] if self.has_sheet else [])]

    def asked(self, request: Request, **names: Any) -> Asked:
        """The list as ``request`` asks for it; ``names`` stand in the address."""
        return Asked(request, self, self.of(request, **names) if self.of else None, names)

    def answer(self, request: Request, **names: Any) -> HttpResponse:
        """The page, or what a form on it is answered."""
        asked = self.asked(request, **names)
        return self.posted(asked) if self.posted and request.method == "POST" else self.shown_to(asked)

    def shown_to(self, asked: Asked, *, status: int = 200, **more: Any) -> HttpResponse:
        """The page; ``more`` are variables that go before those of the declaration's ``more``."""
        instead = self.instead(asked)
        ordered = asked.ordered.none() if instead else asked.ordered
        page_obj = self.paginator(ordered, self.size).get_page(asked.request.GET.get("page"))
        rows = list(page_obj.object_list)
        if self.load and rows:
            self.load(rows, asked)
        context = {
            "list": self,
            "frame": self.frame,
            "asked": asked,
            "title": asked.title,
            "crumb": self.crumb or asked.title,
            "crumbs": self._crumbs(asked),
            "intro": _text(self.intro, asked),
            "starts": [one.shown(asked) for one in self.starts if one.may(asked)],
            "filters": self._filters(asked),
            "page_obj": page_obj,
            "lines": [self._line(row, asked) for row in rows],
            "has_list": instead is None,
            "summary": self.summary(asked) if self.summary and instead is None else "",
            "sheet_url": reverse(f"{self.name}_sheet", kwargs=asked.names) if self.has_sheet and rows else "",
            "nothing": instead.stated(asked) if instead else self._nothing(asked),
        }
        return render(asked.request, "ui/lists/page.html", {**context, **self.more(asked), **more}, status=status)

    def answer_sheet(self, request: Request, **names: Any) -> FileResponse:
        """All rows asked for as a spreadsheet, in the order of the page."""
        asked = self.asked(request, **names)
        if self.instead(asked):
            raise NotFound
        if self.exported:
            self.exported(asked)
        columns = [one for one in self.all_columns if one.in_sheet]
        head = [spreadsheets.Column(one.header or one.title, kind=one.kind.sheet, width=one.width or 16) for one in columns]
        title, notes = asked.title, (f"{clock.now():%Y年%m月%d日 %H:%M}导出。",)
        lines = (tuple(one.plain(row) for one in columns) for row in self._all(asked))
        file = spreadsheets.write(head, lines, title=title, notes=notes)
        return FileResponse(file, as_attachment=True, filename=f"{title}{clock.today():%Y%m%d}.xlsx")

    def _all(self, asked: Asked) -> Iterator[Any]:
        """Every row asked for, with what ``load`` adds, some at a time."""
        batch: list[Any] = []
        for row in asked.ordered.iterator(chunk_size=AT_ONCE):
            batch.append(row)
            if len(batch) == AT_ONCE:
                yield from self._loaded(batch, asked)
                batch = []
        yield from self._loaded(batch, asked)

    def _loaded(self, rows: list[Any], asked: Asked) -> list[Any]:
        if self.load and rows:
            self.load(rows, asked)
        return rows

    def _crumbs(self, asked: Asked) -> list[tuple[str, str]]:
        if callable(self.crumbs):
            return self.crumbs(asked)
        return [(title, reverse(name)) for title, name in self.crumbs]

    def _nothing(self, asked: Asked) -> dict[str, str]:
        """What stands there when no row does, as ``{% empty_state %}`` takes it."""
        if asked.is_filtered:
            missed = self.missed(asked) or MISSED
            shown = {"icon": missed.icon, "title": missed.title, "text": missed.text}
            return {**shown, "action_url": asked.address, "action_label": "清除筛选", "action_icon": "filter-off"}
        return self.empty.stated(asked)

    def _filters(self, asked: Asked) -> list[dict[str, Any]]:
        return [
            {"template": one.template, "filter": one, "fields": [asked.form[name] for name in fields]}
            for one, fields in zip(self.filters, asked.fields, strict=True)
        ]

    def _line(self, row: Any, asked: Asked) -> dict[str, Any]:
        first, *others = self.shown
        head = first.shown(row)
        address = _address(self.row, row) if self.row else ""
        return {
            "row": row,
            "head": format_html('<a href="{}">{}</a>', address, head) if address else head,
            "cells": [(one, one.shown(row)) for one in others],
            "actions": [one.shown(row) for one in self.actions if one.may(row, asked)],
            "menu": self.menu(row) if self.menu else "",
        }


def _text(text: Text, asked: Asked) -> str:
    return text(asked) if callable(text) else text


def _address(url: str | Callable[[Any], str], row: Any) -> str:
    return url(row) if callable(url) else reverse(url, args=[row.pk])
