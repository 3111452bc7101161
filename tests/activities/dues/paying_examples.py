"""How to call the addresses of bank and online payment in the small world of the contracts."""

from collections.abc import Callable
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from dangjian.accounts.models import User
from dangjian.activities.dues.billing.actions import billing
from dangjian.activities.dues.billing.models import Payment
from dangjian.activities.dues.payments.actions import arrivals, bank_statements, orders
from dangjian.activities.dues.payments.models import PaymentOrder, ProviderNotice, StatementLine
from dangjian.activities.dues.policy import month_of
from dangjian.kernel import clock
from dangjian.members.models import Member
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.dues import build
from tests.activities.dues.book_examples import account, accountant
from tests.contracts.examples import Example, StepExample
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


def _line(*rows: str) -> Callable[[World], dict[str, Any]]:
    return lambda world: {"kind": "line", "pk": imported(world, *rows).pk}


def booked(world: World) -> dict[str, Any]:
    """A line that settled an order."""
    return _line(f"30.00,虚构,{order(world).reference}")(world)


def returned(world: World) -> dict[str, Any]:
    """Money that went back to the payer."""
    return _line(f"30.00,虚构,{order(world).reference}", "-30.00,虚构,退款")(world)


def told(world: World) -> dict[str, Any]:
    """A line of the same money as an online payment that a provider told of."""
    ordered = order(world)
    notice = ProviderNotice.objects.create(
        held_by=world.committee,
        provider="gateway",
        transaction_no="T1",
        reference=ordered.reference,
        amount_fen=30_00,
        paid_at=clock.now(),
        result="booked",
    )
    bill = build.bill(world.member, month_of(clock.today()))
    notice.payment = arrivals.book(actor=make.SYSTEM, arrival=notice, member=world.member, bill_ids=[bill.pk])
    notice.save()
    arrivals.settle(ordered, notice.payment)
    return _line("30.00,虚构银行,结算")(world)


def _the_payment(_world: World) -> dict[str, Any]:
    return {"payment": Payment.objects.get(amount_fen=30_00).pk}


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
    "dues:arrival": Example(
        _line("45.00,虚构,"),
        holder=accountant,
        steps={
            "claim": StepExample(_claimed, holder=accountant),
            "same": StepExample(_the_payment, kwargs=told, holder=accountant),
            "returned": StepExample(_the_payment, kwargs=returned, holder=accountant),
            "leave_out": StepExample(lambda _world: {"reason": "银行利息"}, holder=accountant),
            "take_back": StepExample(lambda _world: {"reason": "认错人"}, kwargs=booked, holder=accountant),
        },
        papers=booked,
    ),
    "dues:orders": _holding(
        lambda _world: {}, row=lambda world, _number: order(world, make.member(world.branch, with_user=True))
    ),
    "dues:orders_sheet": _holding(lambda _world: {}),
}
