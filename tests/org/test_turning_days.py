"""Terms that begin on days with which calculations go wrong."""

import datetime as dt

import pytest

from dangjian.engines.duties.actions import refresh
from dangjian.engines.duties.models import Duty, State
from dangjian.kernel import clock
from dangjian.kernel.errors import Invalid
from dangjian.org.actions import posts, tree
from dangjian.org.models import Organization, Post, TermOfBody
from dangjian.org.scope import everything
from tests import make
from tests.days import on_turning_days

pytestmark = pytest.mark.django_db

ENDS = {
    "2026-12-31": ("2029-12-31", "2030-12-31", "2029-06-30"),
    "2027-01-01": ("2030-01-01", "2031-01-01", "2029-07-01"),
    "2027-02-28": ("2030-02-28", "2031-02-28", "2029-08-28"),
    "2028-02-29": ("2031-02-28", "2032-02-28", "2030-08-28"),
    "2027-08-31": ("2030-08-31", "2031-08-31", "2030-02-28"),
}
"""When the three years of a branch end that begin on the day, how far they may be put off, and when one is reminded."""


def _term(branch: Organization) -> TermOfBody:
    with everything("test"):
        return posts.start_term(actor=make.SYSTEM, organization=branch, starts_on=clock.today())


@on_turning_days
def test_a_term_lasts_three_years_and_a_year_more_at_most(day: str) -> None:
    due_on, limit, _ = map(dt.date.fromisoformat, ENDS[day])
    term = _term(make.branch(make.committee()))
    assert term.due_on == due_on
    with everything("test"):
        with pytest.raises(Invalid, match="延期不得超过"):
            posts.extend_term(actor=make.SYSTEM, term=term, extended_to=limit + dt.timedelta(days=1), document="虚构〔示范〕1号")
        assert posts.extend_term(actor=make.SYSTEM, term=term, extended_to=limit, document="虚构〔示范〕1号").extended_to == limit


@on_turning_days
def test_the_reminder_comes_half_a_year_before_and_ends_with_the_election(day: str) -> None:
    due_on, _, remind_on = map(dt.date.fromisoformat, ENDS[day])
    branch = make.branch(make.committee())
    term = _term(branch)
    asked = Duty.objects.filter(rule="term_end", organization=branch)
    with everything("test"):
        for moment, number in ((remind_on - dt.timedelta(days=1), 0), (remind_on, 1)):
            with clock.at(f"{moment} 06:00"):
                refresh(actor=make.SYSTEM)
                assert asked.count() == number
        assert asked.get().due_on == due_on
        with clock.at(f"{due_on} 09:00"):
            following = posts.start_term(actor=make.SYSTEM, organization=branch, starts_on=due_on)
            refresh(actor=make.SYSTEM)
            assert (asked.get().state, asked.get().done_on) == (State.DONE, due_on)
        term.refresh_from_db()
        assert (term.ended_on, following.number) == (due_on, term.number + 1)


@on_turning_days
def test_who_follows_in_a_post_today_is_in_it_today(day: str) -> None:
    branch = make.branch(make.committee())
    before, after = make.user(), make.user()
    with everything("test"):
        make.post(branch, "secretary", before)
        posts.appoint(actor=make.SYSTEM, organization=branch, user=after, kind="secretary", starts_on=clock.today(), replace=True)
        assert [one.user for one in Post.objects.in_effect().filter(organization=branch)] == [after]
        eve = clock.today() - dt.timedelta(days=1)
        assert [one.user for one in Post.objects.in_effect(eve).filter(organization=branch)] == [before]


@on_turning_days
def test_what_changes_today_is_seen_as_of_the_day(day: str) -> None:
    branch = make.branch(make.committee(), name="虚构旧名党支部")
    with everything("test"):
        tree.rename(
            actor=make.SYSTEM, organization=branch, name="虚构新名党支部", short_name="虚构新名党支部", effective_on=clock.today()
        )
        eve = clock.today() - dt.timedelta(days=1)
        names = [version.name for version in branch.versions.order_by("starts_on")]
        assert names == ["虚构旧名党支部", "虚构新名党支部"]
        assert [version.name for version in branch.versions.as_of(eve)] == ["虚构旧名党支部"]
