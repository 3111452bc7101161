"""Officers, terms, administrators and the accounts that visitors may try."""

import datetime as dt
from collections.abc import Iterable
from random import Random

from dangjian.accounts.models import User
from dangjian.demo import names
from dangjian.demo.calendar import months_back
from dangjian.demo.organizations import Enterprise
from dangjian.demo.people import account_of
from dangjian.demo.plan import Size
from dangjian.engines.stories.world import Place, Visitor, World
from dangjian.kernel import clock
from dangjian.kernel.rulebook import book
from dangjian.members.models import Category, Member
from dangjian.org import roles
from dangjian.org.models import Grant, Organization, Post, PostKind, TermOfBody
from dangjian.org.policy import term_due_on

FULL_COMMITTEE = (
    PostKind.SECRETARY,
    PostKind.ORGANISATION_MEMBER,
    PostKind.PUBLICITY_MEMBER,
    PostKind.DEPUTY_SECRETARY,
    PostKind.DISCIPLINE_MEMBER,
)
OVERDUE_BRANCH, SOON_BRANCHES = 30, (3, 17, 41)
COMMITTEE_NEEDED = 7
LARGE = 20


def appoint_all(*, random: Random, enterprise: Enterprise, members: list[Member]) -> None:
    """Give every organisation its term and its officers, the same people as in the term before."""
    by_branch: dict[int, list[Member]] = {}
    for member in members:
        by_branch.setdefault(member.branch_id, []).append(member)
    terms: list[TermOfBody] = []
    posts: list[Post] = []

    def elect(organization: Organization, starts_on: dt.date, number: int, people: list[Member], seats: int) -> None:
        term = _term(organization, starts_on, number=number)
        held = [term] if term.starts_on <= organization.established_on else [_before(term), term]
        terms.extend(held)
        chosen = list(zip(FULL_COMMITTEE[:seats], people, strict=False))
        posts.extend(_post(organization, kind, person, one) for one in held for kind, person in chosen)

    merged = [enterprise.merged] if enterprise.merged else []
    for plan, branch, groups in [*enterprise.branches, *merged]:
        people = _long_standing(by_branch[branch.pk])
        number = 1 if len(people) < COMMITTEE_NEEDED else 5 if len(people) >= LARGE else 3
        if plan.quality == "poor" and number == 5:
            number = 4
        elect(branch, _start(random, plan.number, enterprise.size), random.randint(3, 9), people, number)
        posts += [
            _post(group, PostKind.GROUP_LEADER, next(m for m in reversed(people) if m.organization_id == group.pk), None)
            for group in groups
        ]
    for above in enterprise.general_branches:
        first = next(b for _, b, _ in enterprise.branches if b.parent_id == above.pk)
        people = _long_standing(by_branch[first.pk])[5:]
        starts_on = clock.today() - dt.timedelta(days=random.randint(200, 900))
        elect(above, starts_on, random.randint(2, 5), people, len(FULL_COMMITTEE))
        if len(people) > 6:
            posts.append(_post(above, PostKind.PARTY_WORKER, people[6], None))
    people = _long_standing(by_branch[enterprise.branches[0][1].pk])[12:]
    elect(enterprise.committee, clock.today() - dt.timedelta(days=700), 4, people, len(FULL_COMMITTEE))
    TermOfBody.objects.bulk_create(terms, batch_size=1000)
    Post.objects.bulk_create(posts, batch_size=1000)


def _long_standing(people: list[Member]) -> list[Member]:
    """The full members, first those who were that before the first month that is told of."""
    since = months_back(clock.today())[0]
    full = [member for member in people if member.category == Category.FULL]
    return sorted(full, key=lambda member: (member.converted_on or since) >= since)


def world_of(enterprise: Enterprise, members: list[Member], *, merged_on: dt.date) -> World:
    """The world in which the stories of this enterprise are played; the last member of its first branch works at the office."""
    office = account_of([member for member in members if member.branch_id == enterprise.branches[0][1].pk][-1])
    Grant.objects.create(
        organization=enterprise.committee,
        user=office,
        role=roles.PARTY_OFFICE,
        starts_on=enterprise.committee.established_on,
        reason="党委党务部门工作人员",
    )
    merged = [(*enterprise.merged, merged_on)] if enterprise.merged else []
    branches = [*((*one, None) for one in enterprise.branches), *merged]
    held: dict[int, dict[str, User]] = {}
    posts = Post.objects.filter(ends_on=None, organization__path__startswith=enterprise.committee.path)
    for post in posts.select_related("user").order_by("pk"):
        held.setdefault(post.organization_id, {})[post.kind] = post.user
    return World(
        now=clock.now(),
        months=months_back(clock.today()),
        committee=enterprise.committee.pk,
        places=[
            Place(branch.pk, plan.quality, tuple(group.pk for group in groups), ended) for plan, branch, groups, ended in branches
        ],
        members=members,
        officers=held,
        office=office,
        free_names=sorted(set(names.everybody()) - {member.name for member in members}),
        taken={office.pk},
    )


def _start(random: Random, number: int, size: Size) -> dt.date:
    """When a branch's term began: one is overdue, three end within half a year, the others later."""
    today = clock.today()
    soon = [size.place(one) for one in SOON_BRANCHES]
    if number == size.place(OVERDUE_BRANCH):
        return today - dt.timedelta(days=3 * 365 + 41)
    if number in soon:
        return today - dt.timedelta(days=3 * 365 - 60 - 30 * soon.index(number))
    return today - dt.timedelta(days=random.randint(90, 860))


def _term(organization: Organization, starts_on: dt.date, *, number: int) -> TermOfBody:
    return TermOfBody(
        organization=organization,
        number=number,
        starts_on=starts_on,
        due_on=term_due_on(organization.kind, starts_on, book=book()),
    )


def _before(term: TermOfBody) -> TermOfBody:
    """The term before, which ended when ``term`` began."""
    starts_on = term.starts_on - (term.due_on - term.starts_on)
    return TermOfBody(
        organization=term.organization,
        number=term.number - 1,
        starts_on=starts_on,
        due_on=term.starts_on,
        ended_on=term.starts_on,
    )


def _post(organization: Organization, kind: PostKind, member: Member, term: TermOfBody | None) -> Post:
    starts_on = term.starts_on if term else organization.established_on
    return Post(
        organization=organization,
        user=member.user,
        kind=kind,
        term=term,
        starts_on=max(starts_on, organization.established_on),
        ends_on=term.ended_on if term else None,
    )


def invite(*, world: World, enterprise: Enterprise, members: list[Member], password: str) -> None:
    """The accounts of the table that ``make run`` prints: one of each kind of user, and the three administrators."""
    branch = enterprise.branches[0][1]
    above = enterprise.general_branches[0]
    group = enterprise.branches[0][2][0]
    own = [m for m in members if m.branch_id == branch.pk]
    office = world.office
    plain = next(m for m in own if not Post.objects.filter(user=m.user).exists() and m.user_id != office.pk)
    held = world.officers
    table = [
        ("dangwei", office, roles.PARTY_OFFICE, "党委党务部门", enterprise.committee),
        ("zongzhi", held[above.pk][PostKind.SECRETARY], roles.SECRETARY, "党总支书记", above),
        ("zhibu", held[branch.pk][PostKind.SECRETARY], roles.SECRETARY, "党支部书记", branch),
        (
            "zuzhi",
            held[branch.pk][PostKind.ORGANISATION_MEMBER],
            roles.ORGANISATION_MEMBER,
            "党支部组织委员，收缴党费",
            branch,
        ),
        ("zuzhang", held[group.pk][PostKind.GROUP_LEADER], roles.GROUP_LEADER, "党小组组长", group),
        ("dangyuan", account_of(plain), roles.MEMBER, "普通党员", branch),
    ]
    for username, name, role, note in (
        ("xitong", "公冶昆仑", roles.SYSTEM_ADMIN, "系统管理员"),
        ("anquan", "司空太行", roles.SECURITY_ADMIN, "安全管理员"),
        ("shenji", "太史祁连", roles.AUDIT_ADMIN, "审计管理员"),
    ):
        user = User.objects.create(username=username, name=name, password=password, must_change_password=False)
        Grant.objects.create(
            organization=enterprise.committee, user=user, role=role, starts_on=clock.today() - dt.timedelta(days=400)
        )
        table.append((username, user, role, note, enterprise.committee))
    world.taken |= {user.pk for _, user, *_ in table}
    world.visitors += [
        Visitor(username, user, role, note, organization.short_name, order * 10)
        for order, (username, user, role, note, organization) in enumerate(table, start=1)
    ]


def publish(visitors: Iterable[Visitor]) -> None:
    """Let visitors sign in with these accounts, and show them in the table."""
    for one in visitors:
        user = one.user
        user.username, user.is_demo, user.demo_order = one.username, True, one.order
        user.demo_role, user.demo_note, user.demo_organization = one.role, one.note, one.place
        user.save()
