"""What programs ask of a list and are answered, described by its declaration. ``org.lists.operation`` offers it.

A list has the same filters, orders and rows for programs as on its page. What the page leaves out because it cannot read it, a
program is told: it made a mistake that nobody sees.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ninja import Schema
from pydantic import Field, create_model

from dangjian.kernel.errors import Invalid
from dangjian.kernel.gate import Request
from dangjian.kernel.lists.asking import Asked
from dangjian.kernel.lists.buttons import Empty
from dangjian.kernel.lists.listing import Listing, Row


@dataclass(frozen=True, kw_only=True)
class ProgramList(Listing[Row]):
    """A list that no page shows: for programs alone. ``permission`` is that of its operation, ``columns`` are what sorts it."""

    permission: str
    empty: Empty = field(default_factory=lambda: Empty("list-details", ""))


@dataclass(frozen=True, slots=True)
class Offered:
    """A list that programs may ask for, and the name of the operation's address."""

    listing: Listing[Any]
    name: str


OFFERED: list[Offered] = []
"""All of them, for the contracts that every one keeps."""


def name_of(listing: Listing[Any]) -> str:
    """Of the operation and of its address."""
    return listing.name.replace(":", "_")


def filters_of(listing: Listing[Any]) -> type[Schema]:
    """What can be asked: each filter by the names that the page has for it, and the order."""
    fields: dict[str, Any] = {}
    for one in listing.filters:
        fields |= one.parameters()
    fields["sort"] = (str, Field("", max_length=60, description=_orders(listing)))
    return create_model(f"{name_of(listing).title().replace('_', '')}Filter", __base__=Schema, **fields)


def _orders(listing: Listing[Any]) -> str:
    said = "排序，前面加 - 为相反的顺序；空为通常的顺序"
    if callable(listing.columns):  # they follow from what other modules offer, which is not known yet
        return said
    return f"{said}。可以用：{'、'.join(listing.sorts)}" if listing.sorts else "这个列表只有一种顺序，留空"


def rows_for_program(listing: Listing[Any], request: Request, given: Mapping[str, Any], of: Any = None) -> Any:
    """All rows asked for, in order. Raises ``Invalid`` for a choice or an order that there is not."""
    sent = {name: str(value) for name, value in given.items() if value not in (None, "")}
    asked = Asked(request, listing, of, sent=sent)
    for one in listing.filters:
        one.require(sent)
    wrong = {name: str(errors[0]) for name, errors in asked.form.errors.items()}
    if sent.get("sort") and not asked.sort:
        wrong["sort"] = f"不能按它排序，可以用：{'、'.join(listing.sorts)}"
    if wrong:
        raise Invalid("有的条件读不出来。", how="请对照接口文档检查。", fields=wrong)
    return asked.ordered
