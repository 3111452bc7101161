"""First passwords of members who have never signed in: told by the secretary, or printed on slips.

A password lies readable nowhere: its slip is kept encrypted until it is printed or ``FIRST_PASSWORD_DAYS`` have passed. A new one
ends the old one. Every handing out is in the trail, by person.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, cast

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import Q

from dangjian.accounts import door
from dangjian.accounts.actions import first_password
from dangjian.accounts.events import record_many
from dangjian.accounts.models import User
from dangjian.accounts.queries import NEVER_SIGNED_IN
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, PermissionDenied
from dangjian.members import documents
from dangjian.members.actions import access
from dangjian.members.models import AccountRun, FirstPassword, Member, Standing
from dangjian.members.queries.access import WITH_SLIP, obstacles
from dangjian.org.models import Organization
from dangjian.org.unscoped import unscoped

MOST_PRINTED = 400
"""Slips of one paper; more would keep the page waiting for too long."""


@transaction.atomic
def hand_out(*, actor: Actor, member: Member) -> tuple[User, str]:
    """Give the member a fresh first password to be told to them, opening their account if they have none.

    Returns their account and the password, which is shown once. Raises ``Conflict`` if they have chosen a password of their own,
    ``PermissionDenied`` if their account opens more than the actor looks after.
    """
    access.hold_for_account(actor, member)
    if member.standing != Standing.NORMAL:
        raise Conflict(f"{member.name}的党籍状态是“{member.get_standing_display()}”，不发初始密码。")
    if member.user_id is None:
        [opened] = access.open_accounts(actor=actor, member_ids=[member.pk])
        member.user = opened.user
    reason = obstacles(actor, [member]).get(member.pk)
    if reason:
        raise PermissionDenied(reason)
    password = first_password()
    if not member.user or not give(
        actor=actor, passwords={member: (password, make_password(password))}, how=FirstPassword.How.TOLD
    ):
        raise Conflict(f"{member.name}已经用自己的密码登录过。", how="忘记密码的，请联系系统管理员重置。")
    door.forget(member.user.username)
    return member.user, password


@transaction.atomic
def give(*, actor: Actor, passwords: Mapping[Member, tuple[str, str]], how: str = "", run: AccountRun | None = None) -> int:
    """Let each member's account have the password with the given hash; returns how many.

    Whoever has chosen another password meanwhile is left out. Without ``how`` the passwords wait, encrypted, for their slips to
    be printed. The caller has asked ``obstacles`` before.
    """
    for organization in {member.organization_id: member.organization for member in passwords}.values():
        actor.require("members.accounts", organization)
    now, given = clock.now(), []
    for member, (password, digest) in passwords.items():
        mine = User.objects.filter(NEVER_SIGNED_IN, pk=cast("int", member.user_id), is_active=True)
        if mine.update(password=digest):
            kept = {"password": "" if how else password, "made_at": now, "run": run, "how": how}
            FirstPassword.objects.update_or_create(member=member, defaults={**kept, "handed_at": now if how else None})
            given.append(member)
    verb, text = ("handed_out", "当面告知{}初始密码") if how else ("slip_made", "为{}制作登录条")
    record_many([_event(actor, member, f"members.password_{verb}", text.format(member.name)) for member in given])
    return len(given)


def print_slips(*, actor: Actor, organization: Organization, address: str) -> bytes:
    """The slips of an organisation and all below it as PDF; their passwords are forgotten with it.

    ``address`` is where people sign in. Slips of those whose accounts open more than the actor looks after stay there for
    their superiors. Raises ``Conflict`` if there are none, or too many for one paper.
    """
    actor.require("members.accounts", organization)
    rows = Member.objects.counted().filter(WITH_SLIP, organization__path__startswith=organization.path)
    waiting = list(rows.select_related("branch", "user", "first_password").order_by("branch__path", "name_sort", "pk"))
    barred = obstacles(actor, waiting)
    members = [member for member in waiting if member.pk not in barred]
    if not members:
        how = "其余的由上级党务部门打印。" if waiting else "请先制作登录条；打印过的不能再打印，可以重新制作。"
        raise Conflict(f"“{organization}”没有可以打印的登录条。", how=how)
    if len(members) > MOST_PRINTED:
        raise Conflict(f"“{organization}”有{len(members)}张登录条，一次最多打印{MOST_PRINTED}张。", how="请按党支部分开打印。")
    paper = documents.slips(members, address)
    _put_away(actor, members)
    return paper


@transaction.atomic
def _put_away(actor: Actor, members: Sequence[Member]) -> None:
    for member in members:
        slip = member.first_password
        unchanged = FirstPassword.objects.filter(pk=slip.pk, made_at=slip.made_at).exclude(password="")
        if not unchanged.update(password="", handed_at=clock.now(), how=FirstPassword.How.SLIP):
            raise Conflict("登录条刚刚被打印或者重新制作过。", how="请刷新页面再打印。")
    record_many([_event(actor, member, "members.slip_printed", f"打印{member.name}的登录条") for member in members])


@transaction.atomic
def clear_first_passwords() -> None:
    """Slips that nobody printed in time go; so does the trace of passwords that have been changed since."""
    late = clock.now() - dt.timedelta(days=settings.FIRST_PASSWORD_DAYS)
    with unscoped("passwords are cleared away for everybody"):
        rows = FirstPassword.objects.exclude(password="")
        rows.filter(made_at__lt=late).delete()
        FirstPassword.objects.exclude(Q(member__user__in=User.objects.filter(NEVER_SIGNED_IN))).delete()


@transaction.atomic
def _event(actor: Actor, member: Member, verb: str, summary: str) -> dict[str, Any]:
    return {
        "actor": actor,
        "verb": verb,
        "summary": summary,
        "organization": member.organization,
        "member_id": member.pk,
        "subject": member.user,
    }
