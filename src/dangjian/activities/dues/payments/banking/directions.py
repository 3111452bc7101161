"""Which way the money went: what the columns say, held against the running balance. What is not certain is said to be so.

A column of its own for outgoing money decides; a sign there never makes money come in, unless the balance shows that it did,
which is an outgoing payment taken back. A line whose balance moved the other way waits for a person.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from dangjian.activities.dues.payments.banking.lines import Line

TURNED: Final = "金额的方向与余额的变动相反，看不准是收入还是支出，请对照银行回单核对。"
TAKEN_BACK: Final = "这是一笔支出冲回来的钱（支出栏里是负数），一般不是党费，请核对。"
SIGNED_OUT: Final = "支出栏里的金额带负号，看不准是支出还是冲回，请对照银行回单核对。"
ENOUGH_OUT: Final = 2
"""So many outgoing amounts, all with a sign, are the habit of a bank."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A line as its columns tell of it; ``signed_out`` marks an amount that stands as outgoing with a sign of its own."""

    line: Line
    signed_out: bool = False


def decided(drafts: Sequence[Draft]) -> list[Line]:
    """The lines of one table in its order, each certain of its direction or with a doubt."""
    moves = _moves([draft.line for draft in drafts])
    outgoing = [draft.signed_out for draft in drafts if draft.line.amount_fen < 0 and not draft.line.struck]
    habit = len(outgoing) >= ENOUGH_OUT and all(outgoing)
    return [_decided(draft, move, habit=habit) for draft, move in zip(drafts, moves, strict=True)]


def _decided(draft: Draft, move: int | None, *, habit: bool) -> Line:
    line = draft.line
    if draft.signed_out:
        if move == -line.amount_fen:
            return replace(line, amount_fen=move, doubt=line.doubt or TAKEN_BACK)
        if move == line.amount_fen or habit:
            return line
        return replace(line, doubt=line.doubt or SIGNED_OUT)
    return replace(line, doubt=line.doubt or TURNED) if move == -line.amount_fen else line


def _moves(lines: Sequence[Line]) -> list[int | None]:
    """By how much the balance moved with each line; ``None`` where that is not to be seen.

    Banks list the oldest or the newest first; the order in which more lines fit is the one that holds.
    """
    older_first: list[int | None] = [None] * len(lines)
    newer_first: list[int | None] = [None] * len(lines)
    for place in range(1, len(lines)):
        before, after = lines[place - 1].balance_fen, lines[place].balance_fen
        if before is not None and after is not None:
            older_first[place] = after - before
            newer_first[place - 1] = before - after
    fits = [_fitting(lines, moves) for moves in (older_first, newer_first)]
    if fits[0] == fits[1]:
        return [None] * len(lines)
    return older_first if fits[0] > fits[1] else newer_first


def _fitting(lines: Sequence[Line], moves: Sequence[int | None]) -> int:
    """How many lines have moved the balance by their amount; of two orders the one is told from the other by that."""
    return sum(move is not None and abs(move) == abs(line.amount_fen) for line, move in zip(lines, moves, strict=True))
