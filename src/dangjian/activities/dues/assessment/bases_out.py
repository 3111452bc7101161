"""What members pay leaves as rows of the table of bases."""

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from dangjian.accounts.events import record_about
from dangjian.activities.dues.assessment.models import Assessment, PaidUntil
from dangjian.activities.dues.policy import BANDED
from dangjian.kernel.actor import Actor
from dangjian.kernel.bulk import chunks
from dangjian.members.models import Member, Standing
from dangjian.org.models import Organization
from dangjian.org.sheet_offers import GoingOut, OnRecord

_PIECE: Final = 1000


def rows(organization: Organization, only: Collection[int] | None = None) -> Iterator[OnRecord]:
    """The assessment of each who is a member there, also one that begins behind what was paid ahead. See ``GoingOut``."""
    members = Member.objects.filter(branch__path__startswith=organization.path, standing=Standing.NORMAL)
    held = Assessment.objects.holding().filter(member__in=members, until_month=None)
    if only is not None:
        held = held.filter(pk__in=only)
    ordered = held.select_related("member").order_by("member__branch__path", "member_id", "pk")
    for piece in chunks(ordered.iterator(chunk_size=_PIECE), _PIECE):
        paid = dict(PaidUntil.objects.filter(member__in=[one.member_id for one in piece]).values_list("member_id", "month"))
        for one in piece:
            values = {
                "name": one.member.name,
                "resident_id": one.member.resident_id,
                "employee_no": one.member.employee_no,
                "payer": one.kind,
                "base": one.base_fen if one.kind in BANDED else None,
                "paid_until": paid.get(one.member_id),
            }
            known = {name: value for name, value in values.items() if value not in {None, ""}}
            yield OnRecord(one.pk, one.member.branch_id, known)


def _noted(*, actor: Actor, record_ids: Sequence[int], summary: str, purpose: str) -> None:
    about = list(Member.objects.filter(dues_assessments__in=record_ids).values_list("pk", flat=True))
    record_about(about, actor=actor, verb="dues.bases_exported", summary=summary, purpose=purpose, data={"rows": len(record_ids)})


OUT: Final = GoingOut(("dues.assess", "members.unmask"), rows, needs_purpose=True, noted=_noted)
