"""Whose statement a file is: the numbers of accounts that it names for itself, in a column or above the table."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from dangjian.activities.dues.payments.banking import columns
from dangjian.activities.dues.payments.banking.files import Table
from dangjian.kernel.spreadsheets import as_text
from dangjian.kernel.spreadsheets.cells import Value, squeezed

SHORTEST: Final = 10
"""Fewer digits are no account number."""

_LABEL = re.compile(r"(?:账号|帐号|账户号码?|帐户号码?|卡号)(?:/(?:账号|帐号|卡号))?(?:\[[^\]]*\]|\([^)]*\)|（[^）]*）)?[:：]?")
_OTHERS = re.compile(r"对方|对手|收款|付款")
_NUMBER = re.compile(rf"[\d*＊-]{{{SHORTEST},}}")
_EXACT: Final = 15
"""Digits that a number in a cell keeps; later ones may be wrong."""


def named_in(table: Table) -> set[str]:
    """The numbers, digits with ``*`` for those that the bank hides or the spreadsheet has lost."""
    found = {number for row in table.rows if (number := _number(row.get(columns.named(row, columns.OWN))))}
    return found | {number for row in table.above for number in _above(row)}


def is_of(number: str, own: str) -> bool:
    """Whether a number named in a file is that of the account ``own``."""
    digits = "".join(filter(str.isdecimal, own))
    begin, star, _ = number.partition("*")
    return digits.startswith(begin) and digits.endswith(number.rpartition("*")[2]) if star else number == digits


def _above(row: Sequence[Value]) -> Iterator[str]:
    """Numbers behind 账号 or 卡号, in the same cell or the next one that is filled."""
    filled = [value for value in row if value is not None]
    for place, value in enumerate(filled):
        text = squeezed(as_text(value))
        for label in _LABEL.finditer(text):
            if _OTHERS.search(text[: label.start()]):
                continue
            beside = text[label.end() :] or (filled[place + 1] if place + 1 < len(filled) else None)
            number = _number(beside, whole=False)
            if number:
                yield number


def _number(value: Value, *, whole: bool = True) -> str:
    """The account number that a cell holds, "" if it holds none."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        digits = f"{value:.0f}"
        return "" if len(digits) < SHORTEST else digits if len(digits) <= _EXACT else f"{digits[:_EXACT]}*"
    text = squeezed(as_text(value)).replace("＊", "*")
    found = _NUMBER.fullmatch(text) if whole else _NUMBER.match(text)
    if not found:
        return ""
    number = re.sub(r"\*+", "*", found[0].replace("-", ""))
    known = sum(map(str.isdecimal, number))
    return number if known >= (4 if "*" in number else SHORTEST) else ""
