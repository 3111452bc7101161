"""三员分立 by person: an administrator does nothing else, however they would come to it, and what exists is found every day."""

import datetime as dt
from typing import Any

import pytest

from dangjian.accounts.models import Event, User
from dangjian.activities.dues.ledger.actions import books
from dangjian.kernel import clock
from dangjian.kernel.errors import Conflict
from dangjian.org import queries, roles
from dangjian.org.actions import apart, grants, posts
from dangjian.org.gate import GrantedActor
from dangjian.org.models import Organization
from dangjian.org.unscoped import unscoped
from tests import make
from tests.days import in_days
from tests.org.test_grants import SOON, give, hand_on
from tests.org.test_posts import refused

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _all_rows() -> Any:
    with unscoped("a test looks at everything"):
        yield


@pytest.fixture
def committee() -> Organization:
    return make.committee(name="虚构集团党委")


@pytest.fixture
def branch(committee: Organization) -> Organization:
    return make.branch(make.general_branch(committee))


@pytest.fixture
def security(committee: Organization) -> GrantedActor:
    return make.actor(make.grant(committee, roles.SECURITY_ADMIN).user)


@pytest.fixture(params=sorted(roles.ADMINISTRATORS))
def administrator(request: pytest.FixtureRequest, committee: Organization) -> User:
    return make.grant(committee, request.param).user


def open_book(committee: Organization, accountant: User, cashier: User) -> Any:
    return books.open_book(
        actor=make.SYSTEM,
        organization=committee,
        bank=books.banks()[0][0],
        branch_name="虚构支行",
        account_name="虚构党费专户",
        account_number="6222000011112222",
        accountant=accountant,
        cashier=cashier,
    )


def test_an_administrator_gets_no_business_role(security: GrantedActor, committee: Organization, administrator: User) -> None:
    refusal = refused(Conflict, lambda: give(security, committee, administrator, roles.PARTY_OFFICE))
    assert "党务部门" in refusal.message
    assert "不同时担任党务工作" in refusal.how


def test_an_administrator_gets_nothing_handed_on(branch: Organization, administrator: User) -> None:
    post = make.post(branch, "secretary")
    refused(Conflict, lambda: hand_on(post, branch, administrator, roles.SECRETARY))


def test_an_administrator_gets_no_post(branch: Organization, administrator: User) -> None:
    refused(
        Conflict,
        lambda: posts.appoint(
            actor=make.SYSTEM, organization=branch, user=administrator, kind="publicity_member", starts_on=clock.today()
        ),
    )


@pytest.mark.parametrize("place", [0, 1])
def test_an_administrator_keeps_no_money(committee: Organization, administrator: User, place: int) -> None:
    people = [make.user(), make.user()]
    made = open_book(committee, *people)
    people[place] = administrator
    refused(Conflict, lambda: books.name_people(actor=make.SYSTEM, book=made, accountant=people[0], cashier=people[1]))
    made.refresh_from_db()
    assert administrator.pk not in {made.accountant_id, made.cashier_id}


def test_who_does_business_becomes_no_administrator(
    security: GrantedActor, committee: Organization, branch: Organization
) -> None:
    office, secretary, delegate, accountant = make.user(), make.user(), make.user(), make.user()
    make.grant(committee, roles.PARTY_OFFICE, office)
    make.post(branch, "secretary", secretary)
    hand_on(make.post(branch, "deputy_secretary"), branch, delegate, roles.DEPUTY_SECRETARY)
    open_book(committee, accountant, make.user())
    for who in (office, secretary, delegate, accountant):
        for role in sorted(roles.ADMINISTRATORS):
            refused(Conflict, lambda who=who, role=role: give(security, committee, who, role))


def test_a_member_may_be_an_administrator_and_an_administrator_a_member(
    security: GrantedActor, committee: Organization, branch: Organization, administrator: User
) -> None:
    who = make.member(branch, with_user=True).user
    assert who
    assert give(security, committee, who, roles.AUDIT_ADMIN).pk
    member = make.member(branch, administrator.name)
    member.user = administrator
    member.save()
    assert queries.not_apart() == []


@pytest.mark.day("2026-11-23")
def test_what_is_over_or_not_yet_begun_is_judged_by_its_days(
    security: GrantedActor, committee: Organization, branch: Organization
) -> None:
    former = make.post(branch, "secretary", ends_on=clock.today()).user
    assert give(security, committee, former, roles.SYSTEM_ADMIN).pk
    coming = make.user()
    give(security, committee, coming, roles.SYSTEM_ADMIN, starts_on=dt.date(2027, 1, 1))
    refused(Conflict, lambda: give(security, committee, coming, roles.PARTY_OFFICE))
    assert give(security, committee, coming, roles.PARTY_OFFICE, ends_on=in_days(SOON)).pk


def test_a_post_of_former_years_is_history(committee: Organization, administrator: User) -> None:
    past = {"starts_on": dt.date(2021, 1, 1), "ends_on": dt.date(2024, 1, 1)}
    assert posts.appoint(actor=make.SYSTEM, organization=committee, user=administrator, kind="committee_member", **past).pk


def test_a_role_in_an_organisation_that_is_dissolved_excludes_nothing(security: GrantedActor, committee: Organization) -> None:
    gone = make.branch(committee)
    who = make.post(gone, "publicity_member").user
    Organization.objects.filter(pk=gone.pk).update(dissolved_on=clock.today())
    assert give(security, committee, who, roles.AUDIT_ADMIN).pk


def test_what_exists_is_found_every_day_and_told_to_those_who_can_mend_it(
    security: GrantedActor, committee: Organization, branch: Organization
) -> None:
    who = make.user("公冶昆仑")
    make.grant(committee, roles.SYSTEM_ADMIN, who)
    make.post(branch, "secretary", who)
    auditor = make.grant(committee, roles.AUDIT_ADMIN).user
    everybody = list(User.objects.values_list("pk", flat=True))

    apart.look_over()

    event = Event.objects.get(verb="org.roles_not_apart")
    assert event.subject_id == who.pk
    assert "书记、系统管理员" in event.summary
    told = queries.not_apart_lines(everybody, clock.today())
    assert told.keys() == {security.user_id, auditor.pk}
    assert "公冶昆仑" in told[auditor.pk][0].text

    [post] = who.posts.all()
    posts.end_post(actor=make.SYSTEM, post=post, ends_on=clock.today(), reason="三员分立")
    assert queries.not_apart_lines(everybody, clock.today()) == {}


def test_two_administrators_roles_from_before_are_found_too(committee: Organization) -> None:
    who = make.grant(committee, roles.SYSTEM_ADMIN).user
    make.grant(committee, roles.AUDIT_ADMIN, who)
    assert [found.user for found in queries.not_apart()] == [who]
    grants.revoke(actor=make.SYSTEM, grant=who.grants.get(role=roles.AUDIT_ADMIN), reason="三员分立")
    assert queries.not_apart() == []
