"""The product's own source as syntax trees, for contracts about how it is written."""

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


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Each call with the last part of the name that is called: ``save`` for ``self.form.save()``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            match node.func:
                case ast.Attribute(attr=name) | ast.Name(id=name):
                    yield name, node
