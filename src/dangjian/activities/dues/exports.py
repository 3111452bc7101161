"""Statistics and lists of bills as spreadsheets; amounts are numbers in yuan, exact to the fen."""

import datetime as dt
import io
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import islice
from typing import Any

from django.db.models import QuerySet

from dangjian.activities.dues.models import Bill
from dangjian.activities.dues.queries.figures import Asked, Figures, Statistics
from dangjian.activities.dues.queries.profiles import profiles as read_profiles
from dangjian.kernel import clock, spreadsheets
from dangjian.kernel.spreadsheets import Column
from dangjian.members.models import Member

NUMBERS = (
    "应交人次",
    "已交清",
    "未交清",
    "少交",
    "免交",
    "应交（元）",
    "已交（元）",
    "按期交纳（元）",
    "欠交（元）",
    "自愿多交（元）",
)
AT_ONCE = 1000


def yuan(fen: int) -> Decimal:
    """Exact yuan for a cell."""
    return Decimal(fen).scaleb(-2)


def statistics(asked: Asked, found: Statistics) -> io.BytesIO:
    """The figures by organisation, month and kind below each other, each part with its sum."""
    columns = [Column("分组", width=14), Column("项目", width=34), *(Column(name, kind="number", width=14) for name in NUMBERS)]
    notes = (
        f"范围：{asked.organization.name}及下级；期间：{asked.since:%Y年%m月}至{asked.until:%Y年%m月}。",
        "应交人次按每人每月一次计算；“欠交”只计收缴期限已过的月份。",
        f"{clock.now():%Y年%m月%d日 %H:%M}导出。",
    )
    return spreadsheets.write(columns, _lines(found), title="党费统计", notes=notes)


def _lines(found: Statistics) -> Iterator[Sequence[Any]]:
    parts: list[tuple[str, list[tuple[str, Figures]]]] = [
        ("合计", [("合计", found.total)]),
        ("按党组织", [(organization.short_name, sums) for organization, sums in found.by_child]),
        ("按月份", [(f"{month:%Y年%m月}", sums) for month, sums in found.by_month]),
        ("按类别", [(title, sums) for _, title, sums in found.by_kind]),
    ]
    for part, rows in parts:
        for title, sums in rows:
            yield (part, title, *_numbers(sums))


def _numbers(sums: Figures) -> tuple[int | Decimal, ...]:
    amounts = (sums.owed_fen, sums.paid_fen, sums.on_time_fen, sums.arrears_fen, sums.extra_fen)
    return (sums.bills, sums.settled, sums.unsettled, sums.reduced, sums.exempt, *(yuan(fen) for fen in amounts))


def bills(rows: QuerySet[Bill], title: str) -> io.BytesIO:
    """One line for each bill of ``figures.listed``, with its member and branch."""
    columns = [
        Column("姓名", width=12),
        Column("党支部", width=34),
        Column("所属月份", width=12),
        Column("类别", width=18),
        Column("减免", width=8),
        *(Column(name, kind="number", width=12) for name in ("应交（元）", "已交（元）", "按期交纳（元）", "未交（元）")),
        Column("交清日期", kind="date"),
    ]
    return spreadsheets.write(columns, _bill_lines(rows), title=title, notes=(f"{clock.now():%Y年%m月%d日 %H:%M}导出。",))


def _bill_lines(rows: QuerySet[Bill]) -> Iterator[Sequence[Any]]:
    for bill in rows.iterator(chunk_size=AT_ONCE):
        yield (
            bill.member.name,
            bill.organization.short_name,
            f"{bill.month:%Y-%m}",
            bill.get_kind_display(),
            bill.relief.get_kind_display() if bill.relief else "",
            yuan(bill.owed_fen),
            yuan(bill.paid_fen),
            yuan(bill.on_time_fen),  # type: ignore[attr-defined]  # annotated by ``listed``
            yuan(bill.left_fen),
            bill.settled_on,
        )


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
