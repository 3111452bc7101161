"""Rows of the table become organisations, and are taken back."""

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any, Final

from dangjian.kernel.actor import Actor
from dangjian.org.actions import whole_tree
from dangjian.org.actions.whole_tree import Corrected, Correction, Founding
from dangjian.org.sheet_offers import Done, Progress, Row, Upload
from dangjian.org.sheets.tree.columns import DETAILS

_FOUNDED: Final = "founded"
"""Kept of a row that set an organisation up: its number. Of a row that corrected one: ``before`` and ``after``."""


def enter(*, actor: Actor, upload: Upload, new: Iterable[Row], updates: Iterable[Row], progress: Progress) -> Done:
    """See ``sheet_offers.Enter``."""
    foundings = [_founding(row.number, row.values) for row in new]
    founded = whole_tree.set_up_many(actor=actor, rows=foundings, batch=upload.batch, progress=progress)
    kept: dict[int, dict[str, Any]] = {number: {_FOUNDED: organization} for number, organization in founded.items()}
    numbers: dict[int, int] = {}
    corrected = whole_tree.correct_many(
        actor=actor,
        rows=_corrections(updates, numbers),
        batch=upload.batch,
        progress=lambda done: progress(len(founded) + done),
    )
    kept |= {numbers[one.organization_id]: {"before": dict(one.before), "after": dict(one.after)} for one in corrected}
    return Done(len(founded), len(corrected), kept)


def _founding(number: int, values: Any) -> Founding:
    return Founding(
        key=number,
        parent_key=values.get("above_row"),
        parent_id=values.get("above_id"),
        type_code=values["type"],
        name=values["name"],
        short_name=values["short_name"],
        established_on=values["established_on"],
        code=values.get("code", ""),
        document=values.get("document", ""),
        details={name: values[name] for name in DETAILS if name in values},
    )


def _corrections(rows: Iterable[Row], numbers: dict[int, int]) -> Iterator[Correction]:
    for row in rows:
        numbers[row.record_id] = row.number
        details = {name: row.values[name] for name in DETAILS if name in row.values}
        recoded = row.values.get("recoded")
        yield Correction(row.record_id, {**details, "code": recoded} if recoded else details)


def undo(
    *,
    actor: Actor,
    upload: Upload,
    entered_at: dt.datetime,  # noqa: ARG001 - the offer's signature; what was changed since is found by what is there
    kept: Iterator[Row],
    progress: Progress,
) -> int:
    """See ``sheet_offers.Undo``."""
    founded: set[int] = set()
    corrected = []
    for row in kept:
        if _FOUNDED in row.values:
            founded.add(row.values[_FOUNDED])
        else:
            corrected.append(Corrected(row.record_id, row.values["before"], row.values["after"]))
    return whole_tree.take_back_many(actor=actor, founded=founded, corrected=corrected, batch=upload.batch, progress=progress)
