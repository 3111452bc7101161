"""How long duties take from appearing on the list to being done: the middle and the quarters, of units and not of people."""

from collections.abc import Iterator, Sequence

from django.http import FileResponse, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode

from dangjian.engines.burden.queries.times import Taken, Times, times
from dangjian.kernel import clock, spreadsheets
from dangjian.kernel.errors import NotFound
from dangjian.kernel.gate import Request, requires
from dangjian.kernel.lists import NUMBER, Asked, Column, PageFilters, Table
from dangjian.kernel.lists.columns import Kind
from dangjian.kernel.lists.within import Within, chosen
from dangjian.org.lists import OrganizationFilter, chosen_in
from dangjian.org.models import Organization

FILTERS = PageFilters(filters=(OrganizationFilter(usual="全部下级"), Within(field="")))
TITLE = "办理用时"
MEANING = "从事项在待办中列出那天算起，到办完那天；由记录自动判定办完的，以记录的日期为准。免办和撤下的不计。"


def _days(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


DAYS = Kind(_days, sheet="number", css="num")
COLUMNS: tuple[Column[Taken], ...] = (
    Column("事项", "title"),
    Column("办完", "number", NUMBER, unit="项"),
    Column("四分之一在几天内", "quarter", DAYS, on_phone=False),
    Column("一半在几天内", "half", DAYS),
    Column("四分之三在几天内", "three_quarters", DAYS),
)
BY_MONTH: Table[Taken] = Table("逐月办理用时", (Column("月份", "title"), *COLUMNS[1:]))
BY_TITLE: Table[Taken] = Table("各类事项的办理用时", COLUMNS)


@requires("burden.view")
def times_taken(request: Request) -> HttpResponse:
    """Tables and trend of a unit in a period."""
    asked = FILTERS.asked(request)
    unit, span = _unit(asked), chosen(asked.values)
    found = times(unit, *span.days) if unit else None
    context: dict[str, object] = {
        **FILTERS.shown(asked),
        "unit": unit,
        "span": span,
        "found": found,
        "title": TITLE,
        "crumb": TITLE,
        "crumbs": [("填报负担", reverse("burden:statistics"))],
    }
    if unit and found and found.total:
        context |= {
            "total": found.total,
            "tiles": [(label, _days(value)) for label, value in _named(found.total)],
            "chart": _chart(found),
            "by_month": BY_MONTH.of(taken for _, taken in found.by_month),
            "by_title": BY_TITLE.of(found.by_title),
            "meaning": MEANING,
            "sheet_url": f"{reverse('burden:times_sheet')}?{urlencode({'organization': str(unit.pk), 'period': span.code})}",
        }
    return render(request, "burden/times.html", context)


@requires("burden.view")
def times_sheet(request: Request) -> FileResponse:
    """The same as a spreadsheet."""
    asked = FILTERS.asked(request)
    unit, span = _unit(asked), chosen(asked.values)
    if unit is None:
        raise NotFound
    found = times(unit, *span.days)
    columns = [spreadsheets.Column("分组", width=10), spreadsheets.Column("事项", width=34)]
    columns += [
        spreadsheets.Column(title, kind="number", width=16)
        for title in ("办完（项）", "四分之一在几天内", "一半在几天内", "四分之三在几天内")
    ]
    notes = (f"范围：{unit}及下级，{span.label}。{MEANING}", f"{clock.now():%Y年%m月%d日 %H:%M}导出。")
    file = spreadsheets.write(columns, _lines(found), title=TITLE, notes=notes)
    return FileResponse(file, as_attachment=True, filename=f"{unit.short_name}{TITLE}（{span.label}）.xlsx")


def _unit(asked: Asked) -> Organization | None:
    """The one that is chosen, else the highest of the scope."""
    return chosen_in(asked) or Organization.objects.standing().order_by("path").first()


def _named(taken: Taken) -> list[tuple[str, float]]:
    return [
        ("四分之一在几天内办完", taken.quarter),
        ("一半在几天内办完", taken.half),
        ("四分之三在几天内办完", taken.three_quarters),
    ]


def _lines(found: Times) -> Iterator[Sequence[str | int | float]]:
    groups = [
        ("合计", [found.total] if found.total else []),
        ("月份", [one for _, one in found.by_month]),
        ("事项", found.by_title),
    ]
    for group, rows in groups:
        for row in rows:
            yield group, row.title, row.number, row.quarter, row.half, row.three_quarters


def _chart(found: Times) -> dict[str, object] | None:
    """Half and three quarters by month, where there is something to compare."""
    if len(found.by_month) < 2:
        return None
    rows = [one for _, one in found.by_month]
    return {
        "unit": "天",
        "categories": [row.title for row in rows],
        "series": [
            {"name": "一半在几天内", "values": [row.half for row in rows]},
            {"name": "四分之三在几天内", "values": [row.three_quarters for row in rows]},
        ],
    }
