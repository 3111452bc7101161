"""The steps of 「开始使用」 on the roster: members in every branch, complete records, groups in large branches."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dangjian.kernel.offers import StartedState, StartStep
from dangjian.members.models import Member
from dangjian.members.start_roster import groups, records, roster
from dangjian.org.models import Organization
from dangjian.org.unscoped import unscoped
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def top() -> Organization:
    return make.committee(name="虚构集团党委")


def state(step: object, organization: Organization) -> StartedState | None:
    with unscoped("test world"):
        found: StartedState | None = step(None, organization)  # type: ignore[operator]  # a function of a step
    return found


def test_nothing_is_asked_before_there_are_branches_and_members(top: Organization) -> None:
    assert state(roster, top) is None
    branch = make.branch(top)
    assert state(records, top) is None
    assert state(groups, branch) is None


def test_the_roster_is_there_when_every_branch_has_members(top: Organization) -> None:
    first, second = make.branch(top, name="虚构甲支部"), make.branch(top, name="虚构乙支部")
    make.member(first)
    half = state(roster, top)
    assert half
    assert (half.is_done, half.done, half.total, half.missing) == (False, 1, 2, "“虚构乙支部”还没有党员。")
    assert "sheet=roster" in half.url
    make.member(second)
    assert state(roster, top) == StartedState(is_done=True, url=half.url, done=2, total=2)


def test_many_branches_are_named_by_three_and_their_number(top: Organization) -> None:
    for number in range(5):
        make.branch(top, name=f"虚构{number}支部")
    found = state(roster, top)
    assert found
    assert found.missing == "“虚构0支部”、“虚构1支部”、“虚构2支部”等5个党支部还没有党员。"


def test_records_are_measured_by_the_setting_of_the_unit(top: Organization) -> None:
    weak, good = make.branch(top, name="虚构甲支部"), make.branch(top, name="虚构乙支部")
    make.branch(top)
    with unscoped("test world"):
        for branch, percent in ((weak, 95), (weak, 84), (good, 90)):
            Member.objects.filter(pk=make.member(branch).pk).update(completeness=percent)
    found = state(records, top)
    assert found
    assert (found.is_done, found.done, found.total) == (False, 1, 2)
    assert found.missing == "“虚构甲支部”的党员信息平均完整度不到90%。"
    of_good = state(records, good)
    assert of_good
    assert of_good.is_done


def test_only_large_branches_are_to_be_divided(top: Organization) -> None:
    large, small = make.branch(top, name="虚构甲支部"), make.branch(top)
    for _ in range(19):
        make.member(large)
    make.member(small)
    assert state(groups, top) == StartedState(is_done=True)
    make.member(large)
    found = state(groups, top)
    assert found
    assert (found.is_done, found.done, found.total) == (False, 0, 1)
    assert "“虚构甲支部”党员在20人以上，还没有划分党小组" in found.missing
    assert "可以不划分" in found.missing
    make.group(large)
    assert state(groups, top) == StartedState(is_done=True, done=1, total=1)


@pytest.mark.parametrize("step", [roster, records, groups])
def test_the_number_of_queries_does_not_grow(top: Organization, step: object) -> None:
    def asked(number: int) -> int:
        for _ in range(number):
            make.member(make.branch(top))
        with CaptureQueriesContext(connection) as queries:
            state(step, top)
        return len(queries)

    assert asked(1) == asked(4)


def test_the_steps_are_offered() -> None:
    from dangjian.kernel.registry import by_code

    steps = by_code(StartStep)
    order = ["organizations", "officers", "roster", "records", "groups", "officer_accounts"]
    assert sorted(order, key=lambda code: steps[code].order) == order
