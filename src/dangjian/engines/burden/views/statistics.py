"""How much is typed by hand and how much is filled in from elsewhere, by unit, month and module."""

from dataclasses import dataclass

from django.db.models import QuerySet, Sum

from dangjian.engines.burden.models import FilledIn
from dangjian.engines.burden.queries.modules import titles
from dangjian.kernel import statistics
from dangjian.kernel.lists import Empty
from dangjian.kernel.statistics import Asked, ByChoice, ByMonth, Chart, Counted, Measure, Source, Statistics
from dangjian.org.statistics import Organizations


@dataclass(slots=True)
class Figures(statistics.Figures):
    """Forms that were sent, fields of them, and cells of sheets."""

    forms: int = 0
    typed: int = 0
    proposed: int = 0
    cells: int = 0

    @property
    def elsewhere(self) -> int:
        """What nobody typed: proposed by the platform, or brought by a sheet."""
        return self.proposed + self.cells

    @property
    def entries(self) -> int:
        """All that was filled in."""
        return self.typed + self.elsewhere


def _rows(asked: Asked) -> QuerySet[FilledIn]:
    rows: QuerySet[FilledIn] = FilledIn.objects.filter(organization__path__startswith=asked.unit.path, month__range=asked.days)
    return rows.filter(module=asked.get("module")) if asked.get("module") else rows


FILLED = Source(
    _rows,
    {"organization": "organization_id", "month": "month", "module": "module"},
    {name: Sum(name) for name in ("forms", "typed", "proposed", "cells")},
)

STATISTICS = Statistics(
    name="burden:statistics",
    title="填报负担",
    permission="burden.view",
    intro="手填的越少越好。按单位、月份和模块计，不按人计，也不排名。",
    over=Organizations(),
    counted=Counted(Figures, FILLED),
    measures=(
        Measure("手填的栏目", "typed", unit="项", icon="pencil", of="entries", rate="手填的比例"),
        Measure("自动带出的", "proposed", unit="项", icon="wand"),
        Measure("表格导入的", "cells", unit="格", icon="table-import"),
        Measure("提交的表单", "forms", unit="份", icon="send"),
        Measure("不用手填的", "elsewhere", unit="项", on_tile=False, in_table=False),
        Measure("全部栏目", "entries", unit="项", on_tile=False, in_table=False),
    ),
    splits=(ByMonth(), ByChoice("module", "模块", choices=titles)),
    charts=(
        Chart("逐月手填的比例", "month", ("手填的比例",), look="line"),
        Chart("逐月手填和自动带出的栏目", "month", ("手填的栏目", "自动带出的")),
    ),
    is_none=lambda total: not total.entries,
    empty=Empty("pencil-off", "这个期间还没有填报", "在平台上提交表单、导入表格以后，这里会有计数。"),
    notes=(
        "手填的：打开表单时空着、由人填上的，或者改过的栏目；自动带出的：打开时已经填好、没有改动的栏目。修改已有记录的表单只计改动的栏目。",
        "表格导入的，计入库的行里有内容的格子。",
        "没有计入的：签到、点名、勾选名单等不用表单的操作，筛选和查找，上传的附件内容，其他系统接口写入的数据，以及填了没有提交成功的。",
        "栏目记在所办事项的党组织名下，不管是谁填的；一个栏目里写多少字不计。",
    ),
    whole_months=True,
)
