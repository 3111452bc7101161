"""Pages about arrears, with talks and cases, and about the yearly check."""

from functools import partial
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from dangjian.activities.dues.billing.models import Bill
from dangjian.activities.dues.kinds import PAYING
from dangjian.activities.dues.oversight.actions import arrears as actions
from dangjian.activities.dues.oversight.forms.arrears import ExcuseForm, InspectionForm, ReferForm, TalkForm
from dangjian.activities.dues.oversight.models import ArrearsCase, ArrearsStage, ArrearsState, Inspection
from dangjian.activities.dues.oversight.queries import arrears as queries
from dangjian.kernel import clock, money, parameters
from dangjian.kernel.gate import Request, requires
from dangjian.kernel.lists import (
    ALL,
    DAY,
    MONTH,
    NUMBER,
    PROSE,
    STATE,
    YUAN,
    Asked,
    Choice,
    Column,
    Empty,
    ListPage,
    Start,
    Table,
    state_of,
)
from dangjian.kernel.submit import submit
from dangjian.kernel.ui import words
from dangjian.members.lists import by_person
from dangjian.members.own import may_for
from dangjian.org.cases import Card, Case, Due, Fact, Step
from dangjian.org.gate import find
from dangjian.org.lists import OrganizationFilter

RUNNING = (ArrearsState.OPEN, ArrearsState.TALKED)
TONES = {
    ArrearsState.OPEN: "bad",
    ArrearsState.TALKED: "warn",
    ArrearsState.PAID: "good",
    ArrearsState.EXCUSED: "neutral",
    ArrearsState.REFERRED: "info",
}


def _stages(_asked: Asked) -> str:
    today = clock.today()
    after = ((stage.label, queries.threshold(stage, today)) for stage in queries.STAGE_RULES)
    stages = "，".join(f"连续 {months} 个月没有交的{label}" for label, months in after)
    return f"{stages}。系统只作提醒，不会改变任何人的党籍。"


def _in_state(rows: Any, state: str) -> Any:
    """Cases that are not finished unless others are asked for."""
    if state == ALL:
        return rows
    return rows.filter(state=state) if state else rows.filter(state__in=RUNNING)


DUE: Due[ArrearsCase] = Due("due_on", runs=lambda case: case.state == ArrearsState.OPEN)


ARREARS = ListPage(
    name="dues:arrears",
    title="欠交党费",
    permission="dues.view",
    frame="dues/frame.html",
    crumbs=(("党费", "dues:home"),),
    crumb="欠交",
    intro=_stages,
    rows=lambda _asked: ArrearsCase.objects.select_related("member", "organization"),
    columns=(
        Column("姓名", "member.name", sort="member__name_sort", key="name"),
        Column("党支部", "organization.short_name", sort="organization__path", key="branch", width=28),
        Column("阶段", "get_stage_display", sort="stage", key="stage"),
        Column("连续欠交", "months", NUMBER, sort="months", key="months", unit="个月", header="连续欠交（月）"),
        Column("起始月份", "since_month", MONTH, sort="since_month", key="since"),
        DUE.column("办理期限", sort="due_on", key="due"),
        Column("情况", state_of("state", TONES), STATE, sort="state", key="state"),
    ),
    order=("due_on",),
    row="dues:arrears_case",
    filters=(
        by_person(),
        Choice("stage", "阶段", ArrearsStage.choices, usual="全部阶段"),
        Choice("state", "情况", [*ArrearsState.choices, (ALL, "全部情况")], usual="未办结", rows=_in_state),
        OrganizationFilter(kinds=PAYING),
    ),
    empty=Empty("circle-check", "没有要办理的欠交情况", "党员连续几个月没有交纳党费时，这里会自动列出，并提醒支部书记。"),
)


UNPAID: Table[Bill] = Table(
    "没有交清的月份", (Column("月份", "month", MONTH), Column("还差（元）", "left_fen", YUAN)), is_compact=True
)


def _load(case: Any, request: Request) -> None:
    bills = list(queries.unpaid_of(case.member_id))
    case.unpaid = UNPAID.of(bills)
    case.left_fen = sum(bill.left_fen for bill in bills)
    case.is_running = case.state in actions.RUNNING
    case.may_collect = case.is_running and may_for(request.actor, "dues.collect", case.organization, case.member)


def _unpaid(case: Any) -> str:
    left = f"，还差 {money.yuan(case.left_fen)} 元" if case.left_fen else ""
    return f"{words.month(case.since_month)}起，连续 {case.months} 个月{left}"


def _others(case: Any, _request: Request) -> dict[str, object]:
    return {"others": ArrearsCase.objects.filter(member=case.member_id).exclude(pk=case.pk).order_by("-opened_on")}


ARREARS_CASE = Case(
    name="dues:arrears_case",
    model=ArrearsCase,
    follow=("member", "organization", "handled_by"),
    permission="dues.view",
    frame="dues/frame.html",
    subject="case",
    title=lambda case: f"{case.member.name}：连续 {case.months} 个月没有交党费",
    crumb=lambda case: case.member.name,
    crumbs=lambda _case: [("党费", reverse("dues:home")), ("欠交", reverse("dues:arrears"))],
    intro=lambda case: f"{case.organization.short_name} · {case.get_stage_display()}",
    states=TONES,
    due=DUE,
    load=_load,
    more=_others,
    below="dues/oversight/arrears_below.html",
    aside="dues/oversight/arrears_aside.html",
    cards=(
        Card(
            "基本情况",
            "info-circle",
            (
                Fact("党员", "member.name", url=lambda case: reverse("members:detail", args=[case.member_id])),
                Fact("欠交", _unpaid),
                Fact("提醒日期", "opened_on", DAY),
                Fact("办理期限", "due_on", DAY),
                Fact("办理", "handled_on", DAY),
                Fact("办理人", lambda case: case.handled_by.name if case.handled_by else ""),
                Fact("情况", "note", PROSE),
                Fact("答应交清", "promised_on", DAY),
            ),
            citation=lambda case: case.citation,
        ),
    ),
    steps=(
        Step(
            code="talk",
            label="登记谈话",
            icon="message-circle",
            require=partial(actions.require_handling, state=ArrearsState.TALKED),
            act=actions.record_talk,
            form=TalkForm,
            done="已登记",
        ),
        Step(
            code="excuse",
            label="确认有正当理由",
            look="fold",
            require=partial(actions.require_handling, state=ArrearsState.EXCUSED),
            act=actions.excuse,
            form=ExcuseForm,
            done="已登记",
        ),
        Step(
            code="refer",
            label="报上级研究",
            icon="send",
            look="fold",
            require=partial(actions.require_handling, state=ArrearsState.REFERRED),
            act=actions.refer,
            form=ReferForm,
            confirm="报上级研究后，由上级党组织和支部按程序处理。确定登记吗？",
            done="已登记",
        ),
    ),
)


def _years(_asked: Asked) -> list[tuple[str, str]]:
    this_year = clock.today().year
    return [(str(year), f"{year}年") for year in range(this_year, this_year - 3, -1)]


def _may_record(asked: Asked) -> bool:
    return bool(asked.request.actor.may("dues.inspect"))


INSPECTIONS = ListPage(
    name="dues:inspections",
    title="党费工作检查",
    permission="dues.view",
    frame="dues/frame.html",
    crumbs=(("党费", "dues:home"),),
    crumb="年度检查",
    intro="党委每年检查一次所属党组织党费收缴、使用和管理的情况。",
    rows=lambda _asked: Inspection.objects.select_related("organization"),
    columns=(
        Column("检查", lambda one: f"{one.year}年度党费工作检查", sort="-year", key="year", width=24),
        Column("党组织", "organization.short_name", sort="organization__path", key="organization", width=28),
        Column("检查日期", "checked_on", DAY, sort="-checked_on", key="day"),
        Column("检查人", "inspectors", width=24),
    ),
    order=("-year", "-checked_on"),
    row="dues:inspection",
    starts=(Start("登记检查", "dues:inspection_new", may=_may_record),),
    filters=(Choice("year", "年度", _years, look="chips"), OrganizationFilter(kinds=PAYING)),
    empty=Empty(
        "clipboard-check",
        "还没有登记检查",
        "检查结束后，由党委把检查情况和整改要求登记下来。",
        Start("登记检查", "dues:inspection_new", may=_may_record),
    ),
)


def inspection_of(_request: Request, pk: int) -> Inspection:
    """A check, where the reader may see what is collected."""
    return find(Inspection.objects.select_related("organization", "recorded_by"), pk=pk)


@requires("dues.view", on=inspection_of)
def inspection(request: Request, found: Inspection) -> HttpResponse:
    """One check."""
    return render(request, "dues/oversight/inspection.html", {"inspection": found})


@requires("dues.inspect", methods=("GET", "POST"))
def inspection_new(request: Request) -> HttpResponse:
    """Record a check."""
    initial = {
        "organization": parameters.number(request, "organization"),
        "year": clock.today().year,
        "checked_on": clock.today(),
    }
    return submit(
        request,
        InspectionForm(request.POST or None, initial=initial),
        lambda data: actions.record_inspection(actor=request.actor, **data),
        template="dues/oversight/inspection_new.html",
        done="检查情况已登记",
        to=lambda made: reverse("dues:inspection", args=[made.pk]),
    )
