"""Rows of the officers' sheet become posts, terms and accounts, and are taken back."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import replace

from dangjian.kernel.actor import Actor
from dangjian.members.actions import officers
from dangjian.members.actions.officers import Entered, Officer
from dangjian.members.sheets.officers.columns import DOCUMENT, KIND, STARTS_ON, TERM_NUMBER, TERM_STARTS_ON
from dangjian.members.sheets.officers.people import INDEX
from dangjian.org.sheet_offers import Done, Progress, Row, Upload


def enter(*, actor: Actor, upload: Upload, new: Iterable[Row], updates: Iterable[Row], progress: Progress) -> Done:
    """See ``sheet_offers.Enter``."""
    fresh, held = list(new), list(updates)
    rows = [*fresh, *held]
    told = [*map(_officer, fresh), *(replace(_officer(row), holds=True) for row in held)]
    entered = officers.enter_officers(actor=actor, rows=told, batch=upload.batch, progress=progress)
    kept = {
        row.number: {"post": one.post, "term": one.term, "account": one.account}
        for row, one in zip(rows, entered, strict=True)
        if one != Entered()
    }
    return Done(len(fresh), len(held), kept)


def _officer(row: Row) -> Officer:
    values = row.values
    return Officer(
        organization_id=values["organization_id"],
        name=values["name"],
        kind=values[KIND],
        starts_on=values[STARTS_ON],
        document=values.get(DOCUMENT, ""),
        member_id=values.get("member_id"),
        resident_id_index=values.get(INDEX, ""),
        term_starts_on=values.get(TERM_STARTS_ON),
        term_number=values.get(TERM_NUMBER),
    )


def undo(
    *,
    actor: Actor,
    upload: Upload,  # noqa: ARG001 - the offer's signature; the kept numbers say what came in
    entered_at: dt.datetime,
    kept: Iterator[Row],
    progress: Progress,
) -> int:
    """See ``sheet_offers.Undo``."""
    entered = [Entered(**row.values) for row in kept]
    return officers.take_back(actor=actor, entered=entered, since=entered_at, progress=progress)
