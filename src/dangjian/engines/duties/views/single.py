"""The forms by which a duty is given to somebody else, or let off."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from dangjian.accounts.editing import Turn
from dangjian.engines.duties import actions
from dangjian.engines.duties.forms import ExcuseForm, ReassignOneForm
from dangjian.engines.duties.models import Duty
from dangjian.engines.duties.queries.people import candidates
from dangjian.engines.duties.views.access import duty_to_excuse, duty_to_reassign
from dangjian.engines.duties.views.duty import DUTY
from dangjian.kernel.forms import Cleaned
from dangjian.kernel.gate import Request, requires
from dangjian.kernel.submit import attempt


@requires("duties.manage", on=duty_to_reassign, methods=("GET", "POST"))
def reassign(request: Request, duty: Duty) -> HttpResponse:
    """Choose somebody else for one duty."""
    people = candidates(duty.organization)
    form = ReassignOneForm(request.POST or None, people=people, held=duty.responsible)

    def again() -> ReassignOneForm:
        return ReassignOneForm(people=people, held=DUTY.find(request, pk=duty.pk).responsible)

    def reassign(data: Cleaned) -> int:
        return actions.reassign(actor=request.actor, duties=[duty], **data)

    turn = Turn(duty, again, ("duties.reassigned", "duties.handed_back"))
    if request.method == "POST" and attempt(form, reassign, turn) is not None:
        messages.success(request, f"已改由{form.cleaned_data['to'].name}负责")
        return _done(request, duty)
    return _form(request, duty, form, "改派责任人", "改派")


@requires("duties.excuse", on=duty_to_excuse, methods=("GET", "POST"))
def excuse(request: Request, duty: Duty) -> HttpResponse:
    """Let a unit off a duty."""
    form = ExcuseForm(request.POST or None)

    def let_off(data: Cleaned) -> Duty:
        return actions.excuse(actor=request.actor, duty=duty, **data)

    if request.method == "POST" and attempt(form, let_off) is not None:
        messages.success(request, "已免办")
        return _done(request, duty)
    return _form(request, duty, form, "免办", "确定免办")


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
