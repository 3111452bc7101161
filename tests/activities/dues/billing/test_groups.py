"""The leader of a group collects its dues if the branch lets them, for that group alone, and hands the money over."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from dangjian.accounts.models import Event, User
from dangjian.activities.dues.billing.actions import billing, reversing
from dangjian.activities.dues.billing.actions import groups as actions
from dangjian.activities.dues.billing.actions.collecting import Receipt
from dangjian.activities.dues.billing.models import GroupCollecting, Handover, Payment
from dangjian.activities.dues.billing.queries import groups as read
from dangjian.activities.dues.ledger.models import JournalEntry
from dangjian.kernel import clock
from dangjian.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied, Refusal
from dangjian.members.actions import groups as membership
from dangjian.org.gate import GrantedActor
from dangjian.org.models import Organization
from tests import make
from tests.activities.dues import build
from tests.activities.dues.build import NOVEMBER, World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("open_scope"), pytest.mark.day("2026-11-23")]


@pytest.fixture
def group(world: World) -> Organization:
    """``people[2]`` leads it, ``people[3]`` and ``people[4]`` are in it; November's bills are made."""
    made = make.group(world.branch, name="虚构第一小组")
    people = world.people[2:5]
    membership.assign(actor=make.SYSTEM, group=made, members=people, effective_on=clock.today())
    make.post(made, "group_leader", people[0].user)
    billing.make_bills(actor=world.office, month=NOVEMBER)
    for one in people:
        one.refresh_from_db()
    return made


def leader(world: World) -> GrantedActor:
    return world.actor(2)


def let(world: World, group: Organization) -> GroupCollecting:
    return actions.let_collect(actor=world.secretary, group=group)


def receive(world: World, group: Organization, *numbers: int, **more: Any) -> list[Payment]:
    bills = [build.bill(world.people[number]) for number in numbers]
    rows = [Receipt(one.member, {one.pk: one.left_fen}) for one in bills]
    more = {"actor": leader(world), "paid_on": clock.today(), "method": "cash", "key": f"k{numbers}"} | more
    return actions.receive_in_group(group=group, rows=rows, **more)


def refused(kind: type[Refusal], act: Any, *words: str) -> None:
    tables = (Payment, JournalEntry, Handover, GroupCollecting, Event)
    before = [model.objects.count() for model in tables]
    with pytest.raises(kind) as caught:
        act()
    assert all(word in f"{caught.value.message}{caught.value.how}" for word in words), caught.value.message
    assert [model.objects.count() for model in tables] == before


def test_the_leader_collects_for_the_group_into_the_branchs_book(world: World, group: Organization) -> None:
    let(world, group)
    payments = receive(world, group, 3, 4)
    assert {one.organization_id for one in payments} == {world.branch.pk}
    assert {one.held_by_id for one in payments} == {world.branch.pk}
    assert {one.group_id for one in payments} == {group.pk}
    assert build.bill(world.people[3]).left_fen == 0
    assert build.sums(world.branch).paid_fen == 90_00
    assert read.held([group.pk]) == {(group.pk, leader(world).user_id): 90_00}


def test_without_the_branchs_word_the_leader_does_not(world: World, group: Organization) -> None:
    refused(PermissionDenied, lambda: receive(world, group, 3), "没有让", "支部书记")
    let(world, group)
    actions.stop_collecting(actor=world.secretary, group=group)
    refused(PermissionDenied, lambda: receive(world, group, 3), "没有让")


def test_never_for_themselves_nor_for_somebody_outside(world: World, group: Organization) -> None:
    let(world, group)
    refused(PermissionDenied, lambda: receive(world, group, 2), "您本人")
    refused(Invalid, lambda: receive(world, group, 3, 5), "不在")
    refused(PermissionDenied, lambda: receive(world, group, 3, actor=world.actor(5)))
    refused(NotFound, lambda: receive(world, group, 3, actor=make.actor(make.user())))
    refused(PermissionDenied, lambda: receive(world, group, 3, actor=world.secretary))


def test_only_the_branchs_leaders_let_a_group_collect(world: World, group: Organization) -> None:
    refused(PermissionDenied, lambda: actions.let_collect(actor=leader(world), group=group))
    refused(Invalid, lambda: actions.let_collect(actor=world.secretary, group=world.branch))
    assert let(world, group) == let(world, group)
    assert Event.objects.filter(verb="dues.group_let").count() == 1


def test_the_branch_takes_over_what_the_leader_holds(world: World, group: Organization) -> None:
    let(world, group)
    receive(world, group, 3, 4)
    giver = User.objects.get(pk=leader(world).user_id)
    refused(
        Conflict,
        lambda: actions.take_over(actor=world.secretary, group=group, giver=giver, amount_fen=40_00),
        "手中现在是90.00元",
    )
    refused(PermissionDenied, lambda: actions.take_over(actor=leader(world), group=group, giver=giver, amount_fen=90_00))
    made = actions.take_over(actor=world.secretary, group=group, giver=giver, amount_fen=90_00)
    assert (made.taken_by_id, made.taken_on) == (world.secretary.user_id, clock.today())
    assert read.held([group.pk]) == {}
    refused(Conflict, lambda: actions.take_over(actor=world.secretary, group=group, giver=giver, amount_fen=90_00), "0.00元")


def test_nobody_takes_over_from_themselves(world: World, group: Organization) -> None:
    make.post(world.branch, "organisation_member", world.people[2].user)
    let(world, group)
    receive(world, group, 3)
    giver = User.objects.get(pk=leader(world).user_id)
    refused(
        PermissionDenied, lambda: actions.take_over(actor=leader(world), group=group, giver=giver, amount_fen=40_00), "自己接收"
    )


def test_what_is_reversed_is_no_longer_held(world: World, group: Organization) -> None:
    let(world, group)
    [payment] = receive(world, group, 3)
    reversing.reverse_payment(actor=world.secretary, payment=payment, reason="虚构记错")
    assert read.held([group.pk]) == {}


def test_the_leaders_page_shows_that_group_alone(world: World, group: Organization, client: Client) -> None:
    client.force_login(User.objects.get(pk=leader(world).user_id))
    where = reverse("dues:group", args=[group.pk])
    assert "没有让小组收缴" in client.get(where).content.decode()
    let(world, group)
    page = client.get(where).content.decode()
    assert world.people[3].name in page
    assert world.people[5].name not in page
    own, other = build.bill(world.people[2]), build.bill(world.people[3])
    assert f'name="bill" value="{own.pk}"' not in page
    form = {"bill": [other.pk], "shown": [f"{other.pk}:{other.left_fen}"], "method": "cash", "paid_on": clock.today(), "key": "p"}
    assert client.post(reverse("dues:group_receive", args=[group.pk]), form).status_code == 302
    after = client.get(where).content.decode()
    assert "40.00" in after
    assert "请交给支部收党费的同志" in after
    outside = build.bill(world.people[5])
    assert (
        client.post(reverse("dues:group_receive", args=[group.pk]), form | {"bill": [outside.pk], "key": "q"}).status_code == 422
    )
    assert client.get(reverse("dues:collect", args=[world.branch.pk])).status_code in {403, 404}


def test_the_branchs_page_switches_and_takes_over(world: World, group: Organization, client: Client) -> None:
    client.force_login(User.objects.get(pk=world.secretary.user_id))
    where = reverse("dues:groups", args=[world.branch.pk])
    assert "由支部收缴" in client.get(where).content.decode()
    assert client.post(reverse("dues:group_let", args=[group.pk]), {"let": "1"}).status_code == 302
    receive(world, group, 3)
    assert "还没有交给支部" in client.get(where).content.decode()
    address = reverse("dues:group_take_over", args=[group.pk, leader(world).user_id])
    assert client.post(address, {"amount_fen": 40_00}).status_code == 302
    page = client.get(where).content.decode()
    assert "交接记录" in page
    assert "还没有交给支部" not in page
    assert client.post(reverse("dues:group_let", args=[group.pk]), {}).status_code == 302
    assert not read.is_collecting(group)


def test_whoever_only_looks_at_the_groups_of_a_branch_switches_and_takes_over_nothing(
    world: World, group: Organization, client: Client
) -> None:
    let(world, group)
    receive(world, group, 3)
    giver = leader(world).user_id
    forms = {
        reverse("dues:group_let", args=[group.pk]): {},
        reverse("dues:group_take_over", args=[group.pk, giver]): {"amount_fen": 40_00},
    }
    where = reverse("dues:groups", args=[world.branch.pk])
    for who, may in ((world.office, False), (world.secretary, True)):
        client.force_login(User.objects.get(pk=who.user_id))
        page = client.get(where).content.decode()
        assert [address in page for address in forms] == [may, may]
    client.force_login(User.objects.get(pk=world.office.user_id))
    assert all(client.post(address, data).status_code in {403, 404} for address, data in forms.items())
    assert read.is_collecting(group)
    assert not Handover.objects.exists()
