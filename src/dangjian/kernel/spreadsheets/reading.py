"""Reading a spreadsheet that somebody uploads."""

import io
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from dangjian.kernel.spreadsheets import archive, headers, isolated, texts
from dangjian.kernel.spreadsheets.archive import Kind
from dangjian.kernel.spreadsheets.cells import Value, as_text, cell_name, column_number, plain
from dangjian.kernel.spreadsheets.found import Found, Merged, Source
from dangjian.kernel.spreadsheets.headers import Header
from dangjian.kernel.spreadsheets.problems import DAMAGED, Limits, NoHeader, SpreadsheetProblem, locked

_SHEETS_LOOKED_AT = 20


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
    """A worksheet that was read. Iterating gives its rows that are not empty, as often as wanted, without keeping them.

    ``headers`` are the column names from column A on ("" without a name); ``header_row`` counts from 1. ``uncalculated`` names
    the cells that read as empty though they are not: formulas never calculated, and errors such as #N/A. ``above`` are the rows
    over the header. Of a merged range that goes down, every row has the value. With ``since_1904`` a bare number that means a day
    counts from 1904 (``dates.of_1904``).
    """

    name: str
    headers: tuple[str, ...]
    header_row: int
    uncalculated: tuple[str, ...]
    since_1904: bool
    above: tuple[tuple[Value, ...], ...]
    source: Source = field(repr=False)
    merged: Sequence[Merged] = field(repr=False, default=())

    @property
    def last_row(self) -> int:
        """The number of the last filled row."""
        return self.source.end[0] + 1 if self.source.end else 0

    def __iter__(self) -> Iterator[Row]:
        places: dict[str, int] = {}
        for place, header in enumerate(self.headers):
            if header:
                places.setdefault(header, place)
        rows = _filled(self.source, self.merged, self.header_row) if self.merged else _values(self.source)
        lacking = self._lacking()
        for number, values in enumerate(rows, start=1):
            known = _without(values, lacking[number]) if number in lacking else values
            if number > self.header_row and any(value is not None for value in known):
                yield Row(number, known, places)

    def _lacking(self) -> dict[int, set[int]]:
        """Places of cells without a usable value, by the number of their row."""
        found: dict[int, set[int]] = {}
        for cell in self.uncalculated:
            letters = cell.rstrip("0123456789")
            found.setdefault(int(cell[len(letters) :]), set()).add(column_number(letters) - 1)
        return found


@dataclass(frozen=True, slots=True)
class Book:
    """The worksheets of a file that have the header looked for, and those passed over, each with the reason."""

    sheets: tuple[Sheet, ...]
    passed_over: tuple[tuple[str, str], ...]


def read(
    file: IO[bytes] | bytes | Path,
    *,
    filename: str,
    known_headers: Collection[str] = (),
    limits: Limits | None = None,
    worksheet: str = "",
) -> Sheet:
    """The worksheet in ``file``: of several the visible one that holds most of ``known_headers``, else the first with content.

    With ``worksheet`` that of this name, the others are not even laid out. See :func:`read_all`, which says what else there is.
    """
    known = frozenset(known_headers)
    book = _read(file, filename, known_headers, limits or Limits(), worksheet)
    best = max(book.sheets, key=lambda sheet: len(known.intersection(sheet.headers)))
    headers.check_doubles(best.headers, known_headers)
    return best


def read_all(
    file: IO[bytes] | bytes | Path, *, filename: str, known_headers: Collection[str] = (), limits: Limits | None = None
) -> Book:
    """All worksheets in ``file`` that have the header, at least one.

    :param file: an open binary file, its content, or its path.
    :param filename: what the person calls it; the kind of file is judged by the content.
    :param known_headers: the column names looked for; headers are matched regardless of blanks, stars and remarks in brackets.
    :raises SpreadsheetProblem: if it cannot be read, or not safely.
    """
    book = _read(file, filename, known_headers, limits or Limits())
    for sheet in book.sheets:
        headers.check_doubles(sheet.headers, known_headers)
    return book


def _read(
    file: IO[bytes] | bytes | Path, filename: str, known_headers: Collection[str], limits: Limits, worksheet: str = ""
) -> Book:
    content = _content(file, limits)
    kind = archive.recognise(content, filename, limits)
    passed_over: list[tuple[str, str]] = []
    try:
        if kind == "xlsx":
            found: Iterable[Found] = _in_this_process(content, limits, passed_over, worksheet)
        elif kind == "text":
            found = [texts.sheet(content.read(), filename, limits)]
        else:
            found = _in_another(content, kind, limits, passed_over, worksheet)
        sheets = _with_header(found, known_headers, limits, passed_over)
    except PasswordError:
        raise locked() from None
    except (CalamineError, OSError, ValueError):
        raise SpreadsheetProblem(DAMAGED) from None
    return Book(sheets, tuple(passed_over))


def _content(file: IO[bytes] | bytes | Path, limits: Limits) -> IO[bytes]:
    if isinstance(file, bytes):
        return io.BytesIO(file)
    if isinstance(file, Path):
        with file.open("rb") as opened:
            return io.BytesIO(opened.read(limits.file_size + 1))
    file.seek(0)
    return io.BytesIO(file.read(limits.file_size + 1))


def _in_this_process(content: IO[bytes], limits: Limits, passed_over: list[tuple[str, str]], worksheet: str) -> Iterator[Found]:
    """The visible worksheets of an xlsx file, each laid out only after its extent has been found to be bearable."""
    archive.check_unpacking(content, limits)
    about = archive.book_of(content)
    content.seek(0)
    book = CalamineWorkbook.from_filelike(content)
    for place, listed in enumerate(book.sheets_metadata):
        part = about.parts[place] if place < len(about.parts) else ""
        if listed.typ != SheetTypeEnum.WorkSheet or not part or worksheet not in {"", listed.name}:
            continue
        if listed.visible != SheetVisibleEnum.Visible or place >= _SHEETS_LOOKED_AT:
            passed_over.append((listed.name, "这张工作表是隐藏的" if place < _SHEETS_LOOKED_AT else "只看前20张工作表"))
            continue
        extent = archive.extent_of_part(content, part, calculated=about.calculated)
        _check_size(listed.name, extent.rows, extent.columns, limits)
        sheet = book.get_sheet_by_index(place)
        yield Found(sheet, extent.uncalculated, sheet.merged_cell_ranges or (), about.since_1904)


def _in_another(
    content: IO[bytes], kind: Kind, limits: Limits, passed_over: list[tuple[str, str]], worksheet: str
) -> list[Found]:
    if kind == "ods":
        archive.check_unpacking(content, limits)
        archive.check_repetition(content, limits)
    content.seek(0)
    found, hidden = isolated.sheets(content.read(), kind, limits)
    passed_over += [(name, "这张工作表是隐藏的") for name in hidden]
    return [one for one in found if worksheet in {"", one.source.name}]


def _with_header(
    found: Iterable[Found], known: Collection[str], limits: Limits, passed_over: list[tuple[str, str]]
) -> tuple[Sheet, ...]:
    sheets: list[Sheet] = []
    for one in found:
        source = one.source
        if source.end is None:
            passed_over.append((source.name, "里面没有内容"))
            continue
        _check_size(source.name, source.end[0] + 1, source.end[1] + 1, limits)
        first = _first_rows(source)
        header = headers.find(first, known)
        if header is None:
            passed_over.append((source.name, "没有找到表头"))
            continue
        sheets.append(_sheet(one, header, first))
        if not known:
            break
    if not sheets:
        raise _no_header(known) if any(why == "没有找到表头" for _, why in passed_over) else _nothing_there()
    return tuple(sheets)


def _sheet(one: Found, header: Header, first: Sequence[tuple[Value, ...]]) -> Sheet:
    below = [merged for merged in one.merged if merged[1][0] > merged[0][0] and merged[1][0] > header.place]
    return Sheet(
        name=one.source.name,
        headers=header.names,
        header_row=header.place + 1,
        uncalculated=tuple(one.lacking),
        since_1904=one.since_1904,
        above=tuple(first[: header.place]),
        source=one.source,
        merged=below,
    )


def _check_size(name: str, rows: int, columns: int, limits: Limits) -> None:
    how = "请删去多余的行和列（包括看不见的内容），或分成几个文件上传。"
    if rows > limits.rows:
        raise SpreadsheetProblem(f"工作表“{name}”有{rows}行，超过了{limits.rows}行。", how=how)
    if columns > limits.columns:
        raise SpreadsheetProblem(f"工作表“{name}”有{columns}列，超过了{limits.columns}列。", how=how)
    if rows * columns > limits.cells:
        raise SpreadsheetProblem(f"工作表“{name}”有{rows}行、{columns}列，内容太多。", how=how)


def _nothing_there() -> SpreadsheetProblem:
    return SpreadsheetProblem("表格里没有内容。", how="请填好后保存，再上传。")


def _no_header(known: Collection[str]) -> NoHeader:
    names = "、".join(f"“{name}”" for name in list(known)[:5])
    return NoHeader(
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
    missing: tuple[None, ...] = (None,) * (sheet.start[1] if sheet.start else 0)
    for row in sheet.iter_rows():
        yield missing + tuple(map(plain, row))


def _without(values: tuple[Value, ...], places: Collection[int]) -> tuple[Value, ...]:
    return tuple(None if place in places else value for place, value in enumerate(values))


def _filled(sheet: Source, merged: Sequence[Merged], header_row: int) -> Iterator[tuple[Value, ...]]:
    """The rows, with the value of a merged range in its first column in all rows that have something of their own."""
    begins: dict[int, list[Merged]] = {}
    for one in merged:
        begins.setdefault(max(one[0][0], header_row), []).append(one)
    held: list[tuple[Merged, Value]] = []
    for number, values in enumerate(_values(sheet)):
        held = [(one, value) for one, value in held if one[1][0] >= number]
        row = list(values)
        if held and any(value is not None for value in values):
            for one, value in held:
                column = one[0][1]
                if column < len(row) and row[column] is None:
                    row[column] = value
        held += [(one, row[one[0][1]]) for one in begins.get(number, ()) if one[0][1] < len(row)]
        yield tuple(row)
