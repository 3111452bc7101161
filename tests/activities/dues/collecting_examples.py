"""How to call the addresses of bills and collecting in the small world of the contracts."""

import datetime as dt
from typing import Any

from dangjian.activities.dues.billing.actions import billing, collecting, groups
from dangjian.activities.dues.billing.actions.collecting import Receipt
from dangjian.activities.dues.billing.models import Bill, Payment
from dangjian.activities.dues.ledger.models import JournalEntry
from dangjian.kernel import clock
from dangjian.members.actions import groups as membership
from dangjian.members.models import Member
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.dues.build import assessed
from tests.contracts.examples import Example
from tests.contracts.world import World


def _month() -> dt.date:
    return clock.today().replace(day=1)


def bill(world: World, member: Member | None = None) -> Bill:
    who = member or world.member
    assessed(who, 3000, _month())
    billing.make_bills(actor=make.SYSTEM, month=_month(), members=[who.pk])
    found: Bill = Bill.objects.get(member=who, month=_month())
    return found


def payment(world: World, member: Member | None = None) -> Payment:
    owed = bill(world, member)
    return collecting.receive(
        actor=make.actor(world.secretary),
        organization=world.branch,
        rows=[Receipt(owed.member, {owed.pk: owed.owed_fen})],
        paid_on=clock.today(),
        method="cash",
        key=f"made {owed.pk}",
    )[0]


def _billed(world: World) -> dict[str, Any]:
    bill(world)
    return {"pk": world.branch.pk}


def _entry(world: World) -> dict[str, Any]:
    made = payment(world)
    return {"pk": JournalEntry.objects.get(postings__payment=made).pk}


def _received(world: World) -> dict[str, Any]:
    with unscoped("a form names rows of the world"):
        chosen = Bill.objects.filter(member=world.member).values_list("pk", flat=True)
        return {"bill": list(chosen), "method": "cash", "paid_on": clock.today().isoformat(), "key": "example"}


def _group(world: World) -> dict[str, Any]:
    """A group whose leader may collect, with ``member`` in it."""
    bill(world)
    with unscoped("small world"):
        groups.let_collect(actor=make.actor(world.secretary), group=world.group)
        membership.assign(actor=make.SYSTEM, group=world.group, members=[world.member], effective_on=clock.today())
        world.member.refresh_from_db()
    return {"pk": world.group.pk}


def _held(world: World) -> dict[str, Any]:
    """The leader has collected and not handed over."""
    _group(world)
    owed = Bill.objects.get(member=world.member)
    groups.receive_in_group(
        actor=make.actor(world.group_leader),
        group=world.group,
        rows=[Receipt(world.member, {owed.pk: owed.owed_fen})],
        paid_on=clock.today(),
        method="cash",
        key="held",
    )
    return {"pk": world.group.pk, "giver_pk": world.group_leader.pk}


def _another_branch(world: World, _number: int) -> None:
    """With bills of this month."""
    member = make.member(make.branch(world.general_branch))
    bill(world, member)


def _own_month(world: World, number: int) -> Bill:
    """A month of this year of the member."""
    month = dt.date(clock.today().year, number + 1, 1)
    if not number:
        assessed(world.member, 3000, month)
    billing.make_bills(actor=make.SYSTEM, month=month, members=[world.member.pk])
    return Bill.objects.get(member=world.member, month=month)


def _own_payment(world: World, number: int) -> None:
    """Something that the member gave freely."""
    collecting.receive(
        actor=make.actor(world.secretary),
        organization=world.branch,
        rows=[Receipt(world.member, {}, extra_fen=500)],
        paid_on=clock.today(),
        method="cash",
        key=f"extra {number}",
        note="虚构：本人另外多交",
    )


EXAMPLES = {
    "dues:branches": Example(row=_another_branch, holder=lambda world: world.office),
    "dues:branch_months": Example(row=_another_branch, holder=lambda world: world.office),
    "dues:own_bills": Example(row=_own_month, holder=lambda world: world.member_user),
    "dues:own_payments": Example(row=_own_payment, holder=lambda world: world.member_user),
    "dues:payments": Example(row=lambda world, _number: payment(world, make.member(world.branch))),
    "dues:groups": Example(lambda world: {"pk": world.branch.pk}, holder=lambda world: world.secretary),
    "dues:group": Example(_group, holder=lambda world: world.group_leader),
    "dues:group_receive": Example(_group, post=_received, holder=lambda world: world.group_leader),
    "dues:group_let": Example(
        lambda world: {"pk": world.group.pk}, post=lambda _world: {"let": "1"}, holder=lambda world: world.secretary
    ),
    "dues:group_take_over": Example(_held, post=lambda _world: {"amount_fen": 3000}, holder=lambda world: world.secretary),
    "dues:collect": Example(_billed, holder=lambda world: world.secretary),
    "dues:receive": Example(_billed, post=_received, holder=lambda world: world.secretary),
    "dues:member": Example(lambda world: {"pk": bill(world).member_id}, holder=lambda world: world.secretary),
    "dues:member_receive": Example(
        lambda world: {"pk": bill(world).member_id}, post=_received, holder=lambda world: world.secretary
    ),
    "dues:waive": Example(
        lambda world: {"pk": bill(world).pk}, post=lambda _world: {"reason": "虚构原因"}, holder=lambda world: world.office
    ),
    "dues:received": Example(_entry, holder=lambda world: world.secretary),
    "dues:make": Example(post=lambda world: {"organization": world.branch.pk}, holder=lambda world: world.secretary),
    "dues:receipt": Example(lambda world: {"pk": payment(world).pk}),
    "dues:receipt_paper": Example(lambda world: {"pk": payment(world).pk}),
    "dues:reverse_payment": Example(
        lambda world: {"pk": payment(world).pk}, post=lambda _world: {"reason": "虚构原因"}, holder=lambda world: world.secretary
    ),
}
