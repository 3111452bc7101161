"""Who may not be elected does not take a post of a committee; what he was before counts for posts of before."""

import datetime as dt

import pytest

from dangjian.accounts.models import User
from dangjian.kernel.errors import Invalid
from dangjian.members.models import Category
from dangjian.org.actions import posts
from dangjian.org.models import Organization, Post, PostKind
from dangjian.org.scope import everything
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.day("2026-11-23")]


@pytest.fixture
def branch() -> Organization:
    return make.branch(make.committee())


def member(branch: Organization, category: str, joined_on: dt.date, converted_on: dt.date | None) -> User:
    made = make.member(branch, category=category, joined_on=joined_on, converted_on=converted_on, with_user=True)
    assert made.user
    return made.user


def appoint(branch: Organization, user: User, kind: str, starts_on: dt.date) -> Post:
    with everything("test"):
        return posts.appoint(actor=make.SYSTEM, organization=branch, user=user, kind=kind, starts_on=starts_on)


def test_a_probationary_member_takes_no_post_of_a_committee(branch: Organization) -> None:
    user = member(branch, Category.PROBATIONARY, dt.date(2026, 3, 1), None)
    with pytest.raises(Invalid, match="还是预备党员，没有被选举权") as refused:
        appoint(branch, user, PostKind.ORGANISATION_MEMBER, dt.date(2026, 11, 1))
    assert "第五条" in refused.value.citation
    with everything("test"):
        assert not Post.objects.filter(user=user).exists()


def test_a_full_member_does(branch: Organization) -> None:
    user = member(branch, Category.FULL, dt.date(2024, 3, 1), dt.date(2025, 3, 1))
    assert appoint(branch, user, PostKind.ORGANISATION_MEMBER, dt.date(2025, 3, 1)).pk


def test_nobody_has_held_a_post_while_on_probation(branch: Organization) -> None:
    user = member(branch, Category.FULL, dt.date(2024, 3, 1), dt.date(2025, 3, 1))
    with pytest.raises(Invalid, match="在2024年6月1日还是预备党员"):
        appoint(branch, user, PostKind.SECRETARY, dt.date(2024, 6, 1))


def test_before_the_rule_and_without_a_record_nothing_is_guessed(branch: Organization) -> None:
    old = member(branch, Category.FULL, dt.date(2019, 12, 1), dt.date(2020, 12, 1))
    assert appoint(branch, old, PostKind.ORGANISATION_MEMBER, dt.date(2020, 2, 1)).pk
    assert appoint(branch, make.user(), PostKind.PUBLICITY_MEMBER, dt.date(2026, 6, 1)).pk
