"""The machine interface keeps strangers out like the pages do."""

import pytest
from django.test import Client
from django.urls import reverse

from dangjian.kernel.offers import ApiRouter
from dangjian.kernel.registry import offers
from dangjian.site.api import api
from tests.contracts.routes import Route, routes
from tests.contracts.world import FOREIGN, World, build

FREE = {"api:openapi-json", "api:api-root"}
ROUTES = [route for route in routes() if route.is_api and route.name not in FREE]


def _address(route: Route, world: World | None = None) -> str:
    """The address with the numbers of the branch and the member of ``world``, or with any number."""
    known = {"organization_id": world.branch.pk, "member_id": world.member.pk} if world else {}
    return reverse(route.name, kwargs={name: known.get(name, 1) for name in route.arguments})


def test_there_is_an_address_for_every_operation() -> None:
    operations = sum(len(view.operations) for offer in offers(ApiRouter) for view in offer.router.path_operations.values())
    assert operations
    assert len(ROUTES) >= len({path for offer in offers(ApiRouter) for path in offer.router.path_operations})


def test_operations_are_told_apart() -> None:
    names = [one["operationId"] for path in api.get_openapi_schema()["paths"].values() for one in path.values()]
    assert sorted({name for name in names if names.count(name) > 1}) == []


@pytest.mark.django_db
@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
@pytest.mark.parametrize("key", [None, "Bearer dj_nobody"])
def test_nobody_is_asked_for_a_token(route: Route, key: str | None) -> None:
    client = Client(headers={"Authorization": key} if key else {})
    for method in ("GET", "POST"):
        answer = client.generic(method, _address(route), b"{}", content_type="application/json")
        assert answer.status_code in {401, 405}, method


@pytest.mark.django_db
def test_a_neighbour_reads_nothing_of_another_branch() -> None:
    world = build()
    read = []
    for user in world.neighbours:
        client = Client()
        client.force_login(user, backend="dangjian.accounts.backends.AccountBackend")
        for route in ROUTES:
            if not route.arguments <= {"organization_id", "member_id"}:
                continue
            answer = client.get(_address(route, world))
            body = answer.content.decode()
            if route.arguments and answer.status_code not in {403, 404}:
                read.append(f"{route.name}: {user} got {answer.status_code}")
            if any(word in body for word in FOREIGN):
                read.append(f"{route.name}: {user} reads {body[:200]}")
    assert not read, "\n".join(read)
