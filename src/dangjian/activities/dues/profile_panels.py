"""What assessments and reliefs show on pages of other apps: a member, the home page of who decides."""

from typing import Any

from django.db.models import Sum

from dangjian.activities.dues.models import Bill, Relief, ReliefState
from dangjian.activities.dues.queries import profiles as read
from dangjian.kernel import clock
from dangjian.kernel.gate import Request
from dangjian.members.models import Member
from dangjian.org.scope import opened

SHOWN = 5


def member_panel(request: Request, member: Member) -> dict[str, Any] | None:
    """What a member pays a month, and how far he has paid this year."""
    with opened(request.actor.scope_of("dues.view")):
        now = read.profile(member)
        bills = Bill.objects.filter(member=member, month__year=clock.today().year)
        sums = bills.aggregate(owed=Sum("owed_fen"), paid=Sum("paid_fen"))
        left = sum(bill.left_fen for bill in bills)
    owed, paid = sums["owed"] or 0, sums["paid"] or 0
    return {"member": member, "now": now, "paid": paid, "left": left, "share": min(paid / owed, 1) if owed else None}


def reliefs_panel(request: Request) -> dict[str, Any] | None:
    """Reliefs that wait for the reader as somebody of the committee above."""
    actor = request.actor
    with opened(actor.scope_of("dues.approve_relief")):
        rows = list(
            Relief.objects.filter(state=ReliefState.PROPOSED)
            .exclude(proposed_by=actor.user_id)
            .select_related("member__branch")
            .order_by("proposed_at")[: SHOWN * 10]
        )
    over = read.committees_over({row.member.branch for row in rows})
    mine = [row for row in rows if (who := over[row.member.branch_id]) and actor.may("dues.approve_relief", who)]
    return {"waiting": mine[:SHOWN]} if mine else None
