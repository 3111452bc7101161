"""What follows for dues when branches are kept on the platform from another day."""

import datetime as dt
from collections.abc import Collection

from django.db import transaction

from dangjian.activities.dues import policy, rates
from dangjian.activities.dues.billing.actions import billing
from dangjian.activities.dues.billing.models import Bill, MonthRun
from dangjian.activities.dues.oversight.actions import arrears
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.members.models import Member
from dangjian.org.openings import register


@transaction.atomic
def follow_live(actor: Actor, organization_ids: Collection[int], since: dt.date) -> None:
    """Bills of months before the branches went live go, as far as nobody has paid them; those from then on are made.

    Months that were never billed are made as far back as dues are paid late (``dues.backpay_max``). Cases of arrears follow.
    """
    today = clock.today()
    this_month, oldest = policy.month_of(today), rates.collection_rules(today).backpay_oldest(today)
    standing = register(Member).filter(branch__in=organization_ids).values_list("pk", flat=True)
    billed = register(Bill).filter(organization__in=organization_ids, month__gte=policy.month_of(since)).order_by()
    members = {*standing, *billed.values_list("member_id", flat=True).distinct()}
    if not members:
        return
    made = MonthRun.objects.filter(month__gte=policy.month_of(since)).values_list("month", flat=True)
    missing = policy.months_between(max(policy.month_of(since), oldest), this_month)
    billing.hold_months(alone={*made, *missing})
    billing.adjust_bills(actor=actor, member_ids=members, from_month=since)
    arrears.open_cases(actor=actor)
