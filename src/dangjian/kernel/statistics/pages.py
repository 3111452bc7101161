"""Statistics: one declaration gives the page, its part for htmx, the spreadsheet and the answer to programs."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.http import FileResponse, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.functional import cached_property
from django.utils.http import urlencode

from dangjian.kernel import clock, spreadsheets
from dangjian.kernel.errors import NotFound
from dangjian.kernel.gate import Request, requires
from dangjian.kernel.lists import YUAN, Empty
from dangjian.kernel.lists.within import PeriodField, chosen
from dangjian.kernel.periods import ALL
from dangjian.kernel.spreadsheets.cells import Value as Cell
from dangjian.kernel.statistics.counting import Asked, Counted, Figures
from dangjian.kernel.statistics.measures import Chart, Measure, Opens
from dangjian.kernel.statistics.splits import Over, Row, Split

DECLARED: "list[Statistics]" = []
"""All statistics, for the contract that every one of them keeps."""


@dataclass(frozen=True, slots=True)
class Found:
    """All figures of what is asked: the total, and the rows of each split, that over the units first."""

    total: Figures
    parts: tuple[tuple[Split, list[Row]], ...]

    def rows(self, name: str) -> list[Row]:
        """Those of the split with this name."""
        return next(rows for split, rows in self.parts if split.name == name)


@dataclass(frozen=True, kw_only=True)
class Statistics:
    """Statistics of units with all below them.

    :param name: of the address (``dues:statistics``); the spreadsheet's is the same with ``_sheet``.
    :param over: the units, such as ``org.statistics.Organizations``; the total is the sum over them.
    :param counted: figures by key of a split.
    :param is_none: of the total: whether there is nothing to show, so that ``empty`` stands there.
    :param links: label, icon and list of buttons below the tiles, for whoever may see these lists.
    :param intro: behind unit and period below the heading; ``notes`` stand below the tables. Both go into the spreadsheet.
    :param whole_months: what the API asks for is widened to whole months.
    """

    name: str
    title: str
    permission: str
    over: Over
    counted: Counted[Any]
    measures: tuple[Measure, ...]
    is_none: Callable[[Any], bool]
    empty: Empty
    splits: tuple[Split, ...] = ()
    charts: tuple[Chart, ...] = ()
    links: tuple[tuple[str, str, Opens], ...] = ()
    pers: Sequence[str] = ALL
    frame: str = "frame.html"
    crumbs: tuple[tuple[str, str], ...] = ()
    intro: str = ""
    notes: tuple[str, ...] = ()
    whole_months: bool = False

    def __post_init__(self) -> None:
        DECLARED.append(self)

    @property
    def all_splits(self) -> tuple[Split, ...]:
        """That over the units, and the others."""
        return (self.over, *self.splits)

    def found(self, asked: Asked) -> Found:
        """All figures; as many questions as there are sources for each split, and one for the units."""
        parts = [(split, self.counted(asked, split.name)) for split in self.all_splits]
        total = self.counted.sum(parts[0][1].values())
        return Found(total, tuple((split, split.rows(asked, figures, self.counted.figures)) for split, figures in parts))

    def paths(self, route: str) -> list[URLPattern]:
        """Addresses of the page and of its spreadsheet, for ``urlpatterns``."""
        name = self.name.rpartition(":")[2]
        sheet = path(f"{route}table.xlsx", requires(self.permission)(self.answer_sheet), name=f"{name}_sheet")
        return [path(route, requires(self.permission)(self.answer), name=name), sheet]

    def address(self, request: Request) -> str:
        """The way back from a list: of the same unit, period and choices, as far as the list's address has them."""
        names = {self.over.name, "period", *(name for split in self.splits for name in split.fields())}
        kept = {name: value for name, value in request.GET.dict().items() if name in names and value}
        return reverse(self.name) + (f"?{urlencode(kept)}" if kept else "")

    def url(self, asked: Asked) -> str:
        """Of what is asked."""
        given = {**self.over.parameters(asked), "period": asked.period, **asked.chosen}
        return f"{reverse(self.name)}?{urlencode({name: value for name, value in given.items() if value})}"

    def answer(self, request: Request) -> HttpResponse:
        """The page; for htmx only the part that depends on the form."""
        is_part = request.htmx and not request.htmx.history_restore_request
        template = "ui/statistics/part.html" if is_part else "ui/statistics/page.html"
        return render(request, template, Shown(self, request).context)

    def answer_sheet(self, request: Request) -> FileResponse:
        """All rows of all splits below each other, each part named."""
        shown = Shown(self, request)
        if shown.asked is None or shown.found is None:
            raise NotFound
        columns = [spreadsheets.Column("分组", width=14), spreadsheets.Column("项目", width=34)]
        columns += [spreadsheets.Column(each, kind="number", width=14) for one in self.measures for each in one.headers]
        notes = [f"范围：{shown.about}。{self.intro}", *self.all_notes, f"{clock.now():%Y年%m月%d日 %H:%M}导出。"]
        file = spreadsheets.write(columns, self.lines(shown.found), title=self.title, notes=notes)
        title = f"{self.over.names(shown.asked.unit)[1]}{self.title}（{shown.period}）"
        return FileResponse(file, as_attachment=True, filename=f"{title}.xlsx")

    def lines(self, found: Found) -> Iterator[Sequence[Cell | Decimal]]:
        """Lines of the spreadsheet."""
        yield ("合计", "合计", *self._plain(found.total))
        for split, rows in found.parts:
            for row in rows:
                yield (f"按{split.title}", row.title, *self._plain(row.figures))

    def _plain(self, figures: Figures) -> Iterator[Cell | Decimal]:
        for one in self.measures:
            yield from one.plain(figures)

    @property
    def all_notes(self) -> list[str]:
        """Those of the splits and of the whole."""
        return [*(split.note for split in self.all_splits if split.note), *self.notes]

    def answer_program(self, asked: Asked) -> dict[str, object]:
        """As ``kernel.statistics.api`` describes it."""
        found = self.found(asked)
        rows = {
            split.rows_key: [{split.key: row.key, "title": row.title, "figures": self._named(row.figures)} for row in rows]
            for split, rows in found.parts
        }
        return {"total": self._named(found.total), **rows}

    def _named(self, figures: Figures) -> dict[str, int | None]:
        return {one.figure: one.value(figures) for one in self.measures}

    def titled(self, title: str) -> tuple[Measure, bool]:
        """The measure with this title, or the one whose rate has it; with whether it is a rate."""
        return next((one, title != one.title) for one in self.measures if title in {one.title, one.rate})


@dataclass(frozen=True)
class Shown:
    """Statistics as one person asks for them."""

    statistics: Statistics
    request: Request

    @cached_property
    def form(self) -> forms.Form:
        """Unit, period and choices, filled in from the address; what cannot be read is left out."""
        fields: dict[str, forms.Field] = {**self.statistics.over.fields()}
        fields["period"] = PeriodField(label="期间", pers=self.statistics.pers, required=False)
        for split in self.statistics.splits:
            fields |= split.fields()
        made: forms.Form = type("StatisticsForm", (forms.Form,), fields)(self.request.GET)
        made.is_valid()
        return made

    @property
    def values(self) -> dict[str, Any]:
        """What was chosen, cleaned."""
        return self.form.cleaned_data

    @cached_property
    def asked(self) -> Asked | None:
        """What is counted; ``None`` for somebody who may see no unit."""
        over, values = self.statistics.over, self.values
        unit = values.get(over.name) or over.usual()
        if unit is None:
            return None
        # So that the drop-down shows what is shown when nothing was chosen.
        self.form.data = {**self.request.GET.dict(), over.name: str(unit.pk)}
        choices = {name: values[name] for split in self.statistics.splits for name in split.fields() if values.get(name)}
        return Asked.of(unit, chosen(values), **choices)

    @cached_property
    def found(self) -> Found | None:
        """The figures."""
        return self.statistics.found(self.asked) if self.asked else None

    @property
    def period(self) -> str:
        """In words."""
        return chosen(self.values).label

    @property
    def about(self) -> str:
        """Unit and period in words."""
        return f"{self.statistics.over.names(self.asked.unit)[0]}及下级，{self.period}" if self.asked else ""

    @cached_property
    def context(self) -> dict[str, object]:
        """For the templates."""
        declared, found = self.statistics, self.found
        context: dict[str, object] = {
            "statistics": declared,
            "frame": declared.frame,
            "crumbs": [(title, reverse(name)) for title, name in declared.crumbs],
            "form": self.form,
            "about": self.about,
            "nothing": self._nothing(),
        }
        if self.asked is None or found is None or declared.is_none(found.total):
            return context
        return context | {
            "sheet_url": reverse(f"{declared.name}_sheet"),
            "tiles": [one.tile(found.total, self._url(one, self.asked)) for one in declared.measures if one.on_tile],
            "is_money": any(one.kind is YUAN for one in declared.measures),
            "links": [(*words, self._address(opens, self.asked)) for *words, opens in declared.links if self._may(opens)],
            "charts": [shown for number, one in enumerate(declared.charts, 1) if (shown := self._chart(one, number, found))],
            "columns": [title for one in declared.measures for title in one.columns],
            "tables": [self._table(split, rows) for split, rows in found.parts if rows and (split.alone or len(rows) > 1)],
            "notes": declared.notes,
        }

    def _nothing(self) -> dict[str, str]:
        """What stands there when there are no figures, as ``{% empty_of %}`` takes it."""
        return (self.statistics.empty if self.asked else _NOWHERE).stated(self)

    def _may(self, opens: Opens) -> bool:
        return bool(self.request.actor.may(opens.listing.permission))

    def _address(self, opens: Opens, asked: Asked) -> str:
        return opens.url(asked, self.statistics.over.parameters(asked))

    def _url(self, measure: Measure, asked: Asked | None) -> str:
        """Of the list behind a figure; nothing for somebody who may not see it."""
        return self._address(measure.opens, asked) if measure.opens and asked and self._may(measure.opens) else ""

    def _row_url(self, row: Row) -> str:
        """Of the statistics of a unit below, else of the first list."""
        if row.leads_down and row.asked:
            return self.statistics.url(row.asked)
        return next((url for one in self.statistics.measures if (url := self._url(one, row.asked))), "")

    def _table(self, split: Split, rows: list[Row]) -> dict[str, object]:
        return {
            "split": split,
            "rows": [
                {
                    "title": row.title,
                    "url": self._row_url(row),
                    "cells": [
                        cell for one in self.statistics.measures for cell in one.cells(row.figures, self._url(one, row.asked))
                    ],
                }
                for row in rows
            ],
        }

    def _chart(self, chart: Chart, number: int, found: Found) -> dict[str, object]:
        """As ``{% chart %}`` takes it; nothing where there is nothing to compare."""
        series = [(title, *self.statistics.titled(title)) for title in chart.series]
        lines = [(row, [_drawn(one, row.figures, is_rate=is_rate) for _, one, is_rate in series]) for row in found.rows(chart.by)]
        drawn = [(row, values) for row, values in lines if any(value is not None for value in values)]
        if len(drawn) < 2:
            return {}
        unit = "%" if series[0][2] else series[0][1].unit
        shown = [
            {
                "name": title,
                "values": [values[place] for _, values in drawn],
                "urls": [self._row_url(row) if row.leads_down or is_rate else self._url(one, row.asked) for row, _ in drawn],
            }
            for place, (title, one, is_rate) in enumerate(series)
        ]
        data = {"unit": unit, "categories": [row.title for row, _ in drawn], "series": shown}
        return {"id": f"chart-{number}", "title": chart.title, "look": chart.look, "data": data}


_NOWHERE = Empty("chart-bar", "没有可以统计的党组织", "请联系安全管理员确认您的权限。")


def _drawn(measure: Measure, figures: Figures, *, is_rate: bool) -> float | None:
    """As a length in a chart, in per cent or in the unit of the measure; sums are never taken from it."""
    if is_rate:
        share = measure.share(figures)
        return None if share is None else round(100 * share, 1)
    value = measure.value(figures)
    return value / 100 if value is not None and measure.kind is YUAN else value
