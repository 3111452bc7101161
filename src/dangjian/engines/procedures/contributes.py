"""What the procedures' engine offers to the house. Each procedure is offered by the app that owns it (``offers``)."""

from dangjian.engines.procedures.jobs import clear_dossiers, make_dossier, refresh_today
from dangjian.kernel.offers import BackgroundTask, DailyJob
from dangjian.org.offers import WorkingDaysFollower

OFFERS = (
    DailyJob("procedures", "刷新办理流程", refresh_today, at="05:20", order=5),
    BackgroundTask("procedures.dossier", make_dossier),
    DailyJob("procedures.dossiers", "清理过期的材料合订文件", clear_dossiers, at="03:55"),
    WorkingDaysFollower("procedures", refresh_today),
)
