"""What every declared case keeps: a step is taken by whoever may, by nobody else, and once.

Examples name the steps (``tests/contracts/examples.py``).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import transaction
from django.urls import reverse

from dangjian.accounts.models import User
from dangjian.kernel.gate import SIGNED_IN
from dangjian.org.cases import DECLARED, Case, Step
from dangjian.org.gate import GrantedActor
from dangjian.org.unscoped import unscoped
from tests.contracts.examples import Example, StepExample, examples
from tests.contracts.routes import routes
from tests.contracts.visits import faults, signed_in
from tests.contracts.world import World, build

EXAMPLES = examples()
ROUTES = {route.name for route in routes()}
"""Resolving them imports every view, and with that every case."""

CASES = sorted(DECLARED, key=lambda one: one.name)


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


@pytest.mark.django_db
def test_every_step_is_offered_and_taken_once() -> None:
    """By somebody who may take it; whoever may see the case and not take it is refused and leaves no trace."""
    world, wrong = build(), []
    for case in CASES:
        for step in case.steps:
            if step.act:
                with _undone():
                    wrong += [f"{case.name}, {step.code}: {fault}" for fault in _step_faults(case, step, world)]
    assert not wrong, "\n".join(wrong)


def _step_faults(case: Case, step: Step, world: World) -> Iterator[str]:
    example: Example = EXAMPLES[case.name]
    taken: StepExample = example.steps[step.code]
    with unscoped("an example makes its own object"):
        address = reverse(case.name, kwargs=(taken.kwargs or example.kwargs)(world))
        data = {"step": step.code, **taken.post(world)}
    if step.has_page:
        address = f"{address}?step={step.code}"
    holder = taken.holder(world) if taken.holder else _who_may(case, step, address, world)
    if holder is None:
        yield "nobody in the world may take it"
        return
    for user in {*world.readers, *world.neighbours} - {holder}:
        if not _offers(user, step, address):
            yield from (f"POST by {user}: {fault}" for fault in faults(signed_in(user), "POST", address, anew(data), {403, 404}))
    if not _offers(holder, step, address):
        yield f"is not offered to {holder}"
    first = signed_in(holder).post(address, anew(data))
    if first.status_code != 302:
        problems = [one["form"].errors for one in first.context["steps"]] if first.context else []
        yield f"{holder} got {first.status_code} {problems}"
    elif _offers(holder, step, address):
        yield "is offered again when it was taken"
    else:
        yield from (
            f"taken again: {fault}" for fault in faults(signed_in(holder), "POST", address, anew(data), {403, 404, 409, 422})
        )


def anew(data: dict[str, Any]) -> dict[str, Any]:
    """What is sent, with its files from their beginning."""
    for value in data.values():
        if hasattr(value, "seek"):
            value.seek(0)
    return data


def _who_may(case: Case, step: Step, address: str, world: World) -> User | None:
    able = (one for one in world.people if case.permission == SIGNED_IN or GrantedActor(one).may(case.permission))
    return next((one for one in able if _offers(one, step, address)), None)


def _offers(user: User, step: Step, address: str) -> bool:
    """Whether the page shows the step to ``user``."""
    shown: Any = signed_in(user).get(address.partition("?")[0])
    return shown.status_code == 200 and step.code in shown.context["open_steps"]


@contextmanager
def _undone() -> Iterator[None]:
    point = transaction.savepoint()
    try:
        yield
    finally:
        transaction.savepoint_rollback(point)
