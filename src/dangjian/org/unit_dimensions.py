"""What is known of the unit in which people and organisations are: dimensions of every population that stands in one."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

import numpy as np

from dangjian.kernel.tabulation import Coded, Dimension, Flag, Wanted
from dangjian.org.models import HAS_ORGANISATION, OrganizationVersion, Unit
from dangjian.org.openings import register
from dangjian.org.unit_queries import on_record

NATURE = Coded("unit_nature", "单位性质", codes="unit_economic_type")
SIZE = Coded("unit_size", "企业规模")
CONTROL = Coded("unit_control", "企业控股情况", codes="soe_column")
CENTRAL = Flag("unit_central", "中央企业")
UNIT_DIMENSIONS: tuple[Dimension, ...] = (NATURE, SIZE, CONTROL, CENTRAL)

_CENTRE = "中央"
"""The word of 隶属关系 that makes a unit one of the central enterprises."""


def of_units(units: Iterable[Iterable[Unit]], wanted: Wanted) -> dict[str, Any]:
    """The dimensions that are asked for, of rows in one unit, in none, or in several, where only what these share is known."""
    rows = [list(one) for one in units]
    found: dict[str, Any] = {}
    for dimension, name in ((NATURE, "nature"), (SIZE, "size"), (CONTROL, "control")):
        if wanted.asks(dimension.code):
            found[dimension.code] = dimension.values(_shared(getattr(unit, name) for unit in row) for row in rows)
    if wanted.asks(CENTRAL.code):
        found[CENTRAL.code] = CENTRAL.values(_shared(unit.affiliation for unit in row) == _CENTRE for row in rows)
    return found


def of_organizations(numbers: Iterable[int], wanted: Wanted) -> dict[str, Any]:
    """The same of rows in these organisations, in their order; nothing is read where nothing of it is asked for."""
    if not any(wanted.asks(one.code) for one in UNIT_DIMENSIONS):
        return {}
    rows = list(numbers)
    places = {number: place for place, number in enumerate(dict.fromkeys(rows))}
    units = units_around(wanted.until)
    # Worked out once for each organisation: of a million people, forty thousand times.
    known = of_units((units.get(number, ()) for number in places), wanted)
    at = np.fromiter((places[number] for number in rows), np.intp, len(rows))
    return {code: values[at] for code, values in known.items()}


def units_around(day: dt.date) -> dict[int, list[Unit]]:
    """The units in which each organisation stood on ``day``: those that it covers, else those of the nearest above that does."""
    stood = register(OrganizationVersion).as_of(day).order_by("path").values_list("organization_id", "path")
    paths = {path: number for number, path in stood}
    there = on_record(day, list(paths.values()))
    own = {number: [unit for unit in units if unit.covered in HAS_ORGANISATION] for number, units in there.items()}
    found: dict[str, list[Unit]] = {}
    for path, number in paths.items():  # whoever stands above comes first
        above = path.rstrip("/").rpartition("/")[0] + "/"
        found[path] = own.get(number) or found.get(above, [])
    return {number: found[path] for path, number in paths.items()}


def _shared(values: Iterable[str]) -> str:
    """The one value of all, if there is one."""
    said = set(values)
    return said.pop() if len(said) == 1 else ""
