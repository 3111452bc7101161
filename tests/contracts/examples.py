"""Examples: how to call an address that takes arguments, in the small world of ``tests/contracts/world.py``.

A module names its examples in ``tests/<its folder>/examples.py`` (a plugin in ``plugins/<name>/tests/examples.py``)::

    EXAMPLES = {
        "meetings:detail": Example(lambda world: {"pk": meeting_of(world).pk}),
        "meetings:close": Example(lambda world: {"pk": held(world).pk}, post=lambda world: {"confirm": "1"}),
    }

The object of an example belongs to ``world.branch`` (or to a person of it), never to ``world.other_branch``. Addresses without
arguments need no example; give one to say what a POST contains. The walker visits every address as nobody, as a neighbour, as a
reader and as a holder; an address with arguments and without an example fails the contract.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from dangjian.accounts.models import User
from tests.contracts.world import World

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class StepExample:
    """One step of a declared case (``test_cases.py``): what its form contains; on which case, if not the example's; by whom.

    ``again`` says why it may be taken more than once.
    """

    post: Callable[[World], dict[str, Any]] = lambda _world: {}
    kwargs: Callable[[World], dict[str, Any]] | None = None
    holder: Callable[[World], User] | None = None
    again: str = ""


@dataclass(frozen=True, slots=True)
class Example:
    """One address in the small world.

    ``kwargs(world)`` returns the arguments and may first make the object they name. ``query`` is appended to the address.
    ``post(world)`` returns what a correct form contains; without it a POST is only tried by those who must be refused.
    ``holder(world)`` returns somebody who may do it, if the walker should not choose. ``open_to_neighbours`` says why a neighbour
    may see this address. ``row(world, number)`` makes one more row of a declared list (``test_lists.py``), with a member or an
    organisation of its own where rows have one. ``steps`` are those of a declared case by code, ``papers(world)`` names
    a case with papers.
    """

    kwargs: Callable[[World], dict[str, Any]] = lambda _world: {}
    query: str = ""
    post: Callable[[World], dict[str, Any]] | None = None
    holder: Callable[[World], User] | None = None
    open_to_neighbours: str = ""
    row: Callable[[World, int], Any] | None = None
    steps: dict[str, StepExample] = field(default_factory=dict)
    papers: Callable[[World], dict[str, Any]] | None = None


def examples() -> dict[str, Example]:
    """All examples by the name of their address."""
    found: dict[str, Example] = {}
    for file in sorted([*ROOT.glob("tests/**/examples.py"), *ROOT.glob("plugins/*/tests/examples.py")]):
        if file == Path(__file__):
            continue
        spec = spec_from_file_location("examples_of_" + "_".join(file.relative_to(ROOT).parts[:-1]), file)
        assert spec
        assert spec.loader
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        doubled = found.keys() & module.EXAMPLES.keys()
        assert not doubled, f"{file}: {sorted(doubled)} have examples elsewhere"
        found |= module.EXAMPLES
    return found
