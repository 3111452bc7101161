"""What the engine of data quality offers to the house."""

from dangjian.engines.quality import waiting
from dangjian.engines.quality.actions.dropping import drop_untouched
from dangjian.engines.quality.actions.refresh import refresh
from dangjian.engines.quality.api import router
from dangjian.engines.quality.duties import RULES
from dangjian.engines.quality.jobs import examine_today
from dangjian.kernel.offers import ApiRouter, DailyJob, MenuItem, Permission, Waiting
from dangjian.org import roles
from dangjian.org.offers import DerivedRows
from dangjian.org.quality_offers import QualityKeeper

READERS = roles.COMMITTEE | {roles.PARTY_WORKER, roles.PARTY_OFFICE}

OFFERS = (
    Permission("quality.view", "查看数据质量", READERS),
    Permission("quality.mend", "核对补正记录、说明原因", roles.KEEPERS),
    MenuItem("数据质量", "quality:flaws", "checkup-list", "quality.view", group="督办", order=25),
    QualityKeeper("quality", refresh),
    DerivedRows("quality", drop_untouched),
    DailyJob("quality", "检查数据质量", examine_today, at="05:00", order=5),
    *RULES,
    Waiting(
        "quality.own",
        "本人档案要核对",
        "user-check",
        "members.own",
        "members:check_own",
        waiting.number,
        waiting.matters,
        order=20,
    ),
    ApiRouter("quality", "数据质量", router, order=67),
)
