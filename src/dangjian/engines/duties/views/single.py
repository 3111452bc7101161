"""A person's to-do list, and the forms that a duty is given to somebody else by, or let off."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from dangjian.accounts.editing import Turn
from dangjian.engines.duties import actions
from dangjian.engines.duties.forms import ExcuseForm, ReassignOneForm
from dangjian.engines.duties.models import Duty, State, is_overdue, is_soon
from dangjian.engines.duties.queries import lists, waiting
from dangjian.engines.duties.queries.people import candidates
from dangjian.engines.duties.views.duty import DUTY
from dangjian.kernel import clock
from dangjian.kernel.gate import SIGNED_IN, Request, requires
from dangjian.kernel.submit import attempt

PAGE_SIZE = 20


@requires(SIGNED_IN)
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


@requires("duties.manage", methods=("GET", "POST"))
def reassign(request: Request, pk: int) -> HttpResponse:
    """Choose somebody else for one duty."""
    duty = DUTY.find(request, pk)
    if request.method == "GET":
        actions.require_reassigning(request.actor, duty)
    people = candidates(duty.organization)
    form = ReassignOneForm(request.POST or None, people=people, held=duty.responsible)

    def again() -> ReassignOneForm:
        return ReassignOneForm(people=people, held=DUTY.find(request, pk).responsible)

    def reassign(data: dict[str, Any]) -> int:
        return actions.reassign(actor=request.actor, duties=[duty], **data)

    turn = Turn(duty, again, ("duties.reassigned", "duties.handed_back"))
    if request.method == "POST" and attempt(form, reassign, turn) is not None:
        messages.success(request, f"已改由{form.cleaned_data['to'].name}负责")
        return _done(request, duty)
    return _form(request, duty, form, "改派责任人", "改派")


@requires("duties.excuse", methods=("GET", "POST"))
def excuse(request: Request, pk: int) -> HttpResponse:
    """Let a unit off a duty."""
    duty = DUTY.find(request, pk)
    if request.method == "GET":
        actions.require_excusing(request.actor, duty)
    form = ExcuseForm(request.POST or None)
    if request.method == "POST" and attempt(form, lambda data: actions.excuse(actor=request.actor, duty=duty, **data)):
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
