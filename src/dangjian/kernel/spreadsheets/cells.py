"""Single cells: their names, and their values made plain."""

import datetime as dt
import re
import unicodedata
from typing import Final

from dangjian.kernel.text import visible

Value = str | int | float | bool | dt.date | dt.datetime | dt.time | dt.timedelta | None

_BLANK = re.compile(r"\s+")
_BLANKS: Final = "".join(filter(str.isspace, map(chr, range(0x3001))))
_KEPT_AS_TEXT = re.compile(r'="([^"]*)"')
_SAFE_INTEGER: Final = 2**63


def text_width(text: str) -> int:
    """How wide a text stands in a cell, in digits: a Chinese character is as wide as two."""
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)


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


ERRORS: Final = frozenset(
    {"#N/A", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#GETTING_DATA", "#FIELD!"}
)
"""What spreadsheet programs write where a formula has no result."""


def is_error(text: str) -> bool:
    """Whether a text is an error that a spreadsheet program has written: #N/A, Err:502."""
    return text in ERRORS or (text.startswith("Err:") and text[4:].isdigit())


def plain(value: Value) -> Value:
    """The value without invisible characters and blanks around it; an empty text becomes None, a whole number an integer.

    What keeps digits as a text, ``="0012"``, is taken off where it has become part of the text.
    """
    if isinstance(value, str):
        # Nearly every text is printable, and that is found out fastest.
        text = (value if value.isprintable() else visible(value)).strip(_BLANKS)
        if text.startswith('="') and (kept := _KEPT_AS_TEXT.fullmatch(text)):
            text = kept[1].strip(_BLANKS)
        return text or None
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
