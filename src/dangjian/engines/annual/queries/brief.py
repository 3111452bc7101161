"""The report in short: sentences and charts whose figures are cells of tables (``brief.yaml``), beside those of a year before."""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import Field, StrictStr, ValidationError

from dangjian.engines.annual import installed
from dangjian.engines.annual.queries.reports import Report
from dangjian.kernel.closed_yaml import TEXT, Closed, FileProblem, explained, read_mapping
from dangjian.kernel.tabulation import Line, Table
from dangjian.kernel.ui import words

FILE = Path(__file__).resolve().parents[1] / "brief.yaml"
_PLACE = re.compile(r"\{([^}]*)\}")
_CELL = re.compile(r"(\d+):([^/\s]+)/(\S+)")
UNIT, UNTIL = "unit", "until"
Look = Literal["", "%", "±"]


class WrittenSentence(Closed):
    """Text with figures in braces; left out where the figure ``only`` is 0."""

    say: TEXT
    only: StrictStr = ""


class WrittenSection(Closed):
    """Sentences under a heading."""

    title: TEXT
    sentences: list[WrittenSentence]


class WrittenChart(Closed):
    """One row of a table over the columns of one dimension."""

    title: TEXT
    table: TEXT
    row: TEXT
    columns: TEXT


class WrittenBrief(Closed):
    """The file."""

    sections: list[WrittenSection]
    charts: list[WrittenChart] = Field(default_factory=list)


class Cell(NamedTuple):
    """A figure of a table."""

    table: Table
    row: Line
    column: Line


@dataclass(frozen=True, slots=True)
class Figure:
    """A sum of cells; ``%`` of the first column of their rows, ``±`` against a year before."""

    cells: tuple[Cell, ...]
    look: Look


class Said(NamedTuple):
    """A piece of a sentence, with the figure that it says."""

    text: str
    figure: Figure | None


@dataclass(frozen=True)
class Both:
    """A report and the same of a year before."""

    now: Report
    before: Report

    @classmethod
    def of(cls, report: Report) -> "Both":
        """With the year before it."""
        since, until = (_year_before(day) for day in (report.since, report.until))
        return cls(report, Report.ready(report.unit, since, until))

    def value(self, figure: Figure) -> int:
        """The sum."""
        return _sum(self.now, figure)

    def text(self, figure: Figure) -> str:
        """As a sentence says it."""
        value = self.value(figure)
        if figure.look == "%":
            rows = {(one.table.code, one.row.code): Cell(one.table, one.row, one.table.columns[0]) for one in figure.cells}
            whole = _sum(self.now, Figure(tuple(rows.values()), ""))
            return f"{100 * value / whole:.1f}%" if whole else "0%"
        if figure.look == "±":
            change = value - _sum(self.before, figure)
            return f"比上年同期{'增加' if change > 0 else '减少'}{words.number(abs(change))}名" if change else "与上年同期持平"
        return words.number(value)


def said(both: Both) -> Iterator[tuple[str, list[list[Said]]]]:
    """Headings, each with its sentences in pieces."""
    for section in written().sections:
        sentences = [one for one in section.sentences if not one.only or both.value(_figure(one.only))]
        yield section.title, [list(_pieces(one.say, both)) for one in sentences]


@cache
def written() -> WrittenBrief:
    """What the file says. :raises FileProblem: for one that cannot be, or names a figure that there is not."""
    try:
        found = WrittenBrief.model_validate(read_mapping(FILE))
        for section in found.sections:
            for one in section.sentences:
                for inside in (*_PLACE.findall(one.say), *filter(None, [one.only])):
                    if inside not in {UNIT, UNTIL}:
                        _figure(inside)
        for chart in found.charts:
            columns_of(chart)
    except ValidationError as problem:
        raise FileProblem(f"{FILE.name}：{explained(problem)}") from None
    except (KeyError, ValueError) as problem:
        raise FileProblem(f"{FILE.name}：{problem.args[0]}") from None
    return found


def columns_of(chart: WrittenChart) -> tuple[Table, Line, list[Line]]:
    """The table, row and columns of a chart. :raises KeyError: for what there is not."""
    table = installed.tables()[chart.table]
    found = [one for one in table.columns if one.group == chart.columns]
    if not found:
        raise KeyError(f"表{chart.table}没有“{chart.columns}”的列")
    return table, table.row(chart.row), found


def _pieces(say: str, both: Both) -> Iterator[Said]:
    for place, text in enumerate(_PLACE.split(say)):
        if place % 2 == 0:
            yield Said(text, None)
        elif text == UNIT:
            yield Said(both.now.unit.short_name, None)
        elif text == UNTIL:
            yield Said(words.day(both.now.until), None)
        else:
            figure = _figure(text)
            yield Said(both.text(figure), figure)


def _figure(inside: str) -> Figure:
    """:raises ValueError: for what is no figure; ``KeyError`` for a cell that there is not."""
    look: Look = ""
    if inside.endswith(" %"):
        look, inside = "%", inside[:-2]
    elif inside.endswith(" ±"):
        look, inside = "±", inside[:-2]
    cells = []
    for part in inside.split(" + "):
        found = _CELL.fullmatch(part.strip())
        if found is None:
            raise ValueError(f"“{inside}”要写成 表:行/列")
        number, row, column = found.groups()
        if number not in installed.tables():
            raise KeyError(f"没有表{number}")
        table = installed.tables()[number]
        cells.append(Cell(table, table.row(row), table.column(column)))
    return Figure(tuple(cells), look)


def _year_before(day: dt.date) -> dt.date:
    """The same day; of the 29th of February the 28th."""
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


def _sum(report: Report, figure: Figure) -> int:
    return sum(report.cell(one.table, one.row, one.column) for one in figure.cells)
