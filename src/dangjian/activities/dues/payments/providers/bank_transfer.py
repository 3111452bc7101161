"""Bank transfer: the member transfers to the dues account and quotes a code; the accountant imports the bank's statement."""

import datetime as dt
from typing import Final

from dangjian.activities.dues.ledger.actions.books import banks
from dangjian.activities.dues.ledger.models import Book, BookKind
from dangjian.activities.dues.offers import Fact, Guidance, PaymentProvider
from dangjian.activities.dues.payments.banking import references
from dangjian.activities.dues.payments.models import PaymentOrder
from dangjian.kernel.money import yuan

CODE: Final = "bank_transfer"


def _ready(book: Book) -> bool:
    return book.kind == BookKind.BANK and bool(book.account_number and book.account_name)


def _guide(order: PaymentOrder, book: Book, base_url: str) -> Guidance:  # noqa: ARG001 - an offer's signature
    bank = f"{dict(banks()).get(book.bank, '')}{book.branch_name}"
    number = book.account_number
    amount = yuan(order.amount_fen).replace(",", "")
    grouped = " ".join(number[place : place + 4] for place in range(0, len(number), 4))
    return Guidance(
        advice="请在手机银行中转账，把附言码填在“附言”或“备注”里，金额一分不差。到账并由会计导入银行流水后，这里会显示收据，一般需要一至三个工作日。",
        facts=(
            Fact("收款户名", book.account_name, book.account_name),
            Fact("收款账号", grouped, number),
            Fact("开户银行", bank, bank),
            Fact("转账金额", f"{yuan(order.amount_fen)}元", amount),
            Fact("附言码", references.spaced(order.reference), order.reference),
        ),
    )


OFFER = PaymentProvider(
    code=CODE,
    title="银行转账",
    intro="用手机银行转到党费账户，附言里写上系统给的附言码。",
    icon="building-bank",
    method="bank",
    lifetime=dt.timedelta(days=10),
    ready=_ready,
    guide=_guide,
    order=20,
)
