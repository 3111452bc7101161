"""Applicants as people with accounts."""

from collections.abc import Collection, Mapping, Sequence

from dangjian.activities.development.models import Applicant, Stage
from dangjian.kernel.offers import RoleHeld
from dangjian.org.openings import register


def applicant_role(user_ids: Collection[int]) -> Mapping[int, Sequence[RoleHeld]]:
    """Whoever has applied and has an account holds the role ``applicant`` in the branch that has the application in hand."""
    rows = register(Applicant).filter(user__in=user_ids).exclude(stage=Stage.ENDED)
    found = rows.values_list("user_id", "organization_id", "organization__path", "organization__body_path")
    return {user_id: [RoleHeld("applicant", pk, path, body)] for user_id, pk, path, body in found if user_id}
