"""Dated events in the life of an organisation: set up, rename, move, dissolve; and its plain details."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from dangjian.accounts.editing import Turn
from dangjian.kernel import clock, parameters
from dangjian.kernel.errors import Conflict
from dangjian.kernel.forms import Cleaned
from dangjian.kernel.gate import Request, requires
from dangjian.kernel.registry import offers
from dangjian.kernel.ui.words import day
from dangjian.org import forms, queries
from dangjian.org.actions import applications, live, tree
from dangjian.org.gate import find
from dangjian.org.models import BranchApplication, ChangeKind, Organization
from dangjian.org.offers import OrganizationFigure
from dangjian.org.views import reorganisations
from dangjian.org.views.access import organization_of, organization_to_change, organization_to_move
from dangjian.org.views.steps import Step, run

BOTH = ("GET", "POST")
KEPT = "此前各日的名册和统计仍按原架构，不会改变。"


def page_of(organization: Organization, tab: str = "") -> str:
    """Where an organisation is shown."""
    return reverse("org:detail", args=[organization.pk]) + (f"?tab={tab}" if tab else "")


@requires("org.manage", on=organization_of, methods=BOTH)
def set_up(request: Request, parent: Organization) -> HttpResponse:
    """A new organisation under this one."""
    if parent.is_branch or parent.is_group:
        raise Conflict(f"“{parent}”下面不能再设党组织。", how="党支部下面可以设立党小组，请在党支部页面办理。")

    asked = _agreed(request, parent)

    def effects(keywords: Cleaned, _made: Organization) -> Sequence[str]:
        lines = [f"从{day(keywords['effective_on'])}起，在“{parent}”之下设立“{keywords['name']}”。", KEPT]
        return [f"按“{asked.organization}”的申请设立，双方都能从申请看到它。", *lines] if asked else lines

    def act(keywords: Cleaned) -> Organization:
        if asked:
            return applications.found(actor=request.actor, application=asked, **keywords)
        return tree.set_up(actor=request.actor, parent=parent, **keywords)

    step = Step(
        title="设立下级党组织",
        intro=f"上级党组织：{parent.name}",
        organization=parent,
        form=forms.SetUpForm(parent, request.POST or None, initial=_as_asked(asked) if asked else None),
        act=act,
        effects=effects,
        done="已设立新的党组织。",
        label="确认设立",
        back=reverse("org:application", args=[asked.pk]) if asked else page_of(parent),
        after=page_of,
    )
    return run(request, step)


def _agreed(request: Request, parent: Organization) -> BranchApplication | None:
    """The application that is to be answered by setting up an organisation here, if the page was opened from one."""
    pk = parameters.number(request, "application")
    if pk is None:
        return None
    asked: BranchApplication = find(BranchApplication.objects.select_related("organization", "approver"), pk=pk, superior=parent)
    if not asked.may_be_founded:
        raise Conflict(f"设立“{asked}”的申请不在等待设立。", how="请打开这份申请查看办理情况。")
    return asked


def _as_asked(asked: BranchApplication) -> dict[str, object]:
    names = ("type_code", "name", "short_name", "document", "unit_name", "expected_end_on", "full_members")
    return {name: getattr(asked, name) for name in names} | {"approved_by": asked.approver.name}


@requires("org.groups", on=organization_of, methods=BOTH)
def group_set_up(request: Request, branch: Organization) -> HttpResponse:
    """A new group in this branch."""

    def effects(keywords: Cleaned, _made: Organization) -> Sequence[str]:
        return [
            f"从{day(keywords['effective_on'])}起，“{branch}”增设“{keywords['short_name']}”。",
            "设立后，请指定组长，并把党员编入这个小组。",
        ]

    step = Step(
        title="设立党小组",
        intro=f"所在党支部：{branch.name}",
        organization=branch,
        form=forms.GroupSetUpForm(request.POST or None),
        act=lambda keywords: tree.set_up(actor=request.actor, parent=branch, type_code="641", site=branch.site, **keywords),
        effects=effects,
        done="已设立党小组。",
        label="确认设立",
        back=page_of(branch, "groups"),
        after=page_of,
    )
    return run(request, step)


@requires("org.manage", on=organization_to_change, methods=BOTH)
def rename(request: Request, organization: Organization) -> HttpResponse:
    """Other names for this organisation; a group has a page of its own, which its secretary may open."""
    if organization.is_group:
        return redirect("org:group_rename", organization.pk)
    return _rename(request, organization)


@requires("org.groups", on=organization_to_change, methods=BOTH)
def group_rename(request: Request, group: Organization) -> HttpResponse:
    """Other names for this group."""
    return _rename(request, group)


def _rename(request: Request, organization: Organization) -> HttpResponse:
    def effects(keywords: Cleaned, _renamed: Organization) -> Sequence[str]:
        since = day(keywords["effective_on"])
        before, after = tree.renaming(organization, keywords["name"], keywords["short_name"])
        return [
            f"从{since}起，“{before}”更名为“{after}”。",
            f"查看{since}以前的材料和统计时，仍显示原名称。",
        ]

    def form(of: Organization, data: Any = None) -> forms.RenameForm:
        names = {"name": of.name, "short_name": of.short_name}
        return forms.RenameForm(data, initial=names, of_group=of.is_group)

    step = Step(
        title="更名",
        intro=f"现在的全称：{organization.name}",
        organization=organization,
        form=form(organization, request.POST or None),
        act=lambda keywords: tree.rename(actor=request.actor, organization=organization, **keywords),
        effects=effects,
        done="更名已登记。",
        label="确认更名",
        turn=Turn(organization, lambda: form(find(Organization, pk=organization.pk)), ("org.renamed",)),
        back=page_of(organization),
        after=lambda one: page_of(one, "history"),
    )
    return run(request, step)


@requires("org.manage", on=organization_to_move, methods=BOTH)
def move(request: Request, organization: Organization) -> HttpResponse:
    """Another superior for this organisation and all below it."""
    superior = organization.parent

    def effects(keywords: Cleaned, _moved: Organization) -> Sequence[str]:
        since = day(keywords["effective_on"])
        with_it = _extent(organization)
        return [
            f"从{since}起，“{organization}”的上级由“{superior}”调整为“{keywords['parent']}”。",
            f"随同调整：{with_it}。" if with_it else "下面没有其他党组织。",
            f"在统计中，{since}起计入“{keywords['parent']}”，作为整建制转入；{KEPT}",
            "原上级的负责人委托他人代办这个党组织工作的，委托同时失效。",
        ]

    step = Step(
        title="调整隶属关系",
        intro=f"“{organization}”现在的上级：{superior.name if superior else '（最高一级）'}",
        organization=organization,
        form=forms.MoveForm(organization, request.POST or None),
        act=lambda keywords: tree.move(actor=request.actor, organization=organization, **keywords),
        effects=effects,
        done="隶属关系已调整。",
        undo=lambda one: reorganisations.address_of_change(one, ChangeKind.MOVED),
        label="确认调整",
        back=page_of(organization),
        after=lambda one: page_of(one, "history"),
    )
    return run(request, step)


def _extent(organization: Organization) -> str:
    """What goes along with an organisation, in words: 下级党组织3个，党员36名."""
    node = queries.tree(clock.today()).by_pk.get(organization.pk)
    if node is None:
        return ""
    number = len(list(node.walk())) - 1
    parts = [f"下级党组织{number}个"] if number else []
    parts += [f"{figure.title}{node.figures.get(figure.code, 0)}{figure.unit}" for figure in offers(OrganizationFigure)]
    return "，".join(parts)


@requires("org.manage", on=organization_to_change, methods=BOTH)
def dissolve(request: Request, organization: Organization) -> HttpResponse:
    """End this organisation."""
    return _dissolve(request, organization)


@requires("org.groups", on=organization_to_change, methods=BOTH)
def group_dissolve(request: Request, group: Organization) -> HttpResponse:
    """End this group."""
    return _dissolve(request, group)


def _dissolve(request: Request, organization: Organization) -> HttpResponse:
    def effects(keywords: Cleaned, _ended: Organization) -> Sequence[str]:
        since = day(keywords["effective_on"])
        lines = [f"从{since}起，“{organization.name}”撤销，不再出现在组织架构中。"]
        ending = [f"{post.user.name}（{post}）" for post in queries.officers(organization).posts]
        if ending:
            lines.append(f"同时结束任职：{'、'.join(ending)}。")
        return [*lines, f"查看{since}以前的组织架构和统计时，仍有这个党组织。撤销后不能恢复，只能重新设立。"]

    step = Step(
        title="撤销",
        intro=f"撤销前，“{organization}”的党员和下级党组织都应已妥善安排。",
        organization=organization,
        form=forms.DissolveForm(request.POST or None),
        act=lambda keywords: tree.dissolve(actor=request.actor, organization=organization, **keywords),
        effects=effects,
        done="已撤销。",
        label="确认撤销",
        back=page_of(organization),
        after=lambda one: page_of(one, "history"),
        danger=True,
    )
    return run(request, step)


@requires("org.manage", on=organization_of, methods=BOTH)
def go_live(request: Request, organization: Organization) -> HttpResponse:
    """Another day from which this organisation and all below it are kept on the platform."""
    now = day(organization.live_on)

    def again() -> forms.LiveForm:
        return forms.LiveForm(initial={"live_on": find(Organization, pk=organization.pk).live_on})

    def effects(keywords: Cleaned, number: int) -> Sequence[str]:
        since = day(keywords["live_on"])
        below = f"连同下级，共{number}个党组织改从{since}启用；" if number > 1 else f"改从{since}启用；"
        return [
            f"{below}在这以后成立的，从成立之日算起。",
            f"{since}以前的应办事项从清单上撤下，以前的月份不再计应交和欠交的党费；已经登记的交纳不受影响。",
            f"{since}以前的会议可以补记，作为历史资料保存，不计入应到和到会率。",
            f"本来就已超过期限的事项（如换届），从{since}起另给办理时间，启用当天没有超期。",
        ]

    step = Step(
        title="启用日期",
        intro=f"“{organization}”现在的启用日期：{now}",
        organization=organization,
        form=forms.LiveForm(request.POST or None, initial={"live_on": organization.live_on}),
        act=lambda keywords: live.go_live(actor=request.actor, organization=organization, **keywords),
        effects=effects,
        done="启用日期已更改。",
        label="确认更改",
        back=page_of(organization),
        after=lambda _number: page_of(organization),
        turn=Turn(organization, again, ("org.live_on_changed",)),
    )
    return run(request, step)


@requires("org.manage", on=organization_of, methods=BOTH)
def edit(request: Request, organization: Organization) -> HttpResponse:
    """Phone, address and the like, which have no history of their own."""

    def form(of: Organization, data: Any = None) -> forms.DetailsForm:
        return forms.DetailsForm(of, data)

    step = Step(
        title="修改基本信息",
        intro="名称、上级和撤销是有日期的变更，请在“办理”中登记。",
        organization=organization,
        form=form(organization, request.POST or None),
        act=lambda keywords: tree.correct_details(actor=request.actor, organization=organization, **keywords),
        effects=lambda _keywords, _one: ["保存后立即生效，修改会留下记录。"],
        done="基本信息已保存。",
        label="确认保存",
        turn=Turn(organization, lambda: form(find(Organization, pk=organization.pk)), ("org.details_corrected",)),
        back=page_of(organization),
        after=page_of,
    )
    return run(request, step)
