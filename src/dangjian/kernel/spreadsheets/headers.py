"""Finding the header row beneath titles, and telling which column is which."""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from dangjian.kernel.spreadsheets.cells import Value, as_text, column_letters, squeezed
from dangjian.kernel.spreadsheets.problems import SpreadsheetProblem

SEARCHED_ROWS = 15

_MARKS = re.compile(r"[*＊※]|[（(]必填[)）]")
_REMARK = re.compile(r"[(\[<【〔{](?!(?:单位|公司|企业|雇主|用人单位)(?:缴纳|缴费|缴存|承担|部分|负担)?[)\]>】〕}]).*$")
"""What stands in brackets, unless it says that the column is somebody else's: 养老保险(单位)."""

_FOREIGN = re.compile(r"^[A-Za-z'’./&_-]+(?=[^\x00-\x7f])|(?<=[^\x00-\x7f])[A-Za-z'’./&_-]+$")


@dataclass(frozen=True, slots=True)
class Header:
    """The header row: its place counted from 0, the names column by column, and how many of them are known."""

    place: int
    names: tuple[str, ...]
    score: int


def tidy(value: Value) -> str:
    """A header as it is compared: half-width, without blanks, line breaks and the star of a compulsory column."""
    return squeezed(_MARKS.sub("", unicodedata.normalize("NFKC", _MARKS.sub("", as_text(value)))))


def bare(name: str) -> str:
    """A tidy header without a remark in brackets and without the English before or behind it."""
    return _FOREIGN.sub("", _REMARK.sub("", name))


def find(rows: Sequence[Sequence[Value]], known: Collection[str]) -> Header | None:
    """The best header row among the first rows, or None if none will do.

    With ``known`` names it is the row with most of them, at least two (or the only one); a header in two tiers is read as one.
    Without, it is the first row that fills at least half as many cells as the fullest.
    """
    if not known:
        return _first_full(rows)
    wanted = {tidy(name): name for name in known}
    best: Header | None = None
    for place, row in enumerate(rows[:SEARCHED_ROWS]):
        for names in _readings(rows, place, row, wanted):
            named = _named(names, wanted)
            score = len({name for name in named if name in known})
            if best is None or score > best.score:
                best = Header(place, named, score)
    return best if best and best.score >= min(2, len(wanted)) else None


def _readings(
    rows: Sequence[Sequence[Value]], place: int, row: Sequence[Value], wanted: Mapping[str, str]
) -> Iterator[list[str]]:
    plain = [tidy(value) for value in row]
    yield plain
    if place:
        above = [tidy(value) for value in rows[place - 1]]
        yield [own or upper for own, upper in zip(plain, above, strict=False)]
        yield list(_joined(plain, above, wanted))


def _joined(plain: Sequence[str], above: Sequence[str], wanted: Mapping[str, str]) -> Iterator[str]:
    """A lower name behind the upper one over it and its neighbours to the right, where the two together are known."""
    over = ""
    for own, upper in zip(plain, above, strict=False):
        over = upper or (over if own else "")
        yield over + own if own and over + own in wanted else own or upper


def _named(names: Sequence[str], wanted: Mapping[str, str]) -> tuple[str, ...]:
    """Each name as it is known. What tells two columns apart belongs to their names: 交易金额(收入), 交易金额(支出)."""
    shortened = [wanted.get(name) or wanted.get(bare(name), "") for name in names]
    exact = {name for name, one in zip(names, shortened, strict=True) if one and tidy(one) == name}
    often = Counter(shortened)
    return tuple(
        one if one and (tidy(one) == name or (often[one] == 1 and tidy(one) not in exact)) else name
        for name, one in zip(names, shortened, strict=True)
    )


def _first_full(rows: Sequence[Sequence[Value]]) -> Header | None:
    filled = [sum(value is not None for value in row) for row in rows[:SEARCHED_ROWS]]
    enough = max(filled, default=0) / 2
    for place, count in enumerate(filled):
        if count and count >= enough:
            return Header(place, tuple(tidy(value) for value in rows[place]), 0)
    return None


def check_doubles(names: Sequence[str], known: Collection[str]) -> None:
    """Refuse a header in which a known name stands twice."""
    seen: dict[str, int] = {}
    for column, name in enumerate(names, start=1):
        if name in seen and name in known:
            raise SpreadsheetProblem(
                f"“{name}”这一列出现了两次（{column_letters(seen[name])}列和{column_letters(column)}列）。",
                how="请只留一列，保存后重新上传。",
            )
        seen.setdefault(name, column)
