"""Accounts of officers who come in before the roster: opened in their names, and theirs for good once they are on record."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import ProtectedError, QuerySet

from dangjian.accounts.backends import bind_phone, phone_indexes
from dangjian.accounts.events import record, record_many
from dangjian.accounts.models import User
from dangjian.accounts.queries import WITHOUT_PASSWORD
from dangjian.kernel.actor import Actor
from dangjian.members.actions.access import tell_given
from dangjian.members.actions.usernames import free_usernames
from dangjian.members.models import Member, WaitingAccount
from dangjian.org.models import Organization, Post
from dangjian.org.openings import at, register
from dangjian.org.unscoped import unscoped


@dataclass(frozen=True, slots=True)
class Expected:
    """An officer who is not on the roster yet; ``resident_id_index`` as ``Member.resident_id_index`` holds it."""

    name: str
    resident_id_index: str
    organization: Organization


@transaction.atomic
def open_waiting(*, actor: Actor, people: Sequence[Expected], batch: int | None = None) -> list[User]:
    """Open an account without a password for each of ``people``, which waits for them to come onto the roster."""
    for organization in {one.organization.pk: one.organization for one in people}.values():
        actor.require("members.accounts", organization)
    names = free_usernames([one.name for one in people])
    users = User.objects.bulk_create(
        User(username=username, name=one.name, password=make_password(None)) for username, one in zip(names, people, strict=True)
    )
    WaitingAccount.objects.bulk_create(
        WaitingAccount(user=user, resident_id_index=one.resident_id_index, organization=one.organization.branch(), batch=batch)
        for user, one in zip(users, people, strict=True)
    )
    record_many(
        [
            {
                "actor": actor,
                "verb": "accounts.opened",
                "summary": f"为{one.name}开通账号“{user.username}”，等名册导入后归到本人名下",
                "organization": one.organization,
                "subject": user,
            }
            for user, one in zip(users, people, strict=True)
        ]
    )
    return users


@transaction.atomic
def claim(*, actor: Actor, members: QuerySet[Member]) -> int:
    """Give ``members``, who have just come onto the roster, the accounts that waited for them; returns how many.

    Needs no permission: who may enter somebody was asked before, and the account is theirs by their ID number.
    """
    indexes = members.filter(user=None).exclude(resident_id_index="").values("resident_id_index")
    rows = register(WaitingAccount).filter(resident_id_index__in=indexes)
    waiting = {row.resident_id_index: row for row in rows.select_related("user")}
    if not waiting:
        return 0
    found = list(members.filter(resident_id_index__in=waiting).select_related("branch"))
    phones = phone_indexes([member.mobile for member in found])
    for member, phone in zip(found, phones, strict=True):
        member.user = waiting[member.resident_id_index].user
        member.user.name = member.name
        bind_phone(member.user, phone, member.mobile)
    Member.objects.bulk_update(found, ["user"], batch_size=500)
    User.objects.bulk_update([row.user for row in waiting.values()], ["name", "phone_index", "phone_shown"], batch_size=500)
    with unscoped("the officers of one organisation may be members of many others"):
        WaitingAccount.objects.filter(pk__in=[row.pk for row in waiting.values()]).delete()
    record_many(
        [
            {
                "actor": actor,
                "verb": "members.account_linked",
                "summary": f"{member.name}已上名册，任职时开通的账号“{member.user.username}”归到本人名下",
                "organization": member.branch,
                "member_id": member.pk,
                "subject": member.user,
            }
            for member in found
            if member.user
        ]
    )
    tell_given(actor, found)
    return len(found)


def claim_for(*, actor: Actor, member: Member) -> None:
    """As ``claim``, for one who is on record now."""
    if member.user_id is None and member.resident_id:
        with at(member.branch):
            claimed = claim(actor=actor, members=Member.objects.filter(pk=member.pk))
        if claimed:
            member.refresh_from_db(fields=["user"])


def wait_again(*, actor: Actor, members: Iterable[Member]) -> None:
    """``members`` leave the roster as their import is undone: accounts of officers wait again, others without password go."""
    held = {member.user_id: member for member in members if member.user_id}
    posts = register(Post).filter(user__in=held, ends_on=None).order_by("pk").select_related("organization__parent")
    places = {post.user_id: post.organization.branch() for post in posts}
    Member.objects.filter(pk__in=[member.pk for member in held.values()]).update(user=None)
    with at(*places.values()):  # an officer of one organisation may be a member of another
        WaitingAccount.objects.bulk_create(
            WaitingAccount(user_id=user, resident_id_index=held[user].resident_id_index, organization=place)
            for user, place in places.items()
        )
    drop_unused(actor=actor, user_ids=[user for user in held if user not in places])


def drop_unused(*, actor: Actor, user_ids: Iterable[int]) -> None:
    """Delete accounts that nobody was ever given a password for, except those that something else refers to."""
    for user in User.objects.filter(WITHOUT_PASSWORD, pk__in=list(user_ids)):
        try:
            with transaction.atomic():
                user.delete()
        except ProtectedError:
            continue
        record(actor=actor, verb="accounts.removed", summary=f"删除没有启用过的账号“{user.username}”（{user.name}）")
