"""What waits in assessments: reliefs, for the committee above."""

from django.db.models import QuerySet
from django.urls import reverse

from dangjian.activities.dues.assessment.actions.reliefs import require_approving
from dangjian.activities.dues.assessment.models import Relief, ReliefState
from dangjian.activities.dues.assessment.queries.profiles import committees_over
from dangjian.kernel.actor import may
from dangjian.kernel.gate import Request
from dangjian.kernel.offers import Matter
from dangjian.kernel.once import once_a_request
from dangjian.kernel.ui import words
from dangjian.org.prepared import prepared_rows

MOST = 50
"""So many are looked at; whoever has more works them off in the list itself."""


@once_a_request
def _reliefs(request: Request) -> list[Relief]:
    """Reliefs that wait for the actor as somebody of the committee above, neither their own proposals nor their own case."""
    rows = _proposed_by_others(request.actor.user_id)
    over = committees_over({row.member.branch for row in rows}) if rows else {}
    return [row for row in rows if may(require_approving, request.actor, row, over[row.member.branch_id])]


@prepared_rows
def _proposed_by_others(user_id: int) -> QuerySet[Relief]:
    rows: QuerySet[Relief] = Relief.objects.filter(state=ReliefState.PROPOSED).exclude(proposed_by=user_id)
    return rows.select_related("member__branch").order_by("proposed_at")[:MOST]


def reliefs_number(request: Request) -> int:
    """How many reliefs wait for the actor's decision."""
    return len(_reliefs(request))


def reliefs(request: Request, limit: int) -> list[Matter]:
    """The longest waiting of them."""
    return [
        Matter(
            f"{row.member.name}{row.get_kind_display()}党费",
            reverse("dues:relief", args=[row.pk]),
            f"{row.member.branch.short_name}，{words.day(row.proposed_at)}报",
        )
        for row in _reliefs(request)[:limit]
    ]
