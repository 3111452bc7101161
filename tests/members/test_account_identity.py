"""Whatever happens to members and branches, the account of every organisation balances between any two days."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from dangjian.kernel import clock
from dangjian.kernel.errors import Refusal
from dangjian.members import queries
from dangjian.members.actions import account, reorganise, reversing
from dangjian.members.models import ChangeKind, Member, MembershipEntry
from dangjian.org.actions import tree
from dangjian.org.models import Organization, OrganizationVersion
from dangjian.org.unscoped import unscoped
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

START = dt.date(2025, 1, 6)
STEPS = (
    "set_up",
    "join",
    "join",
    "move",
    "leave",
    "convert",
    "merge",
    "split",
    "org_move",
    "dissolve",
    "restore",
    "reverse",
    "report",
)
step = st.tuples(st.sampled_from(STEPS), st.integers(0, 40), st.integers(0, 999), st.integers(0, 999), st.integers(0, 9))


@dataclass
class World:
    """One 党委 with two 党总支 and three branches, and the reports taken of it on the way."""

    top: Organization
    upper: list[Organization]
    today: dt.date = START
    closed: dt.date = START
    reports: list[tuple[dt.date, dict[int, int]]] = field(default_factory=list)

    def branches(self) -> list[Organization]:
        return list(Organization.objects.standing().filter(kind="branch").order_by("pk"))

    def members(self, standing: str = "normal") -> list[Member]:
        return list(Member.objects.filter(standing=standing).select_related("branch").order_by("pk"))


@contextmanager
def undone() -> Iterator[None]:
    """Each history begins with an empty database."""
    with transaction.atomic(), unscoped("random histories"):
        yield
        transaction.set_rollback(True)


def begin() -> World:
    top = make.committee(effective_on=START)
    upper = [make.general_branch(top, effective_on=START) for _ in range(2)]
    for superior in (*upper, top):
        make.member(make.branch(superior, effective_on=START), effective_on=START)
    return World(top, upper)


def pick(rows: list[Any], number: int) -> Any:
    return rows[number % len(rows)] if rows else None


def apply(world: World, name: str, one: int, other: int, day: dt.date) -> None:
    """One step, through the actions; what they refuse did not happen."""
    if name == "report":
        world.closed = world.today
        world.reports.append((world.closed, figures(world.closed)))
    elif name == "reverse":
        reverse_one(world, one)
    elif name in OF_ORGANISATIONS:
        OF_ORGANISATIONS[name](world, one, other, day)
    elif name in OF_MEMBERS:
        OF_MEMBERS[name](world, one, other, day)


def set_up(world: World, one: int, _other: int, day: dt.date) -> None:
    parent, name = pick([*world.upper, world.top], one), f"支部{one}"
    tree.set_up(actor=make.SYSTEM, parent=parent, type_code="631", name=name, short_name=name, effective_on=day)


def org_move(world: World, one: int, other: int, day: dt.date) -> None:
    if branch := pick(world.branches(), one):
        tree.move(actor=make.SYSTEM, organization=branch, parent=pick([*world.upper, world.top], other), effective_on=day)


def dissolve(world: World, one: int, _other: int, day: dt.date) -> None:
    if branch := pick(world.branches(), one):
        tree.dissolve(actor=make.SYSTEM, organization=branch, effective_on=day)


def merge(world: World, one: int, other: int, day: dt.date) -> None:
    if branch := pick(world.branches(), one):
        reorganise.merge(actor=make.SYSTEM, organization=branch, into=pick(world.branches(), other), effective_on=day)


def split(world: World, one: int, other: int, day: dt.date) -> None:
    if member := pick(world.members(), one):
        own, name = [m for m in world.members() if m.branch_id == member.branch_id], f"分{one}"
        reorganise.split(
            actor=make.SYSTEM,
            organization=member.branch,
            members=own[: 1 + other % 2],
            name=name,
            short_name=name,
            effective_on=day,
        )


def join(world: World, one: int, other: int, day: dt.date) -> None:
    if branch := pick(world.branches(), one):
        kind = pick([ChangeKind.ADMITTED, ChangeKind.TRANSFERRED_IN, ChangeKind.OPENING], other)
        category = "2" if kind == ChangeKind.ADMITTED else "1"
        new = Member(name="虚构人", name_sort="x")
        account.enter(actor=make.SYSTEM, member=new, branch=branch, kind=kind, effective_on=day, category=category)


def move(world: World, one: int, other: int, day: dt.date) -> None:
    if to := pick(world.branches(), other):
        account.move(actor=make.SYSTEM, members=world.members()[: 1 + one % 3], to=to, effective_on=day)


def leave(world: World, one: int, other: int, day: dt.date) -> None:
    if member := pick(world.members(), one):
        kind = pick([ChangeKind.EXPELLED, ChangeKind.DECEASED, ChangeKind.TRANSFERRED_OUT, ChangeKind.SUSPENDED], other)
        account.leave(actor=make.SYSTEM, member=member, kind=kind, effective_on=day)


def convert(world: World, one: int, _other: int, day: dt.date) -> None:
    if member := pick(world.members(), one):
        account.convert(actor=make.SYSTEM, member=member, effective_on=day)


def restore(world: World, one: int, other: int, day: dt.date) -> None:
    branch, gone = pick(world.branches(), one), pick(world.members("suspended") or world.members("transferred_out"), other)
    if branch and gone:
        kind = ChangeKind.RESTORED if gone.standing == "suspended" else ChangeKind.TRANSFERRED_IN
        account.enter(actor=make.SYSTEM, member=gone, branch=branch, kind=kind, effective_on=day, category=gone.category)


def reverse_one(world: World, one: int) -> None:
    """What a closed report contains is corrected by a new change, so only later lines are taken back."""
    later = MembershipEntry.objects.filter(effective_on__gt=world.closed, reverses=None).order_by("-pk")
    if entry := pick(list(later[:5]), one):
        reversing.reverse(actor=make.SYSTEM, entry=entry, reason="录入有误")


OF_ORGANISATIONS = {"set_up": set_up, "org_move": org_move, "dissolve": dissolve, "merge": merge, "split": split}
OF_MEMBERS = {"join": join, "move": move, "leave": leave, "convert": convert, "restore": restore}


def figures(day: dt.date) -> dict[int, int]:
    return {pk: queries.count(pk, day) for pk in Organization.objects.values_list("pk", flat=True)}


# Shrinking a history of database work takes minutes; a failing one is printed as it was found.
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
@given(history=st.lists(step, min_size=4, max_size=18), days=st.tuples(st.integers(0, 300), st.integers(0, 300)))
def test_the_account_balances(history: list[tuple[str, int, int, int, int]], days: tuple[int, int]) -> None:
    with undone():
        world = begin()
        for name, wait, one, other, back in history:
            world.today += dt.timedelta(days=wait)
            day = max(world.closed + dt.timedelta(days=1), world.today - dt.timedelta(days=back))
            with clock.at(f"{max(world.today, day)} 09:00"):
                world.today = max(world.today, day)
                try:
                    with transaction.atomic():
                        apply(world, name, one, other, day)
                except Refusal:
                    continue
        first, last = sorted(START + dt.timedelta(days=number) for number in days)
        check_balance(first, min(last, world.today) if last > first else last)
        check_balance(START - dt.timedelta(days=1), world.today)
        for day in {first, last, world.today}:
            check_places(day, world.top)
        for day, before in world.reports:
            after = figures(day)
            assert before == {pk: after[pk] for pk in before}
        check_derived()


def check_balance(first: dt.date, last: dt.date) -> None:
    for pk in Organization.objects.values_list("pk", flat=True):
        flow = queries.flow(pk, first, last)
        assert flow.balances, (pk, first, last, flow)
        assert flow.opening == queries.count(pk, first)
        assert min([0, *flow.increases.values(), *flow.decreases.values()]) == 0


def check_places(day: dt.date, top: Organization) -> None:
    """Whoever counts on ``day`` is in one branch, that branch stands, and the branches add up to the 党委."""
    places: Counter[tuple[int, int]] = Counter()
    for member, branch, sign in MembershipEntry.objects.until(day).values_list("member_id", "organization_id", "sign"):
        places[member, branch] += sign
    held = {place: number for place, number in places.items() if number}
    assert set(held.values()) <= {1}
    assert len({member for member, _ in held}) == len(held)
    standing = set(OrganizationVersion.objects.as_of(day).values_list("organization_id", flat=True))
    assert {branch for _, branch in held} <= standing
    assert queries.count(top.pk, day) == len(held) == sum(queries.branch_counts(day).values())


def check_derived() -> None:
    """The columns of the record say what the lines say."""
    for member in Member.objects.all():
        lines = MembershipEntry.objects.filter(member=member)
        here = {
            pk for pk in lines.values_list("organization_id", flat=True) if sum(e.sign for e in lines if e.organization_id == pk)
        }
        assert here == ({member.branch_id} if member.standing == "normal" else set())
