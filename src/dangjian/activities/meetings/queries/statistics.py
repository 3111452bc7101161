"""How much organisational life there was and who came: by organisation, kind, month and member, in a fixed number of queries.

A meeting of a day before its organisation went live was written down as history: it is counted as ``before``, and nobody is
counted as due to it, unless the history is asked for (a register is a record and shows all that is written down).
"""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import Count, F, Q, QuerySet
from django.db.models.expressions import Combinable
from django.db.models.functions import TruncMonth

from dangjian.activities.meetings.models import CAME, TOOK_PLACE, Attendance, Meeting, MeetingKindRow, Presence, Role, Sitting
from dangjian.kernel import codes, statistics
from dangjian.kernel.periods import MONTH, spans
from dangjian.kernel.statistics import Asked, ByChoice, ByMonth, Counted, Source
from dangjian.org.models import Organization
from dangjian.org.prepared import prepared_rows


@dataclass(slots=True)
class Figures(statistics.Figures):
    """Counts of a group of meetings. People are counted once for each meeting; ``present`` includes ``online``.

    ``meetings`` includes those ``before`` their organisation went live.
    """

    meetings: int = 0
    before: int = 0
    sittings: int = 0
    due: int = 0
    present: int = 0
    online: int = 0
    leave: int = 0
    absent: int = 0
    made_up: int = 0

    @property
    def rate(self) -> float | None:
        """Share of those due who came, 0 to 1; ``None`` where nobody was due."""
        return self.present / self.due if self.due else None


HISTORY = "history"
"""Chosen, it counts people also at meetings of the time before their organisation went live."""

_PRESENCE = {
    "due": Q(),
    "present": Q(presence__in=CAME),
    "online": Q(presence=Presence.ONLINE),
    "leave": Q(presence=Presence.LEAVE),
    "absent": Q(presence=Presence.ABSENT),
    "made_up": Q(presence=Presence.MADE_UP),
}
_COUNTS = {name: Count("pk", filter=condition) for name, condition in _PRESENCE.items()}


def of_kind(rows: QuerySet[Any], kind: str, meeting: str = "pk") -> QuerySet[Any]:
    """Rows whose meeting serves the kind; all for none. ``meeting`` leads from a row to its meeting."""
    serving = MeetingKindRow.objects.filter(kind=kind).values("meeting")
    return rows.filter(**{f"{meeting}__in": serving}) if kind else rows


def _held(path: str, since: dt.date, until: dt.date) -> QuerySet[Meeting]:
    rows: QuerySet[Meeting] = Meeting.objects.held().order_by()
    return rows.filter(organization__path__startswith=path, held_on__range=(since, until))


def _meetings(asked: Asked) -> QuerySet[Meeting]:
    return of_kind(_held(asked.unit.path, *asked.days), asked.get("kind"))


def _sittings(asked: Asked) -> QuerySet[Sitting]:
    rows: QuerySet[Sitting] = Sitting.objects.filter(meeting__in=_meetings(asked).values("pk"))
    return rows


def due(*, with_history: bool = False) -> QuerySet[Attendance]:
    """Everybody who was due at a meeting that took place, of the time since their organisation went live."""
    rows: QuerySet[Attendance] = Attendance.objects.filter(role=Role.ATTENDEE, meeting__status__in=TOOK_PLACE)
    return rows if with_history else rows.filter(meeting__held_on__gte=F("meeting__organization__live_on"))


def attendances(asked: Asked) -> QuerySet[Attendance]:
    """Those of ``due`` that are asked for, of one ``member`` if that is chosen."""
    rows = due(with_history=bool(asked.get(HISTORY))).filter(meeting__held_on__range=asked.days)
    if asked.unit is not None:
        rows = rows.filter(meeting__organization__path__startswith=asked.unit.path)
    if asked.get("member"):
        rows = rows.filter(member=asked.get("member"))
    return of_kind(rows, asked.get("kind"), "meeting")


def with_presence(rows: QuerySet[Attendance], figure: str) -> QuerySet[Attendance]:
    """The rows that a figure counts, all for none."""
    return rows.filter(_PRESENCE.get(figure, Q()))


HELD = Source(
    _meetings,
    {"organization": "organization_id", "month": TruncMonth("held_on"), "kind": "kinds__kind"},
    {"meetings": Count("pk"), "before": Count("pk", filter=Q(held_on__lt=F("organization__live_on")))},
)
_OF_MEETING: dict[str, str | Combinable] = {
    "organization": "meeting__organization_id",
    "month": TruncMonth("meeting__held_on"),
    "kind": "meeting__kinds__kind",
}
SITTINGS = Source(_sittings, _OF_MEETING, {"sittings": Count("pk")})
PEOPLE = Source(attendances, _OF_MEETING, _COUNTS)

LIFE = Counted(Figures, HELD, SITTINGS, PEOPLE)
"""All figures of organisational life."""
OWN_LIFE = Counted(Figures, PEOPLE)
"""Those of a member."""
BY_MONTH = ByMonth()
BY_KIND = ByChoice(
    "kind",
    "类型",
    "一次会议兼作几种类型时，在每种类型中各计一次，合计只计一次。",
    choices=lambda: codes.get("meeting_kind").choices,
)


def member_figures(rows: QuerySet[Attendance]) -> QuerySet[Any]:
    """One row for each member of ``rows`` (``attendances``).

    It has ``member_id``, ``member__name``, ``member__branch__short_name``, ``due``, ``present``, ``online``, ``leave``,
    ``absent`` and ``made_up``.
    """
    grouped = rows.order_by().values("member_id").annotate(**_COUNTS)
    names = ("member_id", "member__name", "member__branch__short_name", *_COUNTS)
    return grouped.values_list(*names, named=True)


@dataclass(frozen=True, slots=True)
class HeldNumbers:
    """How many meetings were held: by month (its first day), and by organisation right below, or itself for its own.

    Of the time before going live only months and organisations with meetings are there.
    """

    by_month: tuple[tuple[dt.date, int], ...]
    by_child: tuple[tuple[Organization, int], ...]


def held_numbers(organization: Organization, since: dt.date, until: dt.date) -> HeldNumbers:
    """Meetings of the organisation and all below it, within the open scope. Months and organisations without any stand as 0.

    Three queries that read no attendance, so that a start page can afford them.
    """
    found: dict[tuple[int, int], int] = defaultdict(int)
    # By days and added up here: taking the month out of each date is what SQLite would spend most of the time with.
    for day, n in _numbers_by(_Held.DAY, organization.path, since, until):
        found[day.year, day.month] += n
    begin = min([max(since, organization.live_on), *(dt.date(year, month, 1) for year, month in found)])
    months = [one.start for one in spans(begin, until, MONTH)]
    heads = {org.pk: org for org in _right_below(organization.pk)}
    numbers = dict.fromkeys((*heads, organization.pk), 0)
    for path, n in _numbers_by(_Held.PLACE, organization.path, since, until):
        numbers[next((pk for pk in _numbers(path) if pk in heads), organization.pk)] += n
    for pk in [pk for pk, n in numbers.items() if not n and (pk == organization.pk or heads[pk].live_on > until)]:
        del numbers[pk]
    heads[organization.pk] = organization
    return HeldNumbers(
        by_month=tuple((month, found.get((month.year, month.month), 0)) for month in months),
        by_child=tuple((heads[pk], n) for pk, n in numbers.items()),
    )


class _Held(models.TextChoices):
    """By what held meetings are counted."""

    DAY = "held_on"
    PLACE = "organization__path"


@prepared_rows
def _numbers_by(what: _Held, path: str, since: dt.date, until: dt.date) -> QuerySet[Meeting, tuple[Any, int]]:
    return _held(path, since, until).values_list(what.value).annotate(n=Count("pk"))


@prepared_rows
def _right_below(organization_id: int) -> QuerySet[Organization]:
    rows = Organization.objects.standing().filter(parent=organization_id).order_by("path")
    return rows.only("path", "short_name", "live_on")


def _numbers(path: str) -> list[int]:
    return [int(number) for number in path.split("/") if number]
