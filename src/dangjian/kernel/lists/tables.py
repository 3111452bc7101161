"""A table of rows at hand inside a page, wide and as cards on a phone: few of them, in one order, without filters.

    TERMS = Table("历届任期", (Column("届次", _called), Column("开始", "starts_on", DAY), …))
    {"terms": TERMS.of(terms)}      # and in the template, where there are any: {{ terms }}

What is longer, or is looked for, is a ``ListPart``. Official forms, matrices and papers keep markup of their own.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Generic

from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from dangjian.kernel.lists.buttons import Address, address_of
from dangjian.kernel.lists.columns import Column
from dangjian.kernel.lists.listing import Row

NONE = mark_safe("")


@dataclass(frozen=True, slots=True)
class Table(Generic[Row]):
    """See the text of this module.

    :param caption: what it is called for who hears the page.
    :param row: address of a row's page, to which its first cell leads.
    :param is_compact: whether it stands in a narrow column.
    """

    caption: str
    columns: tuple[Column[Row], ...]
    row: Address[Row] = ""
    is_compact: bool = False

    def of(self, rows: Iterable[Row]) -> SafeString:
        """The rows, drawn; nothing where there are none."""
        lines = [self._line(row) for row in rows]
        context = {"list": self, "title": self.caption, "lines": lines}
        return render_to_string("ui/lists/table.html", context) if lines else NONE

    @property
    def shown_columns(self) -> tuple[Column[Row], ...]:
        """Columns of the page."""
        return self.columns

    def _line(self, row: Row) -> dict[str, Any]:
        first, *others = self.columns
        address = address_of(self.row, row) if self.row else ""
        head = first.shown(row)
        return {
            "head": format_html('<a href="{}">{}</a>', address, head) if address else head,
            "cells": [(one, one.shown(row)) for one in others],
        }
