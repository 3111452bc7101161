"""One step of a case: where a to-do list leads, its correction, its papers."""

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from dangjian.engines.procedures.actions import correcting, papers
from dangjian.engines.procedures.actions.turns import require_turn, step_of
from dangjian.engines.procedures.forms import CorrectForm
from dangjian.engines.procedures.installed import procedure
from dangjian.engines.procedures.models import CasePaper, CaseStep
from dangjian.engines.procedures.queries import paper_of_named, step_of_named
from dangjian.kernel.errors import NotFound, PermissionDenied, Refusal
from dangjian.kernel.gate import SIGNED_IN, Request, requires
from dangjian.kernel.submit import submit
from dangjian.org.gate import find
from dangjian.org.openings import own


def step_to_read(request: Request, pk: int) -> CaseStep:
    """A step, for whoever may read its case."""
    row: CaseStep | None = own(CaseStep, request.user.pk).select_related("case__organization", "place").filter(pk=pk).first()
    if row is None:
        row = step_of_named(pk, request.user.pk)
    if row is None:
        row = find(CaseStep.objects.select_related("case__organization", "place"), pk=pk)
        request.actor.require(procedure(row.case.procedure).view, row.case.organization)
    return row


def step_to_work_on(request: Request, pk: int) -> CaseStep:
    """A step, for whoever may take it."""
    row = step_to_read(request, pk)
    require_turn(request.actor, row.case, step_of(row), row.place)
    return row


def paper_to_read(request: Request, pk: int) -> CasePaper:
    """A paper, for whoever may read its case."""
    mine: CasePaper | None = own(CasePaper, request.user.pk).filter(pk=pk).first()
    paper: CasePaper = mine or paper_of_named(pk, request.user.pk) or find(CasePaper, pk=pk)
    paper.step = step_to_read(request, paper.step_id)
    return paper


def paper_to_remove(request: Request, pk: int) -> CasePaper:
    """A paper, for whoever may take its step."""
    paper = paper_to_read(request, pk)
    require_turn(request.actor, paper.step.case, step_of(paper.step), paper.step.place)
    return paper


def case_url(row: CaseStep) -> str:
    """Where the case of a step is shown, at the step."""
    return f"{reverse(f'procedures:{row.case.procedure}_case', args=[row.case_id])}#{row.code}"


@requires(SIGNED_IN, on=step_to_read)
def step(_request: Request, row: CaseStep) -> HttpResponse:
    """To the case."""
    return redirect(case_url(row))


@requires(SIGNED_IN, on=step_to_work_on, methods=("GET", "POST"))
def correct(request: Request, row: CaseStep) -> HttpResponse:
    """Put another day or entry in the place of what was entered wrongly."""
    found = step_of(row)
    if request.method == "GET":
        correcting.require_correcting(request.actor, row)
    form = CorrectForm(row, found, request.POST or None)
    known = procedure(row.case.procedure)
    return submit(
        request,
        form,
        lambda _data: correcting.correct(actor=request.actor, row=row, **form.keywords()),
        template="procedures/form.html",
        context={
            "title": f"更正：{found.title}",
            "crumbs": [(known.title, reverse(f"procedures:{known.code}")), (row.case.title, case_url(row))],
            "crumb": "更正",
            "step": found,
            "intro": "原来登记的内容仍留在记录中。",
            "label": "更正",
            "back": case_url(row),
        },
        done="已更正。",
        to=case_url(row),
    )


@requires(SIGNED_IN, on=step_to_work_on, methods=("POST",))
def add_papers(request: Request, row: CaseStep) -> HttpResponse:
    """Add files to a step that was taken; those refused are named with the reason, the others are kept."""
    kept = 0
    for file in request.FILES.getlist("files"):
        try:
            kept += len(papers.add(actor=request.actor, row=row, code=request.POST.get("paper", ""), files=[file]))
        except (PermissionDenied, NotFound):
            raise
        except Refusal as refusal:
            messages.error(request, f"没有上传：{refusal.text}")
    if kept:
        messages.success(request, f"已上传 {kept} 个文件。")
    elif not request.FILES:
        messages.error(request, "请先选择要上传的文件。")
    return redirect(case_url(row))


@requires(SIGNED_IN, on=paper_to_read)
def paper(_request: Request, found: CasePaper) -> HttpResponseBase:
    """A paper: pictures are shown, everything else is downloaded."""
    try:
        file = found.file.open("rb")
    except FileNotFoundError:
        raise Http404 from None
    is_picture = found.content_type.startswith("image/")
    return FileResponse(file, as_attachment=not is_picture, filename=found.name, content_type=found.content_type)


@requires(SIGNED_IN, on=paper_to_remove, methods=("POST",))
def remove_paper(request: Request, found: CasePaper) -> HttpResponse:
    """Take off a file that was added by mistake."""
    papers.remove(actor=request.actor, paper=found)
    messages.success(request, "材料已删除。")
    return redirect(case_url(found.step))
