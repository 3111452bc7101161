"""A line of a bank statement, and what makes it the same line in another file."""

import datetime as dt
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from dangjian.kernel.names import fold

_CAME_BACK = re.compile(r"退汇|退款|退回|退票|冲正|冲账|冲销|撤销|抹账")
SERIAL, BALANCE, PLACE = "s", "b", "p"
"""What a fingerprint rests on; it is its first letter."""
LENGTH: Final = 48


@dataclass(frozen=True, slots=True)
class Line:
    """One line: ``amount_fen`` 分 came in (above 0) or went out (below 0).

    ``balance_fen`` was there afterwards, if the bank says so. ``struck`` is true for money that the bank took back by a negative
    amount in the column of income. With a ``doubt`` it is not booked by itself: a person looks at it.
    """

    row: int
    booked_on: dt.date
    amount_fen: int
    payer_name: str = ""
    remark: str = ""
    serial: str = ""
    balance_fen: int | None = None
    struck: bool = False
    doubt: str = ""

    @property
    def came_back(self) -> bool:
        """Whether money that went out is dues on their way back to a payer, as far as the line tells."""
        return self.amount_fen < 0 and (self.struck or _CAME_BACK.search(self.remark) is not None)


def fingerprints(organization_id: int, lines: Sequence[Line]) -> list[str]:
    """One for each line of a file, the same for the same line of another file of this account.

    The serial number decides where the bank gives one, else the balance after the line, else the payer and the remark. Lines that
    are alike even so are told apart by counting them: banks export whole days, so the second of two equal transfers is the second
    in every file that has that day.
    """
    return _counted(organization_id, [_mark(line) for line in lines])


def by_balance(organization_id: int, lines: Sequence[Line]) -> list[str]:
    """A second fingerprint of each line that has a balance, "" of the others.

    The same day, amount and balance are the same line, whatever else the bank writes in one file and leaves out in another.
    """
    with_balance = [line for line in lines if line.balance_fen is not None]
    marks = _counted(
        organization_id, [("d", line.booked_on.isoformat(), str(line.amount_fen), str(line.balance_fen)) for line in with_balance]
    )
    found = iter(marks)
    return [next(found) if line.balance_fen is not None else "" for line in lines]


def _counted(organization_id: int, marks: Iterable[tuple[str, ...]]) -> list[str]:
    seen: Counter[tuple[str, ...]] = Counter()
    found = []
    for mark in marks:
        seen[mark] += 1
        text = "\x1f".join((str(organization_id), *mark, str(seen[mark])))
        found.append(mark[0] + hashlib.sha256(text.encode()).hexdigest()[:LENGTH])
    return found


def _mark(line: Line) -> tuple[str, ...]:
    common = (line.booked_on.isoformat(), str(line.amount_fen))
    if line.serial:
        return (SERIAL, *common, line.serial)
    if line.balance_fen is not None:
        return (BALANCE, *common, fold(line.payer_name), str(line.balance_fen))
    return (PLACE, *common, fold(line.payer_name), "".join(line.remark.split()))


def span(lines: Iterable[Line]) -> tuple[dt.date, dt.date] | None:
    """First and last day."""
    days = [line.booked_on for line in lines]
    return (min(days), max(days)) if days else None
