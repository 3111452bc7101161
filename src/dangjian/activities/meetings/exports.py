"""Statistics of organisational life as spreadsheets: how much there was, and who came."""

import datetime as dt
import io
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction

from dangjian.accounts.events import record
from dangjian.activities.meetings.queries import Figures, Statistics
from dangjian.kernel import clock, spreadsheets
from dangjian.kernel.actor import Actor
from dangjian.kernel.spreadsheets import Column
from dangjian.org.models import Organization

COUNTS = ("应到", "实到", "其中线上", "请假", "缺席", "已补课", "到会率%")


def statistics(organization: Organization, since: dt.date, until: dt.date, found: Statistics) -> io.BytesIO:
    """The figures by organisation, month and kind below each other, each part named."""
    columns = [Column("分组", width=14), Column("项目", width=34), Column("会议次数", kind="number", width=12), *_counts()]
    notes = [*_notes(organization, since, until), "一次会议兼作几种类型时，在每种类型中各计一次，合计只计一次。"]
    return spreadsheets.write(columns, _lines(organization, found), title="组织生活统计", notes=notes)


@transaction.atomic
def people(
    *, actor: Actor, organization: Organization, since: dt.date, until: dt.date, rows: Iterable[dict[str, Any]]
) -> io.BytesIO:
    """One line for each of ``rows`` (``queries.member_figures``), in their order.

    It names people, so the trail says that it went out.
    """
    actor.require("meetings.statistics", organization)
    lines = [(row["member__name"], row["member__branch__short_name"], *_numbers(_figures(row))) for row in rows]
    summary = f"导出“{organization}”党员到会情况（{len(lines)}人）"
    record(actor=actor, verb="meetings.people_exported", summary=summary, organization=organization)
    columns = [Column("姓名", width=12), Column("党支部", width=34), *_counts()]
    return spreadsheets.write(columns, lines, title="党员到会情况", notes=_notes(organization, since, until))


def _counts() -> list[Column]:
    return [Column(name, kind="number", width=12) for name in COUNTS]


def _notes(organization: Organization, since: dt.date, until: dt.date) -> list[str]:
    return [
        f"范围：{organization.name}及下级；期间：{since:%Y年%m月%d日}至{until:%Y年%m月%d日}，只计已经召开的会议。",
        "启用前补记的会议不计入应到和到会率。",
        f"{clock.now():%Y年%m月%d日 %H:%M}导出。",
    ]


def _lines(own: Organization, found: Statistics) -> Iterator[Sequence[Any]]:
    parts: list[tuple[str, list[tuple[str, Figures]]]] = [
        ("合计", [("合计", found.total)]),
        ("按党组织", [(f"{each.short_name}（本级）" if each == own else each.short_name, sums) for each, sums in found.by_child]),
        ("按月份", [(f"{month:%Y年%m月}", sums) for month, sums in found.by_month]),
        ("按类型", [(title, sums) for _, title, sums in found.by_kind]),
    ]
    for part, rows in parts:
        for title, sums in rows:
            yield (part, title, sums.meetings, *_numbers(sums))


def _figures(row: dict[str, Any]) -> Figures:
    return Figures(**{name: row[name] for name in ("due", "present", "online", "leave", "absent", "made_up")})


def _numbers(sums: Figures) -> tuple[int | Decimal | None, ...]:
    rate = None if sums.rate is None else Decimal(str(sums.rate))
    return (sums.due, sums.present, sums.online, sums.leave, sums.absent, sums.made_up, rate)
