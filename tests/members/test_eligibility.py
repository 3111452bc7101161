"""Who may not be elected does not take a post of a committee; what they were before counts for posts of before."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.test import Client
from django.urls import reverse

from dangjian.accounts.models import Event, User
from dangjian.kernel.errors import Invalid
from dangjian.members.models import Category, Member, Sanction
from dangjian.org.actions import posts
from dangjian.org.models import Organization, Post, PostKind
from dangjian.org.unscoped import unscoped
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.day("2026-11-23")]


@pytest.fixture
def branch() -> Organization:
    return make.branch(make.committee())


def member(branch: Organization, category: str, joined_on: dt.date, converted_on: dt.date | None, **more: Any) -> User:
    made = make.member(branch, category=category, joined_on=joined_on, converted_on=converted_on, with_user=True, **more)
    assert made.user
    return made.user


def appoint(branch: Organization, user: User, kind: str, starts_on: dt.date, **more: Any) -> Post:
    with unscoped("test"):
        return posts.appoint(actor=make.SYSTEM, organization=branch, user=user, kind=kind, starts_on=starts_on, **more)


def test_a_probationary_member_takes_no_post_of_a_committee(branch: Organization) -> None:
    user = member(branch, Category.PROBATIONARY, dt.date(2026, 3, 1), None)
    with pytest.raises(Invalid, match="还是预备党员，没有被选举权") as refused:
        appoint(branch, user, PostKind.ORGANISATION_MEMBER, dt.date(2026, 11, 1))
    assert "第五条" in refused.value.citation
    with unscoped("test"):
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


CASES = yaml.safe_load((Path(__file__).parent / "cases" / "appointments.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[case["情形"] for case in CASES])
def test_what_speaks_against_somebody(branch: Organization, case: dict[str, Any]) -> None:
    user = member(branch, Category.FULL, dt.date(2010, 1, 1), case["转正"], party_age_correction_months=case.get("校正", 0))
    if penalty := case.get("处分"):
        with unscoped("test"):
            who = Member.objects.get(user=user)
            dates = {"starts_on": penalty["开始"], "ends_on": penalty.get("结束")}
            Sanction.objects.create(member=who, kind=penalty["种类"], document="虚纪〔2025〕1号", **dates)
    if not case["说"]:
        assert appoint(branch, user, case["职务"], case["任职"]).special == ""
        return
    with pytest.raises(Invalid, match=case["说"]) as refused:
        appoint(branch, user, case["职务"], case["任职"])
    assert (set(refused.value.fields), "《" in refused.value.citation) == ({"special"}, True)
    with unscoped("test"):
        assert not Post.objects.filter(user=user).exists()
    assert appoint(branch, user, case["职务"], case["任职"], special="上级党委批复同意").special == "上级党委批复同意"
    assert "特殊情况：上级党委批复同意" in Event.objects.get(verb="org.appointed").summary


def test_a_post_that_is_over_is_put_on_record_as_it_was(branch: Organization) -> None:
    user = member(branch, Category.FULL, dt.date(2024, 6, 1), dt.date(2025, 6, 1))
    post = appoint(branch, user, PostKind.SECRETARY, dt.date(2025, 9, 1), ends_on=dt.date(2026, 9, 1))
    assert post.special == ""


def test_until_when_a_penalty_has_effect_is_on_the_record(branch: Organization) -> None:
    user = member(branch, Category.FULL, dt.date(2009, 1, 1), dt.date(2010, 1, 1))
    office = make.grant(branch.parent, "party_office").user
    with unscoped("test"):
        who = Member.objects.get(user=user)
        Sanction.objects.create(member=who, kind="warning", starts_on=dt.date(2026, 3, 1), document="虚纪〔2026〕1号")
    client = Client()
    client.force_login(office, backend="dangjian.accounts.backends.AccountBackend")
    text = client.get(reverse("members:detail", args=[who.pk]), {"tab": "details"}).content.decode()
    assert "影响期到" in text
    assert "2027年3月1日" in text


def test_nobody_under_probation_within_the_party_takes_a_post_and_from_its_end_they_may_with_a_reason(
    branch: Organization,
) -> None:
    user = member(branch, Category.FULL, dt.date(2009, 1, 1), dt.date(2010, 1, 1))
    with unscoped("test"):
        who = Member.objects.get(user=user)
        dates = {"starts_on": dt.date(2025, 6, 1), "ends_on": dt.date(2026, 6, 1)}
        Sanction.objects.create(member=who, kind="probation_within_party", document="虚纪〔2025〕1号", **dates)
    with pytest.raises(Invalid, match="受留党察看处分，没有被选举权") as refused:
        appoint(branch, user, PostKind.PUBLICITY_MEMBER, dt.date(2026, 5, 31), special="上级同意")
    assert "user" in refused.value.fields
    assert appoint(branch, user, PostKind.PUBLICITY_MEMBER, dt.date(2026, 6, 1), special="上级同意").pk
