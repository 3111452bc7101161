"""减免: reported by the branch, decided by the committee above, ended when the hardship is over."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Case, IntegerField, Value, When
from django.http import HttpResponse
from django.shortcuts import redirect, render

from dangjian.accounts.models import Event
from dangjian.activities.dues.actions import relieving
from dangjian.activities.dues.forms.reliefs import ApproveForm, EndForm, RefuseForm, ReliefFilter, ReliefForm
from dangjian.activities.dues.models import Relief, ReliefState
from dangjian.activities.dues.queries import profiles as read
from dangjian.activities.dues.views.profiles import member_of
from dangjian.kernel import clock
from dangjian.kernel.actor import may
from dangjian.kernel.errors import NotAllowed, NotThere, Refusal
from dangjian.kernel.gate import Request, page
from dangjian.members.own import may_for
from dangjian.org.forms import ActionForm
from dangjian.org.gate import find

PAGE_SIZE = 25
TONES = {
    ReliefState.PROPOSED: "warn",
    ReliefState.APPROVED: "good",
    ReliefState.REFUSED: "bad",
    ReliefState.WITHDRAWN: "neutral",
}


@page("dues.view")
def reliefs(request: Request) -> HttpResponse:
    """Reliefs, those that wait first; who may decide one goes to it from here."""
    form = ReliefFilter(request.GET)
    first = Case(When(state=ReliefState.PROPOSED, then=Value(0)), default=Value(1), output_field=IntegerField())
    rows = form.rows().select_related("member__branch").order_by(first, "-proposed_at", "-pk")
    page_obj = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    over = read.committees_over({row.member.branch for row in page_obj.object_list})
    lines = [{"relief": row, "tone": TONES[ReliefState(row.state)], "mine": _may_decide(request, row, over)} for row in page_obj]
    context = {"form": form, "page_obj": page_obj, "lines": lines, "is_filtered": any(form.cleaned_data.values())}
    return render(request, "dues/reliefs.html", context)


def _may_decide(request: Request, relief: Relief, over: dict[int, Any]) -> bool:
    committee = over[relief.member.branch_id]
    waits = relief.state == ReliefState.PROPOSED and relief.proposed_by_id != request.user.pk
    return bool(waits and committee and may_for(request.actor, "dues.approve_relief", committee, relief.member))


@page("dues.view", methods=("GET", "POST"))
def propose(request: Request, pk: int) -> HttpResponse:
    """The branch reports a member in hardship, or whoever stands in for it above."""
    member = member_of(pk)
    rule = relieving.relief_rule_for(member, clock.today(), clock.today())
    if request.method == "GET":
        relieving.require_proposing(request.actor, member, rule)
    form = ReliefForm(request.POST if request.method == "POST" else None)

    def act() -> HttpResponse:
        made = relieving.propose_relief(actor=request.actor, member=member, **form.keywords())
        committee = read.committee_over(member.branch)
        above = committee.short_name if committee else "上级党委"
        done = made.state == ReliefState.APPROVED
        messages.success(request, "已登记，应交党费已随之调整。" if done else f"已报{above}批准。")
        return redirect("dues:relief", made.pk)

    context = {
        "member": member,
        "now": read.profile(member),
        "committee": read.committee_over(member.branch),
        "rule": rule,
    }
    return _answered(request, form, act, "dues/relief_propose.html", context)


@page("dues.view")
def relief(request: Request, pk: int) -> HttpResponse:
    """One relief with what can be done about it."""
    row = _relief(pk)
    return render(request, "dues/relief.html", _context(request, row))


@page("dues.approve_relief", methods=("POST",))
def approve(request: Request, pk: int) -> HttpResponse:
    """The committee approves."""
    return _decided(request, pk, "approve", ApproveForm(request.POST), relieving.approve_relief, "已批准，应交党费已随之调整。")


@page("dues.approve_relief", methods=("POST",))
def refuse(request: Request, pk: int) -> HttpResponse:
    """The committee says no."""
    return _decided(request, pk, "refuse", RefuseForm(request.POST), relieving.refuse_relief, "已答复不批准。")


@page("dues.propose_relief", methods=("POST",))
def withdraw(request: Request, pk: int) -> HttpResponse:
    """The branch takes it back."""
    return _decided(request, pk, "withdraw", ActionForm(request.POST), relieving.withdraw_relief, "已撤回。")


@page("dues.view", methods=("POST",))
def end(request: Request, pk: int) -> HttpResponse:
    """The member pays again; the action asks for the permission of the branch or of the committee above."""
    form = EndForm(request.POST, relief=_relief(pk))
    return _decided(request, pk, "end", form, relieving.end_relief, "已提前结束，从所选月份起恢复交纳。")


def _relief(pk: int) -> Relief:
    found: Relief = find(
        Relief.objects.select_related("member__branch", "member__organization", "proposed_by", "decided_by"), pk=pk
    )
    return found


def _context(request: Request, row: Relief) -> dict[str, Any]:
    committee = read.committee_over(row.member.branch)
    over = {row.member.branch_id: committee}
    waits = row.state == ReliefState.PROPOSED
    may_propose = request.actor.may("dues.propose_relief", row.member.organization)
    return {
        "relief": row,
        "member": row.member,
        "tone": TONES[ReliefState(row.state)],
        "committee": committee,
        "now": read.profile(row.member),
        "approve_form": ApproveForm() if _may_decide(request, row, over) else None,
        "refuse_form": RefuseForm(),
        "may_withdraw": waits and may_propose,
        "end_form": EndForm(relief=row) if may(relieving.require_ending, request.actor, row) else None,
        "rule": relieving.relief_rule_for(row.member, row.from_month, row.studied_on),
        "events": Event.objects.filter(subject_type="dues.relief", subject_id=row.pk).order_by("pk"),
    }


def _decided(request: Request, pk: int, which: str, form: ActionForm, act: Callable[..., Relief], said: str) -> HttpResponse:
    row = _relief(pk)
    context = _context(request, row)

    def done() -> HttpResponse:
        act(actor=request.actor, relief=row, **form.keywords())
        messages.success(request, said)
        return redirect("dues:relief", row.pk)

    context[f"{which}_form"] = form
    return _answered(request, form, done, "dues/relief.html", {**context, "open": which})


def _answered(
    request: Request, form: ActionForm, act: Callable[[], HttpResponse], template: str, context: dict[str, Any]
) -> HttpResponse:
    """Show the form, or do what it says; a refusal is shown with what was typed."""
    context["form"] = form
    if request.method != "POST":
        return render(request, template, context)
    if form.is_valid():
        try:
            return act()
        except (NotAllowed, NotThere):
            raise
        except Refusal as refusal:
            form.refuse(refusal)
    return render(request, template, context, status=422)
