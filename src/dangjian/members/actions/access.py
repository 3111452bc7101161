"""Accounts of members, and posts given to members."""

import datetime as dt
from dataclasses import dataclass
from itertools import count

from django.db import transaction

from dangjian.accounts.actions import first_password
from dangjian.accounts.backends import phone_index
from dangjian.accounts.events import record
from dangjian.accounts.models import User
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.kernel.pinyin import letters
from dangjian.members.models import Member, Standing
from dangjian.org.actions import posts
from dangjian.org.models import Organization, Post
from dangjian.org.scope import everything


@dataclass(frozen=True, slots=True)
class Appointment:
    """A post, with the first password if an account had to be opened for it."""

    post: Post
    password: str = ""


@transaction.atomic
def open_account(*, actor: Actor, member: Member) -> tuple[User, str]:
    """Open the member's account. Answers it with its first password, shown once; he changes it at the first sign-in.

    He signs in with his name in pinyin or his mobile number (if no other account has it).
    """
    _lock(member)
    actor.require("members.accounts", member.organization)
    _check_may_have_account(member)
    index = phone_index(member.mobile)
    if index and User.objects.filter(phone_index=index).exists():
        raise Conflict(
            f"{member.name}的手机号已用于另一个账号登录。",
            how="请核对手机号；如是本人已有的账号，请改为关联该账号。",
        )
    password = first_password()
    user = User.objects.create_user(_free_username(member.name), password, name=member.name, phone_index=index)
    _attach(member, user)
    record(
        actor=actor,
        verb="accounts.opened",
        summary=f"为{member.name}开通账号“{user.username}”",
        organization=member.organization,
        member_id=member.pk,
        subject=user,
    )
    return user, password


@transaction.atomic
def link(*, actor: Actor, member: Member, user: User) -> None:
    """Let an account that exists already be the member's. The names must agree, and it must not be another member's."""
    _lock(member)
    actor.require("members.accounts", member.organization)
    _check_may_have_account(member)
    if not user.is_active:
        raise Conflict(f"账号“{user.username}”已停用，不能关联。")
    if user.name != member.name:
        raise Invalid(f"账号的姓名是“{user.name}”，与党员姓名不同，不能关联。", fields={"username": "请核对登录名"})
    if hasattr(user, "member"):
        raise Conflict(f"账号“{user.username}”已关联另一名党员。")
    _attach(member, user)
    record(
        actor=actor,
        verb="members.account_linked",
        summary=f"把账号“{user.username}”关联到{member.name}",
        organization=member.organization,
        member_id=member.pk,
        subject=user,
    )


@transaction.atomic
def appoint(
    *,
    actor: Actor,
    member: Member,
    organization: Organization,
    kind: str,
    starts_on: dt.date,
    document: str = "",
    replace: bool = False,
) -> Appointment:
    """Give ``member`` a post, opening an account for him if he has none. Refusals as ``org.actions.posts.appoint``."""
    user, password = member.user, ""
    if user is None:
        user, password = open_account(actor=actor, member=member)
    post = posts.appoint(
        actor=actor,
        organization=organization,
        user=user,
        kind=kind,
        starts_on=starts_on,
        document=document,
        replace=replace,
    )
    return Appointment(post, password)


def _lock(member: Member) -> None:
    """Take the row for this transaction and read it anew, so that a second tap finds the account that the first one opened."""
    with everything("the row is locked before the actor's right to it is checked"):
        member.refresh_from_db(from_queryset=Member.objects.select_for_update(of=("self",)).select_related("organization"))


def _check_may_have_account(member: Member) -> None:
    if member.standing != Standing.NORMAL:
        raise Conflict(f"{member.name}的党籍状态是“{member.get_standing_display()}”，不能开通账号。")
    if member.user_id:
        raise Conflict(f"{member.name}已有账号。", how="忘记密码的，请联系系统管理员重置。")


def _free_username(name: str) -> str:
    base = letters(name)[:50] or "member"
    taken = set(User.objects.filter(username__startswith=base).values_list("username", flat=True))
    return next(one for number in count(1) if (one := base if number == 1 else f"{base}{number}") not in taken)


def _attach(member: Member, user: User) -> None:
    member.user = user
    Member.objects.filter(pk=member.pk).update(user=user)
