"""Builders for tests of money that comes through a bank or a provider: accounts, bills, statements, signed notices."""

import json
from dataclasses import dataclass
from typing import Any

from django.test import override_settings

from dangjian.activities.dues.billing.actions import billing
from dangjian.activities.dues.billing.models import Bill
from dangjian.activities.dues.ledger.models import Book
from dangjian.activities.dues.payments.actions import bank_statements, orders
from dangjian.activities.dues.payments.models import BankStatement, PaymentOrder, StatementLine
from dangjian.activities.dues.payments.providers import bank_transfer, gateway, signing
from dangjian.kernel import clock
from dangjian.members.models import Member
from dangjian.org.gate import GrantedActor
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.dues import build
from tests.activities.dues.books import open_account

KEY = "k" * 32
OLD_KEY = "o" * 40
HEAD = "交易日期,交易流水号,借方发生额,贷方发生额,余额,对方户名,附言\n"


@dataclass
class Paying:
    """``world`` with an account of the committee, kept by ``accountant``, and November's bills."""

    world: build.World
    book: Book
    accountant: GrantedActor
    cashier: GrantedActor

    @property
    def people(self) -> list[Member]:
        return self.world.people

    def order(self, number: int, *, provider: str = bank_transfer.CODE, **more: Any) -> PaymentOrder:
        more.setdefault("months", [build.NOVEMBER])
        member = self.people[number]
        return orders.order(actor=make.actor(member.user), member=member, provider=provider, **more)

    def imported(self, *rows: str, name: str = "流水.csv") -> BankStatement:
        """A statement of rows ``20,30.00,张三,附言,流水号`` (day of November, amount, name, remark, serial number)."""
        return bank_statements.import_statement(
            actor=self.accountant, organization=self.world.top, content=content(*rows), file_name=name
        )

    def lines(self) -> list[StatementLine]:
        with unscoped("a test looks at what was written"):
            return list(StatementLine.objects.order_by("pk"))


def content(*rows: str) -> bytes:
    lines = []
    for row in rows:
        day, amount, name, remark, serial = [*row.split(","), "", "", ""][:5]
        lines.append(f"2026-11-{day},{serial},,{amount},,{name},{remark}")
    return (HEAD + "\n".join(lines) + "\n").encode()


def paying_world() -> Paying:
    world = build.world()
    accountant, cashier = make.user(), make.user()
    book = open_account(world.top, accountant, cashier, world.office)
    with unscoped("test world"):
        billing.make_bills(actor=make.SYSTEM, month=build.NOVEMBER)
    return Paying(world, book, make.actor(accountant), make.actor(cashier))


def owed(member: Member) -> int:
    with unscoped("a test looks at what was written"):
        return sum(bill.left_fen for bill in Bill.objects.filter(member=member))


def configured(place: Paying, **more: Any) -> override_settings:
    """The gateway, for the account of ``place``."""
    with unscoped("test world"):
        code = place.book.organization.code
    return override_settings(
        DUES_GATEWAY_URL="https://pay.example.com/cashier",
        DUES_GATEWAY_KEYS=[KEY, OLD_KEY],
        DUES_GATEWAY_HASH="sm3",
        DUES_GATEWAY_MERCHANTS=f"M100={code}",
        **more,
    )


def notice(order: PaymentOrder | None = None, **more: Any) -> bytes:
    """The body of a notice, as the gateway writes it."""
    return json.dumps(
        {
            "merchant": "M100",
            "order": order.reference if order else "DF000000000098",
            "transaction": "T1",
            "amount": order.amount_fen if order else 1000,
            "currency": "CNY",
            "paid_at": clock.now().isoformat(),
            "status": "paid",
            **more,
        }
    ).encode()


def signed(body: bytes, *, key: str = KEY, seconds: int = 0, hash_name: str = "sm3") -> dict[str, str]:
    """The headers of a notice; ``seconds`` moves its time."""
    timestamp = str(int(clock.now().timestamp()) + seconds)
    return {"dues-timestamp": timestamp, "dues-signature": signing.signature(key, f"{timestamp}\n".encode() + body, hash_name)}


GATEWAY = gateway.CODE
