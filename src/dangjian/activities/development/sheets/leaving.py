"""Applicants whose way is not at its end leave as rows of the list they come in by."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from dangjian.accounts.events import record
from dangjian.activities.development.actions.importing import STEPS
from dangjian.activities.development.models import OVER, Applicant, Helper, HelperRole
from dangjian.activities.development.queries.way import PROCEDURE
from dangjian.engines.procedures.models import CaseStep
from dangjian.kernel.actor import Actor
from dangjian.kernel.bulk import chunks
from dangjian.members.sheets.roster.columns import BRANCH
from dangjian.org.models import Organization
from dangjian.org.openings import register
from dangjian.org.sheet_offers import GoingOut, OnRecord

_PIECE: Final = 500
_FILED: Final = ("file_activist", "filed_on")
"""The one day of the list that an applicant's own row does not have: it stands in their case."""


def going_out(items: Sequence[str], contacts: str) -> GoingOut:
    """How the list leaves: ``items`` are what is typed of an applicant, ``contacts`` the column of who stands by them."""

    def rows(organization: Organization, only: Collection[int] | None = None) -> Iterator[OnRecord]:
        found = Applicant.objects.filter(organization__path__startswith=organization.path).exclude(stage__in=OVER)
        if only is not None:
            found = found.filter(pk__in=only)
        ordered = found.select_related("organization").order_by("organization__path", "name_sort", "pk")
        for piece in chunks(ordered.iterator(chunk_size=_PIECE), _PIECE):
            filed, helped = _filed(piece), _contacts(piece)
            for one in piece:
                values = {name: getattr(one, name) for name in items}
                values |= {name: getattr(one, name) for _, name in STEPS if name != _FILED[1]}
                values |= {BRANCH: one.organization.name, _FILED[1]: filed.get(one.pk), contacts: "、".join(helped[one.pk])}
                kept = {name: value for name, value in values.items() if value is False or value}
                yield OnRecord(one.pk, one.organization_id, kept)

    return GoingOut(("development.import", "members.unmask"), rows, needs_purpose=True, noted=_noted)


def _filed(piece: Sequence[Applicant]) -> Mapping[int, Any]:
    steps = register(CaseStep).filter(
        case__procedure=PROCEDURE, case__subject_id__in=[one.pk for one in piece], code=_FILED[0], taken_on__isnull=False
    )
    return dict(steps.order_by("round").values_list("case__subject_id", "taken_on"))


def _contacts(piece: Sequence[Applicant]) -> Mapping[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    standing = register(Helper).filter(applicant__in=piece, role=HelperRole.CONTACT, ends_on=None)
    for pk, name in standing.order_by("starts_on", "pk").values_list("applicant_id", "member__name"):
        found[pk].append(name)
    return found


def _noted(*, actor: Actor, record_ids: Sequence[int], summary: str, purpose: str) -> None:
    record(actor=actor, verb="development.exported", summary=summary, purpose=purpose, data={"rows": len(record_ids)})
