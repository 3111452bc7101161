"""The papers of a case in one file: asked for, made by the background, cleared away after some days."""

import tempfile
from typing import BinaryIO

from django.core.files.base import File
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from dangjian.engines.procedures import dossier as papers
from dangjian.engines.procedures.actions.notes import NOTES
from dangjian.engines.procedures.actions.turns import require_seeing
from dangjian.engines.procedures.installed import procedure
from dangjian.engines.procedures.models import Dossier, DossierForm, ProcedureCase
from dangjian.kernel.actor import Actor
from dangjian.kernel.background import enqueue
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.org import making
from dangjian.org.making import UNDER_WAY, Making
from dangjian.org.openings import at, register

WRITERS = {DossierForm.PDF: papers.write_pdf, DossierForm.ZIP: papers.write_zip}
GATHERED = 5
"""The share at which the papers begin to be put in; at ``SAVING`` they all are."""
SAVING = 95


@transaction.atomic
def ask_for(*, actor: Actor, case: ProcedureCase, form: str) -> Dossier:
    """Have the papers of a case put together as ``pdf`` or ``zip``; one that is under way is returned as it is."""
    require_asking(actor, case)
    if form not in DossierForm.values:
        raise Invalid("请选择 PDF 或压缩包。", fields={"form": "请从列表中选择"})
    with at(case.organization):
        if not any(line.sheet.files for line in papers.contents(case)):
            raise Conflict("还没有上传任何材料。", how="请先在各步骤上传材料。")
        making.give_up_stuck(Dossier)
        try:
            with transaction.atomic():
                made: Dossier = Dossier.objects.create(case=case, form=form, asked_by_id=actor.user_id)
        except IntegrityError:
            under_way: Dossier = Dossier.objects.get(case=case, form=form, state__in=UNDER_WAY)
            return under_way
        NOTES.record(actor, case, "procedures.dossier_asked", f"生成全部材料（{made.get_form_display()}）")
    enqueue("procedures.dossier", made.pk)
    return made


def require_asking(actor: Actor, case: ProcedureCase) -> None:
    """Raise unless the actor may have all papers of a case in one file: whoever may see the procedure's cases there."""
    require_seeing(actor, case)


def compile_dossier(*, pk: int) -> None:
    """Make the file for whoever asked. May be called again."""
    # For the person who asked, whose rights are asked for below.
    rows = register(Dossier).select_related("case__organization", "asked_by")
    row = rows.filter(pk=pk, state__in=UNDER_WAY).first()
    if row is None:
        return
    with tempfile.TemporaryFile() as file:
        making.make(row, procedure(row.case.procedure).view, lambda: _written(row, file), replaces=lambda: _same(row))


def _same(row: Dossier) -> QuerySet[Dossier]:
    return Dossier.objects.filter(case=row.case_id, form=row.form)


def _written(row: Dossier, file: BinaryIO) -> File[bytes]:
    making.tell(row, state=Making.RUNNING, share=GATHERED)
    with at(row.case.organization):
        total = sum(len(line.sheet.files) for line in papers.contents(row.case))
    told = GATHERED

    def tell(number: int) -> None:
        nonlocal told
        share = GATHERED + (SAVING - GATHERED) * number // max(total, 1)
        if share >= told + GATHERED:
            told = share
            making.tell(row, share=share)

    with at(row.case.organization):
        WRITERS[DossierForm(row.form)](row.case, file, tell)
    file.seek(0)
    return File(file)


def clear_dossiers() -> None:
    """Files go after their time; those on which the background gave up are said to have failed."""
    making.clear(Dossier)
