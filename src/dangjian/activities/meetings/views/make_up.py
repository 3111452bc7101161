"""A member's make-up study: read what was set, write what one took from it, hand it in."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from dangjian.accounts.editing import Turn
from dangjian.activities.meetings import own
from dangjian.activities.meetings.actions import submit_make_up
from dangjian.activities.meetings.actions.making_up import require_handing_in
from dangjian.activities.meetings.forms.member import ReflectionForm
from dangjian.activities.meetings.models import MakeUp, MakeUpState
from dangjian.kernel.actor import may
from dangjian.kernel.forms import Cleaned
from dangjian.kernel.gate import SIGNED_IN, Request, requires
from dangjian.kernel.submit import attempt


def study_of_mine(request: Request, pk: int) -> MakeUp:
    """A make-up study that the reader has to do or has done."""
    return own.study(request.actor.user_id, pk)


@requires(SIGNED_IN, on=study_of_mine, methods=("GET", "POST"))
def make_up(request: Request, task: MakeUp) -> HttpResponse:
    """One study; what was handed in may be rewritten until it is confirmed."""
    form = ReflectionForm(request.POST or None, initial={"reflection": task.reflection})

    def again() -> ReflectionForm:
        return ReflectionForm(initial={"reflection": study_of_mine(request, task.pk).reflection})

    def hand_in(data: Cleaned) -> MakeUp:
        return submit_make_up(actor=request.actor, make_up=task, **data)

    if request.method == "POST" and attempt(form, hand_in, Turn(task, again)) is not None:
        messages.success(request, "已提交，记录人确认后会通知您。")
        return redirect("meetings:make_up", task.pk)
    context = {
        "task": task,
        "meeting": task.attendance.meeting,
        "form": form,
        "is_editing": bool(form.errors) or task.state in {MakeUpState.ASSIGNED, MakeUpState.RETURNED} or "edit" in request.GET,
        "may_hand_in": may(require_handing_in, request.actor, task),
    }
    return render(request, "meetings/make_up_own.html", context, status=422 if form.errors else 200)
