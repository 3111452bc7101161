"""How a row lies in ``ImportRow.payload``: what was typed and what it means, or what undoing will need.

It is kept short, because it is encrypted. Values are texts, numbers, truths and dates.
"""

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any, Final

from dangjian.kernel.spreadsheets import as_text
from dangjian.kernel.spreadsheets.cells import Value

NOTHING: Final = "{}"
"""The payload of a row of which nothing is kept."""

_BOTH, _RAW, _CLEAN, _DAYS = "both", "raw", "clean", "days"
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_decode = json.JSONDecoder().decode
_day = dt.date.fromisoformat


def plain(value: Value) -> Value:
    """A cell's value as JSON keeps it."""
    return value if isinstance(value, str | int | float | bool) else as_text(value)


def dump(values: Mapping[str, object]) -> dict[str, dict[str, Any]]:
    """``values`` as JSON keeps them."""
    days = {name: value.isoformat() for name, value in values.items() if isinstance(value, dt.date)}
    return {_CLEAN: {name: value for name, value in values.items() if name not in days}, _DAYS: days}


def load(content: Mapping[str, Any]) -> dict[str, object]:
    """What was dumped."""
    values = {**content.get(_BOTH, {}), **content.get(_CLEAN, {})}
    for name, day in content.get(_DAYS, {}).items():
        values[name] = _day(day)
    return values


def pack(raw: Mapping[str, Value], clean: Mapping[str, object]) -> str:
    """The payload of a row that waits to be entered."""
    both: dict[str, object] = {}
    meant: dict[str, object] = {}
    days: dict[str, str] = {}
    for name, value in clean.items():
        if type(value) is str:
            (both if raw.get(name) == value else meant)[name] = value
        elif isinstance(value, dt.date):
            days[name] = value.isoformat()
        else:
            meant[name] = value
    typed = {name: value if type(value) is str else plain(value) for name, value in raw.items() if name not in both}
    return _encode({_BOTH: both, _RAW: typed, _CLEAN: meant, _DAYS: days})


def pack_kept(values: Mapping[str, object]) -> str:
    """The payload of a row that was entered: what undoing will need."""
    return _encode(dump(values))


def raw_of(text: str) -> dict[str, Any]:
    """What was typed."""
    content = _decode(text)
    return {**content.get(_BOTH, {}), **content.get(_RAW, {})}


def clean_of(text: str) -> dict[str, object]:
    """What it means; of a row that was entered, what was kept of it."""
    return load(_decode(text))
