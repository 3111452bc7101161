"""Two branches become one, or one becomes two."""

import datetime as dt
from collections.abc import Sequence

from django.http import HttpResponse
from django.urls import reverse

from dangjian.kernel.errors import Conflict
from dangjian.kernel.forms import Cleaned
from dangjian.kernel.gate import Request, requires
from dangjian.kernel.rulebook import book
from dangjian.kernel.ui import words
from dangjian.members.actions import reorganise
from dangjian.members.forms import MergeForm, SplitForm
from dangjian.members.models import Member
from dangjian.members.queries import members_of
from dangjian.members.views.access import branch_to_merge, branch_to_split
from dangjian.org import policy
from dangjian.org.models import ChangeKind, Organization
from dangjian.org.views import reorganisations
from dangjian.org.views.steps import Step, run


@requires("members.account", on=branch_to_merge, methods=("GET", "POST"))
def merge(request: Request, branch: Organization) -> HttpResponse:
    """Merge a branch into another."""
    _check_stands(branch)
    others = Organization.objects.standing().filter(kind="branch").exclude(pk=branch.pk)
    number = members_of(branch).count()

    def effects(keywords: Cleaned, _result: object) -> Sequence[str]:
        into, day = keywords["into"], keywords["effective_on"]
        return [
            f"“{branch}”的{number}名党员从{words.day(day)}起编入“{into}”，合并后共{members_of(into).count()}名党员。",
            f"“{branch}”及其党小组同日撤销，任职、届次同时结束。",
            "以前日期的人数和组织架构不变。",
        ]

    return run(
        request,
        Step(
            title=f"合并“{branch}”",
            intro=f"“{branch}”的党员全部编入所选的党支部，“{branch}”同时撤销。",
            form=MergeForm(request.POST or None, branches=others, near=branch),
            organization=branch,
            act=lambda keywords: reorganise.merge(actor=request.actor, organization=branch, **keywords),
            effects=effects,
            done=f"“{branch}”已合并",
            undo=reorganisations.address_of,
            back=reverse("org:detail", args=[branch.pk]),
            after=lambda _made: reverse("org:tree"),
            label="确认合并",
            danger=True,
        ),
    )


@requires("members.account", on=branch_to_split, methods=("GET", "POST"))
def split(request: Request, branch: Organization) -> HttpResponse:
    """Set up a new branch with some members of this one."""
    _check_stands(branch)
    rows = list(members_of(branch).select_related("branch").order_by("name_sort"))

    def effects(keywords: Cleaned, _result: object) -> Sequence[str]:
        going: list[Member] = keywords["members"]
        names = "、".join(member.name for member in going[:8])
        return [
            f"从{words.day(keywords['effective_on'])}起设立“{keywords['short_name']}”，上级为“{branch.parent}”。",
            f"编入{len(going)}名党员：{names}{'等' if len(going) > 8 else ''}；“{branch}”还有{len(rows) - len(going)}名。",
            "编入新支部的党员原来的党小组和支部职务随之结束；新支部的委员和书记请随后任命。",
            *_against_rules(keywords["short_name"], going, keywords["effective_on"]),
            *_against_rules(branch.short_name, [member for member in rows if member not in going], keywords["effective_on"]),
        ]

    return run(
        request,
        Step(
            title=f"拆分“{branch}”",
            intro=f"从“{branch}”分出一个新支部，所选党员编入新支部，其余不动。",
            form=SplitForm(request.POST or None, rows=rows),
            organization=branch,
            act=lambda keywords: reorganise.split(actor=request.actor, organization=branch, **keywords),
            effects=effects,
            done="新支部已设立",
            undo=lambda made: reorganisations.address_of_change(made, ChangeKind.SET_UP),
            back=reverse("org:detail", args=[branch.pk]),
            after=lambda made: reverse("org:detail", args=[made.pk]),
            label="确认拆分",
        ),
    )


def _against_rules(name: str, members: Sequence[Member], on: dt.date) -> list[str]:
    """What the rules say against a branch of these members, as sentences with the article."""
    full = sum(member.is_full for member in members)
    found = policy.branch_size_findings(full_members=full, all_members=len(members), book=book(), on=on)
    return [f"请注意：“{name}”{finding.text}（{finding.citation}）。" for finding in found]


def _check_stands(branch: Organization) -> None:
    if not branch.is_branch or branch.dissolved_on:
        raise Conflict("只有现有的党支部可以合并或拆分。", how="请在党组织页面选择一个党支部。")
