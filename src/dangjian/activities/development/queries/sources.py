"""Days on a member's record that come from the steps of their way into the Party, so that its form does not ask for them."""

from collections.abc import Mapping
from typing import Final

from django.urls import reverse

from dangjian.activities.development.models import Applicant
from dangjian.activities.development.queries.way import PROCEDURE, case_of
from dangjian.members.models import Member
from dangjian.org.known_offers import KnownItem
from dangjian.org.openings import register

DAYS: Final = ("applied_on", "activist_on", "object_on")
"""Days of steps before the admission that a member's record holds too."""


def sources_of(model: str, record_id: int) -> Mapping[str, KnownItem]:
    """The days that the case of a member gives to their record, where the two agree.

    While the case runs, a wrong day is corrected there, and the record follows. Afterwards it is put right on the record.
    """
    if model != Member._meta.label_lower:
        return {}
    one = register(Applicant).filter(member=record_id, came_on=None).select_related("member").order_by("pk").last()
    case = case_of(one) if one is not None else None
    if one is None or case is None:
        return {}
    url = reverse(f"procedures:{PROCEDURE}_case", args=[case.pk])
    item = KnownItem("发展党员手续", url=url, wrong_url=url if case.is_open else "")
    return {name: item for name in DAYS if (day := getattr(one, name)) and day == getattr(one.member, name)}
