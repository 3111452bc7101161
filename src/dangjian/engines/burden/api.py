"""The counters of what is typed, for programs. No names."""

from ninja import Router

from dangjian.engines.burden.views.statistics import STATISTICS
from dangjian.org.statistics import operation

router = Router()
operation(
    router,
    "/burden/statistics",
    STATISTICS,
    description="一个党组织及其下级手填的栏目、自动带出的栏目和表格导入的格数，按月份和模块；不按人。",
)
