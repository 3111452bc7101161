"""Files that a bank's website gives: CSV in UTF-8 or GB18030, XLSX, XLS. What they are is judged by their content.

>>> table = read(content, filename="流水.csv", known_headers={"交易日期", "交易金额"})
>>> for row in table.rows: row.text("交易日期")
"""

import csv
import io
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from dangjian.kernel import spreadsheets
from dangjian.kernel.spreadsheets import Limits, Row, SpreadsheetProblem, headers

MOST_BYTES: Final = 10_000_000
MOST_ROWS: Final = 20_000
MOST_COLUMNS: Final = 100
LIMITS: Final = Limits(
    file_size=MOST_BYTES, unpacked_size=200_000_000, rows=MOST_ROWS + 100, columns=MOST_COLUMNS, cells=2_000_000
)
ASK_BANK: Final = "请在网上银行重新下载交易明细，选择Excel或CSV格式，不要改动后直接上传。"

_BINARY = (
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"\xd0\xcf\x11\xe0",
    b"%PDF",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"Rar!",
    b"7z\xbc\xaf",
    b"{\\rtf",
)
_KEPT_AS_TEXT = re.compile(r'^="?([^"]*)"?$')


@dataclass(frozen=True, slots=True)
class Table:
    """The rows below the header, and what its columns are called."""

    headers: tuple[str, ...]
    rows: Sequence[Row]


def read(content: bytes, *, filename: str, known_headers: Collection[str]) -> Table:
    """The table in a file. :raises SpreadsheetProblem: if it cannot be read, or not safely."""
    if len(content) > MOST_BYTES:
        raise SpreadsheetProblem(
            f"文件有{len(content) / 1e6:.0f}MB，超过了{MOST_BYTES / 1e6:.0f}MB。", how="请缩短起止日期，分几次下载和导入。"
        )
    if not content.strip():
        raise SpreadsheetProblem("这个文件是空的。", how=ASK_BANK)
    if content.startswith(_BINARY):
        sheet = spreadsheets.read(content, filename=filename, known_headers=known_headers, limits=LIMITS)
        _check_calculated(sheet)
        return Table(sheet.headers, _limited(sheet))
    return _from_text(content, filename, known_headers)


def _check_calculated(sheet: spreadsheets.Sheet) -> None:
    if sheet.uncalculated:
        raise SpreadsheetProblem(f"{'、'.join(sheet.uncalculated[:5])}这些格子里是没有算出结果的公式。", how=ASK_BANK)


def _limited(rows: Iterator[Row] | spreadsheets.Sheet) -> list[Row]:
    found: list[Row] = []
    for row in rows:
        if len(found) == MOST_ROWS:
            raise SpreadsheetProblem(f"这份流水超过{MOST_ROWS}笔。", how="请缩短起止日期，分几次下载和导入。")
        found.append(row)
    return found


def _from_text(content: bytes, filename: str, known_headers: Collection[str]) -> Table:
    text = _decoded(content, filename)
    cells = _cells(text)
    header = headers.find(cells, known_headers)
    if header is None:
        raise SpreadsheetProblem("没有找到表头，看不出哪一列是日期和金额。", how=ASK_BANK)
    headers.check_doubles(header.names, known_headers)
    places: dict[str, int] = {}
    for place, name in enumerate(header.names):
        if name:
            places.setdefault(name, place)
    below = (
        Row(number, tuple(values), places)
        for number, values in enumerate(cells, start=1)
        if number > header.place + 1 and any(value is not None for value in values)
    )
    return Table(header.names, _limited(below))


def _decoded(content: bytes, filename: str) -> str:
    """The text, read strictly: a byte that does not fit would be a character of somebody's name that nobody notices."""
    head = content[:400].lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if head.startswith((b"<", b"mime-version")):
        raise SpreadsheetProblem(
            "这个文件其实是网页格式，只是名字像表格。", how="请用Excel或WPS打开，另存为“Excel 工作簿（*.xlsx）”后再上传。"
        )
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in content:
        raise SpreadsheetProblem(
            "这个文件的文字编码不是UTF-8或GB18030，读不出来。", how="请用Excel或WPS打开，另存为“Excel 工作簿（*.xlsx）”后再上传。"
        )
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise SpreadsheetProblem(f"“{filename}”里有读不出来的文字，可能没有下载完整。", how=ASK_BANK)


def _cells(text: str) -> list[list[str | None]]:
    first_lines = text[:5000]
    delimiter = "\t" if first_lines.count("\t") > first_lines.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    found: list[list[str | None]] = []
    try:
        for values in reader:
            if len(values) > MOST_COLUMNS:
                raise SpreadsheetProblem(f"第{reader.line_num}行超过{MOST_COLUMNS}列，这不像银行流水。", how=ASK_BANK)
            if len(found) > MOST_ROWS + 100:
                raise SpreadsheetProblem(f"这份流水超过{MOST_ROWS}笔。", how="请缩短起止日期，分几次下载和导入。")
            found.append([_plain(value) for value in values])
    except csv.Error:
        raise SpreadsheetProblem(f"第{reader.line_num}行的引号或换行不对，文件可能被改动过。", how=ASK_BANK) from None
    return found


def _plain(value: str) -> str | None:
    """A cell without what banks put around numbers so that Excel keeps them as text: a tab, ``="…"``, an apostrophe."""
    text = value.strip().lstrip("'`")
    kept = _KEPT_AS_TEXT.match(text)
    return (kept[1] if kept else text).strip() or None
