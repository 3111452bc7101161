"""One row of a sheet: shown with what is wrong, put right, left out."""

from dataclasses import replace

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django_htmx.http import trigger_client_event

from dangjian.accounts.editing import editing
from dangjian.engines.exchange import actions
from dangjian.engines.exchange.forms.uploads import CELL, RowForm
from dangjian.engines.exchange.models import ImportBatch, ImportProblem, ImportRow, Outcome
from dangjian.engines.exchange.sheets import row_fields
from dangjian.engines.exchange.views.doors import batch_page
from dangjian.kernel.editing import Overtaken
from dangjian.kernel.forms import show_refusal
from dangjian.kernel.gate import Request
from dangjian.org.gate import find


@batch_page(methods=("GET", "POST"))
def row(request: Request, batch: ImportBatch, number: int) -> HttpResponse:
    """The row's cells to be put right; checked as soon as they are sent."""
    found = _row(batch, number)
    form = _form(batch, found, request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _show(request, batch, found, form)
    try:
        with editing(form, row=batch, again=lambda: _form(batch, _row(batch, number))):
            fixed = actions.fix_row(actor=request.actor, batch=batch, number=number, values=form.values())
    except Overtaken as refusal:
        show_refusal(form, refusal)
        return _show(request, batch, _row(batch, number), form, status=422)
    if fixed.outcome == Outcome.PROBLEM:
        return trigger_client_event(_show(request, batch, fixed, _form(batch, fixed), status=422), "rowChecked", {})
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


def _row(batch: ImportBatch, number: int) -> ImportRow:
    found: ImportRow = find(ImportRow.objects.filter(batch=batch), number=number)
    return found


def _form(batch: ImportBatch, row: ImportRow, data: QueryDict | None = None) -> RowForm:
    return RowForm(data, cells=[cell for cells in row_fields(batch, row, []) for cell in cells])


def _show(request: Request, batch: ImportBatch, found: ImportRow, form: RowForm, status: int = 200) -> HttpResponse:
    """The cells as they stand; what was typed is kept where somebody else changed the row meanwhile."""
    problems = list(ImportProblem.objects.filter(batch=batch, number=found.number))
    wrong, others = row_fields(batch, found, problems)
    if form.is_bound:
        wrong, others = ([replace(one, value=form[CELL + one.column].value() or "") for one in part] for part in (wrong, others))
    context: dict[str, object] = {"batch": batch, "row": found, "form": form, "wrong": wrong, "others": others}
    name = "exchange/_row.html" if request.htmx else "exchange/row.html"
    return render(request, name, context, status=status)


def _done(request: Request, pk: int, text: str) -> HttpResponse:
    if not request.htmx:
        return redirect("exchange:detail", pk)
    response = HttpResponse(status=204)
    for event in ("closeModal", "rowChecked"):
        trigger_client_event(response, event, {})
    return trigger_client_event(response, "toast", {"text": text, "tone": "good"})
