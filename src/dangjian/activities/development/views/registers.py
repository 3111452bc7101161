"""Registers of applicants by stage with what the annual statistics ask, and how many came to which stage when."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Count, Exists, Q, QuerySet, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import TruncMonth
from django.utils.html import format_html

from dangjian.activities.development import lists
from dangjian.activities.development.columns import age
from dangjian.activities.development.lists import AGES, REACHED
from dangjian.activities.development.models import Applicant, Stage
from dangjian.activities.development.queries.people import joined, with_case
from dangjian.activities.development.queries.registers import TimeInStage, structure, times_in_stage
from dangjian.activities.development.views.applicants import ENTER, UNSEEN, case_url
from dangjian.engines.procedures.models import CaseState
from dangjian.kernel import codes, statistics
from dangjian.kernel.lists import DAY, LINE, NUMBER, STATE, Asked, Choice, Column, Empty, ListPage, Start, Table
from dangjian.kernel.statistics import Asked as Counting
from dangjian.kernel.statistics import ByChoice, ByMonth, Chart, Counted, Measure, Opens, Source, Statistics
from dangjian.members.filters import of_age, of_education
from dangjian.members.lists import by_person
from dangjian.org.lists import OrganizationFilter, on_trail
from dangjian.org.models import Kind
from dangjian.org.statistics import Organizations

FIRST = "入党申请人"
KINDS = {
    Stage.ACTIVIST.value: "入党积极分子",
    Stage.OBJECT.value: "发展对象",
    Stage.PROBATIONARY.value: "预备党员",
    "admitted": "发展的党员",
    "every": "全部",
}
"""Registers beside the usual one, that of the applicants."""
HOW = [(CaseState.REFUSED.value, "未通过"), (CaseState.WITHDRAWN.value, "撤回"), (CaseState.ENDED.value, "终止")]


def _register(rows: QuerySet[Applicant], kind: str) -> QuerySet[Applicant]:
    if kind == "every":
        return rows
    if kind == "admitted":
        return rows.filter(admitted_on__isnull=False)
    return rows.filter(stage=kind or Stage.APPLICANT)


def _name(one: Applicant) -> str:
    return format_html('<span class="nowrap">{}</span>', one.name)


def _who(asked: Asked) -> str:
    """The people of the register in figures, in the order of the statistical tables."""
    found = structure(asked.rows)
    parts = (
        ("女", found["women"]),
        ("少数民族", found["minority"]),
        ("35岁及以下", found["young"]),
        ("大专及以上", found["college"]),
        ("一线", found["front_line"]),
        ("共青团员", found["league"]),
    )
    said = "，".join(f"{title} {number} 名" for title, number in parts)
    return f"共 {found['number']} 名：{said}。" if found["number"] else ""


TIMES: Table[TimeInStage] = Table(
    "名册里在培养的人，按阶段",
    (
        Column("阶段", "title"),
        Column("人数", "number", NUMBER),
        Column("中位数（天）", "median_days", NUMBER),
        Column("最长（天）", "longest_days", NUMBER),
    ),
)


def _times(asked: Asked) -> dict[str, object]:
    return {"times": TIMES.of(times_in_stage(asked.rows))}


def _nobody(asked: Asked) -> Empty:
    """Of one register, which says nothing about the others; of all of them."""
    kind = asked.values.get("kind")
    if kind == "every":
        return Empty("address-book", "名册里还没有人", "登记入党申请人以后，各阶段的名册自动生成。", ENTER)
    title = KINDS.get(kind or "", FIRST)
    return Empty(
        "address-book", f"现在没有{title}", "办到这一步的同志会自动列入，别的阶段请点上面的标签。", None if kind else ENTER
    )


REGISTER = ListPage(
    name="development:register",
    title="发展党员名册",
    permission="development.view",
    crumbs=(("发展党员", "development:applicants"),),
    crumb="名册",
    rows=lambda _asked: with_case(joined(Applicant.objects.select_related("organization").defer(*UNSEEN))),
    columns=(
        Column("姓名", "name", sort="name_sort", key="name", drawn=_name),
        Column("党支部", "organization.short_name", LINE, sort="organization__path", key="organization"),
        Column("概况", lists.in_short, LINE, sort="-birth_on", key="age", in_sheet=False),
        Column("性别", lists.sex, on_page=False),
        Column("民族", lists.ethnicity, on_page=False),
        Column("出生日期", "birth_on", DAY, on_page=False),
        Column("年龄", lambda one: age(one.birth_on), NUMBER, on_page=False),
        Column("学历", lists.education, on_page=False),
        Column("工作岗位", lists.job, on_page=False),
        Column("职务", "job_title", on_page=False),
        Column("所在部门", "unit_name", on_page=False),
        Column("一线情况", lists.front_line, on_page=False),
        Column("共青团员", lambda one: "是" if one.in_youth_league else "", on_page=False),
        Column("参加工作日期", "work_started_on", DAY, on_page=False),
        Column("申请入党", "applied_on", DAY, sort="-applied_on", key="applied"),
        Column("积极分子", "activist_on", DAY, sort="-activist_on", key="activist"),
        Column("发展对象", "object_on", DAY, sort="-object_on", key="object", on_phone=False),
        Column("预备党员", "joined_on", DAY, sort="-joined_on", key="admitted", on_phone=False),
        Column("上级批准", "approved_on", DAY, sort="-approved_on", key="approved", on_page=False),
        Column("转正", "converted_on", DAY, sort="-converted_on", key="converted", on_page=False),
        Column("终止", "ended_on", DAY, sort="-ended_on", key="ended", on_page=False),
        Column("本阶段天数", lists.days_in_stage, NUMBER, on_page=False),
        Column("阶段", lists.state, STATE, sort="stage"),
    ),
    order=("organization__path", "name_sort"),
    row=case_url,
    filters=(
        Choice("kind", "名册", list(KINDS.items()), usual=FIRST, rows=_register, look="tabs"),
        by_person(""),
        OrganizationFilter(tells_own=True),
        Choice(
            "ripe", "时间将满", [("this", "本月时间将满"), ("next", "下月时间将满")], "不限时间", rows=lists.ripe, look="dialog"
        ),
        Choice("how", "怎样终止", HOW, lists.ANY, rows=lists.ended, look="dialog"),
        *lists.WHO,
        *lists.WHEN,
    ),
    summary=_who,
    more=_times,
    below="development/times.html",
    starts=(Start("统计", "development:statistics", "chart-bar", is_primary=False),),
    empty=_nobody,
    exported=on_trail("development.exported"),
)


@dataclass(slots=True)
class Figures(statistics.Figures):
    """How many came to what in a period; ``refused`` are those of the ``ended`` who were refused."""

    applied: int = 0
    activist: int = 0
    object: int = 0
    admitted: int = 0
    converted: int = 0
    ended: int = 0
    refused: int = 0


def _groups(name: str) -> list[tuple[str, str]]:
    return codes.get(name).choices


def _age_group() -> Case:
    return Case(
        *(When(of_age(code, AGES), then=Value(code)) for code, _ in _groups(AGES)),
        default=Value(""),
    )


def _education_group() -> Case:
    return Case(
        *(When(of_education(code), then=Value(code)) for code, _ in _groups("education_group")),
        default=Value(""),
    )


def _source(what: str, **counts: Any) -> Source:
    """Those who came to it within the days asked for."""
    column = REACHED[what][1]

    def rows(asked: Counting) -> QuerySet[Applicant]:
        found: QuerySet[Applicant] = Applicant.objects.filter(
            organization__path__startswith=asked.unit.path, **{f"{column}__range": asked.days}
        )
        found = found.annotate(age_group=_age_group(), education_group=_education_group())
        found = found.annotate(is_refused=Exists(lists.cases().filter(state=CaseState.REFUSED)))
        if asked.get("sex"):
            found = found.filter(sex=asked.get("sex"))
        if asked.get("age"):
            found = found.filter(age_group=asked.get("age"))
        if asked.get("education"):
            found = found.filter(education_group=asked.get("education"))
        return found.filter(front_line=asked.get("front_line")) if asked.get("front_line") else found

    keys: dict[str, str | Combinable] = {
        "organization": "organization_id",
        "month": TruncMonth(column),
        "sex": "sex",
        "age": "age_group",
        "education": "education_group",
        "front_line": "front_line",
    }
    return Source(rows, keys, {what: Count("pk"), **counts})


def _opens(what: str, **more: str) -> Opens:
    return Opens(REGISTER, {"kind": "every", "reached": what, **more}, by_days=True)


STATISTICS = Statistics(
    name="development:statistics",
    title="发展党员统计",
    permission="development.view",
    crumbs=(("发展党员", "development:applicants"),),
    intro="各按到达那一步的日期计，人员按现在所在的党支部计。",
    over=Organizations(kinds=(Kind.COMMITTEE, Kind.GENERAL_BRANCH, Kind.BRANCH)),
    counted=Counted(
        Figures,
        _source("applied"),
        _source("activist"),
        _source("object"),
        _source("admitted"),
        _source("converted"),
        _source("ended", refused=Count("pk", filter=Q(is_refused=True))),
    ),
    measures=(
        Measure("申请入党", "applied", unit="名", icon="file-text", opens=_opens("applied")),
        Measure("确定积极分子", "activist", unit="名", icon="user-heart", opens=_opens("activist")),
        Measure("确定发展对象", "object", unit="名", icon="user-star", opens=_opens("object")),
        Measure("接收预备党员", "admitted", unit="名", icon="user-plus", opens=_opens("admitted")),
        Measure("转正", "converted", unit="名", icon="user-check", opens=_opens("converted")),
        Measure("终止", "ended", unit="名", icon="user-off", opens=_opens("ended"), on_tile=False),
        Measure("其中未通过", "refused", unit="名", opens=_opens("ended", how="refused"), on_tile=False),
    ),
    splits=(
        ByMonth(),
        ByChoice("age", "年龄段", choices=lambda: _groups(AGES), blank="没有出生日期", note="年龄按今天计。"),
        ByChoice("sex", "性别", choices=lambda: [("1", "男"), ("2", "女")], blank="没有填写"),
        ByChoice("education", "学历", choices=lambda: _groups("education_group"), blank="没有填写"),
        ByChoice("front_line", "一线情况", choices=lambda: _groups("front_line"), blank="不在一线"),
    ),
    charts=(Chart("各党组织发展情况", "organization", ("确定积极分子", "确定发展对象", "接收预备党员")),),
    is_none=lambda total: not any((total.applied, total.activist, total.object, total.admitted, total.converted, total.ended)),
    empty=Empty("chart-bar", "这个期间还没有发展党员的记录", "换一个期间再看。"),
)
