"""Importing statements of the bank, and what each of them gave."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q, Sum
from django.http import HttpResponse
from django.shortcuts import redirect, render

from dangjian.activities.dues.actions.statements import import_statement
from dangjian.activities.dues.banking.layouts import TITLES
from dangjian.activities.dues.forms.paying import StatementForm
from dangjian.activities.dues.models import BankStatement, LineState
from dangjian.activities.dues.views.accounts import account_in
from dangjian.activities.dues.views.claims import LINE_STATES, listed_lines
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.kernel.forms import show_refusal
from dangjian.kernel.gate import Request, page
from dangjian.kernel.ordering import ordered_by
from dangjian.org.gate import find

PAGE_SIZE = 20
SORTS = {"uploaded_at": "uploaded_at", "first_on": "first_on", "lines": "lines_read", "waiting": "waiting"}


@page("dues.view_books", methods=("GET", "POST"))
def statements(request: Request) -> HttpResponse:
    """The statements of an account, and the form to import another."""
    context = account_in(request)
    form = StatementForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and context["account"] is None:
        raise Conflict("还没有党费专户，不能导入银行流水。", how="请先在“账簿”中开设账户。")
    if request.method == "POST" and form.is_valid():
        made = _imported(request, context, form)
        if made is not None:
            return redirect("dues:statement", made.pk)
    rows = BankStatement.objects.filter(organization=context["account"]).select_related("uploaded_by")
    waiting = Count("lines", filter=Q(lines__state=LineState.UNMATCHED))
    column = ordered_by(request.GET.get("sort", ""), SORTS, "-uploaded_at")
    rows = rows.annotate(waiting=waiting, booked=Count("lines", filter=Q(lines__state=LineState.BOOKED)))
    page_obj = Paginator(rows.order_by(column, "-pk"), PAGE_SIZE)
    context |= {"form": form, "page_obj": page_obj.get_page(request.GET.get("page"))}
    return render(request, "dues/paying_statements.html", context, status=422 if form.errors else 200)


def _imported(request: Request, context: dict[str, Any], form: StatementForm) -> BankStatement | None:
    file = form.cleaned_data["statement"]
    try:
        made = import_statement(
            actor=request.actor, organization=context["account"], content=file.read(), file_name=file.name or "银行流水"
        )
    except (Invalid, Conflict) as refusal:
        show_refusal(form, refusal)
        return None
    messages.success(request, f"已导入{made.lines_read}笔流水。")
    return made


@page("dues.view_books")
def statement(request: Request, pk: int) -> HttpResponse:
    """What one file gave: booked, waiting, known before, gone out."""
    found: BankStatement = find(BankStatement.objects.select_related("organization", "uploaded_by"), pk=pk)
    state = request.GET.get("state", "")
    rows = found.lines.order_by("row")
    counted = {row["state"]: row for row in rows.order_by().values("state").annotate(number=Count("pk"), fen=Sum("amount_fen"))}
    chosen = rows.filter(state=state) if state in LineState.values else rows
    page_obj = Paginator(chosen.select_related("organization", "payment__member"), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "statement": found,
        "account": found.organization,
        "layout": TITLES.get(found.layout, found.layout),
        "state": state,
        "chips": [
            {"state": code, "title": title, "number": counted.get(code, {}).get("number", 0)} for code, title in LineState.choices
        ],
        # A line that nobody looked at yet has no reason why it waits.
        "in_work": rows.filter(state=LineState.UNMATCHED, problem="").count(),
        "kept": sum(row["number"] for row in counted.values()),
        "booked_fen": counted.get(LineState.BOOKED, {}).get("fen", 0),
        "page_obj": page_obj,
        "lines": listed_lines(page_obj),
        "states": LINE_STATES,
    }
    return render(request, "dues/paying_statement.html", context)
