"""What the duties' engine offers to the house. Rules about organisations and members stand in ``members.duties``."""

from dangjian.engines.duties import panels, reminders
from dangjian.engines.duties.actions import drop_untouched, follow_live, follow_structure, refresh
from dangjian.engines.duties.api import router
from dangjian.engines.duties.digest import digest_lines
from dangjian.engines.duties.jobs import refresh_today
from dangjian.engines.duties.queries import waiting
from dangjian.engines.duties.queries.taken import days_taken
from dangjian.kernel.gate import SIGNED_IN
from dangjian.kernel.offers import (
    ApiRouter,
    DailyJob,
    DaysTaken,
    DigestSource,
    HomePanel,
    MenuItem,
    ObjectPanel,
    Permission,
    Waiting,
)
from dangjian.org import roles
from dangjian.org.duty_offers import DutyKeeper
from dangjian.org.offers import DerivedRows, LiveFollower, StructureFollower

MATRIX_ROLES = roles.COMMITTEE | {roles.PARTY_WORKER, roles.PARTY_OFFICE}

OFFERS = (
    Permission("duties.view", "查看应办事项", roles.RUNNERS | {roles.MEMBER}),
    Permission("duties.matrix", "查看责任矩阵", MATRIX_ROLES),
    Permission("duties.manage", "布置任务、改派责任人", roles.OFFICE),
    Permission("duties.excuse", "免办下级的应办事项", roles.OFFICE),
    Permission("duties.confirm", "提交任务完成情况", roles.RUNNERS, reach="own"),
    MenuItem("待办", "duties:mine", "checklist", SIGNED_IN, order=10, tab="待办", tab_order=10, badge=panels.waiting),
    MenuItem("责任矩阵", "duties:matrix", "table", "duties.matrix", group="督办", order=20),
    MenuItem("工作量", "duties:load", "users", "duties.manage", group="督办", order=30),
    MenuItem("自定任务", "duties:local", "flag", "duties.manage", group="督办", order=40),
    HomePanel("duties.todo", "duties/panel_todo.html", SIGNED_IN, panels.todo, place="first", order=10),
    Waiting(
        "duties.confirmations",
        "任务完成情况待验收",
        "clipboard-check",
        "duties.manage",
        "duties:local",
        waiting.confirmations_number,
        waiting.confirmations,
        order=30,
    ),
    HomePanel("duties.figures", "duties/panel_figures.html", "duties.matrix", panels.overview, place="workbench", order=10),
    ObjectPanel(
        "organization", "duties", "应办事项", "duties/panel_organization.html", "duties.view", panels.of_object, order=20
    ),
    DigestSource("duties", "应办事项", digest_lines, order=10),
    LiveFollower("duties", follow_live, order=20),
    StructureFollower("duties", follow_structure),
    DutyKeeper("duties", refresh),
    DaysTaken("duties", "应办事项", days_taken),
    DailyJob("duties", "刷新应办事项", refresh_today, at="05:30", order=10),
    DerivedRows("duties", drop_untouched),
    ApiRouter("duties", "应办事项", router, order=40),
    *reminders.OFFERS,
)
