"""Applications for a branch: the list, one of them, filing and answering it."""

from collections.abc import Sequence
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from dangjian.kernel import clock, codes
from dangjian.kernel.actor import may
from dangjian.kernel.gate import Request, page
from dangjian.kernel.ordering import ordered_by
from dangjian.kernel.rulebook import book
from dangjian.kernel.ui.words import day
from dangjian.org import applications as reads
from dangjian.org import forms
from dangjian.org.actions import applications
from dangjian.org.gate import find
from dangjian.org.models import BranchApplication, Organization
from dangjian.org.views.changes import BOTH, page_of
from dangjian.org.views.steps import Step, run

PAGE = 20
SORTS = {
    "name": "short_name",
    "organization": "organization__path",
    "applied": "applied_on",
    "due": "due_on",
    "answered": "answered_on",
}
LIST_TITLE = "设立申请"


def address_of(application: BranchApplication) -> str:
    """Where an application is shown."""
    return reverse("org:application", args=[application.pk])


@page("org.apply")
def listing(request: Request) -> HttpResponseBase:
    """Applications of the organisations in reach, filtered, sorted, paged; as a spreadsheet with ``?download=xlsx``."""
    state = request.GET.get("state", "")
    rows = _sorted(reads.listed(state, request.GET.get("q", "")), request.GET.get("sort", ""))
    if request.GET.get("download") == "xlsx":
        file = reads.sheet(rows, LIST_TITLE)
        return FileResponse(file, as_attachment=True, filename=f"设立党支部的申请{clock.today():%Y%m%d}.xlsx")
    context = {
        "page_obj": Paginator(rows, PAGE).get_page(request.GET.get("page")),
        "states": reads.STATES,
        "state": state,
        "narrowed": bool(state or request.GET.get("q", "").strip()),
    }
    return render(request, "org/applications.html", context)


def _sorted(rows: QuerySet[BranchApplication], sort: str) -> QuerySet[BranchApplication]:
    return rows.order_by(ordered_by(sort, SORTS, "-applied_on"), "-pk")


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
        "may_found": one.may_be_founded and request.actor.may("org.manage", one.superior),
        "may_report": one.state == BranchApplication.State.AGREED and not one.reported_on and keeps,
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
