"""What is on record leaves as a sheet by a template, by whoever may, for a stated purpose."""

import io
from collections.abc import Iterator, Sequence

from django.db import transaction

from dangjian.accounts.events import record
from dangjian.engines.exchange import writing
from dangjian.engines.exchange.models import TemplateVersion
from dangjian.kernel import clock, spreadsheets
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict
from dangjian.kernel.purposes import PRIVATE, stated
from dangjian.kernel.ui import words
from dangjian.org.models import Organization
from dangjian.org.sheet_offers import GoingOut, OnRecord, Sheet


def require_out(sheet: Sheet) -> GoingOut:
    """How a sheet leaves. Raises ``Conflict`` for one that does not."""
    if sheet.out is None:
        raise Conflict(f"{sheet.title}只能导入，不能导出。")
    return sheet.out


@transaction.atomic
def take_out_set(*, actor: Actor, versions: Sequence[TemplateVersion], organization: Organization, purpose: str) -> io.BytesIO:
    """One workbook with a worksheet for each of the ``versions``, as ``take_out`` writes one of them."""
    pages: list[spreadsheets.Page] = []
    for version in versions:
        numbers: list[int] = []
        records = _records(actor, version, organization, purpose, numbers)
        # The rows are read now, so that what is noted on the trail is what leaves.
        made = writing.page(version.meaning, version.template.sheet, list(records))
        pages.append(made)
        _noted(actor, version, organization, purpose, numbers)
    if not pages:
        raise Conflict("这一套里没有您可以导出的表。", how="请换一套，或联系上级党组织授权。")
    said = f"由{actor.name}于{words.daytime(clock.now())}导出，用途：{purpose.strip()}。"
    return spreadsheets.write_book(pages, notes=[said, PRIVATE])


@transaction.atomic
def take_out(*, actor: Actor, version: TemplateVersion, organization: Organization, purpose: str = "") -> io.BytesIO:
    """An xlsx with what is on record at ``organization`` and below it, in the columns of a template.

    Raises ``Invalid`` without a purpose where one is needed, ``Conflict`` if there is nothing.
    """
    sheet, meaning = version.template.sheet, version.meaning
    numbers: list[int] = []
    records = _records(actor, version, organization, purpose, numbers)
    if version.form is not None:
        file = writing.filled_in(bytes(version.form), meaning, sheet, records)
    else:
        said = f"由{actor.name}于{words.daytime(clock.now())}导出" + (f"，用途：{purpose.strip()}。" if purpose else "。")
        file = writing.workbook(meaning, sheet, records, [said, *([PRIVATE] if require_out(sheet).needs_purpose else [])])
    if not numbers:
        raise Conflict(f"“{organization.short_name}”没有可以导出的{sheet.words.subject}。", how="请换一个党组织。")
    _noted(actor, version, organization, purpose, numbers)
    return file


def _records(
    actor: Actor, version: TemplateVersion, organization: Organization, purpose: str, numbers: list[int]
) -> Iterator[OnRecord]:
    """What leaves by a version, each noted in ``numbers`` as it goes; who may and what for is asked at once."""
    out = require_out(version.template.sheet)
    for permission in out.permissions:
        actor.require(permission, organization)
    if out.needs_purpose:
        stated(purpose, "报送年度党内统计")

    def leaving() -> Iterator[OnRecord]:
        for one in out.rows(organization, None):
            numbers.append(one.record_id)
            yield one

    return leaving()


def _noted(actor: Actor, version: TemplateVersion, organization: Organization, purpose: str, numbers: list[int]) -> None:
    """Put on the trail what has left."""
    sheet, purpose = version.template.sheet, purpose.strip()
    out = require_out(sheet)
    summary = f"按模板“{version.template.title}”导出“{organization.short_name}”的{sheet.title}{len(numbers)}行"[:300]
    if out.noted is not None:
        out.noted(actor=actor, record_ids=numbers, summary=summary, purpose=purpose)
    else:
        record(
            actor=actor,
            verb="exchange.taken_out",
            summary=summary,
            organization=organization,
            subject=version.template,
            purpose=purpose,
        )
