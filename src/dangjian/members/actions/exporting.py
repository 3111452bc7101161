"""The roster goes out: a list of members as a sheet in the order of the national export, noted on each person's trail."""

import io
from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from dangjian.accounts.events import record_about
from dangjian.kernel import clock, spreadsheets
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict
from dangjian.kernel.purposes import PRIVATE, stated
from dangjian.kernel.rulebook import Choices, book
from dangjian.kernel.spreadsheets import Column
from dangjian.kernel.ui import words
from dangjian.members.columns import COLUMNS, masked, show
from dangjian.members.models import Member
from dangjian.members.sheets.roster.columns import BRANCH, CATEGORY, title
from dangjian.org.models import Organization

COMPLETENESS = "completeness"
WIDTHS = {"resident_id": 22, BRANCH: 26, "registered_residence": 30, "current_address": 30, "school": 20, "archive_unit": 22}


@transaction.atomic
def export(*, actor: Actor, rows: QuerySet[Member], purpose: str, full: bool, selection: str = "") -> io.BytesIO:
    """An xlsx of ``rows`` in their order; private values are masked unless ``full``. The export is noted on each person's trail.

    ``selection`` says in Chinese which people these are. Raises ``Invalid`` without a purpose, ``Conflict`` for an empty list.
    """
    actor.require("members.export")
    purpose = stated(purpose, "年度党内统计核对")
    about = list(rows.values_list("pk", "branch_id"))
    if not about:
        raise Conflict("没有可以导出的党员。", how="请回到党员名册，换一个筛选条件。")
    branches = Organization.objects.in_bulk({branch_id for _, branch_id in about})
    for branch in branches.values():
        actor.require("members.export", branch)
        if full:
            actor.require("members.unmask", branch)
    columns = list(book().on("rec.member_export", clock.today()).expect(Choices))
    record_about(
        [pk for pk, _ in about],
        actor=actor,
        verb="members.exported",
        summary=f"导出党员名册{len(about)}行（{'完整号码' if full else '号码已隐去'}）{selection}",
        purpose=purpose,
        data={"rows": len(about), "full": full},
    )
    said = f"由{actor.name}于{words.daytime(clock.now())}导出，用途：{purpose}。"
    return spreadsheets.write(
        [_column(choice.code, choice.title) for choice in columns],
        _values(rows, [choice.code for choice in columns], full=full),
        title="党员名册",
        notes=[said, PRIVATE, *_notes(full=full)],
    )


def _column(code: str, heading: str) -> Column:
    column = COLUMNS.get(code)
    kind = "date" if column and column.kind == "date" else "number" if code == COMPLETENESS else "text"
    return Column(heading, kind=kind, width=WIDTHS.get(code, 0))  # type: ignore[arg-type]  # one of the kinds


def _values(rows: QuerySet[Member], codes: list[str], *, full: bool) -> Iterator[list[Any]]:
    for member in rows.select_related("branch").iterator(chunk_size=1000):
        yield [_value(member, code, full=full) for code in codes]


def _value(member: Member, code: str, *, full: bool) -> object:
    if code == BRANCH:
        return member.branch.name
    if code == CATEGORY:
        return member.get_category_display()
    value = getattr(member, code)
    if code not in COLUMNS or COLUMNS[code].kind == "date":
        return value
    return show(code, value) if full else masked(code, value)


def _notes(*, full: bool) -> list[str]:
    return [
        "栏目次序与全国党员管理信息系统的导出表一致。",
        "身份证号、手机等号码完整。" if full else f"“{title('resident_id')}”等号码的中间几位已隐去，这样的表不能再导入。",
    ]
