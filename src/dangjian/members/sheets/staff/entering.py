"""What human resources say of members comes onto their records, and is taken back."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from dangjian.kernel.actor import Actor
from dangjian.members.actions import roster
from dangjian.members.actions.roster import Amendment
from dangjian.members.columns import COLUMNS
from dangjian.members.sheets.roster.entering import AT, undo
from dangjian.org.sheet_offers import Done, Progress, Row, Upload

__all__ = ["enter", "undo"]


def enter(*, actor: Actor, upload: Upload, new: Iterable[Row], updates: Iterable[Row], progress: Progress) -> Done:  # noqa: ARG001 - nobody new comes in by it, whatever it was uploaded for
    """See ``sheet_offers.Enter``."""
    numbers: dict[int, int] = {}
    amended = roster.amend_many(actor=actor, rows=_amendments(updates, numbers), progress=progress)
    kept = {numbers[one.member_id]: {**one.before, AT: one.at.isoformat()} for one in amended}
    return Done(0, len(amended), kept)


def _amendments(rows: Iterable[Row], numbers: dict[int, int]) -> Iterator[Amendment]:
    for row in rows:
        numbers[row.record_id] = row.number
        yield Amendment(row.record_id, _items(row.values))


def _items(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name in COLUMNS}
