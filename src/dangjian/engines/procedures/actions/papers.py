"""Papers of a step: looked into, pictures made anew without their camera data, kept under names that nobody can guess."""

import secrets
from collections.abc import Mapping, Sequence

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from dangjian.engines.procedures.actions import turns
from dangjian.engines.procedures.actions.notes import NOTES
from dangjian.engines.procedures.definition import Step
from dangjian.engines.procedures.models import CasePaper, CaseStep, StepState
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid, NotFound
from dangjian.kernel.files import Inspected, inspected
from dangjian.org.openings import at, locked

MOST = 30
"""Files of one step."""


def hand_in(*, actor: Actor, row: CaseStep, step: Step, files: Mapping[str, Sequence[UploadedFile]]) -> list[CasePaper]:
    """Keep the files that came with a step; for the action that takes it.

    :raises Invalid: for a file that may not be kept, or a paper that is required and missing.
    """
    missing = {paper.code: "请上传" for paper in step.papers if paper.required and not files.get(paper.code)}
    if missing:
        titles = "、".join(paper.title for paper in step.papers if paper.code in missing)
        raise Invalid(f"还缺材料：{titles}。", how="请上传扫描件或照片。", fields=missing)
    looked = [(code, _looked_into(code, one)) for code, several in files.items() for one in several]
    return [_kept(actor, row, code, one) for code, one in looked]


@transaction.atomic
def add(*, actor: Actor, row: CaseStep, code: str, files: Sequence[UploadedFile]) -> list[CasePaper]:
    """Add files to a step that was taken, as long as its case runs: a scan often comes later than what it shows."""
    row = locked(row, "case__organization", "place", check=lambda one: require_adding(actor, one))
    step = turns.step_of(row)
    paper = next((one for one in step.papers if one.code == code), None)
    if paper is None:
        raise NotFound("这一步没有这种材料。")
    with at(row.case.organization):
        if row.papers.count() + len(files) > MOST:
            raise Conflict(f"一步最多{MOST}个文件。", how="几页的材料请合成一个PDF再上传。")
        made = [_kept(actor, row, code, _looked_into("files", one)) for one in files]
    NOTES.record(
        actor,
        row.case,
        "procedures.paper_added",
        f"{step.title}补交{paper.title}",
        data={"step": row.code, "paper": code, "files": len(made)},
    )
    return made


def require_adding(actor: Actor, row: CaseStep) -> None:
    """Raise unless the actor may add a paper to this step now: whoever may take the step, or the person themselves."""
    turns.require_turn(actor, row.case, turns.step_of(row), row.place)
    if row.state != StepState.TAKEN:
        raise Conflict("这一步还没有办理，或者已经退回。", how="材料在办理这一步时一起上传。")
    if not row.case.is_open:
        raise Conflict(f"“{row.case}”{row.case.get_state_display()}，不能再补材料。")


@transaction.atomic
def remove(*, actor: Actor, paper: CasePaper) -> None:
    """Take a file off that was added by mistake, and off the disk once that is certain.

    One of a paper that is required stays until another is there.
    """
    row = locked(paper.step, "case__organization", "place", check=lambda one: require_adding(actor, one))
    step = turns.step_of(row)
    with at(row.case.organization):
        paper = CasePaper.objects.filter(pk=paper.pk, step=row).first() or _gone()
        kind = next((one for one in step.papers if one.code == paper.code), None)
        if kind and kind.required and row.papers.filter(code=paper.code).count() == 1:
            raise Conflict(f"{kind.title}是这一步必须有的材料。", how="请先上传新的，再删除这一个。")
        storage, name = paper.file.storage, paper.file.name
        paper.delete()
    NOTES.record(actor, row.case, "procedures.paper_removed", f"{step.title}删除材料“{paper.name}”")
    transaction.on_commit(lambda: storage.delete(name))


def _gone() -> CasePaper:
    raise NotFound


def _looked_into(field: str, file: UploadedFile) -> Inspected:
    try:
        return inspected(file.name or "", file.read())
    except Invalid as problem:
        raise Invalid(f"“{file.name}”：{problem.message}", how=problem.how, fields={field: problem.message}) from problem


def _kept(actor: Actor, row: CaseStep, code: str, found: Inspected) -> CasePaper:
    made = CasePaper(
        step=row,
        code=code,
        name=found.name,
        content_type=found.content_type,
        size=len(found.content),
        sha256=found.sha256,
        added_by_id=actor.user_id,
    )
    made.file.save(f"{secrets.token_hex(16)}{found.suffix}", ContentFile(found.content), save=False)
    stored = made.file.name
    try:
        made.save()
    except BaseException:
        made.file.storage.delete(stored)
        raise
    return made
