"""Duties that a superior adds: list, new, change, end; confirmations and what the superior says to them."""

from typing import TYPE_CHECKING, Any, TypedDict

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from dangjian.accounts.editing import Turn

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations
from dangjian.engines.duties import actions
from dangjian.engines.duties.forms import LocalDutyChangeForm, LocalDutyForm
from dangjian.engines.duties.models import Duty, DutyQuerySet, LocalDuty, State, is_overdue
from dangjian.engines.duties.queries import lists
from dangjian.engines.duties.queries.matrix import STATES, in_state
from dangjian.engines.duties.views.access import local_of, local_to_change
from dangjian.engines.duties.views.duty import look_of
from dangjian.kernel import clock
from dangjian.kernel.actor import may
from dangjian.kernel.gate import Request, requires
from dangjian.kernel.lists import ALL, DAY, NUMBER, STATE, Asked, Choice, Column, Empty, ListPage, Search, Start
from dangjian.kernel.registry import by_code
from dangjian.kernel.submit import submit
from dangjian.kernel.ui import words
from dangjian.kernel.ui.marks import number_badge
from dangjian.org.duty_offers import LocalEvidence
from dangjian.org.lists import OrganizationFilter
from dangjian.org.lookup import answer_search, is_search
from dangjian.org.models import Organization
from dangjian.org.queries import found_by_text


class Numbers(TypedDict):
    """How many duties a local one has brought, and how far they are."""

    total: int
    done: int
    waiting: int
    overdue: int


if TYPE_CHECKING:
    Counted = WithAnnotations[LocalDuty, Numbers]


def _counted(_asked: Asked) -> "QuerySet[LocalDuty, Counted]":
    """Local duties with how far each is."""
    live = ~Q(duties__state=State.VOID)
    return LocalDuty.objects.select_related("organization").annotate(
        total=Count("duties", filter=live & Q(duties__isnull=False)),
        done=Count("duties", filter=Q(duties__state__in=(State.DONE, State.EXCUSED))),
        waiting=Count("duties", filter=Q(duties__state=State.OPEN, duties__submitted_on__isnull=False)),
        overdue=Count("duties", filter=Q(duties__state=State.OPEN, duties__submitted_on=None, duties__due_on__lt=clock.today())),
    )


def _going_on(rows: Any, only: str) -> Any:
    """Those that go on, unless others are asked for."""
    if only == ALL:
        return rows
    return rows.exclude(ended_on=None) if only == "ended" else rows.filter(ended_on=None)


def _until(local: LocalDuty) -> str:
    if local.ended_on:
        return f"{words.day(local.ended_on)}停止"
    return words.day(local.due_on) if local.due_on else "每期末"


LOCAL = ListPage(
    name="duties:local",
    title="自定任务",
    permission="duties.manage",
    intro="上级布置给下级单位的事项，和规定动作一样列入待办、提醒和矩阵",
    rows=_counted,
    columns=(
        Column("事项", "title", sort="title", width=36),
        Column("布置单位", "organization.short_name", sort="organization__path", key="organization", width=28),
        Column("周期", "get_pace_display"),
        Column("期限", _until, sort="due_on", key="due", width=20),
        Column("办结", "done", NUMBER, sort="-done", drawn=lambda one: f"{one.done} / {one.total}"),
        Column("应办", "total", NUMBER, on_page=False),
        Column("待验收", "waiting", NUMBER, sort="-waiting", drawn=lambda one: number_badge(one.waiting, "info", "send")),
        Column("超期", "overdue", NUMBER, sort="-overdue", drawn=lambda one: number_badge(one.overdue, "bad", "alert-circle")),
    ),
    order=("-created_at",),
    row="duties:local_detail",
    starts=(Start("布置任务", "duties:local_new"),),
    filters=(
        Choice("only", "进度", [("ended", "已停止"), (ALL, "全部")], usual="正在办", rows=_going_on, look="chips"),
        Search("q", "名称", lambda text: Q(title__icontains=text), longest=60),
        OrganizationFilter(),
    ),
    empty=Empty(
        "flag",
        "没有任务",
        "可以给下级单位布置一次性或定期的任务，系统自动跟踪和提醒。",
        Start("布置任务", "duties:local_new"),
    ),
)


CHANGED = ("duties.local_changed",)


@requires("duties.manage", methods=("GET", "POST"))
def new(request: Request) -> HttpResponse:
    """Give organisations below a new duty."""
    permitted = Organization.objects.standing()
    form = LocalDutyForm(request.POST or None, permitted=permitted)
    if is_search(request):
        return answer_search(request, form)
    return submit(
        request,
        form,
        lambda data: actions.add_local(actor=request.actor, **data),
        template="duties/local_form.html",
        context={"heading": "布置任务"},
        done=lambda local: f"已布置“{local.title}”",
        to=lambda local: reverse("duties:local_detail", args=[local.pk]),
    )


def _owed(asked: Asked) -> DutyQuerySet:
    return lists.to_present(Duty.objects.live().filter(local_duty=asked.of))


def _in_state(rows: Any, state: str) -> Any:
    if state == "waiting":
        return rows.filter(state=State.OPEN, submitted_on__isnull=False)
    return rows.filter(in_state(state))


def _given_by(asked: Asked) -> str:
    local = asked.of
    return f"{local.organization.short_name}布置" + (f"，{words.day(local.ended_on)}停止" if local.ended_on else "")


def _facts(asked: Asked) -> dict[str, object]:
    """What was given and how far all of it is, whatever the filters show."""
    local = asked.of
    offer = by_code(LocalEvidence).get(local.satisfied_by)
    return {
        "local": local,
        "numbers": _owed(asked)
        .order_by()
        .aggregate(
            total=Count("pk"),
            done=Count("pk", filter=Q(state__in=(State.DONE, State.EXCUSED))),
            waiting=Count("pk", filter=Q(state=State.OPEN, submitted_on__isnull=False)),
            overdue=Count("pk", filter=is_overdue(clock.today())),
        ),
        "satisfied": f"{offer.title}后自动认定" if offer else "提交完成情况，布置单位验收",
        "may_change": may(actions.require_changing_local, asked.request.actor, local),
        "chosen": list(local.chosen.all()[:60]),
    }


LOCAL_DETAIL = ListPage(
    name="duties:local_detail",
    title=lambda asked: asked.of.title,
    permission="duties.manage",
    of=local_of,
    crumbs=(("自定任务", "duties:local"),),
    intro=_given_by,
    beside="duties/local_buttons.html",
    above="duties/local_facts.html",
    more=_facts,
    rows=_owed,
    columns=(
        Column("单位", "organization.short_name", sort="organization__path", key="organization", width=28),
        Column("事项", "title", width=36),
        Column("责任人", "responsible.name", drawn=lambda duty: duty.responsible.name if duty.responsible else "未明确"),
        Column("期限", "due_on", DAY, sort="due_on", key="due"),
        Column("状态", look_of, STATE),
        Column("完成日期", "done_on", DAY, on_page=False),
    ),
    order=("-period_start", "organization__path"),
    row="duties:detail",
    filters=(
        Choice("state", "状态", [("waiting", "待验收"), *STATES.items()], rows=_in_state, look="chips"),
        Search("q", "单位名称或拼音", lambda text: found_by_text(text, "organization__"), longest=60),
    ),
    empty=Empty("flag", "还没有列到各单位", "任务到了开始日期，会自动列到各单位。"),
)


@requires("duties.manage", on=local_to_change, methods=("GET", "POST"))
def edit(request: Request, local: LocalDuty) -> HttpResponse:
    """Change the wording or the last day."""
    return submit(
        request,
        LocalDutyChangeForm(request.POST or None, local=local),
        lambda data: actions.edit_local(actor=request.actor, local=local, **data),
        turn=Turn(local, lambda: LocalDutyChangeForm(local=local_of(request, local.pk)), CHANGED),
        template="duties/local_form.html",
        context={"heading": "修改任务", "local": local},
        done="已保存",
        to=reverse("duties:local_detail", args=[local.pk]),
    )


@requires("duties.manage", on=local_to_change, methods=("POST",))
def end(request: Request, local: LocalDuty) -> HttpResponse:
    """Stop a local duty."""
    actions.end_local(actor=request.actor, local=local)
    messages.success(request, f"已停止“{local.title}”，未到期的已撤下")
    return redirect("duties:local_detail", local.pk)
