"""Tables as data: rows and columns are conditions, checks are sums that must agree. See ``docs/tables.md``.

table: '4'
title: 党员学历情况
population: members
source: {document: 党内统计年报, note: 2017年版}
rows:
- {code: total, title: 合计}
- {each: occupation}
columns:
- {code: total, title: 总数}
- {each: education_group}
checks:
- {title: 各学历之和等于总数, parts: education_group, whole: total}
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import Field, StrictInt, StrictStr, ValidationError

from dangjian.kernel import codes
from dangjian.kernel.citation import Citation
from dangjian.kernel.closed_yaml import TEXT, Closed, FileProblem, Sources, cited, explained
from dangjian.kernel.tabulation.conditions import All, Among, Between, Condition, edge, read
from dangjian.kernel.tabulation.dimensions import Coded, Dimension
from dangjian.kernel.tabulation.offers import Population

Where = dict[str, Any]
Axis = Literal["rows", "columns"]
Populations = Callable[[str], Population]


class WrittenLine(Closed):
    """A row or column, or with ``each`` one for every code of a dimension, with ``by`` for every bracket of a list."""

    code: StrictStr = ""
    title: StrictStr = ""
    where: Where = Field(default_factory=dict)
    population: StrictStr = ""
    at: Literal["", "start"] = ""
    depth: StrictInt = 0
    each: StrictStr = ""
    by: StrictStr = ""
    only: list[StrictStr] = Field(default_factory=list)
    says: StrictStr = ""


class WrittenCheck(Closed):
    """``parts`` of one axis add up to ``whole``; or the cells of ``left`` compare with those of ``right``."""

    title: TEXT
    parts: list[StrictStr] | StrictStr = Field(default_factory=list)
    whole: StrictStr = ""
    left: list[StrictStr] = Field(default_factory=list)
    right: list[StrictStr] = Field(default_factory=list)
    holds: Literal["=", "<=", ">="] = "="
    mend: StrictStr = ""


class WrittenTable(Closed):
    """A file."""

    table: TEXT
    title: TEXT
    population: TEXT
    source: Sources
    edition: TEXT
    note: StrictStr = ""
    total: StrictStr = ""
    rows: Annotated[list[WrittenLine], Field(min_length=1)]
    columns: Annotated[list[WrittenLine], Field(min_length=1)]
    checks: list[WrittenCheck] = Field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Line:
    """A row or column of a table.

    :param population: that of the table unless a row names its own.
    :param at_start: whether it is counted on the day before the period, as those carried over from last year are.
    :param depth: 0 for one that stands by itself, 1 for one that is part of the one above.
    :param group: the dimension whose codes it is one of.
    """

    code: str
    title: str
    condition: Condition
    population: str
    at_start: bool = False
    depth: int = 0
    group: str = ""
    says: str = ""


@dataclass(frozen=True, slots=True)
class PartsCheck:
    """On one axis ``parts`` add up to ``whole``, in every line of the other axis, and nobody is in two of them."""

    title: str
    axis: Axis
    parts: tuple[str, ...]
    whole: str
    mend: str


@dataclass(frozen=True, slots=True)
class Term:
    """A cell of a table, added or taken away."""

    sign: int
    table: str
    row: str
    column: str


@dataclass(frozen=True, slots=True)
class SumsCheck:
    """The sum of ``left`` compares with the sum of ``right``."""

    title: str
    left: tuple[Term, ...]
    holds: str
    right: tuple[Term, ...]
    mend: str


Check = PartsCheck | SumsCheck


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it is counted; made by ``load``.

    :param total: the row that stands for the table where all of them are listed.
    """

    code: str
    title: str
    population: str
    edition: str
    citations: tuple[Citation, ...]
    note: str
    total: Line
    rows: tuple[Line, ...]
    columns: tuple[Line, ...]
    checks: tuple[Check, ...]

    @property
    def label(self) -> str:
        """表2 党员基本情况."""
        return f"表{self.code}　{self.title}"

    def row(self, code: str) -> Line:
        """:raises KeyError: if there is none."""
        return self._line(self.rows, code)

    def column(self, code: str) -> Line:
        """:raises KeyError: if there is none."""
        return self._line(self.columns, code)

    def _line(self, lines: tuple[Line, ...], code: str) -> Line:
        for one in lines:
            if one.code == code:
                return one
        raise KeyError(f"表{self.code}没有“{code}”")


def load(path: Path, population: Populations) -> Table:
    """The table that a file defines. :raises FileProblem: in Chinese, naming the file and the entry."""
    try:
        written = WrittenTable.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except ValidationError as problem:
        raise FileProblem(f"{path.name}：{explained(problem)}") from None
    try:
        return table_of(written, population)
    except (KeyError, ValueError) as problem:
        raise FileProblem(f"{path.name}：{problem.args[0]}") from None


def table_of(written: WrittenTable, population: Populations) -> Table:
    """The table that was written."""
    usual = population(written.population)
    rows = tuple(_lines(written.rows, usual, population))
    used = {one.population for one in rows}
    columns = tuple(_lines(written.columns, usual, population))
    for line in columns:
        for name in used:  # a column is asked of every population of the table
            _asked_of(line.condition, population(name))
    for lines in (rows, columns):
        names = [one.code for one in lines]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"行或列的代码重复：{'、'.join(twice)}")
    found = Table(
        written.table,
        written.title,
        written.population,
        written.edition,
        cited(written.source),
        written.note,
        next((one for one in rows if one.code == written.total), rows[0]),
        rows,
        columns,
        tuple(_check(one, written.table, rows, columns) for one in written.checks),
    )
    for check in found.checks:
        for term in (*check.left, *check.right) if isinstance(check, SumsCheck) else ():
            if term.table == found.code:
                found.row(term.row), found.column(term.column)
    return found


def _lines(written: list[WrittenLine], usual: Population, population: Populations) -> Iterator[Line]:
    for one in written:
        of = population(one.population) if one.population else usual
        if one.each:
            yield from each(one, of)
            continue
        if not one.code or not one.title:
            raise ValueError("行或列要写 code 和 title，或者写 each")
        yield Line(one.code, one.title, read(one.where, of.dimension), of.code, one.at == "start", one.depth, says=one.says)


def each(written: WrittenLine, of: Population) -> Iterator[Line]:
    """One line for every code, or bracket, of the dimension that a line names by ``each``."""
    dimension: Dimension = of.dimension(written.each)
    also = (read(written.where, of.dimension),) if written.where else ()
    listed, condition_of = _codes(written, dimension)
    parents = {item.code: item.parent for item in listed.items}
    for item in listed.items:
        if written.only and item.code not in written.only:
            continue
        condition = condition_of(item)
        yield Line(
            f"{written.each}.{item.code}",
            item.label,
            All((condition, *also)) if also else condition,
            of.code,
            written.at == "start",
            written.depth + _depth(item.code, parents),
            written.each,
        )


def _codes(written: WrittenLine, of: Dimension) -> tuple[codes.CodeList, Callable[[codes.CodeItem], Condition]]:
    """The list of which each code, or bracket, makes a line, and the condition of one."""
    if written.by:
        return codes.get(written.by), lambda item: Between(of.code, edge(item.low), edge(item.high))
    if isinstance(of, Coded):
        return of.listed, lambda item: Among(of.code, of.within(item.code))
    raise ValueError(f"“{written.each}”不是代码，要用 by 写分段")


def _depth(code: str, parents: Mapping[str, str]) -> int:
    depth = 0
    while parents.get(code):
        code, depth = parents[code], depth + 1
    return depth


def _asked_of(condition: Condition, population: Population) -> None:
    """:raises KeyError: if the population lacks a dimension that the condition asks."""
    for name in asked(condition):
        population.dimension(name)


def asked(condition: Condition) -> Iterator[str]:
    """Dimensions that a condition asks."""
    if isinstance(condition, Among | Between):
        yield condition.dimension
    for part in getattr(condition, "parts", ()) or ([condition.part] if hasattr(condition, "part") else []):
        yield from asked(part)


def settled(condition: Condition) -> Iterator[str]:
    """Dimensions of which a condition leaves one value, the same in all rows that meet it."""
    for part in condition.parts if isinstance(condition, All) else (condition,):
        if isinstance(part, Among) and len(part.values) == 1:
            yield part.dimension


def _check(written: WrittenCheck, table: str, rows: tuple[Line, ...], columns: tuple[Line, ...]) -> Check:
    if written.left:
        left, right = (tuple(_term(one, table) for one in side) for side in (written.left, written.right))
        return SumsCheck(written.title, left, written.holds, right, written.mend)
    directions: tuple[tuple[Axis, tuple[Line, ...]], ...] = (("columns", columns), ("rows", rows))
    for axis, lines in directions:
        parts = _parts(written.parts, lines)
        if parts and any(one.code == written.whole for one in lines):
            return PartsCheck(written.title, axis, parts, written.whole, written.mend)
    raise ValueError(f"核对“{written.title}”的各部分或总数不在同一方向的行、列中")


def _parts(written: list[str] | str, lines: tuple[Line, ...]) -> tuple[str, ...]:
    """Names of lines; a dimension stands for those of its codes that are not part of another."""
    if isinstance(written, str):
        return tuple(one.code for one in lines if one.group == written and one.depth == _least(written, lines))
    named = {one.code for one in lines}
    return tuple(written) if set(written) <= named else ()


def _least(group: str, lines: tuple[Line, ...]) -> int:
    return min((one.depth for one in lines if one.group == group), default=0)


def _term(written: str, table: str) -> Term:
    """``-2:total/women`` is the cell of table 2, taken away; without a table it is one of the same."""
    sign = -1 if written.startswith("-") else 1
    named, _, cell = written.lstrip("+-").rpartition(":")
    row, _, column = cell.partition("/")
    if not row or not column:
        raise ValueError(f"“{written}”要写成 行/列 或 表:行/列")
    return Term(sign, named or table, row, column)
