"""Applications for a branch: the list, one of them with its steps, and filing one."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.html import format_html

from dangjian.kernel import clock, codes
from dangjian.kernel.actor import Actor
from dangjian.kernel.gate import Request, requires
from dangjian.kernel.lists import DAY, NUMBER, PROSE, STATE, Choice, Column, Empty, ListPage, Search, Start
from dangjian.kernel.rulebook import book
from dangjian.kernel.ui.words import day
from dangjian.org import applications as reads
from dangjian.org import forms
from dangjian.org.actions import applications
from dangjian.org.applications import State
from dangjian.org.cases import Card, Case, Due, Fact, Step
from dangjian.org.models import BranchApplication, Organization
from dangjian.org.views import steps
from dangjian.org.views.access import organization_of
from dangjian.org.views.changes import BOTH, page_of


def _until(one: BranchApplication) -> str:
    return f"{day(one.due_on)}{'，超过期限' if one.is_late else ''}"


DUE = Due("due_on", runs=lambda one: one.is_open, after=_until)


APPLICATIONS = ListPage(
    name="org:applications",
    title="设立申请",
    permission="org.apply",
    crumbs=(("党组织", "org:tree"),),
    intro="设立党支部的申请和上级党委的批复。要申请的，请打开本党组织的页面，在“办理”中选“申请设立党支部”。",
    rows=lambda _asked: BranchApplication.objects.select_related(*reads.WITH_NAMES),
    columns=(
        Column("全称", "name", on_page=False, width=32),
        Column("拟设党支部", "short_name", sort="short_name", key="name", header="简称", width=18),
        Column("类别", lambda one: codes.get("org_type").label(one.type_code), on_page=False),
        Column("申请单位", "organization.short_name", sort="organization__path", key="organization", width=18),
        Column("拟设在", "superior.short_name", on_page=False, width=18),
        Column("批复的党委", "approver.short_name", width=18),
        Column("所在行政单位", "unit_name", on_page=False, width=18),
        Column(
            "正式党员／党员",
            "full_members",
            NUMBER,
            drawn=lambda one: f"{one.full_members}／{one.all_members}",
            header="正式党员",
        ),
        Column("党员", "all_members", NUMBER, on_page=False),
        Column("设立理由", "reason", on_page=False, width=30),
        Column("申请日期", "applied_on", DAY, sort="applied_on", key="applied"),
        DUE.column("批复期限", sort="due_on", key="due"),
        Column("批复日期", "answered_on", DAY, sort="answered_on", key="answered"),
        Column("状态", reads.look, STATE, sort="state"),
        Column("超过期限", lambda one: "是" if one.is_late else "", on_page=False),
        Column("批复文号", "document", on_page=False, width=18),
        Column("答复", "answer", on_page=False, width=24),
        Column("设立的党组织", "founded.short_name", on_page=False, width=18),
        Column("备案日期", "reported_on", DAY, on_page=False),
    ),
    order=("-applied_on",),
    row="org:application",
    filters=(
        Search("q", "名称、单位或拼音", reads.found, longest=60),
        Choice("state", "状态", reads.STATES, usual="全部状态", rows=reads.in_state),
    ),
    empty=Empty(
        "building-plus",
        "还没有设立党支部的申请",
        "报送以后，上级党委的批复会显示在这里。",
        Start("打开党组织", "org:tree", "sitemap"),
    ),
)


@requires("org.apply", on=organization_of, methods=BOTH)
def apply(request: Request, organization: Organization) -> HttpResponse:
    """An organisation asks the committee above it for a branch."""
    approver = applications.require_approver(organization)
    rule = book().on("org.branch.approval_time", clock.today())

    def effects(_keywords: dict[str, object], made: BranchApplication) -> Sequence[str]:
        lines = [f"申请报送“{approver}”，最晚{day(made.due_on)}批复；批复以前可以撤回。"]
        return lines + [f"请注意：{concern.text}。（{concern.citation}）" for concern in reads.concerns(made)]

    step = steps.Step(
        title="申请设立党支部",
        intro=f"由“{organization}”报送“{approver}”批复，批复时间不超过{rule.text}。",
        organization=organization,
        form=forms.ApplicationForm(reads.places_for(organization), request.POST or None),
        act=lambda keywords: applications.file(actor=request.actor, organization=organization, **keywords),
        effects=effects,
        done="申请已报送。",
        label="确认报送",
        back=page_of(organization),
        after=APPLICATION.url,
        citation=rule.citation,
    )
    return steps.run(request, step)


def _intro(one: BranchApplication) -> str:
    return f"“{one.organization}”{day(one.applied_on)}申请设立“{one.name}”，最晚{day(one.due_on)}批复。"


def _lateness(answered: BranchApplication) -> list[str]:
    late = (answered.answered_on - answered.due_on).days if answered.answered_on else 0
    return [f"已超过批复期限{late}天，仍可批复，记录上会标明超过期限。"] if late > 0 else []


def _agreed(one: BranchApplication, _typed: Any, agreed: BranchApplication) -> list[str]:
    return [*_lateness(agreed), f"同意“{one.organization}”设立“{one}”。接着请办理设立，成立日期不早于批复日期。"]


def _refused(one: BranchApplication, _typed: Any, refused: BranchApplication) -> list[str]:
    return [*_lateness(refused), f"不同意“{one.organization}”设立“{one}”，申请单位会看到原因，可以修改后重新申请。"]


def _withdrawn(one: BranchApplication, _typed: Any, _done: BranchApplication) -> list[str]:
    return [f"设立“{one}”的申请撤回，“{one.approver}”不再批复。需要时可以重新申请。"]


def _reported(one: BranchApplication, typed: dict[str, Any], _done: BranchApplication) -> list[str]:
    return [f"设立“{one}”的批复已于{day(typed['reported_on'])}报上级组织部门备案。"]


def founding_address(application: BranchApplication) -> str:
    """Where what was agreed to is set up, with the fields filled in."""
    return f"{reverse('org:set_up', args=[application.superior_id])}?application={application.pk}"


def _waits(one: BranchApplication, actor: Actor) -> str:
    if not one.is_open:
        return ""
    if one.filed_by_id == actor.user_id and actor.may("org.manage", one.approver):
        return f"这份申请是您本人报送的，请由{one.approver.short_name}的其他党务工作人员批复。"
    return f"等{one.approver.short_name}批复。"


def _load(one: Any, request: Request) -> None:
    one.may_open = one.founded is not None and request.actor.may("org.view", one.founded)


def _founded(one: Any) -> str:
    if one.founded is None:
        return "还没有设立"
    if not one.may_open:
        return one.founded.short_name
    return format_html('<a href="{}">{}</a>', reverse("org:detail", args=[one.founded_id]), one.founded.short_name)


APPLICATION = Case(
    name="org:application",
    model=BranchApplication,
    follow=reads.WITH_NAMES,
    permission="org.apply",
    subject="application",
    title=lambda one: f"申请设立{one.short_name}",
    crumb=lambda one: one.short_name,
    crumbs=lambda _one: [("党组织", reverse("org:tree")), ("设立申请", reverse("org:applications"))],
    intro=lambda one: f"{one.organization.short_name}报送{one.approver.short_name}",
    states=reads.look,
    due=DUE,
    load=_load,
    waits=_waits,
    concerns=lambda one: reads.concerns(one) if one.is_open else (),
    cards=(
        Card(
            "申请内容",
            "building-plus",
            (
                Fact("全称", "name"),
                Fact("简称", "short_name"),
                Fact("类别", lambda one: codes.get("org_type").label(one.type_code)),
                Fact("设在", "superior.short_name"),
                Fact("所在单位", "unit_name"),
                Fact("党员", lambda one: f"{one.all_members}名，其中正式党员{one.full_members}名"),
                Fact("预计结束日期", "expected_end_on", DAY),
                Fact("设立理由", "reason", PROSE),
                Fact("申请", lambda one: f"{day(one.applied_on)}，{one.filed_by.name if one.filed_by else '系统'}报送"),
            ),
        ),
        Card(
            "批复",
            "rubber-stamp",
            (
                Fact("批复期限", "due_on", drawn=_until),
                Fact("批复日期", "answered_on", DAY),
                Fact("登记", "answered_by.name"),
                Fact("批复文号", "document"),
                Fact(lambda one: "原因" if one.state == State.REFUSED else "批复意见", "answer"),
                Fact("设立的党支部", lambda one: one.state == State.AGREED or None, drawn=_founded),
                Fact(
                    "上级组织部门备案",
                    lambda one: one.state == State.AGREED or None,
                    drawn=lambda one: day(one.reported_on) if one.reported_on else "还没有登记",
                ),
            ),
            citation=reads.citation,
        ),
    ),
    steps=(
        Step(
            code="agree",
            label="同意",
            title="同意设立",
            note=_intro,
            require=applications.require_answering,
            act=applications.agree,
            form=forms.AgreeForm,
            effects=_agreed,
            done="已同意，请接着办理设立。",
            to=founding_address,
            citation=reads.citation,
            is_primary=True,
        ),
        Step(
            code="refuse",
            label="不同意",
            title="不同意设立",
            icon="x",
            note=_intro,
            require=applications.require_answering,
            act=applications.refuse,
            form=forms.RefuseForm,
            effects=_refused,
            done="已答复申请单位。",
            citation=reads.citation,
            is_dangerous=True,
        ),
        Step(
            code="found",
            label="设立党支部",
            icon="plus",
            require=applications.require_founding,
            page=founding_address,
            is_primary=True,
        ),
        Step(
            code="report",
            label="登记备案",
            icon="file-check",
            note=lambda one: f"设立“{one}”的批复，已报上级组织部门备案的，在这里登记日期。",
            require=applications.require_reporting,
            act=applications.report,
            form=forms.ReportForm,
            effects=_reported,
            done="备案已登记。",
            citation=reads.citation,
        ),
        Step(
            code="withdraw",
            label="撤回申请",
            icon="arrow-back-up",
            note=_intro,
            require=applications.require_withdrawing,
            act=applications.withdraw,
            form=forms.WithdrawForm,
            effects=_withdrawn,
            done="申请已撤回。",
            is_dangerous=True,
        ),
    ),
)
