"""The number of a member's 流动党员活动证, where it was given for paying at the place of inflow."""

from collections.abc import Collection, Mapping

from dangjian.activities.dues.assessment.models import Arrangement
from dangjian.members.offers import ActivityCertificate
from dangjian.org.openings import register


def certificates(member_ids: Collection[int]) -> Mapping[int, ActivityCertificate]:
    """The number that was given last, by member."""
    rows = register(Arrangement).holding().filter(member__in=member_ids).exclude(certificate="")
    known = rows.order_by("from_month", "pk").values_list("member_id", "certificate", "place")
    return {pk: ActivityCertificate(number, place) for pk, number, place in known}
