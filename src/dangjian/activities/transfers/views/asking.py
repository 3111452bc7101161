"""Asking for a transfer: the member for themselves on the phone, the office of a branch for one of its members."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from dangjian.activities.transfers.actions import asking
from dangjian.activities.transfers.forms import AskForm
from dangjian.activities.transfers.queries.going import PROCEDURE, belongings, member_of, under_way
from dangjian.engines.procedures.models import ProcedureCase
from dangjian.engines.procedures.offers import CasePanel
from dangjian.kernel.actor import may
from dangjian.kernel.errors import NotFound
from dangjian.kernel.gate import Request, requires
from dangjian.kernel.submit import submit
from dangjian.members.models import Member
from dangjian.org.gate import find
from dangjian.org.lookup import answer_search, is_search
from dangjian.org.openings import own


def member_to_transfer(request: Request, pk: int) -> Member:
    """A member, for whoever may ask for their transfer."""
    member = find(Member.objects.select_related("branch"), pk=pk)
    asking.require_asking(request.actor, member)
    return member


def oneself(request: Request) -> Member:
    """The member who is signed in."""
    member: Member | None = own(Member, request.user.pk).select_related("branch").first()
    if member is None:
        raise NotFound("没有您的党员档案。")
    return member


def case_url(case: ProcedureCase) -> str:
    """The page of a transfer."""
    return reverse(f"procedures:{PROCEDURE}_case", args=[case.pk])


@requires("transfers.view", on=member_to_transfer, methods=("GET", "POST"))
def ask(request: Request, member: Member) -> HttpResponse:
    """The branch asks for one of its members."""
    return _asked(request, member, reverse("members:detail", args=[member.pk]))


@requires("transfers.own", on=oneself, methods=("GET", "POST"))
def ask_oneself(request: Request, member: Member) -> HttpResponse:
    """A member asks for themselves; whoever has asked comes to their transfer."""
    case = under_way(member)
    if case is not None:
        return redirect(case_url(case))
    return _asked(request, member, reverse("members:me"))


def _asked(request: Request, member: Member, back: str) -> HttpResponse:
    form = AskForm(member, request.POST or None)
    if is_search(request):
        return answer_search(request, form)
    return submit(
        request,
        form,
        lambda _data: asking.ask(actor=request.actor, member=member, **form.keywords()),
        template="transfers/ask.html",
        context={"member": member, "step": form.step, "belongings": grouped(member), "back": back},
        done="已提出转接，等上级审核。",
        to=case_url,
    )


TITLES = {"settled": "转出以前要办完", "along": "随组织关系一起转", "ends": "转出以后自动结束"}


def grouped(member: Member) -> list[tuple[str, list[str]]]:
    """What goes along, ends or is to be settled, each under its title."""
    found = belongings(member)
    groups = ((title, [one.text for one in found if one.what == what]) for what, title in TITLES.items())
    return [(title, texts) for title, texts in groups if texts]


# On other pages


def _of_case(_request: Request, case: ProcedureCase) -> Mapping[str, Any] | None:
    """What goes along, for both sides, as long as the transfer is under way."""
    found = grouped(member_of(case)) if case.is_open else []
    return {"belongings": found} if found else None


OF_CASE = CasePanel("随转情况", "list-details", "transfers/panel_case.html", _of_case)


def of_member(request: Request, member: Member) -> dict[str, object] | None:
    """On the page of a member: the transfer that is under way, or the way to ask for one."""
    case = under_way(member)
    may_ask = may(asking.require_asking, request.actor, member)
    if case is None and not may_ask:
        return None
    return {"case": case, "ask_url": reverse("transfers:ask", args=[member.pk]) if may_ask else ""}


def of_me(request: Request) -> dict[str, object] | None:
    """On the home page: one's own transfer that is under way."""
    member: Member | None = own(Member, request.user.pk).first()
    case = under_way(member) if member else None
    return {"case": case} if case else None
