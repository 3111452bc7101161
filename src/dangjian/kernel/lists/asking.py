"""A list as one person asks for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.paginator import Page
from django.db.models import F, QuerySet
from django.db.models.expressions import Combinable, OrderBy
from django.utils.functional import cached_property

from dangjian.kernel.gate import Request
from dangjian.kernel.lists.paging import page_of
from dangjian.kernel.ordering import ordered_by

if TYPE_CHECKING:
    from dangjian.kernel.lists.listing import Listing

Order = str | Combinable | OrderBy


def _valued_first(name: Order) -> Order:
    """A part of an order; upwards, rows without a value come last on either database."""
    return F(name).asc(nulls_last=True) if isinstance(name, str) and not name.startswith("-") else name


@dataclass(frozen=True)
class Asked:
    """A list as one person asks for it: by filters, in an order, of the object it belongs to (``of``)."""

    request: Request
    listing: Listing[Any]
    of: Any = None
    names: dict[str, str | int] = field(default_factory=dict)
    """What stands in the address by its names."""
    sent: Mapping[str, str] | None = None
    """What is asked for in the place of the address, as by a program."""
    usual: Mapping[str, str] = field(default_factory=dict)
    """What stands where nothing is asked for, beside the usual choices of the filters."""

    @property
    def given(self) -> Mapping[str, str]:
        """Filters, order and page by their parameters, as they were sent."""
        return self.request.GET if self.sent is None else self.sent

    @cached_property
    def fields(self) -> list[dict[str, forms.Field]]:
        """The fields of each filter by parameter."""
        return [one.fields(self) for one in self.listing.filters]

    @cached_property
    def form(self) -> forms.Form:
        """The filters' form, filled in from the address."""
        fields = {name: one for some in self.fields for name, one in some.items()}
        made: forms.Form = type("FilterForm", (forms.Form,), fields)(self.given)
        made.is_valid()
        return made

    @property
    def values(self) -> dict[str, Any]:
        """What was chosen, cleaned; a value that cannot be read is missing."""
        return self.form.cleaned_data

    @property
    def is_filtered(self) -> bool:
        """Whether a filter differs from its usual choice."""
        return any(one.is_used(self.values) for one in self.listing.filters if not self._stands(one.name))

    def _stands(self, name: str) -> bool:
        """Whether what stands there was not asked for."""
        return name in self.usual and self.usual[name] == self.given.get(name)

    @property
    def title(self) -> str:
        """What stands above it."""
        return text_of(self.listing.title, self)

    @property
    def kept(self) -> dict[str, str]:
        """Parameters of the address beside filters and order that every link of the list keeps."""
        asked = {name: self.given[name] for name in self.listing.all_kept if self.given.get(name)}
        return {**asked, **self.listing.at}

    @property
    def address(self) -> str:
        """The list's address without filters and order."""
        return self.listing.address_of(self)

    @property
    def query(self) -> str:
        """Filters and order as the address has them, from the question mark on, for what is done with all rows asked for."""
        asked = self.request.GET.copy()
        asked.pop("page", None)
        return f"?{asked.urlencode()}" if asked else ""

    @property
    def sort(self) -> str:
        """The order as the address asks for it; empty for one that the list does not know."""
        asked = self.given.get("sort", "")
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
        """All rows in the order asked for; rows without a value come last, and between equals the usual order decides."""
        usual = self.listing.usual_order(self)
        pk = self.listing.pk
        if not self.sort:
            return self.rows.order_by(*(_valued_first(one) for one in usual), f"-{pk}" if _is_downwards(usual) else pk)
        column = ordered_by(self.sort, self.listing.sorts, pk)
        name, is_down = column.removeprefix("-"), column.startswith("-")
        first = F(name).desc(nulls_last=True) if is_down else F(name).asc(nulls_last=True)
        return self.rows.order_by(first, *usual, f"-{pk}" if is_down else pk)

    @cached_property
    def page_obj(self) -> Page[Any]:
        """The page asked for."""
        return page_of(self.ordered, self.given.get("page"), self.listing.size, paginator=self.listing.paginator)

    @property
    def number(self) -> int:
        """How many rows there are on all pages."""
        return self.page_obj.paginator.count


Text = str | Callable[[Asked], str]


def text_of(text: Text, asked: Asked) -> str:
    """What a text says that may be a function of what is asked for."""
    return text(asked) if callable(text) else text


def _is_downwards(order: Sequence[Order]) -> bool:
    last = order[-1] if order else "-"
    return last.startswith("-") if isinstance(last, str) else isinstance(last, OrderBy) and last.descending
