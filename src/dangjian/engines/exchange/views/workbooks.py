"""A workbook with several sheets: uploaded once, shown with the state of each, led on from one to the next."""

from django.contrib import messages
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from dangjian.accounts.editing import Turn
from dangjian.engines.exchange import actions, sheets
from dangjian.engines.exchange.forms.uploads import AnswersForm, WorkbookForm
from dangjian.engines.exchange.models import ImportBatch, ImportWorkbook
from dangjian.engines.exchange.queries.batches import reach_of
from dangjian.engines.exchange.views.doors import batch_page, looked_after, uploadable, workbook_to_look_after
from dangjian.kernel.gate import SIGNED_IN, Request, requires
from dangjian.kernel.submit import submit
from dangjian.org.models import Organization
from dangjian.org.sheet_offers import Sheet


@requires(SIGNED_IN, on=uploadable, methods=("GET", "POST"))
def upload(request: Request, offered: list[Sheet]) -> HttpResponse:
    """Choose a workbook and say where it goes; which sheets it holds is found out."""
    organizations = Organization.objects.standing().filter(reach_of(request.actor, offered).q(""))
    form = WorkbookForm(request.POST or None, request.FILES or None, sheets=offered, organizations=organizations)
    return submit(
        request,
        form,
        lambda _data: actions.upload_workbook(actor=request.actor, **form.keywords()),
        template="exchange/workbook_upload.html",
        context={"sheets": offered},
        to=lambda workbook: reverse("exchange:workbook", args=[workbook.pk]),
    )


@requires(SIGNED_IN, on=uploadable)
def template(_request: Request, offered: list[Sheet]) -> HttpResponseBase:
    """A workbook with all sheets that the actor may upload."""
    return FileResponse(sheets.book_template(offered), as_attachment=True, filename="导入工作簿模板.xlsx")


@requires(SIGNED_IN, on=workbook_to_look_after)
def detail(request: Request, workbook: ImportWorkbook) -> HttpResponse:
    """The sheets of a workbook that the actor may look after, each with how far it is and what it waits for."""
    shown = looked_after(request, workbook)
    context: dict[str, object] = {
        "workbook": workbook,
        "lines": [{"batch": batch, "sheet": batch.sheet, "said": batch.sheet.said(batch.answers)} for batch in shown],
        "running": any(batch.is_running for batch in shown),
        "next": next((batch for batch in shown if not batch.is_out_of_the_way), None),
    }
    return render(request, "exchange/workbook.html", context)


@batch_page(methods=("GET", "POST"))
def answers(request: Request, batch: ImportBatch) -> HttpResponse:
    """Answer the questions of the sheet otherwise than was proposed or answered."""

    def again() -> AnswersForm:
        return AnswersForm(sheet=batch.sheet, initial=dict(ImportBatch.objects.get(pk=batch.pk).answers))

    form = AnswersForm(request.POST or None, sheet=batch.sheet, initial=dict(batch.answers))
    return submit(
        request,
        form,
        lambda _data: actions.answer(actor=request.actor, batch=batch, answers=form.keywords()),
        turn=Turn(batch, again, ("exchange.answered",)),
        template="exchange/answers.html",
        context={"batch": batch, "sheet": batch.sheet},
        to=reverse("exchange:detail", args=[batch.pk]),
    )


@batch_page(methods=("POST",))
def set_aside(request: Request, batch: ImportBatch) -> HttpResponse:
    """Let the others of the workbook go on without this one."""
    actions.set_aside(actor=request.actor, batch=batch)
    messages.success(request, f"{batch.sheet.title}先搁置，后面的表接着办")
    return redirect("exchange:workbook", batch.workbook_id)


@batch_page(methods=("POST",))
def take_up(request: Request, batch: ImportBatch) -> HttpResponse:
    """Go on with a sheet that was set aside."""
    actions.take_up(actor=request.actor, batch=batch)
    return redirect("exchange:detail", batch.pk)
