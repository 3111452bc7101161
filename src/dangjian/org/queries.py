"""Reads on organisations: the tree of any day, the history of one, its officers and terms, people for posts."""

import datetime as dt
import hashlib
import secrets
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import combinations

from django.db import connection
from django.db.models import Q
from django.urls import reverse

from dangjian.accounts.models import User
from dangjian.accounts.queries import found_account
from dangjian.kernel import clock
from dangjian.kernel.offers import DigestLine, Permission, Role
from dangjian.kernel.reach import Scope
from dangjian.kernel.registry import by_code, offers
from dangjian.kernel.rulebook import book
from dangjian.org import policy, roles
from dangjian.org.gate import roles_held
from dangjian.org.models import (
    ChangeKind,
    Enterprise,
    Grant,
    Kind,
    Organization,
    OrganizationChange,
    OrganizationQuerySet,
    OrganizationVersion,
    Post,
    PostKind,
    Reorganisation,
    ReorganisationKind,
    RuleSetting,
    TermOfBody,
)
from dangjian.org.offers import OrganizationFigure, PeopleSource, Person
from dangjian.org.openings import inside, register
from dangjian.org.scope import current

MOVES_SHOWN = 20
OF_MEMBERS = (ReorganisationKind.MEMBERS, ReorganisationKind.LEFT)
"""What was done to many members of an organisation at once, and not to itself."""


def enterprise() -> Enterprise:
    """The enterprise; one without a name before the first start."""
    return Enterprise.objects.order_by("pk").first() or Enterprise()


def is_setup_address(key: str) -> bool:
    """Whether ``key`` opens the set-up page now."""
    digest = enterprise().address_digest
    return bool(digest) and secrets.compare_digest(hashlib.sha256(key.encode()).hexdigest(), digest)


@cache
def _has_tables() -> bool:
    return Enterprise._meta.db_table in connection.introspection.table_names()


def rules_version() -> int | None:
    """How often rules were set on the pages; ``None`` before the first time, and before the first migration."""
    if not _has_tables():
        _has_tables.cache_clear()
        return None
    return Enterprise.objects.values_list("rules_version", flat=True).first() or None


def set_rules() -> dict[str, object]:
    """What the enterprise sets for itself, as raw values of the rulebook."""
    return dict(RuleSetting.objects.values_list("key", "value"))


@dataclass(eq=False)
class Node:
    """An organisation in the tree of a day.

    ``figures`` (by code) include all below; ``reachable`` says whether its page may be opened.
    """

    pk: int
    parent_pk: int | None
    kind: str
    name: str
    short_name: str
    code: str
    reachable: bool
    dissolved_on: dt.date | None = None
    parent: "Node | None" = None
    children: list["Node"] = field(default_factory=list)
    figures: dict[str, int] = field(default_factory=dict)

    @property
    def kind_label(self) -> str:
        """党委, 党总支, 党支部 or 党小组."""
        return Kind(self.kind).label

    @property
    def depth(self) -> int:
        """1 for a node that has none above it here."""
        return len(list(self.above())) + 1

    def above(self) -> Iterator["Node"]:
        """The nodes above, nearest first."""
        node = self.parent
        while node:
            yield node
            node = node.parent

    def walk(self) -> Iterator["Node"]:
        """The node and everything below it, from the top."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass
class Tree:
    """The organisations that may be seen, as they stood on ``day``."""

    day: dt.date
    roots: list[Node]
    by_pk: dict[int, Node]


def tree(day: dt.date, *, with_dissolved: bool = False) -> Tree:
    """The tree as it stood on ``day``, limited to the open scope, with figures.

    The scope is read as of that day: whoever looks after an organisation sees what belonged to it then, even if it has left
    since (such a node is not ``reachable``).
    With ``with_dissolved`` organisations that had ended by then hang where they last stood.
    The number of queries does not grow with the tree.
    """
    scope = current()
    # Limited to the scope as it was that day.
    rows = list(register(OrganizationVersion).as_of(day).select_related("organization").filter(_scope_on(day, scope)))
    if with_dissolved:
        rows.extend(_last_versions(day, scope))
    nodes = [_node(row, scope, day) for row in sorted(rows, key=lambda row: (row.organization.order, row.organization.code))]
    by_pk = {node.pk: node for node in nodes}
    roots: list[Node] = []
    for node in nodes:
        node.parent = by_pk.get(node.parent_pk or 0)
        (node.parent.children if node.parent else roots).append(node)
    _add_figures(roots, by_pk, day)
    return Tree(day, roots, by_pk)


def _scope_on(day: dt.date, scope: Scope) -> Q:
    """The open scope in terms of the paths of ``day``."""
    if scope.reaches is None:
        return Q()
    heads = {int(reach.path.rstrip("/").rpartition("/")[2]): reach.whole for reach in scope.reaches}
    stood = register(OrganizationVersion).as_of(day).filter(organization__in=heads).values_list("organization_id", "path")
    condition = Q(pk__in=[])
    for pk, path in stood:
        condition |= Q(path__startswith=path) if heads[pk] else Q(body_path=path)
    return condition


def _last_versions(day: dt.date, scope: Scope) -> list[OrganizationVersion]:
    ended = register(OrganizationVersion).filter(organization__dissolved_on__lte=day).select_related("organization")
    last: dict[int, OrganizationVersion] = {}
    for row in ended.order_by("starts_on"):
        if scope.covers(row.organization.path, row.organization.body_path):
            last[row.organization_id] = row
    return list(last.values())


def _node(row: OrganizationVersion, scope: Scope, day: dt.date) -> Node:
    one = row.organization
    ended = one.dissolved_on if one.dissolved_on and one.dissolved_on <= day else None
    return Node(
        one.pk,
        row.parent_id,
        row.kind,
        row.name,
        row.short_name,
        one.code,
        scope.covers(one.path, one.body_path),
        ended,
    )


def _add_figures(roots: Iterable[Node], by_pk: Mapping[int, Node], day: dt.date) -> None:
    for figure in offers(OrganizationFigure):
        own = figure.figures(day, list(by_pk))
        for root in roots:
            _add_up(root, figure.code, own)


def _add_up(node: Node, code: str, own: Mapping[int, int]) -> int:
    total = own.get(node.pk, 0)
    for child in node.children:
        below = _add_up(child, code, own)
        if child.kind != Kind.GROUP:
            total += below
    node.figures[code] = total
    return total


def find_by_text(text: str) -> OrganizationQuerySet:
    """Standing organisations in the open scope whose name, code or pinyin contains ``text`` (a queryset)."""
    rows = Organization.objects.standing()
    return rows.filter(found_by_text(text)) if text.strip() else rows


def found_by_text(text: str, prefix: str = "") -> Q:
    """The condition for an organisation's name, code, pinyin or initials; ``prefix`` leads from a row to its organisation.

    Every box that asks for an organisation uses it, so that what is found on one page is found on the next.
    """
    words = text.strip()
    by_name = Q(**{f"{prefix}name__icontains": words}) | Q(**{f"{prefix}short_name__icontains": words})
    by_letters = Q(**{f"{prefix}search_key__icontains": words.lower().replace(" ", "")})
    return by_name | by_letters | Q(**{f"{prefix}code__istartswith": words})


@dataclass(frozen=True)
class Officers:
    """Who holds which post: ``posts`` in the order of the posts, ``vacant`` the posts of a committee that nobody holds."""

    posts: list[Post]
    vacant: list[PostKind]


def officers(organization: Organization, day: dt.date | None = None) -> Officers:
    """Officers on ``day`` (today if not named)."""
    rank = {kind: place for place, kind in enumerate(PostKind)}
    posts = Post.objects.in_effect(day).filter(organization=organization).select_related("user")
    held = sorted(posts, key=lambda post: (rank[PostKind(post.kind)], post.starts_on))
    head = PostKind.GROUP_LEADER if organization.is_group else PostKind.SECRETARY
    vacant = [] if any(post.kind == head for post in held) else [head]
    return Officers(held, vacant)


def leaders(organizations: Iterable[Organization]) -> dict[int, str]:
    """Names of the secretaries (leaders of groups) in office today, by organisation."""
    kinds = (PostKind.SECRETARY, PostKind.GROUP_LEADER)
    posts = Post.objects.in_effect().filter(organization__in=[one.pk for one in organizations], kind__in=kinds)
    return dict(posts.values_list("organization_id", "user__name"))


@dataclass(frozen=True)
class TermState:
    """A term as a page shows it. ``days_left`` is negative once the last day has passed."""

    term: TermOfBody
    days_left: int
    share: int
    tone: str
    remind_on: dt.date
    request_on: dt.date
    limit: dt.date
    citation: str


def open_term(organization: Organization) -> TermState | None:
    """The present term, with the days left and the article its length rests on; ``None`` if none is recorded."""
    term = TermOfBody.objects.filter(organization=organization, ended_on=None).first()
    if term is None:
        return None
    today = clock.today()
    length = max((term.last_day - term.starts_on).days, 1)
    remind_on = policy.term_reminder_on(term.last_day, book=book())
    left = (term.last_day - today).days
    return TermState(
        term=term,
        days_left=left,
        share=max(0, min(100, round((today - term.starts_on).days / length * 100))),
        tone="bad" if left < 0 else "warn" if today >= remind_on else "good",
        remind_on=remind_on,
        request_on=policy.term_request_on(term.last_day, book=book()),
        limit=policy.extension_limit(term.due_on, book=book()),
        citation=term_citation(organization.kind, term.starts_on),
    )


def term_citation(kind: str, day: dt.date) -> str:
    """The article on the length of a term; a term older than the article is measured by it."""
    return book().on_or_first(f"term.{kind}", day).citation


@dataclass(frozen=True)
class Period:
    """What an organisation was called and under what it stood from ``starts_on`` until before ``ends_on``."""

    name: str
    superior: str
    starts_on: dt.date
    ends_on: dt.date | None

    @property
    def last_day(self) -> dt.date | None:
        """The last day of a period that is over."""
        return self.ends_on - dt.timedelta(days=1) if self.ends_on else None


@dataclass(frozen=True)
class History:
    """Dated changes, newest first, the periods between them, oldest first, and moves of many members that concern it."""

    changes: list[OrganizationChange]
    periods: list[Period]
    moves: list[Reorganisation]


@dataclass(frozen=True)
class ChangeLine:
    """A change as it is told of ``organization``, which it happened to or which was its other side."""

    change: OrganizationChange
    organization: Organization

    @property
    def is_own(self) -> bool:
        """Whether it happened to this one."""
        return self.change.organization_id == self.organization.pk

    @property
    def is_end(self) -> bool:
        """Whether the organisation ceased to be by it."""
        return self.change.kind == ChangeKind.DISSOLVED or (self.change.kind == ChangeKind.MERGED and self.is_own)

    @property
    def title(self) -> str:
        """更名; of its other side 由“机电支部”拆分出来."""
        if self.is_own:
            return self.change.get_kind_display()
        name = self.change.organization.name
        return f"由“{name}”拆分出来" if self.change.kind == ChangeKind.SPLIT else f"“{name}”并入"

    @property
    def text(self) -> str:
        """“机电支部”更名为“机电一支部”."""
        before, after = self.change.before, self.change.after
        told = {
            ChangeKind.RENAMED: f"“{before}”更名为“{after}”",
            ChangeKind.MOVED: f"上级由“{before}”调整为“{after}”",
            ChangeKind.MERGED: f"并入“{after}”",
            ChangeKind.SPLIT: f"分出“{after}”",
            ChangeKind.SET_UP: after,
        }
        return told.get(ChangeKind(self.change.kind), "") if self.is_own else ""

    @property
    def step(self) -> Reorganisation | None:
        """The reorganisation that it is a part of, unless it only founded or closed one in it."""
        founds_or_closes = self.change.kind in (ChangeKind.SET_UP, ChangeKind.DISSOLVED)
        return None if founds_or_closes else self.change.reorganisation


def history(organization: Organization) -> History:
    """How the organisation came to be what it is. Changes in which it was the other side (merged into it) are among them.

    It names superiors and partners wherever they stand.
    """
    about = Q(organization=organization) | Q(other=organization, kind__in=("merged", "split"))
    rows = register(OrganizationChange).filter(about)
    changes = list(rows.select_related("organization", "other", "reorganisation__organization"))
    of_members = register(Reorganisation).filter(organization=organization, kind__in=OF_MEMBERS)
    moves = list(of_members.select_related("organization")[:MOVES_SHOWN])
    versions = list(register(OrganizationVersion).filter(organization=organization).order_by("starts_on"))
    names = _names_of([row.parent_id for row in versions if row.parent_id])
    periods = []
    for row in versions:
        superior = _name_on(names[row.parent_id], row.starts_on) if row.parent_id else ""
        periods.append(Period(row.name, superior, row.starts_on, row.ends_on))
    return History(changes, periods, moves)


def stood_on(organization: Organization, day: dt.date) -> OrganizationVersion | None:
    """How the organisation stood on ``day``, with its superior of then, whose name is no secret to those below it."""
    found: OrganizationVersion | None = (
        register(OrganizationVersion).as_of(day).filter(organization=organization).select_related("parent").first()
    )
    return found


def _names_of(parents: Sequence[int]) -> dict[int, list[OrganizationVersion]]:
    found: dict[int, list[OrganizationVersion]] = defaultdict(list)
    for row in register(OrganizationVersion).filter(organization__in=parents).order_by("starts_on"):
        found[row.organization_id].append(row)
    return found


def _name_on(versions: Sequence[OrganizationVersion], day: dt.date) -> str:
    before = [row.name for row in versions if row.starts_on <= day]
    return before[-1] if before else versions[0].name


def people(text: str, limit: int = 30) -> list[Person]:
    """People with an account, found by name or pinyin, in the open scope: members, and holders of posts there."""
    found: dict[int, Person] = {}
    for source in offers(PeopleSource):
        for person in source.find(text, limit):
            found.setdefault(person.user_id, person)
    for person in _holders(found_account(text, "user__"), limit):
        found.setdefault(person.user_id, person)
    return list(found.values())[:limit]


def person(user_id: int) -> Person | None:
    """The person with this account if ``people`` could find them in the open scope."""
    for source in offers(PeopleSource):
        for one in source.named([user_id]):
            return one
    return next(iter(_holders(Q(user_id=user_id), 1)), None)


def _holders(condition: Q, limit: int) -> list[Person]:
    posts = Post.objects.in_effect().filter(condition, user__is_active=True).select_related("user", "organization")
    return [Person(post.user_id, post.user.name, f"{post.organization}{post}") for post in posts[:limit]]


def holders(permission: str, organization: Organization) -> dict[int, str]:
    """Who holds ``permission`` at ``organization`` by a post or a grant today: names by account, the nearest first.

    Roles that follow from a fact (being a member, keeping a book) are not among them. Who may do a thing is no secret to whoever
    may not do it themselves.
    """
    offer = by_code(Permission)[permission]
    roles, today = sorted(offer.roles), clock.today()
    line = [int(step) for step in organization.path.strip("/").split("/")]
    here = [organization.pk, organization.branch().pk] if organization.is_group else [organization.pk]
    where = line if offer.reach == "subtree" else here
    posts = register(Post).in_effect(today).filter(kind__in=roles, organization__in=where, user__is_active=True)
    basis = Q(basis=None) | Q(basis__ends_on=None) | Q(basis__ends_on__gt=today)
    grants = register(Grant).in_effect(today).filter(basis, role__in=roles, organization__in=where, user__is_active=True)
    columns = ("user_id", "user__name", "organization__path")
    found = [*posts.values_list(*columns), *grants.values_list(*columns)]
    return {user_id: name for user_id, name, _ in sorted(found, key=lambda row: (-len(row[2]), row[1]))}


def people_inside(organization: Organization, text: str, limit: int = 30) -> list[Person]:
    """Like ``people``, first those of the organisation itself, then the others in the open scope."""
    near: list[Person] = []
    if current().covers(organization.path, organization.body_path):
        with inside(organization):
            near = people(text, limit)
    seen = {one.user_id for one in near}
    return [*near, *(one for one in people(text, limit) if one.user_id not in seen)][:limit]


def exclude_each_other(one: Role, another: Role) -> bool:
    """Whether nobody may hold both roles: they belong to different spheres, and neither follows from being a member."""
    return one.sphere != another.sphere and "membership" not in {one.sphere, another.sphere}


@dataclass(frozen=True)
class NotApart:
    """Somebody who holds roles today that exclude each other."""

    user: User
    roles: list[Role]

    @property
    def titles(self) -> str:
        """The roles, for people."""
        return "、".join(role.title for role in self.roles)


def administrators() -> dict[int, str]:
    """The accounts that are one of the three administrators today, or will be, with the title."""
    titles = {role.code: role.title for role in offers(Role) if role.sphere not in {"business", "membership"}}
    held = register(Grant).filter(Q(ends_on=None) | Q(ends_on__gt=clock.today()), role__in=titles)
    return {pk: titles[role] for pk, role in held.values_list("user_id", "role")}


def not_apart() -> list[NotApart]:
    """Everybody who is one of the three administrators and holds a role besides that does not go with it."""
    found = []
    users = list(User.objects.filter(pk__in=administrators(), is_active=True).order_by("pk"))
    everything_held = roles_held([user.pk for user in users])
    for user in users:
        codes = {held.role for held in everything_held[user.pk]}
        held = [role for role in offers(Role) if role.code in codes and role.sphere != "membership"]
        if any(exclude_each_other(one, another) for one, another in combinations(held, 2)):
            found.append(NotApart(user, held))
    return found


def not_apart_lines(user_ids: Sequence[int], _day: dt.date) -> dict[int, list[DigestLine]]:
    """For the digest of the security and the audit administrators: whose roles exclude each other."""
    lines = [
        DigestLine(f"{found.user.name}同时担任{found.titles}，不符合三员分立，请收回其一。", reverse("org:grants"), urgent=True)
        for found in not_apart()
    ]
    if not lines:
        return {}
    told = register(Grant).in_effect().filter(role__in=(roles.SECURITY_ADMIN, roles.AUDIT_ADMIN), user__in=user_ids)
    return dict.fromkeys(told.values_list("user_id", flat=True), lines)
