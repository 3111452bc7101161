"""Single cells: their names, and their values made plain."""

import datetime as dt
import re
from typing import Final

Value = str | int | float | bool | dt.date | dt.datetime | dt.time | dt.timedelta | None

_BLANK = re.compile(r"[\s\u200b\u200c\u200d\u2060\ufeff]+")
_BLANKS: Final = "".join(filter(str.isspace, map(chr, range(0x3001)))) + "\u200b\u200c\u200d\u2060\ufeff"
_SAFE_INTEGER: Final = 2**63


def column_letters(column: int) -> str:
    """The letters of a column, counted from 1: ``column_letters(28) == "AB"``."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_number(letters: str) -> int:
    """The inverse of :func:`column_letters`."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def cell_name(row: int, column: int) -> str:
    """The name a spreadsheet shows for a cell, both counted from 1: ``cell_name(12, 4) == "D12"``."""
    return f"{column_letters(column)}{row}"


def plain(value: Value) -> Value:
    """The value without blanks around it; an empty text becomes None, a whole number an integer."""
    if isinstance(value, str):
        return value.strip(_BLANKS) or None
    if isinstance(value, float) and value.is_integer() and abs(value) < _SAFE_INTEGER:
        return int(value)
    return value


def as_text(value: Value) -> str:
    """The value as a person would write it: numbers without ".0", dates as 1998-07-01."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, dt.datetime):
        return f"{value:%Y-%m-%d %H:%M}" if value.time() != dt.time() else f"{value:%Y-%m-%d}"
    return str(value)


def squeezed(text: str) -> str:
    """The text without any blanks."""
    return _BLANK.sub("", text)
