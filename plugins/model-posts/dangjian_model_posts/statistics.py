"""How many model posts were named, and how many of them were taken back."""

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncMonth
from ninja import Router

from dangjian.kernel import statistics
from dangjian.kernel.lists import ALL
from dangjian.kernel.statistics import Asked, ByMonth, Chart, Counted, Measure, Opens, Source, Statistics
from dangjian.org.models import Kind
from dangjian.org.statistics import Organizations, operation
from dangjian_model_posts.models import ModelPost
from dangjian_model_posts.views import NOTHING, POSTS


@dataclass(slots=True)
class Figures(statistics.Figures):
    """Posts named in a period; ``ended`` are those of them that were taken back since."""

    named: int = 0
    ended: int = 0


def _named(asked: Asked) -> QuerySet[ModelPost]:
    rows: QuerySet[ModelPost] = ModelPost.objects.filter(organization__path__startswith=asked.unit.path)
    return rows.filter(named_on__range=asked.days)


NAMED = Source(
    _named,
    {"organization": "organization_id", "month": TruncMonth("named_on")},
    {"named": Count("pk"), "ended": Count("pk", filter=Q(ended_on__isnull=False))},
)

EVERY, ENDED = Opens(POSTS, {"state": ALL}, by_days=True), Opens(POSTS, {"state": "ended"}, by_days=True)

STATISTICS = Statistics(
    name="model_posts:statistics",
    title="示范岗统计",
    permission="model_posts.view",
    crumbs=(("党员示范岗", "model_posts:list"),),
    intro="按挂牌日期计。",
    over=Organizations(kinds=(Kind.COMMITTEE, Kind.GENERAL_BRANCH, Kind.BRANCH)),
    counted=Counted(Figures, NAMED),
    measures=(
        Measure("挂牌", "named", unit="个", icon="award", opens=EVERY),
        Measure("已摘牌", "ended", unit="个", icon="award-off", of="named", rate="摘牌率", opens=ENDED),
    ),
    splits=(ByMonth(),),
    charts=(Chart("各党组织示范岗", "organization", ("挂牌",)),),
    is_none=lambda total: not total.named,
    empty=NOTHING,
)

router = Router()
operation(router, "/model-posts/statistics", STATISTICS, description="一个党组织及其下级挂牌的党员示范岗，和其中已经摘牌的。")
