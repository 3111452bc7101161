"""Changes of one member's membership, account and posts."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from dangjian.kernel.errors import Conflict
from dangjian.kernel.forms import Cleaned
from dangjian.kernel.gate import Request, requires
from dangjian.kernel.ui import words
from dangjian.members.actions import access, account, by_hand, reversing
from dangjian.members.forms import (
    AppointForm,
    ConvertForm,
    ExtendForm,
    LeaveForm,
    LinkForm,
    MoveForm,
    ReasonForm,
    ReturnForm,
    returning_kinds,
)
from dangjian.members.models import Member, MembershipEntry
from dangjian.members.queries.records import lines_of
from dangjian.members.views import entry
from dangjian.members.views.access import member_to_appoint, member_to_change, member_to_sign_in
from dangjian.org.models import Organization

ONLY_OLD = "这里只补录启用平台以前的变动，以后的按流程办理。"
WITHOUT_CASE = "这里只补录没有列入“发展党员”的预备党员；列入的，转正、延长预备期在那里办理。"


@requires("members.account", on=member_to_change, methods=("GET", "POST"))
def move(request: Request, member: Member) -> HttpResponse:
    """To another branch of the enterprise."""
    form = MoveForm(request.POST or None, branches=_branches().exclude(pk=member.branch_id), near=member.branch)
    return entry.run(
        request,
        form=form,
        act=lambda given: _moved(request, member, **given),
        done=f"{member.name}已调整到新支部",
        undo=lambda _done: reverse("members:reverse", args=[member.pk]),
        back=_back(member),
        member=member,
        title="补录支部间调整",
        label="补录",
        intro=f"{ONLY_OLD}现在“{member.branch}”。从生效之日起在新支部，党小组和原支部职务随之结束。",
    )


@requires("members.account", on=member_to_change, methods=("GET", "POST"))
def convert(request: Request, member: Member) -> HttpResponse:
    """The probation ends well."""
    return entry.run(
        request,
        form=ConvertForm(request.POST or None),
        act=lambda given: _by_hand(request, account.convert, member, [], **given),
        done=f"{member.name}已转为正式党员",
        undo=lambda _done: reverse("members:reverse", args=[member.pk]),
        back=_back(member),
        member=member,
        title="补录预备党员转正",
        intro=WITHOUT_CASE,
        label="补录",
    )


@requires("members.account", on=member_to_change, methods=("GET", "POST"))
def extend(request: Request, member: Member) -> HttpResponse:
    """The probation is prolonged."""
    return entry.run(
        request,
        form=ExtendForm(request.POST or None),
        act=lambda given: _by_hand(request, account.extend_probation, member, [], **given),
        done="已登记延长预备期",
        undo=lambda _done: reverse("members:reverse", args=[member.pk]),
        back=_back(member),
        member=member,
        title="补录延长预备期",
        intro=WITHOUT_CASE,
        label="补录",
    )


@requires("members.account", on=member_to_change, methods=("GET", "POST"))
def leave(request: Request, member: Member) -> HttpResponse:
    """The member no longer counts."""
    return entry.run(
        request,
        form=LeaveForm(request.POST or None, member=member),
        act=lambda given: _by_hand(request, account.leave, member, [member.branch], **given),
        done=f"已办理{member.name}的减少",
        undo=lambda _done: reverse("members:reverse", args=[member.pk]),
        back=_back(member),
        member=member,
        title="补录减少党员",
        label="补录",
        confirm=f"办理后，{member.name}不再计入党员总数，党小组和党内职务同时结束。确定办理吗？",
        intro=f"{ONLY_OLD}从生效之日起不再计入党员总数，党小组和党内职务随之结束。档案保留。",
    )


@requires("members.account", on=member_to_change, methods=("GET", "POST"))
def come_back(request: Request, member: Member) -> HttpResponse:
    """Restored, admitted again, or transferred in again."""
    kinds = returning_kinds(member)
    if not kinds:
        raise Conflict(f"{member.name}的党籍状态是“{member.get_standing_display()}”，没有可以办理的恢复方式。")
    form = ReturnForm(request.POST or None, branches=_branches(), kinds=kinds, initial={"category": member.category})
    return entry.run(
        request,
        form=form,
        act=lambda given: _by_hand(request, account.enter, member, [given["branch"]], **given),
        done=f"{member.name}已重新计入党员",
        back=_back(member),
        member=member,
        title="补录恢复或转入",
        intro=ONLY_OLD,
        label="补录",
    )


@requires("members.account", on=member_to_change, methods=("GET", "POST"))
def reverse_change(request: Request, member: Member) -> HttpResponse:
    """The last change was a mistake."""
    valid = [line for line in lines_of(member) if line.reverses_id is None and not hasattr(line, "reversed_by")]
    if not valid:
        raise Conflict("没有可以更正的变动。")
    last: MembershipEntry = valid[0]
    return entry.run(
        request,
        form=ReasonForm(request.POST or None),
        act=lambda keywords: reversing.reverse(actor=request.actor, entry=last, **keywords),
        done="已更正最近一次变动",
        back=_back(member),
        member=member,
        title="更正最近一次变动",
        label="确定更正",
        confirm=f"将撤销{member.name}最近一次变动，恢复到变动以前。确定更正吗？",
        intro=f"将更正：{words.day(last.effective_on)}{last.get_kind_display()}（{last.organization}）。"
        "原记录保留，另记一条更正；之后可按正确情况重新办理。",
    )


@requires("members.accounts", on=member_to_sign_in, methods=("GET", "POST"))
def open_account(request: Request, member: Member) -> HttpResponse:
    """Open the member's account and show its first password once, or link one that exists."""
    context: dict[str, Any] = {"member": member, "back": reverse("members:detail", args=[member.pk])}
    if request.method == "POST" and "username" not in request.POST:
        user, password = access.open_account(actor=request.actor, member=member)
        return render(request, "members/account_opened.html", {**context, "user_opened": user, "password": password})
    form = LinkForm(request.POST or None)
    return entry.run(
        request,
        form=form,
        act=lambda keywords: access.link(actor=request.actor, member=member, username=keywords["username"]),
        done="已关联账号",
        template="members/account.html",
        title="登录账号",
        label="关联",
        **context,
    )


@requires("org.posts", on=member_to_appoint, methods=("GET", "POST"))
def appoint(request: Request, member: Member) -> HttpResponse:
    """Give the member a post."""
    form = AppointForm(
        request.POST or None, organizations=Organization.objects.standing(), initial={"organization": member.branch_id}
    )
    issued: list[access.Appointment] = []

    def act(keywords: Cleaned) -> access.Appointment:
        issued.append(access.appoint(actor=request.actor, member=member, **keywords))
        return issued[0]

    answer = entry.run(
        request,
        form=form,
        act=act,
        done=lambda made: f"{member.name}任“{made.post.organization}”{made.post}",
        back=reverse("members:detail", args=[member.pk]),
        member=member,
        title="任职",
        label="确定任职",
        intro="任职后即有相应权限，在任期内有效。没有账号的会同时开通。",
    )
    if issued and issued[0].password:
        return render(
            request,
            "members/account_opened.html",
            {
                "member": member,
                "user_opened": member.user,
                "password": issued[0].password,
                "back": reverse("members:detail", args=[member.pk]),
            },
        )
    return answer


def _by_hand(request: Request, change: Any, member: Member, branches: list[Organization], **given: Any) -> Any:
    return by_hand.write_down(change, actor=request.actor, branches=branches, about=member, **given, member=member)


def _moved(request: Request, member: Member, to: Organization, **given: Any) -> int:
    branches = [member.branch, to]
    return by_hand.write_down(
        account.move, actor=request.actor, branches=branches, about=member, members=[member], to=to, **given
    )


def _branches() -> Any:
    return Organization.objects.standing().filter(kind="branch")


def _back(member: Member) -> str:
    return f"{reverse('members:detail', args=[member.pk])}?tab=account"
