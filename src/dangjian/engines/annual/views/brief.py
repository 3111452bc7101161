"""The report in short: sentences and charts, with the figures of a year before."""

from collections.abc import Iterable

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dangjian.engines.annual.queries import brief as read
from dangjian.engines.annual.views.asking import Question, question
from dangjian.engines.annual.views.gatherings import once_gathered
from dangjian.engines.annual.views.tables import behind
from dangjian.kernel.gate import Request, requires
from dangjian.kernel.ui import words


@requires("annual.view")
@once_gathered
def brief(request: Request) -> HttpResponse:
    """What the tables say, in a page of text; every figure opens the list behind it, a sum its table."""
    asked = question(request)
    both = read.Both.of(asked.report)
    context = {
        **asked.shown,
        "sections": [
            {"title": title, "sentences": [_sentence(pieces, asked) for pieces in sentences]}
            for title, sentences in read.said(both)
        ],
        "charts": [_chart(number, one, both, asked) for number, one in enumerate(read.written().charts, 1)],
        "crumbs": [("党内统计", reverse("annual:tables") + asked.query())],
        "crumb": "简要情况",
    }
    return render(request, "annual/brief.html", context)


def _sentence(pieces: Iterable[read.Said], asked: Question) -> SafeString:
    found = SafeString("")
    for piece in pieces:
        url = _address(piece.figure, asked) if piece.figure else ""
        found += format_html('<a href="{}">{}</a>', url, piece.text) if url else format_html("{}", piece.text)
    return found


def _address(figure: read.Figure, asked: Question) -> str:
    """The list behind a figure; of a sum, its table."""
    first = figure.cells[0]
    if figure.look or len(figure.cells) > 1:
        return reverse("annual:table", args=[first.table.code]) + asked.query()
    return behind(first.table, first.row, first.column, asked)


def _chart(number: int, one: read.WrittenChart, both: read.Both, asked: Question) -> dict[str, object]:
    table, row, columns = read.columns_of(one)
    series: list[dict[str, object]] = [
        {"name": words.day(report.until), "values": [report.cell(table, row, column) for column in columns]}
        for report in (both.now, both.before)
    ]
    series[0]["urls"] = [behind(table, row, column, asked) for column in columns]
    data = {"unit": "名", "categories": [column.title for column in columns], "series": series}
    return {"id": f"brief-{number}", "title": one.title, "data": data}
