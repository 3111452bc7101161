"""Files that a bank's website gives, of every kind that ``kernel.spreadsheets`` reads; what they are is judged by their content.

>>> for table in read(content, filename="流水.csv", known_headers={"交易日期", "交易金额"}):
...     for row in table.rows: row.text("交易日期")
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from dangjian.kernel import spreadsheets
from dangjian.kernel.spreadsheets import Limits, NoHeader, Row, SpreadsheetProblem
from dangjian.kernel.spreadsheets.cells import Value

MOST_BYTES: Final = 10_000_000
MOST_ROWS: Final = 20_000
MOST_COLUMNS: Final = 100
LIMITS: Final = Limits(
    file_size=MOST_BYTES, unpacked_size=200_000_000, rows=MOST_ROWS + 100, columns=MOST_COLUMNS, cells=2_000_000
)
ASK_BANK: Final = "请在网上银行重新下载交易明细，选择Excel或CSV格式，不要改动后直接上传。"


@dataclass(frozen=True, slots=True)
class Table:
    """The rows below a header, what its columns are called, and the rows above. ``name`` is empty if there is but one table."""

    name: str
    headers: tuple[str, ...]
    rows: Sequence[Row]
    above: Sequence[Sequence[Value]]
    since_1904: bool

    def cell(self, row: Row, header: str) -> str:
        """The cell of a row below ``header`` as people find it."""
        return f"“{self.name}”{row.cell(header)}" if self.name else row.cell(header)


def read(content: bytes, *, filename: str, known_headers: Collection[str]) -> list[Table]:
    """The tables in a file, at least one. :raises SpreadsheetProblem: if it cannot be read, or not safely."""
    if len(content) > MOST_BYTES:
        raise SpreadsheetProblem(
            f"文件有{len(content) / 1e6:.0f}MB，超过了{MOST_BYTES / 1e6:.0f}MB。", how="请缩短起止日期，分几次下载和导入。"
        )
    if not content.strip():
        raise SpreadsheetProblem("这个文件是空的。", how=ASK_BANK)
    try:
        book = spreadsheets.read_all(content, filename=filename, known_headers=known_headers, limits=LIMITS)
    except NoHeader:
        raise SpreadsheetProblem("没有找到表头，看不出哪一列是日期和金额。", how=ASK_BANK) from None
    for sheet in book.sheets:
        _check_calculated(sheet)
    several = len(book.sheets) > 1
    tables = [
        Table(sheet.name if several else "", sheet.headers, list(sheet), sheet.above, sheet.since_1904) for sheet in book.sheets
    ]
    _check_length(tables)
    return tables


def _check_calculated(sheet: spreadsheets.Sheet) -> None:
    if sheet.uncalculated:
        first, left = sheet.uncalculated[:5], len(sheet.uncalculated) - 5
        cells = "、".join(first) + (f"等{left + 5}个格子" if left > 0 else "")
        raise SpreadsheetProblem(f"{cells}里是错误值或没有算出结果的公式。", how=ASK_BANK)


def _check_length(tables: Iterable[Table]) -> None:
    if sum(len(table.rows) for table in tables) > MOST_ROWS:
        raise SpreadsheetProblem(f"这份流水超过{MOST_ROWS}笔。", how="请缩短起止日期，分几次下载和导入。")
