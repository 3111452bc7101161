"""Pages of imports: the list, upload, preview and result, and what is done with a batch as a whole."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, QuerySet
from django.db.models.functions import Length
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from dangjian.engines.exchange import actions, sheets
from dangjian.engines.exchange import progress as running
from dangjian.engines.exchange.checks import kinds
from dangjian.engines.exchange.forms import UploadForm
from dangjian.engines.exchange.layout import title
from dangjian.engines.exchange.models import ImportBatch, ImportProblem, ImportRow, Outcome, State
from dangjian.engines.exchange.offers import Sheet
from dangjian.engines.exchange.picture import Drawing
from dangjian.engines.exchange.queries import preview, shown_columns, usable, within_reach
from dangjian.engines.exchange.views.doors import batch_page, sheet_page, uploadable
from dangjian.kernel.errors import NotFound
from dangjian.kernel.gate import SIGNED_IN, Request, requires
from dangjian.kernel.submit import submit
from dangjian.kernel.typed import number
from dangjian.org.models import Organization

PAGE = 20
WARNINGS = "warnings"


@requires(SIGNED_IN)
def listing(request: Request) -> HttpResponse:
    """Imports into the organisations in reach, newest first, of all sheets that the actor may upload or of one."""
    offered = uploadable(request)
    code = request.GET.get("sheet", "")
    chosen = [sheet for sheet in offered if sheet.code == code] or offered
    reach = within_reach(request.actor, chosen)
    rows = ImportBatch.objects.filter(reach).select_related("organization", "uploaded_by")
    state = request.GET.get("state", "")
    text = request.GET.get("q", "").strip()
    if text:
        rows = rows.filter(file_name__icontains=text)
    numbers = dict(rows.order_by().values_list("state").annotate(number=Count("pk")))
    if state in State.values:
        rows = rows.filter(state=state)
    context = {
        "page_obj": Paginator(rows, PAGE).get_page(request.GET.get("page")),
        "chips": [(one.value, one.label, numbers[one.value]) for one in State if one.value in numbers],
        "total": sum(numbers.values()),
        "state": state,
        "q": text,
        "filtered": bool(state or text),
        "sheets": offered,
        "sheet": chosen[0] if len(chosen) == 1 else None,
        "code": code,
    }
    return render(request, "exchange/imports.html", context)


@sheet_page(methods=("GET", "POST"))
def upload(request: Request, sheet: Sheet) -> HttpResponse:
    """Choose a file and say where it goes."""
    organizations = Organization.objects.standing()
    form = UploadForm(request.POST or None, request.FILES or None, sheet=sheet, organizations=organizations)
    return submit(
        request,
        form,
        lambda _data: actions.upload(actor=request.actor, **form.keywords()),
        template="exchange/upload.html",
        context={"sheet": sheet, "sheets": usable(request.actor)},
        to=_uploaded,
    )


def _uploaded(batch: ImportBatch) -> str:
    """Where one goes on: to the workbook when the file had more sheets than one."""
    if batch.workbook_id:
        return reverse("exchange:workbook", args=[batch.workbook_id])
    return reverse("exchange:detail", args=[batch.pk])


@sheet_page()
def template(_request: Request, sheet: Sheet) -> HttpResponseBase:
    """The sheet to fill in."""
    return FileResponse(sheets.template(sheet), as_attachment=True, filename=f"{sheet.title}模板.xlsx")


@batch_page()
def detail(request: Request, batch: ImportBatch) -> HttpResponse:
    """A batch as it stands: being checked, to be put right, entered, undone."""
    context: dict[str, Any] = {
        "batch": batch,
        "sheet": batch.sheet,
        "said": batch.sheet.said(batch.answers),
        "share": running.read(batch.pk),
        "kept_days": actions.KEPT.days,
        "following": _following(request, batch),
    }
    if batch.is_open:
        context |= _preview(request, batch)
    elif batch.state == State.COMMITTED:
        context["next_steps"] = batch.sheet.next_steps(batch.organization)
        context["may_undo"] = batch.sheet.undo is not None
    return render(request, "exchange/detail.html", context)


def _following(request: Request, batch: ImportBatch) -> ImportBatch | None:
    """The next sheet of the workbook that the actor may look after."""
    if batch.workbook_id is None:
        return None
    later = ImportBatch.objects.filter(workbook=batch.workbook_id, place__gt=batch.place).order_by("place")
    return next((one for one in later if request.actor.may(one.sheet.permission, batch.organization)), None)


def _preview(request: Request, batch: ImportBatch) -> dict[str, Any]:
    problems = ImportProblem.objects.filter(batch=batch).select_related("batch")
    numbers = dict(problems.filter(is_warning=False).order_by().values_list("kind").annotate(number=Count("pk")))
    titles = kinds(batch.sheet)
    picture = batch.sheet.picture
    show = request.GET.get("show") or ("problems" if problems else "picture" if picture else "rows")
    context: dict[str, Any] = {
        "show": show,
        "name_title": title(batch.sheet, batch.sheet.name_column),
        "chips": [(kind, text, numbers[kind]) for kind, text in titles.items() if kind in numbers],
        "kind_chosen": request.GET.get("kind", ""),
        "outcome": request.GET.get("outcome", ""),
        "error_count": sum(numbers.values()),
        "problem_total": sum(numbers.values()) + batch.warning_count,
    }
    if picture and show == "picture":
        drawing = Drawing(batch, picture)
        context |= {"levels": drawing.levels, "branches": drawing.top()}
    elif show == "problems":
        context["page_obj"] = Paginator(_chosen(request, problems, titles), PAGE).get_page(request.GET.get("page"))
    else:
        context |= _rows(request, batch)
    return context


def _chosen(request: Request, problems: QuerySet[ImportProblem], titles: Mapping[str, str]) -> QuerySet[ImportProblem]:
    kind = request.GET.get("kind", "")
    # As the eye goes through a row: B before AA.
    rows = problems.order_by("is_warning", "number", Length("cell"), "cell", "pk")
    if kind == WARNINGS:
        return rows.filter(is_warning=True)
    return rows.filter(kind=kind, is_warning=False) if kind in titles else rows


def _rows(request: Request, batch: ImportBatch) -> dict[str, Any]:
    rows = ImportRow.objects.filter(batch=batch)
    outcome = request.GET.get("outcome", "")
    if outcome in Outcome.values:
        rows = rows.filter(outcome=outcome)
    wanted = request.GET.get("page")
    at = number(request.GET.get("at"))
    if at is not None:
        wanted = str(rows.filter(number__lt=at).count() // PAGE + 1)
    page_obj = Paginator(rows, PAGE).get_page(wanted)
    listed: Iterable[ImportRow] = page_obj.object_list
    return {
        "page_obj": page_obj,
        "lines": preview(batch.sheet, listed),
        "columns": shown_columns(batch.sheet),
        "at": at or 0,
    }


@batch_page()
def picture(request: Request, batch: ImportBatch) -> HttpResponse:
    """The nodes of the picture below one node (``?node=``), from a place on (``?from=``), for opening it where it stands."""
    if batch.sheet.picture is None or not batch.is_open:
        raise NotFound
    key, start = request.GET.get("node", ""), number(request.GET.get("from")) or 0
    branches = Drawing(batch, batch.sheet.picture).branches(key, start)
    return render(request, "exchange/_branches.html", {"batch": batch, "branches": branches})


@batch_page()
def progress(request: Request, batch: ImportBatch) -> HttpResponse:
    """How far the background is; tells the page to show itself anew when it is through."""
    response = render(request, "exchange/_progress.html", {"batch": batch, "share": running.read(batch.pk)})
    if not batch.is_running:
        response["HX-Refresh"] = "true"
    return response


@batch_page(methods=("POST",))
def check(request: Request, batch: ImportBatch) -> HttpResponse:
    """Check all rows again."""
    actions.start_check(actor=request.actor, batch=batch)
    return redirect("exchange:detail", batch.pk)


@batch_page(methods=("POST",))
def answer_for_columns(request: Request, batch: ImportBatch) -> HttpResponse:
    """Say that the unused columns of numbers do not belong to the sums."""
    actions.answer_for_columns(actor=request.actor, batch=batch)
    return redirect("exchange:detail", batch.pk)


@batch_page(methods=("POST",))
def commit(request: Request, batch: ImportBatch) -> HttpResponse:
    """Enter the batch."""
    actions.start_commit(actor=request.actor, batch=batch)
    return redirect("exchange:detail", batch.pk)


@batch_page(methods=("POST",))
def undo(request: Request, batch: ImportBatch) -> HttpResponse:
    """Take the batch back."""
    actions.start_undo(actor=request.actor, batch=batch)
    return redirect("exchange:detail", batch.pk)


@batch_page(methods=("POST",))
def discard(request: Request, batch: ImportBatch) -> HttpResponse:
    """Delete a batch that was never entered."""
    actions.discard(actor=request.actor, batch=batch)
    messages.success(request, f"已删除{batch.sheet.words.noun}“{batch.file_name}”")
    return redirect("exchange:imports")
