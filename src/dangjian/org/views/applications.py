"""Applications for a branch: the list, one of them, filing and answering it."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dangjian.kernel import clock, codes
from dangjian.kernel.actor import may
from dangjian.kernel.gate import Request, page
from dangjian.kernel.lists import DAY, NUMBER, Choice, Column, Empty, ListPage, Search, Start
from dangjian.kernel.rulebook import book
from dangjian.kernel.ui.words import day
from dangjian.org import applications as reads
from dangjian.org import forms
from dangjian.org.actions import applications
from dangjian.org.gate import find
from dangjian.org.models import BranchApplication, Organization
from dangjian.org.views.changes import BOTH, page_of
from dangjian.org.views.steps import Step, run


def address_of(application: BranchApplication) -> str:
    """Where an application is shown."""
    return reverse("org:application", args=[application.pk])


def _state(one: BranchApplication) -> SafeString:
    return format_html('<span class="row-line">{}</span>', render_to_string("org/application_state.html", {"one": one}))


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
        Column("批复期限", "due_on", DAY, sort="due_on", key="due"),
        Column("批复日期", "answered_on", DAY, sort="answered_on", key="answered"),
        Column("状态", "get_state_display", sort="state", drawn=_state),
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


@page("org.apply")
def show(request: Request, pk: int) -> HttpResponse:
    """One application: what is asked for, how it was answered, and what can be done with it now."""
    one = _found(pk)
    keeps = request.actor.may("org.manage", one.approver)
    is_own = one.filed_by_id == request.actor.user_id
    context = {
        "one": one,
        "type_label": codes.get("org_type").label(one.type_code),
        "citation": reads.citation(one),
        "concerns": reads.concerns(one) if one.is_open else [],
        "may_answer": may(applications.require_answering, request.actor, one),
        "is_own": one.is_open and keeps and is_own,
        "may_withdraw": may(applications.require_withdrawing, request.actor, one),
        "may_found": may(applications.require_founding, request.actor, one),
        "may_report": may(applications.require_reporting, request.actor, one),
        "may_open": one.founded is not None and request.actor.may("org.view", one.founded),
    }
    return render(request, "org/application.html", context)


@page("org.apply", methods=BOTH)
def apply(request: Request, pk: int) -> HttpResponse:
    """An organisation asks the committee above it for a branch."""
    organization = find(Organization, pk=pk)
    approver = applications.require_approver(organization)
    rule = book().on("org.branch.approval_time", clock.today())

    def effects(_keywords: dict[str, Any], made: BranchApplication) -> Sequence[str]:
        lines = [f"申请报送“{approver}”，最晚{day(made.due_on)}批复；批复以前可以撤回。"]
        return lines + [f"请注意：{concern.text}。（{concern.citation}）" for concern in reads.concerns(made)]

    step = Step(
        title="申请设立党支部",
        intro=f"由“{organization}”报送“{approver}”批复，批复时间不超过{rule.text}。",
        organization=organization,
        form=forms.ApplicationForm(reads.places_for(organization), request.POST or None),
        act=lambda keywords: applications.file(actor=request.actor, organization=organization, **keywords),
        effects=effects,
        done="申请已报送。",
        label="确认报送",
        back=page_of(organization),
        after=address_of,
        citation=rule.citation,
    )
    return run(request, step)


@page("org.manage", methods=BOTH)
def agree(request: Request, pk: int) -> HttpResponse:
    """The committee agrees; the branch is set up on the next page."""
    one = _found(pk)
    if request.method == "GET":
        applications.require_answering(request.actor, one)

    def effects(_keywords: dict[str, Any], agreed: BranchApplication) -> Sequence[str]:
        return [*_lateness(agreed), f"同意“{one.organization}”设立“{one}”。接着请办理设立，成立日期不早于批复日期。"]

    step = Step(
        title="同意设立",
        intro=_intro(one),
        organization=one.organization,
        form=forms.AgreeForm(request.POST or None),
        act=lambda keywords: applications.agree(actor=request.actor, application=one, **keywords),
        effects=effects,
        done="已同意，请接着办理设立。",
        label="确认同意",
        back=address_of(one),
        after=founding_address,
        citation=reads.citation(one),
    )
    return run(request, step)


def founding_address(application: BranchApplication) -> str:
    """Where what was agreed to is set up, with the fields filled in."""
    return f"{reverse('org:set_up', args=[application.superior_id])}?application={application.pk}"


@page("org.manage", methods=BOTH)
def refuse(request: Request, pk: int) -> HttpResponse:
    """The committee does not agree, and says why."""
    one = _found(pk)
    if request.method == "GET":
        applications.require_answering(request.actor, one)

    def effects(_keywords: dict[str, Any], refused: BranchApplication) -> Sequence[str]:
        return [*_lateness(refused), f"不同意“{one.organization}”设立“{one}”，申请单位会看到原因，可以修改后重新申请。"]

    step = Step(
        title="不同意设立",
        intro=_intro(one),
        organization=one.organization,
        form=forms.RefuseForm(request.POST or None),
        act=lambda keywords: applications.refuse(actor=request.actor, application=one, **keywords),
        effects=effects,
        done="已答复申请单位。",
        label="确认不同意",
        back=address_of(one),
        after=address_of,
        citation=reads.citation(one),
        danger=True,
    )
    return run(request, step)


@page("org.apply", methods=BOTH)
def withdraw(request: Request, pk: int) -> HttpResponse:
    """Whoever filed it takes it back."""
    one = _found(pk)
    if request.method == "GET":
        applications.require_withdrawing(request.actor, one)
    step = Step(
        title="撤回申请",
        intro=_intro(one),
        organization=one.organization,
        form=forms.WithdrawForm(request.POST or None),
        act=lambda _keywords: applications.withdraw(actor=request.actor, application=one),
        effects=lambda _keywords, _one: [f"设立“{one}”的申请撤回，“{one.approver}”不再批复。需要时可以重新申请。"],
        done="申请已撤回。",
        label="确认撤回",
        back=address_of(one),
        after=address_of,
        danger=True,
    )
    return run(request, step)


@page("org.manage", methods=BOTH)
def report(request: Request, pk: int) -> HttpResponse:
    """The reply was filed with the superior's organisation department."""
    one = _found(pk)
    step = Step(
        title="登记备案",
        intro=f"设立“{one}”的批复，已报上级组织部门备案的，在这里登记日期。",
        organization=one.organization,
        form=forms.ReportForm(request.POST or None),
        act=lambda keywords: applications.report(actor=request.actor, application=one, **keywords),
        effects=lambda keywords, _one: [f"设立“{one}”的批复已于{day(keywords['reported_on'])}报上级组织部门备案。"],
        done="备案已登记。",
        label="确认登记",
        back=address_of(one),
        after=address_of,
        citation=reads.citation(one),
    )
    return run(request, step)


def _found(pk: int) -> BranchApplication:
    found: BranchApplication = find(BranchApplication.objects.select_related(*reads.WITH_NAMES), pk=pk)
    return found


def _intro(one: BranchApplication) -> str:
    return f"“{one.organization}”{day(one.applied_on)}申请设立“{one.name}”，最晚{day(one.due_on)}批复。"


def _lateness(answered: BranchApplication) -> list[str]:
    late = (answered.answered_on - answered.due_on).days if answered.answered_on else 0
    return [f"已超过批复期限{late}天，仍可批复，记录上会标明超过期限。"] if late > 0 else []
