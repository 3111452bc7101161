"""What this engine offers to the house."""

from dangjian.engines.exchange.jobs import clear_old
from dangjian.engines.exchange.roster.sheet import ROSTER
from dangjian.kernel.offers import DailyJob, MenuItem

OFFERS = (
    MenuItem("表格导入", "exchange:imports", "table-import", "members.import", group="组织队伍", order=30),
    DailyJob("exchange.clear_old", "清理过期的导入表格", clear_old, at="03:40"),
    ROSTER,
)
