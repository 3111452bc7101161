"""What the annual statistics offer to the house."""

from dangjian.engines.annual.api import router
from dangjian.engines.annual.duties import RULES
from dangjian.engines.annual.jobs import gather, gather_all
from dangjian.engines.annual.queries import submissions
from dangjian.kernel.offers import ApiRouter, BackgroundTask, DailyJob, MenuItem, Permission, Waiting
from dangjian.org import roles

READERS = roles.COMMITTEE | {roles.PARTY_WORKER, roles.PARTY_OFFICE}

OFFERS = (
    Permission("annual.view", "查看党内统计", READERS),
    Permission("annual.submit", "核对上报党内统计", roles.KEEPERS, "own"),
    Permission("annual.accept", "接收下级的党内统计", roles.KEEPERS),
    MenuItem("党内统计", "annual:tables", "chart-bar", "annual.view", group="统计", order=10),
    MenuItem("统计上报", "annual:submissions", "send", "annual.view", group="统计", order=11),
    MenuItem("自定义统计", "annual:ask", "table-options", "annual.view", group="统计", order=12),
    ApiRouter("annual", "党内统计", router, order=66),
    *RULES,
    BackgroundTask("annual.gather", gather),
    DailyJob("annual.gatherings", "汇总大单位的统计数字", gather_all, at="02:10"),
    Waiting(
        "annual.submissions",
        "下级统计报表待接收",
        "send",
        "annual.accept",
        "annual:submissions",
        submissions.waiting_number,
        submissions.waiting_matters,
        query="state=submitted",
        order=60,
    ),
)
