"""Offers that the engine of data quality consumes: what apps look at in their records, and what they find wrong there.

    def without_place(asking: Asking) -> Examined:
        rows = asking.at(Book.objects.all(), "organization")
        blank = rows.filter(place="")
        wrong = [FoundFlaw(row.organization_id, str(row.pk), row.title, "没有填存放地点", url_of(row)) for row in blank]
        return Examined(number_by(rows, "organization_id"), wrong)

    QualityCheck("reading.place", "图书存放地点", "completeness", "每一本图书", without_place)

What is looked at are records, never people's use of the platform.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Literal

from django.db.models import Count, Model, QuerySet

from dangjian.kernel.actor import Actor
from dangjian.kernel.periods import Span
from dangjian.kernel.registry import offers

Sort = Literal["completeness", "validity", "agreement", "timeliness"]
SORTS: dict[Sort, str] = {"completeness": "完整", "validity": "规范", "agreement": "一致", "timeliness": "及时"}
"""What a check judges, in the words that people read."""

_waiting: ContextVar[set[int] | None] = ContextVar("quality_told_at_end", default=None)
"""Organisations whose records are examined when the block ends."""


@dataclass(frozen=True, slots=True)
class Asking:
    """What is examined: the ``month`` of which figures are made, and the organisations (``None`` = all)."""

    month: Span
    organizations: Collection[int] | None = None

    def at(self, rows: QuerySet[Any], field: str) -> QuerySet[Any]:
        """Those of ``rows`` whose organisation, named by the column ``field``, is examined."""
        return rows if self.organizations is None else rows.filter(**{f"{field}__in": self.organizations})


@dataclass(frozen=True, slots=True)
class FoundFlaw:
    """A record that fails a check.

    :param organization_id: whose record it is: a branch or what stands above it, never a group.
    :param key: tells it from the others of its check, and stays the same as long as it is the same record.
    :param about: whose record it is, or what it is about, as a list names it.
    :param text: what is wrong, in one sentence without its full stop.
    :param url: the form that mends it; empty where nothing can be mended any more, as with what was entered late.
    :param permission: what that form asks for at the organisation, where its address does not state it (``SIGNED_IN``).
    :param member_id: the member whose record it is.
    :param own_url: the page on which that member answers themselves, if they may.
    :param keeper_id: the organisation that has to mend it, if that is another one.
    """

    organization_id: int
    key: str
    about: str
    text: str
    url: str = ""
    permission: str = ""
    member_id: int | None = None
    own_url: str = ""
    keeper_id: int | None = None


@dataclass(frozen=True, slots=True)
class Examined:
    """How many records were looked at, by organisation, and those that fail."""

    looked_at: Mapping[int, int]
    flaws: Iterable[FoundFlaw]


@dataclass(frozen=True, slots=True)
class QualityCheck:
    """One way in which records are judged every month.

    ``examine`` runs with all organisations open and asks the database a number of questions that does not grow with the records.
    A check of timeliness looks at what was entered in the month, the others at what is on record now. ``looks_at`` says in a few
    words which records it judges, and by what.
    """

    code: str
    title: str
    sort: Sort
    looks_at: str
    examine: Callable[[Asking], Examined]
    order: int = 100


@dataclass(frozen=True, slots=True)
class QualityKeeper:
    """Whoever keeps what checks have found, told by apps on floors that do not know it.

    ``refresh(actor=…, organizations=…)`` examines the records of these organisations anew.
    """

    code: str
    refresh: Callable[..., object]


def tell_quality(*, actor: Actor, organization_ids: Collection[int]) -> None:
    """Have records examined anew after some of them were mended; called at the end of the action, in its transaction."""
    waiting = _waiting.get()
    if waiting is not None:
        waiting.update(organization_ids)
        return
    for keeper in offers(QualityKeeper):
        keeper.refresh(actor=actor, organizations=organization_ids)


@contextmanager
def quality_told_at_end(actor: Actor) -> Iterator[None]:
    """Have records examined once when the block ends, instead of after each act in it: for acts by the hundred."""
    waiting: set[int] = set()
    token = _waiting.set(waiting)
    try:
        yield
    finally:
        _waiting.reset(token)
    if waiting:
        tell_quality(actor=actor, organization_ids=waiting)


def number_by(rows: QuerySet[Model], field: str) -> dict[int, int]:
    """How many of ``rows`` there are by the column ``field``; one question."""
    return dict(rows.order_by().values_list(field).annotate(number=Count("pk")))
