"""An address that only takes a form leads whoever opens it to its page: a phone loads its tabs anew, people keep addresses."""

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from dangjian.accounts.models import User
from dangjian.kernel.gate import PUBLIC, SIGNED_IN
from dangjian.org.gate import GrantedActor
from dangjian.org.unscoped import unscoped
from tests.contracts.examples import Example, examples
from tests.contracts.routes import Route, routes
from tests.contracts.world import World, build

EXAMPLES = examples()
FOR_PROGRAMS = {"dues:callback"}
"""Addresses that only a program calls."""
FORMS = [
    route
    for route in routes()
    if not route.is_api and "GET" not in route.methods and (not route.arguments or route.name in EXAMPLES)
]


@pytest.mark.any_database
@pytest.mark.django_db
def test_an_address_that_takes_a_form_leads_to_its_page() -> None:
    world, wrong = build(), []
    for route in FORMS:
        if route.name in FOR_PROGRAMS:
            continue
        point = transaction.savepoint()
        example = EXAMPLES.get(route.name, Example())
        with unscoped("an example makes its own object"):
            address = reverse(route.name, kwargs=example.kwargs(world)) + example.query
        client = _signed_in(_holder(route, example, world))
        answer = client.get(address, follow=True)
        where = answer.request["PATH_INFO"]
        if answer.status_code != 200 or (where == "/" and route.name != "accounts:sign_out"):
            wrong.append(f"{route.name}: GET {address} leads to {where} and {answer.status_code}")
        transaction.savepoint_rollback(point)
    assert not wrong, "\n".join(wrong)


@pytest.mark.any_database
@pytest.mark.django_db
def test_what_stands_behind_the_question_mark_goes_along() -> None:
    answer = _signed_in(build().member_user).get("/meetings/mine/7/answer/?from=mine")
    assert (answer.status_code, answer["Location"]) == (302, "/meetings/mine/7/?from=mine")


def test_an_address_for_programs_says_what_it_takes() -> None:
    answer = Client().get("/dues/callback/gateway/")
    assert (answer.status_code, answer["Allow"]) == (405, "POST")


def _signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="dangjian.accounts.backends.AccountBackend")
    return client


def _holder(route: Route, example: Example, world: World) -> User:
    if example.holder:
        return example.holder(world)
    if route.permission in {PUBLIC, SIGNED_IN}:
        return world.member_user
    return next(one for one in world.people if GrantedActor(one).may(str(route.permission)))
