"""What this engine offers to the house."""

from dangjian.engines.exchange.jobs import clear_old
from dangjian.kernel.offers import DailyJob, MenuItem

OFFERS = (
    MenuItem("名册导入", "exchange:imports", "table-import", "members.import", group="组织队伍", order=30),
    DailyJob("exchange.clear_old", "清理过期的导入名册", clear_old, at="03:40"),
)
