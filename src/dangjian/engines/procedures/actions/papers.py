"""Papers of a step: looked into, photos put together to one upright PDF, kept under names that nobody can guess."""

import hashlib
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from dangjian.engines.procedures.actions import turns
from dangjian.engines.procedures.actions.notes import NOTES
from dangjian.engines.procedures.definition import Paper, Step
from dangjian.engines.procedures.models import CasePaper, CaseState, CaseStep, StepState
from dangjian.engines.procedures.papers import sheets_of
from dangjian.kernel import pdf, pictures
from dangjian.kernel.actor import Actor
from dangjian.kernel.documents import TYPES
from dangjian.kernel.errors import Conflict, Invalid, NotFound
from dangjian.kernel.files import Inspected, inspected, page_of, stem_of
from dangjian.org.openings import at, locked

MOST = 30
"""Files of one step; the photos of a paper are one file."""


@dataclass(slots=True)
class Added:
    """What became of files that were handed in: kept, or refused each with its reason."""

    kept: list[CasePaper] = field(default_factory=list)
    refused: list[Invalid] = field(default_factory=list)


def hand_in(*, actor: Actor, row: CaseStep, step: Step, files: Mapping[str, Sequence[UploadedFile]]) -> None:
    """Keep the files that came with a step; for the action that takes it.

    :raises Invalid: for a file that may not be kept, or a paper that is required and missing.
    """
    unknown = [file.name for code in files.keys() - {one.code for one in step.papers} for file in files[code]]
    if unknown:
        raise Invalid(f"“{step.title}”没有要这样的材料：{'、'.join(map(str, unknown))}。", how="请上传到对应的步骤。")
    before = row.case.steps.filter(code=row.code, state=StepState.RETURNED).prefetch_related("papers").order_by("taken_at", "pk")
    there = {sheet.paper.code for sheet in sheets_of(row, step, before) if sheet.files}
    missing = [one for one in step.papers if one.required and one.code not in there and not files.get(one.code)]
    if missing:
        titles = "、".join(paper.title for paper in missing)
        fields = {paper.code: "请上传" for paper in missing}
        raise Invalid(f"还缺材料：{titles}。", how="请上传扫描件或照片。", fields=fields)
    for paper in step.papers:
        added = _keep(actor, row, paper, files.get(paper.code, ()))
        if added.refused:
            for kept in added.kept:  # the rows go with the transaction, their files have to be told
                kept.file.storage.delete(kept.file.name)
            raise _at(paper.code, added.refused)


@transaction.atomic
def add(*, actor: Actor, row: CaseStep, code: str, files: Sequence[UploadedFile]) -> Added:
    """Add files to a step that is open or was taken: a scan often comes later than what it shows, even after the last step.

    A file that may not be kept is refused alone, and the others are kept.
    """
    row = locked(row, "case__organization", "place", check=lambda one: require_adding(actor, one))
    step = turns.step_of(row)
    paper = _named(step, code)
    with at(row.case.organization):
        added = _keep(actor, row, paper, files)
    if added.kept:
        NOTES.record(
            actor,
            row.case,
            "procedures.paper_added",
            f"{step.title}上传{paper.title}",
            data={"step": row.code, "paper": code, "files": len(added.kept)},
        )
    return added


def add_each(*, actor: Actor, row: CaseStep, files: Mapping[str, Sequence[UploadedFile]]) -> None:
    """Add files of several papers, by their codes.

    :raises Invalid: with the reasons of those that were refused. The others are kept all the same.
    """
    refused = {
        code: added.refused
        for code, several in files.items()
        if several and (added := add(actor=actor, row=row, code=code, files=several)).refused
    }
    if refused:
        code, problems = next(iter(refused.items()))
        raise _at(code, problems, how="其他文件已经保存，不用再选。")


def require_adding(actor: Actor, row: CaseStep) -> None:
    """Raise unless the actor may add a paper to this step now: whoever may take the step, also when all steps are taken."""
    turns.require_turn(actor, row.case, turns.step_of(row), row.place)
    if row.state not in {StepState.OPEN, StepState.TAKEN}:
        raise Conflict("这一步已经退回或者更正，不能再补材料。", how="请刷新页面，在重新办理的那一步上传。")
    if row.case.state not in {CaseState.OPEN, CaseState.FINISHED}:
        raise Conflict(f"“{row.case}”{row.case.get_state_display()}，不能再补材料。")


def require_changing(actor: Actor, row: CaseStep) -> None:
    """Raise unless the actor may take off or change a paper of this step now: as ``require_adding``, while the case runs."""
    require_adding(actor, row)
    if not row.case.is_open:
        raise Conflict(f"“{row.case}”{row.case.get_state_display()}，已有的材料不能再改，只能补充。")


@transaction.atomic
def remove(*, actor: Actor, paper: CasePaper) -> None:
    """Take a file off that was added by mistake, and off the disk once that is certain.

    One of a paper that is required stays until another is there.
    """
    row = locked(paper.step, "case__organization", "place", check=lambda one: require_changing(actor, one))
    step = turns.step_of(row)
    with at(row.case.organization):
        paper = CasePaper.objects.filter(pk=paper.pk, step=row).first() or _gone()
        kind = next((one for one in step.papers if one.code == paper.code), None)
        is_last = row.papers.filter(code=paper.code).count() == 1
        if kind and kind.required and row.state == StepState.TAKEN and is_last:
            raise Conflict(f"{kind.title}是这一步必须有的材料。", how="请先上传新的，再删除这一个。")
        _forget_later(paper)
        paper.delete()
    NOTES.record(actor, row.case, "procedures.paper_removed", f"{step.title}删除材料“{paper.name}”")


CHANGES: Mapping[str, tuple[str, Callable[[bytes, int], bytes]]] = {
    "left": ("向左转", partial(pdf.turned, quarters=-1)),
    "right": ("向右转", partial(pdf.turned, quarters=1)),
    "up": ("移到前一页", pdf.moved_up),
    "remove": ("删除", pdf.without),
}
"""What can be done to a page, with what it is called."""


@transaction.atomic
def change_page(*, actor: Actor, paper: CasePaper, number: int, change: str) -> CasePaper:
    """Turn, move or take off one page (from 1 on) of a PDF; ``change`` is one of ``CHANGES``."""
    if change not in CHANGES:
        raise NotFound
    row = locked(paper.step, "case__organization", "place", check=lambda one: require_changing(actor, one))
    with at(row.case.organization):
        paper = CasePaper.objects.filter(pk=paper.pk, step=row).exclude(pages=0).first() or _gone()
        words, changed = CHANGES[change]
        _put(paper, changed(paper.file.read(), number))
        paper.save()
    NOTES.record(
        actor,
        row.case,
        "procedures.paper_changed",
        f"材料“{paper.name}”第{number}页{words}",
        data={"paper": paper.pk, "page": number},
    )
    return paper


def _named(step: Step, code: str) -> Paper:
    found = next((one for one in step.papers if one.code == code), None)
    if found is None:
        raise NotFound("这一步没有这种材料。")
    return found


def _gone() -> CasePaper:
    raise NotFound


def _at(code: str, refused: Sequence[Invalid], *, how: str = "") -> Invalid:
    """Refusals of files as one, beside the field of their paper."""
    said = "".join(one.message for one in refused)
    return Invalid(said, how=refused[0].how + how, fields={code: said})


def _keep(actor: Actor, row: CaseStep, paper: Paper, files: Sequence[UploadedFile]) -> Added:
    """Keep what may be kept: each document by itself, the photos as further pages of the one PDF that they are."""
    added = Added()
    photos = [file for file in files if pictures.form_of(_beginning(file))]
    if row.papers.count() + len(files) - len(photos) > MOST:
        raise Conflict(f"一步最多{MOST}个文件。", how="几页的材料请合成一个PDF再上传。")
    for file in files:
        if file not in photos and (kept := _document(actor, row, paper, file, added)):
            added.kept.append(kept)
    if photos and (scan := _scan(actor, row, paper, photos, added)):
        added.kept.append(scan)
    return added


def _beginning(file: UploadedFile) -> bytes:
    file.seek(0)
    found: bytes = file.read(16)
    file.seek(0)
    return found


def _document(actor: Actor, row: CaseStep, paper: Paper, file: UploadedFile, added: Added) -> CasePaper | None:
    try:
        found = inspected(file.name or "", file.read())
        pages = pdf.pages_in(found.content) if found.content_type == TYPES["pdf"] else 0
        _check_new(row, paper, found)
    except Invalid as problem:
        added.refused.append(_about(file, problem))
        return None
    return _kept(actor, row, paper.code, found, pages=pages)


def _check_new(row: CaseStep, paper: Paper, found: Inspected) -> None:
    if row.papers.filter(code=paper.code, sha256=found.sha256).exists():
        raise Invalid("已经上传过，没有重复保存。")


def _about(file: UploadedFile, problem: Invalid) -> Invalid:
    return Invalid(f"“{file.name}”：{problem.message}", how=problem.how)


def _scan(actor: Actor, row: CaseStep, paper: Paper, photos: Sequence[UploadedFile], added: Added) -> CasePaper | None:
    """The PDF of the photos of a paper, with these behind those that are there; ``None`` if none of them can be read."""
    there = row.papers.filter(code=paper.code, is_of_photos=True).first()
    pages = _pages(photos, added)
    if (first := next(pages, None)) is None:
        return None
    content = pdf.with_pages(there.file.read() if there else b"", _chained(first, pages))
    if there:
        _put(there, content)
        there.save()
        return there
    name = f"{stem_of(paper.title)}.pdf"
    found = Inspected(name, ".pdf", TYPES["pdf"], content, hashlib.sha256(content).hexdigest())
    return _kept(actor, row, paper.code, found, pages=pdf.pages_in(content), is_of_photos=True)


def _pages(photos: Sequence[UploadedFile], added: Added) -> Iterator[pictures.Page]:
    """One photo after the other, so that no more than one of them lies in memory as the phone made it."""
    for file in photos:
        try:
            yield page_of(file.read())
        except Invalid as problem:
            added.refused.append(_about(file, problem))


def _chained(first: pictures.Page, others: Iterator[pictures.Page]) -> Iterator[pictures.Page]:
    yield first
    yield from others


def _put(paper: CasePaper, content: bytes) -> None:
    """Other content in the place of a PDF; the file that was there goes once that is certain."""
    _forget_later(paper)
    paper.file.save(f"{secrets.token_hex(16)}.pdf", ContentFile(content), save=False)
    paper.size, paper.sha256, paper.pages = len(content), hashlib.sha256(content).hexdigest(), pdf.pages_in(content)


def _forget_later(paper: CasePaper) -> None:
    transaction.on_commit(partial(paper.file.storage.delete, paper.file.name))


def _kept(actor: Actor, row: CaseStep, code: str, found: Inspected, **more: Any) -> CasePaper:
    made = CasePaper(
        step=row,
        code=code,
        name=found.name,
        content_type=found.content_type,
        size=len(found.content),
        sha256=found.sha256,
        added_by_id=actor.user_id,
        **more,
    )
    made.file.save(f"{secrets.token_hex(16)}{found.suffix}", ContentFile(found.content), save=False)
    stored = made.file.name
    try:
        made.save()
    except BaseException:
        made.file.storage.delete(stored)
        raise
    return made
