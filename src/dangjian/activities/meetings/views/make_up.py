"""A member's make-up study: read what was set, write what one took from it, hand it in."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from dangjian.accounts.editing import Turn
from dangjian.activities.meetings import own
from dangjian.activities.meetings.actions import submit_make_up
from dangjian.activities.meetings.forms.member import ReflectionForm
from dangjian.activities.meetings.models import MakeUp, MakeUpState
from dangjian.kernel.errors import NotFound
from dangjian.kernel.gate import SIGNED_IN, Request, requires
from dangjian.kernel.submit import attempt


def _task(request: Request, pk: int) -> MakeUp:
    found: MakeUp | None = own.make_ups_of(int(request.user.pk)).filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


@requires(SIGNED_IN, methods=("GET", "POST"))
def make_up(request: Request, pk: int) -> HttpResponse:
    """One study; what was handed in may be rewritten until it is confirmed."""
    task = _task(request, pk)
    form = ReflectionForm(request.POST or None, initial={"reflection": task.reflection})

    def again() -> ReflectionForm:
        return ReflectionForm(initial={"reflection": _task(request, pk).reflection})

    def hand_in(data: dict[str, Any]) -> MakeUp:
        return submit_make_up(actor=request.actor, make_up=task, **data)

    if request.method == "POST" and attempt(form, hand_in, Turn(task, again)):
        messages.success(request, "已提交，记录人确认后会通知您。")
        return redirect("meetings:make_up", pk)
    context = {
        "task": task,
        "meeting": task.attendance.meeting,
        "form": form,
        "is_editing": bool(form.errors) or task.state in {MakeUpState.ASSIGNED, MakeUpState.RETURNED} or "edit" in request.GET,
        "is_confirmed": task.state == MakeUpState.CONFIRMED,
    }
    return render(request, "meetings/make_up_own.html", context, status=422 if form.errors else 200)
