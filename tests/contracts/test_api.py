"""The machine interface keeps strangers out like the pages do, and lists the same rows."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from dangjian.accounts.models import User
from dangjian.kernel.lists import Choice, ListPage
from dangjian.kernel.lists.api import OFFERED, Offered
from dangjian.org.unscoped import unscoped
from dangjian.site.api import api
from tests.contracts.examples import examples
from tests.contracts.listed import MADE_UP, ROWS, Visit, questions, undone
from tests.contracts.routes import Operation, Route, operations, routes
from tests.contracts.visits import is_let_in, send, signed_in, wrong_for
from tests.contracts.world import FOREIGN, World, build

FREE = {"api:openapi-json", "api:api-root"}
ROUTES = [route for route in routes() if route.is_api and route.name not in FREE]
OF_ONE_THING = [one for one in operations() if one.arguments]
EXAMPLES = examples()
CHOICES = 2


def _address(route: Route, world: World | None = None) -> str:
    """The address with the numbers of the branch and the member of ``world``, or with any number."""
    known = {"organization_id": world.branch.pk, "member_id": world.member.pk} if world else {}
    return reverse(route.name, kwargs={name: known.get(name, 1) for name in route.arguments})


def test_there_is_an_address_for_every_operation() -> None:
    assert {one.name for one in operations()} >= {route.name for route in ROUTES} > set()


def test_every_operation_of_one_thing_says_for_whom_it_opens() -> None:
    assert [one.name for one in OF_ONE_THING if one.opens is None] == []


@pytest.mark.any_database
@pytest.mark.django_db
@pytest.mark.parametrize("operation", OF_ONE_THING, ids=lambda one: one.name)
def test_an_operation_of_one_thing_opens_for_whom_it_says(operation: Operation) -> None:
    world, wrong = build(), []
    example = EXAMPLES[operation.name]
    with unscoped("an example makes its own object"):
        address = reverse(operation.name, kwargs=example.kwargs(world))
    data = example.post(world) if example.post else {}
    for who in (*world.neighbours, *world.readers):
        wrong += [f"{operation.name}: {fault}" for fault in wrong_for(operation, who, signed_in(who), address, data)]
    holder = example.holder(world) if example.holder else world.secretary
    answer = _tried(operation, holder, address, data)
    assert not wrong, "\n".join(wrong)
    assert answer == 200
    assert not any(is_let_in(operation, who, operation.method, address) for who in world.neighbours)


def _tried(operation: Operation, who: User, address: str, data: dict[str, object]) -> int:
    """The status of what somebody gets; what it does is undone."""
    point = transaction.savepoint()
    status = send(signed_in(who), operation.method, address, data).status_code
    transaction.savepoint_rollback(point)
    return status


def test_operations_are_told_apart() -> None:
    names = [one["operationId"] for path in api.get_openapi_schema()["paths"].values() for one in path.values()]
    assert sorted({name for name in names if names.count(name) > 1}) == []


@pytest.mark.any_database
@pytest.mark.django_db
@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
@pytest.mark.parametrize("key", [None, "Bearer dj_nobody"])
def test_nobody_is_asked_for_a_token(route: Route, key: str | None) -> None:
    client = Client(headers={"Authorization": key} if key else {})
    for method in ("GET", "POST"):
        answer = client.generic(method, _address(route), b"{}", content_type="application/json")
        assert answer.status_code in {401, 405}, method


@pytest.mark.any_database
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


def test_every_list_of_an_operation_is_declared_and_has_an_example_that_makes_rows() -> None:
    listed = {f"api:{one.name}" for one in OFFERED}
    paged = {f"api:{name}" for name, answer in _answers() if "count" in answer}
    assert paged - listed == set()
    assert [one.name for one in OFFERED if one.listing.name not in EXAMPLES or not EXAMPLES[one.listing.name].row] == []


def _answers() -> Iterator[tuple[str, dict[str, Any]]]:
    """Names of the operations that read, and the properties of what each answers."""
    schema = api.get_openapi_schema()
    for path in schema["paths"].values():
        for operation in (one for method, one in path.items() if method == "get"):
            content = operation["responses"][200]["content"]["application/json"]["schema"]
            named = content.get("$ref", "").rpartition("/")[2]
            yield operation["operationId"], schema["components"]["schemas"].get(named, {}).get("properties", {})


@pytest.mark.any_database
@pytest.mark.django_db
def test_a_list_says_to_programs_what_its_page_says() -> None:
    """All lists in one world: what each makes is undone before the next."""
    world, wrong = build(), []
    for one in OFFERED:
        with undone():
            wrong += [f"{one.name}: {fault}" for fault in _faults(one, world)]
    assert not wrong, "\n".join(wrong)


def _faults(offered: Offered, world: World) -> Iterator[str]:
    visit = Visit.of(offered.listing, world)

    def ask(**query: Any) -> Any:
        return visit.client.get(reverse(f"api:{offered.name}", kwargs=visit.kwargs), {"page_size": 200, **query})

    ask()  # what is looked up once a process
    before = questions(ask)
    visit.add_rows(world)
    if (now := questions(ask)) > before:
        yield f"asks {now} questions for {ROWS} rows and {before} for one"
    if (number := ask().json()["count"]) < ROWS:
        yield f"answers {number} of {ROWS} rows"
    shown = visit.page().context["asked"] if isinstance(offered.listing, ListPage) else None
    for query in [{}, *_orders(offered), *_choices(visit)]:
        answer = ask(**query)
        if answer.status_code != 200:
            yield f"refuses {query}: {answer.content.decode()}"
        elif shown and _numbers(answer) != (rows := visit.rows(shown, **query)):
            yield f"says {_numbers(answer)} for {query}, its page {rows}"
    for name in {"sort", *(name for one in _choices(visit) for name in one)}:
        answer = ask(**{name: MADE_UP})
        if answer.status_code != 422 or set(answer.json()["fields"]) != {name}:
            yield f"does not say that it cannot read {name}: {answer.content.decode()}"


def _numbers(answer: Any) -> list[Any]:
    return [item["id"] for item in answer.json()["items"]]


def _orders(offered: Offered) -> list[dict[str, str]]:
    return [{"sort": f"{sign}{key}"} for key in offered.listing.sorts for sign in ("", "-")]


def _choices(visit: Visit) -> list[dict[str, str]]:
    """The first choices of each filter: of a page what it offers (``test_lists`` takes all of them), else what is declared."""
    if isinstance(visit.listing, ListPage):
        fields = visit.page().context["asked"].form.fields
        offered = {name: [str(value) for value, _ in one.choices] for name, one in fields.items() if hasattr(one, "choices")}
    else:
        declared = [one for one in visit.listing.filters if isinstance(one, Choice) and not callable(one.choices)]
        offered = {one.name: [value for value, _ in one.choices] for one in declared}
    return [{name: value} for name, values in offered.items() for value in [one for one in values if one][:CHOICES]]
