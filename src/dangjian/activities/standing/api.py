"""The figures of changes of membership and of penalties, for programs; cases are read by those of their procedures."""

from ninja import Router

from dangjian.activities.standing.views.statistics import CHANGE_STATISTICS, EXIT_STATISTICS, PENALTY_STATISTICS
from dangjian.org import statistics

router = Router()
statistics.operation(
    router, "/standing/changes", CHANGE_STATISTICS, description="一个党组织及其下级一段时间里增加和减少的党员，按年报表一的各行。"
)
statistics.operation(
    router, "/standing/exits", EXIT_STATISTICS, description="一个党组织及其下级一段时间里出党的党员，按年报表十的类别。"
)
statistics.operation(
    router, "/standing/penalties", PENALTY_STATISTICS, description="一个党组织及其下级一段时间里的党纪处分，按年报表十二的种类。"
)
