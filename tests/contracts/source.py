"""The source of the product and of its tests as syntax trees, for contracts about how it is written."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("src", "plugins")


@cache
def modules() -> dict[str, ast.Module]:
    """Every module of the product and its plugins by its path from the root; migrations and tests are left out."""
    found = {}
    for folder in FOLDERS:
        for file in sorted((ROOT / folder).rglob("*.py")):
            if not {"migrations", "tests"} & set(file.relative_to(ROOT).parts):
                found[str(file.relative_to(ROOT))] = ast.parse(file.read_text(encoding="utf-8"))
    return found


def suite() -> dict[str, ast.Module]:
    """Every module of the tests, those of the plugins and the fixtures of all included, by its path from the root."""
    files = [ROOT / "conftest.py", *(ROOT / "tests").rglob("*.py"), *(ROOT / "plugins").glob("*/tests/**/*.py")]
    return {str(file.relative_to(ROOT)): ast.parse(file.read_text(encoding="utf-8")) for file in sorted(files)}


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Each call with the last part of the name that is called: ``save`` for ``self.form.save()``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            match node.func:
                case ast.Attribute(attr=name) | ast.Name(id=name):
                    yield name, node
