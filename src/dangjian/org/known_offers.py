"""What other apps and records know of a record, offered to the forms that would ask for it (``org.known``)."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.db.models import Model

from dangjian.kernel.registry import offers


@dataclass(frozen=True, slots=True)
class KnownItem:
    """What knows an item: its name as it stands after “来自”, since when, and the page on which it can be read.

    ``wrong_url`` is where somebody says that it is wrong, or mends it. Without one the form asks for the item when somebody
    presses for it, unless it ``is_settled``: then it follows from its source alone.
    """

    source: str
    on: dt.date | None = None
    url: str = ""
    wrong_url: str = ""
    wrong_word: str = "这里不对"
    is_settled: bool = False


@dataclass(frozen=True, slots=True)
class ItemSource:
    """Whoever knows items of records. ``of(model, record_id)`` returns them by item, for the label of a table.

    Of two sources that know an item the one of the higher ``order`` is shown.
    """

    code: str
    of: Callable[[str, int], Mapping[str, KnownItem]]
    order: int = 0


def known_items(row: Model) -> dict[str, KnownItem]:
    """The items of a record that are known from elsewhere, so that nobody is asked for them."""
    label = row._meta.label_lower
    sources = sorted(offers(ItemSource), key=lambda source: source.order)
    return {item: one for source in sources for item, one in source.of(label, row.pk).items()}
