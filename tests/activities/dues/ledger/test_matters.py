"""Who keeps books is told so before they go: by name of the book, as accountant or cashier, and not of a closed one."""

import datetime as dt

import pytest

from dangjian.activities.dues.ledger.models import Book
from dangjian.activities.dues.ledger.queries.matters import matters
from dangjian.org.unscoped import unscoped
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


def test_books_are_handed_over_before_somebody_goes() -> None:
    committee = make.committee()
    branch = make.branch(committee)
    keeper, other = make.member(branch, with_user=True), make.member(branch)
    opened_on = dt.date(2026, 1, 1)
    with unscoped("test"):
        Book.objects.create(organization=branch, kind="cash", opened_on=opened_on, cashier=keeper.user)
        Book.objects.create(organization=committee, kind="bank", opened_on=opened_on, accountant=keeper.user)
        closed = make.branch(committee)
        Book.objects.create(organization=closed, kind="cash", opened_on=opened_on, closed_on=opened_on, cashier=keeper.user)
    found = matters([keeper, other])
    assert list(found) == [keeper.pk]
    said = [(one.what, one.text) for one in found[keeper.pk]]
    assert [what for what, _ in said] == ["settled", "settled"]
    expected = zip(said, (committee, branch), ("会计", "出纳"), strict=True)
    assert all(place.short_name in text and work in text for (_, text), place, work in expected)
