"""How a row lies in ``ImportRow.payload``: what was typed, and what it means where that differs.

Private values of a row that is in order are sealed for their column of ``Member`` at once, so that entering them encrypts nothing again.
"""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from dangjian.kernel import crypto
from dangjian.kernel.fields import Ciphertext, EncryptedTextField
from dangjian.kernel.spreadsheets import as_text
from dangjian.kernel.spreadsheets.cells import Value
from dangjian.members.columns import COLUMNS, PRIVATE
from dangjian.members.models import Member

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _field(name: str) -> Any:
    return Member._meta.get_field(name)  # noqa: SLF001 - Django's own API


CONTEXTS = {name: cast("EncryptedTextField", _field(name)).context for name in PRIVATE}
DATES = frozenset(name for name, column in COLUMNS.items() if column.kind == "date")


@dataclass(frozen=True, slots=True)
class Stored:
    """A payload opened. ``raw`` as typed; ``meant`` what stands in the file beside it; ``before`` of an amended record."""

    raw: dict[str, Any]
    meant: dict[str, Any]
    category: str
    before: dict[str, Any]
    at: str

    def columns(self) -> dict[str, Any]:
        """The clean values, private ones as ``Ciphertext`` with their indexes."""
        found: dict[str, Any] = {}
        for name, value in self.meant.items():
            if name in CONTEXTS:
                found[name] = Ciphertext.of(value, CONTEXTS[name])
            else:
                found[name] = dt.date.fromisoformat(value) if name in DATES else value
        return found


def index_of(resident_id: str) -> str:
    """The blind index of an ID number, as ``Member.resident_id_index`` holds it; "" of ""."""
    return crypto.blind_index(resident_id, CONTEXTS["resident_id"]) if resident_id else ""


def plain(value: Value) -> Value:
    """A cell's value as JSON keeps it."""
    return value if isinstance(value, str | int | float | bool) else as_text(value)


def pack(raw: Mapping[str, Value], clean: Mapping[str, Any], *, category: str, id_index: str, in_order: bool) -> str:
    """The payload of a row."""
    kept = {name: value if type(value) is str else plain(value) for name, value in raw.items()}
    content: dict[str, Any] = {"raw": kept, "category": category}
    if in_order:
        ring = crypto.keyring()
        meant: dict[str, Any] = {}
        for name, value in clean.items():
            if name in CONTEXTS:
                meant[name] = ring.encrypt(value, CONTEXTS[name]) if value else ""
            else:
                meant[name] = value.isoformat() if isinstance(value, dt.date) else value
        meant["resident_id_index"] = id_index
        if mobile := clean.get("mobile"):
            meant["mobile_index"] = ring.blind_index(mobile, CONTEXTS["mobile"])
        content["meant"] = meant
    return _encode(content)


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
