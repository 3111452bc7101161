"""Questions that are kept under a name: the list of them, and keeping, renaming, sharing and deleting one."""

from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from dangjian.accounts.editing import Turn
from dangjian.engines.annual.actions import questions as actions
from dangjian.engines.annual.forms.questions import ChangeForm, SaveForm
from dangjian.engines.annual.models import SavedQuestion
from dangjian.engines.annual.queries.saved import content_of, readable
from dangjian.engines.annual.views.inquiries import inquiry
from dangjian.kernel.actor import may
from dangjian.kernel.forms import Data
from dangjian.kernel.gate import Request, let_in, requires
from dangjian.kernel.lists import LINE, MOMENT, Asked, Choice, Column, Empty, ListPage, RowAction, Search, Start
from dangjian.kernel.submit import submit
from dangjian.org.gate import find

CRUMBS = [("党内统计", "annual:tables"), ("自定义统计", "annual:ask")]
MINE, SHARED = "mine", "shared"


def address_of(question: SavedQuestion) -> str:
    """The question asked: whoever opens it counts their own."""
    return f"{reverse('annual:ask')}?{urlencode({**question.asked, 'saved': question.pk})}"


def _of(rows: QuerySet[Any], whose: str, asked: Asked) -> QuerySet[Any]:
    mine = Q(owner=asked.request.actor.user_id)
    return rows.filter(mine) if whose == MINE else rows.exclude(mine) if whose == SHARED else rows


SAVED = ListPage(
    name="annual:questions",
    title="保存的统计",
    permission="annual.view",
    crumbs=tuple(CRUMBS),
    intro="自己保存的，以及本组织和上级共享的自定义统计。数字按您自己的党组织和权限来数。",
    rows=lambda asked: _of(readable(asked.request.actor), asked.values.get("whose", ""), asked),
    columns=(
        Column("名称", "title", LINE, sort="title"),
        Column("统计内容", content_of, key="content", width=40),
        Column("共享", lambda one: "共享" if one.is_shared else "自己用", sort="-is_shared", key="shared"),
        Column("保存人", "owner.name", sort="owner__name", key="owner"),
        Column("党组织", "organization.short_name", LINE, sort="organization__path", key="organization", on_phone=False),
        Column("保存时间", "saved_at", MOMENT, sort="-saved_at", key="saved", on_phone=False),
    ),
    order=("title",),
    row=address_of,
    menu=lambda one: one.title,
    actions=(
        RowAction(
            "改名、共享",
            "annual:question_change",
            may=lambda one, asked: may(actions.require_changing, asked.request.actor, one),
            icon="edit",
            tone="",
        ),
        RowAction(
            "删除",
            "annual:question_delete",
            may=lambda one, asked: may(actions.require_deleting, asked.request.actor, one),
            icon="trash",
            tone="",
            sends=lambda _one: {},
            confirm=lambda one: f"确定删除“{one.title}”吗？只删除这个统计的做法，党员等记录不受影响。",
            confirm_label="删除",
        ),
    ),
    filters=(
        Choice("whose", "谁的", [(MINE, "自己保存的"), (SHARED, "共享给我的")], rows=lambda rows, _whose: rows, look="chips"),
        Search("q", "名称", lambda text: Q(title__icontains=text)),
    ),
    starts=(Start("新的统计", "annual:ask", "plus"),),
    empty=Empty(
        "table-options",
        "还没有保存的统计",
        "做好一个自定义统计以后，点“保存”，下次在这里直接打开。",
        Start("新的统计", "annual:ask"),
    ),
    has_sheet=False,
)


def question_to_change(request: Request, pk: int) -> SavedQuestion:
    """The question, for whoever keeps it."""
    question = find(readable(request.actor), pk=pk)
    let_in(request, actions.require_changing, question)
    return question


def question_to_delete(request: Request, pk: int) -> SavedQuestion:
    """The question, for whoever may delete it."""
    question = find(readable(request.actor), pk=pk)
    let_in(request, actions.require_deleting, question)
    return question


@requires("annual.view", methods=("GET", "POST"))
def new(request: Request) -> HttpResponse:
    """Keep what the address asks."""
    asked = inquiry(request)
    return submit(
        request,
        SaveForm(request.POST or None),
        lambda data: actions.keep(actor=request.actor, organization=asked.report.unit, breakdown=asked.breakdown, **data),
        template="annual/save.html",
        context={
            "title": "保存统计",
            "crumbs": [(title, reverse(name)) for title, name in CRUMBS],
            "content": asked.breakdown.title,
            "narrowed": asked.breakdown.narrowed,
            "unit": asked.report.unit,
            "back": reverse("annual:ask") + asked.query(),
        },
        done=lambda question: f"已保存“{question}”。",
        to=address_of,
    )


@requires("annual.view", on=question_to_change, methods=("GET", "POST"))
def change(request: Request, question: SavedQuestion) -> HttpResponse:
    """Another name, shared or no more."""
    return submit(
        request,
        _form(question, request.POST or None),
        lambda data: actions.change(actor=request.actor, question=question, **data),
        template="annual/save.html",
        context={
            "title": "改名、共享",
            "crumbs": [(title, reverse(name)) for title, name in (*CRUMBS, (SAVED.title, SAVED.name))],
            "content": content_of(question),
            "unit": question.organization,
            "back": reverse(SAVED.name),
        },
        done=lambda changed: f"已保存“{changed}”。",
        to=reverse(SAVED.name),
        turn=Turn(question, lambda: _form(readable(request.actor).get(pk=question.pk)), ("annual.question_changed",)),
    )


def _form(question: SavedQuestion, sent: Data = None) -> ChangeForm:
    return ChangeForm(sent, initial={"title": question.title, "is_shared": question.is_shared})


@requires("annual.view", on=question_to_delete, methods=("POST",))
def delete(request: Request, question: SavedQuestion) -> HttpResponse:
    """It is gone."""
    actions.delete(actor=request.actor, question=question)
    messages.success(request, f"已删除“{question}”。")
    return redirect(SAVED.name)
