"""The tables of the annual statistics: all of them with their totals and checks, and each in full."""

from collections.abc import Iterator, Sequence

from django.http import FileResponse, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse

from dangjian.accounts.events import record
from dangjian.engines.annual import installed
from dangjian.engines.annual.views.asking import Question, question
from dangjian.engines.annual.views.gatherings import once_gathered
from dangjian.kernel import clock, spreadsheets
from dangjian.kernel.documents import download, render_pdf
from dangjian.kernel.gate import Request, requires
from dangjian.kernel.statistics.measures import Cell
from dangjian.kernel.tabulation import Failure, Line, Table
from dangjian.kernel.ui import words

HOME = [("党内统计", "annual:tables")]


@requires("annual.view")
@once_gathered
def tables(request: Request) -> HttpResponse:
    """Every table with its first figure, and whether its checks hold."""
    asked = question(request)
    context = {**asked.shown, "lines": overview(asked), "book_url": reverse("annual:book") + asked.query()}
    context["print_url"] = reverse("annual:printed") + asked.query()
    context["brief_url"] = reverse("annual:brief") + asked.query()
    return render(request, "annual/tables.html", context)


def overview(asked: Question) -> list[dict[str, object]]:
    """Of each table its first figure, and whether its checks hold."""
    report = asked.report
    return [
        {
            "table": one,
            "url": _address(one, asked),
            "total": words.number(report.cell(one, one.total, one.columns[0])),
            "unit": installed.population(one.total.population).unit,
            "failures": len(report.failures(one)),
        }
        for one in report.tables.values()
    ]


def table_asked(_request: Request, number: str) -> Table:
    """The table that an address names. Raises ``NotFound``."""
    return installed.table(number)


@requires("annual.view", on=table_asked)
@once_gathered
def table(request: Request, one: Table) -> HttpResponse:
    """All figures of a table; each opens the list behind it."""
    asked = question(request)
    one = asked.report.table(one.code)
    figures = asked.report.figures(one)
    rows = [
        {
            "line": row,
            "is_nothing": not across.any(),
            "cells": [
                Cell(column.title, words.number(int(figure)), behind(one, row, column, asked) if figure else "", "", not figure)
                for column, figure in zip(one.columns, across, strict=True)
            ],
        }
        for row, across in zip(one.rows, figures, strict=True)
    ]
    context = {
        **asked.shown,
        "table": one,
        "rows": rows,
        "failures": [_told(place, failure, one, asked) for place, failure in enumerate(asked.report.failures(one))],
        "crumbs": [("党内统计", reverse("annual:tables") + asked.query())],
        "crumb": f"表{one.code}",
        "sheet_url": reverse("annual:table_sheet", args=[one.code]) + asked.query(),
        "print_url": reverse("annual:table_printed", args=[one.code]) + asked.query(),
    }
    return render(request, "annual/table.html", context)


@requires("annual.view", on=table_asked)
@once_gathered
def table_sheet(request: Request, one: Table) -> FileResponse:
    """One table as a spreadsheet."""
    asked = question(request)
    return _sent(request, asked, [asked.report.table(one.code)], one.label.replace("　", ""))


@requires("annual.view")
@once_gathered
def book(request: Request) -> FileResponse:
    """All tables as one workbook, a sheet each."""
    asked = question(request)
    return _sent(request, asked, list(asked.report.tables.values()), "党内统计表")


@requires("annual.view")
@once_gathered
def printed(request: Request) -> HttpResponse:
    """All tables as a PDF to be signed, each beginning on a page of its own."""
    asked = question(request)
    return _print(request, asked, list(asked.report.tables.values()), "党内统计表")


@requires("annual.view", on=table_asked)
@once_gathered
def table_printed(request: Request, one: Table) -> HttpResponse:
    """One table as a PDF."""
    asked = question(request)
    return _print(request, asked, [asked.report.table(one.code)], one.label.replace("　", ""))


def _print(request: Request, asked: Question, chosen: Sequence[Table], title: str) -> HttpResponse:
    unit, until = asked.report.unit, asked.report.until
    context = {
        "title": f"{unit.short_name}{title}",
        "unit": unit,
        "period": f"{words.day(asked.report.since)}至{words.day(until)}",
        "made": f"{clock.now():%Y年%m月%d日}",
        "pages": [
            {
                "table": one,
                "unit": installed.population(one.total.population).unit,
                "rows": [
                    {"title": row, "figures": [words.number(figure) for figure in figures]} for row, figures in _lines(one, asked)
                ],
                "failures": [_told(place, failure, one, asked) for place, failure in enumerate(asked.report.failures(one))],
            }
            for one in chosen
        ],
    }
    content = render_pdf(render_to_string("annual/documents/tables.html", context))
    summary = f"打印{title}（{unit.short_name}，截至{until:%Y-%m-%d}）"
    record(actor=request.actor, verb="annual.exported", summary=summary, organization=unit)
    return download(content, f"{unit.short_name}{title}{until:%Y%m%d}.pdf")


def _sent(request: Request, asked: Question, chosen: Sequence[Table], title: str) -> FileResponse:
    unit, until = asked.report.unit, asked.report.until
    summary = f"导出{title}（{unit.short_name}，截至{until:%Y-%m-%d}）"
    record(actor=request.actor, verb="annual.exported", summary=summary, organization=unit)
    file = spreadsheets.write_forms([_form(one, asked) for one in chosen])
    return FileResponse(file, as_attachment=True, filename=f"{unit.short_name}{title}{until:%Y%m%d}.xlsx")


def _form(one: Table, asked: Question) -> spreadsheets.FormPage:
    """A table in the form in which it is handed in: who, when, what is counted; numbered rows and columns; checks and notes."""
    report = asked.report
    counted = installed.population(one.total.population)
    figures = report.figures(one)
    failures = [_told(place, failure, one, asked) for place, failure in enumerate(report.failures(one))]
    checks = [f"核对不平：{line['title']}，{line['said']}。" for line in failures] if failures else ["核对：各项平衡。"]
    source = f"依据：{one.edition}，{'；'.join(map(str, one.citations))}。"
    return spreadsheets.FormPage(
        name=f"表{one.code}",
        title=one.label,
        facts=(
            f"填报单位：{report.unit.name}",
            f"报告期：{words.day(report.since)}至{words.day(report.until)}",
            f"计量单位：{counted.unit}",
        ),
        columns=[spreadsheets.Heading(column.title, _group(one, column)) for column in one.columns],
        rows=[(row.title, row.depth, [int(n) for n in across]) for row, across in zip(one.rows, figures, strict=True)],
        foot=[*checks, *([f"注：{one.note}"] if one.note else []), source],
        signed=("单位负责人：", "审核人：", "填表人：", f"报出日期：{words.day(clock.today())}"),
    )


def _group(one: Table, column: Line) -> str:
    """The dimension below whose title the column stands."""
    dimensions = {dimension.code: dimension.title for dimension in installed.population(one.population).dimensions}
    return dimensions.get(column.group.partition(".")[0], "")


def _lines(one: Table, asked: Question) -> Iterator[tuple[str, list[int]]]:
    """The rows, set in below what they are part of, with their figures."""
    figures = asked.report.figures(one)
    for row, across in zip(one.rows, figures, strict=True):
        yield f"{'　' * row.depth}{row.title}", [int(figure) for figure in across]


def _address(one: Table, asked: Question) -> str:
    return reverse("annual:table", args=[one.code]) + asked.query()


def behind(one: Table, row: Line, column: Line, asked: Question, **more: object) -> str:
    """The address of the list behind a figure; empty for whoever may know the figure, and not whom it counts."""
    return asked.behind(row.population, table=one.code, row=row.code, column=column.code, **more)


def _told(place: int, failure: Failure, one: Table, asked: Question) -> dict[str, object]:
    """A check that does not hold, in words, with the way to those who cause it."""
    left, right = words.number(failure.left), words.number(failure.right)
    where = f"“{failure.where}”" if failure.where else ""
    also = f"，另有 {failure.also} 处同样不平" if failure.also else ""
    return {
        "title": failure.check.title,
        "said": f"{where}{left} 对 {right}，差 {words.number(abs(failure.left - failure.right))}{also}",
        "who": _counted(failure) if failure.persons else "",
        "mend": failure.check.mend,
        "url": asked.behind(failure.population, table=one.code, failure=place) if failure.persons else "",
    }


def _counted(failure: Failure) -> str:
    return f"{words.number(len(failure.persons))} {installed.population(failure.population).unit}"
