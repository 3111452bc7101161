"""A split, a merge, a move or many members who were moved: taken back as a whole, unless something was built on it."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from dangjian.accounts.models import Event
from dangjian.activities.dues.billing.actions import billing
from dangjian.activities.dues.billing.models import Bill, BranchMonth, Payment
from dangjian.activities.meetings.models import Attendance, Meeting
from dangjian.engines.duties.models import Duty
from dangjian.kernel import clock
from dangjian.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied
from dangjian.members import queries
from dangjian.members.actions import account, groups, reorganise, reversing
from dangjian.members.models import ChangeKind, GroupAssignment, Member, MembershipEntry
from dangjian.org import roles
from dangjian.org.actions import posts, reorganisations, tree
from dangjian.org.actions.structure import tell_followers
from dangjian.org.models import (
    Grant,
    Organization,
    OrganizationChange,
    OrganizationVersion,
    Post,
    Reorganisation,
    TermOfBody,
)
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.dues.build import assessed

pytestmark = pytest.mark.django_db
SYSTEM = make.SYSTEM
DAY = dt.date(2026, 5, 1)
KEPT: tuple[Any, ...] = (Organization, OrganizationVersion, Post, Grant, TermOfBody, GroupAssignment)


@dataclass
class World:
    """Two branches of one committee; in the first a group of two, its secretary, a delegation and a term."""

    top: Organization
    one: Organization
    other: Organization
    group: Organization
    members: list[Member]
    secretary: Post

    def three(self) -> list[Member]:
        """The first three members as they are now."""
        return [_fresh(member) for member in self.members[:3]]

    def split(self) -> Reorganisation:
        """The first three members, the secretary among them, go to a new branch."""
        names = {"name": "虚构三支部", "short_name": "三支部"}
        reorganise.split(actor=SYSTEM, organization=self.one, members=self.three(), effective_on=DAY, **names)
        return last()

    def merge(self) -> Reorganisation:
        """The first branch goes into the other."""
        return reorganise.merge(actor=SYSTEM, organization=self.one, into=self.other, effective_on=DAY)

    def move_many(self) -> Reorganisation:
        """The first three members go to the other branch."""
        return reorganise.move_many(actor=SYSTEM, members=self.three(), to=self.other, effective_on=DAY)

    def move(self) -> Reorganisation:
        """The first branch is put under another superior."""
        superior = make.committee(self.top)
        tree.move(actor=SYSTEM, organization=self.one, parent=superior, effective_on=DAY)
        return last()


def last() -> Reorganisation:
    found: Reorganisation = Reorganisation.objects.latest("pk")
    return found


@pytest.fixture
def world(db: None) -> Any:
    with unscoped("tests of actions"):
        top = make.committee()
        one, other = make.branch(top), make.branch(top)
        group = make.group(one)
        members = [make.member(one, with_user=True) for _ in range(4)]
        groups.assign(actor=SYSTEM, group=group, members=members[:2], effective_on=dt.date(2026, 1, 1))
        TermOfBody.objects.create(organization=one, number=1, starts_on=dt.date(2025, 1, 1), due_on=dt.date(2028, 1, 1))
        secretary = make.post(one, "secretary", members[0].user)
        make.grant(one, roles.PARTY_WORKER, members[3].user, basis=secretary, ends_on=dt.date(2027, 1, 1))
        make.post(group, "group_leader", members[1].user)
        yield World(top, one, other, group, members, secretary)


def state() -> list[Any]:
    """All that a step may change and its undoing must leave as it was."""
    rows: list[Any] = [list(model.objects.order_by("pk").values_list()) for model in KEPT]
    rows.append(list(Member.objects.order_by("pk").values_list("pk", "branch", "organization", "standing", "category")))
    owed = Duty.objects.filter(state="open").order_by("organization", "rule", "period_start")
    rows.append(list(owed.values_list("organization", "rule", "period_start")))
    branches = Organization.objects.filter(kind="branch").order_by("pk")
    rows.append([queries.count(branch.pk, day) for branch in branches for day in (DAY - dt.timedelta(days=1), DAY)])
    return rows


def undo(step: Reorganisation, actor: Any = SYSTEM, reason: str = "选错了") -> None:
    reorganisations.take_back(actor=actor, reorganisation=step, reason=reason)


def refused(step: Reorganisation, *words: str, kind: type[Exception] = Conflict, **more: Any) -> None:
    """The undoing is refused with these words, and nothing at all was written."""
    rows = (*KEPT, Member, MembershipEntry, Event, OrganizationChange, Reorganisation, Duty, Bill)
    before = [list(model.objects.order_by("pk").values_list()) for model in rows]
    with pytest.raises(kind) as caught:
        undo(step, **more)
    assert [list(model.objects.order_by("pk").values_list()) for model in rows] == before
    for word in words:
        assert word in str(getattr(caught.value, "message", ""))


@pytest.mark.parametrize("act", [World.split, World.merge, World.move_many, World.move])
def test_what_was_taken_back_leaves_all_as_it_was(world: World, act: Callable[[World], Reorganisation]) -> None:
    with unscoped("duties are listed before"):
        tell_followers(actor=SYSTEM, organization_ids=[world.one.pk, world.other.pk, world.group.pk])
    if act is World.move:
        make.committee(world.top)
    before = state()
    step = act(world)
    assert state() != before
    events = Event.objects.count()
    undo(step)
    after = state()
    if act is World.move:
        assert _but(after, step.other_id) == _but(before, step.other_id)
    else:
        assert after == before
    assert Event.objects.count() == events + 1
    event = Event.objects.latest("pk")
    assert event.verb == "org.reorganisation_undone"
    assert "选错了" in event.summary
    refused(step, "已由系统（测试）于")


def _but(rows: list[Any], pk: int | None) -> list[Any]:
    """Without the superior that was made for the move."""
    return [[row for row in table if not isinstance(row, tuple) or pk not in row] for table in rows]


def test_after_it_the_right_step_may_be_taken_for_the_same_day(world: World) -> None:
    undo(world.merge())
    undo(world.move_many())
    undo(world.split())
    made = world.split().other
    assert made is not None
    assert queries.count(made.pk, DAY) == 3


def test_the_members_find_it_among_what_was_done_with_their_records(world: World) -> None:
    undo(world.move_many())
    event = Event.objects.latest("pk")
    assert event.data["members"] == 3
    assert sorted(event.members.values_list("member_id", flat=True)) == sorted(one.pk for one in world.members[:3])


def test_members_who_were_brought_back_one_by_one_stay_where_they_are(world: World) -> None:
    step = world.move_many()
    single = world.members[0]
    reversing.reverse(actor=SYSTEM, entry=single.entries.get(kind="moved_in", reorganisation=step), reason="只错了他")
    account.move(actor=SYSTEM, members=[single], to=make.branch(world.top), effective_on=DAY)
    undo(step)
    single.refresh_from_db()
    assert single.branch not in {world.one, world.other}
    assert Member.objects.filter(branch=world.one).count() == 3


def _moves_on(world: World, step: Reorganisation) -> None:
    there = make.branch(world.top)
    account.move(actor=SYSTEM, members=[_fresh(world.members[1])], to=there, effective_on=dt.date(2026, 6, 1))


def _takes_a_post(world: World, step: Reorganisation) -> None:
    posts.appoint(
        actor=SYSTEM, organization=_entered(step), user=_fresh(world.members[1]).user, kind="publicity_member", starts_on=DAY
    )


def _is_grouped(world: World, step: Reorganisation) -> None:
    group = make.group(_entered(step), effective_on=DAY)
    groups.assign(actor=SYSTEM, group=group, members=[_fresh(world.members[1])], effective_on=DAY)


def _is_called(world: World, step: Reorganisation) -> None:
    meeting = Meeting.objects.create(organization=_entered(step), title="虚构党员大会", held_on=dt.date(2026, 6, 2))
    Attendance.objects.create(meeting=meeting, member=world.members[1])


def _fresh(member: Member) -> Any:
    member.refresh_from_db()
    return member


def _entered(step: Reorganisation) -> Organization:
    assert step.entered is not None
    return step.entered


BUILT = {
    _moves_on: "又办理过党籍变动",
    _takes_a_post: "任了职",
    _is_grouped: "党小组",
    _is_called: "虚构党员大会",
}


@pytest.mark.parametrize(
    ("act", "build"),
    [*((World.split, build) for build in BUILT), (World.merge, _moves_on), (World.move_many, _is_called)],
)
def test_what_was_built_on_it_is_named(world: World, act: Any, build: Any) -> None:
    step = act(world)
    build(world, step)
    refused(step, "不能撤销这次", BUILT[build])


def test_a_change_of_the_new_branch_keeps_the_split(world: World) -> None:
    step = world.split()
    made = step.other
    assert made is not None
    tree.rename(actor=SYSTEM, organization=made, name="虚构四支部", short_name="四支部", effective_on=dt.date(2026, 5, 2))
    refused(step, "更名")


def test_another_member_of_the_new_branch_keeps_the_split(world: World) -> None:
    step = world.split()
    make.member(_entered(step), effective_on=dt.date(2026, 6, 1))
    refused(step, "“三支部”在其后有了", "党籍变动")


def test_a_new_secretary_keeps_the_split_that_took_the_old_one(world: World) -> None:
    step = world.split()
    make.post(world.one, "secretary", world.members[3].user)
    refused(step, f"已由{world.members[3].name}任书记")


@pytest.mark.day("2026-11-23")
def test_dues_that_nobody_paid_follow_and_those_paid_refuse(world: World) -> None:
    month = dt.date(2026, 11, 1)
    for member in world.members:
        assessed(member, 1000)
    step = world.split()
    made = _entered(step)
    billing.make_bills(actor=SYSTEM, month=month)
    assert Bill.objects.filter(organization=made).count() == 3
    undo(step)
    assert set(Bill.objects.values_list("organization", flat=True)) == {world.one.pk}
    assert set(BranchMonth.objects.values_list("organization", flat=True)) == {world.one.pk}
    step = world.move_many()
    billing.make_bills(actor=SYSTEM, month=month)
    receipt = {"member": world.members[1], "organization": world.other, "held_by": world.other}
    Payment.objects.create(**receipt, paid_on=DAY, method="cash", amount_fen=1000, receipt_no="虚构1号")
    refused(step, "已有1名党员向", "交纳党费")


def test_what_happened_below_a_branch_that_was_moved_keeps_the_move(world: World) -> None:
    step = world.move()
    world.one.refresh_from_db()
    make.group(world.one, effective_on=dt.date(2026, 5, 2))
    refused(step, "设立")


def test_a_name_that_was_given_to_another_keeps_the_merge(world: World) -> None:
    step = world.merge()
    make.branch(world.top, name=world.one.name)
    refused(step, "另有名称为")


def test_who_may_take_it_back(world: World) -> None:
    step = world.move_many()
    office = make.actor(make.grant(world.top, roles.PARTY_OFFICE).user)
    secretary = make.actor(make.post(world.other, "secretary").user)
    stranger = make.actor(make.post(make.branch(world.top), "party_worker").user)
    own = make.actor(make.grant(world.top, roles.PARTY_OFFICE, world.members[1].user).user)
    refused(step, actor=secretary, kind=PermissionDenied)
    refused(step, actor=stranger, kind=NotFound)
    refused(step, actor=own, kind=PermissionDenied)
    refused(step, actor=office, reason=" ", kind=Invalid)
    undo(step, actor=office)


def test_the_page_offers_it_where_the_change_is_shown(world: World, client: Client) -> None:
    office = make.grant(world.top, roles.PARTY_OFFICE).user
    client.force_login(office)
    names = {"name": "虚构三支部", "short_name": "三支部", "effective_on": "2026-05-01"}
    chosen = [member.pk for member in world.members[:3]]
    page = client.post(
        reverse("members:split", args=[world.one.pk]), {"step": "confirm", "members": chosen, **names}, follow=True
    ).content.decode()
    step = last()
    address = reverse("org:take_back", args=[step.pk])
    assert f'href="{address}" data-undo' in page
    for pk in (step.organization_id, step.other_id):
        shown = client.get(reverse("org:detail", args=[pk]), {"tab": "history"}).content.decode()
        assert f'href="{address}">撤销本次拆分' in shown
    asked = client.post(address, {"reason": "选错了"}).content.decode()
    assert "“三支部”不再存在" in asked
    assert last().undone_at is None
    done = client.post(address, {"step": "confirm", "reason": "选错了"}, follow=True).content.decode()
    assert "已撤销" in done
    assert address not in done
    assert client.get(address).status_code == 409


def test_the_refusal_is_a_page_before_anybody_fills_in_the_form(world: World, client: Client) -> None:
    client.force_login(make.grant(world.top, roles.PARTY_OFFICE).user)
    step = world.split()
    _is_called(world, step)
    answer = client.get(reverse("org:take_back", args=[step.pk]))
    assert answer.status_code == 409
    assert "虚构党员大会" in answer.content.decode()


def test_the_account_balances_after_it(world: World) -> None:
    for act in (World.move_many, World.merge, World.split):
        undo(act(world))
    today = clock.today()
    assert queries.flow(world.top.pk, dt.date(2026, 1, 1), today).balances
    assert queries.count(world.one.pk, today) == 4
    assert set(MembershipEntry.objects.filter(organization=world.other).values_list("kind", flat=True)) == {ChangeKind.MOVED_IN}


def test_what_was_done_with_one_member_offers_the_way_back_too(world: World, client: Client) -> None:
    client.force_login(make.grant(world.top, roles.PARTY_OFFICE).user)
    pk = world.members[2].pk
    Organization.objects.filter(pk__in=[world.one.pk, world.other.pk]).update(live_on=dt.date(2026, 6, 1))
    typed = {"to": world.other.pk, "effective_on": "2026-05-01", "reason": "名册没有更新"}
    page = client.post(reverse("members:move", args=[pk]), typed, follow=True).content.decode()
    assert f'href="{reverse("members:reverse", args=[pk])}" data-undo' in page


def test_the_merger_of_a_branch_without_members_is_taken_back(world: World) -> None:
    empty = make.branch(world.top)
    step = reorganise.merge(actor=SYSTEM, organization=empty, into=world.other, effective_on=DAY)
    assert Organization.objects.get(pk=empty.pk).dissolved_on
    undo(step)
    assert Organization.objects.get(pk=empty.pk).dissolved_on is None
