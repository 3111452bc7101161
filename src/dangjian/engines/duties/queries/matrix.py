"""The responsibility matrix: organisations by duties, counted in the database."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from django.db.models import Case, CharField, Count, Exists, F, OuterRef, Q, QuerySet, Value, When

from dangjian.engines.duties.models import Duty, DutyQuerySet, State, is_overdue, is_soon
from dangjian.kernel import clock
from dangjian.kernel.registry import offers
from dangjian.kernel.windows import Window
from dangjian.org.duty_offers import DutyRule
from dangjian.org.models import Kind, Organization

Level = Literal["section", "body", "own"]
"""What a row gathers: a committee or general branch with its branches and their groups; a branch with its groups; one
organisation.
"""

SECTIONS = (Kind.COMMITTEE, Kind.GENERAL_BRANCH)
LOCAL = "local"
OWNERS: dict[Level, object] = {
    "section": Case(
        When(organization__kind=Kind.BRANCH, then=F("organization__parent_id")),
        When(organization__kind=Kind.GROUP, then=F("organization__parent__parent_id")),
        default=F("organization_id"),
    ),
    "body": Case(When(organization__kind=Kind.GROUP, then=F("organization__parent_id")), default=F("organization_id")),
    "own": F("organization_id"),
}
STATES = {"overdue": "已超期", "soon": "需尽快办", "open": "待办", "done": "已完成", "excused": "免办"}


@dataclass(slots=True)
class Cell:
    """Counts of the duties behind one cell."""

    total: int = 0
    done: int = 0
    late: int = 0
    soon: int = 0
    overdue: int = 0
    excused: int = 0

    @property
    def open(self) -> int:
        """Neither done nor due soon nor overdue."""
        return self.total - self.done - self.soon - self.overdue - self.excused

    @property
    def state(self) -> str:
        """The worst there is: overdue, soon, open, done, excused."""
        worst = next((name for name in ("overdue", "soon", "open", "done") if getattr(self, name)), "excused")
        return worst if self.total else "none"

    @property
    def tone(self) -> str:
        """Its colour; the icon and the word say the same."""
        return {"overdue": "bad", "soon": "warn", "done": "good"}.get(self.state, "")

    @property
    def icon(self) -> str:
        """Its sign."""
        icons = {"overdue": "alert-circle", "soon": "clock", "open": "circle-dashed", "done": "check", "excused": "circle-minus"}
        return icons.get(self.state, "minus")

    @property
    def word(self) -> str:
        """The state in two or three characters for a single duty, else how many of all are done."""
        if self.total == 1:
            return {"overdue": "超期", "soon": "尽快", "open": "待办", "done": "完成", "excused": "免办"}[self.state]
        return f"{self.done}/{self.total - self.excused}" if self.total > self.excused else "免办"

    @property
    def spoken(self) -> str:
        """For screen readers and the tip: 已超期 2 项，已完成 3 项."""
        return "，".join(f"{word} {getattr(self, name)} 项" for name, word in STATES.items() if getattr(self, name))

    def add(self, other: "Cell") -> None:
        """Take the counts of another cell in."""
        for name in ("total", "done", "late", "soon", "overdue", "excused"):
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass(frozen=True, slots=True)
class Column:
    """A duty, by the code of its rule; all local ones together."""

    code: str
    title: str
    short: str


@dataclass(slots=True)
class Row:
    """A line of the matrix. ``level`` says what it gathers, ``inside`` whether it can be opened."""

    organization: Organization
    level: Level
    inside: Level | None
    depth: int
    cells: dict[str, Cell] = field(default_factory=dict)

    @property
    def before(self) -> int:
        """The depth of the line it lies in."""
        return self.depth - 1

    @property
    def sum(self) -> Cell:
        """All its cells."""
        total = Cell()
        for cell in self.cells.values():
            total.add(cell)
        return total

    def line(self, columns: Iterable[Column]) -> list[tuple[Column, Cell | None]]:
        """Its cells in the order of ``columns``."""
        return [(column, self.cells.get(column.code)) for column in columns]


def counts(today: dt.date, amber: dt.date | None = None) -> dict[str, Count]:
    """Aggregates of the states, seen from ``today``; what is due by ``amber`` is due soon."""
    return {
        "done": Count("pk", filter=Q(state=State.DONE)),
        "late": Count("pk", filter=Q(state=State.DONE, done_on__gt=F("due_on"))),
        "soon": Count("pk", filter=is_soon(today, amber)),
        "overdue": Count("pk", filter=is_overdue(today)),
        "excused": Count("pk", filter=Q(state=State.EXCUSED)),
    }


def duties_in(window: Window, rule: str = "", state: str = "") -> DutyQuerySet:
    """Duties of the scope that fall in the window, of one column and state if named."""
    rows = Duty.objects.live().falling_in(window.start, window.last)
    if rule == LOCAL:
        rows = rows.filter(local_duty__isnull=False)
    elif rule:
        rows = rows.filter(rule=rule)
    return rows.filter(in_state(state)) if state else rows


def in_state(state: str) -> Q:
    """The condition for a code of ``STATES``; everything for another."""
    today = clock.today()
    conditions = {
        "overdue": is_overdue(today),
        "soon": is_soon(today),
        "done": Q(state=State.DONE),
        "excused": Q(state=State.EXCUSED),
        "open": Q(state=State.OPEN) & ~is_soon(today) & ~is_overdue(today),
    }
    return conditions.get(state, Q())


def behind(rows: DutyQuerySet, level: Level, organization_id: int) -> DutyQuerySet:
    """Those of ``rows`` that one line of the matrix counts."""
    inside = {
        "section": Q(organization_id=organization_id)
        | Q(organization__parent_id=organization_id, organization__kind=Kind.BRANCH)
        | Q(organization__parent__parent_id=organization_id, organization__kind=Kind.GROUP),
        "body": Q(organization_id=organization_id) | Q(organization__parent_id=organization_id, organization__kind=Kind.GROUP),
        "own": Q(organization_id=organization_id),
    }
    return rows.filter(inside[level])


def top_rows() -> tuple[QuerySet[Organization], Level, Level | None]:
    """What the matrix lists at first: sections if the scope holds any, else branches, else groups; ``opens``: lines inside."""
    standing = Organization.objects.standing()
    below = Organization.objects.standing().filter(parent=OuterRef("pk"))
    if standing.filter(kind__in=SECTIONS).exists():
        return standing.filter(kind__in=SECTIONS).annotate(opens=Exists(below.filter(kind=Kind.BRANCH))), "section", "body"
    if standing.filter(kind=Kind.BRANCH).exists():
        return standing.filter(kind=Kind.BRANCH).annotate(opens=Exists(below.filter(kind=Kind.GROUP))), "body", "own"
    return standing, "own", None


def having(organizations: QuerySet[Organization], rows: DutyQuerySet, level: Level) -> QuerySet[Organization]:
    """Those ``organizations`` whose line would count one of ``rows``."""
    return organizations.filter(pk__in=rows.order_by().annotate(line=OWNERS[level]).values("line"))


def rows_of(
    organizations: Iterable[Organization],
    level: Level,
    inside: Level | None,
    duties: DutyQuerySet,
    depth: int = 0,
) -> list[Row]:
    """Lines with their cells, in one query however many organisations there are."""
    lines = {one.pk: Row(one, level, inside if getattr(one, "opens", False) else None, depth) for one in organizations}
    _fill(lines, level, duties)
    return list(lines.values())


def rows_inside(organization: Organization, level: Level, duties: DutyQuerySet, depth: int) -> list[Row]:
    """What a line opens to: the organisation by itself, then those below it that the line gathered."""
    below_kind = Kind.BRANCH if level == "body" else Kind.GROUP
    deeper: Level | None = "own" if level == "body" else None
    below = Organization.objects.standing().filter(parent=organization, kind=below_kind)
    if level == "body":
        groups = Organization.objects.standing().filter(parent=OuterRef("pk"), kind=Kind.GROUP)
        below = below.annotate(opens=Exists(groups))
    itself = {organization.pk: Row(organization, "own", None, depth)}
    lines = {one.pk: Row(one, level, deeper if getattr(one, "opens", False) else None, depth) for one in below}
    _fill(itself, "own", duties)
    _fill(lines, level, duties)
    return [*(row for row in itself.values() if row.cells), *lines.values()]


def _fill(lines: dict[int, Row], level: Level, duties: DutyQuerySet) -> None:
    wanted = _members_of(level, list(lines))
    grouped = (
        duties.filter(organization_id__in=wanted)
        .order_by()
        .annotate(
            line=OWNERS[level],
            column=Case(When(local_duty__isnull=False, then=Value(LOCAL)), default=F("rule"), output_field=CharField()),
        )
        .values("line", "column")
        .annotate(total=Count("pk"), **counts(clock.today()))
    )
    for found in grouped:
        line = lines.get(found.pop("line"))
        column = found.pop("column")
        if line is not None:
            line.cells[column] = Cell(**found)


def _members_of(level: Level, ids: list[int]) -> list[int]:
    """Organisations that lines of this level gather, by name, so that the database need not read the duties of all others."""
    found, parents = list(ids), ids
    for _ in range({"own": 0, "body": 1, "section": 2}[level]):
        standing = Organization.objects.standing().order_by()
        parents = list(standing.filter(parent_id__in=parents).values_list("pk", flat=True))
        found += parents
    return found


def columns_of(rows: Iterable[Row]) -> list[Column]:
    """The duties that some line has, in their order; the local ones last."""
    present = {code for row in rows for code in row.cells}
    known = [Column(rule.code, rule.title, rule.short) for rule in offers(DutyRule) if rule.code in present]
    return [*known, *([Column(LOCAL, "自定任务", "自定任务")] if LOCAL in present else [])]


def column_choices() -> list[tuple[str, str]]:
    """All columns for the filter."""
    return [*((rule.code, rule.title) for rule in offers(DutyRule)), (LOCAL, "自定任务")]
