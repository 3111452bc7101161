"""收缴: the one entry to dues for everybody, and the branches of a month for those who look after several."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F, Q, QuerySet, Sum
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from dangjian.activities.dues import policy
from dangjian.activities.dues.actions import billing
from dangjian.activities.dues.forms.collecting import month_of_text
from dangjian.activities.dues.models import BranchMonth
from dangjian.activities.dues.queries import collecting
from dangjian.kernel import clock
from dangjian.kernel.gate import Request, page
from dangjian.kernel.ordering import ordered_by
from dangjian.kernel.typed import number
from dangjian.members.models import Member
from dangjian.org.gate import find
from dangjian.org.models import Kind, Organization
from dangjian.org.prepared import prepared_rows
from dangjian.org.scope import everything, opened

PAGE_SIZE = 25
SHOWN_MONTHS = 6
SORTS = {"branch": "organization__path", "left": "left", "unsettled": "unsettled", "settled": "settled_on", "owed": "owed_fen"}
STATES: dict[str, Q] = {"open": Q(settled_on=None), "done": Q(settled_on__isnull=False)}


@page("dues.pay")
def door(request: Request) -> HttpResponse:
    """Members come to their own page, a treasurer of one branch to its month, everybody else to the list of branches."""
    if not request.actor.may("dues.view"):
        return redirect("dues:mine")
    with opened(request.actor.scope_of("dues.view")):
        branches = list(Organization.objects.standing().filter(kind=Kind.BRANCH).order_by("path")[:2])
    if len(branches) == 1:
        return redirect("dues:collect", branches[0].pk)
    return redirect("dues:branches")


@page("dues.view")
def branches(request: Request) -> HttpResponse:
    """The branches of a month: who has collected everything, who has not."""
    month = month_of_text(request.GET.get("month", ""))
    rows = BranchMonth.objects.filter(month=month).select_related("organization").annotate(left=F("owed_fen") - F("paid_fen"))
    sums = rows.aggregate(owed=Sum("owed_fen"), paid=Sum("paid_fen"), bills=Sum("bills"), unsettled=Sum("unsettled"))
    shown = _narrowed(rows, request)
    column = ordered_by(request.GET.get("sort", ""), SORTS, "organization__path")
    shown = shown.order_by(column, "organization__path")
    standing = Organization.objects.standing().filter(kind=Kind.BRANCH)
    context: dict[str, Any] = {
        "month": month,
        "months": shown_months(month),
        "sums": sums,
        "left": max((sums["owed"] or 0) - (sums["paid"] or 0), 0),
        "share": (sums["paid"] or 0) / sums["owed"] if sums["owed"] else None,
        "page_obj": Paginator(shown, PAGE_SIZE).get_page(request.GET.get("page")),
        "counts": {"all": rows.count(), **{name: rows.filter(condition).count() for name, condition in STATES.items()}},
        "state": request.GET.get("state", ""),
        "missing": standing.exclude(pk__in=rows.values("organization")).count(),
        "may_make_all": all(request.actor.may("dues.make_bills", root) for root in _roots()) and month <= clock.today(),
    }
    return render(request, "dues/collecting_branches.html", context)


def _roots() -> list[Organization]:
    with everything("who may make the bills of the whole platform holds the permission at every top"):
        return list(Organization.objects.standing().filter(parent=None))


def _narrowed(rows: QuerySet[BranchMonth], request: Request) -> QuerySet[BranchMonth]:
    text = request.GET.get("q", "").strip()[:60]
    if text:
        rows = rows.filter(Q(organization__short_name__icontains=text) | Q(organization__search_key__icontains=text))
    state = request.GET.get("state", "")
    return rows.filter(STATES[state]) if state in STATES else rows


def shown_months(month: Any) -> list[Any]:
    """The last months, with the one that is looked at."""
    this_month = policy.month_of(clock.today())
    months = [policy.shifted(this_month, -back) for back in range(SHOWN_MONTHS)]
    return months if month in months else [month, *months]


@page("dues.make_bills", methods=("POST",))
def make(request: Request) -> HttpResponse:
    """Make the bills of a month: of one branch (``organization``), or of the whole platform."""
    month = month_of_text(request.POST.get("month", ""))
    asked = number(request.POST.get("organization"))
    members, address = None, f"{reverse('dues:branches')}?month={month:%Y-%m}"
    if asked is not None:
        branch: Organization = find(Organization, pk=asked)
        members = set(Member.objects.filter(branch=branch).counted().values_list("pk", flat=True))
        address = f"{reverse('dues:collect', args=[branch.pk])}?month={month:%Y-%m}"
    made = billing.make_bills(actor=request.actor, month=month, members=members)
    if made.bills or made.adjustments:
        messages.success(request, f"已生成 {made.bills} 笔应交党费，调整 {made.adjustments} 笔。")
    else:
        messages.info(request, "没有需要新增或调整的应交党费。没有核定党费的党员，请先核定。")
    return redirect(address)


def panel(request: Any) -> dict[str, Any] | None:
    """For a treasurer's home page: months in which somebody of his own branches still owes; above all else on their last day."""
    with opened(request.actor.scope_of("dues.collect")):
        rows = _months_owing()
    today = clock.today()
    return {"rows": rows, "today": today, "is_for_today": any(row.due_on == today for row in rows)} if rows else None


@prepared_rows
def _months_owing() -> QuerySet[BranchMonth]:
    rows = BranchMonth.objects.filter(month__lte=clock.today()).unsettled().select_related("organization")
    return rows.order_by("-month", "organization__path")[:3]


def own_panel(request: Any) -> dict[str, Any] | None:
    """For a member's home page: what he owes now, until nothing is left."""
    bills = collecting.own_open(request.user.pk)
    return {"bills": bills, "left": sum(bill.left_fen for bill in bills)} if bills else None
