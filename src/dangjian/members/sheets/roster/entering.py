"""Rows of a roster become records of members, and are taken back."""

import datetime as dt
from collections.abc import Iterable, Iterator

from dangjian.kernel.actor import Actor
from dangjian.members.actions import roster
from dangjian.members.actions.roster import Amended, Amendment, Entrant
from dangjian.members.models import ChangeKind
from dangjian.org.sheet_offers import Done, Progress, Row, Upload

AT = "at"
"""Beside the columns of a record that was amended: the instant that says whether somebody has changed it since."""


def enter(*, actor: Actor, upload: Upload, new: Iterable[Row], updates: Iterable[Row], progress: Progress) -> Done:
    """See ``sheet_offers.Enter``."""
    answers = upload.answers
    entered = roster.enter_many(
        actor=actor,
        rows=map(_entrant, new),
        kind=ChangeKind(answers["entry_kind"]),
        effective_on=answers["effective_on"],
        batch=upload.batch,
        document=answers["document"],
        progress=progress,
    )
    numbers: dict[int, int] = {}
    amended = roster.amend_many(actor=actor, rows=_amendments(updates, numbers), progress=lambda done: progress(entered + done))
    kept = {numbers[one.member_id]: {**one.before, AT: one.at.isoformat()} for one in amended}
    return Done(entered, len(amended), kept)


def _amendments(rows: Iterable[Row], numbers: dict[int, int]) -> Iterator[Amendment]:
    for row in rows:
        numbers[row.record_id] = row.number
        yield Amendment(row.record_id, _entrant(row).columns)


def _entrant(row: Row) -> Entrant:
    columns = dict(row.values)
    return Entrant(columns.pop("branch_id"), columns.pop("category"), columns, columns.pop("group_id", None))


def undo(*, actor: Actor, upload: Upload, entered_at: dt.datetime, kept: Iterator[Row], progress: Progress) -> int:
    """See ``sheet_offers.Undo``."""
    return roster.take_back(actor=actor, batch=upload.batch, entered_at=entered_at, amended=_amended(kept), progress=progress)


def _amended(kept: Iterator[Row]) -> Iterator[Amended]:
    for row in kept:
        before = dict(row.values)
        at = before.pop(AT)
        yield Amended(row.record_id, before, dt.datetime.fromisoformat(at))
