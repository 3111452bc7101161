"""Which shifts an organisation knows, who works when, and when members are at work or rest after it."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from dangjian.activities.shifts.models import ShiftDay, ShiftKind
from dangjian.activities.shifts.policy import APART, DEFAULTS, Shift, Times, folded
from dangjian.kernel import clock
from dangjian.kernel.rulebook import book
from dangjian.org.models import Organization
from dangjian.org.openings import own, register

VIEW, IMPORT, OWN = "shifts.view", "shifts.import", "shifts.own"
REST = "shifts.rest_after_night"


@dataclass(frozen=True, slots=True)
class Known:
    """A shift that an organisation knows, and where that was laid down: ``row`` is ``None`` for what the platform brings."""

    shift: Shift
    row: ShiftKind | None


def line_of(path: str) -> list[str]:
    """The paths of an organisation and all above it, from the top."""
    steps = path.strip("/").split("/")
    start = "/" if path.startswith("/") else ""
    return [start + "/".join(steps[:depth]) + "/" for depth in range(1, len(steps) + 1)]


def known_at(organization: Organization) -> list[Known]:
    """The shifts of an organisation, what stands nearer in the place of what stands above it."""
    return known_on([organization.path])[organization.path]


def known_on(paths: Collection[str]) -> dict[str, list[Known]]:
    """``known_at`` of many organisations, by path, with one query."""
    lines = {path: line_of(path) for path in paths}
    wanted = {step for line in lines.values() for step in line}
    by_path: dict[str, list[ShiftKind]] = {}
    rows = register(ShiftKind).filter(organization__path__in=wanted).select_related("organization").order_by("pk")
    for row in rows:
        by_path.setdefault(row.organization.path, []).append(row)
    found = {}
    for path, line in lines.items():
        merged = {folded(shift.title): Known(shift, None) for shift in DEFAULTS}
        for step in line:
            merged |= {folded(row.title): Known(_shift(row), row) for row in by_path.get(step, ())}
        found[path] = list(merged.values())
    return found


def _shift(row: ShiftKind) -> Shift:
    return Shift(row.title, tuple(filter(None, row.writings.split(APART))), row.starts, row.ends)


def times_of(member_ids: Collection[int], first: dt.date, last: dt.date) -> Mapping[int, Sequence[Times]]:
    """When members with a plan between two days are at work, or at rest after a night; somebody off has none.

    See ``members.offers.WorkTimes``. A night that began before ``first`` counts.
    """
    rest = dt.timedelta(hours=book().on(REST, clock.today()).expect(int))
    before = first - dt.timedelta(days=1)
    rows = ShiftDay.objects.filter(on__gte=before, on__lte=last).select_related("member__organization")
    chosen = set(member_ids)
    days = [row for row in rows if row.member_id in chosen]
    shifts = titles_on({row.member.organization.path for row in days})
    found: dict[int, list[Times]] = {}
    for row in days:
        if row.on >= first:
            found.setdefault(row.member_id, [])
        shift = shifts[row.member.organization.path].get(row.shift)
        if shift and (busy := shift.busy(row.on, rest)):
            found.setdefault(row.member_id, []).append(busy)
    return found


def titles_on(paths: Collection[str]) -> dict[str, dict[str, Shift]]:
    """The shifts of organisations by their titles, by path."""
    return {path: {one.shift.title: one.shift for one in known} for path, known in known_on(paths).items()}


def own_days(user_id: int, first: dt.date, last: dt.date) -> Sequence[ShiftDay]:
    """A person's own shifts between two days."""
    rows = own(ShiftDay, user_id).filter(on__range=(first, last))
    return list(rows.select_related("member__organization").order_by("on"))
