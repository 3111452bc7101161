"""Templates are copied, made from somebody's file, changed in versions, taken out of use, handed on and taken in."""

import base64
import secrets
from typing import Any, Final

from django.db import transaction

from dangjian.accounts.events import record
from dangjian.engines.exchange import handing_on
from dangjian.engines.exchange.actions.uploading import open_book
from dangjian.engines.exchange.definition import MOST_COLUMNS, Definition, check_items, made_of
from dangjian.engines.exchange.handing_on import MOST_FORM, Handed, HandedVersion
from dangjian.engines.exchange.layout import columns, known_headers
from dangjian.engines.exchange.models import SheetTemplate, TemplateVersion
from dangjian.engines.exchange.models.templates import SHIPPED
from dangjian.engines.exchange.writing import check_form
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.kernel.registry import by_code
from dangjian.kernel.spreadsheets.headers import tidy
from dangjian.org.queries import enterprise
from dangjian.org.sheet_offers import Sheet

Form = bytes | memoryview | None
"""An official workbook, as it is uploaded or as the database hands it out."""

KEEP: Final = "exchange.keep_templates"
"""The permission to make and change templates, which all the enterprise uses."""


def require_keeping(actor: Actor) -> None:
    """Raises ``PermissionDenied`` unless the actor makes and changes templates."""
    actor.require(KEEP)


def require_changing(actor: Actor, template: SheetTemplate) -> None:
    """Besides, that the template is the unit's own and in use. Raises ``Conflict``."""
    require_keeping(actor)
    if template.is_shipped:
        raise Conflict("随平台提供的模板不能修改。", how="请先复制一份，再改您的这一份。")
    if template.retired_at:
        raise Conflict("这个模板已经停用。", how="请先恢复使用，再修改。")


@transaction.atomic
def copy_template(*, actor: Actor, version: TemplateVersion, title: str) -> SheetTemplate:
    """A template of one's own that begins as ``version``."""
    require_keeping(actor)
    meaning = version.meaning.model_copy(update={"title": title})
    reason = f"复制自“{version.template.title}”第{version.number}版"
    return _make(actor, meaning, reason, form=version.form, copied_from=version.template.key)


@transaction.atomic
def make_from_file(*, actor: Actor, sheet: Sheet, title: str, file: Any, file_name: str) -> SheetTemplate:
    """A template with the columns of a file as they stand there; those that are known have their item already."""
    require_keeping(actor)
    book = open_book(sheet, file, file_name)
    table = book.sheets[0]
    known = known_headers(sheet)
    taken: set[str] = set()
    listed: list[dict[str, str]] = []
    for header in table.headers:
        if not header or tidy(header) in {tidy(one["header"]) for one in listed}:
            continue
        item = known.get(header, "")
        listed.append({"header": header[:60], **({"item": item} if item and item not in taken else {})})
        taken.add(item)
    if len(listed) > MOST_COLUMNS:
        raise Invalid(f"这张表有{len(listed)}列，模板最多{MOST_COLUMNS}列。", how="请先删去用不着的列。")
    above = [" ".join(str(value) for value in row if value is not None)[:60] for row in table.above]
    meaning = made_of(
        {
            "title": title,
            "sheet": sheet.code,
            "worksheet": table.name[:31],
            "above": [line for line in above if line][:8],
            "columns": listed,
        }
    )
    return _make(actor, meaning, f"按文件“{file_name}”的表头建立"[:200])


@transaction.atomic
def save_template(
    *,
    actor: Actor,
    template: SheetTemplate,
    based_on: int,
    definition: Definition,
    reason: str,
    form: bytes | None = None,
    drop_form: bool = False,
) -> TemplateVersion:
    """Another version. Raises ``Conflict`` if ``based_on`` is not the latest any more, ``Invalid`` if nothing was changed."""
    held = SheetTemplate.objects.select_for_update().get(pk=template.pk)
    require_changing(actor, held)
    latest = held.latest
    if latest.number != based_on:
        by = latest.made_by.name if latest.made_by else "别人"
        raise Conflict(
            f"您打开以后，{by}已经存了第{latest.number}版，您的修改还没有保存，也没有丢失。",
            how=f"请在另一个窗口看清第{latest.number}版，改好以后再保存一次，这时以您的为准。",
        )
    _check(definition)
    filled = None if drop_form else form if form is not None else latest.form
    if form is not None and len(form) > MOST_FORM:
        raise Invalid("官方表样太大，最多1MB。", how="请只保留表头和第一行，删去图片后再上传。", fields={"form": "最多1MB"})
    if filled is not None:
        check_form(bytes(filled), definition)
    if definition == latest.meaning and filled == latest.form:
        raise Invalid("没有改动，不用存新的一版。", how="改好以后再保存。")
    made = _add_version(actor, held, definition, reason, filled)
    held.title, held.changed_at = definition.title, clock.now()
    held.save(update_fields=["title", "changed_at"])
    _told(actor, held, "template_saved", f"模板“{held.title}”存为第{made.number}版：{reason}")
    return made


@transaction.atomic
def retire_template(*, actor: Actor, template: SheetTemplate) -> None:
    """Take a template out of the choices; what was read or written by it stays."""
    _change(actor, template, retired=True)


@transaction.atomic
def restore_template(*, actor: Actor, template: SheetTemplate) -> None:
    """Put a template among the choices again."""
    _change(actor, template, retired=False)


def hand_on(template: SheetTemplate) -> bytes:
    """All versions of a template as one file for another unit."""
    versions = template.versions.order_by("number")
    return handing_on.write(
        template.key,
        enterprise().name,
        [
            HandedVersion.model_validate(
                {
                    "number": one.number,
                    "made_on": one.made_at.date().isoformat(),
                    "reason": one.reason,
                    "definition": one.definition,
                    "form": base64.b64encode(one.form).decode() if one.form else "",
                }
            )
            for one in versions
        ],
    )


@transaction.atomic
def receive_template(*, actor: Actor, content: bytes) -> SheetTemplate:
    """Take in a template that another unit handed on.

    One that is here already gets the versions that it has not; where both went on from the same version, it becomes a copy.
    """
    require_keeping(actor)
    handed = handing_on.read(content)
    here = SheetTemplate.objects.select_for_update().filter(key=handed.key).first()
    if here is None or not _goes_on(here, handed):
        key = handed.key if here is None and not handed.key.startswith(SHIPPED) else _new_key()
        here = SheetTemplate.objects.create(
            key=key, sheet_code=handed.versions[0].definition.sheet, title=handed.versions[-1].definition.title
        )
    have = set(here.versions.values_list("number", flat=True))
    new = [one for one in handed.versions if one.number not in have]
    if not new:
        raise Invalid(f"“{here.title}”的这些版本本平台已经有了。", how="不用再导入。")
    for one in new:
        TemplateVersion.objects.create(
            template=here,
            number=one.number,
            definition=one.definition.model_dump(mode="json", exclude_defaults=True),
            form=one.workbook,
            reason=one.reason,
            came_from=handed.came_from,
            made_by_id=actor.user_id,
        )
    here.title, here.changed_at = new[-1].definition.title, clock.now()
    here.save(update_fields=["title", "changed_at"])
    _told(actor, here, "template_received", f"导入{handed.came_from or '别的单位'}的模板“{here.title}”，{len(new)}版")
    return here


def _goes_on(here: SheetTemplate, handed: Handed) -> bool:
    """Whether every version that both have says the same."""
    ours = {one.number: one.meaning for one in here.versions.all()}
    both = [one for one in handed.versions if one.number in ours]
    return not here.is_shipped and bool(both) and all(ours[one.number] == one.definition for one in both)


def _make(actor: Actor, meaning: Definition, reason: str, *, form: Form = None, copied_from: str = "") -> SheetTemplate:
    _check(meaning)
    made: SheetTemplate = SheetTemplate.objects.create(
        key=_new_key(), sheet_code=meaning.sheet, title=meaning.title, copied_from=copied_from
    )
    _add_version(actor, made, meaning, reason, form)
    _told(actor, made, "template_made", f"建立模板“{made.title}”（{made.sheet.title}），{reason}")
    return made


def _add_version(actor: Actor, template: SheetTemplate, meaning: Definition, reason: str, form: Form) -> TemplateVersion:
    last = template.versions.order_by("-number").values_list("number", flat=True).first() or 0
    made: TemplateVersion = TemplateVersion.objects.create(
        template=template,
        number=last + 1,
        definition=meaning.model_dump(mode="json", exclude_defaults=True),
        form=form,
        reason=reason,
        made_by_id=actor.user_id,
    )
    return made


def _change(actor: Actor, template: SheetTemplate, *, retired: bool) -> None:
    require_keeping(actor)
    held = SheetTemplate.objects.select_for_update().get(pk=template.pk)
    if bool(held.retired_at) == retired:
        return
    held.retired_at = clock.now() if retired else None
    held.save(update_fields=["retired_at"])
    verb, word = ("template_retired", "停用") if retired else ("template_restored", "恢复使用")
    _told(actor, held, verb, f"{word}模板“{held.title}”")


def _check(meaning: Definition) -> None:
    sheet = by_code(Sheet).get(meaning.sheet)
    try:
        check_items(meaning, sheet)
    except ValueError as error:
        raise Invalid(f"{error}。", how="请改正后再保存。") from error
    if sheet is None or not any(column.item in columns(sheet) for column in meaning.items()):
        raise Invalid("没有一列对应本平台的项目。", how="请至少给一列选好项目。")


def _told(actor: Actor, template: SheetTemplate, verb: str, summary: str) -> None:
    record(actor=actor, verb=f"exchange.{verb}", summary=summary[:300], subject=template)


def _new_key() -> str:
    return f"own.{secrets.token_hex(8)}"
