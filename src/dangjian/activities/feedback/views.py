"""Pages of whoever writes, and pages of whoever answers."""

import datetime as dt
from collections.abc import Callable

from django.contrib import messages
from django.db import transaction
from django.db.models import Case, Q, When
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from dangjian.accounts.events import record
from dangjian.accounts.queries import found_account
from dangjian.activities.feedback import actions, queries
from dangjian.activities.feedback.forms import AddForm, AnswerForm, AssignForm, PassOnForm, WriteForm
from dangjian.activities.feedback.models import Feedback, FeedbackQuerySet, Kind, State
from dangjian.activities.feedback.policy import answered_by
from dangjian.kernel import clock
from dangjian.kernel.actor import Visitor, may
from dangjian.kernel.errors import NotFound
from dangjian.kernel.gate import SIGNED_IN, Request, requires
from dangjian.kernel.lists import ALL, DAY, Asked, Choice, Column, Empty, ListPage, Search, Start
from dangjian.kernel.rulebook import book
from dangjian.kernel.submit import attempt, submit
from dangjian.org.forms import ActionForm
from dangjian.org.gate import find


def _state(row: Feedback) -> str:
    return render_to_string("feedback/_state.html", {"row": row})


def _state_word(row: Feedback) -> str:
    return "已超期" if row.is_late else row.get_state_display()


def _written_on(row: Feedback) -> dt.date:
    return timezone.localtime(row.written_at).date()


def _may_answer(asked: Asked) -> bool:
    return bool(asked.request.actor.may(queries.ANSWER))


WRITE = Start("写一条", "feedback:write", "message-plus")

MINE = ListPage(
    name="feedback:mine",
    title="意见建议",
    permission=SIGNED_IN,
    intro="平台不好用、工作有建议、事情没人办，都可以写在这里。只有您和办理人看得到。",
    rows=lambda asked: queries.written_by(asked.request.actor.user_id),
    columns=(
        Column("什么事", "title"),
        Column("类型", "get_kind_display"),
        Column("由谁办理", "organization.short_name"),
        Column("提出日期", "written_at", DAY, sort="-written_at", key="written"),
        Column("状态", _state_word, sort="state", drawn=_state),
    ),
    order=("-written_at",),
    row="feedback:own",
    starts=(Start("办理别人提出的", "feedback:inbox", "message-reply", _may_answer, is_primary=False), WRITE),
    filters=(Choice("state", "状态", State.choices, look="chips"),),
    missed=lambda _asked: Empty("message-2", "没有这样的意见建议", "点“全部”看您写过的所有意见建议。"),
    empty=Empty("message-2", "您还没有写过意见建议", "写好以后，谁在办、什么时候答复，都在这里看。", WRITE),
    has_sheet=False,
)


@requires(SIGNED_IN, methods=("GET", "POST"))
def write(request: Request) -> HttpResponse:
    """Write to one's own organisation or one above it."""
    organizations = queries.addressees(request.actor.user_id)
    form = WriteForm(request.POST or None, organizations=organizations)
    return submit(
        request,
        form,
        lambda _data: actions.write(actor=request.actor, **form.keywords()),
        template="feedback/write.html",
        context={
            "organizations": organizations,
            "due_on": answered_by(clock.today()),
            "citation": book().on("app.complaints", clock.today()).citation,
        },
        done="已提交",
        to=lambda made: reverse("feedback:own", args=[made.pk]),
    )


OWN_STEPS: dict[str, Callable[[Visitor, Feedback], None]] = {
    "add": actions.require_adding,
    "withdraw": actions.require_withdrawing,
    "turn": actions.require_turning,
}
"""What its author may do with it, as the page names it, each with what the action asks."""


def written_by_me(request: Request, pk: int) -> Feedback:
    """What the reader wrote themselves, wherever it is handled."""
    feedback: Feedback | None = queries.written_by(request.actor.user_id).filter(pk=pk).first()
    if feedback is None:
        raise NotFound
    return feedback


@requires(SIGNED_IN, on=written_by_me)
def own(request: Request, feedback: Feedback) -> HttpResponse:
    """What one wrote, and all that was done with it."""
    return _own_page(request, feedback, AddForm())


@requires(SIGNED_IN, on=written_by_me, methods=("POST",))
def add(request: Request, feedback: Feedback) -> HttpResponse:
    """Say more."""
    form = AddForm(request.POST)
    if attempt(form, lambda _data: actions.add(actor=request.actor, feedback=feedback, **form.keywords())) is None:
        return _own_page(request, feedback, form, status=422)
    messages.success(request, "已补充")
    return redirect("feedback:own", feedback.pk)


@requires(SIGNED_IN, on=written_by_me, methods=("POST",))
def withdraw(request: Request, feedback: Feedback) -> HttpResponse:
    """Take back what nobody has answered yet."""
    actions.withdraw(actor=request.actor, feedback=feedback)
    messages.success(request, "已撤回")
    return redirect("feedback:own", feedback.pk)


@requires(SIGNED_IN, on=written_by_me, methods=("POST",))
def turn_to_superior(request: Request, feedback: Feedback) -> HttpResponse:
    """Have the level above handle what was not answered in time."""
    place = actions.turn_to_superior(actor=request.actor, feedback=feedback)
    messages.success(request, f"已转请“{place.short_name}”办理")
    return redirect("feedback:own", feedback.pk)


def _found(text: str) -> Q:
    """By the title or whoever wrote it, who need not be a member."""
    return found_account(text, "author__") | Q(title__icontains=text)


def _in_state(rows: FeedbackQuerySet, state: str) -> FeedbackQuerySet:
    """Those that wait, unless others are asked for."""
    return rows if state == ALL else rows.filter(state=state or State.OPEN)


def _handled_by(row: Feedback) -> str:
    return f"{row.organization.short_name}，{row.owner.name}" if row.owner else row.organization.short_name


def _waiting(asked: Asked) -> str:
    waiting = queries.waiting_number(asked.request)
    return "提给本级党组织的使用问题、建议和投诉。" + (f"有 {waiting} 条您可以答复。" if waiting else "")


def _missed(asked: Asked) -> Empty | None:
    only_answered = asked.values.get("state") == State.ANSWERED and not asked.values.get("q") and not asked.values.get("kind")
    return Empty("message-2", "还没有答复过意见建议", "答复以后，会列在这里备查。") if only_answered else None


@transaction.atomic
def _exported(asked: Asked) -> None:
    """The spreadsheet names people."""
    record(actor=asked.request.actor, verb="feedback.exported", summary=f"导出意见建议（{asked.rows.count()}条）")


INBOX = ListPage(
    name="feedback:inbox",
    title="办理意见建议",
    permission=queries.ANSWER,
    intro=_waiting,
    rows=lambda _asked: queries.inbox(),
    columns=(
        Column("什么事", "title", sort="title", header="标题", width=40),
        Column("类型", "get_kind_display", sort="kind"),
        Column("提出人", "author.name"),
        Column("提出日期", _written_on, DAY, sort="written_at", key="written"),
        Column("由谁办理", "organization.short_name", sort="organization__path", key="organization", drawn=_handled_by, width=24),
        Column("办理人", "owner.name", on_page=False),
        Column("答复期限", "due_on", DAY, sort="due_on", key="due"),
        Column("状态", _state_word, drawn=_state),
        Column("答复日期", lambda row: row.answered_at and timezone.localtime(row.answered_at).date(), DAY, on_page=False),
    ),
    # What waits stands first, by its last day; what is done follows, the newest first.
    order=(Case(When(state=State.OPEN, then="due_on")).asc(nulls_last=True), "-written_at"),
    row="feedback:case",
    filters=(
        Choice("state", "状态", [(State.ANSWERED.value, "已答复"), (ALL, "全部")], usual="待答复", rows=_in_state, look="chips"),
        Search("q", "标题或提出人", _found),
        Choice("kind", "类型", Kind.choices, usual="全部类型"),
    ),
    missed=_missed,
    empty=Empty("message-2", "没有要答复的意见建议", "党员写给本级党组织的意见建议会列在这里，并进入您的待办。"),
    exported=_exported,
)


def written_to_us(_request: Request, pk: int) -> Feedback:
    """What lies where the reader answers."""
    found: Feedback = find(queries.inbox(), pk=pk)
    return found


@requires("feedback.answer", on=written_to_us)
def case(request: Request, feedback: Feedback) -> HttpResponse:
    """One thing that somebody wrote, with what can be done about it."""
    return _case_page(request, feedback)


@requires("feedback.answer", on=written_to_us, methods=("POST",))
def answer(request: Request, feedback: Feedback) -> HttpResponse:
    """Answer it."""
    return _handle(request, feedback, AnswerForm(request.POST), actions.answer, "已答复")


@requires("feedback.answer", on=written_to_us, methods=("POST",))
def assign(request: Request, feedback: Feedback) -> HttpResponse:
    """Say who answers it."""
    form = AssignForm(request.POST, handlers=queries.handlers(feedback))
    return _handle(request, feedback, form, actions.assign, "已确定办理人")


@requires("feedback.answer", on=written_to_us, methods=("POST",))
def pass_on(request: Request, feedback: Feedback) -> HttpResponse:
    """Hand it on to another organisation; whoever does so may not be able to see it any more."""
    form = PassOnForm(request.POST, organizations=queries.passed_to(feedback))
    return _handle(request, feedback, form, actions.pass_on, "已转交", after="feedback:inbox")


def _handle(
    request: Request, feedback: Feedback, form: ActionForm, act: Callable[..., object], done: str, *, after: str = ""
) -> HttpResponse:
    if attempt(form, lambda _data: act(actor=request.actor, feedback=feedback, **form.keywords())) is None:
        return _case_page(request, feedback, form, status=422)
    messages.success(request, done)
    return redirect(after) if after else redirect("feedback:case", feedback.pk)


def _own_page(request: Request, feedback: Feedback, form: AddForm, *, status: int = 200) -> HttpResponse:
    context = {
        "feedback": feedback,
        "steps": queries.steps(feedback),
        "form": form,
        "may": {name: may(check, request.actor, feedback) for name, check in OWN_STEPS.items()},
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
        "may_handle": may(actions.require_handling, request.actor, feedback),
        "is_own": feedback.author_id == request.actor.user_id,
        "answering": answering,
        "assigning": assigning,
        "passing": passing,
        "handlers": handlers,
        "organizations": organizations,
        "tried": type(tried).__name__,
    }
    return render(request, "feedback/case.html", context, status=status)
