"""Data quality month by month: how many records were looked at, and how many of them are right, by what is judged."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet, Sum

from dangjian.engines.quality.models import QualityMonth
from dangjian.kernel import statistics
from dangjian.kernel.lists import Empty
from dangjian.kernel.periods import MONTH, QUARTER, YEAR
from dangjian.kernel.statistics import Asked, ByChoice, ByMonth, Chart, Counted, Measure, Source, Statistics
from dangjian.org.models import Kind
from dangjian.org.quality_offers import SORTS
from dangjian.org.statistics import Organizations

ICONS = {"completeness": "list-check", "validity": "checks", "agreement": "arrows-diff", "timeliness": "clock"}


@dataclass(slots=True)
class Figures(statistics.Figures):
    """Records looked at, and those that failed, in all and by sort. Over several months each month counts."""

    looked_at: int = 0
    failing: int = 0
    explained: int = 0
    completeness_looked_at: int = 0
    completeness_failing: int = 0
    validity_looked_at: int = 0
    validity_failing: int = 0
    agreement_looked_at: int = 0
    agreement_failing: int = 0
    timeliness_looked_at: int = 0
    timeliness_failing: int = 0

    @property
    def right(self) -> int:
        """Those in which nothing was wrong."""
        return self.looked_at - self.failing

    @property
    def completeness_right(self) -> int:
        """Those that lack nothing."""
        return self.completeness_looked_at - self.completeness_failing

    @property
    def validity_right(self) -> int:
        """Those that can be as they stand."""
        return self.validity_looked_at - self.validity_failing

    @property
    def agreement_right(self) -> int:
        """Those that say what other systems say."""
        return self.agreement_looked_at - self.agreement_failing

    @property
    def timeliness_right(self) -> int:
        """Those that were entered in good time."""
        return self.timeliness_looked_at - self.timeliness_failing


def _rows(asked: Asked) -> QuerySet[QualityMonth]:
    rows: QuerySet[QualityMonth] = QualityMonth.objects.filter(organization__path__startswith=asked.unit.path)
    rows = rows.filter(month__range=asked.days)
    return rows.filter(sort=asked.get("aspect")) if asked.get("aspect") else rows


def _sums() -> dict[str, Sum]:
    found = {name: Sum(name) for name in ("looked_at", "failing", "explained")}
    for sort in SORTS:
        for name in ("looked_at", "failing"):
            found[f"{sort}_{name}"] = Sum(name, filter=Q(sort=sort))
    return found


CHECKED = Source(_rows, {"organization": "organization_id", "month": "month", "aspect": "sort"}, _sums())

STATISTICS = Statistics(
    name="quality:statistics",
    title="数据质量统计",
    permission="quality.view",
    crumbs=(("数据质量", "quality:flaws"),),
    intro="每月检查一次的结果；跨几个月的，各月相加。",
    over=Organizations(kinds=(Kind.COMMITTEE, Kind.GENERAL_BRANCH, Kind.BRANCH)),
    counted=Counted(Figures, CHECKED),
    measures=(
        Measure("检查的记录", "looked_at", unit="条", icon="list-search", on_tile=False),
        Measure("没有问题的", "right", unit="条", icon="checks", of="looked_at", rate="没有问题的比例"),
        Measure("有问题的", "failing", unit="条", icon="alert-triangle", on_tile=False),
        Measure("已说明的", "explained", unit="条", on_tile=False, in_table=False),
        *(
            Measure(
                f"{title}的",
                f"{sort}_right",
                unit="条",
                icon=ICONS[sort],
                of=f"{sort}_looked_at",
                rate=f"{title}率",
                base=f"{sort}_looked_at",
                in_table=False,
            )
            for sort, title in SORTS.items()
        ),
        *(
            Measure(f"检查是否{title}的", f"{sort}_looked_at", unit="条", on_tile=False, in_table=False)
            for sort, title in SORTS.items()
        ),
    ),
    splits=(
        ByMonth(),
        ByChoice("aspect", "类别", choices=lambda: list(SORTS.items())),
    ),
    charts=(Chart("逐月趋势", "month", tuple(f"{title}率" for title in SORTS.values()), look="line"),),
    pers=(YEAR, QUARTER, MONTH),
    is_none=lambda total: not total.looked_at,
    empty=Empty("chart-line", "这个期间还没有检查结果", "每天早上检查一遍，月末的结果留作当月的。"),
    notes=(
        "完整：必填的栏目有没有空着；规范：号码、日期等有没有对不上；一致：和其他系统的是否相同；及时：当月录入的是不是发生后及时录入的。",
        "月份过去以后，以次月第一次检查的结果为准。核对后说明原因的，不计入有问题的。",
        "只检查记录，不统计登录、在线时长；不评比个人。",
    ),
    whole_months=True,
)
