"""Pages of imports: the list, upload, preview and result, and what is done with a batch as a whole."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, QuerySet
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse

from dangjian.engines.exchange import actions, sheets
from dangjian.engines.exchange import progress as running
from dangjian.engines.exchange.checks import KINDS
from dangjian.engines.exchange.forms import UploadForm
from dangjian.engines.exchange.models import ImportBatch, ImportProblem, ImportRow, Outcome, State
from dangjian.engines.exchange.queries import preview
from dangjian.kernel.errors import Refusal
from dangjian.kernel.gate import Request, page
from dangjian.members.models import ChangeKind
from dangjian.org.gate import find
from dangjian.org.models import Organization

PAGE = 20
WARNINGS = "warnings"


def batch_of(pk: int) -> ImportBatch:
    """The batch, or 404."""
    found: ImportBatch = find(ImportBatch.objects.select_related("organization", "uploaded_by"), pk=pk)
    return found


@page("members.import")
def listing(request: Request) -> HttpResponse:
    """Imports into the organisations in reach, newest first."""
    rows = ImportBatch.objects.select_related("organization", "uploaded_by")
    state = request.GET.get("state", "")
    text = request.GET.get("q", "").strip()
    if text:
        rows = rows.filter(file_name__icontains=text)
    numbers = dict(rows.order_by().values_list("state").annotate(number=Count("pk")))
    if state in State.values:
        rows = rows.filter(state=state)
    chips = [(one.value, one.label, numbers[one.value]) for one in State if one.value in numbers]
    context = {
        "page_obj": Paginator(rows, PAGE).get_page(request.GET.get("page")),
        "chips": chips,
        "total": sum(numbers.values()),
        "state": state,
        "q": text,
        "filtered": bool(state or text),
    }
    return render(request, "exchange/imports.html", context)


@page("members.import", methods=("GET", "POST"))
def upload(request: Request) -> HttpResponse:
    """Choose a file and say where it goes."""
    organizations = Organization.objects.standing()
    form = UploadForm(request.POST or None, request.FILES or None, organizations=organizations)
    if request.method == "POST" and form.is_valid():
        try:
            batch = actions.upload(actor=request.actor, **form.keywords())
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            return redirect("exchange:detail", batch.pk)
    return render(request, "exchange/upload.html", {"form": form}, status=422 if form.is_bound else 200)


@page("members.import")
def template(_request: Request) -> HttpResponse:
    """The sheet to fill in."""
    return FileResponse(sheets.template(), as_attachment=True, filename="党员名册模板.xlsx")  # type: ignore[return-value]


@page("members.import")
def detail(request: Request, pk: int) -> HttpResponse:
    """A batch as it stands: being checked, to be put right, entered, undone."""
    batch = batch_of(pk)
    context: dict[str, Any] = {
        "batch": batch,
        "kind": ChangeKind(batch.entry_kind).label,
        "share": running.read(batch.pk),
        "kept_days": actions.KEPT.days,
    }
    if batch.is_open:
        context |= _preview(request, batch)
    return TemplateResponse(request, "exchange/detail.html", context)


def _preview(request: Request, batch: ImportBatch) -> dict[str, Any]:
    problems = ImportProblem.objects.filter(batch=batch)
    numbers = dict(problems.filter(is_warning=False).order_by().values_list("kind").annotate(number=Count("pk")))
    show = request.GET.get("show") or ("problems" if problems else "rows")
    context: dict[str, Any] = {
        "show": show,
        "chips": [(kind, title, numbers[kind]) for kind, title in KINDS.items() if kind in numbers],
        "kind_chosen": request.GET.get("kind", ""),
        "outcome": request.GET.get("outcome", ""),
        "error_count": sum(numbers.values()),
        "problem_total": sum(numbers.values()) + batch.warning_count,
    }
    if show == "problems":
        context["page_obj"] = Paginator(_chosen(request, problems), PAGE).get_page(request.GET.get("page"))
    else:
        context |= _rows(request, batch)
    return context


def _chosen(request: Request, problems: QuerySet[ImportProblem]) -> QuerySet[ImportProblem]:
    kind = request.GET.get("kind", "")
    if kind == WARNINGS:
        return problems.filter(is_warning=True)
    if kind in KINDS:
        return problems.filter(kind=kind, is_warning=False)
    return problems.order_by("is_warning", "number", "pk")


def _rows(request: Request, batch: ImportBatch) -> dict[str, Any]:
    rows = ImportRow.objects.filter(batch=batch)
    outcome = request.GET.get("outcome", "")
    if outcome in Outcome.values:
        rows = rows.filter(outcome=outcome)
    number = request.GET.get("page")
    at = request.GET.get("at", "")
    if at.isdecimal():
        number = str(rows.filter(number__lt=int(at)).count() // PAGE + 1)
    page_obj = Paginator(rows, PAGE).get_page(number)
    listed: Iterable[ImportRow] = page_obj.object_list
    return {"page_obj": page_obj, "lines": preview(listed), "at": int(at) if at.isdecimal() else 0}


@page("members.import")
def progress(request: Request, pk: int) -> HttpResponse:
    """How far the background is; tells the page to show itself anew when it is through."""
    batch = batch_of(pk)
    response = render(request, "exchange/_progress.html", {"batch": batch, "share": running.read(batch.pk)})
    if not batch.is_running:
        response["HX-Refresh"] = "true"
    return response


@page("members.import", methods=("POST",))
def check(request: Request, pk: int) -> HttpResponse:
    """Check all rows again."""
    actions.start_check(actor=request.actor, batch=batch_of(pk))
    return redirect("exchange:detail", pk)


@page("members.import", methods=("POST",))
def commit(request: Request, pk: int) -> HttpResponse:
    """Enter the batch."""
    actions.start_commit(actor=request.actor, batch=batch_of(pk))
    return redirect("exchange:detail", pk)


@page("members.import", methods=("POST",))
def undo(request: Request, pk: int) -> HttpResponse:
    """Take the batch back."""
    actions.start_undo(actor=request.actor, batch=batch_of(pk))
    return redirect("exchange:detail", pk)


@page("members.import", methods=("POST",))
def discard(request: Request, pk: int) -> HttpResponse:
    """Delete a batch that was never entered."""
    batch = batch_of(pk)
    actions.discard(actor=request.actor, batch=batch)
    messages.success(request, f"已删除名册“{batch.file_name}”")
    return redirect("exchange:imports")
