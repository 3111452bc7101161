"""By which meetings a branch knows that it is in contact with members, and who had leave from one."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence

from django.db.models import Max, QuerySet

from dangjian.activities.meetings.models import Answer, Attendance
from dangjian.activities.meetings.models.meeting import TOOK_PLACE
from dangjian.kernel.rulebook import Period
from dangjian.org.openings import register

LATELY = Period(months=6)


def came() -> QuerySet[Attendance]:
    """Who took part in meetings that were held."""
    rows: QuerySet[Attendance] = register(Attendance).came().filter(meeting__status__in=TOOK_PLACE)
    return rows


def on_leave(member_ids: Collection[int], day: dt.date) -> Mapping[int, Sequence[str]]:
    """Members who had leave from a meeting in the last half-year, with the day of the last one."""
    granted = register(Attendance).filter(member__in=member_ids, answer=Answer.LEAVE_GRANTED)
    granted = granted.filter(meeting__status__in=TOOK_PLACE, meeting__held_on__range=(LATELY.before(day), day))
    last = granted.order_by().values("member").annotate(last=Max("meeting__held_on")).values_list("member", "last")
    return {pk: [f"{on.month}月{on.day}日请假"] for pk, on in last}
