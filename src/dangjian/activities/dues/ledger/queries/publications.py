"""What is told to the members once a year, and which publications somebody may read."""

import datetime as dt
from typing import Any

from django.db.models import QuerySet, Sum

from dangjian.activities.dues.billing.models import BranchMonth, Payment
from dangjian.activities.dues.ledger.models import Account, EntryKind, Posting, Publication, Spending, SpendingState
from dangjian.activities.dues.ledger.queries import books
from dangjian.members.models import Member
from dangjian.org.models import Organization
from dangjian.org.openings import inside, own, register

_SUMS = ("bills", "reduced", "exempt", "owed_fen", "paid_fen", "on_time_fen")


def figures(organization: Organization, year: int) -> dict[str, Any]:
    """The year of an organisation as plain values, ready to be kept: money in 分, days as ISO text.

    ``dues``: what its members (all below included) owed and paid for the months of the year; ``incoming`` and ``outgoing``: the
    lines of its own book; ``uses``: what was paid for. Nobody is named: a single sum would tell what somebody earns.
    """
    first, last = dt.date(year, 1, 1), dt.date(year, 12, 31)
    # Whoever may publish for an organisation, it counts all below it.
    with inside(organization):
        months = BranchMonth.objects.filter(organization__path__startswith=organization.path, month__range=(first, last))
        sums = months.aggregate(**{name: Sum(name) for name in _SUMS})
        stated = books.statement(organization, first, last)
        large = books.large_moves(organization, first, last)
        spent = Spending.objects.filter(organization=organization, state=SpendingState.PAID, paid_on__range=(first, last))
        uses = [
            {
                "title": row.title,
                "purpose": row.get_purpose_display(),
                "decision": row.decision,
                "on": row.paid_on.isoformat() if row.paid_on else "",
                "fen": row.amount_fen,
            }
            for row in spent.order_by("paid_on", "pk")
        ]
    return {
        "year": year,
        "organization": organization.name,
        "dues": {name: sums[name] or 0 for name in _SUMS} | {"months": months_count(organization, year)},
        "opening": stated.opening.held,
        "incoming": [{"title": title, "fen": fen} for title, fen in stated.incoming],
        "outgoing": [{"title": title, "fen": fen} for title, fen in stated.outgoing],
        "large_received": large.received,
        "large_passed": large.passed,
        "closing": stated.closing.held,
        "uses": uses,
    }


def months_count(organization: Organization, year: int) -> int:
    """For how many months of the year dues were asked for in the organisation."""
    with inside(organization):
        rows = BranchMonth.objects.filter(organization__path__startswith=organization.path, month__year=year)
        return rows.order_by().values("month").distinct().count()


def readable_by(user_id: int) -> QuerySet[Publication]:
    """Publications of the branch that somebody is a member of and of all above it, newest first."""
    paths = register(Member).filter(user_id=user_id).exclude(branch=None).values_list("branch__path", flat=True)
    above = {path[:end] for path in paths for end in range(8, len(path) + 1, 8)}
    rows = register(Publication).filter(organization__path__in=above)
    return rows.select_related("organization", "published_by").order_by("-year", "-organization__path")


def own_gifts(user_id: int) -> QuerySet[Payment]:
    """A person's own large gifts, newest first."""
    booked = register(Posting).filter(credit=Account.LARGE, entry__kind=EntryKind.RECEIVED).values("payment")
    rows = own(Payment, user_id).filter(pk__in=booked)
    gifts: QuerySet[Payment] = rows.standing().order_by("-paid_on", "-pk")
    return gifts
