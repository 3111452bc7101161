"""The columns of a sheet: under which headers they are known, where they stand in an upload, how the template shows them."""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from dangjian.engines.exchange.definition import Definition
from dangjian.kernel import clock, spreadsheets
from dangjian.kernel.errors import Invalid
from dangjian.kernel.registry import by_code
from dangjian.kernel.spreadsheets import column_letters
from dangjian.kernel.spreadsheets.headers import bare, tidy
from dangjian.org.models import Organization
from dangjian.org.sheet_offers import Sheet, SheetColumn


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the columns of an uploaded sheet stand. ``places`` counts from 0; ``unknown`` are headers nobody knows."""

    places: Mapping[str, int]
    unknown: tuple[str, ...]


def columns(sheet: Sheet) -> Mapping[str, SheetColumn]:
    """The columns by code, in the order of the template, as they are today."""
    return _columns(sheet.code, clock.today())


@lru_cache(maxsize=32)
def _columns(code: str, _day: dt.date) -> Mapping[str, SheetColumn]:
    return MappingProxyType({column.code: column for column in by_code(Sheet)[code].columns()})


def title(sheet: Sheet, code: str) -> str:
    """What people call the column; "" of none."""
    column = columns(sheet).get(code)
    return column.title if column else ""


def known_headers(sheet: Sheet, template: Definition | None = None) -> dict[str, str]:
    """Column by every header it is known under, those left aside as "".

    What ``template`` says of a header or an item counts alone; the rest is known under the platform's own names.
    """
    found = {column.title: code for code, column in columns(sheet).items()}
    for code, column in columns(sheet).items():
        for other in column.headers:
            found.setdefault(other, code)
    found |= dict.fromkeys(sheet.headers_left_aside, "")
    if template is None:
        return found
    items, headers = template.by_item(), template.headers()
    others = {header: code for header, code in found.items() if code not in items and tidy(header) not in headers}
    # An item that only goes out (age) is no column that comes in.
    return others | {header: code if code in columns(sheet) else "" for header, code in headers.items()}


def understand(sheet: Sheet, table: spreadsheets.Sheet, organization: Organization, template: Definition | None = None) -> Layout:
    """Which column stands where. Raises ``Invalid`` if a needed one is missing or one stands there under two names."""
    known = known_headers(sheet, template)
    places: dict[str, int] = {}
    unknown: list[str] = []
    for place, header in enumerate(table.headers):
        name = known.get(header)
        if name is None and header:
            unknown.append(f"{header}（{column_letters(place + 1)}列）")
        elif name and name in places:
            first, letters = table.headers[places[name]], column_letters(places[name] + 1)
            raise Invalid(
                f"“{first}”（{letters}列）和“{header}”（{column_letters(place + 1)}列）都是{title(sheet, name)}。",
                how="请只留一列，保存后重新上传。",
            )
        elif name:
            places[name] = place
    _check_certain(sheet, table, known, places)
    _check_complete(sheet, organization, places)
    if next(iter(table), None) is None:
        raise Invalid("表头下面没有内容。", how=f"请填好{sheet.words.noun}，保存后再上传。")
    return Layout(places, tuple(unknown))


def _check_certain(sheet: Sheet, table: spreadsheets.Sheet, known: Mapping[str, str], places: Mapping[str, int]) -> None:
    """Refuse two headers that differ in their remarks alone, so that nobody can tell which is meant: 学历(全日制), 学历(在职)."""
    alike: dict[str, list[str]] = {}
    for place, header in enumerate(table.headers):
        name = known.get(bare(header), "") if header not in known else ""
        if name and name not in places:
            alike.setdefault(name, []).append(f"“{header}”（{column_letters(place + 1)}列）")
    for name, found in alike.items():
        raise Invalid(
            f"{'和'.join(found)}分不清哪一列是{title(sheet, name)}。",
            how=f"请把要用的一列的列名改成“{title(sheet, name)}”后重新上传。",
        )


def lacking(sheet: Sheet, organization: Organization, found: Collection[str]) -> list[str]:
    """Titles of needed columns that are not among ``found``."""
    if sheet.missing is None:
        return [column.title for code, column in columns(sheet).items() if column.required and code not in found]
    return list(sheet.missing(organization, found))


def _check_complete(sheet: Sheet, organization: Organization, places: Mapping[str, int]) -> None:
    missing = lacking(sheet, organization, places.keys())
    if missing:
        named = "、".join(f"“{name}”" for name in missing)
        raise Invalid(f"表里没有{named}这{'列' if len(missing) == 1 else '几列'}。", how="请按模板补上后重新上传。")


def template_columns(sheet: Sheet) -> list[SheetColumn]:
    """The columns that the template shows."""
    return [column for column in columns(sheet).values() if column.in_template]
