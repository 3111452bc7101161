"""Floating members out and in, and members out of contact: by unit and period, and as tables 33, 34 and 43 ask."""

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet
from django.db.models.expressions import Combinable

from dangjian.activities.contact.models import Away, Direction, End, Guest, Search
from dangjian.activities.contact.queries.notes import VIEW
from dangjian.activities.contact.queries.running import running_at
from dangjian.activities.contact.views.away import AWAY, ENDED, WENT
from dangjian.activities.contact.views.groups import CATEGORIES, SEXES, bracket_group, choices, education_group
from dangjian.activities.contact.views.guests import GUESTS
from dangjian.activities.contact.views.people import BRANCHES
from dangjian.activities.contact.views.searches import SEARCHES
from dangjian.activities.contact.views.when import THERE
from dangjian.kernel import statistics
from dangjian.kernel.lists import ALL, Empty
from dangjian.kernel.statistics import Asked, ByChoice, Chart, Counted, Measure, Opens, Source, Statistics
from dangjian.org.statistics import Organizations


@dataclass(slots=True)
class Figures(statistics.Figures):
    """Members who went out and came in within a period, and those who were out and in at its end."""

    went: int = 0
    back: int = 0
    away: int = 0
    abroad: int = 0
    came: int = 0
    here: int = 0


OUT: dict[str, str | Combinable] = {"organization": "member__branch_id", "direction": "direction", "job": "member__job_post"}
IN: dict[str, str | Combinable] = {"organization": "organization_id", "direction": "came_from", "job": "job_post"}


def _away(asked: Asked) -> QuerySet[Away]:
    rows: QuerySet[Away] = Away.objects.filter(member__branch__path__startswith=asked.unit.path).exclude(end=End.MISTAKE)
    rows = rows.filter(direction=asked.get("direction")) if asked.get("direction") else rows
    return rows.filter(member__job_post=asked.get("job")) if asked.get("job") else rows


def _guests(asked: Asked) -> QuerySet[Guest]:
    rows: QuerySet[Guest] = Guest.objects.filter(organization__path__startswith=asked.unit.path)
    rows = rows.filter(came_from=asked.get("direction")) if asked.get("direction") else rows
    return rows.filter(job_post=asked.get("job")) if asked.get("job") else rows


STATISTICS = Statistics(
    name="contact:statistics",
    title="流动党员统计",
    permission=VIEW,
    crumbs=(("流出党员", "contact:away"),),
    intro="流出党员按现在所在的党支部计，流入党员按接受管理的党支部计，不计入党员人数。",
    over=Organizations(kinds=BRANCHES),
    counted=Counted(
        Figures,
        Source(lambda asked: _away(asked).filter(since_on__range=asked.days), OUT, {"went": Count("pk")}),
        Source(lambda asked: _away(asked).filter(ended_on__range=asked.days), OUT, {"back": Count("pk")}),
        Source(
            lambda asked: _away(asked).filter(running_at(asked.until, "since_on", "ended_on")),
            OUT,
            {
                "away": Count("pk"),
                "abroad": Count("pk", filter=Q(direction__in=(Direction.STUDY_ABROAD, Direction.ABROAD))),
            },
        ),
        Source(lambda asked: _guests(asked).filter(since_on__range=asked.days), IN, {"came": Count("pk")}),
        Source(lambda asked: _guests(asked).filter(running_at(asked.until, "since_on", "left_on")), IN, {"here": Count("pk")}),
    ),
    measures=(
        Measure(
            "期末流出",
            "away",
            unit="名",
            icon="plane-departure",
            opens=Opens(AWAY, {"state": ALL, "counted": THERE}, by_days=True),
        ),
        Measure("其中出国（境）", "abroad", unit="名", on_tile=False),
        Measure("本期流出", "went", unit="名", icon="logout", opens=Opens(AWAY, {"state": ALL, "counted": WENT}, by_days=True)),
        Measure(
            "本期返回或结束",
            "back",
            unit="名",
            icon="home-check",
            opens=Opens(AWAY, {"state": ALL, "counted": ENDED}, by_days=True),
        ),
        Measure(
            "期末流入", "here", unit="名", icon="user-plus", opens=Opens(GUESTS, {"state": ALL, "counted": THERE}, by_days=True)
        ),
        Measure("本期流入", "came", unit="名", icon="login", opens=Opens(GUESTS, {"state": ALL}, by_days=True)),
    ),
    splits=(
        ByChoice("direction", "流向", choices=lambda: Direction.choices),
        ByChoice("job", "原工作岗位", choices=lambda: choices("job_label"), blank="没有填写"),
    ),
    charts=(Chart("各党组织流动党员", "organization", ("期末流出", "期末流入")),),
    is_none=lambda total: not any((total.went, total.back, total.away, total.came, total.here)),
    empty=Empty("chart-bar", "这个期间没有流动党员", "换一个期间再看。"),
)


@dataclass(slots=True)
class LostFigures(statistics.Figures):
    """Members recorded as out of contact and found within a period, and those out of contact at its end."""

    there: int = 0
    lost: int = 0
    found: int = 0


BRACKETS = {
    "duration": ("silent_since", "lost_duration", 1),
    "age": ("member__birth_on", "age_lost", 12),
    "party_age": ("member__converted_on", "party_age_lost", 12),
}
LOST: dict[str, str | Combinable] = {
    "organization": "member__branch_id",
    "reason": "reason",
    "sex": "member__sex",
    "category": "member__category",
    "education": "education_group",
    **{name: f"{name}_group" for name in BRACKETS},
}


def _lost(asked: Asked) -> QuerySet[Search]:
    rows: QuerySet[Search] = Search.objects.filter(member__branch__path__startswith=asked.unit.path, lost_on__isnull=False)
    groups = {f"{name}_group": bracket_group(*of) for name, of in BRACKETS.items()}
    rows = rows.annotate(education_group=education_group(), **groups)
    chosen = {column: asked.get(name) for name, column in LOST.items() if name != "organization" and asked.get(name)}
    return rows.filter(**{str(column): value for column, value in chosen.items()})


def _opens(counted: str) -> Opens:
    return Opens(SEARCHES, {"state": ALL, "counted": counted}, by_days=True)


LOST_STATISTICS = Statistics(
    name="contact:lost_statistics",
    title="失联党员统计",
    permission=VIEW,
    crumbs=(("失联党员", "contact:searches"),),
    intro="按党支部认定失联的日期计，人员按现在所在的党支部计；年龄、党龄和失联时间按今天计。",
    over=Organizations(kinds=BRANCHES),
    counted=Counted(
        LostFigures,
        Source(
            lambda asked: _lost(asked).filter(running_at(asked.until, "lost_on", "found_on", "ended_on")),
            LOST,
            {"there": Count("pk")},
        ),
        Source(lambda asked: _lost(asked).filter(lost_on__range=asked.days), LOST, {"lost": Count("pk")}),
        Source(lambda asked: _lost(asked).filter(found_on__range=asked.days), LOST, {"found": Count("pk")}),
    ),
    measures=(
        Measure("期末失联", "there", unit="名", icon="user-off", opens=_opens(THERE)),
        Measure("本期认定", "lost", unit="名", icon="user-search", opens=_opens("lost")),
        Measure("本期取得联系", "found", unit="名", icon="user-check", opens=_opens("found")),
    ),
    splits=(
        ByChoice("reason", "失去联系情形", choices=lambda: choices("lost_reason"), blank="没有填写"),
        ByChoice("duration", "失联时间", choices=lambda: choices("lost_duration"), blank="不满6个月"),
        ByChoice("age", "年龄", choices=lambda: choices("age_lost"), blank="没有出生日期"),
        ByChoice("party_age", "党龄", choices=lambda: choices("party_age_lost"), blank="没有转正日期"),
        ByChoice("category", "人员类别", choices=lambda: CATEGORIES, blank="没有填写"),
        ByChoice("sex", "性别", choices=lambda: SEXES, blank="没有填写"),
        ByChoice("education", "学历", choices=lambda: choices("education_group"), blank="没有填写"),
    ),
    charts=(Chart("各党组织失联党员", "organization", ("期末失联",)),),
    is_none=lambda total: not any((total.there, total.lost, total.found)),
    empty=Empty("chart-bar", "这个期间没有失联党员", "换一个期间再看。"),
)
