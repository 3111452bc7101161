"""Reading xls and ods files in a process of their own.

A damaged file of these kinds can make the parser abort the process it runs in, or ask for more memory than there is. Here it
takes nobody with it: the child has a ceiling of memory and time, and hands its rows back as JSON.

Run as a program this module is that child: the file on standard input, the sheets on standard output.
"""

import datetime as dt
import io
import json
import resource
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from dangjian.kernel.spreadsheets.cells import Value
from dangjian.kernel.spreadsheets.problems import DAMAGED, Limits, SpreadsheetProblem, locked

_MEMORY: Final = 2_000_000_000
_SECONDS: Final = 90
_LOCKED: Final = 3
_UNREADABLE: Final = 4


@dataclass(frozen=True, slots=True)
class ListedSheet:
    """A worksheet that another process has read; ``start`` and ``end`` as in ``CalamineSheet``."""

    name: str
    start: tuple[int, int] | None
    end: tuple[int, int] | None
    rows: list[list[Any]] = field(repr=False)

    def iter_rows(self) -> Iterator[list[Value]]:
        """The rows from row 1 on, from the first filled column on."""
        for row in self.rows:
            yield [_restored(value) for value in row]


def sheets(content: bytes, limits: Limits) -> list[ListedSheet]:
    """The visible worksheets of an xls or ods file. :raises SpreadsheetProblem: if it cannot be read within the ceilings."""
    # Whoever runs this already runs this interpreter; nothing of the call comes from outside.
    command = [sys.executable, "-m", __name__, str(limits.cells)]
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise SpreadsheetProblem("这个表格太大，读取超时。") from None
    if done.returncode == _LOCKED:
        raise locked()
    if done.returncode:
        raise SpreadsheetProblem(DAMAGED)
    return [
        ListedSheet(each["name"], _corner(each["start"]), _corner(each["end"]), each["rows"]) for each in json.loads(done.stdout)
    ]


def _corner(raw: list[int] | None) -> tuple[int, int] | None:
    return (raw[0], raw[1]) if raw else None


def _restored(value: Any) -> Value:
    if isinstance(value, dict):
        kind, text = next(iter(value.items()))
        return dt.date.fromisoformat(text) if kind == "date" else dt.datetime.fromisoformat(text)
    return value


def _packed(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return {"instant": value.isoformat()}
    if isinstance(value, dt.date):
        return {"date": value.isoformat()}
    return str(value)


def _listed(content: bytes, most_cells: int) -> list[dict[str, Any]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    found: list[dict[str, Any]] = []
    for place, about in enumerate(book.sheets_metadata):
        if about.visible != SheetVisibleEnum.Visible or about.typ != SheetTypeEnum.WorkSheet:
            continue
        sheet = book.get_sheet_by_index(place)
        size = (sheet.end[0] + 1) * (sheet.end[1] + 1) if sheet.end else 0
        rows = list(sheet.iter_rows()) if size <= most_cells else []
        found.append({"name": sheet.name, "start": sheet.start, "end": sheet.end, "rows": rows})
    return found


def main() -> int:
    """Read standard input, write standard output; the exit status tells what went wrong."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        found = _listed(sys.stdin.buffer.read(), int(sys.argv[1]))
    except PasswordError:
        return _LOCKED
    except (CalamineError, OSError, ValueError, MemoryError):
        return _UNREADABLE
    json.dump(found, sys.stdout, default=_packed)
    return 0


if __name__ == "__main__":
    sys.exit(main())
