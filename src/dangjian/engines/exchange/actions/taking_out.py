"""What is on record leaves as a sheet by a template, by whoever may, for a stated purpose."""

import io
from collections.abc import Iterator
from typing import Final

from django.db import transaction

from dangjian.accounts.events import record
from dangjian.engines.exchange import writing
from dangjian.engines.exchange.models import TemplateVersion
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.kernel.ui import words
from dangjian.org.models import Organization
from dangjian.org.sheet_offers import GoingOut, OnRecord, Sheet

LEAST_PURPOSE: Final = 4
"""Letters of a purpose that says something."""

PRIVATE: Final = "含有个人信息，请按规定保管，用完及时删除，不得转发无关人员。"


def require_out(sheet: Sheet) -> GoingOut:
    """How a sheet leaves. Raises ``Conflict`` for one that does not."""
    if sheet.out is None:
        raise Conflict(f"{sheet.title}只能导入，不能导出。")
    return sheet.out


@transaction.atomic
def take_out(*, actor: Actor, version: TemplateVersion, organization: Organization, purpose: str = "") -> io.BytesIO:
    """An xlsx with what is on record at ``organization`` and below it, in the columns of a template.

    Raises ``Invalid`` without a purpose where one is needed, ``Conflict`` if there is nothing.
    """
    sheet, meaning = version.template.sheet, version.meaning
    out = require_out(sheet)
    for permission in out.permissions:
        actor.require(permission, organization)
    purpose = purpose.strip()
    if out.needs_purpose and len(purpose) < LEAST_PURPOSE:
        raise Invalid("请写明导出的用途。", fields={"purpose": "请写明用途，例如：报送年度党内统计"})
    numbers: list[int] = []

    def noted() -> Iterator[OnRecord]:
        for one in out.rows(organization, None):
            numbers.append(one.record_id)
            yield one

    if version.form is not None:
        file = writing.filled_in(bytes(version.form), meaning, sheet, noted())
    else:
        said = f"由{actor.name}于{words.daytime(clock.now())}导出" + (f"，用途：{purpose}。" if purpose else "。")
        file = writing.workbook(meaning, sheet, noted(), [said, *([PRIVATE] if out.needs_purpose else [])])
    if not numbers:
        raise Conflict(f"“{organization.short_name}”没有可以导出的{sheet.words.subject}。", how="请换一个党组织。")
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
    return file
