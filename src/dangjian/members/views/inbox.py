"""Corrections that members proposed: accepted or refused, one by one or together."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect

from dangjian.kernel.errors import Invalid, NotFound, PermissionDenied, Refusal
from dangjian.kernel.gate import Request, requires
from dangjian.kernel.lists import Act, Asked, Choice, Drawn, Empty, ListPage, Several
from dangjian.kernel.typed import number
from dangjian.members import columns as items
from dangjian.members.actions import proposals
from dangjian.members.columns import COLUMNS
from dangjian.members.models import CorrectionProposal
from dangjian.members.own import is_own
from dangjian.members.queries.records import waiting_proposals
from dangjian.org.gate import find

State = CorrectionProposal.State


def _is_decided(asked: Asked) -> bool:
    return asked.values.get("state") == "done"


def _in_state(rows: QuerySet[CorrectionProposal], state: str) -> QuerySet[CorrectionProposal]:
    return rows.exclude(state=State.OPEN) if state else rows.filter(state=State.OPEN)


def _present(rows: list[Any], asked: Asked) -> None:
    for row in rows:
        row.is_own = is_own(asked.request.actor, row.member)
        row.title = COLUMNS[row.column].title
        row.before = items.masked(row.column, getattr(row.member, row.column))
        row.after = _proposed(row)


def _nothing(asked: Asked) -> Empty:
    if _is_decided(asked):
        return Empty("history", "还没有办理过更正申请", "采纳或答复后会列在这里。")
    return Empty("checks", "没有待审核的更正申请", "党员在手机“我的”里提出更正后，会出现在这里。")


WAITING = Drawn("members/_proposal.html", "cards")
DECIDED = Drawn("members/_proposal_decided.html")

PROPOSALS = ListPage(
    name="members:proposals",
    title="更正申请",
    permission="members.decide_proposals",
    intro="党员对本人档案提出的更正。采纳后立即写入档案。",
    rows=lambda _asked: CorrectionProposal.objects.select_related("member__branch", "decided_by"),
    drawn=lambda asked: DECIDED if _is_decided(asked) else WAITING,
    order=lambda asked: ("-decided_at",) if _is_decided(asked) else ("proposed_at",),
    load=_present,
    filters=(
        Choice(
            "state",
            "办理情况",
            [("done", "已办理")],
            "待审核",
            look="tabs",
            rows=_in_state,
            counts=lambda _asked: {"": waiting_proposals().count()},
        ),
    ),
    several=Several(
        "proposal",
        called=lambda row: f"{row.member.name}的{row.title}",
        acts=(Act("采纳勾选的", "members:accept_many", "checks", may=lambda asked: not _is_decided(asked)),),
        sends=True,
        may=lambda row, _asked: not row.is_own,
    ),
    empty=_nothing,
    has_sheet=False,  # what is proposed may be a number that the office sees in part only
)


@requires("members.decide_proposals", methods=("POST",))
def accept(request: Request, pk: int) -> HttpResponse:
    """One tap: the record is changed."""
    proposal = find(CorrectionProposal.objects.select_related("member"), pk=pk)
    try:
        proposals.accept(actor=request.actor, proposal=proposal)
    except (PermissionDenied, NotFound):
        raise
    except Refusal as refusal:
        messages.error(request, refusal.brief)
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


def _proposed(row: CorrectionProposal) -> str:
    """In full while somebody has to check it against the paper, masked afterwards."""
    value = items.clean(row.column, row.value)
    return items.show(row.column, value) if row.state == State.OPEN else items.masked(row.column, value)
