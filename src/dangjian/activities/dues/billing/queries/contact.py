"""By which payments a branch knows that it is in contact with members, and for whom others pay or who pays elsewhere."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from django.db.models import QuerySet

from dangjian.activities.dues.assessment.models import Arrangement
from dangjian.activities.dues.billing.models import Payment
from dangjian.kernel.rulebook import Period
from dangjian.org.openings import register

LATELY = Period(months=6)


def paid() -> QuerySet[Payment]:
    """Payments that count."""
    rows: QuerySet[Payment] = register(Payment).standing()
    return rows


def paid_otherwise(member_ids: Collection[int], day: dt.date) -> Mapping[int, Sequence[str]]:
    """Members for whom another paid in the last half-year, and those with whom the branch agreed on another way."""
    found: dict[int, list[str]] = defaultdict(list)
    by_others = register(Payment).standing().filter(member__in=member_ids, paid_on__range=(LATELY.before(day), day))
    for pk in by_others.exclude(payer_name="").order_by().values_list("member_id", flat=True).distinct():
        found[pk].append("党费由他人代交")
    month = day.replace(day=1)
    agreed = register(Arrangement).holding().filter(member__in=member_ids, from_month__lte=month, until_month__gt=month)
    for one in agreed.only("member_id", "kind"):
        found[one.member_id].append(f"党费{one.get_kind_display()}")
    return found
