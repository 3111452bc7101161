"""What this engine offers to the house."""

from dangjian.engines.exchange.files import by_key
from dangjian.engines.exchange.jobs import check_batch, clear_old, commit_batch, undo_batch
from dangjian.engines.exchange.officers.sheet import OFFICERS
from dangjian.engines.exchange.officers.start import STEPS
from dangjian.engines.exchange.roster.sheet import ROSTER
from dangjian.engines.exchange.tree.sheet import TREE
from dangjian.engines.exchange.tree.start import STEP as TREE_STEP
from dangjian.engines.exchange.waiting import own_open, own_open_number
from dangjian.kernel.offers import BackgroundTask, DailyJob, EncryptedElsewhere, MenuItem, Waiting

OFFERS = (
    EncryptedElsewhere("exchange.files", "等待处理的上传文件", by_key),
    MenuItem("表格导入", "exchange:imports", "table-import", "members.import", group="组织队伍", order=30),
    DailyJob("exchange.clear_old", "清理过期的导入表格", clear_old, at="03:40"),
    BackgroundTask("exchange.check", check_batch),
    BackgroundTask("exchange.commit", commit_batch),
    BackgroundTask("exchange.undo", undo_batch),
    TREE,
    OFFICERS,
    ROSTER,
    TREE_STEP,
    *STEPS,
    Waiting(
        "exchange.batches",
        "表格还没有入库",
        "table-import",
        "members.import",
        "exchange:imports",
        own_open_number,
        own_open,
        order=60,
    ),
)
