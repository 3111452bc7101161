"""Figures over very many organisations, kept for a minute.

What one page shows of a branch, a general branch or a company is worked out anew each time. The office of a whole group looks at
a hundred thousand members and half a million duties: there a count reads them all, so what was found is shown to whoever asks
again within the minute. The rows of a list are never kept.
"""

from collections.abc import Callable
from hashlib import sha256
from typing import Any, TypeVar

from django.core.cache import cache
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property

from dangjian.kernel import clock
from dangjian.org import scope
from dangjian.org.models import Organization
from dangjian.org.prepared import prepared_rows

MANY = 500
"""Organisations beyond which figures are kept."""
SECONDS = 60
Found = TypeVar("Found")


def is_wide() -> bool:
    """Whether the open scope holds more than ``MANY`` organisations."""
    return bool(_one_beyond())


@prepared_rows
def _one_beyond() -> QuerySet[Organization, int]:
    return Organization.objects.order_by("pk").values_list("pk", flat=True)[MANY : MANY + 1]


def cached_for_large_scope(name: str, work: Callable[[], Found], *, of: object = "") -> Found:
    """What ``work`` returns, or over a wide scope what it returned within the last minute.

    ``name`` says what is worked out, ``of`` for which filters; the scope and the day belong to it by themselves. The value must
    be picklable, and never ``None``.
    """
    if not is_wide():
        return work()
    # Kept in the memory of one process, so that it costs nothing to look up and nothing to throw away.
    asked = repr((name, str(of), scope.current().reaches, clock.today()))
    key = f"org.caching:{sha256(asked.encode()).hexdigest()}"
    found: Found | None = cache.get(key)
    if found is None:
        found = work()
        cache.set(key, found, SECONDS)
    return found


class CachedPaginator(Paginator[Any]):
    """Pages of a queryset of owned rows, whose number of rows is kept for a minute over a wide scope."""

    @cached_property
    def count(self) -> int:
        """How many rows there are."""
        rows: Any = self.object_list
        return cached_for_large_scope(f"count:{rows.model.__name__}", lambda: int(rows.count()), of=rows.query)
