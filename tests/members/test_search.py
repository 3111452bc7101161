"""A person is found by the same things in every box: name, pinyin, initials, whole numbers, or the sign-in name."""

import datetime as dt
from dataclasses import dataclass

import pytest
from django.test import Client
from django.urls import reverse

from dangjian.accounts.models import User
from dangjian.activities.dues.payments.queries import candidates
from dangjian.kernel.identity import fictional_resident_id
from dangjian.members.models import Member
from dangjian.members.queries.people import find_people
from dangjian.org.models import Organization
from dangjian.org.unscoped import unscoped
from dangjian.org.views.roles import find_accounts
from tests import make

NUMBER = fictional_resident_id(dt.date(1988, 3, 1), 12)
TYPED = ["覃虚构", "覃虚", "qinxugou", "qxg", "13800000001", "NX0815", NUMBER]


@dataclass
class World:
    """A member with an account among others."""

    committee: Organization
    branch: Organization
    person: Member

    @property
    def account(self) -> User:
        assert self.person.user
        return self.person.user


@pytest.fixture
def world(db: None) -> World:
    with unscoped("test world"):
        committee = make.committee()
        branch = make.branch(committee)
        make.member(branch, "赵明", with_user=True, mobile="13800000002", employee_no="NX0816")
        person = make.member(
            branch, "覃虚构", with_user=True, mobile="13800000001", employee_no="NX0815", resident_id=NUMBER, sex="1"
        )
        make.post(committee, "secretary", person.user)
        return World(committee, branch, person)


def as_(*, role: str, world: World) -> Client:
    with unscoped("test world"):
        grant = make.grant(world.committee, role)
    client = Client()
    client.force_login(grant.user, backend="dangjian.accounts.backends.AccountBackend")
    return client


@pytest.mark.parametrize("typed", TYPED)
@pytest.mark.parametrize("name", ["members:list", "dues:profiles"])
def test_a_list_of_members_finds_them(world: World, name: str, typed: str) -> None:
    found = as_(role="party_office", world=world).get(reverse(name), {"q": typed}).context["page_obj"].object_list
    assert [one.name for one in found] == ["覃虚构"]


@pytest.mark.parametrize("typed", [*TYPED, "login"])
def test_a_list_of_accounts_finds_them(world: World, typed: str) -> None:
    typed = world.account.username if typed == "login" else typed
    accounts = as_(role="system_admin", world=world).get(reverse("accounts:list"), {"q": typed}).context["page_obj"].object_list
    assert [one.name for one in accounts] == ["覃虚构"]
    grants = as_(role="security_admin", world=world)
    with unscoped("test world"):
        make.grant(world.branch, "party_worker", world.person.user)
    assert [one.user.name for one in grants.get(reverse("org:grants"), {"q": typed}).context["page_obj"].object_list] == [
        "覃虚构"
    ]


@pytest.mark.parametrize("typed", TYPED)
def test_whoever_is_chosen_is_found(world: World, typed: str) -> None:
    with unscoped("as a page with the whole scope"):
        assert [one.name for one in find_people(typed, 10)] == ["覃虚构"]
        assert [one.name for one in find_accounts(typed)] == ["覃虚构"]
        assert [one.name for one in candidates.by_name(typed, world.committee)] == ["覃虚构"]


def test_a_part_of_a_number_finds_nobody(world: World) -> None:
    client = as_(role="party_office", world=world)
    for typed in (NUMBER[:17], NUMBER[6:14], "1380000000", "0815"):
        assert not client.get(reverse("members:list"), {"q": typed}).context["page_obj"].object_list, typed
