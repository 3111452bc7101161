"""How many cases of a procedure began, and how they stand, by organisation and stage."""

from dataclasses import dataclass

from django.db.models import Case as Choose
from django.db.models import Count, Q, QuerySet, When
from django.db.models.functions import TruncMonth

from dangjian.engines.procedures.definition import Procedure
from dangjian.engines.procedures.models import CaseState, ProcedureCase
from dangjian.kernel import clock, statistics
from dangjian.kernel.lists import ALL, Empty, ListPage
from dangjian.kernel.rulebook import Period
from dangjian.kernel.statistics import Asked, ByChoice, ByMonth, Chart, Counted, Measure, Opens, Source, Statistics
from dangjian.org.models import Kind
from dangjian.org.statistics import Organizations


@dataclass(slots=True)
class Figures(statistics.Figures):
    """Cases that began in a period, and how they stand now: running, finished, refused.

    Of those that run, ``late`` are beyond a last day, ``staying`` have been in their stage for more than half a year.
    """

    begun: int = 0
    running: int = 0
    late: int = 0
    staying: int = 0
    finished: int = 0
    refused: int = 0


def statistics_of(one: Procedure, listing: ListPage[ProcedureCase]) -> Statistics:
    """The statistics of a procedure."""

    def begun(asked: Asked) -> QuerySet[ProcedureCase]:
        rows: QuerySet[ProcedureCase] = ProcedureCase.objects.of(one.code)
        rows = rows.filter(organization__path__startswith=asked.unit.path, started_on__range=asked.days)
        late = Choose(When(state=CaseState.OPEN, due_on__lt=clock.today(), then=True), default=False)
        half = Period(months=6).before(clock.today())
        stays = Choose(When(state=CaseState.OPEN, stage_on__lt=half, then=True), default=False)
        rows = rows.annotate(is_late=late, stays=stays)
        return rows.filter(stage=asked.get("stage")) if asked.get("stage") else rows

    source = Source(
        begun,
        {"organization": "organization_id", "month": TruncMonth("started_on"), "stage": "stage"},
        {
            "begun": Count("pk"),
            "running": Count("pk", filter=Q(state=CaseState.OPEN)),
            "late": Count("pk", filter=Q(is_late=True)),
            "staying": Count("pk", filter=Q(stays=True)),
            "finished": Count("pk", filter=Q(state=CaseState.FINISHED)),
            "refused": Count("pk", filter=Q(state=CaseState.REFUSED)),
        },
    )

    def opens(**chosen: str) -> Opens:
        return Opens(listing, chosen, by_days=True)

    return Statistics(
        name=f"procedures:{one.code}_statistics",
        title=f"{one.title}统计",
        permission=one.view,
        crumbs=((one.title, f"procedures:{one.code}"),),
        intro="按开始日期计，状态以今天为准。",
        over=Organizations(kinds=(Kind.COMMITTEE, Kind.GENERAL_BRANCH, Kind.BRANCH)),
        counted=Counted(Figures, source),
        measures=(
            Measure("开始", "begun", unit="件", icon="file-plus", opens=opens(state=ALL)),
            Measure("办理中", "running", unit="件", icon=one.icon, opens=opens()),
            Measure("超期", "late", unit="件", icon="clock-exclamation", tone="bad", opens=opens(late="late")),
            Measure("在本阶段超过半年", "staying", unit="件", icon="hourglass", tone="warn", opens=opens(stay="half")),
            Measure("办结", "finished", unit="件", icon="circle-check", opens=opens(state=CaseState.FINISHED)),
            Measure("未通过", "refused", unit="件", icon="circle-x", opens=opens(state=CaseState.REFUSED)),
        ),
        splits=(ByMonth(), ByChoice("stage", "阶段", choices=lambda: [(stage.code, stage.title) for stage in one.all_stages])),
        charts=(Chart(f"各党组织{one.title}", "organization", ("开始",)),),
        is_none=lambda total: not total.begun,
        empty=Empty(one.icon, f"这段时间没有{one.title}", "换一个时间段看看。"),
    )
