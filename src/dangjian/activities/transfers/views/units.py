"""Whole units: chosen, asked for with a look at what comes of it, their list, and how far the background is."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from dangjian.activities.transfers.actions.units import KEEPING, ask_unit, leave_out, require_listing
from dangjian.activities.transfers.forms import BranchForm, LeaveOutForm, UnitForm
from dangjian.activities.transfers.models import UnitTransfer
from dangjian.activities.transfers.queries.units import (
    PROCEDURE,
    at_branch,
    named,
    number_listed,
    to_settle,
    under_way_alone,
    unit_of,
    who_goes,
    who_went,
)
from dangjian.activities.transfers.units import FROM_OUTSIDE
from dangjian.engines.procedures.actions.starting import require_starting
from dangjian.engines.procedures.actions.turns import require_seeing
from dangjian.engines.procedures.models import ProcedureCase
from dangjian.engines.procedures.offers import CasePanel
from dangjian.engines.procedures.views.access import case_to_read
from dangjian.kernel.actor import may
from dangjian.kernel.errors import NotFound
from dangjian.kernel.gate import Request, requires
from dangjian.kernel.progress import progress_part
from dangjian.kernel.submit import submit
from dangjian.members.models import Member
from dangjian.org.gate import find
from dangjian.org.lookup import answer_search, is_search
from dangjian.org.models import Kind, Organization
from dangjian.org.views.steps import Step, run

SHOWN = 12


def case_url(case: ProcedureCase) -> str:
    """The page of a whole unit's case."""
    return reverse(f"procedures:{PROCEDURE}_case", args=[case.pk])


def branch_to_transfer(request: Request, pk: int) -> Organization:
    """A branch, for whoever may ask for its transfer."""
    branch: Organization = find(Organization, pk=pk)
    if not branch.is_branch:
        raise NotFound
    require_starting(request.actor, PROCEDURE, branch)
    return branch


def unit_case(request: Request, pk: int) -> ProcedureCase:
    """The case of a whole unit, for whoever may see it."""
    case = case_to_read(request, pk)
    if case.procedure != PROCEDURE:
        raise NotFound
    require_seeing(request.actor, case)
    return case


def unit_to_list(request: Request, pk: int) -> ProcedureCase:
    """The case of a whole unit, for whoever may take members off its list."""
    case = unit_case(request, pk)
    require_listing(request.actor, case)
    return case


@requires(KEEPING)
def choose(request: Request) -> HttpResponse:
    """Which branch goes; whoever keeps one alone comes to its page at once."""
    branches = Organization.objects.standing().filter(kind=Kind.BRANCH).order_by("path")
    form = BranchForm(branches, request.GET if "organization" in request.GET else None)
    if is_search(request):
        return answer_search(request, form)
    if form.is_bound and form.is_valid():
        return redirect("transfers:unit", pk=form.cleaned_data["organization"].pk)
    only = list(branches[:2])
    if len(only) == 1:
        return redirect("transfers:unit", pk=only[0].pk)
    listing = reverse(f"procedures:{PROCEDURE}")
    context = {"form": form, "title": "整建制转接", "crumbs": [("整建制转接", listing)], "crumb": "选择党支部", "back": listing}
    return render(request, "procedures/choose_member.html", context)


@requires(KEEPING, on=branch_to_transfer, methods=("GET", "POST"))
def unit(request: Request, branch: Organization) -> HttpResponse:
    """Ask for a whole unit: the form, what would come of it, and the case."""
    members = list(at_branch(branch))
    busy = under_way_alone(members)

    def effects(keywords: dict[str, Any], _case: object) -> Sequence[str]:
        return _effects(branch, keywords, members)

    alone = f"{named(busy)}的组织关系正在单独转接，没有勾选。" if busy else ""
    step = Step(
        title=f"整建制转接：{branch}",
        intro=f"“{branch}”的党员一起转接，只办一件。接收以前仍由“{branch}”负责，可以撤回。{alone}",
        form=UnitForm(branch, members, request.POST or None, busy=busy),
        organization=branch,
        act=lambda keywords: ask_unit(actor=request.actor, organization=branch, **keywords),
        effects=effects,
        done="已提出整建制转接，等上级审核",
        back=reverse("org:detail", args=[branch.pk]),
        after=case_url,
        label="确认提出",
    )
    return run(request, step)


def _effects(branch: Organization, keywords: Mapping[str, Any], members: Sequence[Member]) -> list[str]:
    """Who goes where, who stays, and what is to be settled before."""
    going: list[Member] = keywords["members"]
    if keywords["way"] == FROM_OUTSIDE:
        return [f"“{keywords['entry'].get('outside', '')}”的党员整建制转入“{branch}”，上级同意以后导入名册。"]
    where = f"“{keywords['to']}”" if keywords["way"] == "inside" else f"“{keywords['entry'].get('outside', '')}”（转出本单位）"
    names = "、".join(member.name for member in going[:SHOWN]) + ("等" if len(going) > SHOWN else "")
    staying = [member for member in members if member not in going]
    said = [f"{len(going)}名党员从“{branch}”转到{where}：{names}。"]
    said += [f"留在“{branch}”的{len(staying)}名：{named(staying)}。"] if staying else [f"“{branch}”的党员全部转走。"]
    found = to_settle(going)
    if found.lines:
        said += ["转出以前要办完：", *(f"{name}：{text}。" for name, text in found.lines[:SHOWN])]
    more = found.more + max(0, len(found.lines) - SHOWN)
    return said + ([f"还有{more}名党员有没办完的事，提出以后在办理页面上看。"] if more else [])


@requires(KEEPING, on=unit_to_list, methods=("GET", "POST"))
def leaving_out(request: Request, case: ProcedureCase) -> HttpResponse:
    """Members who do not go with the unit after all."""
    form = LeaveOutForm(list(who_goes(case)), request.POST or None)
    return submit(
        request,
        form,
        lambda _data: leave_out(actor=request.actor, case=case, **form.keywords()),
        template="procedures/form.html",
        context={
            "title": "调整整建制转接名单",
            "crumbs": [("整建制转接", reverse(f"procedures:{PROCEDURE}")), (case.title, case_url(case))],
            "crumb": "调整名单",
            "intro": "选中的党员留在现在的党支部，其余的照常一起转。",
            "label": "不一起转",
            "back": case_url(case),
        },
        done=lambda number: f"{number}名党员不随整建制转接。",
        to=case_url(case),
    )


@requires("transfers.view", on=unit_case)
def progress(request: Request, case: ProcedureCase) -> HttpResponse:
    """How far the background is with it."""
    found = unit_of(case)
    if found is None:
        raise NotFound
    return progress_part(request, found.progress, page=case_url(case))


def _of_case(request: Request, case: ProcedureCase) -> Mapping[str, Any] | None:
    """Who goes and who went otherwise, what is to be settled, and how far the background is."""
    found: UnitTransfer | None = unit_of(case)
    if found is None:
        return None
    going = list(who_goes(case)) if case.is_open else []
    settle = to_settle(going)
    return {
        "unit": found,
        "going": going,
        "names": "、".join(member.name for member in going),
        "went": list(who_went(case)) if case.is_open else [],
        "busy": under_way_alone(going),
        "settle": settle.lines,
        "more": settle.more,
        "listed": 0 if case.is_open else number_listed(case),
        "progress_url": reverse("transfers:unit_progress", args=[case.pk]),
        "list_url": reverse("transfers:unit_list", args=[case.pk]) if may(require_listing, request.actor, case) else "",
    }


OF_CASE = CasePanel("一起转接的党员", "users-group", "transfers/panel_unit.html", _of_case)
