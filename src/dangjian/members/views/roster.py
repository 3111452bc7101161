"""The list of members, what is done with several of them, and a new one."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html

from dangjian.kernel import clock, codes, parameters
from dangjian.kernel.errors import Invalid
from dangjian.kernel.forms import Cleaned
from dangjian.kernel.gate import Request, requires
from dangjian.kernel.lists import LINE, NUMBER, Act, Asked, Column, Empty, ListPage, Several, Start
from dangjian.kernel.typed import number
from dangjian.kernel.ui import marks, words
from dangjian.members import policy
from dangjian.members.actions import by_hand, groups, record
from dangjian.members.filters import FILTERS
from dangjian.members.forms import GroupForm, NewMemberForm
from dangjian.members.models import Category, Member, Standing
from dangjian.members.queries.completeness import GOOD
from dangjian.members.queries.records import post_title, posts_by_user
from dangjian.members.views import entry
from dangjian.org.caching import CachedPaginator
from dangjian.org.gate import find
from dangjian.org.models import Organization

MOST = 200
"""Members that may be chosen at once; more is a reorganisation."""

UNSEEN = ("resident_id", "mobile", "phone", "registered_residence", "current_address")


def _may(permission: str) -> Callable[[Asked], bool]:
    return lambda asked: asked.request.actor.may(permission)


def _age(member: Member) -> int | None:
    return policy.age(member.birth_on, clock.today()) if member.birth_on else None


def _party_age(member: Member) -> int | None:
    if member.category != Category.FULL:
        return None
    return policy.party_age(member.converted_on, clock.today(), member.party_age_correction_months)


def _sex(member: Member) -> str:
    return {"1": "男", "2": "女"}.get(member.sex, "")


def _education(member: Member) -> str:
    return _grouped("education", "group", "education_group", member.education)


def _job(member: Member) -> str:
    return _grouped("job_label", "stat", "job_prefix", member.job_post)


def _grouped(name: str, key: str, groups: str, code: str) -> str:
    """The short name of the group to which a code belongs, for a narrow column."""
    if code not in codes.get(name):
        return ""
    item = codes.get(name).item(code)
    group = item.extra.get(key, "")
    return codes.get(groups).label(group) if group in codes.get(groups) else codes.get(name).label(code)


def _person(member: Member) -> str:
    is_away = member.standing != Standing.NORMAL
    return format_html(
        '<span class="person">{}{}</span> {} {}',
        marks.avatar(member.name, "sm"),
        member.name,
        marks.badge("probationary") if member.category == Category.PROBATIONARY else "",
        marks.badge(member.standing, member.get_standing_display(), "neutral") if is_away else "",
    )


def _in_short(member: Member) -> str:
    """Sex, age, years in the party and education in a line, for a narrow screen."""
    age, party_age = _age(member), _party_age(member)
    said = (
        _sex(member),
        f"{age} 岁" if age is not None else "",
        f"党龄 {party_age} 年" if party_age is not None else "",
        _education(member),
    )
    return " · ".join(filter(None, said))


def _group(member: Member) -> str:
    return member.organization.short_name if member.organization_id != member.branch_id else ""


def _complete(member: Member) -> str:
    return format_html('<span class="{}">{}%</span>', "text-warn" if member.completeness < GOOD else "", member.completeness)


def _find_posts(rows: list[Any], _asked: Asked) -> None:
    posts = posts_by_user([member.user_id for member in rows if member.user_id])
    for member in rows:
        member.held = "、".join(post_title(post, member) for post in posts.get(member.user_id or 0, []))


def _nobody(asked: Asked) -> Empty:
    if NEW.may(asked):
        return Empty("users", "还没有党员", "可以逐个补录，也可以在“表格导入”里上传整个名册。", NEW)
    return Empty("users", "还没有党员", "请联系上级党务部门录入名册。")


NEW = Start("补录党员", "members:new", "user-plus", may=_may("members.account"), is_primary=False)
EXPORT = Start(
    "导出",
    lambda asked: reverse("members:export") + asked.query,
    "file-download",
    may=lambda asked: asked.request.actor.may("members.export") and asked.number > 0,
    is_primary=False,
)

MEMBERS = ListPage(
    name="members:list",
    title="党员",
    permission="members.view",
    intro=lambda asked: f"{'找到' if asked.is_filtered else '共'} {words.number(asked.number)} 名",
    rows=lambda _asked: Member.objects.select_related("branch", "organization").defer(*UNSEEN),
    paginator=CachedPaginator,
    columns=(
        Column("姓名", "name", sort="name_sort", key="name", drawn=_person),
        Column("性别", _sex, on_phone=False),
        Column("年龄", _age, NUMBER, sort="-birth_on", key="age", on_phone=False),
        Column("概况", _in_short, on_wide=False),
        Column("所在支部", "branch.short_name", LINE, sort="branch__path", key="branch", sub=_group),
        Column("党内职务", "held"),
        Column("党龄", _party_age, NUMBER, sort="converted_on", key="party_age", unit="年", on_phone=False),
        Column("学历", _education, sort="education", on_phone=False),
        Column("工作岗位", _job, on_phone=False),
        Column("完整度", "completeness", NUMBER, sort="completeness", drawn=_complete),
    ),
    order=("branch__path", "name_sort"),
    row="members:detail",
    load=_find_posts,
    filters=FILTERS,
    starts=(Start("信息完整度", "members:completeness", "list-check", is_primary=False), EXPORT, NEW),
    several=Several(
        "member",
        called=lambda member: str(member.name),
        acts=(Act("编入党小组", "members:bulk_group", "users-group", may=_may("org.groups")),),
    ),
    missed=lambda _asked: Empty("search-off", "没有找到符合条件的党员", "请减少条件，或换个姓名、拼音再试。"),
    empty=_nobody,
    has_sheet=False,  # the roster goes out with a purpose, by ``members:export``
)


@requires("members.account", methods=("GET", "POST"))
def new(request: Request) -> HttpResponse:
    """Somebody comes into a branch."""
    branches = Organization.objects.standing().filter(kind="branch")
    initial = {"branch": parameters.number(request, "branch")}

    def register(keywords: Cleaned) -> Member:
        return by_hand.write_down(record.register, actor=request.actor, branches=[keywords["branch"]], **keywords)

    return entry.run(
        request,
        form=NewMemberForm(request.POST or None, branches=branches, initial=initial),
        act=register,
        done=lambda member: f"{member.name}已编入“{member.branch}”，请补全档案",
        back=reverse("members:list"),
        after=lambda member: reverse("members:edit", args=[member.pk]),
        title="补录党员",
        intro="补录启用平台以前就在支部、名册里漏了的党员。以后进来的，在“组织关系转接”“发展党员”里办理。",
        label="保存",
    )


@requires("org.groups", methods=("GET", "POST"))
def bulk_group(request: Request) -> HttpResponse:
    """The members chosen go into a group, or out of theirs."""
    members = chosen_members(request)
    if not members:
        return nobody_chosen(request)
    branches = {member.branch_id for member in members}
    if len(branches) > 1:
        raise Invalid("所选党员不在同一个党支部，不能一起编组。", how="请返回，先按支部筛选再选择。")
    in_branch = Organization.objects.standing().filter(kind="group", parent__in=branches).order_by("order", "pk")
    form = GroupForm(request.POST or None, groups=list(in_branch))

    def assign(keywords: Cleaned) -> int:
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


def chosen_members(request: Request) -> list[Member]:
    """The members who were ticked, inside the scope of the page. Raises ``Invalid`` for too many, or others."""
    ids = [pk for one in request.GET.getlist("member") if (pk := number(one))]
    if len(ids) > MOST:
        raise Invalid(f"一次最多选择{MOST}名党员。", how="请分几次办理，或者用表格、整建制转接。")
    rows: QuerySet[Member] = Member.objects.counted().filter(pk__in=ids).select_related("branch", "organization").defer(*UNSEEN)
    members = list(rows)
    if len(members) != len(set(ids)):
        raise Invalid("所选党员中有的不在您的办理范围内，或已不在册。", how="请返回名册重新选择。")
    return members


def nobody_chosen(request: Request) -> HttpResponse:
    """Back to the list, with what to do there."""
    messages.error(request, "还没有选择党员，请勾选后再办理。")
    return redirect("members:list")


def _back(members: list[Member]) -> str:
    branches = {member.branch_id for member in members}
    narrowed = f"?organization={branches.pop()}" if len(branches) == 1 else ""
    return reverse("members:list") + narrowed
