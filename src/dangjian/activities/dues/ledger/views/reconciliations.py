"""Months of one book: counted, looked over, closed."""

import datetime as dt

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from dangjian.activities.dues.ledger.actions import reconciliations as actions
from dangjian.activities.dues.ledger.actions.separation import book_of
from dangjian.activities.dues.ledger.forms.books import CountForm
from dangjian.activities.dues.ledger.queries import books
from dangjian.activities.dues.ledger.views.books import BOTH, context_of, organization_of
from dangjian.activities.dues.models import JournalEntry, Reconciliation
from dangjian.activities.dues.policy import last_day, shifted
from dangjian.kernel import clock
from dangjian.kernel.actor import may
from dangjian.kernel.errors import NotFound, PermissionDenied, Refusal
from dangjian.kernel.forms import show_refusal
from dangjian.kernel.gate import Request, requires
from dangjian.org.models import Organization

MOST_MONTHS = 36


@requires("dues.view_books")
def months(request: Request, pk: int) -> HttpResponse:
    """The months since the first entry, latest first, each with how far it is."""
    organization = organization_of(pk)
    return render(request, "dues/ledger/months.html", context_of(request, organization, "months", months=_months(organization)))


def _months(organization: Organization) -> list[dict[str, object]]:
    first = JournalEntry.objects.filter(organization=organization).order_by("booked_on").first()
    if first is None:
        return []
    rows = Reconciliation.objects.filter(organization=organization).select_related("counted_by", "checked_by")
    known = {row.month: row for row in rows}
    closed_until = max((row.month for row in known.values() if row.checked_at), default=None)
    today = clock.today()
    month = today.replace(day=1) if today == last_day(today) else shifted(today.replace(day=1), -1)
    found: list[dict[str, object]] = []
    while month >= first.booked_on.replace(day=1) and len(found) < MOST_MONTHS:
        row = known.get(month)
        word, tone = _state(row, month, closed_until)
        found.append({"month": month, "row": row, "word": word, "tone": tone})
        month = shifted(month, -1)
    return found


def _state(row: Reconciliation | None, month: dt.date, closed_until: dt.date | None) -> tuple[str, str]:
    if row is not None and row.checked_at:
        return "已复核封账", "good"
    if closed_until is not None and month <= closed_until:
        return "随后面月份封账", "good"
    return ("待会计复核", "info") if row is not None else ("待盘点", "warn")


@requires("dues.view_books", methods=BOTH)
def month(request: Request, pk: int, year: int, number: int) -> HttpResponse:
    """One month: count (``step`` count) or look over (``step`` check)."""
    organization = organization_of(pk)
    if not (2000 <= year <= 2200 and 1 <= number <= 12):
        raise NotFound
    first = dt.date(year, number, 1)
    counts = Reconciliation.objects.filter(organization=organization, month=first)
    row = counts.select_related("organization", "counted_by", "checked_by").first()
    book = book_of(organization)
    last = last_day(first)
    stands = books.balance(organization, last)
    form = CountForm(book)
    status = 200
    if request.method == "POST":
        status = 422
        form = CountForm(book, request.POST)
        try:
            if request.POST.get("step") == "check" and row is not None:
                actions.check(actor=request.actor, reconciliation=row)
                messages.success(request, f"{year}年{number}月已经复核封账。")
                return redirect("dues:months", organization.pk)
            if form.is_valid():
                actions.count(actor=request.actor, organization=organization, month=first, **form.cleaned_data)
                messages.success(request, "盘点已经登记，请会计复核。")
                return redirect("dues:month", organization.pk, year, number)
        except (PermissionDenied, NotFound):
            raise
        except Refusal as refusal:
            if not form.is_bound or request.POST.get("step") == "check":
                messages.error(request, refusal.text)
                form = CountForm(book)
            else:
                show_refusal(form, refusal)
    later_closed = Reconciliation.objects.filter(organization=organization, month__gte=first, checked_at__isnull=False).exists()
    context = context_of(
        request,
        organization,
        "months",
        month=first,
        row=row,
        form=form,
        stands=stands,
        carried_over=books.carried_over(organization) if book.balanced_on and first <= book.balanced_on <= last else 0,
        closed=later_closed,
        over=last <= clock.today(),
        may_check=row is not None and may(actions.require_checking, request.actor, row),
    )
    return render(request, "dues/ledger/month.html", context, status=status)
