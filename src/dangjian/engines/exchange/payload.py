"""How a row lies in ``ImportRow.payload``: what was typed, and what it means where that differs.

It is kept short, because it is encrypted.
"""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from dangjian.kernel import crypto
from dangjian.kernel.spreadsheets import as_text
from dangjian.kernel.spreadsheets.cells import Value
from dangjian.members.columns import COLUMNS
from dangjian.members.models import Member

DATES = frozenset(name for name, column in COLUMNS.items() if column.kind == "date")
_ID_CONTEXT: Final = Member._meta.get_field("resident_id").context  # noqa: SLF001 - Django's own API
NOTHING: Final = "{}"
"""The payload of a row that has changed nothing."""

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Stored:
    """A payload opened. ``raw`` as typed; ``meant`` clean values that differ from it; ``before`` of an amended record."""

    raw: dict[str, Any]
    meant: dict[str, Any]
    category: str
    before: dict[str, Any]
    at: str

    def columns(self) -> dict[str, Any]:
        """The clean values by the names of ``COLUMNS``."""
        found = {name: value for name, value in self.raw.items() if name in COLUMNS}
        for name, value in self.meant.items():
            found[name] = dt.date.fromisoformat(value) if name in DATES else value
        return found


def index_of(resident_id: str) -> str:
    """The blind index of an ID number, as ``Member.resident_id_index`` holds it; "" of ""."""
    return crypto.blind_index(resident_id, _ID_CONTEXT) if resident_id else ""


def plain(value: Value) -> Value:
    """A cell's value as JSON keeps it."""
    return value if isinstance(value, str | int | float | bool) else as_text(value)


def pack(raw: Mapping[str, Value], clean: Mapping[str, Any], *, category: str) -> str:
    """The payload of a row."""
    kept = {name: value if type(value) is str else plain(value) for name, value in raw.items()}
    meant = {
        name: value.isoformat() if isinstance(value, dt.date) else value
        for name, value in clean.items()
        if kept.get(name) != value
    }
    return _encode({"raw": kept, "meant": meant, "category": category})


def pack_before(before: Mapping[str, Any], at: dt.datetime) -> str:
    """The payload of a row that has amended a record: what it held before."""
    kept = {name: value.isoformat() if isinstance(value, dt.date) else value for name, value in before.items()}
    return json.dumps({"before": kept, "at": at.isoformat()}, ensure_ascii=False)


def unpack(text: str) -> Stored:
    """What was packed."""
    content = json.loads(text)
    return Stored(
        content.get("raw", {}),
        content.get("meant", {}),
        content.get("category", ""),
        content.get("before", {}),
        content.get("at", ""),
    )
