"""Terms that begin on days with which calculations go wrong."""

import datetime as dt

import pytest

from dangjian.kernel import clock
from dangjian.kernel.errors import Invalid
from dangjian.org.actions import posts, tree
from dangjian.org.models import OrganizationVersion, Post
from dangjian.org.unscoped import unscoped
from tests import make
from tests.days import in_days, on_turning_days

pytestmark = pytest.mark.django_db

ENDS = {
    "2026-12-31": ("2029-12-31", "2030-12-31"),
    "2027-01-01": ("2030-01-01", "2031-01-01"),
    "2027-02-28": ("2030-02-28", "2031-02-28"),
    "2028-02-29": ("2031-02-28", "2032-02-28"),
    "2027-08-31": ("2030-08-31", "2031-08-31"),
}
"""When the three years of a branch end that begin on the day, and how far they may be put off."""


@on_turning_days
def test_a_term_lasts_three_years_and_a_year_more_at_most(day: str) -> None:
    due_on, limit = map(dt.date.fromisoformat, ENDS[day])
    branch = make.branch(make.committee())
    with unscoped("test"):
        term = posts.start_term(actor=make.SYSTEM, organization=branch, starts_on=clock.today())
        assert term.due_on == due_on
        with pytest.raises(Invalid, match="延期不得超过"):
            posts.extend_term(actor=make.SYSTEM, term=term, extended_to=limit + dt.timedelta(days=1), document="虚构〔示范〕1号")
        assert posts.extend_term(actor=make.SYSTEM, term=term, extended_to=limit, document="虚构〔示范〕1号").extended_to == limit


@on_turning_days
def test_who_follows_in_a_post_today_is_in_it_today(day: str) -> None:
    branch = make.branch(make.committee())
    before, after = make.user(), make.user()
    with unscoped("test"):
        make.post(branch, "secretary", before)
        posts.appoint(actor=make.SYSTEM, organization=branch, user=after, kind="secretary", starts_on=clock.today(), replace=True)
        assert [one.user for one in Post.objects.in_effect().filter(organization=branch)] == [after]
        assert [one.user for one in Post.objects.in_effect(in_days(-1)).filter(organization=branch)] == [before]


@on_turning_days
def test_what_changes_today_is_seen_as_of_the_day(day: str) -> None:
    branch = make.branch(make.committee(), name="虚构旧名党支部")
    with unscoped("test"):
        tree.rename(
            actor=make.SYSTEM, organization=branch, name="虚构新名党支部", short_name="虚构新名党支部", effective_on=clock.today()
        )
        names = {on: OrganizationVersion.objects.as_of(on).get(organization=branch).name for on in (in_days(-1), clock.today())}
        assert list(names.values()) == ["虚构旧名党支部", "虚构新名党支部"]
