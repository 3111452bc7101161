"""When those who are called are at work, as other apps know it (``members.offers.WorkTimes``)."""

import datetime as dt
from collections.abc import Collection

from dangjian.activities.meetings.fitting import Times
from dangjian.kernel.registry import offers
from dangjian.members.offers import WorkTimes


def work_times(member_ids: Collection[int], first: dt.date, last: dt.date) -> dict[int, list[Times]]:
    """From when to when each of them is at work or at rest after it; whoever is not in it is not known of."""
    found: dict[int, list[Times]] = {}
    for source in offers(WorkTimes):
        for member_id, times in source.of(member_ids, first, last).items():
            found.setdefault(member_id, []).extend(times)
    return found


def sources() -> list[WorkTimes]:
    """Where it is kept, for whoever has no plan yet."""
    return list(offers(WorkTimes))
