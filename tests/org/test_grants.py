"""Roles given and handed on: at most what one holds, never to oneself, and the three administrators apart."""

from typing import Any

import pytest

from dangjian.accounts.models import Event, User
from dangjian.kernel import clock
from dangjian.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied
from dangjian.org import roles
from dangjian.org.actions import grants, tree
from dangjian.org.gate import GrantedActor
from dangjian.org.models import Grant, Organization, Post
from dangjian.org.unscoped import unscoped
from tests import make
from tests.days import in_days
from tests.org.test_posts import refused

pytestmark = pytest.mark.django_db
SOON = 38
"""Days until what is handed on ends."""


@pytest.fixture(autouse=True)
def _all_rows() -> Any:
    with unscoped("a test looks at everything"):
        yield


@pytest.fixture
def committee() -> Organization:
    return make.committee(name="虚构集团党委")


@pytest.fixture
def general_branch(committee: Organization) -> Organization:
    return make.general_branch(committee)


@pytest.fixture
def branch(general_branch: Organization) -> Organization:
    return make.branch(general_branch)


@pytest.fixture
def security(committee: Organization) -> GrantedActor:
    return make.actor(make.grant(committee, roles.SECURITY_ADMIN).user)


def give(actor: GrantedActor, organization: Organization, user: User, role: str, **more: Any) -> Grant:
    """A grant from today."""
    return grants.grant_role(actor=actor, organization=organization, user=user, role=role, **{"starts_on": clock.today(), **more})


def hand_on(post: Post, organization: Organization, user: User, role: str, days: int = SOON) -> Grant:
    """A delegation by the holder of a post."""
    actor = make.actor(post.user)
    return grants.delegate(actor=actor, organization=organization, user=user, role=role, ends_on=in_days(days), reason="外出学习")


def test_the_security_administrator_gives_a_role(security: GrantedActor, committee: Organization, branch: Organization) -> None:
    who = make.user()
    granted = give(security, committee, who, roles.PARTY_OFFICE, reason="党务部门工作")
    assert make.actor(who).may("org.manage", branch)
    assert granted.granted_by_id == security.user_id
    assert Event.objects.get(verb="org.granted").data["role"] == roles.PARTY_OFFICE


def test_a_grant_begins_and_ends_on_its_days(security: GrantedActor, committee: Organization) -> None:
    who = make.user()
    give(security, committee, who, roles.PARTY_OFFICE, starts_on=in_days(8), ends_on=in_days(10))
    held = {}
    for day in map(in_days, (7, 8, 9, 10)):
        with clock.at(f"{day} 09:00"):
            held[day] = make.actor(who).may("org.manage", committee)
    assert list(held.values()) == [False, True, True, False]


def test_nobody_gives_themselves_a_role(security: GrantedActor, committee: Organization) -> None:
    refused(PermissionDenied, lambda: give(security, committee, security.user, roles.PARTY_OFFICE))


@pytest.mark.parametrize("role", [roles.PARTY_OFFICE, roles.SYSTEM_ADMIN, roles.AUDIT_ADMIN])
def test_only_the_security_administrator_gives_roles(committee: Organization, role: str) -> None:
    other = make.actor(make.grant(committee, role).user)
    who = make.user()
    refused(PermissionDenied, lambda: give(other, committee, who, roles.PARTY_WORKER))


@pytest.mark.parametrize("held", sorted(roles.ADMINISTRATORS))
@pytest.mark.parametrize("wanted", sorted(roles.ADMINISTRATORS))
def test_the_three_administrators_are_three_persons(
    security: GrantedActor, committee: Organization, held: str, wanted: str
) -> None:
    who = make.grant(committee, held).user
    refusal = refused(Conflict, lambda: give(security, committee, who, wanted))
    assert ("互不兼任" in refusal.how) == (held != wanted)


def test_an_administrators_role_that_ended_stands_in_nobodys_way(security: GrantedActor, committee: Organization) -> None:
    who = make.grant(committee, roles.SYSTEM_ADMIN, ends_on=clock.today()).user
    assert give(security, committee, who, roles.AUDIT_ADMIN).pk


def test_an_administrators_role_ahead_counts_too(security: GrantedActor, committee: Organization) -> None:
    who = make.user()
    give(security, committee, who, roles.SYSTEM_ADMIN, starts_on=in_days(39))
    refused(Conflict, lambda: give(security, committee, who, roles.AUDIT_ADMIN))
    assert give(security, committee, who, roles.AUDIT_ADMIN, ends_on=in_days(39)).pk


def test_administrators_are_given_at_a_committee(security: GrantedActor, branch: Organization) -> None:
    who = make.user()
    assert "organization" in refused(Invalid, lambda: give(security, branch, who, roles.SYSTEM_ADMIN)).fields


@pytest.mark.parametrize(
    "more",
    [
        {"role": roles.MEMBER},
        {"role": "king"},
        {"starts_on": -1},
        {"ends_on": 0},
    ],
)
def test_what_cannot_be_given_is_refused(security: GrantedActor, committee: Organization, more: dict[str, Any]) -> None:
    who = make.user()
    days = {name: in_days(days) for name, days in more.items() if name != "role"}
    refused(Invalid, lambda: give(security, committee, who, more.get("role", roles.PARTY_OFFICE), **days))


def test_the_same_role_is_not_given_twice(security: GrantedActor, committee: Organization) -> None:
    who = make.grant(committee, roles.PARTY_OFFICE).user
    refused(Conflict, lambda: give(security, committee, who, roles.PARTY_OFFICE))


def test_a_security_administrator_below_gives_nothing_above(committee: Organization) -> None:
    below = make.committee(committee)
    security = make.actor(make.grant(below, roles.SECURITY_ADMIN).user)
    who = make.user()
    assert give(security, below, who, roles.PARTY_OFFICE).pk
    refused(NotFound, lambda: give(security, committee, who, roles.PARTY_OFFICE))


def test_an_officer_hands_on_what_the_post_carries(branch: Organization) -> None:
    post, who = make.post(branch, "secretary"), make.user()
    granted = hand_on(post, branch, who, roles.SECRETARY)
    assert granted.basis == post
    assert make.actor(who).may("org.groups", branch)
    assert Event.objects.filter(verb="org.delegated").count() == 1


def test_an_officer_hands_on_no_more_than_they_hold(branch: Organization) -> None:
    post, who = make.post(branch, "secretary"), make.user()
    refusal = refused(PermissionDenied, lambda: hand_on(post, branch, who, roles.PARTY_WORKER))
    assert "导入党员名册" in refusal.how


def test_an_officer_hands_nothing_on_outside_their_subtree(general_branch: Organization, branch: Organization) -> None:
    post, who = make.post(branch, "secretary"), make.user()
    neighbour = make.branch(general_branch)
    for elsewhere in (general_branch, neighbour):
        refused(NotFound, lambda elsewhere=elsewhere: hand_on(post, elsewhere, who, roles.SECRETARY))


def test_one_who_may_not_delegate_is_refused(branch: Organization) -> None:
    post, who = make.post(branch, "publicity_member"), make.user()
    refused(PermissionDenied, lambda: hand_on(post, branch, who, roles.PUBLICITY_MEMBER))


def test_administrators_cannot_be_handed_on(committee: Organization) -> None:
    post, who = make.post(committee, "secretary"), make.user()
    refused(PermissionDenied, lambda: hand_on(post, committee, who, roles.SYSTEM_ADMIN))


def test_what_was_handed_on_is_not_handed_on_again(branch: Organization) -> None:
    post, helper, third = make.post(branch, "secretary"), make.user(), make.user()
    hand_on(post, branch, helper, roles.SECRETARY)
    refused(
        PermissionDenied,
        lambda: grants.delegate(
            actor=make.actor(helper), organization=branch, user=third, role=roles.SECRETARY, ends_on=in_days(SOON), reason="外出"
        ),
    )


def test_a_delegation_ends_no_later_than_the_post(branch: Organization) -> None:
    post, who = make.post(branch, "secretary", ends_on=in_days(22)), make.user()
    assert "ends_on" in refused(Invalid, lambda: hand_on(post, branch, who, roles.SECRETARY)).fields
    assert hand_on(post, branch, who, roles.SECRETARY, 22).pk


def test_the_gate_ends_a_delegation_with_the_post_even_if_nobody_did(branch: Organization) -> None:
    post, who = make.post(branch, "secretary"), make.user()
    hand_on(post, branch, who, roles.SECRETARY)
    Post.objects.filter(pk=post.pk).update(ends_on=clock.today())
    assert not make.actor(who).may("org.groups", branch)


def test_a_party_office_hands_on_until_its_grant_ends(
    security: GrantedActor, committee: Organization, branch: Organization
) -> None:
    granted = make.grant(committee, roles.PARTY_OFFICE, ends_on=in_days(22))
    who = make.user()
    office = make.actor(granted.user)
    keywords: dict[str, Any] = {
        "actor": office, "organization": committee, "user": who, "role": roles.PARTY_OFFICE, "reason": "代办",
    }  # fmt: skip
    refused(Invalid, lambda: grants.delegate(**keywords, ends_on=in_days(SOON)))
    handed = grants.delegate(**keywords, ends_on=in_days(22))
    assert handed.basis_grant == granted
    grants.revoke(actor=security, grant=granted, reason="调离")
    assert not make.actor(who).may("org.manage", branch)


@pytest.mark.parametrize("change", [{"reason": " "}, {"days": 0}, {"role": roles.MEMBER}])
def test_an_incomplete_delegation_is_refused(branch: Organization, change: dict[str, Any]) -> None:
    post, who = make.post(branch, "secretary"), make.user()
    ends_on = in_days(change.pop("days", SOON))
    keywords = {"organization": branch, "user": who, "role": roles.SECRETARY, "ends_on": ends_on, "reason": "外出", **change}
    refused(Invalid, lambda: grants.delegate(actor=make.actor(post.user), **keywords))


def test_nobody_delegates_to_themselves(branch: Organization) -> None:
    post = make.post(branch, "secretary")
    refused(PermissionDenied, lambda: hand_on(post, branch, post.user, roles.COMMITTEE_MEMBER))


def test_who_handed_on_takes_back_and_a_colleague_does_not(branch: Organization) -> None:
    post, who = make.post(branch, "secretary"), make.user()
    deputy = make.actor(make.post(branch, "deputy_secretary").user)
    granted = hand_on(post, branch, who, roles.SECRETARY)
    refused(PermissionDenied, lambda: grants.revoke(actor=deputy, grant=granted, reason="不需要了"))
    grants.revoke(actor=make.actor(post.user), grant=granted, reason="已返岗")
    assert not make.actor(who).may("org.groups", branch)
    refused(Conflict, lambda: grants.revoke(actor=make.actor(post.user), grant=granted, reason="已返岗"))


def test_a_security_administrator_does_not_take_back_their_own_role(security: GrantedActor) -> None:
    own = Grant.objects.get(user=security.user)
    refused(PermissionDenied, lambda: grants.revoke(actor=security, grant=own, reason="离任"))


def test_taking_back_needs_a_reason(security: GrantedActor, committee: Organization) -> None:
    granted = make.grant(committee, roles.PARTY_OFFICE)
    refused(Invalid, lambda: grants.revoke(actor=security, grant=granted, reason=""))


def test_a_branch_moved_away_is_no_longer_looked_after(committee: Organization, general_branch: Organization) -> None:
    branch, who = make.branch(general_branch), make.user()
    make.grant(branch, roles.COMMITTEE_MEMBER, who, basis=make.post(general_branch, "secretary"))
    assert make.actor(who).may("org.view", branch)
    tree.move(actor=make.SYSTEM, organization=branch, parent=make.general_branch(committee), effective_on=clock.today())
    branch.refresh_from_db()
    assert not make.actor(who).may("org.view", branch)


def test_roles_that_can_be_handed_on_are_those_one_covers(branch: Organization, committee: Organization) -> None:
    secretary = make.actor(make.post(branch, "secretary").user)
    assert {role.code for role in grants.delegable_roles(secretary)} >= {roles.SECRETARY, roles.COMMITTEE_MEMBER}
    assert roles.PARTY_WORKER not in {role.code for role in grants.delegable_roles(secretary)}
    assert grants.delegable_roles(make.actor(make.grant(committee, roles.SYSTEM_ADMIN).user)) == []
