"""What is told of somebody's dues before they go to another branch: up to which month they are paid, and what is not."""

import datetime as dt
from collections.abc import Mapping, Sequence
from itertools import groupby

from dangjian.activities.dues.assessment.models import PaidUntil
from dangjian.activities.dues.billing.models import Bill
from dangjian.kernel import money
from dangjian.kernel.ui import words
from dangjian.members.models import Member
from dangjian.members.offers import Belonging
from dangjian.org.openings import register


def matters(members: Sequence[Member]) -> Mapping[int, Sequence[Belonging]]:
    """The last month up to which everything is paid; what is owed for earlier and later months is to be settled."""
    rows = register(Bill).filter(member__in=members).order_by("member_id", "month")
    bills = {pk: list(own) for pk, own in groupby(rows, key=lambda bill: bill.member_id)}
    elsewhere = dict(register(PaidUntil).filter(member__in=members).values_list("member_id", "month"))
    return {pk: _of_bills(bills.get(pk, []), elsewhere.get(pk)) for pk in {*bills, *elsewhere}}


def _of_bills(bills: Sequence[Bill], elsewhere: dt.date | None) -> Sequence[Belonging]:
    """``elsewhere`` is the month up to which was paid before they came, or before the platform."""
    owed = [one for one in bills if one.settled_on is None]
    months = [one.month for one in bills] + ([elsewhere] if elsewhere else [])
    paid = sorted(month for month in months if not owed or month < owed[0].month)
    found = [Belonging(f"党费已交到{words.month(paid[-1])}", "along", paid[-1])] if paid else []
    if owed:
        left = sum(one.left_fen for one in owed)
        found.append(
            Belonging(f"{words.month(owed[0].month)}起还有{len(owed)}个月的党费没有交清，共{money.yuan(left)}元", "settled")
        )
    return found
