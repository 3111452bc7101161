"""Lines of the account, ages and 党龄 on days with which calculations go wrong."""

import datetime as dt

import pytest

from dangjian.kernel import clock
from dangjian.kernel.errors import Invalid
from dangjian.members import policy
from dangjian.members.actions import account
from dangjian.members.filters import of_age
from dangjian.members.models import ChangeKind, Member
from dangjian.members.queries import count, flow
from dangjian.org.models import Organization
from dangjian.org.unscoped import unscoped
from tests import make
from tests.days import in_days, on_turning_days

pytestmark = pytest.mark.django_db

PROBATIONS = {
    "2026-12-31": ("2027-12-31", "2028-06-30"),
    "2027-01-01": ("2028-01-01", "2028-07-01"),
    "2027-02-28": ("2028-02-28", "2028-08-28"),
    "2028-02-29": ("2029-02-28", "2029-08-28"),
    "2027-08-31": ("2028-08-31", "2029-02-28"),
}
"""When a probation that begins on the day ends, and when if it is prolonged by half a year."""


@pytest.fixture
def branch() -> Organization:
    return make.branch(make.committee())


def _admitted(branch: Organization) -> Member:
    one = Member(name="虚构新人", name_sort="x")
    common = {"kind": ChangeKind.ADMITTED, "effective_on": clock.today(), "category": "2"}
    with unscoped("test"):
        account.enter(actor=make.SYSTEM, member=one, branch=branch, **common)
    return one


@on_turning_days
def test_who_comes_goes_and_moves_today_counts_from_today(day: str, branch: Organization) -> None:
    other = make.branch(branch.parent)
    stays, goes, moves = (make.member(branch) for _ in range(3))
    _admitted(branch)
    with unscoped("test"):
        common = {"actor": make.SYSTEM, "effective_on": clock.today()}
        account.leave(member=goes, kind=ChangeKind.DECEASED, **common)
        account.move(members=[moves], to=other, **common)
    eve, today, morrow = in_days(-1), clock.today(), in_days(1)
    assert [count(branch.pk, on) for on in (eve, today, morrow)] == [3, 2, 2]
    for after, until in ((eve, today), (in_days(-400), morrow), (dt.date(today.year - 1, 12, 31), today)):
        of_branch, of_all = flow(branch.pk, after, until), flow(branch.parent_id, after, until)
        assert (of_branch.opening, of_branch.increases, of_branch.decreases, of_branch.closing) == (
            3,
            {"admitted": 1},
            {"deceased": 1, "moved_out": 1},
            2,
        )
        assert (of_all.increases, of_all.decreases, of_all.closing) == ({"admitted": 1}, {"deceased": 1}, 3)
        assert of_branch.balances
        assert of_all.balances
    assert flow(branch.pk, today, morrow).increases == {}
    assert stays.standing == "normal"


@on_turning_days
def test_a_probation_lasts_a_year_and_is_prolonged_by_half_a_year(day: str, branch: Organization) -> None:
    ends_on, prolonged_to = map(dt.date.fromisoformat, PROBATIONS[day])
    one, other = _admitted(branch), _admitted(branch)
    with unscoped("test"):
        with clock.at(f"{ends_on} 09:00"):
            with pytest.raises(Invalid, match="不能提前转正"):
                account.convert(actor=make.SYSTEM, member=one, effective_on=in_days(-1))
            account.convert(actor=make.SYSTEM, member=one, effective_on=ends_on)
            account.extend_probation(actor=make.SYSTEM, member=other, months=6, effective_on=ends_on)
        assert other.probation_extended_to == prolonged_to
        with clock.at(f"{prolonged_to} 09:00"):
            with pytest.raises(Invalid, match="不能提前转正"):
                account.convert(actor=make.SYSTEM, member=other, effective_on=in_days(-1))
            account.convert(actor=make.SYSTEM, member=other, effective_on=prolonged_to)
    assert one.converted_on == ends_on


@on_turning_days
def test_ages_and_the_filter_by_age_agree(day: str, branch: Organization) -> None:
    today = clock.today()
    births = [dt.date(1996, 2, 28), dt.date(1996, 2, 29), dt.date(1996, 3, 1), policy.born_by(31, today), in_days(-365 * 31)]
    births += [policy.born_by(31, today) + dt.timedelta(days=1), dt.date(1995, 12, 31), dt.date(1996, 1, 1), dt.date(1996, 8, 31)]
    for birth in births:
        make.member(branch, birth_on=birth)
    with unscoped("test"):
        found = {code: {one.birth_on for one in Member.objects.filter(of_age(code), branch=branch)} for code in ("le30", "31_35")}
    assert found["le30"] == {birth for birth in births if policy.age(birth, today) <= 30}
    assert found["31_35"] == {birth for birth in births if 31 <= policy.age(birth, today) <= 35}


@on_turning_days
def test_party_age_grows_on_the_day_of_the_conversion(day: str) -> None:
    today = clock.today()
    assert policy.party_age(today, today) == 0
    a_year_on = dt.date.fromisoformat(PROBATIONS[day][0])
    assert [policy.party_age(today, on) for on in (a_year_on - dt.timedelta(days=1), a_year_on)] == [0, 1]
