"""How a figure is counted, said in one sentence."""

from dangjian.engines.annual.installed import population
from dangjian.engines.annual.queries.reports import Report
from dangjian.kernel.tabulation import Line, Table
from dangjian.kernel.ui import words


def sentence(report: Report, table: Table, row: Line, column: Line) -> str:
    """Of what is asked for: whose, on which day or in which period, and what narrows it."""
    return f"{told(report, table, row, column)}表{table.code}（{table.edition}）。"


def told(report: Report, table: Table, row: Line, column: Line) -> str:
    """The sentence without the table."""
    of = population(row.population)
    until = report.since if row.at_start else report.until
    says = of.says.format(since=words.day(report.since), until=f"{words.day(until)}{'前一天' if row.at_start else ''}")
    narrowed = [one.says or f"“{one.title}”" for one in (row, column) if one.condition.narrows]
    inside = f"中，{'、'.join(narrowed)}的" if narrowed else ""
    number = words.number(report.cell(table, row, column))
    return f"{report.unit.name}及下级，{says}{inside}{'' if inside else '共'}{number}{of.unit}。"
