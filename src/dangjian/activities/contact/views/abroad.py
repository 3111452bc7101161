"""Members abroad, and those who came back from studying there, as tables 35 and 36 ask: by unit, period, time and person."""

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet
from django.db.models.expressions import Combinable

from dangjian.activities.contact.models import Away, Direction, End
from dangjian.activities.contact.models.away import ABROAD
from dangjian.activities.contact.queries.notes import VIEW
from dangjian.activities.contact.queries.running import running_at
from dangjian.activities.contact.views.away import AWAY, ENDED, WENT, YES
from dangjian.activities.contact.views.groups import CATEGORIES, SEXES, bracket_group, choices, education_group
from dangjian.activities.contact.views.people import BRANCHES
from dangjian.activities.contact.views.when import THERE
from dangjian.kernel import statistics
from dangjian.kernel.lists import ALL, Empty
from dangjian.kernel.statistics import Asked, ByChoice, Chart, Counted, Measure, Opens, Source, Statistics
from dangjian.org.statistics import Organizations


@dataclass(slots=True)
class Figures(statistics.Figures):
    """Members who went abroad and came back within a period, and those who were there at its end."""

    there: int = 0
    studying: int = 0
    went: int = 0
    back: int = 0
    studied: int = 0


BY: dict[str, str | Combinable] = {
    "organization": "member__branch_id",
    "direction": "direction",
    "length": "length_group",
    "category": "member__category",
    "sex": "member__sex",
    "education": "education_group",
    "job": "member__job_post",
}
STUDY = Q(direction=Direction.STUDY_ABROAD)


def _abroad(asked: Asked) -> QuerySet[Away]:
    rows: QuerySet[Away] = Away.objects.filter(member__branch__path__startswith=asked.unit.path, direction__in=ABROAD)
    rows = rows.exclude(end=End.MISTAKE)
    rows = rows.annotate(length_group=bracket_group("since_on", "away_duration", 1), education_group=education_group())
    chosen = {column: asked.get(name) for name, column in BY.items() if name != "organization" and asked.get(name)}
    return rows.filter(**{str(column): value for column, value in chosen.items()})


def _back(asked: Asked) -> QuerySet[Away]:
    return _abroad(asked).filter(ended_on__range=asked.days, end=End.RETURNED)


def _opens(**more: str) -> Opens:
    return Opens(AWAY, {"state": ALL, "abroad": YES, **more}, by_days=True)


ABROAD_STATISTICS = Statistics(
    name="contact:abroad_statistics",
    title="出国（境）党员统计",
    permission=VIEW,
    crumbs=(("流出党员", "contact:away"),),
    intro="外出去向登记为出国（境）的党员，按现在所在的党支部计；在外时间按今天计。",
    over=Organizations(kinds=BRANCHES),
    counted=Counted(
        Figures,
        Source(
            lambda asked: _abroad(asked).filter(running_at(asked.until, "since_on", "ended_on")),
            BY,
            {"there": Count("pk"), "studying": Count("pk", filter=STUDY)},
        ),
        Source(lambda asked: _abroad(asked).filter(since_on__range=asked.days), BY, {"went": Count("pk")}),
        Source(_back, BY, {"back": Count("pk"), "studied": Count("pk", filter=STUDY)}),
    ),
    measures=(
        Measure("期末在国（境）外", "there", unit="名", icon="world", opens=_opens(counted=THERE)),
        Measure(
            "其中学习研究", "studying", unit="名", icon="school", opens=_opens(counted=THERE, direction=Direction.STUDY_ABROAD)
        ),
        Measure("本期出国（境）", "went", unit="名", icon="plane-departure", opens=_opens(counted=WENT)),
        Measure("本期回国（境）", "back", unit="名", icon="home-check", opens=_opens(counted=ENDED, end=End.RETURNED)),
        Measure(
            "其中留学回国",
            "studied",
            unit="名",
            icon="certificate",
            opens=_opens(counted=ENDED, end=End.RETURNED, direction=Direction.STUDY_ABROAD),
        ),
    ),
    splits=(
        ByChoice("direction", "去向", choices=lambda: [(one.value, one.label) for one in Direction if one in ABROAD]),
        ByChoice("length", "在外时间", choices=lambda: choices("away_duration")),
        ByChoice("category", "人员类别", choices=lambda: CATEGORIES, blank="没有填写"),
        ByChoice("sex", "性别", choices=lambda: SEXES, blank="没有填写"),
        ByChoice("education", "学历", choices=lambda: choices("education_group"), blank="没有填写"),
        ByChoice("job", "原工作岗位", choices=lambda: choices("job_label"), blank="没有填写"),
    ),
    charts=(Chart("各党组织出国（境）党员", "organization", ("期末在国（境）外",)),),
    is_none=lambda total: not any((total.there, total.went, total.back)),
    empty=Empty("chart-bar", "这个期间没有出国（境）的党员", "换一个期间再看。"),
)
