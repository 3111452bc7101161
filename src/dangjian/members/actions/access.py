"""Accounts of members, and posts given to members."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction

from dangjian.accounts.actions import first_password
from dangjian.accounts.backends import masked, phone_indexes
from dangjian.accounts.events import record, record_many
from dangjian.accounts.models import User
from dangjian.kernel import names
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.kernel.registry import offers
from dangjian.members.actions.usernames import free_usernames
from dangjian.members.models import Member, Standing, WaitingAccount
from dangjian.members.offers import AccountFollower
from dangjian.members.own import require_for
from dangjian.org.actions import posts
from dangjian.org.models import Organization, Post
from dangjian.org.openings import at, hold, own


@dataclass(frozen=True, slots=True)
class Appointment:
    """A post, with the first password if an account had to be opened for it."""

    post: Post
    password: str = ""


@transaction.atomic
def open_account(*, actor: Actor, member: Member) -> tuple[User, str]:
    """Open the member's account. Returns it with its first password, shown once; its owner changes it at the first sign-in.

    They sign in with their name in pinyin or, if no other account has it, their mobile number.
    """
    hold_for_account(actor, member)
    _check_may_have_account(member)
    password = first_password()
    [user] = _open(actor, [member], make_password(password))
    return user, password


@transaction.atomic
def open_accounts(*, actor: Actor, member_ids: Collection[int]) -> list[Member]:
    """Open accounts for those of the members who have none, without a password; returns them with their accounts.

    Nobody signs in before a first password is handed out (``members.actions.first_passwords``).
    """
    rows = Member.objects.select_for_update(of=("self",)).counted().filter(pk__in=member_ids, user=None)
    members = list(rows.select_related("organization").order_by("pk"))
    for organization in {member.organization_id: member.organization for member in members}.values():
        actor.require("members.accounts", organization)
    _open(actor, members, None)
    return members


@transaction.atomic
def link(*, actor: Actor, member: Member, username: str) -> None:
    """Let an account that exists already be the member's. The names must agree, and it must not be another member's.

    Every sign-in name that will not do is refused in the same words: whoever tries one learns nothing about its owner, who may
    belong to any organisation.
    """
    hold_for_account(actor, member)
    _check_may_have_account(member)
    user = User.objects.select_for_update().filter(username=username.strip(), is_active=True).first()
    if user is None or hasattr(user, "member") or not names.same(user.name, member.name):
        raise Invalid(
            f"没有可以关联到{member.name}的账号“{username.strip()}”。",
            how="账号要在用、姓名与党员一致，并且没有关联其他党员。请向本人核对登录名。",
            fields={"username": "请核对登录名"},
        )
    _attach(actor, member, user)
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
    special: str = "",
    replace: bool = False,
) -> Appointment:
    """Give ``member`` a post, opening an account where there is none. Refusals as ``org.actions.posts.appoint``."""
    require_for(actor, posts.permission_for(organization), organization, [member])
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
        special=special,
        replace=replace,
    )
    return Appointment(post, password)


def hold_for_account(actor: Actor, member: Member) -> None:
    """Hold the record for somebody who may give its member an account: a second tap finds what the first one opened."""
    hold(member, "organization", check=lambda row: require_giving(actor, row))


def require_giving(actor: Actor, member: Member) -> None:
    """Raise unless the actor may give the member an account and a first password, which nobody gives themselves."""
    require_for(actor, "members.accounts", member.organization, [member])


def require_appointing(actor: Actor, member: Member) -> None:
    """Raise unless the actor fills posts where the member stands, and it is not they who would take one."""
    require_for(actor, "org.posts", member.organization, [member])


def _check_may_have_account(member: Member) -> None:
    if member.standing != Standing.NORMAL:
        raise Conflict(f"{member.name}的党籍状态是“{member.get_standing_display()}”，不能开通账号。")
    if member.user_id:
        raise Conflict(f"{member.name}已有账号。", how="忘记密码的，请联系系统管理员重置。")


class Person(Protocol):
    """Somebody with a name and a mobile number ("" if none)."""

    name: str
    mobile: str


def new_accounts(people: Sequence[Person], password: str | None) -> list[User]:
    """Accounts for ``people`` with the hash ``password`` (``None``: nobody can sign in yet).

    Whose they are, and that the actor may open them, is for the caller, who records it too.
    """
    names = free_usernames([one.name for one in people])
    phones = phone_indexes([one.mobile for one in people])
    try:
        return User.objects.bulk_create(
            User(
                username=username,
                name=one.name,
                phone_index=phone,
                phone_shown=masked(one.mobile) if phone else "",
                password=password or make_password(None),
            )
            for username, phone, one in zip(names, phones, people, strict=True)
        )
    except IntegrityError:
        raise Conflict("刚刚有人同时开通了账号。", how="请再试一次。") from None


def take_over(*, actor: Actor, member: Member, user: User) -> None:
    """An account that somebody had before they became a member is now the member's. The caller has asked for the right to it."""
    with at(member.organization):
        _attach(actor, member, user)
    record(
        actor=actor,
        verb="members.account_linked",
        summary=f"“{user.username}”成为{member.name}的党员账号",
        organization=member.organization,
        member_id=member.pk,
        subject=user,
    )


def _open(actor: Actor, members: Sequence[Member], password: str | None) -> list[User]:
    """New accounts of ``members`` with the hash ``password`` (``None``: nobody can sign in yet)."""
    users = new_accounts(members, password)
    for member, user in zip(members, users, strict=True):
        member.user = user
    Member.objects.bulk_update(members, ["user"], batch_size=500)
    record_many(
        [
            {
                "actor": actor,
                "verb": "accounts.opened",
                "summary": f"为{member.name}开通账号“{user.username}”",
                "organization": member.organization,
                "member_id": member.pk,
                "subject": user,
            }
            for member, user in zip(members, users, strict=True)
        ]
    )
    tell_given(actor, members)
    return users


def tell_given(actor: Actor, members: Sequence[Member]) -> None:
    """Let what belongs to these members by their accounts follow: they have just been given them."""
    for follower in offers(AccountFollower):
        follower.given(actor, members)


def _attach(actor: Actor, member: Member, user: User) -> None:
    member.user = user
    Member.objects.filter(pk=member.pk).update(user=user)
    own(WaitingAccount, user.pk).delete()  # it waits for the roster no longer, wherever its holder is an officer
    tell_given(actor, [member])
