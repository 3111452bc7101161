"""One step of a case: where a to-do list leads, its correction, its papers."""

from django.contrib import messages
from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from dangjian.engines.procedures.actions import correcting, papers
from dangjian.engines.procedures.actions.taking import require_step
from dangjian.engines.procedures.actions.turns import require_reading, require_turn, step_of
from dangjian.engines.procedures.forms import CorrectForm
from dangjian.engines.procedures.installed import procedure
from dangjian.engines.procedures.models import CasePaper, CaseStep
from dangjian.engines.procedures.papers import filled
from dangjian.engines.procedures.queries import paper_of_named, paper_of_other_side, step_of_named, step_of_other_side
from dangjian.engines.procedures.views.access import case_crumbs
from dangjian.kernel import pdf, pictures, typed
from dangjian.kernel.actor import may
from dangjian.kernel.documents import download
from dangjian.kernel.errors import NotFound
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
        row = step_of_other_side(request.actor, pk)
    if row is None:
        row = find(CaseStep.objects.select_related("case__organization", "place"), pk=pk)
        request.actor.require(procedure(row.case.procedure).view, row.case.organization)
    return row


def step_to_work_on(request: Request, pk: int) -> CaseStep:
    """A step, for whoever may take it."""
    row = step_to_read(request, pk)
    require_turn(request.actor, row.case, step_of(row), row.place)
    return row


def written_to_read(request: Request, pk: int) -> CaseStep:
    """A step, for whoever may read what was written there."""
    row = step_to_read(request, pk)
    require_reading(request.actor, row)
    return row


def paper_to_read(request: Request, pk: int) -> CasePaper:
    """A paper, for whoever may read its case."""
    mine: CasePaper | None = own(CasePaper, request.user.pk).filter(pk=pk).first()
    named = mine or paper_of_named(pk, request.user.pk) or paper_of_other_side(request.actor, pk)
    paper: CasePaper = named or find(CasePaper, pk=pk)
    paper.step = written_to_read(request, paper.step_id)
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
def step(request: Request, row: CaseStep) -> HttpResponse:
    """To the case: to the form of the step for whoever may take it, else to where it stands."""
    if may(require_step, request.actor, row.case, row.code):
        return redirect(f"{reverse(f'procedures:{row.case.procedure}_case', args=[row.case_id])}?open={row.code}#do-{row.code}")
    return redirect(case_url(row))


@requires(SIGNED_IN, on=step_to_work_on, methods=("GET", "POST"))
def correct(request: Request, row: CaseStep) -> HttpResponse:
    """Put another day or entry in the place of what was entered wrongly."""
    found = step_of(row)
    if request.method == "GET":
        correcting.require_correcting(request.actor, row)
    form = CorrectForm(row, found, request.POST or None)
    return submit(
        request,
        form,
        lambda _data: correcting.correct(actor=request.actor, row=row, **form.keywords()),
        template="procedures/form.html",
        context={
            "title": f"更正：{found.title}",
            "crumbs": case_crumbs(request, row.case),
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
    """Add files to a step; those refused are named with the reason, the others are kept."""
    files = request.FILES.getlist("files")
    if not files:
        messages.error(request, "请先选择要上传的文件。")
        return redirect(case_url(row))
    added = papers.add(actor=request.actor, row=row, code=request.POST.get("paper", ""), files=files)
    if added.refused:
        how = "".join(dict.fromkeys(refusal.how for refusal in added.refused))
        messages.error(request, f"没有上传：{''.join(refusal.message for refusal in added.refused)}{how}")
    if added.kept:
        messages.success(request, f"已上传：{'、'.join(one.name for one in added.kept)}。")
    return redirect(case_url(row))


@requires(SIGNED_IN, on=written_to_read)
def form_paper(_request: Request, row: CaseStep, code: str) -> HttpResponse:
    """The form of a paper as Word, filled in from what is known."""
    return download(*filled(row, step_of(row), code))


@requires(SIGNED_IN, on=paper_to_read)
def paper(_request: Request, found: CasePaper) -> HttpResponseBase:
    """A paper, to keep."""
    return FileResponse(_opened(found), as_attachment=True, filename=found.name, content_type=found.content_type)


@requires(SIGNED_IN, on=paper_to_read)
def paper_pages(request: Request, found: CasePaper) -> HttpResponse:
    """The pages of a PDF, each with what can be done to it."""
    if not found.pages:
        raise NotFound
    row = found.step
    context = {
        "paper": found,
        "numbers": range(1, found.pages + 1),
        "changes": [(code, words) for code, (words, _change) in papers.CHANGES.items()],
        "may_change": may(papers.require_changing, request.actor, row),
        "step": step_of(row),
        "crumbs": case_crumbs(request, row.case),
    }
    return render(request, "procedures/pages.html", context)


@requires(SIGNED_IN, on=paper_to_read)
def paper_page(_request: Request, found: CasePaper, number: int) -> HttpResponse:
    """One page of a scan as a picture, upright; of any other PDF there is none."""
    with _opened(found) as file:
        shown = pdf.picture_of(file.file, number)
    if shown is None:
        raise Http404
    jpeg, degrees = shown
    return HttpResponse(pictures.turned(jpeg, degrees), content_type="image/jpeg")


@requires(SIGNED_IN, on=paper_to_remove, methods=("POST",))
def change_page(request: Request, found: CasePaper) -> HttpResponse:
    """Turn, move or take off a page."""
    number = typed.number(request.POST.get("page"), least=1)
    if number is None:
        raise NotFound
    papers.change_page(actor=request.actor, paper=found, number=number, change=request.POST.get("change", ""))
    return redirect(f"{reverse('procedures:paper_pages', args=[found.pk])}#p{number}")


@requires(SIGNED_IN, on=paper_to_remove, methods=("POST",))
def remove_paper(request: Request, found: CasePaper) -> HttpResponse:
    """Take off a file that was added by mistake."""
    papers.remove(actor=request.actor, paper=found)
    messages.success(request, "材料已删除。")
    return redirect(case_url(found.step))


def _opened(found: CasePaper) -> FieldFile:
    try:
        return found.file.open("rb")
    except FileNotFoundError:
        raise Http404 from None
