"""Where a new assessment goes among those that a member has: pure arithmetic of months.

Months run from ``start`` until before ``until`` (``None`` = open). Assessments that count never overlap.
"""

import datetime as dt
from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Piece:
    """An assessment that counts. Pieces of one ``origin`` were worked out from one base, split where a rule changes."""

    pk: int
    start: dt.date
    until: dt.date | None
    origin: Hashable = None


@dataclass(slots=True)
class Placing:
    """What becomes of the others: ``cut`` ends earlier, ``replaced`` no longer counts, ``resumed`` goes on after the new one.

    ``until`` is where the new assessment ends.
    """

    until: dt.date | None
    cut: dict[int, dt.date] = field(default_factory=dict)
    replaced: set[int] = field(default_factory=set)
    resumed: list[Piece] = field(default_factory=list)


def place(pieces: Sequence[Piece], start: dt.date, until: dt.date | None = None) -> Placing:
    """Put an assessment from ``start`` among ``pieces``.

    Without ``until`` it holds until the next assessment of another origin. With it, what held before goes on afterwards.
    """
    pieces = sorted(pieces, key=lambda piece: piece.start)
    placing = Placing(until or _next_boundary(pieces, start))
    for piece in pieces:
        if _ends_by(piece.until, start) or (placing.until and piece.start >= placing.until):
            continue
        if piece.start < start:
            placing.cut[piece.pk] = start
        else:
            placing.replaced.add(piece.pk)
        if placing.until and not _ends_by(piece.until, placing.until):
            placing.resumed.append(Piece(piece.pk, placing.until, piece.until, piece.origin))
    return placing


def _ends_by(until: dt.date | None, month: dt.date) -> bool:
    return until is not None and until <= month


def _next_boundary(pieces: Sequence[Piece], start: dt.date) -> dt.date | None:
    begun = [pieces[0].start] if pieces else []
    begun += [later.start for earlier, later in pairwise(pieces) if not _continues(earlier, later)]
    return next((month for month in begun if month > start), None)


def _continues(earlier: Piece, later: Piece) -> bool:
    return later.origin is not None and earlier.origin == later.origin and earlier.until == later.start


def split(start: dt.date, until: dt.date | None, changes: Collection[dt.date]) -> tuple[tuple[dt.date, dt.date | None], ...]:
    """``start`` until ``until`` in parts that begin at ``start`` and at each of ``changes`` inside."""
    inside = sorted(month for month in changes if month > start and (until is None or month < until))
    bounds = [start, *inside, until]
    return tuple((begin, end) for begin, end in pairwise(bounds) if begin is not None)
