"""Groups that are too small, and committees and general branches with fewer members than usual, are noticed and gone again."""

import pytest

from dangjian.engines.duties.models import Duty
from dangjian.kernel.registry import offers
from dangjian.members.actions import groups
from dangjian.members.models import Category
from dangjian.org.duty_offers import DutyRule
from dangjian.org.models import Organization
from dangjian.org.unscoped import unscoped
from tests import make
from tests.days import in_days
from tests.engines.duties.build import duties, refreshed

pytestmark = pytest.mark.django_db


@pytest.fixture
def top() -> Organization:
    return make.committee()


def states(rule: str, organization: Organization) -> list[str]:
    return [one.state for one in duties(rule=rule, organization=organization)]


def test_a_group_is_too_small_until_it_is_not(top: Organization) -> None:
    branch = make.branch(top)
    group = make.group(branch)
    people = [make.member(branch) for _ in range(3)]
    refreshed()
    assert states("group_size", group) == ["open"]
    with unscoped("test"):
        groups.assign(actor=make.SYSTEM, group=group, members=people, effective_on=in_days(0))
    refreshed()
    assert states("group_size", group) == ["done"]


def test_a_group_of_probationary_members_alone_is_noticed(top: Organization) -> None:
    branch = make.branch(top)
    group = make.group(branch)
    people = [make.member(branch, category=Category.PROBATIONARY) for _ in range(3)]
    with unscoped("test"):
        groups.assign(actor=make.SYSTEM, group=group, members=people, effective_on=in_days(0))
    refreshed()
    assert states("group_size", group) == ["open"]


def test_a_general_branch_with_few_members_is_to_be_looked_at(top: Organization) -> None:
    small, large, empty = make.general_branch(top), make.general_branch(top), make.general_branch(top)
    for general, number in ((small, 49), (large, 51)):
        branch = make.branch(general)
        for _ in range(number):
            make.member(branch)
    refreshed()
    assert states("smaller_than_kind", small) == ["open"]
    assert states("smaller_than_kind", large) == []
    assert states("smaller_than_kind", empty) == [], "nobody has been entered yet"
    assert states("smaller_than_kind", top) == [], "a hundred are enough for a committee"
    [duty] = duties(rule="smaller_than_kind", organization=small)
    assert duty.due_on is None, "in general: a warning, never overdue"


def test_a_temporary_branch_owes_neither_term_nor_committee_nor_dues(top: Organization) -> None:
    temporary, usual = make.organization("931", top), make.branch(top)
    for branch in (temporary, usual):
        for _ in range(7):
            make.member(branch)
    refreshed()
    for rule in ("term_missing", "committee_missing", "dues_unassessed"):
        assert states(rule, usual) == ["open"], rule
        assert states(rule, temporary) == [], rule


def test_the_code_of_every_rule_fits_into_its_column() -> None:
    """PostgreSQL refuses a longer one, and with it every refresh of the duties; SQLite takes it."""
    longest = Duty._meta.get_field("rule").max_length
    assert longest
    assert [rule.code for rule in offers(DutyRule) if len(rule.code) > longest] == []
