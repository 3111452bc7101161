"""Meetings for programs: the same actions, scopes and permissions as the pages."""

from ninja import Router

from dangjian.activities.meetings.api import meetings, own

router = Router()
router.add_router("", meetings.router)
router.add_router("", own.router)

__all__ = ["router"]
