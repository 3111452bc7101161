"""减免: reported by the branch, decided by the committee above, ended when the hardship is over."""

from django.db import models
from django.http import HttpResponse
from django.urls import reverse

from dangjian.activities.dues import rates
from dangjian.activities.dues.assessment.actions import reliefs
from dangjian.activities.dues.assessment.forms.reliefs import ApproveForm, EndForm, RefuseForm, ReliefForm
from dangjian.activities.dues.assessment.models import Assessment, Relief, ReliefState
from dangjian.activities.dues.assessment.queries import profiles as read
from dangjian.activities.dues.assessment.views.access import member_to_relieve
from dangjian.activities.dues.kinds import PAYING
from dangjian.kernel import money
from dangjian.kernel.actor import Actor, may
from dangjian.kernel.gate import Request, requires
from dangjian.kernel.lists import MOMENT, PROSE, STATE, Asked, Choice, Column, Days, Empty, ListPage, RowAction, Start, state_of
from dangjian.kernel.lists.loaded import Loaded
from dangjian.kernel.submit import submit
from dangjian.kernel.ui import words
from dangjian.members.lists import by_person
from dangjian.members.models import Member
from dangjian.org.cases import Card, Case, Fact, Step
from dangjian.org.lists import OrganizationFilter
from dangjian.org.models import Organization

TONES = {
    ReliefState.PROPOSED: "warn",
    ReliefState.APPROVED: "good",
    ReliefState.REFUSED: "bad",
    ReliefState.WITHDRAWN: "neutral",
}


def _what(relief: Relief) -> str:
    return relief.get_kind_display() + (f"至 {money.yuan(relief.monthly_fen)} 元" if relief.kind == "reduced" else "")


COMMITTEE: Loaded[Organization | None] = Loaded("committee")
"""The committee over the member's branch."""
RULE: Loaded[rates.ReliefRule] = Loaded("rule")
ASSESSED: Loaded[Assessment | None] = Loaded("assessed")


def _find_committees(rows: list[Relief], _asked: Asked) -> None:
    over = read.committees_over({row.member.branch for row in rows})
    for row in rows:
        COMMITTEE.put(row, over[row.member.branch_id])


def _may_decide(relief: Relief, asked: Asked) -> bool:
    return may(reliefs.require_approving, asked.request.actor, relief, COMMITTEE.of(relief))


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
        Column("月份", lambda relief: relief.duration, sort="from_month", key="month", width=32),
        Column("申报时间", "proposed_at", MOMENT, sort="-proposed_at", key="proposed", on_phone=False),
        Column("状态", state_of("state", TONES), STATE, sort="state", key="state"),
    ),
    order=(models.Case(models.When(state=ReliefState.PROPOSED, then=0), default=1), "-proposed_at"),
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
        "生活确有困难的党员，可以在其党费页面报批少交或者免交。",
        Start("选择党员", "dues:profiles", "users"),
    ),
)


@requires("dues.view", on=member_to_relieve, methods=("GET", "POST"))
def propose(request: Request, member: Member) -> HttpResponse:
    """The branch reports a member in hardship, or whoever stands in for it above."""
    form = ReliefForm(request.POST if request.method == "POST" else None)

    def done(made: Relief) -> str:
        committee = read.committee_over(member.branch)
        above = committee.short_name if committee else "上级党委"
        return "已登记，应交党费已随之调整。" if made.state == ReliefState.APPROVED else f"已报{above}批准。"

    context = {
        "member": member,
        "now": read.profile(member),
        "committee": read.committee_over(member.branch),
        "rule": reliefs.rule_today(member),
    }
    return submit(
        request,
        form,
        lambda _data: reliefs.propose_relief(actor=request.actor, member=member, **form.keywords()),
        template="dues/assessment/relief_propose.html",
        context=context,
        done=done,
        to=lambda made: reverse("dues:relief", args=[made.pk]),
    )


def _load(relief: Relief, _request: Request) -> None:
    COMMITTEE.put(relief, read.committee_over(relief.member.branch))
    RULE.put(relief, reliefs.relief_rule_for(relief.member, relief.from_month, relief.studied_on))
    ASSESSED.put(relief, read.profile(relief.member).assessment)


def _assessed(relief: Relief) -> str:
    assessed = ASSESSED.of(relief)
    return f"每月 {money.yuan(assessed.amount_fen)} 元" if assessed else ""


def _decided(relief: Relief) -> str:
    by = f" {relief.decided_by.name}" if relief.decided_by else ""
    return f"{words.day(relief.decided_at)}{by}" + (f"（{relief.document}）" if relief.document else "")


def _waits(relief: Relief, _actor: Actor) -> str:
    committee = COMMITTEE.of(relief)
    return f"等{committee.short_name}批复。" if relief.state == ReliefState.PROPOSED and committee else ""


RELIEF = Case(
    name="dues:relief",
    model=Relief,
    follow=("member__branch", "member__organization", "proposed_by", "decided_by"),
    permission="dues.view",
    frame="dues/frame.html",
    subject="relief",
    title=lambda relief: f"{relief.member.name}：{relief.get_kind_display()}党费",
    crumb=lambda relief: relief.member.name,
    crumbs=lambda _relief: [
        ("党费", reverse("dues:home")),
        ("核定", reverse("dues:profiles")),
        ("减免", reverse("dues:reliefs")),
    ],
    intro=lambda relief: relief.member.branch.short_name,
    states=TONES,
    load=_load,
    waits=_waits,
    cards=(
        Card(
            "减免",
            "heart-handshake",
            (
                Fact("党员", "member.name", url=lambda relief: reverse("dues:profile", args=[relief.member_id])),
                Fact("核定", _assessed),
                Fact("减免后", lambda relief: f"每月 {money.yuan(relief.monthly_fen)} 元" if relief.monthly_fen else "不交"),
                Fact("月份", lambda relief: relief.duration if relief.until_month else f"{relief.duration}，不定期"),
                Fact("困难情况", "reason", PROSE),
                Fact("支部研究", lambda relief: f"{words.day(relief.studied_on)} {relief.studied_at}"),
                Fact(
                    lambda relief: "登记" if RULE.of(relief).by_branch else "批复",
                    lambda relief: _decided(relief) if relief.decided_at else "",
                ),
                Fact("意见", "answer"),
            ),
            citation=lambda relief: RULE.of(relief).citation,
        ),
    ),
    steps=(
        Step(
            code="approve",
            label="批准",
            icon="circle-check",
            require=reliefs.require_deciding,
            act=reliefs.approve_relief,
            form=ApproveForm,
            done="已批准，应交党费已随之调整。",
        ),
        Step(
            code="refuse",
            label="不批准",
            icon="x",
            look="fold",
            require=reliefs.require_deciding,
            act=reliefs.refuse_relief,
            form=RefuseForm,
            done="已答复不批准。",
        ),
        Step(
            code="withdraw",
            label="撤回",
            icon="arrow-back-up",
            require=reliefs.require_withdrawing,
            act=reliefs.withdraw_relief,
            confirm="撤回以后，上级党委不再批复这一项。确定撤回吗？",
            done="已撤回。",
        ),
        Step(
            code="end",
            label="恢复交纳",
            title="提前恢复交纳",
            icon="player-stop",
            look="fold",
            require=reliefs.require_ending,
            act=reliefs.end_relief,
            form=lambda relief, data, _files: EndForm(data, relief=relief),
            done="已提前结束，从所选月份起恢复交纳。",
        ),
    ),
)
