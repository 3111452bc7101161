"""What every declared case keeps: a step is taken by whoever may, by nobody else, and once.

Examples name the steps (``tests/contracts/examples.py``).
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import transaction
from django.test import Client, RequestFactory
from django.urls import resolve, reverse

from dangjian.accounts.models import User
from dangjian.engines.duties.queries.waiting import groups
from dangjian.kernel.gate import SIGNED_IN
from dangjian.org.cases import DECLARED, Case, Paper, Step
from dangjian.org.gate import GrantedActor
from dangjian.org.unscoped import unscoped
from tests.contracts.examples import Example, StepExample, examples
from tests.contracts.routes import routes
from tests.contracts.visits import faults, refused, signed_in
from tests.contracts.world import World, build

EXAMPLES = examples()
ROUTES = {route.name for route in routes()}
"""Resolving them imports every view, and with that every case."""

CASES = sorted(DECLARED, key=lambda one: one.name)
NAMES = {one.name for one in CASES}


def test_every_case_has_its_address_and_an_example_of_each_step() -> None:
    taken = {one.name: {step.code for step in one.steps if step.act} for one in CASES}
    assert sorted(taken.keys() - ROUTES) == []
    named = {name: set(EXAMPLES.get(name, Example()).steps) for name in taken}
    assert named == taken


def test_every_state_of_a_case_has_a_look() -> None:
    missing = []
    for one in CASES:
        if not callable(one.states):
            field: Any = one.model._meta.get_field(one.state_field)
            missing += [f"{one.name}: {state}" for state, _ in field.choices if state not in one.states]
    assert missing == []


def test_codes_of_steps_are_told_apart() -> None:
    for one in CASES:
        codes = [step.code for step in one.steps]
        assert len(set(codes)) == len(codes), one.name


@pytest.mark.any_database
@pytest.mark.django_db
@pytest.mark.parametrize("case", CASES, ids=lambda one: one.name)
def test_every_step_is_offered_and_taken_once(case: Case) -> None:
    """By somebody who may take it; whoever may see the case and not take it is refused and leaves no trace.

    One that may be taken again says why. Whatever case waits for somebody on the to-do list has a step open to them.
    """
    world, wrong = build(), []
    for step in case.steps:
        if step.act:
            with _undone():
                wrong += [f"{step.code}: {fault}" for fault in _step_faults(case, step, world)]
    assert not wrong, "\n".join(wrong)


def _has_papers(case: Case) -> bool:
    return case.papers is not Case.__dataclass_fields__["papers"].default


def test_every_case_with_papers_has_an_example_of_them() -> None:
    assert {one.name for one in CASES if _has_papers(one)} == {one.name for one in CASES if EXAMPLES[one.name].papers}


@pytest.mark.any_database
@pytest.mark.django_db
@pytest.mark.parametrize("case", [one for one in CASES if _has_papers(one)], ids=lambda one: one.name)
def test_papers_are_for_whoever_may_see_the_case(case: Case) -> None:
    """Everything that the page offers opens; a file is refused to whoever may not see the case."""
    wrong = list(_paper_faults(case, build()))
    assert not wrong, "\n".join(wrong)


def _paper_faults(case: Case, world: World) -> Iterator[str]:
    example: Example = EXAMPLES[case.name]
    assert example.papers
    with unscoped("an example makes its own object"):
        address = reverse(case.name, kwargs=example.papers(world))
    codes, seen = set(), set()
    for user in (*world.people, *world.readers):
        client = signed_in(user)
        shown: Any = client.get(address)
        papers: list[Paper] = shown.context["papers"] if shown.status_code == 200 else []
        for link in [link for paper in papers for link in _links(paper)]:
            seen.add(link)
            if (status := client.get(link if link.startswith("/") else address + link).status_code) != 200:
                yield f"{link} answers {user} {status}"
        codes |= {paper.code for paper in papers if paper.file}
    if not seen:
        yield "no paper is offered to anybody"
    for user in world.neighbours:
        for code in codes:
            yield from (f"{code} to {user}: {fault}" for fault in faults(signed_in(user), "GET", f"{address}?paper={code}", {}))
    if signed_in(world.secretary).get(f"{address}?paper=made-up").status_code not in {403, 404}:
        yield "answers a paper that it does not have"


def _links(paper: Paper) -> list[str]:
    return [link for link in (paper.page, paper.pdf, f"?paper={paper.code}" if paper.file else "") if link]


def _step_faults(case: Case, step: Step, world: World) -> Iterator[str]:
    example: Example = EXAMPLES[case.name]
    taken: StepExample = example.steps[step.code]
    with unscoped("an example makes its own object"):
        address = reverse(case.name, kwargs=(taken.kwargs or example.kwargs)(world))
        data = {"step": step.code, **taken.post(world)}
    page = address
    if step.has_page:
        address = f"{address}?step={step.code}"
    before = Offered()
    holder = taken.holder(world) if taken.holder else _who_may(case, step, page, before, world)
    if holder is None:
        yield "nobody in the world may take it"
        return
    for user in {holder, world.secretary, world.office}:
        yield from (f"waits for {user}, who can do nothing: {url}" for url in _waits_in_vain(user, before))
    for user in {*world.readers, *world.neighbours} - {holder}:
        if step.code not in before(user, page):
            yield from (f"POST by {user}: {fault}" for fault in faults(signed_in(user), "POST", address, anew(data), {403, 404}))
    if step.code not in before(holder, page):
        yield f"is not offered to {holder}"
    if not step.has_page and step.look != "drawn":
        yield from _faults_left_empty(step, signed_in(holder), address, data)
    first = signed_in(holder).post(address, anew(data))
    if first.status_code != 302:
        problems = [one["form"].errors for one in first.context["steps"]] if first.context else []
        yield f"{holder} got {first.status_code} {problems}"
    else:
        yield from _faults_afterwards(taken, holder, address, data, is_offered=step.code in Offered()(holder, page))


def _faults_left_empty(step: Step, client: Client, address: str, data: dict[str, Any]) -> Iterator[str]:
    """A field that is left empty is named in the form, which comes back with everything else that was typed."""
    form = _form(client.get(address), step.code)
    asked = [name for name, field in form.fields.items() if field.required and data.get(name)] if form else []
    if not asked:
        return
    answer, changed = refused(client, "POST", address, anew({**data, asked[0]: ""}))
    again = _form(answer, step.code)
    if answer.status_code != 422 or again is None or asked[0] not in again.errors or changed:
        yield f"without {asked[0]}: got {answer.status_code}, changed {changed}"
        return
    typed = {name: data[name] for name in again.fields.keys() & data.keys() - {asked[0]} if not hasattr(data[name], "seek")}
    yield from (f"without {asked[0]}: {name} is lost" for name, value in typed.items() if value and not again[name].value())


def _form(answer: Any, code: str) -> Any:
    """The form of a step on the page of a case."""
    steps = answer.context.get("steps", ()) if answer.context else ()
    return next((one["form"] for one in steps if one["code"] == code), None)


def _faults_afterwards(
    taken: StepExample, holder: User, address: str, data: dict[str, Any], *, is_offered: bool
) -> Iterator[str]:
    """Once it was taken, a step is refused, unless there is a reason to take it again."""
    if not taken.again:
        again = faults(signed_in(holder), "POST", address, anew(data), {403, 404, 409, 422})
        yield from (f"taken again: {fault}" for fault in again)
    elif not is_offered:
        yield f"is not offered again, though {taken.again}"


def anew(data: dict[str, Any]) -> dict[str, Any]:
    """What is sent, with its files from their beginning."""
    for value in data.values():
        if hasattr(value, "seek"):
            value.seek(0)
    return data


class Offered:
    """Codes of the steps that pages of cases offer to somebody, none where there is no page; each page is opened once."""

    def __init__(self) -> None:
        self._seen: dict[tuple[int, str], Collection[str]] = {}

    def __call__(self, user: User, page: str) -> Collection[str]:
        if (user.pk, page) not in self._seen:
            shown: Any = signed_in(user).get(page)
            self._seen[user.pk, page] = shown.context["open_steps"] if shown.status_code == 200 else ()
        return self._seen[user.pk, page]


def _waits_in_vain(user: User, offered: Offered) -> Iterator[str]:
    """Cases on the to-do list of somebody to whom no step of them is open."""
    request: Any = RequestFactory().get("/")
    request.user, request.actor = user, GrantedActor(user)
    urls = {matter.url for group in groups(request, 50) for matter in group.matters}
    for url in urls:
        if resolve(url.partition("?")[0]).view_name in NAMES and not offered(user, url):
            yield url


def _who_may(case: Case, step: Step, page: str, offered: Offered, world: World) -> User | None:
    able = (one for one in world.people if case.permission == SIGNED_IN or GrantedActor(one).may(case.permission))
    return next((one for one in able if step.code in offered(one, page)), None)


@contextmanager
def _undone() -> Iterator[None]:
    point = transaction.savepoint()
    try:
        yield
    finally:
        transaction.savepoint_rollback(point)
