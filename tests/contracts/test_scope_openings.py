"""What looks beyond the scope says by name what it means; the open door is used in few places, and by no page."""

import ast
from collections.abc import Iterator
from pathlib import PurePath

import pytest

from tests.contracts.source import calls, modules

PAGES = ("views", "forms", "panels", "api")
"""Beginnings of the names of files and folders that show something or take it in."""

SHUT_TO_PAGES = {
    "dangjian.org.unscoped": {"unscoped"},
    "dangjian.org.openings": {"register"},
}
"""A fact for a page is asked in the queries of its app, where it has a name and is tested."""

UNSCOPED_AT_MOST = 40

PLACES = sorted(modules())


def _is_page(path: str) -> bool:
    return any(part.startswith(PAGES) for part in PurePath(path).parts)


def _brought_in(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Each name that a module brings in, or reaches through a module brought in, with where it comes from."""
    known: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for each in node.names:
                known[each.asname or each.name] = f"{node.module}.{each.name}"
                yield node.module, each.name
        elif isinstance(node, ast.Import):
            known |= {each.asname or each.name: each.name for each in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            first, _, rest = ast.unparse(node.value).partition(".")
            yield f"{known.get(first, first)}.{rest}".rstrip("."), node.attr


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("from dangjian.org.openings import own, register", True),
        ("from dangjian.org.openings import own, at", False),
        ("from dangjian.org import openings\nopenings.register(Post)", True),
        ("from dangjian.org import openings as beyond\nbeyond.own(Post, 1)", False),
        ("import dangjian.org.unscoped\ndangjian.org.unscoped.unscoped('why')", True),
        ("from dangjian.org import unscoped as door\nwith door.unscoped('why'): pass", True),
    ],
)
def test_what_is_found(text: str, *, is_found: bool) -> None:
    assert any(name in SHUT_TO_PAGES.get(module, ()) for module, name in _brought_in(ast.parse(text))) == is_found


@pytest.mark.parametrize("path", [path for path in PLACES if _is_page(path)])
def test_no_page_opens_what_it_shows(path: str) -> None:
    found = [f"{module}.{name}" for module, name in _brought_in(modules()[path]) if name in SHUT_TO_PAGES.get(module, ())]
    assert not found


def test_the_open_door_has_a_short_list() -> None:
    uses = [f"{path}:{call.lineno}" for path in PLACES for name, call in calls(modules()[path]) if name == "unscoped"]
    assert len(uses) <= UNSCOPED_AT_MOST, uses


def test_only_openings_reach_past_the_scope() -> None:
    """The rows of all organisations are asked for by what they are wanted for."""
    home = {"src/dangjian/org/scope.py", "src/dangjian/org/openings.py"}
    found = [f"{path}:{call.lineno}" for path in PLACES for name, call in calls(modules()[path]) if name == "of_all"]
    assert {place.partition(":")[0] for place in found} <= home
