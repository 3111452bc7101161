"""How far a system of others is in step: what differs now, and who has to act."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet

from dangjian.engines.exchange.layout import columns
from dangjian.engines.exchange.models import (
    RUNNING,
    Believed,
    Difference,
    DifferenceKind,
    ImportBatch,
    OutsideSystem,
    State,
)
from dangjian.kernel import clock
from dangjian.kernel.actor import Visitor
from dangjian.org.models import Organization

THEY, BRANCH, OFFICE = "they", "branch", "office"


def standing(system: OutsideSystem) -> QuerySet[Difference]:
    """What differs now."""
    return Difference.objects.filter(batch__system=system, stands=True)


@dataclass(frozen=True, slots=True)
class Line:
    """How many differences of one sort there are: ``query`` finds them in the list."""

    title: str
    number: int
    query: str


@dataclass(frozen=True, slots=True)
class Acting:
    """Who has to act, in how many differences, and what they do."""

    code: str
    who: str
    what: str
    number: int
    query: str


@dataclass(frozen=True, slots=True)
class InStep:
    """A system as it stands: all differences by kind, by column and by branch, and by who has to act."""

    total: int
    by_kind: Sequence[Line]
    by_column: Sequence[Line]
    by_place: Sequence[Line]
    acting: Sequence[Acting]


MOST_PLACES = 50


def in_step(system: OutsideSystem) -> InStep:
    """The figures of a system's page, with four statements."""
    rows, mine = standing(system).order_by(), f"system={system.pk}"
    kinds = _counted(rows, "kind")
    items = _counted(rows.exclude(column=""), "column")
    known = columns(system.sheet)
    places = _counted(rows, "organization")
    largest = sorted(places, key=lambda pk: -places[pk])[:MOST_PLACES]
    named = Organization.objects.in_bulk(largest)
    return InStep(
        sum(kinds.values()),
        [Line(kind.label, kinds[kind], f"{mine}&kind={kind}") for kind in DifferenceKind if kinds.get(kind)],
        [Line(known[code].title, items[code], f"{mine}&column={code}") for code in known if items.get(code)],
        [Line(named[pk].short_name, places[pk], f"{mine}&organization={pk}") for pk in largest if pk in named],
        _acting(system, rows, mine),
    )


def _counted(rows: QuerySet[Any], name: str) -> Mapping[Any, int]:
    return dict(rows.values_list(name).annotate(number=Count("pk")))


def _acting(system: OutsideSystem, rows: QuerySet[Difference], mine: str) -> list[Acting]:
    sorts = rows.values_list("kind", "believed").annotate(number=Count("pk"))
    numbers = {THEY: 0, BRANCH: 0, OFFICE: 0}
    for kind, believed, number in sorts:
        numbers[who_acts(kind, believed)] += number
    keeper = system.keeper or f"{system}的维护人员"
    unit = system.organization.short_name
    said = (
        (THEY, keeper, "对方缺的、错的，导出差异表交给他们改"),
        (BRANCH, "所在党支部", "逐项核对：本平台错的改档案，对方错的点“以本平台为准”"),
        (OFFICE, unit, "只有一方有的人：该转入、转出的办手续；选定采用的，重新比对后采用"),
    )
    return [Acting(code, who, what, numbers[code], f"{mine}&who={code}") for code, who, what in said if numbers[code]]


def who_acts(kind: str, believed: str) -> str:
    """Who has to act in a difference: they over there, the branch, or the office that compares."""
    if believed == Believed.OURS:
        return THEY
    if kind in {DifferenceKind.ADDED, DifferenceKind.GONE} or believed == Believed.THEIRS:
        return OFFICE
    return BRANCH


def acted_by(rows: QuerySet[Any], who: str) -> QuerySet[Any]:
    """The differences in which somebody has to act."""
    ours = rows.filter(believed=Believed.OURS)
    if who == THEY:
        return ours
    others = rows.exclude(believed=Believed.OURS)
    of_one_side = others.filter(kind__in=(DifferenceKind.ADDED, DifferenceKind.GONE))
    if who == BRANCH:
        return others.exclude(kind__in=(DifferenceKind.ADDED, DifferenceKind.GONE)).filter(believed=Believed.ASK)
    return of_one_side | others.filter(believed=Believed.THEIRS)


def comparisons(system: OutsideSystem) -> QuerySet[ImportBatch]:
    """All exports of a system that were uploaded, the latest first."""
    rows: QuerySet[ImportBatch] = ImportBatch.objects.filter(system=system).select_related("uploaded_by", "organization")
    return rows


def open_comparison(system: OutsideSystem) -> ImportBatch | None:
    """The latest that is neither finished nor taken back."""
    rows = comparisons(system).exclude(state__in=(State.COMMITTED, State.UNDONE)).order_by("-uploaded_at", "-pk")
    return rows.first()


def is_overdue(system: OutsideSystem) -> bool:
    """Whether it should have been compared by now."""
    return system.is_open and system.due_on is not None and system.due_on < clock.today()


def may_compare(actor: Visitor, system: OutsideSystem) -> bool:
    """Whether the actor may upload its export."""
    return system.is_open and actor.may(system.sheet.permission, system.organization)


def is_at_work(batch: ImportBatch | None) -> bool:
    """Whether the background is at work on it."""
    return batch is not None and batch.state in RUNNING
