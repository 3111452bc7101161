"""Whose money an arrival that did not match may be: what the accountant is offered to choose from."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import F, Sum

from dangjian.activities.dues.billing.models import Bill, Payment
from dangjian.activities.dues.payments.banking import references
from dangjian.activities.dues.payments.models import OrderState, PaymentOrder
from dangjian.activities.dues.payments.queries import orders as paying
from dangjian.activities.dues.payments.queries.arrivals import Arrival, facts_of
from dangjian.kernel.names import fold
from dangjian.members.models import Member
from dangjian.members.queries.people import found_by_text
from dangjian.org.models import Organization
from dangjian.org.openings import register

SHOWN: Final = 8
LOOK_BACK: Final = dt.timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A member whose money it may be. With ``exact`` one tap books it: ``bills`` and ``extra_fen`` come to the money."""

    member: Member
    bills: tuple[Bill, ...]
    why: str
    exact: bool
    order: PaymentOrder | None = None
    extra_fen: int = 0

    @property
    def owed_fen(self) -> int:
        """What the bills come to."""
        return sum(bill.left_fen for bill in self.bills)


def for_money_in(arrival: Arrival, account: Organization) -> list[Candidate]:
    """Candidates for money that came in, the likeliest first, each member once."""
    found: dict[int, Candidate] = {}
    for candidate in _likely(arrival, account):
        known = found.get(candidate.member.pk)
        if known is None or (candidate.exact and not known.exact):
            found[candidate.member.pk] = candidate
        if len(found) == SHOWN:
            break
    return sorted(found.values(), key=lambda one: not one.exact)


def _likely(arrival: Arrival, account: Organization) -> Iterator[Candidate]:
    facts = facts_of(arrival)
    codes = references.quoted_in(facts.quoted).codes
    named = paying.payers_into(account).select_related("branch")
    # Those who pay into this account and nobody else, however the order is found: for others it cannot be claimed.
    orders = register(PaymentOrder).filter(member__in=paying.payers_into(account)).select_related("member__branch")
    for order in orders.filter(reference__in=codes):
        yield _of_order(arrival.amount_fen, order, "附言码")
    if facts.payer:
        for member in named.filter(name__named=facts.payer)[:SHOWN]:
            yield of_member(arrival.amount_fen, member, "户名相同")
    waiting = orders.filter(held_by=account, amount_fen=arrival.amount_fen, payment=None)
    for order in waiting.exclude(state__in=(OrderState.CANCELLED, OrderState.SETTLED)).order_by("-made_at")[:SHOWN]:
        yield _of_order(arrival.amount_fen, order, "有金额相同的订单")
    for member in named.filter(pk__in=_owing(account, arrival.amount_fen))[:SHOWN]:
        yield of_member(arrival.amount_fen, member, "未交的党费正好是这个数")


def _owing(account: Organization, amount_fen: int) -> list[int]:
    bills = register(Bill).filter(organization__path__startswith=account.path)
    sums = bills.unsettled().order_by().values("member").annotate(left=Sum(F("owed_fen") - F("paid_fen")))
    return list(sums.filter(left=amount_fen).values_list("member", flat=True)[:SHOWN])


def _of_order(amount_fen: int, order: PaymentOrder, why: str) -> Candidate:
    bills = tuple(bill for bill in paying.open_bills(order.member_id).filter(month__in=order.bill_months) if bill.left_fen)
    comes_to = sum(bill.left_fen for bill in bills) + order.extra_fen
    exact = order.amount_fen == amount_fen == comes_to and order.payment_id is None
    if not exact:
        return of_member(amount_fen, order.member, why)
    return Candidate(order.member, bills, why, exact=True, order=order, extra_fen=order.extra_fen)


def of_member(amount_fen: int, member: Member, why: str) -> Candidate:
    """A member with their open bills from the oldest on, as many as the money covers."""
    bills = [bill for bill in paying.open_bills(member.pk) if bill.left_fen]
    chosen = bills_covered(amount_fen, bills)
    return Candidate(member, chosen, why, exact=bool(chosen) and sum(bill.left_fen for bill in chosen) == amount_fen)


def bills_covered(amount_fen: int, bills: Sequence[Bill]) -> tuple[Bill, ...]:
    """The bills from the first on that the money reaches, the last perhaps in part."""
    chosen, left = [], amount_fen
    for bill in bills:
        if left <= 0:
            break
        chosen.append(bill)
        left -= bill.left_fen
    return tuple(chosen)


def by_name(text: str, account: Organization) -> list[Member]:
    """Members who pay into the account, by name or its pinyin."""
    rows = paying.payers_into(account).select_related("branch")
    return list(rows.filter(found_by_text(text)).order_by("name_sort", "pk")[:SHOWN])


def for_money_back(arrival: Arrival, account: Organization) -> list[Payment]:
    """Payments that money which went back may belong to: of the same sum, latest first; those of the payer or order first."""
    facts = facts_of(arrival)
    day, payer = facts.day, fold(facts.payer)
    rows = paying.received_in(account).filter(
        amount_fen=-arrival.amount_fen, reverses=None, paid_on__range=(day - LOOK_BACK, day)
    )
    free = rows.filter(reversed_by__statement_line=None, reversed_by__notice=None)
    found = list(free.select_related("member", "organization", "reversed_by").order_by("-paid_on", "-pk")[: SHOWN * 4])
    ordered = arrival.order.payment_id if arrival.order else None
    found.sort(key=lambda one: (one.pk != ordered, not payer or payer not in {fold(one.member.name), fold(one.payer_name)}))
    return found[:SHOWN]
