"""Transfers under way leave as rows of the list they come in by."""

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from dangjian.accounts.events import record_about
from dangjian.activities.transfers.actions.batches import BATCH
from dangjian.activities.transfers.queries.going import PROCEDURE
from dangjian.activities.transfers.queries.national import first_steps
from dangjian.activities.transfers.sheets.people import NAME, NUMBER, STAFF
from dangjian.engines.procedures.models import CaseState, ProcedureCase
from dangjian.kernel.actor import Actor
from dangjian.kernel.bulk import chunks
from dangjian.members.models import Member
from dangjian.members.sheets.roster.columns import BRANCH
from dangjian.org.models import Organization
from dangjian.org.openings import register
from dangjian.org.sheet_offers import GoingOut, OnRecord

TO, WHY, NOTE, DAY = "to", "why", "note", "day"
_PIECE: Final = 500


def rows(organization: Organization, only: Collection[int] | None = None) -> Iterator[OnRecord]:
    """Transfers from branches there that are not at their end, branch by branch. See ``sheet_offers.GoingOut``."""
    found = ProcedureCase.objects.filter(
        procedure=PROCEDURE, state=CaseState.OPEN, organization__path__startswith=organization.path
    )
    if only is not None:
        found = found.filter(pk__in=only)
    ordered = found.select_related("organization", "other_side").order_by("organization__path", "started_on", "pk")
    for piece in chunks(ordered.iterator(chunk_size=_PIECE), _PIECE):
        members = register(Member).in_bulk([case.subject_id for case in piece])
        asked = first_steps(piece)
        for case in piece:
            if member := members.get(case.subject_id):
                yield _on_record(case, member, asked.get(case.pk, {}))


def _on_record(case: ProcedureCase, member: Member, asked: dict[str, str]) -> OnRecord:
    values = {
        NAME: member.name,
        NUMBER: member.resident_id,
        STAFF: member.employee_no,
        BRANCH: case.organization.name,
        TO: case.other_side.name if case.other_side else "",
        WHY: asked.get(WHY, ""),
        NOTE: asked.get(NOTE, ""),
        DAY: case.started_on,
    }
    return OnRecord(case.pk, case.organization_id, {name: value for name, value in values.items() if value})


def _noted(*, actor: Actor, record_ids: Sequence[int], summary: str, purpose: str) -> None:
    about = register(ProcedureCase).filter(pk__in=record_ids).values_list("subject_id", flat=True)
    record_about(
        list(about), actor=actor, verb="members.exported", summary=summary, purpose=purpose, data={"rows": len(record_ids)}
    )


OUT: Final = GoingOut((BATCH, "members.unmask"), rows, needs_purpose=True, noted=_noted)
