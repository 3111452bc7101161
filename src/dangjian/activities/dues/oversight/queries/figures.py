"""How dues stand: owed, paid, on time, reduced, exempt, given freely, in arrears, by organisation, month, kind and member.

The number of statements is fixed. Sums of branches and months are read from ``BranchMonth``, everything about a kind of payer
or a member from the bills themselves; both add up to the same. Months count whole, by their first day.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce, TruncMonth

from dangjian.activities.dues.assessment.models import Assessment
from dangjian.activities.dues.billing.models import Bill, BranchMonth, Payment, PaymentLine
from dangjian.kernel import clock, statistics
from dangjian.kernel.periods import last_of_month
from dangjian.kernel.statistics import Asked, Counted, Source
from dangjian.org.openings import register

SHOWS = {
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
class Figures(statistics.Figures):
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


REDUCED = Q(relief__isnull=False, owed_fen__gt=0, owed_fen__lt=F("standard_fen"))
EXEMPT = Q(relief__isnull=False, owed_fen=0)
"""As ``BranchMonth`` counts them: a relief in force that leaves less, or nothing, to pay."""


def _below(rows: QuerySet[Any], asked: Asked) -> QuerySet[Any]:
    return rows if asked.unit is None else rows.filter(organization__path__startswith=asked.unit.path)


def _of_payers(rows: QuerySet[Any], asked: Asked) -> QuerySet[Any]:
    """Of one kind, and of one member, if that is chosen."""
    chosen = {name: asked.get(name) for name in ("kind", "member") if asked.get(name)}
    return rows.filter(**chosen)


def _branch_months(asked: Asked) -> QuerySet[BranchMonth]:
    rows: QuerySet[BranchMonth] = _below(BranchMonth.objects.filter(month__range=asked.days), asked)
    return rows


def bills(asked: Asked) -> QuerySet[Bill]:
    """The bills that are counted."""
    rows: QuerySet[Bill] = _of_payers(_below(Bill.objects.order_by().filter(month__range=asked.days), asked), asked)
    return rows


def latest_due() -> dt.date | None:
    """The latest month whose last day for collecting is past; ``None`` before there is one."""
    found: dt.date | None = register(BranchMonth).filter(due_on__lt=clock.today()).aggregate(latest=Max("month"))["latest"]
    return found


def is_overdue(latest: dt.date) -> Q:
    """Of bills: not settled though the last day is past, where ``latest`` is the latest month whose own last day is."""
    return Q(settled_on=None, month__lte=latest) & (Q(later_due_on=None) | Q(later_due_on__lt=clock.today()))


def _overdue(asked: Asked) -> QuerySet[Bill]:
    latest = latest_due()
    return bills(asked).filter(is_overdue(latest)) if latest else bills(asked).none()


def extra_payments() -> QuerySet[Any]:
    """Payments (and reversals) with something given freely, with their ``month`` and the ``kind`` of the payer then."""
    then = (
        register(Assessment)
        .holding()
        .filter(
            Q(until_month=None) | Q(until_month__gt=OuterRef("month")),
            member=OuterRef("member_id"),
            from_month__lte=OuterRef("month"),
        )
    )
    rows = Payment.objects.order_by().exclude(extra_fen=0).annotate(month=TruncMonth("paid_on"))
    return rows.annotate(kind=Coalesce(Subquery(then.values("kind")[:1]), Value("")))


def _extras(asked: Asked) -> QuerySet[Any]:
    days = (asked.since, last_of_month(asked.until))
    return _of_payers(_below(extra_payments().filter(paid_on__range=days), asked), asked)


def _due_on(prefix: str = "") -> Subquery:
    """Until when the month of a bill is collected."""
    same = register(BranchMonth).filter(organization=OuterRef(f"{prefix}organization_id"), month=OuterRef(f"{prefix}month"))
    return Subquery(same.values("due_on")[:1])


STANDING = Q(amount_fen__gt=0, payment__reversed_by=None)
"""Of lines of payments: neither reversed nor of a reversal, which is told by its sign.

Asked whether its payment reverses another, SQLite would begin with that: by the index it expects one such payment, and goes
through all of them for each bill.
"""


def _lines_on_time(asked: Asked) -> QuerySet[PaymentLine]:
    """What was paid in time of the bills that may be read, wherever it was paid."""
    rows: QuerySet[PaymentLine] = register(PaymentLine).order_by()
    return rows.filter(
        STANDING,
        bill__in=bills(asked).values("pk"),
        payment__paid_on__lte=Coalesce("bill__later_due_on", _due_on("bill__")),
    )


def _by_bills(asked: Asked, split: str) -> bool:
    """Whether the sums of branches say nothing about what is asked."""
    return split == "kind" or bool(asked.get("kind") or asked.get("member"))


_KEYS = {"organization": "organization_id", "month": "month", "kind": "kind"}
_SUMMED = ("bills", "unsettled", "reduced", "exempt", "owed_fen", "paid_fen", "on_time_fen")
SUMS = Source(_branch_months, _KEYS, {name: Sum(name) for name in _SUMMED}, lambda asked, split: not _by_bills(asked, split))
BILLS = Source(
    bills,
    _KEYS,
    {
        "bills": Count("pk"),
        "unsettled": Count("pk", filter=Q(settled_on=None)),
        "reduced": Count("pk", filter=REDUCED),
        "exempt": Count("pk", filter=EXEMPT),
        "owed_fen": Sum("owed_fen"),
        "paid_fen": Sum("paid_fen"),
    },
    _by_bills,
)
ON_TIME = Source(
    _lines_on_time, {name: f"bill__{key}" for name, key in _KEYS.items()}, {"on_time_fen": Sum("amount_fen")}, _by_bills
)
OVERDUE = Source(_overdue, _KEYS, {"arrears": Count("pk"), "arrears_fen": Sum(F("owed_fen") - F("paid_fen"))})
EXTRAS = Source(_extras, _KEYS, {"extra_fen": Sum("extra_fen")})

DUES = Counted(Figures, SUMS, BILLS, ON_TIME, OVERDUE, EXTRAS)
"""All figures of dues."""


def with_days(rows: QuerySet[Bill]) -> QuerySet[Bill]:
    """Bills with ``due_on``, and ``on_time_fen``, what was paid in time."""
    in_time = _in_time().values("bill").annotate(n=Sum("amount_fen")).values("n")
    rows = rows.annotate(due_on=Coalesce("later_due_on", _due_on()))
    return rows.annotate(on_time_fen=Coalesce(Subquery(in_time), Value(0)))


def _in_time() -> QuerySet[PaymentLine]:
    """What was paid in time of the bill that is asked about, wherever it was paid."""
    rows: QuerySet[PaymentLine] = register(PaymentLine).order_by()
    return rows.filter(STANDING, bill=OuterRef("pk"), payment__paid_on__lte=OuterRef("due_on"))


def showing(rows: QuerySet[Bill], show: str) -> QuerySet[Bill]:
    """Those of ``with_days`` behind a figure: ``show`` is a code of ``SHOWS``; all for nothing."""
    latest = latest_due() if show == "arrears" else None
    chosen = {
        "paid": Q(paid_fen__gt=0),
        "settled": Q(settled_on__isnull=False),
        "unsettled": Q(settled_on=None),
        "on_time": Exists(_in_time()),
        "late": Q(settled_on__gt=F("due_on")),
        "arrears": is_overdue(latest) if latest else Q(pk__in=[]),
        "reduced": REDUCED,
        "exempt": EXEMPT,
    }.get(show, Q())
    return rows.filter(chosen)


@dataclass(frozen=True, slots=True)
class ListTotals:
    """Sums of a list of bills, in 分."""

    number: int
    owed_fen: int
    paid_fen: int
    on_time_fen: int
    left_fen: int


def totals(rows: QuerySet[Bill]) -> ListTotals:
    """Sums of ``with_days`` rows."""
    found = rows.order_by().aggregate(
        number=Count("pk"),
        owed=Sum("owed_fen"),
        paid=Sum("paid_fen"),
        on_time=Sum("on_time_fen"),
        left=Sum(F("owed_fen") - F("paid_fen"), filter=Q(settled_on=None)),
    )
    return ListTotals(*(found[name] or 0 for name in ("number", "owed", "paid", "on_time", "left")))


_OF_MEMBER = {
    "months": Count("pk"),
    "open_months": Count("pk", filter=Q(settled_on=None)),
    "owed": Sum("owed_fen"),
    "paid": Sum("paid_fen"),
    "left": Coalesce(Sum(F("owed_fen") - F("paid_fen"), filter=Q(settled_on=None)), Value(0)),
}


def members(rows: QuerySet[Bill]) -> QuerySet[Any]:
    """One row for each member of the bills.

    It has ``member_id``, ``member__name``, ``member__branch__short_name``, ``months``, ``open_months``, and in 分 ``owed``,
    ``paid`` and ``left``.
    """
    grouped = rows.order_by().values("member_id").annotate(**_OF_MEMBER)
    names = ("member_id", "member__name", "member__branch__short_name", *_OF_MEMBER)
    found: QuerySet[Any] = grouped.values_list(*names, named=True)
    return found
