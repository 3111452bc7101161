"""How to call the addresses of bills and collecting in the small world of the contracts."""

import datetime as dt
from typing import Any

from dangjian.activities.dues.actions import billing, collecting
from dangjian.activities.dues.actions.collecting import Receipt
from dangjian.activities.dues.models import Bill, JournalEntry, Payment
from dangjian.kernel import clock
from dangjian.org.scope import everything
from tests import make
from tests.activities.dues.build import assessed
from tests.contracts.examples import Example
from tests.contracts.world import World


def _month() -> dt.date:
    return clock.today().replace(day=1)


def bill(world: World) -> Bill:
    assessed(world.member, 3000, _month())
    billing.make_bills(actor=make.SYSTEM, month=_month(), members=[world.member.pk])
    found: Bill = Bill.objects.get(member=world.member, month=_month())
    return found


def payment(world: World) -> Payment:
    owed = bill(world)
    row = Receipt(world.member, {owed.pk: owed.owed_fen})
    return collecting.receive(
        actor=make.actor(world.secretary), organization=world.branch, rows=[row], paid_on=clock.today(), method="cash", key="made"
    )[0]


def _billed(world: World) -> dict[str, Any]:
    bill(world)
    return {"pk": world.branch.pk}


def _entry(world: World) -> dict[str, Any]:
    made = payment(world)
    return {"pk": JournalEntry.objects.get(postings__payment=made).pk}


def _received(world: World) -> dict[str, Any]:
    with everything("a form names rows of the world"):
        chosen = Bill.objects.filter(member=world.member).values_list("pk", flat=True)
        return {"bill": list(chosen), "method": "cash", "paid_on": clock.today().isoformat(), "key": "example"}


EXAMPLES = {
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
