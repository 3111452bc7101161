"""What the procedures' engine offers to the house. Each procedure is offered by the app that owns it (``offers``)."""

from dangjian.engines.procedures.jobs import refresh_today
from dangjian.kernel.offers import DailyJob
from dangjian.org.offers import WorkingDaysFollower

OFFERS = (
    DailyJob("procedures", "刷新办理流程", refresh_today, at="05:20", order=5),
    WorkingDaysFollower("procedures", refresh_today),
)
