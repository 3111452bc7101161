"""How dues stand: owed, paid, on time, reduced, exempt, given freely, in arrears, by organisation, month, kind and member.

The number of statements is fixed. Sums of branches and months are read from ``BranchMonth``, everything about a kind of payer
from the bills themselves; both add up to the same.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce, TruncMonth

from dangjian.activities.dues.kinds import PayerKind
from dangjian.activities.dues.models import Assessment, Bill, BranchMonth, Payment, PaymentLine
from dangjian.kernel import clock
from dangjian.org.models import Organization
from dangjian.org.scope import everything

SHOWS = {
    "all": "全部应交",
    "paid": "已交",
    "settled": "已交清",
    "unsettled": "未交清",
    "on_time": "按期交纳",
    "late": "逾期交清",
    "arrears": "欠交",
    "reduced": "少交",
    "exempt": "免交",
}
"""Which bills a list shows, by code."""


@dataclass(slots=True)
class Figures:
    """Sums of bills, money in 分. ``extra_fen`` was given freely in the same months; ``arrears`` counts overdue bills."""

    bills: int = 0
    unsettled: int = 0
    reduced: int = 0
    exempt: int = 0
    owed_fen: int = 0
    paid_fen: int = 0
    on_time_fen: int = 0
    extra_fen: int = 0
    arrears: int = 0
    arrears_fen: int = 0

    @property
    def settled(self) -> int:
        """Bills on which nothing is left to pay."""
        return self.bills - self.unsettled

    @property
    def rate(self) -> float | None:
        """What was paid of what is owed, 0 to 1; ``None`` where nothing is owed."""
        return self.paid_fen / self.owed_fen if self.owed_fen else None

    @property
    def on_time_rate(self) -> float | None:
        """What was paid in time of what is owed, 0 to 1; ``None`` where nothing is owed."""
        return self.on_time_fen / self.owed_fen if self.owed_fen else None

    def add(self, other: "Figures") -> None:
        """Add the sums of ``other``."""
        for one in fields(self):
            setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))


@dataclass(frozen=True, slots=True)
class Asked:
    """What is counted: an organisation with all below it, months from ``since`` to ``until`` (first days), one kind or all."""

    organization: Organization
    since: dt.date
    until: dt.date
    kind: str = ""

    @property
    def last_day(self) -> dt.date:
        """The end of the last month."""
        return (self.until + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Statistics:
    """The figures of a period; ``by_child`` are the organisations right below, and itself for what it collects itself."""

    total: Figures
    by_child: tuple[tuple[Organization, Figures], ...]
    by_kind: tuple[tuple[str, str, Figures], ...]
    by_month: tuple[tuple[dt.date, Figures], ...]


def statistics(asked: Asked) -> Statistics:
    """All figures, within the open scope. Kinds that nobody is of and months without bills are left out."""
    total = Figures()
    leaves = by(asked, "organization_id")
    for figures in leaves.values():
        total.add(figures)
    kinds = by(asked, "kind")
    return Statistics(
        total=total,
        by_child=_by_child(asked.organization, leaves),
        by_kind=tuple((code, title, kinds[code]) for code, title in (*PayerKind.choices, ("", "未核定")) if code in kinds),
        by_month=tuple(sorted(by(asked, "month").items())),
    )


def by(asked: Asked, key: str) -> dict[Any, Figures]:
    """Figures by ``key``: ``organization_id``, ``month`` or ``kind``."""
    found = _from_bills(asked, key) if asked.kind or key == "kind" else _from_branch_months(asked, key)
    for value, number, left in _overdue(asked).values_list(key).annotate(n=Count("pk"), left=Sum(F("owed_fen") - F("paid_fen"))):
        figures = found.setdefault(value, Figures())
        figures.arrears, figures.arrears_fen = number, left
    for value, extra in extras(asked).values_list(key).annotate(extra=Sum("extra_fen")):
        found.setdefault(value or "", Figures()).extra_fen = extra
    return found


SUMMED = ("bills", "unsettled", "reduced", "exempt", "owed_fen", "paid_fen", "on_time_fen")


def _from_branch_months(asked: Asked, key: str) -> dict[Any, Figures]:
    rows = BranchMonth.objects.order_by().filter(
        organization__path__startswith=asked.organization.path, month__range=(asked.since, asked.until)
    )
    sums = {f"sum_{name}": Sum(name) for name in SUMMED}
    return {value: Figures(**dict(zip(SUMMED, found, strict=True))) for value, *found in rows.values_list(key).annotate(**sums)}


REDUCED = Q(relief__isnull=False, owed_fen__gt=0, owed_fen__lt=F("standard_fen"))
EXEMPT = Q(relief__isnull=False, owed_fen=0)
"""As ``BranchMonth`` counts them: a relief in force that leaves less, or nothing, to pay."""


def _from_bills(asked: Asked, key: str) -> dict[Any, Figures]:
    counted = (
        bills(asked)
        .values_list(key)
        .annotate(
            n=Count("pk"),
            unsettled=Count("pk", filter=Q(settled_on=None)),
            reduced=Count("pk", filter=REDUCED),
            exempt=Count("pk", filter=EXEMPT),
            owed=Sum("owed_fen"),
            paid=Sum("paid_fen"),
        )
    )
    found = {value: Figures(*numbers) for value, *numbers in counted}
    for value, on_time in _lines_on_time(asked).values_list(f"bill__{key}").annotate(n=Sum("amount_fen")):
        found[value].on_time_fen = on_time
    return found


def bills(asked: Asked) -> QuerySet[Bill]:
    """The bills that are counted."""
    rows: QuerySet[Bill] = Bill.objects.order_by().filter(
        organization__path__startswith=asked.organization.path, month__range=(asked.since, asked.until)
    )
    return rows.filter(kind=asked.kind) if asked.kind else rows


def latest_due() -> dt.date | None:
    """The latest month whose last day for collecting is past; ``None`` before there is one."""
    with everything("until when a month is collected is the same for all"):
        found: dt.date | None = BranchMonth.objects.filter(due_on__lt=clock.today()).aggregate(latest=Max("month"))["latest"]
        return found


def is_overdue(latest: dt.date) -> Q:
    """Of bills: not settled though the last day is past, where ``latest`` is the latest month whose own last day is."""
    return Q(settled_on=None, month__lte=latest) & (Q(later_due_on=None) | Q(later_due_on__lt=clock.today()))


def _overdue(asked: Asked) -> QuerySet[Bill]:
    latest = latest_due()
    return bills(asked).filter(is_overdue(latest)) if latest else bills(asked).none()


def extras(asked: Asked) -> QuerySet[Payment]:
    """Payments (and reversals) with something given freely in these months, with ``month`` and the ``kind`` of the payer then."""
    with everything("the kind of somebody whose payment may be read, wherever he belongs now"):
        then = Assessment.objects.holding().filter(
            Q(until_month=None) | Q(until_month__gt=OuterRef("month")),
            member=OuterRef("member_id"),
            from_month__lte=OuterRef("month"),
        )
    rows: QuerySet[Any] = (
        Payment.objects.order_by()
        .exclude(extra_fen=0)
        .filter(organization__path__startswith=asked.organization.path, paid_on__range=(asked.since, asked.last_day))
        .annotate(month=TruncMonth("paid_on"))
        .annotate(kind=Coalesce(Subquery(then.values("kind")[:1]), Value("")))
    )
    return rows.filter(kind=asked.kind) if asked.kind else rows


def _due_on(prefix: str = "") -> Subquery:
    """Until when the month of a bill is collected."""
    with everything("until when a month is collected is the same for all"):
        same = BranchMonth.objects.filter(organization=OuterRef(f"{prefix}organization_id"), month=OuterRef(f"{prefix}month"))
        return Subquery(same.values("due_on")[:1])


def _lines_on_time(asked: Asked) -> QuerySet[PaymentLine]:
    with everything("payments of bills that may be read"):
        rows: QuerySet[PaymentLine] = PaymentLine.objects.order_by().filter(
            payment__reverses=None,
            payment__reversed_by=None,
            payment__paid_on__lte=Coalesce("bill__later_due_on", _due_on("bill__")),
        )
    return rows.filter(bill__in=bills(asked).values("pk"))


def listed(asked: Asked, show: str = "all") -> QuerySet[Bill]:
    """The bills behind a figure (``show`` is a code of ``SHOWS``), with ``due_on`` and ``on_time_fen``, what was paid in time."""
    with everything("payments of bills that may be read"):
        in_time = PaymentLine.objects.order_by().filter(
            bill=OuterRef("pk"), payment__reverses=None, payment__reversed_by=None, payment__paid_on__lte=OuterRef("due_on")
        )
    rows = bills(asked).annotate(due_on=Coalesce("later_due_on", _due_on()))
    sums = in_time.values("bill").annotate(n=Sum("amount_fen")).values("n")
    latest = latest_due()
    chosen = {
        "paid": Q(paid_fen__gt=0),
        "settled": Q(settled_on__isnull=False),
        "unsettled": Q(settled_on=None),
        "on_time": Exists(in_time),
        "late": Q(settled_on__gt=F("due_on")),
        "arrears": is_overdue(latest) if latest else Q(pk__in=[]),
        "reduced": REDUCED,
        "exempt": EXEMPT,
    }.get(show, Q())
    return rows.filter(chosen).annotate(on_time_fen=Coalesce(Subquery(sums), Value(0)))


@dataclass(frozen=True, slots=True)
class ListTotals:
    """Sums of a list of bills, in 分."""

    number: int
    owed_fen: int
    paid_fen: int
    on_time_fen: int
    left_fen: int


def totals(rows: QuerySet[Bill]) -> ListTotals:
    """Sums of ``listed`` rows."""
    found = rows.order_by().aggregate(
        number=Count("pk"),
        owed=Sum("owed_fen"),
        paid=Sum("paid_fen"),
        on_time=Sum("on_time_fen"),
        left=Sum(F("owed_fen") - F("paid_fen"), filter=Q(settled_on=None)),
    )
    return ListTotals(*(found[name] or 0 for name in ("number", "owed", "paid", "on_time", "left")))


def members(asked: Asked) -> QuerySet[Any, dict[str, Any]]:
    """One row (dictionary) for each member with bills, by name.

    Keys: ``member_id``, ``member__name``, ``member__branch__short_name``, ``months``, ``open_months``, and in 分 ``owed``,
    ``paid``, ``left``.
    """
    return (
        bills(asked)
        .values("member_id", "member__name", "member__name_sort", "member__name_initials", "member__branch__short_name")
        .annotate(
            months=Count("pk"),
            open_months=Count("pk", filter=Q(settled_on=None)),
            owed=Sum("owed_fen"),
            paid=Sum("paid_fen"),
            left=Coalesce(Sum(F("owed_fen") - F("paid_fen"), filter=Q(settled_on=None)), Value(0)),
        )
        .order_by("member__name_sort", "member_id")
    )


def _by_child(organization: Organization, leaves: dict[int, Figures]) -> tuple[tuple[Organization, Figures], ...]:
    """Figures of organisations that collect, added up under those right below ``organization``."""
    below = list(Organization.objects.below(organization).order_by("path"))
    heads = {one.pk: one for one in below if one.parent_id == organization.pk and not one.is_group}
    found: dict[int, Figures] = {pk: Figures() for pk, head in heads.items() if head.dissolved_on is None}
    for one in below:
        if one.pk in leaves:
            head = next((pk for pk in _numbers(one.path) if pk in heads), organization.pk)
            found.setdefault(head, Figures()).add(leaves[one.pk])
    heads[organization.pk] = organization
    return tuple((heads[pk], figures) for pk, figures in found.items())


def _numbers(path: str) -> Iterable[int]:
    return (int(number) for number in path.split("/") if number)
