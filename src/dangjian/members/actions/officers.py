"""Officers of many organisations at once: their accounts, the terms of their bodies, their posts; and all of it taken back.

The rows were judged before (``members.sheets.officers``). Posts and terms are given one by one by ``org.actions.posts``, whose
checks hold whoever calls; all or nothing, in one transaction.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import QuerySet

from dangjian.accounts.events import record_many
from dangjian.accounts.models import Event, User
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Refusal
from dangjian.members.actions import access, waiting
from dangjian.members.actions.waiting import Expected
from dangjian.members.models import Member, WaitingAccount
from dangjian.org.actions import posts
from dangjian.org.actions.structure import tell_followers
from dangjian.org.models import Grant, Organization, Post, PostKind, TermOfBody
from dangjian.org.openings import register

AT_ONCE = 500
ALREADY_IN_OFFICE = "随任职表登记的现任职务"
"""Whoever holds a post already is put on record as they are, whatever spoke against it."""
ONE_BY_ONE = "个别导错的，请到党组织页面更正。"
T = TypeVar("T")
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Officer:
    """A post to be given: to a member on record (``member_id``), else to the person with this blind index of their ID number.

    ``holds`` says that they have it already and only the term of their body comes in.
    """

    organization_id: int
    name: str
    kind: str
    starts_on: dt.date
    document: str = ""
    member_id: int | None = None
    resident_id_index: str = ""
    term_starts_on: dt.date | None = None
    term_number: int | None = None
    holds: bool = False


@dataclass(frozen=True, slots=True)
class Entered:
    """What a row brought: numbers of the post, of the term and of the account that was opened; 0 where there is none."""

    post: int = 0
    term: int = 0
    account: int = 0


@transaction.atomic
def enter_officers(
    *, actor: Actor, rows: Sequence[Officer], batch: int | None = None, progress: Progress = lambda _done: None
) -> list[Entered]:
    """Give all posts; returns for each row what it brought.

    Members without an account get one, and so do people who are not on the roster yet (``WaitingAccount``); nobody can sign in to
    them before a first password is handed out. Raises a ``Conflict`` that names the row, as it would be refused one by one.
    """
    organizations = Organization.objects.select_related("parent").in_bulk({row.organization_id for row in rows})
    if len(organizations) < len({row.organization_id for row in rows}):
        raise Conflict("表里有党组织已撤销或移出您的管理范围。", how="请点“重新检查”后再入库。")
    holders, opened = _holders(actor, [row for row in rows if not row.holds], organizations, batch)
    terms = _start_terms(actor, rows, organizations)
    entered = []
    for number, row in enumerate(rows, start=1):
        organization = organizations[row.organization_id]
        post = None if row.holds else _appoint(actor, row, organization, holders[_key(row)])
        term, account = terms.pop(organization.pk, None), opened.pop(_key(row), None)
        entered.append(Entered(post.pk if post else 0, term.pk if term else 0, account.pk if account else 0))
        progress(number)
    tell_followers(actor=actor, organization_ids=organizations.keys())
    return entered


@transaction.atomic
def take_back(*, actor: Actor, entered: Sequence[Entered], since: dt.datetime, progress: Progress = lambda _done: None) -> int:
    """Undo ``enter_officers``; returns how many posts and terms were removed.

    Raises ``Conflict`` if an officer has done anything at their organisation ``since``, or a post or term has been changed.
    Accounts that nobody was given a password for go too, unless something else refers to them.
    """
    given = _rows(Post.objects.select_related("organization", "user"), [one.post for one in entered])
    terms = _rows(TermOfBody.objects.select_related("organization"), [one.term for one in entered])
    for post in given:
        actor.require(posts.permission_for(post.organization), post.organization)
    for term in terms:
        actor.require("org.posts", term.organization)
    _check_unchanged(given, terms)
    _check_nothing_done(actor, given, since)
    record_many([*(_post_gone(actor, post) for post in given), *(_term_gone(actor, term) for term in terms)])
    for piece in _pieces([post.pk for post in given]):
        Post.objects.filter(pk__in=piece).delete()
        progress(len(piece))
    for piece in _pieces([term.pk for term in terms]):
        TermOfBody.objects.filter(pk__in=piece).delete()
    tell_followers(actor=actor, organization_ids={row.organization_id for row in (*given, *terms)})
    waiting.drop_unused(actor=actor, user_ids=[one.account for one in entered if one.account])
    return len(given) + len(terms)


def _rows(rows: QuerySet[Any], numbers: Iterable[int]) -> list[Any]:
    wanted = {number for number in numbers if number}
    found = list(rows.in_bulk(wanted).values())
    if len(found) < len(wanted):
        raise Conflict("不能撤销：有的任职或届次已被删除，或者移出您的管理范围。", how=ONE_BY_ONE)
    return found


def _pieces(numbers: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(numbers), AT_ONCE):
        yield numbers[start : start + AT_ONCE]


def _key(row: Officer) -> int | str:
    return row.member_id or row.resident_id_index


def _holders(
    actor: Actor, rows: Sequence[Officer], organizations: dict[int, Organization], batch: int | None
) -> tuple[dict[int | str, User], dict[int | str, User]]:
    """The account of each person, and those of them that were opened just now."""
    holders, opened = _of_members(actor, [row.member_id for row in rows if row.member_id])
    wanted: dict[int | str, Officer] = {}
    for row in rows:
        if not row.member_id:
            wanted.setdefault(row.resident_id_index, row)
    for piece in _pieces(list(wanted)):
        known = register(WaitingAccount).filter(resident_id_index__in=piece).select_related("user")
        holders |= {one.resident_id_index: one.user for one in known}
    expected = [
        Expected(row.name, row.resident_id_index, organizations[row.organization_id])
        for index, row in wanted.items()
        if index not in holders
    ]
    for one, user in zip(expected, waiting.open_waiting(actor=actor, people=expected, batch=batch), strict=True):
        holders[one.resident_id_index] = opened[one.resident_id_index] = user
    return holders, opened


def _of_members(actor: Actor, ids: Sequence[int]) -> tuple[dict[int | str, User], dict[int | str, User]]:
    holders: dict[int | str, User] = {}
    opened: dict[int | str, User] = {}
    for piece in _pieces(sorted(set(ids))):
        made = access.open_accounts(actor=actor, member_ids=piece)
        opened |= {member.pk: member.user for member in made if member.user}
        found = Member.objects.filter(pk__in=piece).select_related("user")
        holders |= {member.pk: member.user for member in found if member.user}
    if len(holders) < len(set(ids)):
        raise Conflict("表里有人的档案刚刚被移走。", how="请点“重新检查”后再入库。")
    return holders, opened


def _start_terms(actor: Actor, rows: Sequence[Officer], organizations: dict[int, Organization]) -> dict[int, TermOfBody]:
    """Terms that are not on record yet, by organisation."""
    wanted: dict[int, tuple[dt.date, int | None]] = {}
    for row in rows:
        if row.term_starts_on is None:
            continue
        term = (row.term_starts_on, row.term_number)
        if wanted.setdefault(row.organization_id, term) != term:
            raise Conflict(f"“{organizations[row.organization_id]}”的届次或者本届开始日期前后不一致。", how="请点“重新检查”。")
    running = TermOfBody.objects.filter(organization__in=wanted, ended_on=None).values_list("organization_id", "starts_on")
    left = {pk: term for pk, term in wanted.items() if (pk, term[0]) not in set(running)}
    return {
        pk: posts.start_term(actor=actor, organization=organizations[pk], starts_on=starts_on, number=number)
        for pk, (starts_on, number) in left.items()
    }


def _appoint(actor: Actor, row: Officer, organization: Organization, user: User) -> Post:
    try:
        return posts.appoint(
            actor=actor,
            organization=organization,
            user=user,
            kind=row.kind,
            starts_on=row.starts_on,
            document=row.document,
            special=ALREADY_IN_OFFICE,
            one_of_many=True,
        )
    except Refusal as refusal:
        text = f"{row.name}任“{organization}”{PostKind(row.kind).label}：{refusal.message}"
        raise Conflict(text, how="请在表里改正这一行，或者点“重新检查”。") from refusal


def _check_unchanged(given: Sequence[Post], terms: Sequence[TermOfBody]) -> None:
    own = {post.pk for post in given}
    for post in given:
        if post.ends_on:
            raise Conflict(f"不能撤销：{post.user.name}的“{post.organization}”{post}已经免去。", how=ONE_BY_ONE)
    for term in terms:
        if term.ended_on or term.extended_to:
            text = f"不能撤销：“{term.organization}”第{term.number}届在导入以后办理过延期或者换届。"
            raise Conflict(text, how=ONE_BY_ONE)
    for piece in _pieces(sorted(own)):
        grant = register(Grant).filter(basis__in=piece).select_related("basis__user").first()
        if grant and grant.basis:
            raise Conflict(f"不能撤销：{grant.basis.user.name}已把工作委托他人代办。", how=ONE_BY_ONE)
    for piece in _pieces([term.pk for term in terms]):
        later = Post.objects.filter(term__in=piece).select_related("user", "organization")
        for post in later:
            if post.pk not in own:
                raise Conflict(f"不能撤销：{post.user.name}在导入以后任“{post.organization}”{post}。", how=ONE_BY_ONE)


def _check_nothing_done(actor: Actor, given: Sequence[Post], since: dt.datetime) -> None:
    """Nobody may have acted at the organisation of their post; what the one who undoes has done there is their own business."""
    places: dict[int, list[Post]] = {}
    for post in given:
        if post.user_id != actor.user_id:
            places.setdefault(post.user_id, []).append(post)
    for piece in _pieces(sorted(places)):
        acts = Event.objects.filter(actor__in=piece, at__gt=since).exclude(organization_path="").order_by()
        for user_id, path in acts.values_list("actor_id", "organization_path").distinct():
            for post in places[user_id or 0]:
                if path.startswith(post.organization.path):
                    text = f"不能撤销：{post.user.name}在导入以后已在“{post.organization}”办理过事项。"
                    raise Conflict(text, how=ONE_BY_ONE)


def _post_gone(actor: Actor, post: Post) -> dict[str, object]:
    return {
        "actor": actor,
        "verb": "org.post_taken_back",
        "summary": f"撤销导入，删除{post.user.name}“{post.organization}”{post}的任职记录",
        "organization": post.organization,
        "data": {"user": post.user_id, "kind": post.kind, "starts_on": post.starts_on.isoformat()},
    }


def _term_gone(actor: Actor, term: TermOfBody) -> dict[str, object]:
    return {
        "actor": actor,
        "verb": "org.term_taken_back",
        "summary": f"撤销导入，删除“{term.organization}”第{term.number}届的记录",
        "organization": term.organization,
        "data": {"number": term.number, "starts_on": term.starts_on.isoformat()},
    }
