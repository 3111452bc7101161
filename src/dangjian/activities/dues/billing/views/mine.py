"""我的党费: what a member owes and has paid, wherever they paid it."""

from django.db.models import Prefetch, Sum
from django.http import HttpResponse
from django.shortcuts import render

from dangjian.activities.dues import policy
from dangjian.activities.dues.assessment.models import Assessment, PaidUntil
from dangjian.activities.dues.billing.models import BillAdjustment
from dangjian.activities.dues.billing.queries import collecting as reads
from dangjian.activities.dues.billing.views.groups import leaders_rows
from dangjian.kernel import clock, parameters
from dangjian.kernel.gate import SIGNED_IN, Request, requires
from dangjian.kernel.periods import YEAR
from dangjian.org.openings import own


@requires(SIGNED_IN)
def mine(request: Request) -> HttpResponse:
    """A member's own dues: this month with its reasons, what is open, the months of a year, receipts."""
    today = clock.today()
    year = parameters.span(request, YEAR).start.year
    bills = reads.own_bills(request.user.pk)
    payments = reads.own_payments(request.user.pk)
    changes = own(BillAdjustment, request.user.pk)
    now = bills.filter(month=policy.month_of(today)).first()
    assessed = own(Assessment, request.user.pk)
    held = assessed.in_month(policy.month_of(today)).first()
    unsettled = reads.own_open(request.user.pk)
    sums = bills.filter(month__year=year).aggregate(owed=Sum("owed_fen"), paid=Sum("paid_fen"))
    years = sorted({one.year for one in bills.dates("month", "year")} | {today.year}, reverse=True)[:6]
    context: dict[str, object] = {
        "now": now,
        "held": held,
        "coming": assessed.holding().filter(from_month__gt=today).order_by("from_month").first(),
        "paid_before": own(PaidUntil, request.user.pk).first(),
        "this_month": policy.month_of(today),
        "today": clock.today(),
        "unsettled": unsettled,
        "groups": leaders_rows(request),
        "later": reads.own_later(request.user.pk),
        "left": sum(bill.left_fen for bill in unsettled),
        "year": year,
        "years": years,
        "bills": list(bills.filter(month__year=year).prefetch_related(Prefetch("adjustments", changes)).order_by("-month")),
        "sums": sums,
        "payments": list(payments.filter(paid_on__year=year).order_by("-paid_on", "-pk")),
    }
    return render(request, "dues/billing/mine.html", context)
