"""A sheet comes in, or a workbook of several: it is opened, its headers understood, and put aside for the background to check."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import IO, cast

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse

from dangjian.accounts.events import record
from dangjian.engines.exchange import files, payload
from dangjian.engines.exchange.actions.checking import MOST_TOGETHER
from dangjian.engines.exchange.actions.leading import lead_on, queue_check
from dangjian.engines.exchange.definition import Definition
from dangjian.engines.exchange.layout import Layout, known_headers, understand
from dangjian.engines.exchange.models import ImportBatch, ImportWorkbook, OutsideSystem, State
from dangjian.engines.exchange.recognising import is_filled, recognise, taken_for
from dangjian.kernel import spreadsheets
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid, PermissionDenied
from dangjian.kernel.registry import by_code, offers
from dangjian.kernel.spreadsheets import CHOICES_SHEET, NOTES_SHEET, Limits
from dangjian.kernel.spreadsheets.cells import squeezed
from dangjian.org.models import Organization
from dangjian.org.sheet_offers import Sheet

MOST_ROWS = 100_000
LIMITS = Limits(file_size=30_000_000, rows=MOST_ROWS + 20)
"""What a sheet may be at most. The rows above the first one (title, header) are not counted against the hundred thousand."""


@transaction.atomic
def upload(
    *,
    actor: Actor,
    sheet: Sheet,
    organization: Organization,
    file: IO[bytes],
    file_name: str,
    answers: Mapping[str, object],
    template: Definition | None = None,
) -> ImportBatch:
    """Take in a file for ``organization`` and what is below it. Raises ``Invalid`` for a file or answers that will not do.

    It is read by ``template``, or else by the platform's own names of columns. Of a file with several worksheets of this kind
    each becomes a batch of one workbook; the first of them is returned.
    """
    actor.require(sheet.permission, organization)
    _check_place(organization, sheet.words.noun)
    sheet.accept(organization, answers)
    try:
        parts, left = _alike(sheet, organization, open_book(sheet, file, file_name, template), template)
    except Invalid as refusal:
        raise _another(actor, sheet, organization, file, file_name) or refusal from None
    if len(parts) > 1:
        return _several(actor, parts, left, organization, file, file_name, answers)
    made = _batch(actor, parts[0], organization, file_name, answers)
    batch: ImportBatch = ImportBatch.objects.create(**made, kept_file=files.keep(file), passed_over=left)
    record(
        actor=actor,
        verb="exchange.uploaded",
        summary=f"上传{sheet.title}“{file_name}”，准备导入到“{organization}”",
        organization=organization,
        subject=batch,
    )
    queue_check(batch)
    return batch


@dataclass(frozen=True, slots=True)
class Part:
    """A worksheet that will be a batch."""

    sheet: Sheet
    table: spreadsheets.Sheet
    layout: Layout
    template: Definition | None = None


def _alike(
    sheet: Sheet, organization: Organization, book: spreadsheets.Book, template: Definition | None
) -> tuple[list[Part], list[tuple[str, str]]]:
    """The worksheets that are a ``sheet``, at least one, and those left, each with the reason."""
    parts: list[Part] = []
    left = [(name, why) for name, why in book.passed_over if name not in {NOTES_SHEET, CHOICES_SHEET}]
    refused: list[Invalid] = []
    for table in book.sheets:
        other = None
        if template is not None:
            # Whoever names a template has said what it is.
            pass
        elif len(book.sheets) > 1:
            other = recognise(table, offers(Sheet), organization)[0]
        else:
            # What could be read as this kind may be much more clearly another: applicants are no members.
            other = taken_for(table, sheet, offers(Sheet), organization)
        if other is not None and other.code != sheet.code:
            left.append((table.name, f"像是{other.title}，请另行上传"))
            continue
        try:
            _check_length(sheet, table)
            parts.append(Part(sheet, table, understand(sheet, table, organization, template), template))
        except Invalid as problem:
            refused.append(problem)
            left.append((table.name, problem.message.rstrip("。")))
    if not parts:
        raise (
            refused[0]
            if refused
            else Invalid(
                f"没有可以导入的{sheet.words.noun}：{'；'.join(f'“{name}”{why}' for name, why in left)}。", how="请核对文件。"
            )
        )
    return parts, left


def _another(actor: Actor, sheet: Sheet, organization: Organization, file: IO[bytes], file_name: str) -> Invalid | None:
    """What is said of a file that is no ``sheet`` but clearly sheets of other kinds: where it is to be uploaded."""
    try:
        book = open_any(file, file_name)
    except Invalid:
        return None
    found = [taken_for(table, sheet, offers(Sheet), organization) for table in book.sheets]
    meant = list({other.code: other for other in found if other}.values())
    if not meant:
        return None
    message = f"“{file_name}”像是{'、'.join(other.title for other in meant)}，不是{sheet.title}。"
    barred = [other.title for other in meant if not actor.may(other.permission)]
    if barred:
        return Invalid(message, how=f"您没有导入{'、'.join(barred)}的权限，请核对是不是选错了文件。")
    title, url = ("上传工作簿", reverse("exchange:workbook_upload"))
    if len(meant) == 1:
        title, url = f"上传{meant[0].words.noun}", meant[0].upload_url
    return Invalid(message, how=f"请到“{title}”页面上传。", elsewhere=(title, url))


def _several(
    actor: Actor,
    parts: Sequence[Part],
    left: Sequence[tuple[str, str]],
    organization: Organization,
    file: IO[bytes],
    file_name: str,
    answers: Mapping[str, object],
) -> ImportBatch:
    """Worksheets of one kind as a workbook, to be entered one after the other or set aside; returns the first."""
    workbook: ImportWorkbook = ImportWorkbook.objects.create(
        organization=organization, uploaded_by_id=cast("int", actor.user_id), file_name=file_name[-200:], passed_over=list(left)
    )
    kept_file = files.keep(file)
    for place, part in enumerate(parts, start=1):
        made = _batch(actor, part, organization, file_name, answers)
        ImportBatch.objects.create(**made, kept_file=kept_file, workbook=workbook, place=place, state=State.WAITING)
    named = "、".join(part.table.name for part in parts)
    record(
        actor=actor,
        verb="exchange.workbook_uploaded",
        summary=f"上传{parts[0].sheet.title}“{file_name}”（工作表{named}），准备导入到“{organization}”"[:300],
        organization=organization,
        subject=workbook,
    )
    lead_on(workbook.pk)
    first: ImportBatch = ImportBatch.objects.select_related("organization", "uploaded_by").get(workbook=workbook, place=1)
    return first


@transaction.atomic
def upload_comparison(*, actor: Actor, system: OutsideSystem, file: IO[bytes], file_name: str) -> ImportBatch:
    """Take in the export of another system, to be compared. Raises ``Invalid`` for a file that will not do.

    It is read by the template of the system, or else by the platform's own names of columns. Questions of the sheet are answered
    as its form proposes.
    """
    sheet, organization, template = system.sheet, system.organization, system.template
    actor.require(sheet.permission, organization)
    if not system.is_open:
        raise Conflict(f"“{system}”已停用，不再比对。", how="要继续比对的，请先恢复使用。")
    try:
        parts, left = _alike(sheet, organization, open_book(sheet, file, file_name, template), template)
    except Invalid as refusal:
        raise _another(actor, sheet, organization, file, file_name) or refusal from None
    if len(parts) > 1:
        named = "、".join(part.table.name for part in parts)
        raise Invalid(f"文件里有几张{sheet.words.noun}：{named}。", how="一次只能比对一张。请合并成一张，或只留要比对的一张。")
    made = _batch(actor, parts[0], organization, file_name, proposed_answers(sheet, organization))
    batch: ImportBatch = ImportBatch.objects.create(**made, kept_file=files.keep(file), passed_over=left, system=system)
    record(
        actor=actor,
        verb="exchange.comparison_uploaded",
        summary=f"上传{system}的{sheet.title}“{file_name}”，与“{organization}”的记录比对",
        organization=organization,
        subject=batch,
    )
    queue_check(batch)
    return batch


@transaction.atomic
def upload_workbook(
    *, actor: Actor, organization: Organization, file: IO[bytes], file_name: str, templates: Sequence[Definition] = ()
) -> ImportWorkbook:
    """Take in a workbook whose worksheets are sheets of several kinds; the first is checked at once, the others wait for it.

    A worksheet with the name of one of the ``templates`` is read by it.
    Questions of each sheet are answered as its form proposes, which can be changed before it is entered. Raises ``Invalid`` for a
    worksheet that is clearly of some kind and will not do, ``PermissionDenied`` for somebody who may upload nothing there.
    """
    _check_place(organization, "工作簿")
    if not any(actor.may(sheet.permission, organization) for sheet in offers(Sheet)):
        raise PermissionDenied(f"您没有在“{organization}”导入表格的权限。", how="如工作需要，请联系上级党组织或安全管理员授权。")
    book = open_any(file, file_name, templates)
    left = [(name, why) for name, why in book.passed_over if name not in {NOTES_SHEET, CHOICES_SHEET}]
    parts = _parts(actor, organization, book.sheets, left, templates)
    if not parts:
        said = "；".join(f"“{name}”{why}" for name, why in left)
        raise Invalid(f"没有可以导入的工作表：{said}。", how="请下载模板，把内容填进对应的工作表后再上传。")
    workbook: ImportWorkbook = ImportWorkbook.objects.create(
        organization=organization, uploaded_by_id=cast("int", actor.user_id), file_name=file_name[-200:], passed_over=left
    )
    kept_file = files.keep(file)
    for place, part in enumerate(parts, start=1):
        made = _batch(actor, part, organization, file_name, proposed_answers(part.sheet, organization))
        ImportBatch.objects.create(**made, kept_file=kept_file, workbook=workbook, place=place, state=State.WAITING)
    titles = "、".join(part.sheet.title for part in parts)
    record(
        actor=actor,
        verb="exchange.workbook_uploaded",
        summary=f"上传工作簿“{file_name}”（{titles}），准备导入到“{organization}”"[:300],
        organization=organization,
        subject=workbook,
    )
    lead_on(workbook.pk)
    return workbook


def proposed_answers(sheet: Sheet, organization: Organization) -> dict[str, object]:
    """What the form proposes to the questions of a sheet; nothing if that will not do and somebody has to answer."""
    answers: dict[str, object] = {}
    try:
        for name, question in sheet.questions().items():
            initial = question.initial() if callable(question.initial) else question.initial
            answers[name] = question.clean(initial)
        sheet.accept(organization, answers)
    except (ValidationError, Invalid):
        return {}
    return answers


def _parts(
    actor: Actor,
    organization: Organization,
    tables: Sequence[spreadsheets.Sheet],
    left: list[tuple[str, str]],
    templates: Sequence[Definition],
) -> list[Part]:
    """The worksheets that are taken, in the order in which they depend on each other; the others are added to ``left``."""
    parts = []
    named = {squeezed(one.page_title): one for one in templates}
    for table in tables:
        template = named.get(squeezed(table.name))
        sheet, why = (by_code(Sheet)[template.sheet], "") if template else recognise(table, offers(Sheet), organization)
        if sheet is not None and not is_filled(table, sheet, template):
            why = "还没有填写"
        elif sheet is not None and not actor.may(sheet.permission, organization):
            why = f"您没有导入{sheet.title}的权限"
        if sheet is None or why:
            left.append((table.name, why))
            continue
        try:
            _check_length(sheet, table)
            parts.append(Part(sheet, table, understand(sheet, table, organization, template), template))
        except Invalid as problem:
            raise Invalid(f"工作表“{table.name}”：{problem.message}", how=problem.how) from problem
    return sorted(parts, key=lambda part: part.sheet.order)


def _check_place(organization: Organization, noun: str) -> None:
    if organization.is_group or organization.dissolved_on:
        raise Invalid(f"{noun}要导入到党委、党总支或党支部。", fields={"organization": "请另选一个"})


def _batch(
    actor: Actor, part: Part, organization: Organization, file_name: str, answers: Mapping[str, object]
) -> dict[str, object]:
    return {
        "sheet_code": part.sheet.code,
        "organization": organization,
        "uploaded_by_id": actor.user_id,
        "file_name": file_name[-200:],
        "answered": payload.dump(answers),
        "definition": part.template.model_dump(mode="json", exclude_defaults=True) if part.template else {},
        "sheet_name": part.table.name[:64],
        "header_row": part.table.header_row,
        "places": dict(part.layout.places),
        "unknown_headers": list(part.layout.unknown)[:50],
    }


def _check_length(sheet: Sheet, table: spreadsheets.Sheet) -> None:
    if sheet.together and table.last_row - table.header_row > MOST_TOGETHER:
        raise Invalid(
            f"{sheet.words.noun}有{table.last_row - table.header_row:,}行，一次最多{MOST_TOGETHER:,}行。",
            how="各行要互相对照检查，不能再多。请从上往下分成几份，先上传上级的一份。",
        )


def open_any(file: IO[bytes], file_name: str, templates: Sequence[Definition] = ()) -> spreadsheets.Book:
    """The worksheets that have the columns of some sheet, or of one of the ``templates``."""
    known = {header for sheet in offers(Sheet) for header in known_headers(sheet)}
    known |= {header for template in templates for header in template.headers()}
    file.seek(0)
    return spreadsheets.read_all(file, filename=file_name, known_headers=known, limits=LIMITS)


def open_book(sheet: Sheet, file: IO[bytes], file_name: str, template: Definition | None = None) -> spreadsheets.Book:
    """The worksheets that have the columns of ``sheet``, under the names of ``template``."""
    return spreadsheets.read_all(file, filename=file_name, known_headers=known_headers(sheet, template).keys(), limits=LIMITS)
