"""Tables as text: CSV, or with tabs between the cells; in UTF-8, GB 18030 or, with its mark in front, UTF-16."""

import csv
import io
import re
from pathlib import PurePath
from typing import Final

from dangjian.kernel.spreadsheets.cells import Value, is_error
from dangjian.kernel.spreadsheets.found import Found, Lacking, as_listed
from dangjian.kernel.spreadsheets.problems import Limits, SpreadsheetProblem

_KEPT_AS_TEXT = re.compile(r'^="?([^"]*)"?$')
_ENCODINGS: Final = ("utf-8-sig", "gb18030")
_WIDE: Final = (b"\xff\xfe", b"\xfe\xff")
_LOOKED_AT: Final = 5000


def sheet(content: bytes, filename: str, limits: Limits) -> Found:
    """The table in a text. :raises SpreadsheetProblem: if it cannot be read to the last character."""
    text = _decoded(content, filename)
    first_lines = text[:_LOOKED_AT]
    delimiter = "\t" if first_lines.count("\t") > first_lines.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[list[Value]] = []
    lacking = Lacking()
    try:
        for values in reader:
            if len(values) > limits.columns:
                raise SpreadsheetProblem(f"第{reader.line_num}行有{len(values)}列，超过了{limits.columns}列。")
            if len(rows) >= limits.rows:
                raise SpreadsheetProblem(f"表格超过了{limits.rows}行。", how="请分成几个文件上传。")
            rows.append([_plain(value, len(rows), place, lacking) for place, value in enumerate(values)])
    except csv.Error:
        raise SpreadsheetProblem(f"第{reader.line_num}行的引号或换行不对，文件可能被改动过。") from None
    return as_listed(PurePath(filename).stem, rows, lacking)


def _plain(value: str, row: int, column: int, lacking: Lacking) -> str | None:
    """A cell without what is put around numbers so that a program keeps them as text: a tab, ``="…"``, an apostrophe."""
    text = value.strip().lstrip("'`")
    kept = _KEPT_AS_TEXT.match(text)
    text = (kept[1] if kept else text).strip()
    if is_error(text):
        lacking.add(row, column)
        return None
    return text or None


def _decoded(content: bytes, filename: str) -> str:
    """The text, read strictly: a byte that does not fit would be a character of somebody's name that nobody notices."""
    if content.startswith(_WIDE):
        return _read_as("utf-16", content, filename)
    if b"\0" in content:
        raise SpreadsheetProblem("这个文件的文字编码不是UTF-8或GB18030，读不出来。")
    for encoding in _ENCODINGS[:-1]:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return _read_as(_ENCODINGS[-1], content, filename)


def _read_as(encoding: str, content: bytes, filename: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        raise SpreadsheetProblem(f"“{filename}”里有读不出来的文字，可能没有下载完整。") from None
