"""What is told of somebody's dues before they go to another branch: up to which month they are paid, and what is not."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from dangjian.activities.dues.billing.models import Bill
from dangjian.kernel import money
from dangjian.kernel.ui import words
from dangjian.members.models import Member
from dangjian.members.offers import Belonging
from dangjian.org.openings import register


def matters(members: Sequence[Member]) -> Mapping[int, Sequence[Belonging]]:
    """The last month up to which everything is paid; what is owed for earlier and later months is to be settled."""
    bills = register(Bill).filter(member__in=members).order_by("member_id", "month")
    return {pk: _of_bills(list(own)) for pk, own in groupby(bills, key=lambda bill: bill.member_id)}


def _of_bills(bills: Sequence[Bill]) -> Sequence[Belonging]:
    owed = [one for one in bills if one.settled_on is None]
    paid = [one.month for one in bills if not owed or one.month < owed[0].month]
    found = [Belonging(f"党费已交到{words.month(paid[-1])}", "along", paid[-1])] if paid else []
    if owed:
        left = sum(one.left_fen for one in owed)
        found.append(
            Belonging(f"{words.month(owed[0].month)}起还有{len(owed)}个月的党费没有交清，共{money.yuan(left)}元", "settled")
        )
    return found
