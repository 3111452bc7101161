"""Assessments as a spreadsheet; amounts are numbers in yuan, exact to the fen."""

import datetime as dt
import io
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import islice
from typing import Any

from django.db.models import QuerySet

from dangjian.activities.dues.assessment.queries.profiles import profiles as read_profiles
from dangjian.kernel import clock, spreadsheets
from dangjian.kernel.spreadsheets import Column
from dangjian.members.models import Member

AT_ONCE = 1000


def yuan(fen: int) -> Decimal:
    """Exact yuan for a cell."""
    return Decimal(fen).scaleb(-2)


def profiles(rows: QuerySet[Member], month: dt.date) -> io.BytesIO:
    """One line for each member with the assessment and relief of ``month``."""
    columns = [
        Column("姓名", width=12),
        Column("党支部", width=34),
        Column("类别", width=20),
        *(Column(name, kind="number", width=14) for name in ("计算基数（元）", "核定月交纳额（元）")),
        Column("比例", width=8),
        Column("起交月份", width=12),
        Column("减免", width=8),
        Column("实际月应交（元）", kind="number", width=14),
        Column("计算说明", width=60),
    ]
    notes = (f"{month:%Y年%m月}的核定情况；{clock.now():%Y年%m月%d日 %H:%M}导出。",)
    return spreadsheets.write(columns, _profile_lines(rows, month), title="党费核定", notes=notes)


def _profile_lines(rows: QuerySet[Member], month: dt.date) -> Iterator[Sequence[Any]]:
    found = rows.iterator(chunk_size=AT_ONCE)
    while part := list(islice(found, AT_ONCE)):
        for one in read_profiles(part, month):
            held, relief = one.assessment, one.relief
            relieved = relief.get_kind_display() if relief else ""
            if held is None:
                yield (one.member.name, one.member.branch.short_name, "还没有核定", None, None, "", "", relieved, None, "")
                continue
            yield (
                one.member.name,
                one.member.branch.short_name,
                held.get_kind_display(),
                yuan(held.base_fen) if held.rate else None,
                yuan(held.amount_fen),
                held.rate,
                f"{held.from_month:%Y-%m}",
                relieved,
                yuan(one.pays_fen or 0),
                held.explanation,
            )
