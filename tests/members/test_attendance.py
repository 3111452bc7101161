"""Who belongs to an organisation on a day, and who may vote."""

import datetime as dt

import pytest

from dangjian.members import queries
from dangjian.members.actions import account
from dangjian.members.models import GroupAssignment, Sanction, VoteExemption
from dangjian.org.unscoped import unscoped
from tests import make

pytestmark = pytest.mark.django_db
ON = dt.date(2026, 11, 23)


def test_voters_leave_out_probationary_suspended_and_exempt() -> None:
    branch = make.branch(make.committee())
    plain, suspended, exempt, past = (make.member(branch) for _ in range(4))
    probationary = make.member(branch, category="2")
    with unscoped("test"):
        Sanction.objects.create(
            member=suspended, kind="probation_within_party", starts_on=dt.date(2026, 1, 1), ends_on=dt.date(2027, 1, 1)
        )
        Sanction.objects.create(
            member=past, kind="probation_within_party", starts_on=dt.date(2024, 1, 1), ends_on=dt.date(2025, 1, 1)
        )
        Sanction.objects.create(member=plain, kind="warning", starts_on=dt.date(2026, 1, 1))
        VoteExemption.objects.create(member=exempt, reason="abroad", starts_on=dt.date(2026, 1, 1), document="虚构〔2026〕1号")
        assert set(queries.voters(branch, ON)) == {plain, past}
        everybody = [m.pk for m in (plain, suspended, exempt, past, probationary)]
    assert queries.may_vote(everybody, ON) == {plain.pk, exempt.pk, past.pk}
    assert suspended.pk in queries.may_vote(everybody, dt.date(2025, 12, 31))


def test_a_later_conversion_does_not_count_for_an_earlier_day() -> None:
    branch = make.branch(make.committee())
    one = make.member(branch, converted_on=dt.date(2026, 6, 1), joined_on=dt.date(2025, 6, 1))
    assert queries.may_vote([one.pk], dt.date(2026, 5, 31)) == set()
    assert queries.may_vote([one.pk], dt.date(2026, 6, 1)) == {one.pk}


def test_attendees_of_a_past_day() -> None:
    top = make.committee()
    old, new = make.branch(top), make.branch(top)
    stays, moves = make.member(old), make.member(old)
    with unscoped("test"):
        account.move(actor=make.SYSTEM, members=[moves], to=new, effective_on=dt.date(2026, 5, 1))
        assert set(queries.attendees_of(old, dt.date(2026, 4, 30))) == {stays, moves}
        assert set(queries.attendees_of(old, dt.date(2026, 5, 1))) == {stays}
        assert set(queries.attendees_of(new, ON)) == {moves}
        assert set(queries.members_of(top)) == {stays, moves}


def test_groups_and_committees() -> None:
    top = make.committee()
    branch = make.branch(top)
    group = make.group(branch)
    secretary, grouped = make.member(branch, with_user=True), make.member(branch)
    make.post(branch, "secretary", secretary.user)
    make.post(top, "party_worker", secretary.user)
    with unscoped("test"):
        GroupAssignment.objects.create(organization=group, member=grouped, starts_on=dt.date(2026, 1, 1))
        assert set(queries.committee_of(branch, ON)) == {secretary}
        assert set(queries.attendees_of(top, ON)) == set()
        assert set(queries.attendees_of(group, ON)) == {grouped}
        assert set(queries.attendees_of(group, dt.date(2025, 12, 31))) == set()
