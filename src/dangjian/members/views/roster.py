"""The list of members, what is done with several of them, and a new one."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from dangjian.kernel import clock, codes
from dangjian.kernel.errors import Invalid
from dangjian.kernel.gate import Request, requires
from dangjian.kernel.typed import number
from dangjian.members import policy
from dangjian.members.actions import groups, record, reorganise
from dangjian.members.filters import MemberFilter, in_order
from dangjian.members.forms import GroupForm, MoveForm, NewMemberForm
from dangjian.members.models import Member
from dangjian.members.queries.completeness import GOOD
from dangjian.members.queries.records import post_title, posts_by_user
from dangjian.members.views import entry
from dangjian.org.caching import CachedPaginator
from dangjian.org.gate import find
from dangjian.org.models import Organization, Reorganisation
from dangjian.org.views import reorganisations

PAGE = 30
MOST = 200
"""Members that may be chosen at once; more is a reorganisation."""

UNSEEN = ("resident_id", "mobile", "phone", "registered_residence", "current_address")


@requires("members.view")
def listing(request: Request) -> HttpResponse:
    """Members in reach: found, filtered, sorted, paged; chosen for what is done with several."""
    filters = MemberFilter(request.GET)
    rows = in_order(filters.rows(), request.GET.get("sort", "")).select_related("branch", "organization").defer(*UNSEEN)
    page_obj = CachedPaginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {
        "filters": filters,
        "page_obj": page_obj,
        "lines": _lines(list(page_obj.object_list)),
        "may_group": request.actor.may("org.groups"),
        "may_move": request.actor.may("members.account"),
        "may_edit": request.actor.may("members.edit"),
        "may_export": request.actor.may("members.export"),
    }
    return render(request, "members/list.html", context)


@requires("members.account", methods=("GET", "POST"))
def new(request: Request) -> HttpResponse:
    """Somebody comes into a branch."""
    branches = Organization.objects.standing().filter(kind="branch")
    initial = {"branch": request.GET.get("branch", "")}

    def register(keywords: dict[str, Any]) -> Member:
        return record.register(actor=request.actor, **keywords)

    return entry.run(
        request,
        form=NewMemberForm(request.POST or None, branches=branches, initial=initial),
        act=register,
        done=lambda member: f"{member.name}已编入“{member.branch}”，请补全档案",
        back=reverse("members:list"),
        after=lambda member: reverse("members:edit", args=[member.pk]),
        title="新增党员",
        intro="发展、转入或补录一名党员。保存后可继续补全档案。",
        label="保存",
    )


@requires("org.groups", methods=("GET", "POST"))
def bulk_group(request: Request) -> HttpResponse:
    """The members chosen go into a group, or out of theirs."""
    members = _chosen(request)
    if not members:
        return _nobody_chosen(request)
    branches = {member.branch_id for member in members}
    if len(branches) > 1:
        raise Invalid("所选党员不在同一个党支部，不能一起编组。", how="请返回，先按支部筛选再选择。")
    in_branch = Organization.objects.standing().filter(kind="group", parent__in=branches).order_by("order", "pk")
    form = GroupForm(request.POST or None, groups=list(in_branch))

    def assign(keywords: dict[str, Any]) -> int:
        chosen, day = keywords["group"], keywords["effective_on"]
        if chosen == "none":
            return groups.remove(actor=request.actor, members=members, effective_on=day)
        group = find(Organization, pk=int(chosen))
        return groups.assign(actor=request.actor, group=group, members=members, effective_on=day)

    return entry.run(
        request,
        form=form,
        act=assign,
        done=lambda number: f"已调整{number}名党员的党小组",
        back=_back(members),
        template="members/bulk.html",
        title="编入党小组",
        members=members,
        label="确定",
    )


@requires("members.account", methods=("GET", "POST"))
def bulk_move(request: Request) -> HttpResponse:
    """The members chosen go to another branch."""
    members = _chosen(request)
    if not members:
        return _nobody_chosen(request)
    form = MoveForm(request.POST or None, branches=Organization.objects.standing().filter(kind="branch"))

    def move(keywords: dict[str, Any]) -> Reorganisation:
        return reorganise.move_many(actor=request.actor, members=members, **keywords)

    return entry.run(
        request,
        form=form,
        act=move,
        done=lambda made: f"已调整{made.number}名党员",
        undo=reorganisations.address_of,
        back=_back(members),
        template="members/bulk.html",
        title="支部间调整",
        members=members,
        label="确定调整",
        intro="所选党员从生效之日起转到新支部，党小组和原支部职务随之结束。",
    )


def _chosen(request: Request) -> list[Member]:
    ids = [pk for one in request.GET.getlist("member") if (pk := number(one))]
    if len(ids) > MOST:
        raise Invalid(f"一次最多选择{MOST}名党员。", how="整支部调整请在党组织页面办理合并或拆分。")
    rows: QuerySet[Member] = Member.objects.counted().filter(pk__in=ids).select_related("branch", "organization").defer(*UNSEEN)
    members = list(rows)
    if len(members) != len(set(ids)):
        raise Invalid("所选党员中有的不在您的办理范围内，或已不在册。", how="请返回名册重新选择。")
    return members


def _nobody_chosen(request: Request) -> HttpResponse:
    messages.error(request, "还没有选择党员，请勾选后再办理。")
    return redirect("members:list")


def _back(members: list[Member]) -> str:
    branches = {member.branch_id for member in members}
    narrowed = f"?organization={branches.pop()}" if len(branches) == 1 else ""
    return reverse("members:list") + narrowed


def _lines(members: list[Member]) -> list[dict[str, Any]]:
    today = clock.today()
    posts = posts_by_user([member.user_id for member in members if member.user_id])
    return [
        {
            "member": member,
            "age": policy.age(member.birth_on, today) if member.birth_on else None,
            "sex": {"1": "男", "2": "女"}.get(member.sex, ""),
            "party_age": policy.party_age(member.converted_on, today, member.party_age_correction_months),
            "education": _grouped("education", "group", "education_group", member.education),
            "job": _grouped("job_label", "stat", "job_prefix", member.job_post),
            "posts": [post_title(post, member) for post in posts.get(member.user_id or 0, [])],
            "weak": member.completeness < GOOD,
        }
        for member in members
    ]


def _grouped(name: str, key: str, groups: str, code: str) -> str:
    """The short name of the group to which a code belongs, for a narrow column."""
    if code not in codes.get(name):
        return ""
    item = codes.get(name).item(code)
    group = item.extra.get(key, "")
    return codes.get(groups).label(group) if group in codes.get(groups) else codes.get(name).label(code)
