"""Reading a spreadsheet that somebody uploads."""

import io
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from dangjian.kernel.spreadsheets import archive, headers, isolated
from dangjian.kernel.spreadsheets.archive import Extent, Kind
from dangjian.kernel.spreadsheets.cells import Value, as_text, cell_name, plain
from dangjian.kernel.spreadsheets.headers import Header
from dangjian.kernel.spreadsheets.isolated import ListedSheet
from dangjian.kernel.spreadsheets.problems import DAMAGED, Limits, SpreadsheetProblem, locked

_SHEETS_LOOKED_AT = 20

Source = CalamineSheet | ListedSheet


@dataclass(frozen=True, slots=True)
class Row:
    """A row below the header. ``number`` is the one that the spreadsheet program shows."""

    number: int
    values: tuple[Value, ...]
    places: Mapping[str, int]

    def get(self, header: str) -> Value:
        """The value below ``header``; None if it is empty or there is no such column."""
        place = self.places.get(header)
        return self.values[place] if place is not None and place < len(self.values) else None

    def text(self, header: str) -> str:
        """The value below ``header`` as text, for numbers that are names: telephone, employee number."""
        return as_text(self.get(header))

    def cell(self, header: str) -> str:
        """The name of the cell below ``header``: ``"D12"``; without such a column that of the row, ``"第12行"``."""
        place = self.places.get(header)
        return f"第{self.number}行" if place is None else cell_name(self.number, place + 1)


@dataclass(frozen=True, slots=True)
class Sheet:
    """The worksheet that was read. Iterating gives its rows that are not empty, as often as wanted, without keeping them.

    ``headers`` are the column names from column A on ("" without a name); ``header_row`` counts from 1. ``uncalculated`` names at
    most 100 cells that read as empty though they are not: formulas never calculated, and errors such as #N/A.
    """

    name: str
    headers: tuple[str, ...]
    header_row: int
    uncalculated: tuple[str, ...]
    source: Source = field(repr=False)

    @property
    def last_row(self) -> int:
        """The number of the last row that is filled."""
        return self.source.end[0] + 1 if self.source.end else 0

    def __iter__(self) -> Iterator[Row]:
        places: dict[str, int] = {}
        for place, header in enumerate(self.headers):
            if header:
                places.setdefault(header, place)
        for number, values in enumerate(_values(self.source), start=1):
            if number > self.header_row and any(value is not None for value in values):
                yield Row(number, values, places)


def read(
    file: IO[bytes] | bytes | Path, *, filename: str, known_headers: Collection[str] = (), limits: Limits | None = None
) -> Sheet:
    """The worksheet in ``file``: of several the visible one that holds most of ``known_headers``, else the first with content.

    :param file: an open binary file, its content, or its path.
    :param filename: what the person calls it; the kind of file is judged by the content.
    :param known_headers: the column names looked for; headers are matched regardless of blanks, stars and remarks in brackets.
    :raises SpreadsheetProblem: if it cannot be read, or not safely.
    """
    limits = limits or Limits()
    content = _content(file, limits)
    kind = archive.recognise(content, filename, limits)
    sources = _in_this_process(content, limits) if kind == "xlsx" else _in_another(content, kind, limits)
    try:
        found = _best(sources, known_headers, limits)
    except PasswordError:
        raise locked() from None
    except (CalamineError, OSError, ValueError):
        raise SpreadsheetProblem(DAMAGED) from None
    headers.check_doubles(found[1], known_headers)
    sheet, header, extent = found
    return Sheet(sheet.name, header.names, header.place + 1, tuple(extent.uncalculated[: archive.NAMED_AT_MOST]), sheet)


def _content(file: IO[bytes] | bytes | Path, limits: Limits) -> IO[bytes]:
    if isinstance(file, bytes):
        return io.BytesIO(file)
    if isinstance(file, Path):
        with file.open("rb") as opened:
            return io.BytesIO(opened.read(limits.file_size + 1))
    file.seek(0)
    return io.BytesIO(file.read(limits.file_size + 1))


def _in_this_process(content: IO[bytes], limits: Limits) -> Iterator[tuple[CalamineSheet, Extent]]:
    """The visible worksheets of an xlsx file, each laid out only after its extent has been found to be bearable."""
    archive.check_unpacking(content, limits)
    parts = archive.worksheet_parts(content)
    content.seek(0)
    book = CalamineWorkbook.from_filelike(content)
    for place, about in enumerate(book.sheets_metadata[:_SHEETS_LOOKED_AT]):
        if about.visible != SheetVisibleEnum.Visible or about.typ != SheetTypeEnum.WorkSheet:
            continue
        part = parts[place] if place < len(parts) else ""
        if part:
            extent = archive.extent_of_part(content, part)
            _check_size(about.name, extent.rows, extent.columns, limits)
            yield book.get_sheet_by_index(place), extent


def _in_another(content: IO[bytes], kind: Kind, limits: Limits) -> Iterator[tuple[ListedSheet, Extent]]:
    if kind == "ods":
        archive.check_unpacking(content, limits)
        archive.check_repetition(content, limits)
    content.seek(0)
    for sheet in isolated.sheets(content.read(), limits):
        yield sheet, Extent()


def _best(sources: Iterable[tuple[Source, Extent]], known: Collection[str], limits: Limits) -> tuple[Source, Header, Extent]:
    best: tuple[Source, Header, Extent] | None = None
    filled = False
    for sheet, extent in sources:
        if sheet.end is None:
            continue
        filled = True
        _check_size(sheet.name, sheet.end[0] + 1, sheet.end[1] + 1, limits)
        header = headers.find(_first_rows(sheet), known)
        if header and (best is None or header.score > best[1].score):
            best = (sheet, header, extent)
    if best is None:
        raise _no_header(known) if filled else SpreadsheetProblem("表格里没有内容。", how="请填好后保存，再上传。")
    return best


def _check_size(name: str, rows: int, columns: int, limits: Limits) -> None:
    how = "请删去多余的行和列（包括看不见的内容），或分成几个文件上传。"
    if rows > limits.rows:
        raise SpreadsheetProblem(f"工作表“{name}”有{rows}行，超过了{limits.rows}行。", how=how)
    if columns > limits.columns:
        raise SpreadsheetProblem(f"工作表“{name}”有{columns}列，超过了{limits.columns}列。", how=how)
    if rows * columns > limits.cells:
        raise SpreadsheetProblem(f"工作表“{name}”有{rows}行、{columns}列，内容太多。", how=how)


def _no_header(known: Collection[str]) -> SpreadsheetProblem:
    names = "、".join(f"“{name}”" for name in list(known)[:5])
    return SpreadsheetProblem(
        f"在前{headers.SEARCHED_ROWS}行里没有找到表头，表头里应有{names}等列。", how="请下载模板，把内容填进模板后再上传。"
    )


def _first_rows(sheet: Source) -> list[tuple[Value, ...]]:
    rows: list[tuple[Value, ...]] = []
    for values in _values(sheet):
        rows.append(values)
        if len(rows) >= headers.SEARCHED_ROWS:
            break
    return rows


def _values(sheet: Source) -> Iterator[tuple[Value, ...]]:
    """The rows from row 1 and column A on."""
    missing: tuple[Any, ...] = (None,) * (sheet.start[1] if sheet.start else 0)
    for row in sheet.iter_rows():
        yield missing + tuple(map(plain, row))
