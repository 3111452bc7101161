"""Every address states its permission, and keeps out whoever lacks it, without writing anything.

Pages of one thing say what they ask of that thing (``requires("meetings.call", on=meeting_of)``); the walk asks it as the gate
does, and follows every link and button that a page shows. Those without anything in the address (one's own meetings, one's own
messages) need no ``on``: nothing of anybody else can be named there.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

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
from tests.contracts.visits import faults, is_let_in, refused, refused_links, send, signed_in, text_of, wrong_for
from tests.contracts.world import FOREIGN, World, build

PAGES = [route for route in routes() if not route.is_api]
EXAMPLES = examples()
WALKED = [route for route in PAGES if not route.arguments or route.name in EXAMPLES]
APPS = sorted({route.name.partition(":")[0] for route in WALKED})
"""So that the walk is spread over the workers of a run."""
STATED = {PUBLIC, SIGNED_IN, *by_code(Permission)}
WITHOUT_ON = {
    "dues:callback": "the code names a provider, whose notice is signed",
    "meetings:check_in": "the code names a sitting, no row: whoever is not called to it is told so on a page to scan from again",
    "meetings:subscription": "the key is the right: a signed address for a calendar program",
    "members:propose": "the column of one's own record",
    "members:show_own": "the column of one's own record",
    "org:holiday_notice": "a year",
    "org:remove_holiday_notice": "a year",
    "org:setup": "the key is the right: the one-time address of the first start",
    "org:setup_demonstration": "the key is the right: the one-time address of the first start",
    "org:setup_enterprise": "the key is the right: the one-time address of the first start",
}
"""Addresses that name no row: their pages say for nothing in them for whom it opens. Each with what they name."""
NO_ROW = frozenset({"year", "number"})
"""Numbers in addresses that name no row: ``number`` counts lines of a sheet, or pages of a paper, that ``on`` has found."""


def test_every_view_states_a_permission_that_somebody_offers() -> None:
    assert [f"{r.pattern}: {r.permission}" for r in PAGES if r.permission not in STATED] == []


def test_every_page_of_one_thing_says_for_whom_it_opens() -> None:
    """So does every operation for programs."""
    assert sorted(_unsaid([*PAGES, *operations()]) - WITHOUT_ON.keys()) == []


def test_every_page_that_does_not_say_it_still_needs_its_reason() -> None:
    assert sorted(WITHOUT_ON.keys() - _unsaid(PAGES)) == []


def test_no_view_looks_up_itself_what_a_number_in_its_address_names() -> None:
    assert sorted(_left(PAGES) - WITHOUT_ON.keys()) == []


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
@pytest.mark.parametrize("app", APPS)
def test_whoever_lacks_the_permission_learns_and_changes_nothing(app: str) -> None:
    """Nobody is asked to sign in, a neighbour finds nothing of another branch, a reader is offered what is open to them alone."""
    world, wrong = build(), []
    visitors = _signed_in(world)
    for route in _guarded(app):
        with _visit(route, world) as (address, example):
            for check in (_shut_to_nobody, _shut_to_neighbours, _safe_from_readers, _safe_from_neighbours):
                wrong += [f"{route.name}: {fault}" for fault in check(route, address, example, visitors)]
    assert not wrong, "\n".join(wrong)


@dataclass(frozen=True)
class Visitors:
    """Who visits: neighbours of the other branch; readers of the branch itself, each of whom lacks some permissions.

    They are signed in before the first visit, since what is done inside of one is undone.
    """

    world: World
    neighbours: dict[User, Client]
    readers: dict[User, Client]


def _signed_in(world: World) -> Visitors:
    return Visitors(world, *({user: signed_in(user) for user in users} for users in (world.neighbours, world.readers)))


def _shut_to_nobody(route: Route, address: str, _example: Example, _visitors: Visitors) -> Iterator[str]:
    for method in route.methods:
        answer, changed = refused(Client(raise_request_exception=False), method, address, {})
        if not _asks_to_sign_in(answer) or changed:
            yield f"{method} by nobody is answered {answer.status_code}, changed: {changed}"


def _shut_to_neighbours(route: Route, address: str, example: Example, visitors: Visitors) -> Iterator[str]:
    if example.open_to_neighbours:
        return
    data = example.post(visitors.world) if example.post else {}
    for user, client in visitors.neighbours.items():
        if "GET" in route.methods:
            yield from (f"GET by {user} {fault}" for fault in _shown_to_a_stranger(route, client, address))
        if "POST" in route.methods and route.arguments:
            yield from (f"POST by {user} {fault}" for fault in faults(client, "POST", address, data))
        for method in route.methods if route.numbers else ():
            if is_let_in(route, user, method, address):
                yield f"its `on` lets {user} in by {method}, a neighbour"


def _safe_from_readers(route: Route, address: str, example: Example, visitors: Visitors) -> Iterator[str]:
    """They change nothing and are offered what is open to them."""
    for user, client in visitors.readers.items():
        yield from wrong_for(route, user, client, address, example.post(visitors.world) if example.post else {})
        if route.numbers and "GET" in route.methods and is_let_in(route, user, "GET", address):
            page = send(client, "GET", address, {})
            yield from (f"shown to {user}, {fault}" for fault in refused_links(PAGES, user, page))


def _safe_from_neighbours(route: Route, address: str, example: Example, visitors: Visitors) -> Iterator[str]:
    """Whoever of them is let in breaks nothing."""
    for user, client in visitors.neighbours.items() if route.opens else ():
        yield from wrong_for(route, user, client, address, example.post(visitors.world) if example.post else {})


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
    pages = [route for route in routes() if not route.is_api]
    assert _unsaid(pages) - WITHOUT_ON.keys() == {"finds_and_forgets", "finds_in_the_scope"}
    assert _left(pages) - WITHOUT_ON.keys() == {"finds_and_forgets", "finds_in_the_scope", "finds_the_second_itself"}


@pytest.mark.django_db
@pytest.mark.urls("tests.contracts.planted")
def test_a_planted_button_that_leads_to_a_refusal_is_found_out() -> None:
    who, shown = build().member_user, '<a href="/planted/says_and_does_not_ask/1/">办理</a>'
    assert refused_links(routes(), who, HttpResponse(f"{shown}<a href='/nowhere/'>")) == []
    assert refused_links(routes(), who, HttpResponse(shown.replace("a href", 'form method="post" action'))) == [
        "a button leads to /planted/says_and_does_not_ask/1/, which does not open"
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("app", APPS)
def test_a_holder_is_let_in(app: str) -> None:
    world, wrong = build(), []
    for route in _of_app(app):
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
                wrong += [f"{route.name}: shown to {holder}, {fault}" for fault in refused_links(PAGES, holder, answer)]
                if answer["Content-Type"].startswith("text/html"):
                    wrong += [f"{route.name}: a card's cell is crowded, {cell}" for cell in crowded(text_of(answer))]
    assert not wrong, "\n".join(wrong)


def _unsaid(pages: Iterable[Route]) -> set[str]:
    """Pages that name something in the address and do not say for whom it opens."""
    return {one.name for one in pages if one.arguments and one.opens is None}


def _left(pages: Iterable[Route]) -> set[str]:
    """Pages whose view is handed a number that names a row."""
    return {one.name for one in pages if one.numbers - one.found_by - NO_ROW}


def _of_app(app: str) -> list[Route]:
    return [route for route in WALKED if route.name.partition(":")[0] == app]


def _guarded(app: str) -> list[Route]:
    return [route for route in _of_app(app) if route.permission != PUBLIC]


def _shown_to_a_stranger(route: Route, client: Client, address: str) -> list[str]:
    """A page about something of another branch is not there; a list leaves it out."""
    if route.arguments:
        return faults(client, "GET", address, {})
    answer = send(client, "GET", address, {})
    read = [word for word in FOREIGN if answer.status_code == 200 and word in text_of(answer)]
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


def _holder(route: Route, world: World) -> User | None:
    if route.permission in {PUBLIC, SIGNED_IN}:
        return world.member_user
    return next((one for one in world.people if GrantedActor(one).may(str(route.permission))), None)
