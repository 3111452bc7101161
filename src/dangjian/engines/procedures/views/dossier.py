"""All papers of a case on one page: what is there, what is missing and where it is handed in; and all of them in one file."""

from typing import Any

from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from dangjian.engines.procedures.actions import dossiers, papers
from dangjian.engines.procedures.dossier import contents, gaps
from dangjian.engines.procedures.installed import procedure
from dangjian.engines.procedures.models import Dossier, DossierForm, ProcedureCase
from dangjian.engines.procedures.papers import Stand, sheets, whose_turn
from dangjian.engines.procedures.views.access import case_crumbs, case_to_read, case_url
from dangjian.kernel.actor import may
from dangjian.kernel.errors import Conflict
from dangjian.kernel.gate import SIGNED_IN, Request, requires
from dangjian.kernel.progress import progress_part
from dangjian.org.gate import find
from dangjian.org.making import KEPT, Making

TYPES = {DossierForm.PDF: "application/pdf", DossierForm.ZIP: "application/zip"}


def case_to_put_together(request: Request, pk: int) -> ProcedureCase:
    """A case, for whoever may have all its papers in one file."""
    case = case_to_read(request, pk)
    dossiers.require_asking(request.actor, case)
    return case


def dossier_to_read(request: Request, pk: int) -> Dossier:
    """The papers of a case in one file, for whoever may have it."""
    found: Dossier = find(Dossier.objects.select_related("case__organization"), pk=pk)
    dossiers.require_asking(request.actor, found.case)
    return found


def address_of(case: ProcedureCase) -> str:
    """Of the page with all papers of a case."""
    return reverse(f"procedures:{case.procedure}_dossier", args=[case.pk])


def dossier(request: Request, case: ProcedureCase) -> HttpResponse:
    """The papers of a case."""
    known, lines = procedure(case.procedure), contents(case)
    may_ask = may(dossiers.require_asking, request.actor, case)
    files = Dossier.objects.filter(case=case) if may_ask else Dossier.objects.none()
    context: dict[str, Any] = {
        "case": case,
        "back": case_url(case),
        "ask_url": reverse(f"procedures:{known.code}_ask_dossier", args=[case.pk]),
        "crumbs": case_crumbs(request, case),
        "lines": lines,
        "gaps": [
            (line, whose_turn(line.sheet.step, line.sheet.row), may(papers.require_adding, request.actor, line.sheet.row))
            for line in gaps(lines)
        ],
        "later": [sheet for sheet in sheets(case) if sheet.stand == Stand.LATER],
        "there": sum(bool(line.sheet.files) for line in lines),
        "may_ask": may_ask,
        "forms": DossierForm.choices,
        "files": files.select_related("case"),
        "kept_days": KEPT.days,
    }
    return render(request, "procedures/dossier.html", context)


@requires(SIGNED_IN, on=case_to_put_together, methods=("POST",))
def ask_dossier(request: Request, case: ProcedureCase) -> HttpResponse:
    """Have all papers put together; the page says how far that is."""
    dossiers.ask_for(actor=request.actor, case=case, form=request.POST.get("form", ""))
    return redirect(address_of(case))


@requires(SIGNED_IN, on=dossier_to_read)
def dossier_progress(request: Request, row: Dossier) -> HttpResponse:
    """How far it is."""
    return progress_part(request, row.progress, page=address_of(row.case))


@requires(SIGNED_IN, on=dossier_to_read)
def dossier_file(_request: Request, row: Dossier) -> HttpResponseBase:
    """The file itself."""
    if row.state != Making.READY:
        raise Conflict("材料还没有合成好。", how="请等页面显示“已生成”后再下载。")
    try:
        file = row.file.open("rb")
    except FileNotFoundError:
        raise Http404 from None
    return FileResponse(file, as_attachment=True, filename=str(row), content_type=TYPES[DossierForm(row.form)])
