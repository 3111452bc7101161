"""Offers: each kind is described, explained and used by somebody."""

import ast
import dataclasses
import inspect
from importlib import import_module

import pytest

from dangjian.kernel import registry
from tests.contracts.source import ROOT, calls, modules

PAGE = (ROOT / "docs/offers.md").read_text(encoding="utf-8")


def _offer_modules() -> list[str]:
    names = [path for path in modules() if path.startswith("src/") and path.endswith(("/offers.py", "_offers.py"))]
    return [path.removeprefix("src/").removesuffix(".py").replace("/", ".") for path in names]


DECLARED = {
    name: kind
    for module in _offer_modules()
    for name, kind in inspect.getmembers(import_module(module), inspect.isclass)
    if kind.__module__ == module and dataclasses.is_dataclass(kind)
}
"""Every dataclass of an ``offers.py``: the kinds of offers, and what their functions return."""

ASKED_FOR = {
    call.args[0].id
    for tree in modules().values()
    for name, call in calls(tree)
    if name in {"offers", "by_code"} and call.args and isinstance(call.args[0], ast.Name)
}
"""Names of kinds that some app asks the registry for."""


@pytest.mark.parametrize("name", sorted(DECLARED))
def test_every_class_of_an_offers_module_is_described(name: str) -> None:
    assert f"`{name}`" in PAGE, "describe it in docs/offers.md"


@pytest.mark.parametrize("name", sorted(DECLARED))
def test_every_class_of_an_offers_module_says_how_to_use_it(name: str) -> None:
    documentation = DECLARED[name].__doc__ or ""
    assert not documentation.startswith(f"{name}("), "write a docstring"


@pytest.mark.parametrize("kind", sorted(registry.kinds(), key=lambda kind: kind.__name__))
def test_every_kind_that_is_offered_is_asked_for(kind: type) -> None:
    assert kind.__name__ in ASKED_FOR


def test_every_kind_that_is_asked_for_is_declared_in_an_offers_module() -> None:
    assert sorted(ASKED_FOR - DECLARED.keys() - {"kind"}) == []


def test_every_kind_has_its_own_heading() -> None:
    headings = {line.strip("# `") for line in PAGE.splitlines() if line.startswith("### ")}
    assert sorted(ASKED_FOR - headings - {"kind"}) == []
