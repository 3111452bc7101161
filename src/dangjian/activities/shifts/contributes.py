"""What the shift plan offers to the house."""

from dangjian.activities.shifts.actions.plan import clear_old_days
from dangjian.activities.shifts.demo import STORY
from dangjian.activities.shifts.queries import IMPORT, OWN, VIEW, times_of
from dangjian.activities.shifts.sheet import PLAN
from dangjian.kernel.offers import DailyJob, MenuItem, Permission
from dangjian.members.offers import WorkTimes
from dangjian.org import roles

OFFERS = (
    PLAN,
    Permission(VIEW, "查看本支部的排班", roles.RUNNERS, reach="own"),
    Permission(IMPORT, "导入排班表，设定班次", roles.KEEPERS),
    Permission(OWN, "查看本人的班次", frozenset({roles.MEMBER}), reach="own"),
    MenuItem("排班", "shifts:board", "calendar-week", VIEW, group="组织队伍", order=29),
    MenuItem("我的班次", "shifts:mine", "calendar-week", OWN, group="我的", order=47),
    WorkTimes("shifts", "排班", times_of, "shifts:board"),
    DailyJob("shifts.old", "清理90天以前的排班", clear_old_days, at="03:55"),
    STORY,
)
