"""Builders: small worlds for tests, made through the product's own actions."""

import datetime as dt
import itertools
from typing import Any

from dangjian.accounts.models import User
from dangjian.kernel.actor import SystemActor
from dangjian.kernel.pinyin import initials, sort_key
from dangjian.members.actions import account
from dangjian.members.models import ChangeKind, Member
from dangjian.org.actions import tree
from dangjian.org.gate import GrantedActor
from dangjian.org.models import Grant, Kind, Organization, Post
from dangjian.org.unscoped import unscoped

SYSTEM = SystemActor("测试")
BEGIN = dt.date(2020, 1, 1)
_numbers = itertools.count(1)


def organization(type_code: str, parent: Organization | None = None, name: str = "", **more: Any) -> Organization:
    """An organisation since ``BEGIN`` (or ``effective_on``)."""
    name = name or f"虚构第{next(_numbers)}组织"
    more.setdefault("effective_on", BEGIN)
    with unscoped("test world"):
        return tree.set_up(actor=SYSTEM, parent=parent, type_code=type_code, name=name, short_name=name, **more)


def committee(parent: Organization | None = None, **more: Any) -> Organization:
    """A 党委."""
    return organization("611", parent, **more)


def general_branch(parent: Organization, **more: Any) -> Organization:
    """A 党总支."""
    return organization("621", parent, **more)


def branch(parent: Organization, **more: Any) -> Organization:
    """A 党支部."""
    return organization("631", parent, **more)


def many_branches(parent: Organization, number: int) -> None:
    """So many 党支部 at once, without versions: for what depends on their number alone."""
    paths = [f"{parent.path}{9_000_000 + i}/" for i in range(number)]
    common: dict[str, Any] = {
        "kind": Kind.BRANCH,
        "type_code": "631",
        "name": "虚构支部",
        "short_name": "虚构支部",
        "parent": parent,
    }
    with unscoped("test"):
        Organization.objects.bulk_create(
            Organization(code=path, path=path, body_path=path, established_on=BEGIN, live_on=BEGIN, **common) for path in paths
        )


def group(parent: Organization, **more: Any) -> Organization:
    """A 党小组."""
    return organization("641", parent, **more)


def user(name: str = "", **more: Any) -> User:
    """An account whose password is ``Test-1234``."""
    number = next(_numbers)
    more.setdefault("must_change_password", False)
    return User.objects.create_user(f"u{number}", "Test-1234", name=name or f"虚构人{number}", **more)


def member(branch: Organization, name: str = "", *, with_user: bool = False, **more: Any) -> Member:
    """A full member of ``branch`` since 2020-02-01, without an ID number."""
    name = name or f"虚构党员{next(_numbers)}"
    effective_on = more.pop("effective_on", dt.date(2020, 2, 1))
    category = more.pop("category", "1")
    more.setdefault("joined_on", dt.date(2010, 7, 1))
    more.setdefault("converted_on", dt.date(2011, 7, 1) if category == "1" else None)
    one = Member(name=name, name_sort=sort_key(name), name_initials=initials(name), **more)
    if with_user:
        one.user = user(name)
    with unscoped("test world"):
        account.enter(
            actor=SYSTEM,
            member=one,
            branch=branch,
            kind=ChangeKind.OPENING,
            effective_on=effective_on,
            category=category,
        )
    return one


def post(organization: Organization, kind: str = "secretary", who: User | None = None, **more: Any) -> Post:
    """``who`` (a new account if none) holds a post."""
    more.setdefault("starts_on", BEGIN)
    with unscoped("test world"):
        return Post.objects.create(organization=organization, kind=kind, user=who or user(), **more)


def grant(organization: Organization, role: str, who: User | None = None, **more: Any) -> Grant:
    """``who`` (a new account if none) is granted a role."""
    with unscoped("test world"):
        return Grant.objects.create(organization=organization, role=role, user=who or user(), starts_on=BEGIN, **more)


def actor(who: User) -> GrantedActor:
    """``who`` as an actor."""
    return GrantedActor(who)
