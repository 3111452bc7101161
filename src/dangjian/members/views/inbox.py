"""Corrections that members proposed: accepted or refused, one by one or together."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render

from dangjian.kernel.errors import Invalid, NotFound, PermissionDenied, Refusal
from dangjian.kernel.gate import Request, requires
from dangjian.kernel.typed import number
from dangjian.members import columns as items
from dangjian.members.actions import proposals
from dangjian.members.columns import COLUMNS
from dangjian.members.models import CorrectionProposal
from dangjian.members.own import is_own
from dangjian.members.queries.records import waiting_proposals
from dangjian.org.gate import find

State = CorrectionProposal.State


@requires("members.decide_proposals")
def inbox(request: Request) -> HttpResponse:
    """What waits, or (``?state=done``) what was decided."""
    decided = request.GET.get("state") == "done"
    waiting = waiting_proposals()
    done = CorrectionProposal.objects.exclude(state=State.OPEN).select_related("member__branch", "decided_by")
    rows = done.order_by("-decided_at") if decided else waiting
    page_obj = Paginator(rows, 30).get_page(request.GET.get("page"))
    context = {
        "decided": decided,
        "page_obj": page_obj,
        "lines": [_line(request, row) for row in page_obj.object_list],
        "waiting_count": waiting.count(),
    }
    return render(request, "members/proposals.html", context)


@requires("members.decide_proposals", methods=("POST",))
def accept(request: Request, pk: int) -> HttpResponse:
    """One tap: the record is changed."""
    proposal = find(CorrectionProposal.objects.select_related("member"), pk=pk)
    try:
        proposals.accept(actor=request.actor, proposal=proposal)
    except (PermissionDenied, NotFound):
        raise
    except Refusal as refusal:
        messages.error(request, f"{refusal.message}{refusal.how}")
    else:
        messages.success(request, f"已采纳{proposal.member.name}的更正")
    return redirect("members:proposals")


@requires("members.decide_proposals", methods=("POST",))
def refuse(request: Request, pk: int) -> HttpResponse:
    """The record stays; the member reads why."""
    proposal = find(CorrectionProposal.objects.select_related("member"), pk=pk)
    try:
        proposals.refuse(actor=request.actor, proposal=proposal, answer=request.POST.get("answer", ""))
    except Invalid as problem:
        messages.error(request, problem.message)
    else:
        messages.success(request, f"已答复{proposal.member.name}")
    return redirect("members:proposals")


@requires("members.decide_proposals", methods=("POST",))
def accept_many(request: Request) -> HttpResponse:
    """Those that were ticked."""
    ids = [pk for one in request.POST.getlist("proposal") if (pk := number(one))]
    rows = list(waiting_proposals().filter(pk__in=ids))
    if not rows:
        messages.error(request, "还没有选择更正申请。")
        return redirect("members:proposals")
    accepted, problems = proposals.accept_many(actor=request.actor, proposals=rows)
    if accepted:
        messages.success(request, f"已采纳{accepted}条更正")
    for problem in problems:
        messages.error(request, problem)
    return redirect("members:proposals")


def _line(request: Request, row: CorrectionProposal) -> dict[str, Any]:
    return {
        "row": row,
        "is_own": is_own(request.actor, row.member),
        "title": COLUMNS[row.column].title,
        "before": items.masked(row.column, getattr(row.member, row.column)),
        "after": _proposed(row),
    }


def _proposed(row: CorrectionProposal) -> str:
    """In full while somebody has to check it against the paper, masked afterwards."""
    value = items.clean(row.column, row.value)
    return items.show(row.column, value) if row.state == State.OPEN else items.masked(row.column, value)
