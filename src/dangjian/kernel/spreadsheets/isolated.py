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
from collections.abc import Sequence
from typing import Any, Final
from xml.etree import ElementTree as ET

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from dangjian.kernel.spreadsheets import biff, opendocument
from dangjian.kernel.spreadsheets.archive import Kind
from dangjian.kernel.spreadsheets.cells import Value
from dangjian.kernel.spreadsheets.found import Found, Listed
from dangjian.kernel.spreadsheets.problems import DAMAGED, Limits, SpreadsheetProblem, locked

_MEMORY: Final = 2_000_000_000
_SECONDS: Final = 90
_LOCKED: Final = 3
_UNREADABLE: Final = 4


def sheets(content: bytes, kind: Kind, limits: Limits) -> tuple[list[Found], list[str]]:
    """The visible worksheets of an xls or ods file, and the names of the hidden ones.

    :raises SpreadsheetProblem: if it cannot be read within the ceilings.
    """
    # Whoever runs this already runs this interpreter; nothing of the call comes from outside.
    command = [sys.executable, "-m", __name__, kind, str(limits.cells)]
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise SpreadsheetProblem("这个表格太大，读取超时。") from None
    if done.returncode == _LOCKED:
        raise locked()
    if done.returncode:
        raise SpreadsheetProblem(DAMAGED)
    said = json.loads(done.stdout)
    return [_found(each) for each in said["sheets"]], said["hidden"]


def _found(each: dict[str, Any]) -> Found:
    rows = [[_restored(value) for value in row] for row in each["rows"]]
    source = Listed(each["name"], _corner(each["start"]), _corner(each["end"]), rows)
    merged = [((top, left), (bottom, right)) for (top, left), (bottom, right) in each["merged"]]
    return Found(source, each["lacking"], merged, each["since_1904"])


def _corner(raw: list[int] | None) -> tuple[int, int] | None:
    return (raw[0], raw[1]) if raw else None


def _restored(value: Value | dict[str, str]) -> Value:
    if isinstance(value, dict):
        kind, text = next(iter(value.items()))
        return dt.date.fromisoformat(text) if kind == "date" else dt.datetime.fromisoformat(text)
    return value


def _packed(value: object) -> object:
    if isinstance(value, dt.datetime):
        return {"instant": value.isoformat()}
    if isinstance(value, dt.date):
        return {"date": value.isoformat()}
    return str(value)


Told = tuple[bool, Sequence[Sequence[str]], Sequence[Sequence[Any]]]
"""Whether days are counted from 1904, and for every sheet its cells without a usable value and its merged ranges."""


def _told(content: bytes, kind: str) -> Told:
    """What the parser leaves out."""
    if kind == "xls":
        missing = biff.missing_in(content)
        return missing.since_1904, missing.cells, ()
    book = opendocument.missing_in(content)
    return book.since_1904, [table.cells for table in book.tables], [table.merged for table in book.tables]


def _listed(content: bytes, kind: str, most_cells: int) -> dict[str, object]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    since_1904, lacking, merged = _told(content, kind)
    found: list[dict[str, object]] = []
    hidden: list[str] = []
    for place, about in enumerate(book.sheets_metadata):
        if about.typ != SheetTypeEnum.WorkSheet:
            continue
        sheet = book.get_sheet_by_index(place)
        if about.visible != SheetVisibleEnum.Visible:
            hidden += [about.name] if sheet.end else []
            continue
        size = (sheet.end[0] + 1) * (sheet.end[1] + 1) if sheet.end else 0
        found.append(
            {
                "name": sheet.name,
                "start": sheet.start,
                "end": sheet.end,
                "rows": list(sheet.iter_rows()) if size <= most_cells else [],
                "lacking": lacking[place] if place < len(lacking) else (),
                "merged": merged[place] if place < len(merged) else sheet.merged_cell_ranges or (),
                "since_1904": since_1904,
            }
        )
    return {"sheets": found, "hidden": hidden}


def main() -> int:
    """Read standard input, write standard output; the exit status tells what went wrong."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        found = _listed(sys.stdin.buffer.read(), sys.argv[1], int(sys.argv[2]))
    except PasswordError:
        return _LOCKED
    except (CalamineError, OSError, ValueError, KeyError, MemoryError, ET.ParseError):
        return _UNREADABLE
    json.dump(found, sys.stdout, default=_packed)
    return 0


if __name__ == "__main__":
    sys.exit(main())
