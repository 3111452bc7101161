"""The plan of an organisation for a week or a month, as its page shows it."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from dangjian.activities.shifts.models import ShiftDay
from dangjian.activities.shifts.policy import Shift
from dangjian.activities.shifts.queries import titles_on
from dangjian.kernel import clock
from dangjian.members.models import Member
from dangjian.org.models import Organization

WEEK = 7


@dataclass(frozen=True, slots=True)
class Cell:
    """What a member does on a day; without ``title`` nothing is planned."""

    title: str = ""
    shift: Shift | None = None

    @property
    def short(self) -> str:
        """It in a narrow column."""
        return self.title[:1]

    @property
    def hours(self) -> str:
        """Its times; "" where they are not known any more."""
        return self.shift.hours if self.shift else ""

    @property
    def look(self) -> str:
        """Rest, night or work, for the style sheet."""
        if self.shift is None:
            return ""
        return "rest" if self.shift.is_rest else "night" if self.shift.is_night else "work"


@dataclass(frozen=True, slots=True)
class Crew:
    """Who works in one shift on a day."""

    cell: Cell
    names: Sequence[str]


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the plan and the crews of it."""

    on: dt.date
    crews: Sequence[Crew]

    @property
    def is_today(self) -> bool:
        """Whether it is today."""
        return self.on == clock.today()


@dataclass(frozen=True, slots=True)
class Board:
    """``lines``: members with their cells day by day; ``unplanned``: how many members have no plan in these days."""

    days: Sequence[Day]
    lines: Sequence[tuple[Member, Sequence[Cell]]]
    unplanned: int


def board_of(organization: Organization, first: dt.date, number: int) -> Board:
    """The plan of an organisation for ``number`` days from ``first``."""
    on = [first + dt.timedelta(days=away) for away in range(number)]
    members = list(
        Member.objects.counted()
        .filter(organization__path__startswith=organization.path)
        .select_related("organization")
        .order_by("name_sort", "pk")
    )
    rows = ShiftDay.objects.filter(member__in=members, on__range=(on[0], on[-1]))
    titles = {(row.member_id, row.on): row.shift for row in rows}
    shifts = titles_on({one.organization.path for one in members})
    lines = []
    for member in members:
        known = shifts[member.organization.path]
        cells = [Cell(title, known.get(title)) if (title := titles.get((member.pk, day))) else Cell() for day in on]
        if any(cell.title for cell in cells):
            lines.append((member, cells))
    return Board([_day(day, place, lines) for place, day in enumerate(on)], lines, len(members) - len(lines))


def _day(on: dt.date, place: int, lines: Sequence[tuple[Member, Sequence[Cell]]]) -> Day:
    crews: dict[Cell, list[str]] = {}
    for member, cells in lines:
        if cells[place].title:
            crews.setdefault(cells[place], []).append(member.name)
    ordered = sorted(crews.items(), key=lambda pair: _order(pair[0]))
    return Day(on, [Crew(cell, names) for cell, names in ordered])


def _order(cell: Cell) -> tuple[bool, dt.time, str]:
    starts = cell.shift.starts if cell.shift else None
    return starts is None, starts or dt.time(), cell.title
