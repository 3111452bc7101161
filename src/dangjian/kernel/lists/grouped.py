"""Rows that are each a group of others, as a list can load more onto them."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from django.db.models import QuerySet
from django.db.models.query import ValuesIterable


class _Groups(ValuesIterable):
    def __iter__(self) -> Iterator[SimpleNamespace]:  # type: ignore[override]  # that is its purpose
        for values in super().__iter__():
            yield SimpleNamespace(**values)


def groups_of(rows: QuerySet[Any, dict[str, object]]) -> QuerySet[Any]:
    """What ``values`` and ``annotate`` return, as objects: a list reads them by names, and its ``load`` writes on them."""
    found = rows.all()
    found._iterable_class = _Groups  # noqa: SLF001 - Django has no public way to say what the rows become
    return found
