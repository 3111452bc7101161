"""Writes on roles: the security administrator grants them, officers hand their own on, either takes them back."""

import datetime as dt

from django.db import transaction
from django.db.models import Q

from dangjian.accounts.events import EventsOf
from dangjian.accounts.models import User
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor, require_another
from dangjian.kernel.errors import Conflict, Invalid, PermissionDenied
from dangjian.kernel.offers import Permission, Role
from dangjian.kernel.registry import by_code
from dangjian.kernel.ui import words
from dangjian.org import roles
from dangjian.org.actions.apart import require_apart
from dangjian.org.gate import permissions_of
from dangjian.org.models import Grant, Kind, Organization, Post
from dangjian.org.openings import at, inside, own

NOTES = EventsOf[Grant](
    data=lambda grant: {
        "user": grant.user_id,
        "role": grant.role,
        "starts_on": grant.starts_on.isoformat(),
        "ends_on": grant.ends_on.isoformat() if grant.ends_on else "",
        "reason": grant.reason,
    },
)


@transaction.atomic
def grant_role(
    *,
    actor: Actor,
    organization: Organization,
    user: User,
    role: str,
    starts_on: dt.date,
    ends_on: dt.date | None = None,
    reason: str = "",
) -> Grant:
    """Give ``user`` a role at ``organization`` from ``starts_on`` (today or later) until before ``ends_on`` (open if ``None``).

    The roles of the three administrators are given at a committee; they exclude each other and all others (``actions.apart``).
    Raises ``PermissionDenied`` for a grant to oneself, ``Conflict`` for a role already held, ``Invalid`` for what does not fit.
    """
    actor.require("org.grant", organization)
    _check_other_person(actor, user)
    offer = _grantable(role)
    _check_place(offer, organization)
    _check_period(starts_on, ends_on)
    require_apart(user=user, role=role, starts_on=starts_on, ends_on=ends_on)
    _check_new(user, role, organization, starts_on, ends_on)
    made: Grant = Grant.objects.create(
        organization=organization,
        user=user,
        role=role,
        starts_on=starts_on,
        ends_on=ends_on,
        granted_by_id=actor.user_id,
        reason=reason.strip(),
    )
    NOTES.record(actor, made, "org.granted", f"授予{user.name}“{organization}”{offer.title}角色")
    return made


@transaction.atomic
def delegate(
    *,
    actor: Actor,
    organization: Organization,
    user: User,
    role: str,
    ends_on: dt.date,
    starts_on: dt.date | None = None,
    reason: str,
) -> Grant:
    """Let ``user`` act in one's place at ``organization`` with ``role`` until before ``ends_on``.

    The actor hands on at most what their own post (or, without a post, a role granted to them) carries there; what was
    handed to them cannot be handed on again. It ends with that post at the latest.
    """
    actor.require("org.delegate", organization)
    _check_other_person(actor, user)
    offer = _grantable(role)
    if offer.sphere != "business":
        raise PermissionDenied(f"{offer.title}只能由安全管理员分配，不能委托。")
    _check_place(offer, organization)
    starts = starts_on or clock.today()
    _check_period(starts, ends_on)
    if not reason.strip():
        raise Invalid("请写明委托事由。", fields={"reason": "例如：外出学习期间代办党务工作"})
    post, granted = _basis(actor, organization, role)
    latest = post.ends_on if post else granted.ends_on if granted else None
    if latest and ends_on > latest:
        raise Invalid(
            f"委托不能晚于您自己任职（授权）结束的日期（{words.day(latest)}）。",
            fields={"ends_on": f"最晚可填{words.day(latest)}"},
        )
    require_apart(user=user, role=role, starts_on=starts, ends_on=ends_on)
    _check_new(user, role, organization, starts, ends_on)
    made: Grant = Grant.objects.create(
        organization=organization,
        user=user,
        role=role,
        starts_on=starts,
        ends_on=ends_on,
        basis=post,
        basis_grant=granted,
        granted_by_id=actor.user_id,
        reason=reason.strip(),
    )
    NOTES.record(
        actor, made, "org.delegated", f"委托{user.name}代办“{organization}”{offer.title}的工作（至{words.day(ends_on)}）"
    )
    return made


@transaction.atomic
def revoke(*, actor: Actor, grant: Grant, reason: str) -> Grant:
    """The role ends today, and with it whatever was delegated by virtue of it.

    The security administrator may take back any role but their own; whoever delegated a role may take it back.
    """
    require_revoking(actor, grant)
    grant = Grant.objects.select_for_update(of=("self",)).select_related("organization", "user").get(pk=grant.pk)
    today = clock.today()
    if grant.ends_on and grant.ends_on <= today:
        raise Conflict(f"这项授权已于{words.day(grant.ends_on)}结束。")
    if not reason.strip():
        raise Invalid("请写明收回的原因。", fields={"reason": "请填写原因"})
    grant.ends_on = today
    grant.save()
    end_delegations_of(grant, today)
    title = by_code(Role)[grant.role].title if grant.role in by_code(Role) else grant.role
    NOTES.record(actor, grant, "org.grant_revoked", f"收回{grant.user.name}“{grant.organization}”{title}角色：{reason.strip()}")
    return grant


def require_revoking(actor: Actor, grant: Grant) -> None:
    """Raise unless the actor may take a role back: what they handed on, or as security administrator what is not their own."""
    is_own_delegation = bool(grant.basis_id or grant.basis_grant_id) and grant.granted_by_id == actor.user_id
    actor.require("org.delegate" if is_own_delegation else "org.grant", grant.organization)
    require_another(actor, grant.user_id, "不能收回自己的授权。", how="请由另一名安全管理员办理，以免无人能够分配权限。")


def end_delegations_of(grant: Grant, day: dt.date) -> None:
    """What was handed on by virtue of ``grant`` ends on ``day`` with it."""
    with inside(grant.organization):  # it may lie in any organisation below
        Grant.objects.filter(Q(ends_on=None) | Q(ends_on__gt=day), basis_grant=grant).update(ends_on=day)


def end_with_membership(*, actor: Actor, user_id: int, day: dt.date, reason: str, within: Organization | None = None) -> None:
    """Whoever leaves the Party's ranks (or, with ``within``, a branch) no longer does its work: their business roles there end.

    Called by the action that records the leaving. Roles of the three administrators rest on no membership and stay.
    """
    rows = own(Grant, user_id).filter(Q(ends_on=None) | Q(ends_on__gt=day)).select_related("organization", "user")
    if within is not None:
        rows = rows.filter(organization__body_path=within.path)
    for grant in rows:
        offer = by_code(Role).get(grant.role)
        if offer is None or offer.sphere == "business":
            grant.ends_on = max(day, grant.starts_on)
            with at(grant.organization):
                grant.save()
            end_delegations_of(grant, day)
            title = offer.title if offer else grant.role
            NOTES.record(actor, grant, "org.grant_revoked", f"收回{grant.user.name}“{grant.organization}”{title}角色：{reason}")


def end_delegations_outside(organization: Organization, day: dt.date) -> None:
    """After ``organization`` was moved: what officers of its former superiors delegated at it or below ends on ``day``."""
    with inside(organization):
        rows = Grant.objects.filter(
            Q(ends_on=None) | Q(ends_on__gt=day), Q(basis__isnull=False) | Q(basis_grant__isnull=False)
        ).select_related("organization", "basis__organization", "basis_grant__organization")
        outside = []
        for row in rows:
            source = row.basis or row.basis_grant
            if source and not row.organization.path.startswith(source.organization.path):
                outside.append(row.pk)
        Grant.objects.filter(pk__in=outside).update(ends_on=day)


def delegable_roles(actor: Actor) -> list[Role]:
    """Roles that the actor could hand on somewhere: each whose permissions all belong to one of their own posts or grants."""
    own = [permissions_of(role) for role, _, _ in _sources(actor)]
    return [
        role
        for role in by_code(Role).values()
        if role.grantable and role.sphere == "business" and any(permissions_of(role.code) <= held for held in own)
    ]


def _check_other_person(actor: Actor, user: User) -> None:
    require_another(actor, user.pk, "不能给自己分配权限。", how="请由另一名安全管理员办理。")
    if not user.is_active:
        raise Invalid(f"{user.name}的账号已停用。", fields={"user": "请选择其他人"})


def _grantable(role: str) -> Role:
    offer = by_code(Role).get(role)
    if offer is None or not offer.grantable:
        raise Invalid("这个角色不能分配。", fields={"role": "请从列表中选择"})
    return offer


def _check_place(role: Role, organization: Organization) -> None:
    if organization.dissolved_on:
        raise Conflict(f"“{organization}”已撤销，不能再分配角色。")
    if role.sphere != "business" and organization.kind != Kind.COMMITTEE:
        raise Invalid(f"{role.title}设在党委一级。", fields={"organization": "请选择党委"})
    if (role.code == roles.GROUP_LEADER) != organization.is_group and role.sphere == "business":
        where = "党小组" if role.code == roles.GROUP_LEADER else "党支部或上级党组织"
        raise Invalid(f"“{role.title}”只能用于{where}。", fields={"organization": f"请选择{where}"})


def _check_period(starts_on: dt.date, ends_on: dt.date | None) -> None:
    if starts_on < clock.today():
        raise Invalid("授权不能倒签，开始日期不能早于今天。", fields={"starts_on": "请填今天或以后的日期"})
    if ends_on and ends_on <= starts_on:
        raise Invalid("结束日期应在开始日期之后。", fields={"ends_on": "请检查日期"})


def _overlaps(starts_on: dt.date, ends_on: dt.date | None) -> Q:
    period = Q(ends_on=None) | Q(ends_on__gt=starts_on)
    return period & Q(starts_on__lt=ends_on) if ends_on else period


def _check_new(user: User, role: str, organization: Organization, starts_on: dt.date, ends_on: dt.date | None) -> None:
    if own(Grant, user.pk).filter(_overlaps(starts_on, ends_on), role=role, organization=organization).exists():
        raise Conflict(f"{user.name}在这段时间已有这个角色。", how="如要改变期限，请先收回原授权再重新分配。")


def _sources(actor: Actor) -> list[tuple[str, Post | None, Grant | None]]:
    """The actor's posts and (not delegated) grants in effect: role, post, grant."""
    today = clock.today()
    posts = own(Post, actor.user_id).in_effect(today).filter(organization__dissolved_on=None)
    grants = own(Grant, actor.user_id).in_effect(today).filter(organization__dissolved_on=None, basis=None, basis_grant=None)
    return [
        *((post.kind, post, None) for post in posts.select_related("organization")),
        *((grant.role, None, grant) for grant in grants.select_related("organization")),
    ]


def _basis(actor: Actor, organization: Organization, role: str) -> tuple[Post | None, Grant | None]:
    """The post (or grant) by virtue of which ``role`` can be handed on at ``organization``; refuses if there is none."""
    needed = permissions_of(role)
    lacking: frozenset[str] = needed
    for held_role, post, grant in _sources(actor):
        source = post or grant
        if source is None or "org.delegate" not in permissions_of(held_role):
            continue
        left = frozenset(code for code in needed if not _carries(held_role, source.organization, code, organization))
        if not left:
            return post, grant
        lacking = min(lacking, left, key=len)
    titles = "、".join(by_code(Permission)[code].title for code in sorted(lacking)[:4])
    raise PermissionDenied(
        f"您自己在“{organization}”没有这个角色的全部权限，不能委托。",
        how=f"缺少：{titles}{'等' if len(lacking) > 4 else ''}。请选择权限较小的角色，或请上级办理。",
    )


def _carries(role: str, held_at: Organization, permission: str, organization: Organization) -> bool:
    offer = by_code(Permission)[permission]
    if role not in offer.roles:
        return False
    if offer.reach == "subtree" or held_at.is_group:
        return organization.path.startswith(held_at.path)
    return organization.body_path == held_at.path
