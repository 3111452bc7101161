"""Statistics of dues with drill-down: organisation → branch → bills of members; the same as a spreadsheet."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Sum
from django.http import FileResponse, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode

from dangjian.activities.dues import exports
from dangjian.activities.dues.forms.statistics import BillFilter, StatisticsFilter, code_of, month_code, named
from dangjian.activities.dues.models import Bill
from dangjian.activities.dues.queries import figures
from dangjian.activities.dues.queries.figures import SHOWS, Figures, Statistics
from dangjian.kernel.gate import Request, page
from dangjian.kernel.ordering import ordered_by

PAGE_SIZE = 25
BILL_SORTS = {
    "name": "member__name_sort",
    "month": "month",
    "owed": "owed_fen",
    "paid": "paid_fen",
    "on_time": "on_time_fen",
    "settled": "settled_on",
}
MEMBER_SORTS = {
    "name": "member__name_sort",
    "months": "months",
    "open": "open_months",
    "owed": "owed",
    "paid": "paid",
    "left": "left",
}
EXTRA_SORTS = {"name": "member__name_sort", "day": "paid_on", "amount": "extra_fen"}


@page("dues.statistics")
def statistics(request: Request) -> HttpResponse:
    """Owed, paid, on time, reduced, exempt, given freely and in arrears, for an organisation and all below it."""
    form = StatisticsFilter(request.GET)
    asked = form.asked
    context: dict[str, Any] = {"form": form, "organization": form.unit, "window": form.window}
    if asked is not None:
        found = figures.statistics(asked)
        context |= {
            "found": found,
            "links": links_of(form),
            "children": _children(form, found),
            "kinds": _kinds(form, found),
            "months": _months(form, found),
            "by_month": _month_chart(form, found),
            "by_child": _child_chart(form, found),
            "may_inspect": request.actor.may("dues.inspect"),
        }
    return render(request, "dues/statistics.html", context)


@page("dues.statistics")
def statistics_sheet(request: Request) -> HttpResponse | FileResponse:
    """The statistics as an xlsx."""
    form = StatisticsFilter(request.GET)
    asked = form.asked
    if asked is None:
        return render(request, "dues/statistics.html", {"form": form, "organization": None})
    file = exports.statistics(asked, figures.statistics(asked))
    return FileResponse(file, as_attachment=True, filename=f"{asked.organization.short_name}党费统计（{form.window.label}）.xlsx")


@page("dues.statistics")
def statistics_bills(request: Request) -> HttpResponse:
    """The bills that a figure counts, with their sums."""
    form, rows = _bills(request)
    page_obj = Paginator(_sorted(request, rows, BILL_SORTS, "member__name_sort"), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "organization": form.unit,
        "page_obj": page_obj,
        "totals": figures.totals(rows),
        "heading": SHOWS[form.shown],
        "window": form.window,
    }
    return render(request, "dues/statistics_bills.html", context)


@page("dues.statistics")
def statistics_bills_sheet(request: Request) -> FileResponse:
    """The same bills as an xlsx."""
    form, rows = _bills(request)
    title = f"{form.unit.short_name if form.unit else ''}{SHOWS[form.shown]}（{form.window.label}）"
    file = exports.bills(_sorted(request, rows, BILL_SORTS, "member__name_sort"), title)
    return FileResponse(file, as_attachment=True, filename=f"{title}.xlsx")


def _bills(request: Request) -> tuple[BillFilter, Any]:
    form = BillFilter(request.GET)
    asked = form.asked
    rows = figures.listed(asked, form.shown) if asked else Bill.objects.none()
    return form, form.apply(rows).select_related("member", "organization", "relief")


@page("dues.statistics")
def statistics_members(request: Request) -> HttpResponse:
    """Each member's sums in the period; who owes most first, unless sorted otherwise."""
    form = BillFilter(request.GET)
    asked = form.asked
    rows: Any = named(figures.members(asked), form.cleaned_data.get("q", "")) if asked else []
    if asked:
        rows = _sorted(request, rows, MEMBER_SORTS, "-left", "member_id")
    page_obj = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"form": form, "organization": form.unit, "page_obj": page_obj, "window": form.window}
    return render(request, "dues/statistics_members.html", context)


@page("dues.statistics")
def statistics_extra(request: Request) -> HttpResponse:
    """Payments in which something was given freely."""
    form = BillFilter(request.GET)
    asked = form.asked
    rows: Any = []
    total = 0
    if asked:
        found = named(figures.extras(asked), form.cleaned_data.get("q", ""))
        total = found.aggregate(total=Sum("extra_fen"))["total"] or 0
        rows = _sorted(request, found.select_related("member", "organization"), EXTRA_SORTS, "-paid_on")
    page_obj = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"form": form, "organization": form.unit, "page_obj": page_obj, "total": total, "window": form.window}
    return render(request, "dues/statistics_extra.html", context)


def _sorted(request: Request, rows: Any, sorts: dict[str, str], usual: str, last: str = "pk") -> Any:
    return rows.order_by(ordered_by(request.GET.get("sort", ""), sorts, usual), last)


# Links from a figure to what stands behind it


def address(name: str, form: StatisticsFilter, **more: object) -> str:
    """A page of statistics about what ``form`` asks for, changed by ``more``."""
    unit = form.unit
    chosen = {
        "organization": unit.pk if unit else "",
        "period": code_of(form.window),
        "kind": form.cleaned_data.get("kind", ""),
        **more,
    }
    return f"{reverse(f'dues:{name}')}?{urlencode({key: value for key, value in chosen.items() if value})}"


def links_of(form: StatisticsFilter, **more: object) -> dict[str, str]:
    """For each code of ``SHOWS`` the list of its bills; ``extra`` what was given freely."""
    found = {show: address("statistics_bills", form, show=show, **more) for show in SHOWS}
    return found | {"extra": address("statistics_extra", form, **more)}


def _row(title: str, url: str, sums: Figures, links: dict[str, str]) -> dict[str, Any]:
    return {"title": title, "url": url, "figures": sums, "links": links}


def _children(form: StatisticsFilter, found: Statistics) -> list[dict[str, Any]]:
    """Organisations right below, each opening its own statistics; a branch opens its bills."""
    rows = []
    for organization, sums in found.by_child:
        is_own = form.unit is not None and organization.pk == form.unit.pk
        links = links_of(form, organization=organization.pk)
        opens = links["all"] if is_own or organization.is_branch else address("statistics", form, organization=organization.pk)
        rows.append(_row(organization.short_name, opens, sums, links))
    return rows


def _kinds(form: StatisticsFilter, found: Statistics) -> list[dict[str, Any]]:
    return [_row(title, links_of(form, kind=code)["all"], sums, links_of(form, kind=code)) for code, title, sums in found.by_kind]


def _months(form: StatisticsFilter, found: Statistics) -> list[dict[str, Any]]:
    rows = []
    for month, sums in found.by_month:
        links = links_of(form, period=month_code(month))
        rows.append(_row(f"{month.year}年{month.month}月", links["all"], sums, links))
    return rows


def _drawn(fen: int) -> float:
    """Yuan as a length in a chart; sums are never taken from it."""
    return fen / 100


def _month_chart(form: StatisticsFilter, found: Statistics) -> dict[str, Any]:
    rows = _months(form, found)
    if len(rows) < 2:
        return {}
    series = (("应交", "owed_fen", "all"), ("按期交纳", "on_time_fen", "on_time"), ("已交", "paid_fen", "paid"))
    return {
        "unit": "元",
        "categories": [row["title"] for row in rows],
        "series": [
            {
                "name": name,
                "values": [_drawn(getattr(row["figures"], column)) for row in rows],
                "urls": [row["links"][show] for row in rows],
            }
            for name, column, show in series
        ],
    }


def _child_chart(form: StatisticsFilter, found: Statistics) -> dict[str, Any]:
    rows = [row for row in _children(form, found) if row["figures"].owed_fen]
    if len(rows) < 2:
        return {}
    return {
        "unit": "%",
        "categories": [row["title"] for row in rows],
        "series": [
            {
                "name": name,
                "values": [round(100 * (getattr(row["figures"], column) or 0), 1) for row in rows],
                "urls": [row["url"] for row in rows],
            }
            for name, column in (("收缴率", "rate"), ("按期率", "on_time_rate"))
        ],
    }
