"""Officers, terms, administrators and the accounts that visitors may try."""

import datetime as dt
from random import Random

from dangjian.accounts.models import User
from dangjian.activities.dues import permissions
from dangjian.demo.organizations import Enterprise
from dangjian.demo.people import account_of
from dangjian.demo.plan import Size
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
    """Give every organisation its term and its officers."""
    by_branch: dict[int, list[Member]] = {}
    for member in members:
        by_branch.setdefault(member.branch_id, []).append(member)
    terms: list[TermOfBody] = []
    posts: list[Post] = []
    for plan, branch, groups in enterprise.branches:
        people = [m for m in by_branch[branch.pk] if m.category == Category.FULL]
        term = _term(branch, _start(random, plan.number, enterprise.size), number=random.randint(3, 9))
        terms.append(term)
        number = 1 if len(people) < COMMITTEE_NEEDED else 5 if len(people) >= LARGE else 3
        if plan.quality == "poor" and number == 5:
            number = 4
        posts += [_post(branch, kind, person, term) for kind, person in zip(FULL_COMMITTEE[:number], people, strict=False)]
        posts += [
            _post(group, PostKind.GROUP_LEADER, next(m for m in reversed(people) if m.organization_id == group.pk), None)
            for group in groups
        ]
    for above in enterprise.general_branches:
        first = next(b for _, b, _ in enterprise.branches if b.parent_id == above.pk)
        people = [m for m in by_branch[first.pk] if m.category == Category.FULL][5:]
        term = _term(above, clock.today() - dt.timedelta(days=random.randint(200, 900)), number=random.randint(2, 5))
        terms.append(term)
        posts += [_post(above, kind, person, term) for kind, person in zip(FULL_COMMITTEE, people, strict=False)]
        if len(people) > 6:
            posts.append(_post(above, PostKind.PARTY_WORKER, people[6], None))
    top = by_branch[enterprise.branches[0][1].pk]
    people = [m for m in top if m.category == Category.FULL][12:]
    term = _term(enterprise.committee, clock.today() - dt.timedelta(days=700), number=4)
    terms.append(term)
    posts += [_post(enterprise.committee, kind, person, term) for kind, person in zip(FULL_COMMITTEE, people, strict=False)]
    TermOfBody.objects.bulk_create(terms, batch_size=1000)
    Post.objects.bulk_create(posts, batch_size=1000)


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


def _post(organization: Organization, kind: PostKind, member: Member, term: TermOfBody | None) -> Post:
    starts_on = term.starts_on if term else organization.established_on
    return Post(
        organization=organization, user=member.user, kind=kind, term=term, starts_on=max(starts_on, organization.established_on)
    )


def offer_accounts(*, enterprise: Enterprise, members: list[Member], password: str) -> list[int]:
    """The accounts of the table that ``make run`` prints: one of each kind of user, and the three administrators.

    Answers their numbers.
    """
    today = clock.today()
    branch = enterprise.branches[0][1]
    above = enterprise.general_branches[0]
    group = enterprise.branches[0][2][0]
    own = [m for m in members if m.branch_id == branch.pk]
    office = own[-1]
    Grant.objects.create(
        organization=enterprise.committee,
        user=account_of(office),
        role=roles.PARTY_OFFICE,
        starts_on=today - dt.timedelta(days=300),
        reason="党委党务部门工作人员",
    )
    leaders = {
        p.organization_id: p.user
        for p in Post.objects.filter(
            organization__in=[branch, above, group],
            kind__in=[PostKind.SECRETARY, PostKind.GROUP_LEADER],
            ends_on=None,
        ).select_related("user")
    }
    organiser = Post.objects.select_related("user").get(organization=branch, kind=PostKind.ORGANISATION_MEMBER, ends_on=None).user
    plain = next(m for m in own if not Post.objects.filter(user=m.user).exists() and m.pk != office.pk)
    table = [
        ("dangwei", account_of(office), roles.PARTY_OFFICE, "党委党务部门", enterprise.committee),
        ("zongzhi", leaders[above.pk], roles.SECRETARY, "党总支书记", above),
        ("zhibu", leaders[branch.pk], roles.SECRETARY, "党支部书记", branch),
        ("zuzhi", organiser, roles.ORGANISATION_MEMBER, "党支部组织委员，收缴党费", branch),
        ("zuzhang", leaders[group.pk], roles.GROUP_LEADER, "党小组组长", group),
        ("dangyuan", account_of(plain), roles.MEMBER, "普通党员", branch),
    ]
    for username, name, role, note in (
        ("xitong", "公冶昆仑", roles.SYSTEM_ADMIN, "系统管理员"),
        ("anquan", "司空太行", roles.SECURITY_ADMIN, "安全管理员"),
        ("shenji", "太史祁连", roles.AUDIT_ADMIN, "审计管理员"),
    ):
        user = User.objects.create(username=username, name=name, password=password, must_change_password=False)
        Grant.objects.create(organization=enterprise.committee, user=user, role=role, starts_on=today - dt.timedelta(days=400))
        table.append((username, user, role, note, enterprise.committee))
    for order, (username, user, role, note, organization) in enumerate(table, start=1):
        _publish(order * 10, user, username, role, note, organization)
    return [user.pk for _, user, *_ in table]


def offer_treasury(*, enterprise: Enterprise, accountant: Member, cashier: Member) -> None:
    """The accounts of the two who keep the committee's dues, between the members and the administrators of the table."""
    table = (
        ("kuaiji", accountant, permissions.ACCOUNTANT, "党费会计"),
        ("chuna", cashier, permissions.CASHIER, "党费出纳"),
    )
    for order, (username, member, role, note) in enumerate(table, start=61):
        _publish(order, account_of(member), username, role, note, enterprise.committee)


def _publish(order: int, user: User, username: str, role: str, note: str, organization: Organization) -> None:
    user.username, user.is_demo, user.demo_order = username, True, order
    user.demo_role, user.demo_note, user.demo_organization = role, note, organization.short_name
    user.save()
