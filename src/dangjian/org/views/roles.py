"""Roles: what the security administrator granted, and what officers handed on."""

from collections.abc import Sequence
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from dangjian.accounts.models import User
from dangjian.kernel import clock
from dangjian.kernel.gate import Request, page
from dangjian.kernel.offers import Role
from dangjian.kernel.ordering import ordered_by
from dangjian.kernel.pinyin import sort_key
from dangjian.kernel.registry import by_code, offers
from dangjian.kernel.ui.words import day
from dangjian.org import forms, queries
from dangjian.org.actions import grants
from dangjian.org.gate import GrantedActor, find
from dangjian.org.models import Grant
from dangjian.org.offers import Person
from dangjian.org.views.changes import BOTH
from dangjian.org.views.steps import Step, run

PAGE = 20
SORTS = {"person": "user__name", "role": "role", "organization": "organization__path", "starts": "starts_on", "ends": "ends_on"}
STATES = (("", "有效"), ("future", "未开始"), ("ended", "已结束"), ("all", "全部"))


@page("org.grant")
def grant_list(request: Request) -> HttpResponse:
    """Every role given at an organisation in reach, delegated ones included."""
    rows = _filtered(Grant.objects.all(), request)
    context = {"choices": [(role.code, role.title) for role in _grantable()], "role": request.GET.get("role", "")}
    return render(request, "org/grants.html", {**context, **_listed(request, rows)})


@page("org.delegate")
def delegation_list(request: Request) -> HttpResponse:
    """What the actor handed on himself."""
    own = Grant.objects.filter(Q(basis__isnull=False) | Q(basis_grant__isnull=False), granted_by_id=request.actor.user_id)
    return render(request, "org/delegations.html", _listed(request, _filtered(own, request)))


def _filtered(rows: QuerySet[Grant], request: Request) -> QuerySet[Grant]:
    state, role, text = (request.GET.get(name, "").strip() for name in ("state", "role", "q"))
    today = clock.today()
    if state == "future":
        rows = rows.filter(Q(ends_on=None) | Q(ends_on__gt=today), starts_on__gt=today)
    elif state == "ended":
        rows = rows.filter(ends_on__lte=today)
    elif state != "all":
        rows = rows.filter(Q(ends_on=None) | Q(ends_on__gt=today), starts_on__lte=today)
    if role:
        rows = rows.filter(role=role)
    if text:
        by_organization = Q(organization__short_name__icontains=text) | Q(organization__search_key__icontains=text.lower())
        rows = rows.filter(Q(user__name__icontains=text) | Q(user__username__icontains=text) | by_organization)
    return rows


def _listed(request: Request, rows: QuerySet[Grant]) -> dict[str, Any]:
    column = ordered_by(request.GET.get("sort", ""), SORTS, "-starts_on")
    ordered = rows.select_related("user", "organization", "granted_by", "basis").order_by(column, "-pk")
    page_obj = Paginator(ordered, PAGE).get_page(request.GET.get("page"))
    titles = by_code(Role)
    today = clock.today()
    lines = [
        {
            "grant": row,
            "title": titles[row.role].title if row.role in titles else row.role,
            "sphere": titles[row.role].sphere if row.role in titles else "business",
            "state": _state(row, today),
            "own": row.user_id == request.actor.user_id,
        }
        for row in page_obj.object_list
    ]
    return {"page_obj": page_obj, "lines": lines, "states": STATES, "state": request.GET.get("state", "")}


def _state(row: Grant, today: Any) -> tuple[str, str]:
    if row.ends_on and row.ends_on <= today:
        return "neutral", "已结束"
    return ("info", "未开始") if row.starts_on > today else ("good", "有效")


def _grantable() -> list[Role]:
    return [role for role in offers(Role) if role.grantable]


@page("org.grant", methods=BOTH)
def new_grant(request: Request) -> HttpResponse:
    """Give somebody a role."""

    def effects(_keywords: dict[str, Any], made: Grant) -> Sequence[str]:
        title = by_code(Role)[made.role].title
        until = f"，{day(made.ends_on)}自动失效" if made.ends_on else "，长期有效，直到收回"
        return [
            f"从{day(made.starts_on)}起，{made.user.name}在“{made.organization}”拥有“{title}”角色{until}。",
            "分配和收回都会留下记录，审计管理员可以查到。",
        ]

    step = Step(
        title="分配角色",
        intro="书记、委员等职务自带权限，随任免自动生效，不必在这里分配。",
        form=forms.GrantForm(_grantable(), find_accounts, account, request.POST or None),
        act=lambda keywords: grants.grant_role(actor=request.actor, **keywords),
        effects=effects,
        done="角色已分配。",
        label="确认分配",
        back=reverse("org:grants"),
        back_title="授权管理",
        after=lambda _grant: reverse("org:grants"),
    )
    return run(request, step)


def find_accounts(text: str) -> list[Person]:
    """Active accounts by name or sign-in name, and members by pinyin."""
    words = text.strip()
    users = User.objects.filter(Q(name__icontains=words) | Q(username__istartswith=words), is_active=True)
    first = sorted(users.order_by("name", "pk")[:30], key=lambda user: sort_key(user.name))
    found = {user.pk: Person(user.pk, user.name, user.username) for user in first}
    for person in queries.people(words) if words else []:
        found.setdefault(person.user_id, person)
    return list(found.values())[:30]


def account(user_id: int) -> Person | None:
    """The account with this number."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    return Person(user.pk, user.name, user.username) if user else None


@page("org.delegate", methods=BOTH)
def new_delegation(request: Request) -> HttpResponse:
    """Let somebody act in one's place."""

    def effects(_keywords: dict[str, Any], made: Grant) -> Sequence[str]:
        title = by_code(Role)[made.role].title
        return [
            f"从{day(made.starts_on)}起到{day(made.ends_on)}前，{made.user.name}可以代办“{made.organization}”{title}的工作。",
            "您自己的权限不变；您的职务（授权）结束时，委托同时失效。随时可以收回。",
        ]

    choices = grants.delegable_roles(request.actor)
    named = by_code(Role)
    offered = {role.code for role in choices}
    held_now = request.actor.roles if isinstance(request.actor, GrantedActor) else []
    own = [held for held in held_now if held.role in offered]
    foremost = min(own, key=lambda held: (named[held.role].order, held.path), default=None)
    initial = {"organization": foremost.organization_id, "role": foremost.role} if foremost else {}
    step = Step(
        title="新增委托",
        intro="外出学习、休假时，可以把自己的权限交给他人代办一段时间。",
        form=forms.DelegateForm(choices, request.POST or None, initial=initial),
        act=lambda keywords: grants.delegate(actor=request.actor, **keywords),
        effects=effects,
        done="委托已生效。",
        label="确认委托",
        back=reverse("org:delegations"),
        back_title="委托代办",
        after=lambda _grant: reverse("org:delegations"),
    )
    return run(request, step)


@page("org.grant", methods=BOTH)
def revoke_grant(request: Request, pk: int) -> HttpResponse:
    """Take a role back."""
    return _revoke(request, find(Grant, pk=pk), reverse("org:grants"), "授权管理")


@page("org.delegate", methods=BOTH)
def revoke_delegation(request: Request, pk: int) -> HttpResponse:
    """Take back what one handed on."""
    return _revoke(request, find(Grant, pk=pk), reverse("org:delegations"), "委托代办")


def _revoke(request: Request, grant: Grant, back: str, back_title: str) -> HttpResponse:
    title = by_code(Role)[grant.role].title if grant.role in by_code(Role) else grant.role

    def effects(_keywords: dict[str, Any], _ended: Grant) -> Sequence[str]:
        return [f"{grant.user.name}在“{grant.organization}”的“{title}”角色立即失效。", "由此转出的委托同时失效。"]

    step = Step(
        title="收回角色",
        intro=f"{grant.user.name}，“{grant.organization}”{title}",
        form=forms.RevokeForm(request.POST or None),
        act=lambda keywords: grants.revoke(actor=request.actor, grant=grant, **keywords),
        effects=effects,
        done="已收回。",
        label="确认收回",
        back=back,
        back_title=back_title,
        after=lambda _grant: back,
        danger=True,
    )
    return run(request, step)
