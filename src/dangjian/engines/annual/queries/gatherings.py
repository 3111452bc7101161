"""What the background has gathered of large organisations, and how far it is with what was asked of it."""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy.typing as npt
from django.db.models import Exists, OuterRef, QuerySet

from dangjian.engines.annual import installed
from dangjian.engines.annual.models import FrozenReport, GatheredColumn, Gathering
from dangjian.kernel import clock
from dangjian.kernel.errors import Conflict
from dangjian.kernel.rulebook import book
from dangjian.kernel.tabulation import Stored, column_from
from dangjian.org.making import UNDER_WAY, Making
from dangjian.org.models import Kind, Organization
from dangjian.org.openings import at, register

CURRENT: Final = dt.timedelta(hours=24)
"""Longer ago, a report that is confirmed is gathered anew before."""


class NotGathered(Conflict):
    """The figures of a large organisation are asked for on a day for which nothing was gathered yet."""

    def __init__(self, unit: Organization, since: dt.date, until: dt.date) -> None:
        super().__init__(
            f"“{unit}”的统计数字要先在后台汇总，截至{until:%Y年%m月%d日}的还没有汇总好。",
            how="请打开“党内统计”，选这个党组织和这一天，点“汇总”，汇总好以后再看。",
        )
        self.unit, self.since, self.until = unit, since, until


def most_branches() -> int:
    """With more branches, what is counted is read beforehand (setting ``stat.gather.branches``)."""
    return int(book().on("stat.gather.branches", clock.today()).expect(int))


def is_large(unit: Organization) -> bool:
    """Whether reading all records of an organisation takes longer than somebody waits for a page."""
    if unit.kind in {Kind.BRANCH, Kind.GROUP}:
        return False
    # A fact about the organisation, whatever the reader sees of it.
    most = most_branches()
    rows = register(Organization).filter(path__startswith=unit.path, kind=Kind.BRANCH, dissolved_on=None).order_by()
    return len(rows.values_list("pk", flat=True)[: most + 1]) > most


def latest(unit: Organization, since: dt.date, until: dt.date) -> Gathering:
    """The last that is ready; where today is asked for, one of an earlier day of the year does, which says so.

    :raises NotGathered: if there is none.
    """
    with at(unit):
        rows = Gathering.objects.filter(organization=unit, since=since, state=Making.READY)
        rows = rows.filter(until__lte=until) if until == clock.today() else rows.filter(until=until)
        found: Gathering | None = rows.select_related("organization").order_by("-until", "-gathered_at", "-pk").first()
    if found is None:
        raise NotGathered(unit, since, until)
    return found


def columns(gathering: Gathering, population: str, at_start: bool) -> Stored:
    """What was gathered of a population. Raises ``NotGathered`` for one that has come since."""
    place = gathering.organization

    def rows() -> QuerySet[GatheredColumn]:
        return GatheredColumn.objects.filter(gathering=gathering, population=population, at_start=at_start)

    with at(place):
        names = list(rows().values_list("name", flat=True))
    if not names:
        raise NotGathered(gathering.organization, gathering.since, gathering.until)

    def read(name: str) -> npt.NDArray[Any]:
        with at(place):
            return column_from(json.loads(rows().get(name=name).content))

    return Stored(names, read)


def kept(gathering: Gathering) -> Mapping[str, Any]:
    """Figures and failed checks by the number of their table; none where tables have been defined otherwise since."""
    content: dict[str, Any] = json.loads(gathering.content or "{}")
    return content["tables"] if content.get("of") == installed.fingerprint() else {}


def is_current(gathering: Gathering) -> bool:
    """Whether a report may be confirmed by it."""
    return gathering.gathered_at is not None and gathering.gathered_at > clock.now() - CURRENT


def spare() -> QuerySet[Gathering]:
    """Those that are ready or failed, and that no report keeps."""
    rows: QuerySet[Gathering] = Gathering.objects.exclude(state__in=UNDER_WAY)
    return rows.exclude(Exists(FrozenReport.objects.filter(gathering=OuterRef("pk"))))


@dataclass(frozen=True, slots=True)
class Freshness:
    """How old the figures of a page are: ``gathering`` is what they are counted from, ``next`` what was asked for last."""

    unit: Organization
    until: dt.date
    gathering: Gathering | None
    next: Gathering | None

    @classmethod
    def of(cls, unit: Organization, since: dt.date, until: dt.date, gathering: Gathering | None) -> "Freshness":
        """Of the figures of an organisation until a day."""
        rows = Gathering.objects.filter(organization=unit, since=since, until=until)
        return cls(unit, until, gathering, rows.exclude(state=Making.READY).order_by("-asked_at", "-pk").first())

    @property
    def failure(self) -> str:
        """Why the last gathering came to nothing, if nothing was gathered since."""
        failed = self.next is not None and not self.next.is_under_way
        later = self.gathering and self.next and self.gathering.asked_at > self.next.asked_at
        return self.next.failure if self.next and failed and not later else ""
