"""减免: reported by the branch, decided by the committee above, ended when the hardship is over."""

from collections.abc import Callable
from typing import Any

from django.db.models import Case, Value, When
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from dangjian.accounts.models import Event
from dangjian.activities.dues.actions import relieving
from dangjian.activities.dues.forms.reliefs import ApproveForm, EndForm, RefuseForm, ReliefForm
from dangjian.activities.dues.kinds import PAYING
from dangjian.activities.dues.models import Relief, ReliefState
from dangjian.activities.dues.queries import profiles as read
from dangjian.activities.dues.views.profiles import member_of
from dangjian.kernel import clock, money
from dangjian.kernel.actor import may
from dangjian.kernel.gate import Request, page
from dangjian.kernel.lists import MOMENT, STATE, Asked, Choice, Column, Days, Empty, ListPage, RowAction, Start, state_of
from dangjian.kernel.submit import submit
from dangjian.kernel.ui import words
from dangjian.members.lists import by_person
from dangjian.members.own import may_for
from dangjian.org.forms import ActionForm
from dangjian.org.gate import find
from dangjian.org.lists import OrganizationFilter

TONES = {
    ReliefState.PROPOSED: "warn",
    ReliefState.APPROVED: "good",
    ReliefState.REFUSED: "bad",
    ReliefState.WITHDRAWN: "neutral",
}


def _months(relief: Relief) -> str:
    back = f"，{words.month(relief.until_month)}恢复" if relief.until_month else ""
    return f"{words.month(relief.from_month)}起{back}"


def _what(relief: Relief) -> str:
    return relief.get_kind_display() + (f"至 {money.yuan(relief.monthly_fen)} 元" if relief.kind == "reduced" else "")


def _find_committees(rows: list[Any], _asked: Asked) -> None:
    """The committee over each branch of a page, for ``_may_decide``."""
    over = read.committees_over({row.member.branch for row in rows})
    for row in rows:
        row.committee = over[row.member.branch_id]


def _may_decide(relief: Any, asked: Asked) -> bool:
    return _decides(asked.request, relief, relief.committee)


RELIEFS = ListPage(
    name="dues:reliefs",
    title="党费减免",
    permission="dues.view",
    frame="dues/frame.html",
    crumbs=(("党费", "dues:home"), ("核定", "dues:profiles")),
    crumb="减免",
    intro="支部研究后报上级党委批准。报批请从党员的党费页面开始。",
    rows=lambda _asked: Relief.objects.select_related("member__branch"),
    columns=(
        Column("姓名", "member.name", sort="member__name_sort", key="name"),
        Column("党支部", "member.branch.short_name", sort="member__branch__path", key="branch", width=28),
        Column("减免", _what, width=20),
        Column("月份", _months, sort="from_month", key="month", width=32),
        Column("申报时间", "proposed_at", MOMENT, sort="-proposed_at", key="proposed", on_phone=False),
        Column("状态", state_of("state", TONES), STATE, sort="state", key="state"),
    ),
    order=(Case(When(state=ReliefState.PROPOSED, then=Value(0)), default=Value(1)), "-proposed_at"),
    row="dues:relief",
    load=_find_committees,
    actions=(RowAction("批复", "dues:relief", _may_decide),),
    filters=(
        by_person(),
        Choice("state", "状态", ReliefState.choices, usual="全部状态"),
        OrganizationFilter(field="member__branch", kinds=PAYING),
        Days("proposed", "申报时间", field="proposed_at", is_moment=True),
    ),
    empty=Empty(
        "heart-handshake",
        "没有减免",
        "生活确有困难的党员，可以从他的党费页面报批少交或者免交。",
        Start("选择党员", "dues:profiles", "users"),
    ),
)


def _decides(request: Request, relief: Relief, committee: Any) -> bool:
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

    def done(made: Relief) -> str:
        committee = read.committee_over(member.branch)
        above = committee.short_name if committee else "上级党委"
        return "已登记，应交党费已随之调整。" if made.state == ReliefState.APPROVED else f"已报{above}批准。"

    context = {
        "member": member,
        "now": read.profile(member),
        "committee": read.committee_over(member.branch),
        "rule": rule,
    }
    return submit(
        request,
        form,
        lambda _data: relieving.propose_relief(actor=request.actor, member=member, **form.keywords()),
        template="dues/relief_propose.html",
        context=context,
        done=done,
        to=lambda made: reverse("dues:relief", args=[made.pk]),
    )


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
    waits = row.state == ReliefState.PROPOSED
    may_propose = request.actor.may("dues.propose_relief", row.member.organization)
    return {
        "relief": row,
        "member": row.member,
        "tone": TONES[ReliefState(row.state)],
        "committee": committee,
        "now": read.profile(row.member),
        "approve_form": ApproveForm() if _decides(request, row, committee) else None,
        "refuse_form": RefuseForm(),
        "may_withdraw": waits and may_propose,
        "end_form": EndForm(relief=row) if may(relieving.require_ending, request.actor, row) else None,
        "rule": relieving.relief_rule_for(row.member, row.from_month, row.studied_on),
        "events": Event.objects.filter(subject_type="dues.relief", subject_id=row.pk).order_by("pk"),
    }


def _decided(request: Request, pk: int, which: str, form: ActionForm, act: Callable[..., Relief], said: str) -> HttpResponse:
    row = _relief(pk)
    return submit(
        request,
        form,
        lambda _data: act(actor=request.actor, relief=row, **form.keywords()),
        template="dues/relief.html",
        context=lambda: {**_context(request, row), f"{which}_form": form, "open": which},
        done=said,
        to=reverse("dues:relief", args=[row.pk]),
    )
