"""Meetings for programs: the same actions, scopes and permissions as the pages."""

from ninja import Router

from dangjian.activities.meetings.api import meetings, own
from dangjian.activities.meetings.views.statistics import STATISTICS
from dangjian.org.statistics import operation

router = Router()
router.add_router("", meetings.router)
router.add_router("", own.router)
operation(
    router,
    "/meetings/statistics",
    STATISTICS,
    description="一个党组织及其下级在一段时间内召开的会议和到会情况，只计已经召开的会议。",
)

__all__ = ["router"]
