"""The dues of the reference enterprise add up: bills, payments, books and statistics say the same."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.db.models import Sum

from dangjian.activities.dues.assessment.models import Assessment, Relief
from dangjian.activities.dues.billing.models import Bill, BranchMonth, MonthRun, Payment, PaymentLine
from dangjian.activities.dues.ledger.models import Book, JournalEntry, Publication, Reconciliation, Transfer
from dangjian.activities.dues.ledger.queries import books
from dangjian.activities.dues.oversight.models import ArrearsCase
from dangjian.activities.dues.oversight.queries import figures
from dangjian.demo.calendar import months_back
from dangjian.demo.enterprise import build
from dangjian.demo.organizations import Enterprise
from dangjian.kernel import clock
from dangjian.kernel.statistics import Asked
from dangjian.members.models import Member, Standing
from dangjian.org.models import Organization
from dangjian.org.unscoped import unscoped

pytestmark = pytest.mark.django_db
KINDS = ("salaried", "retired", "annual_salary", "unemployed", "relief")


@pytest.fixture
def filled() -> Iterator[Enterprise]:
    """The enterprise without meetings' people, with its dues."""
    _as_if_new()
    enterprise = build(with_people=False, stories={"dues"})
    with unscoped("test"):
        yield enterprise


def _as_if_new() -> None:
    """The demonstration fills an empty database, in which PostgreSQL goes by how much lies in a table.

    A table in which other tests left room without rows it would take for empty, however much comes into it.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE dues_payment, dues_paymentline, dues_branchmonth CASCADE")


@pytest.mark.day("2026-11-23")  # which transfers are on their way depends on the day of the quarter
def test_dues_of_the_enterprise(filled: Enterprise) -> None:
    months = months_back(clock.today())[-15:]
    committee = filled.committee
    _everybody_is_assessed()
    assert list(MonthRun.objects.order_by("month").values_list("month", flat=True)) == months
    found = figures.DUES.total(Asked(committee, months[0], months[-1]), "organization")
    _bills_payments_and_sums_agree(found)
    over = figures.DUES.total(Asked(committee, months[0], months[-2]), "organization")
    assert 0.95 < (over.rate or 0) < 1, "of the running month nobody need have paid yet on its first day"
    _books_balance(filled)
    states = set(Transfer.objects.values_list("state", flat=True))
    assert {"due", "sent", "received"} <= states
    assert Publication.objects.filter(year=clock.today().year - 1).count() > 40
    assert Reconciliation.objects.filter(checked_at__isnull=False).count() == 13
    talks = ArrearsCase.objects.filter(stage="talk").values_list("months", flat=True)
    assert sorted(talks) == [3, 4, 7]
    assert ArrearsCase.objects.filter(stage="case").count() == 1
    _the_visitors_branch_has_this_month_before_it(filled)


def _everybody_is_assessed() -> None:
    running = Assessment.objects.in_month(clock.today().replace(day=1))
    members = Member.objects.filter(standing=Standing.NORMAL)
    assert members.exclude(pk__in=running.values("member")).count() == 0
    kinds = list(running.values_list("kind", flat=True))
    assert set(kinds) <= set(KINDS)
    assert 0.1 < kinds.count("retired") / len(kinds) < 0.14
    assert Relief.objects.filter(state="proposed").count() == 2


def _bills_payments_and_sums_agree(total: figures.Figures) -> None:
    bills = Bill.objects.aggregate(owed=Sum("owed_fen"), paid=Sum("paid_fen"))
    sums = BranchMonth.objects.aggregate(owed=Sum("owed_fen"), paid=Sum("paid_fen"))
    assert bills == sums == {"owed": total.owed_fen, "paid": total.paid_fen}
    assert PaymentLine.objects.aggregate(paid=Sum("amount_fen"))["paid"] == total.paid_fen
    extra = Payment.objects.aggregate(extra=Sum("extra_fen"))["extra"]
    assert Payment.objects.aggregate(all=Sum("amount_fen"))["all"] == total.paid_fen + extra
    assert total.extra_fen == extra


def _books_balance(enterprise: Enterprise) -> None:
    """What was received is in some book, on its way, gone to the superior outside or used."""
    today = clock.today()
    held = sum(one.held for one in books.balances(today).values())
    received = Payment.objects.aggregate(all=Sum("amount_fen"))["all"]
    outside = Transfer.objects.filter(superior=None).aggregate(all=Sum("amount_fen"))["all"]
    stands = books.balance(enterprise.committee, today)
    used = sum(fen for account, fen in stands.accounts.items() if account.startswith("51"))
    interest = stands.accounts["4005"]
    assert held + books.in_transit(today) == received + interest - outside - used
    for branch in Organization.objects.filter(kind="branch"):
        assert books.balance(branch, today).held >= 0
    for book in Book.objects.all():
        numbers = list(
            JournalEntry.objects.filter(organization=book.organization).order_by("number").values_list("number", flat=True)
        )
        assert numbers == list(range(1, book.last_number + 1))


def _the_visitors_branch_has_this_month_before_it(enterprise: Enterprise) -> None:
    month = BranchMonth.objects.get(organization=enterprise.branches[0][1], month=clock.today().replace(day=1))
    assert month.unsettled == month.bills > 20
