"""Who has not paid for how many months in a row, worked out in the database for everybody at once."""

import datetime as dt
from typing import Any

from django.db.models import Count, Exists, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from dangjian.activities.dues.billing.models import Bill
from dangjian.activities.dues.oversight.models import ArrearsStage
from dangjian.activities.dues.oversight.queries.figures import is_overdue, latest_due
from dangjian.kernel import clock
from dangjian.kernel.rulebook import Period, book
from dangjian.kernel.sql import earlier

STAGE_RULES = {ArrearsStage.TALK: "dues.nonpay.talk", ArrearsStage.CASE: "dues.nonpay.selfexit"}
"""After how many months each stage begins."""
CITED = {ArrearsStage.TALK: "dues.nonpay.warn", ArrearsStage.CASE: "dues.nonpay.selfexit"}
"""The article that each stage quotes."""
ONE_MONTH = Period(months=1)


def threshold(stage: str, day: dt.date) -> int:
    """Months unpaid in a row from which the stage begins."""
    return book().on(STAGE_RULES[ArrearsStage(stage)], day).expect(Period).in_months


def runs() -> QuerySet[Any]:
    """The first unpaid bill of each member's latest run of unpaid months, with ``run`` (its length in months).

    A month counts as unpaid once the day until which it is collected is past: for whoever pays by the quarter, that of the
    quarter. A month that is paid, that nothing is owed for (relief), or without a bill ends a run.
    """
    # Not none(): what Django knows to be empty becomes a NULL without a type, which PostgreSQL takes for text.
    open_bills = Bill.objects.order_by().filter(is_overdue(latest_due() or dt.date.min))
    before = open_bills.filter(member=OuterRef("member_id"), month=earlier(OuterRef("month"), ONE_MONTH))
    starts = open_bills.filter(~Exists(before))
    later_start = starts.filter(member=OuterRef("member_id"), month__gt=OuterRef("month"))
    since = open_bills.filter(member=OuterRef("member_id"), month__gte=OuterRef("month")).values("member")
    length = Subquery(since.annotate(n=Count("pk")).values("n"), output_field=IntegerField())
    return starts.filter(~Exists(later_start)).annotate(run=Coalesce(length, 0))


def unpaid_of(member_id: int) -> QuerySet[Bill]:
    """A member's overdue bills, oldest first."""
    latest = latest_due()
    rows: QuerySet[Bill] = Bill.objects.filter(is_overdue(latest or clock.today()), member=member_id)
    return rows.order_by("month")
