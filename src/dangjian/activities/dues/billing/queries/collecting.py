"""What the pages of collecting show: a branch's month, one member's bills, months ahead, payments."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet

from dangjian.activities.dues import policy, rates
from dangjian.activities.dues.assessment.models import Arrangement, ArrangementKind, Assessment, PaidUntil, Relief, ReliefKind
from dangjian.activities.dues.billing.models import Bill, Payment, PaymentLine
from dangjian.activities.dues.oversight.queries.figures import STANDING
from dangjian.activities.dues.payments.models import OrderState, PaymentOrder
from dangjian.kernel import clock
from dangjian.members.models import Member
from dangjian.org.models import Organization
from dangjian.org.openings import own, register
from dangjian.org.policy import barred
from dangjian.org.prepared import prepared_rows


@dataclass(slots=True)
class Row:
    """A member's bill of the month, what they owe from before at the same branch, and the payment that settled the bill.

    ``order`` is what they are about to pay online, for the same months.
    """

    bill: Bill
    older: list[Bill] = field(default_factory=list)
    payment: Payment | None = None
    order: PaymentOrder | None = None

    @property
    def older_fen(self) -> int:
        """What is left of earlier months."""
        return sum(bill.left_fen for bill in self.older)

    @property
    def is_behind(self) -> bool:
        """Whether one of the earlier months is late: those of a running quarter are not."""
        return any(bill.later_due_on is None or bill.later_due_on < clock.today() for bill in self.older)

    @property
    def older_value(self) -> str:
        """Numbers of the earlier bills, for one tick."""
        return ",".join(str(bill.pk) for bill in self.older)


@dataclass(slots=True)
class MonthSheet:
    """One branch's month: who owes, who has paid, who owes nothing, and who owes only from before."""

    organization: Organization
    month: dt.date
    open: list[Row]
    settled: list[Row]
    free: list[Row]
    behind: list[Row]

    @property
    def owed_fen(self) -> int:
        """What everybody owes for the month."""
        return sum(row.bill.owed_fen for row in (*self.open, *self.settled, *self.free))

    @property
    def paid_fen(self) -> int:
        """What was paid of it."""
        return sum(row.bill.paid_fen for row in (*self.open, *self.settled, *self.free))

    @property
    def left_fen(self) -> int:
        """What is still to pay."""
        return sum(row.bill.left_fen for row in self.open)

    @property
    def payers(self) -> int:
        """How many owe something for the month."""
        return len(self.open) + len(self.settled)

    @property
    def is_empty(self) -> bool:
        """Whether no bill was made."""
        return not (self.open or self.settled or self.free)


def month_sheet(organization: Organization, month: dt.date, *, group: Organization | None = None) -> MonthSheet:
    """The bills of one branch and month in the open scope, or of one ``group`` of it, in a constant number of queries."""
    all_bills = Bill.objects.filter(organization=organization).select_related("member")
    if group is not None:
        all_bills = all_bills.filter(member__organization=group)
    bills = list(all_bills.filter(month=month).order_by("member__name_sort"))
    older = _by_member(all_bills.filter(month__lt=month).unsettled().order_by("month"))
    settled_by = settling_payments([bill.pk for bill in bills if bill.paid_fen])
    rows = [Row(bill, older.pop(bill.member_id, []), settled_by.get(bill.pk)) for bill in bills]
    behind = [Row(found[-1], found) for found in older.values()]
    _add_orders(organization, [row for row in (*rows, *behind) if row.bill.left_fen or row.older])
    return MonthSheet(
        organization,
        month,
        open=[row for row in rows if row.bill.left_fen],
        settled=[row for row in rows if not row.bill.left_fen and row.bill.paid_fen],
        free=[row for row in rows if not row.bill.left_fen and not row.bill.paid_fen],
        behind=behind,
    )


def _add_orders(organization: Organization, rows: Sequence[Row]) -> None:
    waiting = waiting_orders().filter(organization=organization, member__in=[row.bill.member_id for row in rows])
    by_member: dict[int, list[PaymentOrder]] = defaultdict(list)
    for order in waiting:
        by_member[order.member_id].append(order)
    for row in rows:
        months = {bill.month.isoformat() for bill in (row.bill, *row.older) if bill.left_fen}
        row.order = next((order for order in by_member[row.bill.member_id] if months & set(order.months)), None)


def waiting_orders() -> QuerySet[PaymentOrder]:
    """Orders in the open scope that wait for their money and have not expired."""
    rows: QuerySet[PaymentOrder] = PaymentOrder.objects.filter(state=OrderState.OPEN, expires_at__gt=clock.now())
    return rows.order_by("pk")


def _by_member(bills: Iterable[Bill]) -> dict[int, list[Bill]]:
    found: dict[int, list[Bill]] = defaultdict(list)
    for bill in bills:
        found[bill.member_id].append(bill)
    return found


def settling_payments(bill_ids: Sequence[int]) -> dict[int, Payment]:
    """The last payment that counts of each bill."""
    # Of bills that the caller has found: a bill is paid to one branch, but the payment may have been made to another.
    lines = register(PaymentLine).filter(STANDING, bill__in=bill_ids)
    return {line.bill_id: line.payment for line in lines.select_related("payment").order_by("payment_id")}


@dataclass(frozen=True, slots=True)
class Ahead:
    """A month that has no bill yet, with what will be owed."""

    month: dt.date
    amount_fen: int

    @property
    def text(self) -> str:
        """``2026-12``, as forms send it."""
        return f"{self.month:%Y-%m}"


def months_ahead(member: Member) -> list[Ahead]:
    """The months up to the furthest that may be paid for which the member has no bill, by what is assessed now."""
    today = clock.today()
    months = policy.months_between(today, rates.collection_rules(today).prepay_latest(today))
    paid_until = register(PaidUntil).filter(member=member).values_list("month", flat=True).first()
    first = months[0]
    left = [month for month in months if paid_until is None or month > paid_until]
    return _unbilled(member, left, register(Bill).filter(member=member, month__gte=first))


def months_before_live(member: Member) -> list[Ahead]:
    """The months before the member's branch went live that may still be paid and are not, by what is assessed for them."""
    today, live_month = clock.today(), policy.month_of(member.branch.live_on)
    oldest = rates.collection_rules(today).backpay_oldest(today)
    months = [month for month in policy.months_between(oldest, today) if month < live_month]
    if not months:
        return []
    billed = register(Bill).filter(member=member, month__in=months, paid_fen__gt=0)
    paid_until = register(PaidUntil).filter(member=member).values_list("month", flat=True).first()
    months = [month for month in months if paid_until is None or month > paid_until]
    return _unbilled(member, months, billed)


def _unbilled(member: Member, months: Sequence[dt.date], bills: QuerySet[Bill]) -> list[Ahead]:
    if barred(member.branch.type_code, "dues", clock.today()):
        return []
    # What a member would owe is worked out from rows that may stand at a branch of before.
    arranged = register(Arrangement).filter(member=member, branch=member.branch, kind=ArrangementKind.ELSEWHERE)
    away = list(arranged.holding().values_list("from_month", "until_month"))
    billed = set(bills.values_list("month", flat=True))
    assessed = register(Assessment).filter(member=member)
    relieved = register(Relief).filter(member=member)
    assessments, reliefs = list(assessed.holding()), list(relieved.holding().order_by("pk"))
    found = []
    for month in months:
        is_away = any(start <= month < until for start, until in away)
        amount_fen = None if month in billed or is_away else _amount(month, assessments, reliefs)
        if amount_fen:
            found.append(Ahead(month, amount_fen))
    return found


def _amount(month: dt.date, assessments: Iterable[Assessment], reliefs: Iterable[Relief]) -> int | None:
    held = next((one for one in assessments if _holds(one, month)), None)
    if held is None:
        return None
    relief = next((one for one in reversed(list(reliefs)) if _holds(one, month)), None)
    if relief is None:
        return held.amount_fen
    return 0 if relief.kind == ReliefKind.EXEMPT else min(relief.monthly_fen, held.amount_fen)


def _holds(span: Assessment | Relief, month: dt.date) -> bool:
    return span.from_month <= month and (span.until_month is None or span.until_month > month)


def open_bills(member: Member, organization: Organization | None = None) -> list[Bill]:
    """What the member has not settled, oldest first; at one branch only, if it is named."""
    rows = Bill.objects.filter(member=member).unsettled().select_related("organization")
    rows = rows if organization is None else rows.filter(organization=organization)
    return list(rows.soonest_first())


def own_open(user_id: int) -> list[Bill]:
    """What a person is to pay by now, oldest first: up to this month, and of a quarter in its last one."""
    return _own_open(user_id, policy.last_day(clock.today()))


@prepared_rows
def _own_open(user_id: int, month_end: dt.date) -> QuerySet[Bill]:
    rows: Any = own_bills(user_id)
    return rows.unsettled().filter(month__lte=clock.today()).asked_for(month_end).soonest_first()


def own_later(user_id: int) -> list[Bill]:
    """What a person may pay by the end of the quarter, and has not, oldest first."""
    rows: Any = own_bills(user_id)
    return list(rows.unsettled().filter(later_due_on__gt=policy.last_day(clock.today())).soonest_first())


def own_bills(user_id: int) -> QuerySet[Bill]:
    """A person's own bills, wherever they were made."""
    return own(Bill, user_id).select_related("organization", "assessment", "relief")


def own_payments(user_id: int) -> QuerySet[Payment]:
    """A person's own payments, wherever they paid them."""
    return own(Payment, user_id).select_related("organization", "reversed_by")


def payments_shown() -> QuerySet[Payment]:
    """Payments in the open scope with what a list shows."""
    return _with_parts(Payment.objects.all())


def own_receipt(user_id: int, pk: int) -> Payment | None:
    """The payment ``pk`` if it is that person's own, with what ``payments_shown`` shows."""
    return _with_parts(own(Payment, user_id)).filter(pk=pk).first()


def _with_parts(rows: QuerySet[Payment]) -> QuerySet[Payment]:
    return rows.select_related("member", "organization", "held_by", "reversed_by", "reverses")


def lines_of(payment: Payment) -> list[PaymentLine]:
    """What a payment that the caller has found settles, by month."""
    return list(register(PaymentLine).filter(payment=payment).select_related("bill").order_by("bill__month"))
