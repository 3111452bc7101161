"""What was written to an organisation as a spreadsheet: what it was about and what became of it, without the texts."""

import io
from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from dangjian.accounts.events import record
from dangjian.activities.feedback.models import Feedback
from dangjian.kernel import clock, spreadsheets
from dangjian.kernel.actor import Actor
from dangjian.kernel.spreadsheets import Column

COLUMNS = (
    Column("类型", width=12),
    Column("标题", width=40),
    Column("由谁办理", width=24),
    Column("提出人", width=12),
    Column("提出日期", "date", width=14),
    Column("答复期限", "date", width=14),
    Column("办理人", width=12),
    Column("状态", width=12),
    Column("答复日期", "date", width=14),
)


@transaction.atomic
def sheet(*, actor: Actor, rows: Iterable[Feedback]) -> io.BytesIO:
    """One line for each of ``rows``, in their order. It names people, so the trail says that it went out."""
    actor.require("feedback.answer")
    lines = [
        (
            row.get_kind_display(),
            row.title,
            row.organization.short_name,
            row.author.name,
            timezone.localtime(row.written_at).date(),
            row.due_on,
            row.owner.name if row.owner else "",
            "已超期" if row.is_late else row.get_state_display(),
            timezone.localtime(row.answered_at).date() if row.answered_at else None,
        )
        for row in rows
    ]
    record(actor=actor, verb="feedback.exported", summary=f"导出意见建议（{len(lines)}条）")
    return spreadsheets.write(COLUMNS, lines, title="意见建议", notes=[f"{clock.now():%Y年%m月%d日 %H:%M}导出，不含内容。"])
