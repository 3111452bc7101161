"""The tables and populations of this platform: ``tables/*.yaml`` of the installed apps, and what these offer."""

import hashlib
import json
from functools import cache
from pathlib import Path

from django.apps import apps

from dangjian.kernel.errors import NotFound
from dangjian.kernel.registry import by_code
from dangjian.kernel.tabulation import Population, Table, kept_table, load
from dangjian.kernel.tabulation.conditions import Condition
from dangjian.kernel.tabulation.definition import asked


def population(code: str) -> Population:
    """:raises KeyError: naming those there are."""
    found = by_code(Population)
    if code not in found:
        raise KeyError(f"没有“{code}”这一统计对象；有：{'、'.join(found)}")
    return found[code]


@cache
def tables() -> dict[str, Table]:
    """All tables by their number, in its order. :raises FileProblem: for a file that cannot be."""
    folders = (Path(config.path) / "tables" for config in apps.get_app_configs())
    files = [file for folder in folders if folder.is_dir() for file in sorted(folder.glob("*.yaml"))]
    found = [load(file, population) for file in files]
    return {one.code: one for one in sorted(found, key=lambda one: (int(one.code), one.title))}


def table(code: str) -> Table:
    """One of them. :raises NotFound: for a number that no app defines."""
    found = tables().get(code)
    if found is None:
        raise NotFound("没有这张统计表。")
    return found


@cache
def fingerprint() -> str:
    """Another one as soon as any table is defined otherwise: figures that were kept are then counted anew."""
    kept = json.dumps([kept_table(one) for one in tables().values()], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(kept.encode()).hexdigest()


@cache
def conditions(code: str, at_start: bool) -> frozenset[Condition]:
    """What any table asks of the rows of a population on one of its days."""
    found: set[Condition] = set()
    for one in tables().values():
        rows = [row for row in one.rows if row.population == code and row.at_start == at_start]
        found.update(line.condition for line in (*rows, *(one.columns if rows else ())))
    return frozenset(found)


@cache
def needed(code: str, at_start: bool) -> frozenset[str]:
    """Codes of the dimensions of a population that any table asks of one of its days."""
    return population(code).needed({name for condition in conditions(code, at_start) for name in asked(condition)})
