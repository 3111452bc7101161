"""Reads for money that comes through a bank or a provider: into whose account, for which order, whose it may be.

Whoever keeps an account must find the payers below it, beyond the rows of their own organisation. So these reads look into the
registers and limit themselves to the account, or the member, that they are given.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from django.db.models import Q, QuerySet

from dangjian.activities.dues.billing.models import Bill, Payment, PaymentMethod
from dangjian.activities.dues.ledger.models import Book, BookKind, Reconciliation
from dangjian.activities.dues.payments.banking import matching
from dangjian.activities.dues.payments.banking.matching import Namesake, OpenBill, Ordered
from dangjian.activities.dues.payments.models import OrderState, PaymentOrder, StatementLine
from dangjian.kernel import clock
from dangjian.kernel.names import fold
from dangjian.members.models import Member
from dangjian.org.models import Organization
from dangjian.org.openings import own, register

SETTLING: Final = dt.timedelta(days=7)
"""Within so many days a provider's money reaches the bank."""
STEP: Final = 8
"""Length of one organisation in a path."""


def account_for(organization: Organization) -> Book | None:
    """The account at a bank into which members of ``organization`` pay: its own or that of the nearest superior."""
    above = [organization.path[:end] for end in range(STEP, len(organization.path) + 1, STEP)]
    books = register(Book).filter(organization__path__in=above, kind=BookKind.BANK, closed_on=None)
    return books.select_related("organization").order_by("-organization__path").first()


def payers_into(account: Organization) -> QuerySet[Member]:
    """The members whose account it is: those below it, without those below another account in between."""
    nested = register(Book).filter(kind=BookKind.BANK, closed_on=None, organization__path__startswith=account.path)
    others = list(nested.exclude(organization=account).values_list("organization__path", flat=True))
    rows = register(Member).filter(branch__path__startswith=account.path)
    apart = Q()
    for path in others:
        apart |= Q(branch__path__startswith=path)
    return rows.exclude(apart) if others else rows


def record_of(user_id: int | None) -> Member | None:
    """The member whose account it is, with the branch."""
    if user_id is None:
        return None
    return register(Member).filter(user=user_id).select_related("branch").first()


def names_of_payers(account: Organization) -> Mapping[str, Sequence[int]]:
    """Numbers of the members who pay into an account by their names as they are compared."""
    found: dict[str, list[int]] = defaultdict(list)
    for pk, name in payers_into(account).values_list("pk", "name"):
        found[fold(name)].append(pk)
    return found


def open_bills(member_id: int) -> QuerySet[Bill]:
    """What a member still has to pay, in whichever branch it arose, oldest first."""
    rows = register(Bill).filter(member=member_id)
    found: QuerySet[Bill] = rows.unsettled().soonest_first()
    return found


def as_facts(bills: Iterable[Bill]) -> tuple[OpenBill, ...]:
    """Bills as the policy of matching sees them."""
    return tuple(OpenBill(bill.pk, bill.left_fen) for bill in bills if bill.left_fen)


def ordered(order: PaymentOrder, account_id: int) -> Ordered:
    """An order as the policy of matching sees it, from the account whose money is to be matched."""
    return Ordered(
        pk=order.pk,
        state=order.state,
        amount_fen=order.amount_fen,
        extra_fen=order.extra_fen,
        bills=as_facts(open_bills(order.member_id).filter(month__in=order.bill_months)),
        in_this_account=order.held_by_id == account_id,
        told=order.state == OrderState.PAID and _without_line(register(Payment).filter(order=order)).exists(),
    )


def _without_line(payments: QuerySet[Payment]) -> QuerySet[Payment]:
    """Those that a provider told of and no line of the bank has confirmed."""
    return payments.filter(method=PaymentMethod.ONLINE, statement_line=None, reverses=None, reversed_by=None)


def unconfirmed(account_id: int, amount_fen: int, day: dt.date) -> QuerySet[Payment]:
    """Online payments of that amount, told about that day, that no line of the bank has confirmed."""
    rows = register(Payment).filter(held_by=account_id, amount_fen=amount_fen, paid_on__range=(day - SETTLING, day + SETTLING))
    return _without_line(rows).select_related("member", "organization").order_by("-paid_on", "-pk")


def received_in(account: Organization) -> QuerySet[Payment]:
    """Payments whose money an account holds, of whichever branch."""
    return register(Payment).filter(held_by=account)


def namesakes(member_ids: Sequence[int], account_id: int, amount_fen: int, day: dt.date) -> list[Namesake]:
    """Members of one name as the policy of matching sees them."""
    told = set(unconfirmed(account_id, amount_fen, day).filter(member__in=member_ids).values_list("member_id", flat=True))
    return [
        Namesake(
            pk=pk,
            bills=as_facts(open_bills(pk)),
            orders=tuple(ordered(order, account_id) for order in open_orders(pk).select_for_update(of=("self",))),
            told_alike=pk in told,
        )
        for pk in member_ids
    ]


def open_orders(member_id: int) -> QuerySet[PaymentOrder]:
    """Orders of a member that wait for their money and have not expired, oldest first."""
    return register(PaymentOrder).filter(member=member_id, state=OrderState.OPEN, expires_at__gt=clock.now()).order_by("pk")


def own_orders(user_id: int | None) -> QuerySet[PaymentOrder]:
    """A person's own orders, with their payment and the account that is to receive the money."""
    return own(PaymentOrder, user_id).select_related("organization", "payment__reversed_by", "held_by")


def order_of(member: Member, number: int | None) -> PaymentOrder | None:
    """The order of that number, if it is the member's."""
    return register(PaymentOrder).filter(pk=number or 0, member=member).first()


def order_for(payment: Payment) -> PaymentOrder | None:
    """The order that a payment settled."""
    return register(PaymentOrder).filter(payment=payment).select_related("organization").first()


def maybe_known(line: StatementLine) -> bool:
    """Whether another file gave a line that may be this one: of the same day and amount, and nothing tells the two apart."""
    rows = register(StatementLine).filter(organization=line.organization_id, booked_on=line.booked_on, amount_fen=line.amount_fen)
    return any(_may_be(line, other) for other in rows.exclude(statement=line.statement_id))


def _may_be(line: StatementLine, other: StatementLine) -> bool:
    if (line.by_balance and other.by_balance) or (line.serial and other.serial):
        # Alike in these they would be one line already.
        return False
    payer, other_payer = fold(line.payer_name), fold(other.payer_name)
    if payer and other_payer and payer != other_payer:
        return False
    alike = payer == other_payer and "".join(line.remark.split()) == "".join(other.remark.split())
    # Lines that are alike in everything are told apart by counting them.
    return not (alike and line.fingerprint[0] == other.fingerprint[0])


def day_to_book(account_id: int, day: dt.date) -> dt.date:
    """The day on which money of ``day`` is booked: that day, or today if its month has been reconciled since."""
    closed = register(Reconciliation).filter(organization=account_id, month__gte=day.replace(day=1), checked_at__isnull=False)
    return clock.today() if closed.exists() else min(day, clock.today())


def expired(order: PaymentOrder) -> bool:
    """Whether an open order's time is over; its money is booked all the same if it still fits."""
    return order.state == matching.OPEN and order.expires_at <= clock.now()
