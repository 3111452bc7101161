"""How much organisational life there was and who came: by organisation, kind, month and member, in a fixed number of queries.

A meeting of a day before its organisation went live was written down as history: it is counted as ``before``, and nobody is
counted as due to it, unless ``with_history`` is asked for (a register is a record and shows all that is written down).
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import Count, F, Q, QuerySet

from dangjian.activities.meetings.models import TOOK_PLACE, Attendance, Meeting, MeetingKindRow, Presence, Role, Sitting
from dangjian.kernel import codes
from dangjian.org.models import Organization
from dangjian.org.prepared import prepared_rows


@dataclass(slots=True)
class Figures:
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
        """Share of those due who came, in percent with one decimal; ``None`` where nobody was due."""
        return round(100 * self.present / self.due, 1) if self.due else None

    @property
    def rate_with_make_up(self) -> float | None:
        """As ``rate``, with those who made it up."""
        return round(100 * (self.present + self.made_up) / self.due, 1) if self.due else None

    def add(self, other: "Figures") -> None:
        """Add the counts of ``other``."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass(frozen=True, slots=True)
class Statistics:
    """The figures of a period.

    ``by_child`` are the organisations right below (and itself, for its own meetings). ``by_kind`` rows are (code,
    title, figures); a meeting that serves two kinds stands in both, so they do not add up to ``total``.
    """

    total: Figures
    by_child: tuple[tuple[Organization, Figures], ...]
    by_kind: tuple[tuple[str, str, Figures], ...]
    by_month: tuple[tuple[dt.date, Figures], ...]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the figures are about."""

    organization: Organization
    since: dt.date
    until: dt.date
    kinds: tuple[str, ...] = ()
    with_history: bool = False


def statistics(
    organization: Organization, since: dt.date, until: dt.date, kinds: Iterable[str] = (), *, with_history: bool = False
) -> Statistics:
    """Figures of the organisation and all below it from ``since`` to ``until``, within the open scope.

    ``kinds`` limits them to meetings that serve one of these; empty means all.
    """
    asked = _Asked(organization, since, until, tuple(kinds), with_history)
    own = _leaves(asked)
    below = list(Organization.objects.below(organization).order_by("path"))
    heads = {org.pk: org for org in below if organization.pk in {org.parent_id, org.pk}}
    by_child: dict[int, Figures] = {}
    total = Figures()
    for org in below:
        figures = own.get(org.pk)
        if figures is None:
            if org.pk in heads and org.pk != organization.pk and org.dissolved_on is None and org.live_on <= until:
                by_child.setdefault(org.pk, Figures())
            continue
        head = next((pk for pk in _numbers(org.path) if pk in heads and pk != organization.pk), organization.pk)
        by_child.setdefault(head, Figures()).add(figures)
        total.add(figures)
    return Statistics(
        total=total,
        by_child=tuple((heads[pk], figures) for pk, figures in by_child.items()),
        by_kind=_by_kind(asked),
        by_month=_by_month(asked),
    )


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
    first, last = since.year * 12 + since.month - 1, until.year * 12 + until.month - 1
    live = organization.live_on.year * 12 + organization.live_on.month - 1
    begin = min([max(first, live), *(year * 12 + month - 1 for year, month in found)])
    months = [dt.date(number // 12, number % 12 + 1, 1) for number in range(begin, last + 1)]
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


def member_figures(
    organization: Organization,
    since: dt.date,
    until: dt.date,
    kinds: Iterable[str] = (),
    *,
    with_history: bool = False,
) -> QuerySet[Any, dict[str, Any]]:
    """One row (dictionary) for each member, by name, within the open scope.

    Keys: ``member_id``, ``member__name``, ``member__branch__short_name``, ``due``, ``present``, ``online``, ``leave``,
    ``absent``, ``made_up``.
    """
    rows = _attendances(_Asked(organization, since, until, tuple(kinds), with_history))
    return (
        rows.values("member_id", "member__name", "member__name_sort", "member__branch__short_name")
        .annotate(**_COUNTS)
        .order_by("member__name_sort", "member_id")
    )


_COUNTS: dict[str, Count] = {
    "due": Count("pk"),
    "present": Count("pk", filter=Q(presence__in=(Presence.PRESENT, Presence.ONLINE))),
    "online": Count("pk", filter=Q(presence=Presence.ONLINE)),
    "leave": Count("pk", filter=Q(presence=Presence.LEAVE)),
    "absent": Count("pk", filter=Q(presence=Presence.ABSENT)),
    "made_up": Count("pk", filter=Q(presence=Presence.MADE_UP)),
}


_HELD: dict[str, Count] = {
    "meetings": Count("pk"),
    "before": Count("pk", filter=Q(held_on__lt=F("organization__live_on"))),
}


def _meetings(asked: _Asked) -> QuerySet[Meeting]:
    rows = _held(asked.organization.path, asked.since, asked.until)
    return rows.filter(pk__in=MeetingKindRow.objects.filter(kind__in=asked.kinds).values("meeting")) if asked.kinds else rows


def _held(path: str, since: dt.date, until: dt.date) -> QuerySet[Meeting]:
    rows: QuerySet[Meeting] = Meeting.objects.held().order_by()
    return rows.filter(organization__path__startswith=path, held_on__range=(since, until))


def _attendances(asked: _Asked) -> QuerySet[Attendance]:
    rows: QuerySet[Attendance] = Attendance.objects.order_by().filter(
        role=Role.ATTENDEE,
        meeting__status__in=TOOK_PLACE,
        meeting__held_on__range=(asked.since, asked.until),
        meeting__organization__path__startswith=asked.organization.path,
    )
    if not asked.with_history:
        rows = rows.filter(meeting__held_on__gte=F("meeting__organization__live_on"))
    chosen = MeetingKindRow.objects.filter(kind__in=asked.kinds).values("meeting")
    return rows.filter(meeting__in=chosen) if asked.kinds else rows


def _sittings(asked: _Asked) -> QuerySet[Sitting]:
    rows: QuerySet[Sitting] = Sitting.objects.order_by().filter(meeting__in=_meetings(asked).values("pk"))
    return rows


def _gathered(
    meetings: Iterable[tuple[Any, ...]],
    sittings: Iterable[tuple[Any, int]],
    people: Iterable[tuple[Any, ...]],
) -> dict[Any, Figures]:
    found: dict[Any, Figures] = {}
    for key, number, before in meetings:
        figures = found.setdefault(key, Figures())
        figures.meetings, figures.before = number, before
    for key, number in sittings:
        found.setdefault(key, Figures()).sittings = number
    for key, *counts in people:
        figures = found.setdefault(key, Figures())
        for name, number in zip(_COUNTS, counts, strict=True):
            setattr(figures, name, number)
    return found


def _leaves(asked: _Asked) -> dict[int, Figures]:
    return _gathered(
        _meetings(asked).values_list("organization_id").annotate(**_HELD),
        _sittings(asked).values_list("meeting__organization_id").annotate(n=Count("pk")),
        _attendances(asked).values_list("meeting__organization_id").annotate(**_COUNTS),
    )


def _by_kind(asked: _Asked) -> tuple[tuple[str, str, Figures], ...]:
    found = _gathered(
        _meetings(asked).values_list("kinds__kind").annotate(**_HELD),
        _sittings(asked).values_list("meeting__kinds__kind").annotate(n=Count("pk")),
        _attendances(asked).values_list("meeting__kinds__kind").annotate(**_COUNTS),
    )
    listed = codes.get("meeting_kind").items
    return tuple((item.code, item.label, found[item.code]) for item in listed if item.code in found)


def _by_month(asked: _Asked) -> tuple[tuple[dt.date, Figures], ...]:
    def keyed(rows: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        return [(dt.date(year, month, 1), *counts) for year, month, *counts in rows]

    found = _gathered(
        keyed(_meetings(asked).values_list("held_on__year", "held_on__month").annotate(**_HELD)),
        keyed(_sittings(asked).values_list("meeting__held_on__year", "meeting__held_on__month").annotate(n=Count("pk"))),
        keyed(_attendances(asked).values_list("meeting__held_on__year", "meeting__held_on__month").annotate(**_COUNTS)),
    )
    return tuple(sorted(found.items()))


def _numbers(path: str) -> list[int]:
    return [int(number) for number in path.split("/") if number]
