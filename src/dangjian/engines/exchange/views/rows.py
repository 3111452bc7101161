"""One row of a sheet: shown with what is wrong, put right, left out."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django_htmx.http import trigger_client_event

from dangjian.engines.exchange import actions
from dangjian.engines.exchange.models import ImportBatch, ImportProblem, ImportRow, Outcome
from dangjian.engines.exchange.sheets import row_fields
from dangjian.engines.exchange.views.doors import batch_page
from dangjian.kernel.gate import Request
from dangjian.org.gate import find

PREFIX = "c-"
"""In front of a column's name among the fields of the form."""


@batch_page(methods=("GET", "POST"))
def row(request: Request, batch: ImportBatch, number: int) -> HttpResponse:
    """The row's cells to be put right; checked as soon as they are sent."""
    found = find(ImportRow.objects.filter(batch=batch), number=number)
    if request.method != "POST":
        return _show(request, batch, found)
    typed = {name.removeprefix(PREFIX): str(text) for name, text in request.POST.items() if name.startswith(PREFIX)}
    known = {column for column in typed if column in batch.places}
    fixed = actions.fix_row(actor=request.actor, batch=batch, number=number, values={column: typed[column] for column in known})
    if fixed.outcome == Outcome.PROBLEM:
        return trigger_client_event(_show(request, batch, fixed, status=422), "rowChecked", {})
    return _done(request, batch.pk, f"第{number}行已改好")


@batch_page(methods=("POST",))
def leave_out(request: Request, batch: ImportBatch, number: int) -> HttpResponse:
    """Do not enter the row, or do after all."""
    out = request.POST.get("out", "1") == "1"
    actions.leave_out(actor=request.actor, batch=batch, number=number, out=out)
    return _done(request, batch.pk, f"第{number}行{'不再导入' if out else '恢复导入'}")


@batch_page(methods=("POST",))
def leave_out_wrong(request: Request, batch: ImportBatch) -> HttpResponse:
    """Do not enter any row that has something wrong."""
    number = actions.leave_out_wrong(actor=request.actor, batch=batch)
    return _done(request, batch.pk, f"已忽略{number}行")


def _show(request: Request, batch: ImportBatch, found: ImportRow, status: int = 200) -> HttpResponse:
    problems = list(ImportProblem.objects.filter(batch=batch, number=found.number))
    wrong, others = row_fields(batch, found, problems)
    context: dict[str, Any] = {"batch": batch, "row": found, "wrong": wrong, "others": others}
    name = "exchange/_row.html" if request.htmx else "exchange/row.html"
    return render(request, name, context, status=status)


def _done(request: Request, pk: int, text: str) -> HttpResponse:
    if not request.htmx:
        return redirect("exchange:detail", pk)
    response = HttpResponse(status=204)
    for event in ("closeModal", "rowChecked"):
        trigger_client_event(response, event, {})
    return trigger_client_event(response, "toast", {"text": text, "tone": "good"})
