"""Every address states its permission, and keeps out whoever lacks it, without writing anything.

Pages of one thing that ask no more than that one is signed in say what they ask of that thing (``page(SIGNED_IN, on=…)``); the
walk asks it as the gate does. Those without anything in the address (one's own meetings, one's own messages) need no ``on``:
nothing of anybody else can be named there.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from dangjian.accounts.models import User
from dangjian.kernel.gate import PUBLIC, SIGNED_IN
from dangjian.kernel.lists import DECLARED, ListPart
from dangjian.kernel.lists.api import ProgramList
from dangjian.kernel.offers import Permission
from dangjian.kernel.registry import by_code
from dangjian.org.gate import GrantedActor
from dangjian.org.unscoped import unscoped
from tests.contracts.cells import crowded
from tests.contracts.examples import Example, examples
from tests.contracts.routes import Route, operations, routes
from tests.contracts.visits import faults, refused, send, signed_in, wrong_for
from tests.contracts.world import FOREIGN, World, build

PAGES = [route for route in routes() if not route.is_api]
EXAMPLES = examples()
WALKED = [route for route in PAGES if not route.arguments or route.name in EXAMPLES]
STATED = {PUBLIC, SIGNED_IN, *by_code(Permission)}
WITHOUT_ON = {
    "meetings:check_in": "the code names a sitting, no row: whoever is not called to it is told so on a page to scan from again",
}
"""Pages of one thing that do not say for whom it opens, each with the reason."""


def test_every_view_states_a_permission_that_somebody_offers() -> None:
    assert [f"{r.pattern}: {r.permission}" for r in PAGES if r.permission not in STATED] == []


def test_every_page_of_one_thing_says_for_whom_it_opens() -> None:
    assert sorted(_unsaid(PAGES) - WITHOUT_ON.keys()) == []


def test_every_page_that_does_not_say_it_still_needs_its_reason() -> None:
    assert sorted(WITHOUT_ON.keys() - _unsaid(PAGES)) == []


def test_every_operation_of_the_api_states_a_permission_that_somebody_offers() -> None:
    stated = {f"{one.method} {one.pattern}": one.permission for one in operations()}
    assert {where: permission for where, permission in stated.items() if permission not in STATED} == {}


def test_every_address_has_one_name() -> None:
    names = [route.name for route in PAGES]
    assert sorted({name for name in names if names.count(name) > 1 or not name}) == []


def test_every_address_with_arguments_has_an_example() -> None:
    missing = sorted(route.name for route in PAGES if route.arguments and route.name not in EXAMPLES)
    assert not missing, "add to tests/<module>/examples.py: " + ", ".join(missing)


def test_every_example_has_an_address() -> None:
    """Or calls an operation, or makes rows of a list that is part of another page, or for programs alone."""
    parts = {one.name for one in DECLARED if isinstance(one, ListPart | ProgramList)}
    assert sorted(EXAMPLES.keys() - {route.name for route in [*PAGES, *operations()]} - parts) == []


@pytest.mark.any_database
@pytest.mark.django_db
def test_nobody_is_sent_to_sign_in() -> None:
    world, wrong = build(), []
    for route in _guarded():
        with _visit(route, world) as (address, _example):
            for method in route.methods:
                answer, changed = refused(Client(raise_request_exception=False), method, address, {})
                if not _asks_to_sign_in(answer) or changed:
                    wrong.append(f"{route.name}: {method} by nobody is answered {answer.status_code}, changed: {changed}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.any_database
@pytest.mark.django_db
def test_a_neighbour_learns_and_changes_nothing() -> None:
    world, wrong = build(), []
    clients = {str(user): signed_in(user) for user in world.neighbours}
    for route in _guarded():
        with _visit(route, world) as (address, example):
            if example.open_to_neighbours:
                continue
            data = example.post(world) if example.post else {}
            for who, client in clients.items():
                if "GET" in route.methods:
                    wrong += [f"{route.name}: GET by {who} {fault}" for fault in _shown_to_a_stranger(route, client, address)]
                if "POST" in route.methods and route.arguments:
                    wrong += [f"{route.name}: POST by {who} {fault}" for fault in faults(client, "POST", address, data)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.any_database
@pytest.mark.django_db
def test_a_reader_changes_nothing() -> None:
    world, wrong = build(), []
    clients = {user: signed_in(user) for user in world.readers}
    for route in _guarded():
        with _visit(route, world) as (address, example):
            for who, client in clients.items():
                wrong += wrong_for(route, who, client, address, example.post(world) if example.post else {})
    assert not wrong, "\n".join(wrong)


@pytest.mark.any_database
@pytest.mark.django_db
def test_a_neighbour_who_is_let_in_breaks_nothing() -> None:
    world, wrong = build(), []
    clients = {user: signed_in(user) for user in world.neighbours}
    for route in (one for one in _guarded() if one.opens):
        with _visit(route, world) as (address, example):
            for who, client in clients.items():
                wrong += wrong_for(route, who, client, address, example.post(world) if example.post else {})
    assert not wrong, "\n".join(wrong)


@pytest.mark.django_db
@pytest.mark.urls("tests.contracts.planted")
@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("says_and_does_not_ask", "got 200, changed: ['notifications.Notification']"),
        ("trips_over_nothing", "POST without data got 500"),
    ],
)
def test_a_planted_page_is_found_out(name: str, fault: str) -> None:
    who = build().member_user
    route = next(one for one in routes() if one.name == name)
    assert fault in "".join(wrong_for(route, who, signed_in(who), reverse(name, kwargs={"pk": 1}), {}))


@pytest.mark.urls("tests.contracts.planted")
def test_a_planted_page_that_does_not_say_for_whom_it_opens_is_found_out() -> None:
    assert _unsaid(routes()) - WITHOUT_ON.keys() == {"finds_and_forgets"}


@pytest.mark.django_db
def test_a_holder_is_let_in() -> None:
    world, wrong = build(), []
    for route in WALKED:
        with _visit(route, world) as (address, example):
            holder = example.holder(world) if example.holder else _holder(route, world)
            if holder is None:
                wrong.append(f"{route.name}: nobody in the world holds {route.permission}")
                continue
            client = signed_in(holder)
            for method in route.methods:
                if method == "POST" and example.post is None:
                    continue
                data = example.post(world) if method == "POST" and example.post else {}
                answer = send(client, method, address, data)
                if answer.status_code >= 400 or _asks_to_sign_in(answer):
                    wrong.append(f"{route.name}: {method} by {holder}, who holds {route.permission}, got {answer.status_code}")
                if answer["Content-Type"].startswith("text/html"):
                    wrong += [f"{route.name}: a card's cell is crowded, {cell}" for cell in crowded(_text(answer))]
    assert not wrong, "\n".join(wrong)


def _unsaid(pages: Iterable[Route]) -> set[str]:
    """Pages that ask no more than that one is signed in, name something in the address, and do not say for whom it opens."""
    return {one.name for one in pages if one.permission == SIGNED_IN and one.arguments and one.opens is None}


def _guarded() -> list[Route]:
    return [route for route in WALKED if route.permission != PUBLIC]


def _shown_to_a_stranger(route: Route, client: Client, address: str) -> list[str]:
    """A page about something of another branch is not there; a list leaves it out."""
    if route.arguments:
        return faults(client, "GET", address, {})
    answer = send(client, "GET", address, {})
    read = [word for word in FOREIGN if answer.status_code == 200 and word in _text(answer)]
    if answer.status_code >= 500 or read:
        return [f"got {answer.status_code} and reads {read}"]
    return []


@contextmanager
def _visit(route: Route, world: World) -> Iterator[tuple[str, Example]]:
    """The address and example of a route; what is made or done inside is undone."""
    point = transaction.savepoint()
    example = EXAMPLES.get(route.name, Example())
    try:
        with unscoped("an example makes its own object"):
            kwargs = example.kwargs(world)
        yield reverse(route.name, kwargs=kwargs) + example.query, example
    finally:
        transaction.savepoint_rollback(point)


def _asks_to_sign_in(answer: HttpResponse) -> bool:
    return answer.status_code == 401 or (answer.status_code == 302 and answer["Location"].startswith(reverse("accounts:sign_in")))


def _text(answer: HttpResponse) -> str:
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]  # a file or a page
    return body.decode(errors="replace")


def _holder(route: Route, world: World) -> User | None:
    if route.permission in {PUBLIC, SIGNED_IN}:
        return world.member_user
    return next((one for one in world.people if GrantedActor(one).may(str(route.permission))), None)
