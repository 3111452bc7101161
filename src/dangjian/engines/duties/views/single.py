"""A person's to-do list, and everything that concerns a single duty."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from dangjian.accounts.editing import Turn
from dangjian.accounts.models import Event
from dangjian.engines.duties import actions
from dangjian.engines.duties.forms import ConfirmForm, DecideForm, ExcuseForm, ReassignOneForm
from dangjian.engines.duties.models import DoneBefore, Duty, State, is_overdue, is_soon
from dangjian.engines.duties.offers import DutyRule
from dangjian.engines.duties.queries import lists, waiting
from dangjian.engines.duties.queries.people import candidates, posts_of
from dangjian.kernel import clock
from dangjian.kernel.actor import may
from dangjian.kernel.gate import SIGNED_IN, Request, page
from dangjian.kernel.registry import by_code
from dangjian.kernel.submit import attempt
from dangjian.org.gate import find

PAGE_SIZE = 20


@page(SIGNED_IN)
def mine(request: Request) -> HttpResponse:
    """What is due for me, soonest first; ``?tab=done`` what I have done, ``?tab=later`` what begins later."""
    tab = request.GET.get("tab", "")
    today = clock.today()
    own = lists.mine(request.user.pk)
    rows = {
        "done": own.filter(state__in=(State.DONE, State.EXCUSED)).order_by(F("done_on").desc(nulls_last=True), "-pk"),
        "later": own.unfinished().filter(opens_on__gt=today).order_by("opens_on", "due_on", "pk"),
    }.get(tab, own.unfinished().opened(today).soonest_first())
    page_obj = Paginator(lists.shown(rows), PAGE_SIZE).get_page(request.GET.get("page"))
    numbers = {
        "overdue": own.filter(is_overdue(today)).count(),
        "soon": own.filter(is_soon(today)).count(),
        "done": own.filter(state=State.DONE, done_on__gte=today.replace(month=1, day=1)).count(),
    }
    items = lists.present(page_obj.object_list, request.actor)
    groups = [] if tab else waiting.groups(request, limit=PAGE_SIZE)
    context = {"tab": tab, "page_obj": page_obj, "items": items, "numbers": numbers, "groups": groups}
    return render(request, "duties/mine.html", context)


@page("duties.view")
def detail(request: Request, pk: int) -> HttpResponse:
    """One duty: why, how, who, what shows it done, and what has been decided about it."""
    duty = duty_of(request, pk)
    return render(request, "duties/detail.html", {**page_of(request, duty), "form": ConfirmForm(needs_file=_needs_file(duty))})


def _needs_file(duty: Duty) -> bool:
    return duty.local_duty is not None and duty.local_duty.needs_file


def duty_of(request: Request, pk: int) -> Duty:
    """The duty, if it may be seen. A member's own is seen by him, by whoever answers for it, and by those with the matrix."""
    duty: Duty = find(lists.shown(Duty.objects.exclude(state=State.VOID)), pk=pk)
    user = request.user.pk
    if duty.member_id and user not in {duty.responsible_id, duty.member.user_id if duty.member else None}:
        request.actor.require("duties.matrix", duty.organization)
    return duty


def _paper_note(duty: Duty) -> str:
    same = DoneBefore.objects.filter(organization=duty.organization_id, rule=duty.rule, period_start=duty.period_start)
    return same.values_list("note", flat=True).first() or ""


def page_of(request: Request, duty: Duty) -> dict[str, Any]:
    """What the page of a duty shows; also used when a form on it is sent back."""
    actor = request.actor
    rule = by_code(DutyRule).get(duty.rule)
    confirmations = list(duty.confirmations.select_related("by", "decided_by"))
    local = duty.local_duty
    by_confirmation = local is not None and not local.satisfied_by
    return {
        "item": lists.present([duty], actor)[0],
        "duty": duty,
        "paper_note": _paper_note(duty) if duty.was_done_on_paper else "",
        "found": rule.explain(duty.organization, clock.today()) if rule and rule.explain and duty.is_open else "",
        "post": posts_of([duty.responsible_id]).get(duty.responsible_id, "") if duty.responsible_id else "",
        "may_reassign": may(actions.require_reassigning, actor, duty),
        "may_hand_back": duty.is_open and duty.reassigned and actor.may("duties.manage", duty.organization),
        "may_excuse": may(actions.require_excusing, actor, duty),
        "may_demand": duty.state == State.EXCUSED and actor.may("duties.excuse", actions.level_above(duty.organization)),
        "may_confirm": by_confirmation
        and duty.is_open
        and not duty.submitted_on
        and (duty.responsible_id == actor.user_id or actor.may("duties.confirm", duty.organization)),
        "decidable": {one.pk for one in confirmations if may(actions.require_deciding, actor, one)},
        "decide_form": DecideForm(),
        "confirmations": confirmations,
        "events": Event.objects.filter(subject_type="duties.duty", subject_id=duty.pk).order_by("at", "pk"),
    }


@page("duties.manage", methods=("GET", "POST"))
def reassign(request: Request, pk: int) -> HttpResponse:
    """Choose somebody else for one duty."""
    duty = duty_of(request, pk)
    if request.method == "GET":
        actions.require_reassigning(request.actor, duty)
    people = candidates(duty.organization)
    form = ReassignOneForm(request.POST or None, people=people, held=duty.responsible)

    def again() -> ReassignOneForm:
        return ReassignOneForm(people=people, held=duty_of(request, pk).responsible)

    def reassign(data: dict[str, Any]) -> int:
        return actions.reassign(actor=request.actor, duties=[duty], **data)

    turn = Turn(duty, again, ("duties.reassigned", "duties.handed_back"))
    if request.method == "POST" and attempt(form, reassign, turn) is not None:
        messages.success(request, f"已改由{form.cleaned_data['to'].name}负责")
        return _done(request, duty)
    return _form(request, duty, form, "改派责任人", "改派")


@page("duties.manage", methods=("POST",))
def hand_back(request: Request, pk: int) -> HttpResponse:
    """Give a reassigned duty back to the holder of the post."""
    duty = duty_of(request, pk)
    actions.hand_back(actor=request.actor, duty=duty)
    messages.success(request, "已恢复由任职人员负责")
    return redirect("duties:detail", pk)


@page("duties.excuse", methods=("GET", "POST"))
def excuse(request: Request, pk: int) -> HttpResponse:
    """Let a unit off a duty."""
    duty = duty_of(request, pk)
    if request.method == "GET":
        actions.require_excusing(request.actor, duty)
    form = ExcuseForm(request.POST or None)
    if request.method == "POST" and attempt(form, lambda data: actions.excuse(actor=request.actor, duty=duty, **data)):
        messages.success(request, "已免办")
        return _done(request, duty)
    return _form(request, duty, form, "免办", "确定免办")


@page("duties.excuse", methods=("POST",))
def demand_again(request: Request, pk: int) -> HttpResponse:
    """Take an excuse back."""
    duty = duty_of(request, pk)
    actions.demand_again(actor=request.actor, duty=duty)
    messages.success(request, "已撤销免办")
    return redirect("duties:detail", pk)


def _form(request: Request, duty: Duty, form: Any, title: str, label: str) -> HttpResponse:
    is_part = bool(request.headers.get("HX-Request"))
    template = "duties/form_part.html" if is_part else "duties/form_page.html"
    status = 422 if form.is_bound else 200
    return render(request, template, {"duty": duty, "form": form, "form_title": title, "form_label": label}, status=status)


def _done(request: Request, duty: Duty) -> HttpResponse:
    """Back to the duty; a form in a dialog loads the page below it anew."""
    if request.headers.get("HX-Request"):
        response = HttpResponse(status=204)
        response["HX-Refresh"] = "true"
        return response
    return redirect(reverse("duties:detail", args=(duty.pk,)))
