"""What the parser of ods files leaves out: cells with errors or without a result, merged ranges, from which year days count."""

import io
import zipfile
from dataclasses import dataclass, field
from typing import IO, Final
from xml.etree import ElementTree as ET

from dangjian.kernel.spreadsheets.cells import cell_name, is_error
from dangjian.kernel.spreadsheets.found import Merged

_SPACES: Final = "{urn:oasis:names:tc:opendocument:xmlns:"
_TABLE, _OFFICE, _TEXT = f"{_SPACES}table:1.0}}", f"{_SPACES}office:1.0}}", f"{_SPACES}text:1.0}}"
_KIND_TOO: Final = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}value-type"
_VALUES: Final = tuple(f"{_OFFICE}{name}" for name in ("value", "string-value", "date-value", "time-value", "boolean-value"))
_MOST_REPEATED: Final = 1000
"""A cell repeated more often is padding."""


@dataclass(slots=True)
class Missing:
    """What a table has: cells without a usable value and merged ranges."""

    cells: list[str] = field(default_factory=list)
    merged: list[Merged] = field(default_factory=list)


@dataclass(slots=True)
class Book:
    """The tables in the order of the book."""

    since_1904: bool = False
    tables: list[Missing] = field(default_factory=list)


def missing_in(content: bytes) -> Book:
    """Look through an ods file. :raises ValueError: if it cannot be parsed, or declares what it must not."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        text = archive.read("content.xml")
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        raise ValueError("declarations are not expected here")
    return _book(io.BytesIO(text))


def _book(file: IO[bytes]) -> Book:
    book = Book()
    row = 0
    for event, element in ET.iterparse(file, events=("start", "end")):  # noqa: S314 - no declarations, see above
        if event == "start":
            if element.tag == f"{_TABLE}table":
                book.tables.append(Missing())
                row = 0
        elif element.tag == f"{_TABLE}null-date":
            book.since_1904 = (element.get(f"{_TABLE}date-value") or "").startswith("1904")
        elif element.tag == f"{_TABLE}table-row" and book.tables:
            row += _row(element, row, book.tables[-1])
            element.clear()
    return book


def _row(element: ET.Element, row: int, table: Missing) -> int:
    """Take down what is missing in a row; returns how many rows it stands for."""
    repeated = int(element.get(f"{_TABLE}number-rows-repeated") or 1)
    column = 0
    for cell in element:
        wide = int(cell.get(f"{_TABLE}number-columns-repeated") or 1)
        if cell.tag == f"{_TABLE}table-cell":
            if max(wide, repeated) < _MOST_REPEATED and _is_missing(cell):
                table.cells += [
                    cell_name(row + down + 1, column + right + 1) for down in range(repeated) for right in range(wide)
                ]
            high = int(cell.get(f"{_TABLE}number-rows-spanned") or 1)
            if high > 1:
                across = int(cell.get(f"{_TABLE}number-columns-spanned") or 1)
                table.merged.append(((row, column), (row + high - 1, column + across - 1)))
        column += wide
    return repeated


def _is_missing(cell: ET.Element) -> bool:
    if cell.get(_KIND_TOO) == "error":
        return True
    shown = "".join("".join(part.itertext()) for part in cell.iter(f"{_TEXT}p"))
    if is_error(shown):
        return True
    has_formula = cell.get(f"{_TABLE}formula") is not None
    kind = cell.get(f"{_OFFICE}value-type")
    if not has_formula or kind == "string":
        return False
    return kind is None or all(cell.get(name) is None for name in _VALUES)
