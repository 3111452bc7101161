"""What members owe the duties' engine: the rows that date a duty can be read as what they are."""

import datetime as dt

import pytest

from dangjian.kernel.reach import Scope
from dangjian.members.duties.organisations import terms_ending
from dangjian.org.scope import opened
from tests import make

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 11, 23)


@pytest.mark.parametrize("extended_to", [None, dt.date(2027, 3, 1)])
def test_a_term_that_ends_says_its_last_day(extended_to: dt.date | None) -> None:
    committee = make.committee()
    with opened(Scope(None, "a test")):
        committee.terms.create(number=1, starts_on=dt.date(2022, 1, 1), due_on=dt.date(2027, 1, 1), extended_to=extended_to)
        [found] = terms_ending(TODAY)
    assert found.last_day == (extended_to or dt.date(2027, 1, 1))
