"""Beginning a case about a member, and the cards that say what is under way about somebody."""

from collections.abc import Callable
from functools import partial

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse

from dangjian.engines.procedures.actions.members import require_starting_for, start_for
from dangjian.engines.procedures.actions.turns import sees
from dangjian.engines.procedures.definition import Procedure
from dangjian.engines.procedures.forms import MemberForm, StartForForm
from dangjian.engines.procedures.installed import offer_of, procedure
from dangjian.engines.procedures.models import CaseState, ProcedureCase
from dangjian.engines.procedures.offers import ProcedureOffer
from dangjian.engines.procedures.queries import cases_about, members_for, running_for
from dangjian.engines.procedures.views.access import case_url
from dangjian.kernel.actor import may
from dangjian.kernel.errors import NotFound
from dangjian.kernel.gate import SIGNED_IN, Request, requires
from dangjian.kernel.registry import offers
from dangjian.kernel.submit import submit
from dangjian.members.models import Member
from dangjian.org.gate import find
from dangjian.org.lookup import answer_search, is_search
from dangjian.org.openings import own


def paths_of(one: Procedure) -> list[URLPattern]:
    """The addresses at which cases of a procedure about members are begun."""
    found: list[tuple[str, str, Callable[..., HttpResponseBase]]] = []
    methods = ("GET", "POST")
    if one.begins_here:
        begin = requires(one.view, on=partial(member_to_begin, code=one.code), methods=methods)(partial(_begin, code=one.code))
        permission = one.versions[-1].steps[0].who.permission
        found.append(("new/", "new", requires(permission)(partial(_choose, code=one.code))))
        found.append(("for/<int:pk>/", "for", begin))
    if one.begins_by_themselves:
        begin = requires(SIGNED_IN, on=oneself, methods=methods)(partial(_begin_own, code=one.code))
        found.append(("own/", "own", begin))
    return [path(f"{one.code}/{end}", view, name=f"{one.code}_{name}") for end, name, view in found]


def member_to_begin(request: Request, pk: int, *, code: str) -> Member:
    """A member, for whoever may begin such a case about them."""
    member: Member = find(Member.objects.select_related("branch"), pk=pk)
    require_starting_for(request.actor, code, member)
    return member


def oneself(request: Request) -> Member:
    """The member who is signed in."""
    member: Member | None = own(Member, request.user.pk).select_related("branch").first()
    if member is None:
        raise NotFound("没有您的党员档案。")
    return member


def _choose(request: Request, *, code: str) -> HttpResponse:
    """About whom a case is begun."""
    one = procedure(code)
    form = MemberForm(members_for(request.actor, one), request.GET if "member" in request.GET else None)
    if is_search(request):
        return answer_search(request, form)
    if form.is_bound and form.is_valid():
        return redirect(f"procedures:{code}_for", pk=form.cleaned_data["member"].pk)
    listing = reverse(offer_of(code).list_name)
    context = {"form": form, "title": one.begin, "crumbs": [(one.title, listing)], "crumb": one.begin, "intro": one.intro}
    return render(request, "procedures/choose_member.html", {**context, "back": listing})


def _begin(request: Request, member: Member, *, code: str) -> HttpResponse:
    """The office begins a case about a member."""
    return _begun(request, member, procedure(code), reverse("members:detail", args=[member.pk]))


def _begin_own(request: Request, member: Member, *, code: str) -> HttpResponse:
    """A member begins a case about themselves; whoever has one already that excludes it comes to that one, and is told so."""
    running = running_for(procedure(code).track, member.pk)
    if running is not None:
        if request.method == "POST" or running.procedure != code:
            messages.info(request, f"您的“{procedure(running.procedure).title}”正在办理，没有另外提出；不用办了的，请先撤回。")
        return redirect(case_url(running))
    require_starting_for(request.actor, code, member)
    return _begun(request, member, procedure(code), reverse("members:me"))


def _begun(request: Request, member: Member, one: Procedure, back: str) -> HttpResponse:
    form = StartForForm(one, member, request.POST or None, request.FILES or None)
    if is_search(request):
        return answer_search(request, form)
    panels = [(panel, panel.context(request, member)) for panel in offer_of(one.code).start_panels]
    return submit(
        request,
        form,
        lambda _data: start_for(actor=request.actor, code=one.code, member=member, **form.keywords()),
        template="procedures/form.html",
        context={
            "title": f"{one.begin}：{member.name}",
            "crumbs": [(member.name, back)],
            "crumb": one.begin,
            "intro": one.intro,
            "step": form.step,
            "panels": [
                {"title": panel.title, "icon": panel.icon, "body": render_to_string(panel.template, dict(found), request)}
                for panel, found in panels
                if found is not None
            ],
            "draft": f"{one.code} {member.pk}",
            "label": form.step.title,
            "back": back,
        },
        done=f"“{form.step.title}”已办理。",
        to=case_url,
    )


# On other pages


def of_member(request: Request, member: Member) -> dict[str, object] | None:
    """On the page of a member: what is under way about them, what was, and what may be begun."""
    shown = [case for case in cases_about(member)[:SHOWN] if sees(request.actor, case)]
    begin = [
        (offer.procedure, reverse(f"procedures:{offer.code}_for", args=[member.pk]))
        for offer in offers(ProcedureOffer)
        if offer.procedure.about == "member"
        and offer.procedure.begins_here
        and may(require_starting_for, request.actor, offer.code, member)
    ]
    if not shown and not begin:
        return None
    often = [each for each in begin if not each[0].seldom]
    return {"cases": _told(shown), "begin": often, "seldom": [each for each in begin if each[0].seldom]}


SHOWN = 20


def of_me(request: Request) -> dict[str, object] | None:
    """On the home page: what is under way about oneself."""
    member: Member | None = own(Member, request.user.pk).first()
    cases = list(cases_about(member).filter(state=CaseState.OPEN)) if member else []
    return {"cases": _told(cases)} if cases else None


def _told(cases: list[ProcedureCase]) -> list[dict[str, object]]:
    """Each case with its procedure, its page and how far it is."""
    return [
        {
            "case": case,
            "procedure": (one := procedure(case.procedure)),
            "url": case_url(case),
            "stage": one.stage_title(case.stage) if case.is_open else case.get_state_display(),
        }
        for case in cases
    ]
