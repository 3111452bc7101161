"""交纳方式: the branch agrees that a member pays by the quarter or where they are, and ends it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from dangjian.activities.dues import rates
from dangjian.activities.dues.assessment.actions import arrangements
from dangjian.activities.dues.assessment.forms.arrangements import ElsewhereForm, EndArrangementForm, QuarterlyForm
from dangjian.activities.dues.assessment.models import Arrangement, ArrangementKind
from dangjian.activities.dues.assessment.views.access import arrangement_to_end, member_to_agree_with
from dangjian.kernel import clock
from dangjian.kernel.gate import Request, requires
from dangjian.kernel.submit import attempt
from dangjian.members.models import Member
from dangjian.members.queries.certificates import certificate_of
from dangjian.org.forms import ActionForm


@requires("dues.view", on=member_to_agree_with, methods=("GET", "POST"))
def agree(request: Request, member: Member, kind: str) -> HttpResponse:
    """The branch agrees."""
    kind = ArrangementKind(kind)
    known = certificate_of(member.pk, besides="dues") if kind == ArrangementKind.ELSEWHERE else None
    data = request.POST if request.method == "POST" else None
    form: ActionForm = ElsewhereForm(data, known=known) if kind == ArrangementKind.ELSEWHERE else QuarterlyForm(data)
    if request.method == "POST":
        made = attempt(form, lambda _: arrangements.agree(actor=request.actor, member=member, kind=kind, **form.keywords()))
        if made is not None:
            messages.success(request, f"已登记：{member.name}{kind.label}。")
            return redirect("dues:profile", member.pk)
    context = {
        "member": member,
        "kind": kind,
        "form": form,
        "known": known,
        "rule": rates.arrangement_rule(arrangements.RULES[kind], clock.today()),
    }
    return render(request, "dues/assessment/arrange.html", context, status=422 if form.errors else 200)


@requires("dues.view", on=arrangement_to_end, methods=("GET", "POST"))
def end(request: Request, row: Arrangement) -> HttpResponse:
    """The member pays every month again."""
    form = EndArrangementForm(request.POST if request.method == "POST" else None, arrangement=row)
    if request.method == "POST":
        done = attempt(form, lambda _: arrangements.end(actor=request.actor, arrangement=row, **form.keywords()))
        if done is not None:
            messages.success(request, "已提前结束，从所选月份起恢复按月交纳。")
            return redirect("dues:profile", row.member_id)
    context = {"row": row, "member": row.member, "form": form}
    return render(request, "dues/assessment/arrange_end.html", context, status=422 if form.errors else 200)
