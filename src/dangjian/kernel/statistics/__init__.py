"""Statistics are declared: one ``Statistics`` gives the page with tiles, charts and tables, the spreadsheet, the API operation.

    MEETINGS = Source(
        lambda asked: Meeting.objects.held().filter(organization__path__startswith=asked.unit.path, held_on__range=asked.days),
        {"organization": "organization_id", "month": TruncMonth("held_on"), "kind": "kinds__kind"},
        {"meetings": Count("pk")},
    )
    STATISTICS = Statistics(
        name="meetings:statistics",
        title="组织生活统计",
        permission="meetings.statistics",
        over=Organizations(),
        counted=Counted(Figures, MEETINGS, PEOPLE),
        measures=(
            Measure("会议", "meetings", unit="次", opens=Opens(LIST)),
            Measure("应到", "due", unit="人次"),
            Measure("实到", "present", unit="人次", of="due", rate="到会率"),
        ),
        splits=(ByMonth(), ByChoice("kind", "类型", kinds)),
        empty=Empty("chart-bar", "这个期间还没有召开会议", "换一个期间或类型再看。"),
    )
    urlpatterns = [*STATISTICS.paths("statistics/")]

Each source asks one grouped question for each split, however many rows come of it. ``docs/statistics.md`` has it all.
"""

from dangjian.kernel.statistics.counting import Asked, Counted, Figures, Source
from dangjian.kernel.statistics.measures import PERCENT, Chart, Measure, Opens, tiles
from dangjian.kernel.statistics.pages import DECLARED, Statistics
from dangjian.kernel.statistics.splits import ByChoice, ByMonth, Over, Row, Split

__all__ = [
    "DECLARED",
    "PERCENT",
    "Asked",
    "ByChoice",
    "ByMonth",
    "Chart",
    "Counted",
    "Figures",
    "Measure",
    "Opens",
    "Over",
    "Row",
    "Source",
    "Split",
    "Statistics",
    "tiles",
]
