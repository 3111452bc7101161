"""How to call the addresses of bank and online payment in the small world of the contracts."""

from collections.abc import Callable
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from dangjian.accounts.models import User
from dangjian.activities.dues.billing.actions import billing
from dangjian.activities.dues.models import Payment, PaymentOrder, StatementLine
from dangjian.activities.dues.payments.actions import bank_statements, orders
from dangjian.activities.dues.policy import month_of
from dangjian.kernel import clock
from dangjian.members.models import Member
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.dues import build
from tests.activities.dues.book_examples import account, accountant
from tests.contracts.examples import Example
from tests.contracts.world import World


def order(world: World, member: Member | None = None) -> PaymentOrder:
    account(world)
    who = member or world.member
    assert who.user
    build.assessed(who, 30_00, month_of(clock.today()))
    billing.make_bills(actor=make.SYSTEM, month=month_of(clock.today()))
    return orders.order(actor=make.actor(who.user), member=who, provider="bank_transfer", months=[month_of(clock.today())])


def content(*rows: str) -> bytes:
    return ("交易日期,交易金额,对方户名,附言\n" + "".join(f"{clock.today()},{row}\n" for row in rows)).encode()


def imported(world: World, *rows: str) -> StatementLine:
    """The line of the last row."""
    account(world)
    made = bank_statements.import_statement(
        actor=make.actor(accountant(world)), organization=world.committee, content=content(*rows), file_name="虚构流水.csv"
    )
    found: StatementLine = made.lines.order_by("row").last()
    return found


def _a_statement(world: World) -> dict[str, Any]:
    return {"pk": imported(world, "1.00,虚构,").statement_id}


def _another_line(_world: World, number: int) -> StatementLine:
    """One more line of the statement that was imported last."""
    line = StatementLine.objects.latest("pk")
    line.pk, line.row, line.fingerprint = None, line.row + 1, f"虚构{number}"
    line.save(force_insert=True)
    return line


def _arrival(row: str, **more: Any) -> Example:
    return Example(lambda world: {"kind": "line", "pk": imported(world, row).pk}, holder=accountant, **more)


def _returned(world: World) -> dict[str, Any]:
    made = order(world)
    line = imported(world, f"30.00,虚构,{made.reference}", "-30.00,虚构,退款")
    return {"kind": "line", "pk": line.pk, "payment_pk": Payment.objects.get(held_by=world.committee, amount_fen=30_00).pk}


def _claimed(world: World) -> dict[str, Any]:
    return {"member": world.member.pk, "extra_fen": "45"}


def _holding(kwargs: Callable[[World], dict[str, Any]], **more: Any) -> Example:
    """An example for the accountant of the committee's account."""

    def with_account(world: World) -> dict[str, Any]:
        account(world)
        return kwargs(world)

    return Example(with_account, holder=accountant, **more)


def _bills(world: World) -> dict[str, Any]:
    with unscoped("a form names rows of the world"):
        bill = build.bill(world.member, month_of(clock.today()))
        PaymentOrder.objects.filter(member=world.member).update(state="cancelled")
    return {"bills": [bill.pk], "provider": "bank_transfer"}


def _ready_to_pay(world: World) -> dict[str, Any]:
    order(world)
    return {}


def _member(world: World) -> User:
    return world.member_user


EXAMPLES = {
    "dues:pay": Example(_ready_to_pay, post=_bills, holder=_member),
    "dues:order": Example(lambda world: {"pk": order(world).pk}, holder=_member),
    "dues:order_cancel": Example(lambda world: {"pk": order(world).pk}, post=lambda _world: {}, holder=_member),
    "dues:callback": Example(lambda _world: {"code": "gateway"}),
    "dues:statements": _holding(
        lambda _world: {},
        post=lambda _world: {"statement": SimpleUploadedFile("虚构流水.csv", content("1.00,虚构,"))},
        row=lambda world, number: imported(world, f"{number + 1}.00,虚构,"),
    ),
    "dues:statements_sheet": _holding(lambda _world: {}),
    "dues:statement": Example(_a_statement, holder=accountant, row=_another_line),
    "dues:statement_sheet": Example(_a_statement, holder=accountant),
    "dues:arrivals": _holding(lambda _world: {}, row=lambda world, number: imported(world, f"45.0{number},虚构,")),
    "dues:arrivals_sheet": _holding(lambda _world: {}),
    "dues:arrivals_again": _holding(lambda _world: {}, post=lambda _world: {}),
    "dues:arrival": _arrival("45.00,虚构,"),
    "dues:arrival_claim": Example(
        lambda world: {"kind": "line", "pk": imported(world, "45.00,虚构,").pk},
        holder=accountant,
        post=_claimed,
    ),
    "dues:arrival_leave_out": _arrival("45.00,虚构,", post=lambda _world: {"reason": "银行利息"}),
    "dues:arrival_take_back": Example(
        lambda world: {"kind": "line", "pk": imported(world, f"30.00,虚构,{order(world).reference}").pk},
        holder=accountant,
        post=lambda _world: {"reason": "认错人"},
    ),
    "dues:arrival_settle": Example(_returned, holder=accountant, post=lambda _world: {}),
    "dues:orders": _holding(
        lambda _world: {}, row=lambda world, _number: order(world, make.member(world.branch, with_user=True))
    ),
    "dues:orders_sheet": _holding(lambda _world: {}),
}
