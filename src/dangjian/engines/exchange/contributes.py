"""What this engine offers to the house."""

from dangjian.engines.exchange.actions import KEEP_TEMPLATES
from dangjian.engines.exchange.api import router
from dangjian.engines.exchange.duties import RULES
from dangjian.engines.exchange.files import by_key
from dangjian.engines.exchange.jobs import check_batch, clear_old, commit_batch, settle_differences, undo_batch
from dangjian.engines.exchange.quality import CHECKS
from dangjian.engines.exchange.queries.batches import may_import
from dangjian.engines.exchange.queries.delivered import delivered_of
from dangjian.engines.exchange.waiting import own_open, own_open_number
from dangjian.kernel.gate import SIGNED_IN
from dangjian.kernel.offers import ApiRouter, BackgroundTask, DailyJob, EncryptedElsewhere, MenuItem, Permission, Waiting
from dangjian.org import roles
from dangjian.org.known_offers import ItemSource

OFFERS = (
    Permission(KEEP_TEMPLATES, "制作表格模板", frozenset({roles.PARTY_OFFICE, roles.PARTY_WORKER})),
    Permission("exchange.view_differences", "查看与外部系统的差异", roles.COMMITTEE | {roles.PARTY_WORKER, roles.PARTY_OFFICE}),
    Permission("exchange.keep_systems", "管理外部系统、导出差异", frozenset({roles.PARTY_WORKER, roles.PARTY_OFFICE})),
    Permission("exchange.answer_differences", "核对与外部系统的差异", roles.KEEPERS),
    EncryptedElsewhere("exchange.files", "等待处理的上传文件", by_key),
    MenuItem("表格导入", "exchange:imports", "table-import", SIGNED_IN, group="组织队伍", order=30, shown_to=may_import),
    MenuItem(
        "外部系统",
        "exchange:systems",
        "arrows-exchange",
        "exchange.view_differences",
        group="组织队伍",
        order=31,
    ),
    *RULES,
    *CHECKS,
    ApiRouter("exchange", "外部系统", router, order=70),
    ItemSource("exchange", delivered_of, order=10),
    DailyJob("exchange.settle", "核对与外部系统的差异", settle_differences, at="04:20"),
    DailyJob("exchange.clear_old", "清理过期的导入表格", clear_old, at="03:40"),
    BackgroundTask("exchange.check", check_batch),
    BackgroundTask("exchange.commit", commit_batch),
    BackgroundTask("exchange.undo", undo_batch),
    Waiting(
        "exchange.batches",
        "表格还没有入库",
        "table-import",
        SIGNED_IN,
        "exchange:imports",
        own_open_number,
        own_open,
        order=60,
    ),
)
