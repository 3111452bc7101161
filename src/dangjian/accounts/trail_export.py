"""The trail as a file for the auditor's own archive: a spreadsheet, or text that every program reads."""

import io
from collections.abc import Iterator, Sequence

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from dangjian.accounts.events import record
from dangjian.accounts.models import Event, TrailSeal
from dangjian.kernel import clock, spreadsheets
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict
from dangjian.kernel.purposes import stated
from dangjian.kernel.spreadsheets import Column
from dangjian.kernel.spreadsheets.cells import Value as Cell

MOST_ROWS = 100_000
COLUMNS = (
    Column("编号", kind="number", width=10),
    Column("时间", width=20),
    Column("操作人", width=16),
    Column("账号编号", kind="number", width=10),
    Column("事项", width=14),
    Column("内容", width=60),
    Column("用途", width=30),
    Column("涉及党员", kind="number", width=10),
    Column("网络地址", width=16),
    Column("结果", width=8),
)


@transaction.atomic
def export(*, actor: Actor, rows: QuerySet[Event], asked: str, purpose: str, form: str) -> io.BytesIO:
    """``rows`` in their order as ``xlsx`` or ``csv``; ``asked`` says in Chinese which they are. The export is an event itself.

    The file names the last seal, so that it can serve as an anchor. Raises ``Invalid`` without a purpose, ``Conflict`` for
    nothing or for more than fits.
    """
    actor.require("accounts.audit")
    purpose = stated(purpose, "第四季度审计存档")
    number = rows.count()
    if not number:
        raise Conflict("没有符合条件的记录。", how="请放宽条件再导出。")
    if number > MOST_ROWS:
        raise Conflict(f"一次最多导出{MOST_ROWS:,}条，现在有{number:,}条。", how="请缩短时间范围，分几次导出。")
    seal = TrailSeal.objects.first()
    anchor = f"最近一次封存：第{seal.number}号，摘要 {seal.digest}。" if seal else "还没有封存。"
    notes = [f"由{actor.name}于{clock.now():%Y年%m月%d日 %H:%M}导出，用途：{purpose.strip()}。", f"范围：{asked}。", anchor]
    lines = list(_lines(rows))
    record(
        actor=actor,
        verb="accounts.trail_exported",
        summary=f"导出操作留痕{number}条（{asked}）",
        purpose=purpose.strip(),
        data={"rows": number, "form": form, "seal": seal.number if seal else 0},
    )
    if form == "csv":
        return spreadsheets.write_text(COLUMNS, lines)
    return spreadsheets.write(COLUMNS, lines, title="操作留痕", notes=notes)


def _lines(rows: QuerySet[Event]) -> Iterator[Sequence[Cell]]:
    for one in rows:
        yield (
            one.pk,
            f"{timezone.localtime(one.at):%Y-%m-%d %H:%M:%S}",
            one.actor_name,
            one.actor_id,
            one.area,
            one.summary,
            one.purpose,
            one.data.get("members") or (1 if one.member_id else None),
            one.address,
            one.get_result_display(),
        )
