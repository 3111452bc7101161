"""Honours that members received in a period, read for the tables of the annual report."""

from typing import Any

import numpy as np

from dangjian.kernel.tabulation import Coded, Day, Wanted
from dangjian.members.models import Reward
from dangjian.members.queries.placed import places_at
from dangjian.org.openings import register

DETAILS = "details"
HONOUR = Coded("honour", "荣誉", DETAILS, codes="party_honour")
GRANTED = Day("granted_on", "授予日期", DETAILS)
REWARD_DIMENSIONS = (HONOUR, GRANTED)


def scan_rewards(wanted: Wanted) -> dict[str, Any]:
    """A row for each honour, in the branch to which the member belonged on its day; those of others are not counted here."""
    rows = register(Reward).filter(granted_on__range=(wanted.since, wanted.until)).order_by("pk")
    rewards = list(rows.values_list("pk", "member_id", "granted_on", "title"))
    places = places_at({(member, day) for _, member, day, _ in rewards}, wanted.unit)
    found = [
        (pk, places[member, day].branch, member, day, title) for pk, member, day, title in rewards if (member, day) in places
    ]
    numbers = [np.fromiter((one[place] for one in found), np.int64, len(found)) for place in range(3)]
    return {
        **dict(zip(("id", "organization", "person"), numbers, strict=True)),
        HONOUR.code: HONOUR.values(_honour(title) for *_, title in found),
        GRANTED.code: GRANTED.values(day for *_, day, _ in found),
    }


def _honour(title: str) -> str:
    """That which stands in the title as it was entered: 集团公司优秀共产党员."""
    return next((item.code for item in HONOUR.listed.items if item.label in title), "")
