"""Pages of whoever writes, and pages of whoever answers."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render

from dangjian.activities.feedback import actions, exports, queries
from dangjian.activities.feedback.forms import AddForm, AnswerForm, AssignForm, InboxFilter, PassOnForm, WriteForm
from dangjian.activities.feedback.models import Feedback, State
from dangjian.activities.feedback.policy import answered_by
from dangjian.kernel import clock
from dangjian.kernel.errors import NotAllowed, NotThere, Refusal
from dangjian.kernel.forms import show_refusal
from dangjian.kernel.gate import SIGNED_IN, Request, page
from dangjian.kernel.ordering import ordered_by
from dangjian.kernel.rulebook import book
from dangjian.org.forms import ActionForm
from dangjian.org.gate import find

PAGE_SIZE = 20
SORTS = {"due": "due_on", "written": "written_at", "title": "title", "organization": "organization__path"}


@page(SIGNED_IN)
def mine(request: Request) -> HttpResponse:
    """What one wrote oneself; ``?state=open`` what waits for an answer."""
    state = request.GET.get("state", "")
    rows = queries.own(request.actor.user_id)
    if state in State:
        rows = rows.filter(state=state)
    context = {
        "page_obj": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "state": state,
        "states": State.choices,
        "answers": request.actor.may(queries.ANSWER),
    }
    return render(request, "feedback/mine.html", context)


@page(SIGNED_IN, methods=("GET", "POST"))
def write(request: Request) -> HttpResponse:
    """Write to one's own organisation or one above it."""
    organizations = queries.addressees(request.actor.user_id)
    form = WriteForm(request.POST or None, organizations=organizations)
    if request.method == "POST" and (feedback := _done(form, actions.write, actor=request.actor)):
        messages.success(request, "已提交")
        return redirect("feedback:own", feedback.pk)
    context = {
        "form": form,
        "organizations": organizations,
        "due_on": answered_by(clock.today()),
        "citation": book().on("app.complaints", clock.today()).citation,
    }
    return render(request, "feedback/write.html", context, status=422 if form.is_bound else 200)


@page(SIGNED_IN)
def own(request: Request, pk: int) -> HttpResponse:
    """What one wrote, and all that was done with it."""
    return _own_page(request, _own(request, pk), AddForm())


@page(SIGNED_IN, methods=("POST",))
def add(request: Request, pk: int) -> HttpResponse:
    """Say more."""
    feedback, form = _own(request, pk), AddForm(request.POST)
    if _done(form, actions.add, actor=request.actor, feedback=feedback) is False:
        return _own_page(request, feedback, form, status=422)
    messages.success(request, "已补充")
    return redirect("feedback:own", pk)


@page(SIGNED_IN, methods=("POST",))
def withdraw(request: Request, pk: int) -> HttpResponse:
    """Take back what nobody has answered yet."""
    actions.withdraw(actor=request.actor, feedback=_own(request, pk))
    messages.success(request, "已撤回")
    return redirect("feedback:own", pk)


@page(SIGNED_IN, methods=("POST",))
def turn_to_superior(request: Request, pk: int) -> HttpResponse:
    """Have the level above handle what was not answered in time."""
    place = actions.turn_to_superior(actor=request.actor, feedback=_own(request, pk))
    messages.success(request, f"已转请“{place.short_name}”办理")
    return redirect("feedback:own", pk)


@page("feedback.answer")
def inbox(request: Request) -> HttpResponseBase:
    """What was written to the organisations one answers for; as a spreadsheet with ``?download=xlsx``."""
    filters = InboxFilter(request.GET)
    rows = _filtered(filters)
    usual = "-written_at" if filters.chosen("state") else "due_on"
    rows = rows.order_by(ordered_by(request.GET.get("sort", ""), SORTS, usual), "-pk")
    if request.GET.get("download") == "xlsx":
        sheet = exports.sheet(actor=request.actor, rows=rows)
        return FileResponse(sheet, as_attachment=True, filename=f"意见建议{clock.today():%Y%m%d}.xlsx")
    context = {
        "page_obj": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "filters": filters,
        "state": filters.chosen("state"),
        "waiting": queries.waiting_number(request),
    }
    return render(request, "feedback/inbox.html", context)


@page("feedback.answer")
def case(request: Request, pk: int) -> HttpResponse:
    """One thing that somebody wrote, with what can be done about it."""
    return _case_page(request, _case(pk))


@page("feedback.answer", methods=("POST",))
def answer(request: Request, pk: int) -> HttpResponse:
    """Answer it."""
    return _handle(request, pk, AnswerForm(request.POST), actions.answer, "已答复")


@page("feedback.answer", methods=("POST",))
def assign(request: Request, pk: int) -> HttpResponse:
    """Say who answers it."""
    form = AssignForm(request.POST, handlers=queries.handlers(_case(pk)))
    return _handle(request, pk, form, actions.assign, "已确定办理人")


@page("feedback.answer", methods=("POST",))
def pass_on(request: Request, pk: int) -> HttpResponse:
    """Hand it on to another organisation; whoever does so may not be able to see it any more."""
    form = PassOnForm(request.POST, organizations=queries.passed_to(_case(pk)))
    return _handle(request, pk, form, actions.pass_on, "已转交", after="feedback:inbox")


def _filtered(filters: InboxFilter) -> Any:
    rows = queries.inbox()
    state, kind, text = filters.chosen("state"), filters.chosen("kind"), filters.chosen("q").strip()
    if state != "all":
        rows = rows.filter(state=state or State.OPEN)
    if kind:
        rows = rows.filter(kind=kind)
    if text:
        rows = rows.filter(Q(title__icontains=text) | Q(author__name__icontains=text))
    return rows


def _own(request: Request, pk: int) -> Feedback:
    feedback: Feedback | None = queries.own(request.actor.user_id).filter(pk=pk).first()
    if feedback is None:
        raise NotThere
    return feedback


def _case(pk: int) -> Feedback:
    found: Feedback = find(queries.inbox(), pk=pk)
    return found


def _done(form: ActionForm, act: Callable[..., Any], **keywords: Any) -> Any:
    """What the action answered; ``False`` if the form says what is wrong."""
    if not form.is_valid():
        return False
    try:
        return act(**keywords, **form.keywords())
    except (NotAllowed, NotThere):
        raise
    except Refusal as refusal:
        show_refusal(form, refusal)
        return False


def _handle(request: Request, pk: int, form: ActionForm, act: Callable[..., Any], done: str, *, after: str = "") -> HttpResponse:
    feedback = _case(pk)
    if _done(form, act, actor=request.actor, feedback=feedback) is False:
        return _case_page(request, feedback, form, status=422)
    messages.success(request, done)
    return redirect(after) if after else redirect("feedback:case", pk)


def _own_page(request: Request, feedback: Feedback, form: AddForm, *, status: int = 200) -> HttpResponse:
    context = {
        "feedback": feedback,
        "steps": queries.steps(feedback),
        "form": form,
        "may_raise": queries.may_raise(feedback),
    }
    return render(request, "feedback/own.html", context, status=status)


def _case_page(request: Request, feedback: Feedback, tried: ActionForm | None = None, *, status: int = 200) -> HttpResponse:
    """With the form that was refused in place of its empty one."""
    handlers, organizations = queries.handlers(feedback), queries.passed_to(feedback)
    forms: list[ActionForm] = [
        AnswerForm(),
        AssignForm(handlers=handlers, initial={"user_id": feedback.owner_id or request.actor.user_id}),
        PassOnForm(organizations=organizations),
    ]
    answering, assigning, passing = (tried if type(tried) is type(form) else form for form in forms)
    context = {
        "feedback": feedback,
        "steps": queries.steps(feedback),
        "may_handle": feedback.is_open and feedback.author_id != request.actor.user_id,
        "is_own": feedback.author_id == request.actor.user_id,
        "answering": answering,
        "assigning": assigning,
        "passing": passing,
        "handlers": handlers,
        "organizations": organizations,
        "tried": type(tried).__name__,
    }
    return render(request, "feedback/case.html", context, status=status)
