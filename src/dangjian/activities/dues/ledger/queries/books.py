"""What stands in the books: balances of any day, movements of a period, money between two books, what is free to use.

A balance is counted in the natural direction of its account: money held and what went out by debit, what came in by credit.
Every function runs within the open scope and takes a number of statements that does not grow with the organisations.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Case, OuterRef, Q, QuerySet, Subquery, Sum, When
from django.db.models.functions import Coalesce

from dangjian.activities.dues.ledger.models import (
    INCOME,
    MONEY_HELD,
    USES,
    Account,
    Book,
    EntryKind,
    JournalEntry,
    Posting,
    Spending,
    SpendingState,
    Transfer,
    TransferKind,
    TransferState,
)
from dangjian.org.models import Kind, Organization
from dangjian.org.openings import at, register
from dangjian.org.scope import current

OUTGOING = (Account.PASSED_UP, Account.ALLOCATED_DOWN, *USES)
BY_DEBIT = frozenset({*MONEY_HELD, *OUTGOING})
CARRIED_OVER = Q(entry__kind=EntryKind.OPENING) | Q(entry__reverses__isnull=False, entry__reverses__kind=EntryKind.OPENING)
"""Postings of an opening balance, and of its reversal."""


@dataclass(frozen=True, slots=True)
class Balances:
    """Sums of one book by account, in 分, each in the natural direction of its account; accounts without postings are 0."""

    accounts: Mapping[str, int]

    def of(self, *accounts: Account) -> int:
        """The sum of these accounts."""
        return sum(self.accounts.get(account, 0) for account in accounts)

    @property
    def cash(self) -> int:
        """库存现金."""
        return self.of(Account.CASH)

    @property
    def bank(self) -> int:
        """银行存款."""
        return self.of(Account.BANK)

    @property
    def held(self) -> int:
        """All the money there is."""
        return self.of(*MONEY_HELD)

    @property
    def large(self) -> int:
        """Large gifts not yet passed on."""
        return self.of(Account.LARGE)

    @property
    def opening(self) -> int:
        """What was there when the book began on the platform, large gifts left out."""
        return self.of(Account.OPENING)

    @property
    def income(self) -> int:
        """All that came in since, large gifts left out."""
        return self.of(*INCOME)

    @property
    def paid(self) -> int:
        """What members paid, large gifts left out."""
        return self.of(Account.DUES, Account.EXTRA)

    @property
    def used(self) -> int:
        """What was used for the five purposes."""
        return self.of(*USES)

    @property
    def outgoing(self) -> int:
        """All that went out, large gifts left out."""
        return self.of(*OUTGOING)

    @property
    def adds_up(self) -> bool:
        """Money held is what was there and came in less what went out. True for any books, on any day."""
        return self.held == self.opening + self.income + self.large - self.outgoing

    def __add__(self, other: "Balances") -> "Balances":
        """The sums of both."""
        both = self.accounts.keys() | other.accounts.keys()
        return Balances({account: self.accounts.get(account, 0) + other.accounts.get(account, 0) for account in both})


NOTHING = Balances({})


def _summed(rows: QuerySet[Posting]) -> dict[int, Balances]:
    found: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for side, sign in (("debit", 1), ("credit", -1)):
        grouped = rows.order_by().values_list("entry__organization_id", side).annotate(total=Sum("amount_fen"))
        for organization_id, account, total in grouped:
            found[organization_id][account] += total * (sign if account in BY_DEBIT else -sign)
    return {organization_id: Balances(dict(accounts)) for organization_id, accounts in found.items()}


def balances(day: dt.date, organizations: Collection[int] | QuerySet[Organization] | None = None) -> dict[int, Balances]:
    """The balances of many books at the end of ``day``, by organisation; those without a posting are missing."""
    rows = Posting.objects.filter(entry__booked_on__lte=day)
    return _summed(rows if organizations is None else rows.filter(entry__organization__in=organizations))


def balance(organization: Organization, day: dt.date) -> Balances:
    """The balances of one book at the end of ``day``."""
    return balances(day, [organization.pk]).get(organization.pk, NOTHING)


def movements(
    first: dt.date, last: dt.date, organizations: Collection[int] | QuerySet[Organization] | None = None
) -> dict[int, Balances]:
    """What moved from ``first`` to ``last`` (both included), by organisation; a reversal counts where it is made."""
    rows = Posting.objects.filter(entry__booked_on__range=(first, last))
    return _summed(rows if organizations is None else rows.filter(entry__organization__in=organizations))


def kept_books(day: dt.date) -> QuerySet[Organization]:
    """Organisations with books, with the sums by which their balances at the end of ``day`` are ordered."""
    until = Posting.objects.filter(entry__booked_on__lte=day)
    year = until.filter(entry__booked_on__gte=day.replace(month=1, day=1))
    rows: QuerySet[Organization] = Organization.objects.filter(pk__in=Book.objects.values("organization"))
    return rows.annotate(
        held=_sum_of(until, *MONEY_HELD),
        paid=_sum_of(year, Account.DUES, Account.EXTRA),
        passed=_sum_of(year, Account.PASSED_UP),
        used=_sum_of(year, *USES),
    )


def _sum_of(rows: QuerySet[Posting], *accounts: Account) -> object:
    """A column of organisations: the sum of accounts of one direction, in it."""
    debit, credit = (Case(When(**{f"{side}__in": accounts}, then="amount_fen"), default=0) for side in ("debit", "credit"))
    natural = debit - credit if accounts[0] in BY_DEBIT else credit - debit
    own = rows.filter(entry__organization=OuterRef("pk")).order_by().values("entry__organization")
    return Coalesce(Subquery(own.annotate(total=Sum(natural)).values("total")), 0)


@dataclass(frozen=True, slots=True)
class Statement:
    """收支情况: what one book began with, what moved, and what it ended with.

    ``opening`` includes what was ``carried_over`` when the book began on the platform, if that was in the period.
    """

    first: dt.date
    last: dt.date
    carried_over: int
    opening: Balances
    moved: Balances
    closing: Balances

    @property
    def incoming(self) -> list[tuple[str, int]]:
        """Lines of what came in, large gifts last."""
        return [(account.label, self.moved.of(account)) for account in INCOME]

    @property
    def outgoing(self) -> list[tuple[str, int]]:
        """Lines of what went out."""
        return [(account.label, self.moved.of(account)) for account in OUTGOING]


def statement(organization: Organization, first: dt.date, last: dt.date) -> Statement:
    """The movements of one book between two days."""
    before = balance(organization, first - dt.timedelta(days=1))
    rows = Posting.objects.filter(entry__organization=organization, entry__booked_on__range=(first, last))
    carried = _summed(rows.filter(CARRIED_OVER)).get(organization.pk, NOTHING)
    moved = _summed(rows.exclude(CARRIED_OVER)).get(organization.pk, NOTHING)
    return Statement(first, last, carried.held, before + carried, moved, balance(organization, last))


def carried_over(organization: Organization) -> int:
    """What was in the book when it began on the platform: the opening balance, large gifts included."""
    rows = Posting.objects.filter(CARRIED_OVER, entry__organization=organization)
    return _summed(rows).get(organization.pk, NOTHING).held


@dataclass(frozen=True, slots=True)
class LargeMoves:
    """Large gifts of a period: what came in and what was passed on."""

    received: int
    passed: int


def large_moves(organization: Organization, first: dt.date, last: dt.date) -> LargeMoves:
    """What came to and left ``LARGE`` between two days; a reversal takes off what it reverses."""
    rows = Posting.objects.filter(entry__organization=organization, entry__booked_on__range=(first, last)).exclude(CARRIED_OVER)
    passed = Q(entry__kind=EntryKind.LARGE_PASSED) | Q(entry__reverses__kind=EntryKind.LARGE_PASSED)
    out = _net_debit(rows.filter(passed), Account.LARGE)
    return LargeMoves(received=out - _net_debit(rows, Account.LARGE), passed=out)


def _net_debit(rows: QuerySet[Posting], *accounts: Account) -> int:
    debit = rows.filter(debit__in=accounts).aggregate(total=Sum("amount_fen"))["total"] or 0
    credit = rows.filter(credit__in=accounts).aggregate(total=Sum("amount_fen"))["total"] or 0
    return int(debit - credit)


def in_transit(day: dt.date) -> int:
    """Money that at the end of ``day`` had left one book and not reached another, both of them inside the open scope."""
    inside = current().q("transfer__organization__") & current().q("transfer__superior__")
    # What is under way stands in the books of both sides, and either may be the one that the postings name.
    rows = register(Posting).filter(inside, entry__booked_on__lte=day).exclude(transfer__superior=None)
    return -_net_debit(rows, *MONEY_HELD)


def lowest(organization: Organization, account: Account, since: dt.date) -> int:
    """The smallest balance of ``account`` at the end of any day from ``since`` on: what may be taken out on that day."""
    before = Posting.objects.filter(entry__organization=organization, entry__booked_on__lte=since)
    running = least = _net_debit(before, account)
    later = Posting.objects.filter(entry__organization=organization, entry__booked_on__gt=since)
    changes: dict[dt.date, int] = defaultdict(int)
    for side, sign in (("debit", 1), ("credit", -1)):
        rows = later.filter(**{side: account}).order_by().values_list("entry__booked_on").annotate(total=Sum("amount_fen"))
        for day, total in rows:
            changes[day] += sign * total
    for day in sorted(changes):
        running += changes[day]
        least = min(least, running)
    return least


@dataclass(frozen=True, slots=True)
class Earmark:
    """An allocation received for one purpose, and how much of it is neither used nor passed on."""

    transfer: Transfer
    left_fen: int


def earmarks(organization: Organization) -> list[Earmark]:
    """Allocations of ``organization`` that have something left, oldest first. What is only prepared counts as taken."""
    received = register(Transfer).filter(organization=organization, kind=TransferKind.DOWN, state=TransferState.RECEIVED)
    taken: dict[int, int] = defaultdict(int)
    spent = register(Spending).filter(earmark__in=received, state__in=(SpendingState.PREPARED, SpendingState.PAID))
    passed = register(Transfer).filter(earmark__in=received).exclude(state=TransferState.CANCELLED)
    rows: object
    for rows in (spent, passed):
        for earmark_id, total in rows.order_by().values_list("earmark_id").annotate(total=Sum("amount_fen")):
            taken[earmark_id] += total
    found = [Earmark(row, row.amount_fen - taken[row.pk]) for row in received.order_by("received_on", "pk")]
    return [one for one in found if one.left_fen > 0]


@dataclass(frozen=True, slots=True)
class Funds:
    """What an organisation has, by what it may be used for; they add up to ``held``."""

    held: int
    large: int
    earmarked: int
    reserved: int
    due_up: int
    free: int


def funds(organization: Organization, day: dt.date) -> Funds:
    """What is held now, of it large gifts, allocations bound to a purpose, sums prepared for payment, and the free rest.

    Neither is free what the book began with that was to be passed up, as long as it has not left.
    """
    with at(organization):
        now = balance(organization, day)
    prepared = register(Spending).filter(organization=organization, state=SpendingState.PREPARED)
    allocating = register(Transfer).filter(superior=organization, kind=TransferKind.DOWN, state=TransferState.DUE)
    reserved = sum(rows.aggregate(total=Sum("amount_fen"))["total"] or 0 for rows in (prepared, allocating))
    earmarked = sum(one.left_fen for one in earmarks(organization))
    waiting = register(Transfer).filter(organization=organization, kind=TransferKind.UP, state=TransferState.DUE)
    due_up = waiting.exclude(opening=None).aggregate(total=Sum("due_fen"))["total"] or 0
    return Funds(now.held, now.large, earmarked, reserved, due_up, now.held - now.large - earmarked - reserved - due_up)


def superior_of(organization: Organization) -> Organization | None:
    """The committee to which an organisation passes its dues: the nearest above it that stands, or ``None`` at the top.

    A general branch in between keeps no account of its own (accounts are in the name of a committee).
    """
    above = [organization.path[:end] for end in range(8, len(organization.path), 8)]
    rows = register(Organization).filter(path__in=above, kind=Kind.COMMITTEE)
    found: Organization | None = rows.standing().order_by("-path").first()
    return found


def open_book(organization: Organization) -> Book | None:
    """The book of an organisation that is not closed, whoever asks."""
    return register(Book).filter(organization=organization, closed_on=None).select_related("organization").first()


def directly_below(organization: Organization) -> QuerySet[Organization]:
    """The branches and committees whose ``superior_of`` is ``organization``."""
    inner = Organization.objects.standing().filter(path__startswith=organization.path, kind=Kind.COMMITTEE)
    rows = Organization.objects.standing().filter(path__startswith=organization.path, kind__in=(Kind.BRANCH, Kind.COMMITTEE))
    rows = rows.exclude(pk=organization.pk)
    for path in inner.exclude(pk=organization.pk).values_list("path", flat=True):
        rows = rows.exclude(Q(path__startswith=path) & ~Q(path=path))
    return rows.order_by("path")


def entries(organization: Organization) -> QuerySet[JournalEntry]:
    """The entries of one book with their sums, newest first."""
    rows: QuerySet[JournalEntry] = JournalEntry.objects.filter(organization=organization)
    summed = rows.annotate(amount_fen=Sum("postings__amount_fen")).order_by("-booked_on", "-number")
    return summed.select_related("made_by", "reversed_by")


def climbed(own: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Sums by path including everything below, from sums of single organisations by path (seven digits and ``/`` a level)."""
    found: dict[str, int] = defaultdict(int)
    for path, amount in own:
        for end in range(8, len(path) + 1, 8):
            found[path[:end]] += amount
    return found


def paid_until(day: dt.date) -> dict[str, int]:
    """What members have paid by the end of ``day``, by path of the organisation in whose book it is, all below included."""
    return climbed((path, amount) for path, amount in _paid(day))


def _paid(day: dt.date) -> Iterable[tuple[str, int]]:
    rows = Posting.objects.filter(entry__booked_on__lte=day).order_by()
    paid: object = (Account.DUES, Account.EXTRA)
    for side, sign in (("credit", 1), ("debit", -1)):
        grouped = rows.filter(**{f"{side}__in": paid}).values_list("entry__organization__path").annotate(total=Sum("amount_fen"))
        for path, total in grouped:
            yield path, sign * total
