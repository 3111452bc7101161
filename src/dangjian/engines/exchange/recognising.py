"""Which kind of sheet a worksheet of a workbook is, and whether anybody filled it in."""

from collections.abc import Sequence

from dangjian.engines.exchange.definition import Definition
from dangjian.engines.exchange.layout import known_headers, lacking
from dangjian.kernel import spreadsheets
from dangjian.kernel.spreadsheets import as_text
from dangjian.kernel.spreadsheets.cells import Value, squeezed
from dangjian.org.models import Organization
from dangjian.org.sheet_offers import EXAMPLE_MARK, Sheet


def recognise(table: spreadsheets.Sheet, sheets: Sequence[Sheet], place: Organization) -> tuple[Sheet | None, str]:
    """The sheet that a worksheet is: by its title, else by its columns. Without one, why not."""
    name = squeezed(table.name)
    for sheet in sheets:
        if name == sheet.title:
            return sheet, ""
    hits = {sheet.code: len(_columns(table, sheet)) for sheet in sheets}
    best = max(hits.values(), default=0)
    nearest = [sheet for sheet in sheets if best and hits[sheet.code] == best]
    complete = [sheet for sheet in sheets if not lacking(sheet, place, _columns(table, sheet))]
    fullest = max((hits[sheet.code] for sheet in complete), default=0)
    found = [sheet for sheet in complete if hits[sheet.code] == fullest]
    if len(found) == 1:
        return found[0], ""
    if len(found) > 1:
        titles = "”或“".join(sheet.title for sheet in found)
        return None, f"像“{titles}”，分不清。请把工作表的名称改成其中一种"
    least = min((len(lacking(sheet, place, _columns(table, sheet))) for sheet in nearest), default=0)
    nearest = [sheet for sheet in nearest if len(lacking(sheet, place, _columns(table, sheet))) == least]
    if len(nearest) == 1:
        missing = "”“".join(lacking(nearest[0], place, _columns(table, nearest[0])))
        return None, f"像“{nearest[0].title}”，但是没有“{missing}”"
    return None, "看不出是哪一种表"


def taken_for(table: spreadsheets.Sheet, wanted: Sheet, sheets: Sequence[Sheet], place: Organization) -> Sheet | None:
    """The sheet that a worksheet is in place of the ``wanted`` one: it knows more of its columns, and lacks none of its own."""
    others = [sheet for sheet in sheets if sheet.code != wanted.code]
    found, _why = recognise(table, others, place)
    return found if found and len(_columns(table, found)) > len(_columns(table, wanted)) else None


def is_filled(table: spreadsheets.Sheet, sheet: Sheet, template: Definition | None = None) -> bool:
    """Whether there is a row that is not the template's example."""
    known = known_headers(sheet, template)
    names = [place for place, header in enumerate(table.headers) if known.get(header) == sheet.name_column]
    return any(not _is_example(row.values, names) for row in table)


def _is_example(values: Sequence[Value], names: Sequence[int]) -> bool:
    return any(place < len(values) and as_text(values[place]).startswith(EXAMPLE_MARK) for place in names)


def _columns(table: spreadsheets.Sheet, sheet: Sheet) -> set[str]:
    known = known_headers(sheet)
    return {known[header] for header in table.headers if known.get(header)}
