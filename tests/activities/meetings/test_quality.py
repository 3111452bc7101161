"""Records of meetings are looked at every month: whether they are finished, and whether that was soon enough."""

import datetime as dt

import pytest

from dangjian.activities.meetings.models import Meeting, Status
from dangjian.activities.meetings.quality import late, unfinished
from dangjian.kernel import clock
from dangjian.kernel.periods import MONTH, Span
from dangjian.org.models import Organization
from dangjian.org.quality_offers import Asking, Examined
from dangjian.org.unscoped import unscoped
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.day("2026-11-23")]


def asking(*organizations: Organization) -> Asking:
    return Asking(Span.of(clock.today(), MONTH), [one.pk for one in organizations] or None)


def meeting(organization: Organization, held_on: dt.date, closed_on: dt.date | None = None, **more: object) -> Meeting:
    with unscoped("the test"):
        return Meeting.objects.create(
            organization=organization,
            title="虚构会议",
            status=Status.CLOSED if closed_on else Status.HELD,
            held_on=held_on,
            closed_at=f"{closed_on} 09:00+08:00" if closed_on else None,
            number=f"虚构{held_on}{closed_on}" if closed_on else "",
            **more,
        )


def said(found: Examined) -> list[str]:
    return [flaw.text for flaw in found.flaws]


@pytest.fixture
def branch() -> Organization:
    return make.branch(make.committee())


@pytest.mark.parametrize(("held_on", "expected"), [(dt.date(2026, 11, 8), 1), (dt.date(2026, 11, 9), 0)])
def test_a_record_is_unfinished_once_the_days_of_the_setting_are_over(
    branch: Organization, held_on: dt.date, expected: int
) -> None:
    one = meeting(branch, held_on)
    with unscoped("checks run so"):
        found = unfinished(asking())
    flaws = list(found.flaws)
    assert len(flaws) == expected
    assert found.looked_at == ({branch.pk: 1} if expected else {})
    assert all(flaw.url.endswith(f"/{one.pk}/") and flaw.permission == "meetings.view" for flaw in flaws)


def test_a_closed_record_a_meeting_before_going_live_and_one_of_long_ago_are_not_asked_for(branch: Organization) -> None:
    meeting(branch, dt.date(2026, 10, 1), dt.date(2026, 10, 5))
    meeting(branch, dt.date(2025, 11, 1))
    new = make.branch(make.committee(), live_on=dt.date(2026, 11, 1))
    meeting(new, dt.date(2026, 10, 1))
    with unscoped("checks run so"):
        found = unfinished(asking())
    assert said(found) == []
    assert found.looked_at == {branch.pk: 1}


@pytest.mark.parametrize(("held_on", "is_late"), [(dt.date(2026, 11, 5), False), (dt.date(2026, 11, 4), True)])
def test_a_record_is_late_in_the_month_in_which_it_was_closed(branch: Organization, held_on: dt.date, is_late: bool) -> None:
    meeting(branch, held_on, dt.date(2026, 11, 20))
    meeting(branch, dt.date(2026, 9, 1), dt.date(2026, 10, 20))
    with unscoped("checks run so"):
        found = late(asking())
    assert found.looked_at == {branch.pk: 1}
    assert bool(said(found)) is is_late


def test_meetings_of_a_group_belong_to_its_branch(branch: Organization) -> None:
    group = make.group(branch)
    other = make.branch(make.committee())
    meeting(group, dt.date(2026, 10, 1))
    meeting(other, dt.date(2026, 10, 2))
    with unscoped("checks run so"):
        found = unfinished(asking(branch))
    assert [flaw.organization_id for flaw in found.flaws] == [branch.pk]
    assert found.looked_at == {branch.pk: 1}
