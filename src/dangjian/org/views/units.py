"""Units: the list, one of them with its steps, a new one."""

from collections.abc import Callable

from django.http import HttpResponse
from django.urls import reverse

from dangjian.kernel import codes
from dangjian.kernel.gate import Request, requires
from dangjian.kernel.lists import CODE, DAY, LINE, NUMBER, STATE, Choice, Column, Empty, ListPage, Search, Start, State
from dangjian.kernel.submit import submit
from dangjian.org.actions import units as actions
from dangjian.org.cases import Card, Case, Fact, Step
from dangjian.org.lists import OrganizationFilter, on_trail
from dangjian.org.models import HAS_ORGANISATION, Covered, Unit
from dangjian.org.unit_forms import ChangeUnitForm, EndUnitForm, NewUnitForm
from dangjian.org.unit_queries import found_units, units_in_state

STATES = [("counted", "正在统计"), ("ended", "不再统计")]


def look(one: Unit) -> State:
    """Whether it has an organisation of the Party; or that it is counted no more."""
    if one.ended_on:
        return State("ended", "不再统计", "neutral")
    tone = "good" if one.covered in HAS_ORGANISATION else "bad" if one.covered == Covered.DUE else "warn"
    return State(one.covered, one.get_covered_display(), tone)


def _nature(one: Unit) -> str:
    return codes.get("unit_economic_type").label(one.nature) if one.nature else ""


def _control(one: Unit) -> str:
    return codes.get("soe_column").label(one.control) if one.control else ""


def _size(one: Unit) -> str:
    return codes.get("unit_size").label(one.size) if one.size else ""


def _flag(name: str) -> Callable[[Unit], object]:
    def said(one: Unit) -> str:
        value = getattr(one, name)
        return "" if value is None else "是" if value else "否"

    return said


UNITS = ListPage(
    name="org:units",
    title="单位信息",
    permission="org.manage",
    crumbs=(("党组织", "org:tree"),),
    crumb="单位信息",
    intro="党组织所在的单位，和还没有建立党组织的单位。年报表26按这里统计，党组织填“所在单位”时从这里选。",
    rows=lambda _asked: Unit.objects.select_related("organization"),
    columns=(
        Column("单位名称", "name", LINE, sort="name", key="name", width=30),
        Column("统一社会信用代码", "credit_code", CODE, on_phone=False, width=22),
        Column("党组织", "organization.short_name", LINE, sort="organization__path", key="organization"),
        Column("建立党组织情况", look, STATE, sort="covered", key="covered", width=20),
        Column("性质类别", _nature, width=18),
        Column("隶属关系", "affiliation", on_page=False),
        Column("企业控股情况", _control, on_page=False, width=18),
        Column("企业规模", _size, on_phone=False),
        Column("法人单位", _flag("is_legal_entity"), on_page=False),
        Column("法定代表人", "representative", on_page=False),
        Column("法定代表人是党员", _flag("representative_is_member"), on_page=False),
        Column("在岗职工", "staff", NUMBER, sort="staff", key="staff"),
        Column("工人", "workers", NUMBER, on_page=False),
        Column("专业技术人员", "technicians", NUMBER, on_page=False),
        Column("建有工会", _flag("has_union"), on_page=False),
        Column("纳入日期", "since_on", DAY, on_page=False),
        Column("不再统计日期", "ended_on", DAY, on_page=False),
    ),
    order=("organization__path", "pk"),
    row="org:unit",
    filters=(
        Search("q", "单位名称或代码", found_units, longest=60),
        Choice("state", "状态", STATES[1:], usual=STATES[0][1], rows=units_in_state),
        OrganizationFilter(),
    ),
    starts=(Start("登记单位", "org:new_unit", "plus"),),
    empty=Empty(
        "building", "还没有单位信息", "逐个登记，或者用“单位信息”表一次导入。", Start("登记单位", "org:new_unit", "plus")
    ),
    exported=on_trail("org.units_exported"),
)

UNIT = Case(
    name="org:unit",
    model=Unit,
    follow=("organization",),
    permission="org.manage",
    subject="unit",
    title=lambda one: one.name,
    crumbs=lambda _one: [("党组织", reverse("org:tree")), ("单位信息", reverse("org:units"))],
    crumb=lambda one: one.name,
    intro=lambda one: one.organization.short_name,
    states=look,
    cards=(
        Card(
            "单位情况",
            "building",
            (
                Fact("统一社会信用代码", "credit_code"),
                Fact("建立党组织情况", "get_covered_display"),
                Fact("党组织", "organization.name"),
                Fact("性质类别", _nature),
                Fact("隶属关系", "affiliation"),
                Fact("企业控股情况", _control),
                Fact("企业规模", _size),
                Fact("是否法人单位", _flag("is_legal_entity")),
                Fact("法定代表人", "representative"),
                Fact("法定代表人是否党员", _flag("representative_is_member")),
            ),
        ),
        Card(
            "职工",
            "users",
            (
                Fact("在岗职工", "staff", NUMBER),
                Fact("其中工人", "workers", NUMBER),
                Fact("其中专业技术人员", "technicians", NUMBER),
                Fact("是否建有工会", _flag("has_union")),
                Fact("纳入日期", "since_on", DAY),
                Fact("不再统计日期", "ended_on", DAY),
            ),
        ),
    ),
    steps=(
        Step(
            code="change",
            label="保存修改",
            title="修改单位信息",
            icon="edit",
            look="fold",
            require=actions.require_changing,
            act=actions.change_unit,
            form=lambda one, data=None, _files=None: ChangeUnitForm(data, unit=one),
            verbs=("org.unit_changed",),
            done="已修改。",
        ),
        Step(
            code="end",
            label="不再统计",
            icon="archive",
            look="fold",
            note="单位注销、合并或者划出的，从那一天起不再统计；以前的统计不变。",
            require=actions.require_changing,
            act=actions.end_unit,
            form=EndUnitForm,
            done="已登记。",
        ),
        Step(
            code="reopen",
            label="恢复统计",
            icon="arrow-back-up",
            require=actions.require_reopening,
            act=actions.reopen_unit,
            confirm="恢复以后按没有结束过统计。确定恢复吗？",
            done="已恢复。",
        ),
    ),
)


@requires("org.manage", methods=("GET", "POST"))
def new_unit(request: Request) -> HttpResponse:
    """Take up the record of a unit."""
    back = reverse("org:units")
    return submit(
        request,
        NewUnitForm(request.POST or None),
        lambda data: actions.keep_unit(actor=request.actor, **data),
        template="org/new_unit.html",
        context={
            "crumbs": [("党组织", reverse("org:tree")), ("单位信息", back)],
            "crumb": "登记单位",
            "back": back,
        },
        done=lambda made: f"已登记“{made.name}”。",
        to=UNIT.url,
    )
