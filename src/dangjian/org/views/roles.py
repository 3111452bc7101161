"""Roles: what the security administrator granted, and what officers handed on."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dangjian.accounts.events import record
from dangjian.accounts.models import User
from dangjian.accounts.queries import found_account
from dangjian.kernel import clock
from dangjian.kernel.actor import may
from dangjian.kernel.gate import Request, requires
from dangjian.kernel.lists import ALL, DAY, STATE, Asked, Choice, Column, Empty, ListPage, RowAction, Search, Start, State
from dangjian.kernel.offers import Role
from dangjian.kernel.pinyin import sort_key
from dangjian.kernel.registry import by_code, offers
from dangjian.kernel.ui import marks
from dangjian.kernel.ui.words import day
from dangjian.org import forms, queries
from dangjian.org.actions import grants
from dangjian.org.gate import GrantedActor
from dangjian.org.models import Grant
from dangjian.org.offers import Person
from dangjian.org.views.access import grant_to_revoke
from dangjian.org.views.changes import BOTH
from dangjian.org.views.steps import Step, run


def _rows() -> QuerySet[Grant]:
    return Grant.objects.select_related("user", "organization", "granted_by")


def _handed_on(asked: Asked) -> QuerySet[Grant]:
    """What the actor has handed on."""
    by_actor = Q(basis__isnull=False) | Q(basis_grant__isnull=False)
    return _rows().filter(by_actor, granted_by_id=asked.request.actor.user_id)


def _in_effect(rows: QuerySet[Grant], state: str) -> QuerySet[Grant]:
    """Those in effect today, unless others are asked for."""
    today = clock.today()
    if state == ALL:
        return rows
    if state == "ended":
        return rows.filter(ends_on__lte=today)
    begun = Q(starts_on__gt=today) if state == "future" else Q(starts_on__lte=today)
    return rows.filter(begun, Q(ends_on=None) | Q(ends_on__gt=today))


def _found(text: str) -> Q:
    return found_account(text, "user__") | queries.found_by_text(text, "organization__")


def _title(grant: Grant) -> str:
    role = by_code(Role).get(grant.role)
    return role.title if role else grant.role


def _person(grant: Grant) -> SafeString:
    return format_html('<span class="person">{}{}</span>', marks.avatar(grant.user.name, "sm"), grant.user.name)


def _source(grant: Grant) -> str:
    by = grant.granted_by.name if grant.granted_by else ""
    source = f"{by}委托" if grant.basis_id or grant.basis_grant_id else f"{by or '系统'}分配"
    return f"{source}：{grant.reason}" if grant.reason else source


def _state(grant: Grant) -> State:
    today = clock.today()
    if grant.ends_on and grant.ends_on <= today:
        return State("grant", "已结束", "neutral")
    return State("grant", "未开始", "info") if grant.starts_on > today else State("grant", "有效", "good")


def _may_revoke(grant: Grant, asked: Asked) -> bool:
    ended = grant.ends_on is not None and grant.ends_on <= clock.today()
    return not ended and may(grants.require_revoking, asked.request.actor, grant)


def _revoking(name: str) -> tuple[RowAction[Grant]]:
    return (RowAction("收回", name, _may_revoke, tone=""),)


def _grantable() -> list[Role]:
    return [role for role in offers(Role) if role.grantable]


@transaction.atomic
def _exported(asked: Asked) -> None:
    record(actor=asked.request.actor, verb="org.grants_exported", summary=f"导出授权（{asked.rows.count()}条）")


COLUMNS: tuple[Column[Grant], ...] = (
    Column("姓名", "user.name", sort="user__name", key="person", drawn=_person),
    Column("登录名", "user.username", on_page=False),
    Column("角色", _title, sort="role"),
    Column("党组织", "organization.short_name", sort="organization__path", key="organization", width=28),
    Column("开始", "starts_on", DAY, sort="starts_on", key="starts"),
    Column("结束", "ends_on", DAY, sort="ends_on", key="ends", drawn=lambda grant: day(grant.ends_on) or "长期"),
    Column("来源和事由", _source, width=36),
    Column("状态", _state, STATE),
)
STATES = Choice("state", "状态", (("future", "未开始"), ("ended", "已结束"), (ALL, "全部")), usual="有效", rows=_in_effect)

GRANTS = ListPage(
    name="org:grants",
    title="授权管理",
    permission="org.grant",
    intro="书记、委员等职务自带权限，随任免自动生效；这里只分配其余的角色。三类管理员由三人分别担任，不兼党务工作。",
    rows=lambda _asked: _rows(),
    columns=COLUMNS,
    order=("-starts_on",),
    starts=(Start("分配角色", "org:new_grant"),),
    actions=_revoking("org:revoke_grant"),
    filters=(
        Search("q", "姓名、登录名或党组织", _found, longest=60),
        Choice("role", "角色", lambda _asked: [(role.code, role.title) for role in _grantable()], usual="全部角色"),
        STATES,
    ),
    empty=Empty("shield-lock", "没有授权", "可以给账号分配角色。", Start("分配角色", "org:new_grant")),
    exported=_exported,
)

DELEGATIONS = ListPage(
    name="org:delegations",
    title="委托代办",
    permission="org.delegate",
    intro="把自己的权限交给他人代办一段时间；到期、您免职或收回时自动失效。",
    rows=_handed_on,
    columns=COLUMNS,
    order=("-starts_on",),
    starts=(Start("新增委托", "org:new_delegation", "user-share"),),
    actions=_revoking("org:revoke_delegation"),
    filters=(Search("q", "姓名或党组织", _found, longest=60), STATES),
    empty=Empty(
        "user-share",
        "没有委托",
        "外出学习、休假时，可以把权限交给他人代办，到期自动收回。",
        Start("新增委托", "org:new_delegation", "user-share"),
    ),
    has_sheet=False,
)


@requires("org.grant", methods=BOTH)
def new_grant(request: Request) -> HttpResponse:
    """Give somebody a role."""

    def effects(_keywords: dict[str, object], made: Grant) -> Sequence[str]:
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
    """Active accounts of whom a text finds, by name."""
    users = User.objects.filter(found_account(text), is_active=True).order_by("name", "pk")[:30]
    return [Person(user.pk, user.name, user.username) for user in sorted(users, key=lambda user: sort_key(user.name))]


def account(user_id: int) -> Person | None:
    """The account with this number."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    return Person(user.pk, user.name, user.username) if user else None


@requires("org.delegate", methods=BOTH)
def new_delegation(request: Request) -> HttpResponse:
    """Let somebody act in one's place."""

    def effects(_keywords: dict[str, object], made: Grant) -> Sequence[str]:
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


@requires("org.grant", on=grant_to_revoke, methods=BOTH)
def revoke_grant(request: Request, grant: Grant) -> HttpResponse:
    """Take a role back."""
    return _revoke(request, grant, reverse("org:grants"), "授权管理")


@requires("org.delegate", on=grant_to_revoke, methods=BOTH)
def revoke_delegation(request: Request, grant: Grant) -> HttpResponse:
    """Take back what one handed on."""
    return _revoke(request, grant, reverse("org:delegations"), "委托代办")


def _revoke(request: Request, grant: Grant, back: str, back_title: str) -> HttpResponse:
    title = by_code(Role)[grant.role].title if grant.role in by_code(Role) else grant.role

    def effects(_keywords: dict[str, object], _ended: Grant) -> Sequence[str]:
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
