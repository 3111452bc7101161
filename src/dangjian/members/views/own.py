"""What a member sees and does about themselves, on the phone first."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from dangjian.kernel.actor import may
from dangjian.kernel.errors import NotFound
from dangjian.kernel.gate import Request, requires
from dangjian.members import columns as items
from dangjian.members.actions import proposals
from dangjian.members.actions.record import unmask
from dangjian.members.columns import COLUMNS
from dangjian.members.forms import CheckForm, ProposalForm
from dangjian.members.models import CorrectionProposal
from dangjian.members.queries.own_items import own_items
from dangjian.members.queries.records import looks_at, own_record
from dangjian.members.views import entry
from dangjian.members.views.inbox import PROPOSAL
from dangjian.members.views.record import header, sections_of


@requires("members.own")
def me(request: Request) -> HttpResponse:
    """One's own record: what it says, what is missing, what became of one's proposals."""
    member = own_record(request.actor)
    rows = list(
        CorrectionProposal.objects.filter(member=member).select_related("member__organization").order_by("-proposed_at")[:20]
    )
    waiting = {row.column for row in rows if row.state == CorrectionProposal.State.OPEN}
    context = {
        **header(member),
        "sections": [section | {"rows": own} for section in sections_of(member) if (own := _by_member(section))],
        "waiting": waiting,
        "proposals": [_shown(request, row) for row in rows],
        "looks": looks_at(member).count(),
    }
    return render(request, "members/me.html", context)


@requires("members.own", methods=("GET", "POST"))
def propose(request: Request, column: str) -> HttpResponse:
    """Propose a correction of one item."""
    member, item = own_record(request.actor), COLUMNS.get(column)
    if item is None or not item.by_member:
        raise NotFound
    initial = {} if item.is_private else {"value": getattr(member, column)}
    form = ProposalForm(request.POST or None, column=item, initial=initial)
    return entry.run(
        request,
        form=form,
        act=lambda keywords: proposals.propose(actor=request.actor, member=member, column=column, **keywords),
        done="已提交，等党支部审核",
        back=reverse("members:me"),
        title=f"更正{item.title}",
        label="提交",
        now=items.masked(column, getattr(member, column)),
        template="members/propose.html",
    )


@requires("members.own", methods=("GET", "POST"))
def check(request: Request) -> HttpResponse:
    """All items of one's own record that are missing or cannot be right, on one page; what is filled in becomes proposals."""
    member = own_record(request.actor)
    items = own_items(member)
    form = CheckForm(request.POST or None, member=member, items=items)
    return entry.run(
        request,
        form=form,
        act=lambda keywords: proposals.propose_many(actor=request.actor, member=member, **keywords),
        done=lambda made: f"已提交{len(made)}项，等党支部审核",
        back=reverse("members:me"),
        waiting=[item for item in items if item.is_proposed],
        template="members/check.html",
    )


@requires("members.own", methods=("POST",))
def show_own(request: Request, column: str) -> HttpResponse:
    """One's own number in full."""
    member = own_record(request.actor)
    if column not in items.PRIVATE:
        raise NotFound
    return render(request, "members/own_value.html", {"value": unmask(request.actor, member, column)})


def _by_member(section: dict[str, Any]) -> list[dict[str, object]]:
    return [row for row in section["rows"] if row["column"].by_member]


def _shown(request: Request, row: CorrectionProposal) -> dict[str, object]:
    value = items.clean(row.column, row.value)
    return {
        "row": row,
        "title": COLUMNS[row.column].title,
        "value": items.masked(row.column, value),
        "url": PROPOSAL.url(row),
        "state": PROPOSAL.state_of(row),
        "may_withdraw": may(proposals.require_withdrawing, request.actor, row),
    }
