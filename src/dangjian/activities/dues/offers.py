"""Offers that concern dues: ways to pay online. ``docs/payments.md`` shows how to write one."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from dangjian.activities.dues.ledger.models import Book
from dangjian.activities.dues.payments.models import PaymentOrder
from dangjian.kernel.errors import Refusal


class NoticeRefused(Refusal):
    """A notice that is not accepted. ``code`` is for the program that sent it, ``status`` the answer's."""

    def __init__(self, code: str, message: str, status: int) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


@dataclass(frozen=True, slots=True)
class Fact:
    """Something the payer needs, such as the account's number. ``copied`` is what one tap copies; empty for nothing to copy."""

    label: str
    value: str
    copied: str = ""


@dataclass(frozen=True, slots=True)
class Guidance:
    """How an order is paid: facts to type into a bank's app, or the signed address where it is paid (``url``)."""

    advice: str
    facts: tuple[Fact, ...] = ()
    url: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """What a provider told, its signature and time having been checked.

    ``amount_fen`` is below 0 for money that went back to the payer. ``organization_id`` is whose account it concerns.
    """

    transaction_no: str
    reference: str
    amount_fen: int
    paid_at: dt.datetime
    organization_id: int


@dataclass(frozen=True, slots=True)
class PaymentProvider:
    """A way in which members pay without the branch's treasurer.

    ``ready(book)`` says whether money can reach that account by it. ``guide(order, book, base_url)`` returns how to pay an order;
    ``base_url`` is the platform's address, for links back. An order stays open for ``lifetime``.

    ``read_notice(body, headers)`` checks a notice sent to ``/dues/callback/<code>/`` (headers by lower-case name) and returns it
    or raises ``NoticeRefused``; ``None`` if the provider sends none. It may read, never write: booking is the
    house's work, once for each ``transaction_no``.
    """

    code: str
    title: str
    intro: str
    icon: str
    method: Literal["bank", "online"]
    lifetime: dt.timedelta
    ready: Callable[[Book], bool]
    guide: Callable[[PaymentOrder, Book, str], Guidance]
    read_notice: Callable[[bytes, Mapping[str, str]], Notice] | None = None
    order: int = 100
