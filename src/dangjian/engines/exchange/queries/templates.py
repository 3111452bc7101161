"""Reads of templates: which there are for a sheet, and what a file says by one."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import IO, Final

from dangjian.engines.exchange.checks import Cells
from dangjian.engines.exchange.definition import Definition
from dangjian.engines.exchange.layout import columns, known_headers, lacking
from dangjian.engines.exchange.models import SheetTemplate, TemplateVersion
from dangjian.engines.exchange.queries.batches import shown
from dangjian.kernel import spreadsheets
from dangjian.kernel.spreadsheets import Limits, as_text, column_letters
from dangjian.kernel.spreadsheets.cells import Value
from dangjian.org.models import Organization
from dangjian.org.sheet_offers import Checked, Sheet

ROWS_TRIED: Final = 2000
"""Rows of a file that a trial reads; the rest is read when it is uploaded."""
LINES_SHOWN: Final = 12


def templates_for(sheet: Sheet) -> list[SheetTemplate]:
    """The templates of a sheet in use, those of the unit's own first."""
    rows = SheetTemplate.objects.filter(sheet_code=sheet.code, retired_at=None).prefetch_related("versions")
    return sorted(rows, key=lambda one: (one.is_shipped, one.title))


def template_sets(sheets: Collection[Sheet]) -> dict[str, list[TemplateVersion]]:
    """The latest versions in use that belong to a set, by its name, in the order in which their sheets come in."""
    order = {sheet.code: (sheet.order, place) for place, sheet in enumerate(sheets)}
    rows = SheetTemplate.objects.filter(sheet_code__in=order, retired_at=None)
    versions = TemplateVersion.objects.filter(template__in=rows).select_related("template").order_by("template", "number")
    latest = {one.template_id: one for one in versions}
    found: dict[str, list[TemplateVersion]] = {}
    for one in sorted(latest.values(), key=lambda one: order[one.template.sheet_code]):
        if name := one.meaning.set:
            found.setdefault(name, []).append(one)
    return found


@dataclass(frozen=True, slots=True)
class TriedColumn:
    """A column of a template as a file has it: where, how many cells are filled, how many cannot be read, with an example."""

    header: str
    item: str
    place: str
    filled: int = 0
    wrong: int = 0
    example: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class TriedCell:
    """A cell: what stands there, what is read, what is wrong."""

    typed: str
    read: str
    problem: str


@dataclass(slots=True)
class Trial:
    """What would be read from a file. ``missing`` are needed items without a column, ``unknown`` headers that nobody knows."""

    worksheet: str
    rows: int = 0
    is_cut: bool = False
    columns: list[TriedColumn] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    lines: list[tuple[int, list[TriedCell]]] = field(default_factory=list)


def tried(template: Definition, sheet: Sheet, place: Organization, file: IO[bytes], file_name: str, limits: Limits) -> Trial:
    """What would be read from a file by ``template``; nothing is kept. Raises ``Invalid`` for a file that cannot be read."""
    known = known_headers(sheet, template)
    table = spreadsheets.read(file, filename=file_name, known_headers=known.keys(), limits=limits)
    places: dict[str, int] = {}
    for at, header in enumerate(table.headers):
        if known.get(header):
            places.setdefault(known[header], at)
    found = Trial(table.name, missing=lacking(sheet, place, places.keys()))
    found.unknown = [
        f"{name}（{column_letters(at + 1)}列）" for at, name in enumerate(table.headers) if name and name not in known
    ]
    cells = Cells(sheet, template)
    filled: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    examples: dict[str, tuple[str, str]] = {}
    for row in table:
        if found.rows == ROWS_TRIED:
            found.is_cut = True
            break
        raw = {code: row.values[at] for code, at in places.items() if at < len(row.values) and row.values[at] is not None}
        checked = cells.read(raw)
        if not raw or checked.is_example:
            continue
        found.rows += 1
        filled.update(raw.keys())
        for problem in checked.problems:
            if problem.column in raw:
                wrong[problem.column] += 1
                examples.setdefault(problem.column, (_shown(sheet, problem.column, raw[problem.column]), problem.message))
        if len(found.lines) < LINES_SHOWN:
            found.lines.append((row.number, [_cell(sheet, code, raw, checked) for code in places]))
    known_columns = columns(sheet)
    for code, at in places.items():
        example, why = examples.get(code, ("", ""))
        found.columns.append(
            TriedColumn(
                table.headers[at],
                known_columns[code].title,
                column_letters(at + 1),
                filled[code],
                wrong[code],
                example,
                why,
            )
        )
    return found


def _cell(sheet: Sheet, code: str, raw: dict[str, Value], checked: Checked) -> TriedCell:
    column = columns(sheet)[code]
    value = checked.clean.get(code, checked.raw.get(code))
    meant = column.write(value) if column.write and code in checked.clean else value
    problem = next((one.message for one in checked.problems if one.column == code), "")
    return TriedCell(_shown(sheet, code, raw.get(code)), "" if problem else _shown(sheet, code, meant), problem)


def _shown(sheet: Sheet, code: str, value: Value) -> str:
    return shown(columns(sheet)[code], as_text(value))
