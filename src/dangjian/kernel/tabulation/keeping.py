"""Tables and cuts put away as plain data, and read again as they were.

What is kept does not depend on what tables, lists of codes or programs say later: conditions are kept worked out, a cut with the
numbers of its rows and the words of its codes. There are no names in it.

>>> again = cut_from(json.loads(json.dumps(kept_cut(cut))), population)
"""

import base64
import datetime as dt
import zlib
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from dangjian.kernel.citation import Citation
from dangjian.kernel.tabulation.conditions import All, Among, AnyOf, Between, Condition, Not
from dangjian.kernel.tabulation.counting import Failure
from dangjian.kernel.tabulation.cuts import Cut, Stored
from dangjian.kernel.tabulation.definition import Check, Line, PartsCheck, SumsCheck, Table, Term
from dangjian.kernel.tabulation.dimensions import Coded

if TYPE_CHECKING:
    from dangjian.kernel.tabulation.offers import Population

Kept = dict[str, Any]
"""Numbers, texts, lists and mappings, as JSON has them."""


def kept_table(table: Table) -> Kept:
    """A table with its lines, conditions and checks."""
    return {
        **_plain(table, "code", "title", "population", "edition", "note"),
        "citations": [_plain(one, *(field.name for field in fields(one))) for one in table.citations],
        "total": table.total.code,
        "rows": [_kept_line(one) for one in table.rows],
        "columns": [_kept_line(one) for one in table.columns],
        "checks": [_kept_check(one) for one in table.checks],
    }


def table_from(kept: Kept) -> Table:
    """The table that was kept."""
    rows, columns = (tuple(map(_line_of, kept[axis])) for axis in ("rows", "columns"))
    return Table(
        kept["code"],
        kept["title"],
        kept["population"],
        kept["edition"],
        tuple(Citation(**one) for one in kept["citations"]),
        kept["note"],
        next(one for one in rows if one.code == kept["total"]),
        rows,
        columns,
        tuple(map(_check_of, kept["checks"])),
    )


def kept_cut(cut: Cut) -> Kept:
    """Every column of a cut that was read, and what the codes of its coded dimensions were called.

    Of columns that lie somewhere already (``Stored``) none is kept a second time.
    """
    coded = [one for one in cut.population.dimensions if isinstance(one, Coded) and one.code in cut.columns]
    columns = {} if isinstance(cut.columns, Stored) else cut.columns
    return {
        "since": cut.since.isoformat(),
        "until": cut.until.isoformat(),
        "columns": {name: kept_column(column) for name, column in columns.items()},
        "labels": {one.code: [item.label for item in one.listed.items] for one in coded},
    }


def cut_from(kept: Kept, population: "Population", stored: Stored | None = None) -> Cut:
    """The cut that was kept of a population, with the columns that lie elsewhere."""
    since, until = (dt.date.fromisoformat(kept[end]) for end in ("since", "until"))
    columns = {name: column_from(column) for name, column in kept["columns"].items()} if stored is None else stored
    return Cut(population, since, until, columns, kept["labels"])


def _plain(row: object, *names: str) -> Kept:
    return {name: getattr(row, name) for name in names}


_LINE = ("code", "title", "population", "at_start", "depth", "group", "says")


def _kept_line(line: Line) -> Kept:
    return {**_plain(line, *_LINE), "condition": _kept_condition(line.condition)}


def _line_of(kept: Kept) -> Line:
    return Line(**{**kept, "condition": _condition_of(kept["condition"])})


def _kept_condition(condition: Condition) -> Kept:
    if isinstance(condition, Among):
        return {"is": "among", "dimension": condition.dimension, "values": list(condition.values)}
    if isinstance(condition, Between):
        return {"is": "between", **_plain(condition, "dimension", "low", "high")}
    if isinstance(condition, Not):
        return {"is": "not", "part": _kept_condition(condition.part)}
    if isinstance(condition, All | AnyOf):
        sort = "all" if isinstance(condition, All) else "any"
        return {"is": sort, "parts": [_kept_condition(one) for one in condition.parts]}
    message = f"{type(condition).__name__} cannot be kept"
    raise TypeError(message)


def _condition_of(kept: Kept) -> Condition:
    read: Mapping[str, Callable[[], Condition]] = {
        "among": lambda: Among(kept["dimension"], tuple(kept["values"])),
        "between": lambda: Between(kept["dimension"], kept["low"], kept["high"]),
        "not": lambda: Not(_condition_of(kept["part"])),
        "all": lambda: All(tuple(map(_condition_of, kept["parts"]))),
        "any": lambda: AnyOf(tuple(map(_condition_of, kept["parts"]))),
    }
    return read[kept["is"]]()


def _kept_check(check: Check) -> Kept:
    if isinstance(check, PartsCheck):
        return {"is": "parts", **_plain(check, "title", "axis", "parts", "whole", "mend")}
    sides = {
        side: [list(_plain(term, "sign", "table", "row", "column").values()) for term in getattr(check, side)] for side in _SIDES
    }
    return {"is": "sums", **_plain(check, "title", "holds", "mend"), **sides}


_SIDES = ("left", "right")


def _check_of(kept: Kept) -> Check:
    if kept["is"] == "parts":
        return PartsCheck(kept["title"], kept["axis"], tuple(kept["parts"]), kept["whole"], kept["mend"])
    left, right = (tuple(Term(*term) for term in kept[side]) for side in _SIDES)
    return SumsCheck(kept["title"], left, kept["holds"], right, kept["mend"])


def kept_failure(failure: Failure, table: Table) -> Kept:
    """A check of a table that does not hold, with those who make the difference."""
    return {
        **_plain(failure, "where", "left", "right", "population", "also"),
        "check": table.checks.index(failure.check),
        "persons": kept_column(np.array(failure.persons, np.int64)),
    }


def failure_from(kept: Kept, table: Table) -> Failure:
    """The failed check that was kept of a table."""
    persons = tuple(column_from(kept["persons"]).tolist())
    return Failure(**{**kept, "check": table.checks[kept["check"]], "persons": persons})


def kept_column(column: npt.NDArray[Any]) -> list[str]:
    """Kind of number and its bytes, the lowest first, compressed."""
    plain = column.astype(column.dtype.newbyteorder("<"))
    return [plain.dtype.str, base64.b64encode(zlib.compress(plain.tobytes(), 6)).decode()]


def column_from(column: list[str]) -> npt.NDArray[Any]:
    """The column that was kept."""
    kind, packed = column
    return np.frombuffer(zlib.decompress(base64.b64decode(packed)), np.dtype(kind))
