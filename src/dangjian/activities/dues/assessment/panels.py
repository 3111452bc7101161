"""What assessments show on the page of a member."""

from django.db.models import Sum

from dangjian.activities.dues.assessment.queries import profiles as read
from dangjian.activities.dues.billing.models import Bill
from dangjian.kernel import clock
from dangjian.kernel.gate import Request
from dangjian.members.models import Member
from dangjian.org.scope import opened


def member_panel(request: Request, member: Member) -> dict[str, object] | None:
    """What a member pays a month, and how far they have paid this year."""
    with opened(request.actor.scope_of("dues.view")):
        now = read.profile(member)
        bills = Bill.objects.filter(member=member, month__year=clock.today().year)
        sums = bills.aggregate(owed=Sum("owed_fen"), paid=Sum("paid_fen"))
        left = sum(bill.left_fen for bill in bills)
    owed, paid = sums["owed"] or 0, sums["paid"] or 0
    return {"member": member, "now": now, "paid": paid, "left": left, "share": min(paid / owed, 1) if owed else None}
