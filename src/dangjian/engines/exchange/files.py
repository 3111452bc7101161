"""Uploaded sheets while they wait to be checked: encrypted piece by piece, deleted once their rows are in the database."""

import base64
import io
import os
import secrets
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import IO, Final

from django.conf import settings

from dangjian.kernel import crypto

_PIECE: Final = 1 << 20
_CONTEXT: Final = "exchange.upload"


def _folder() -> Path:
    folder = Path(settings.MEDIA_ROOT) / "imports"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def keep(content: IO[bytes]) -> str:
    """Put ``content`` aside; returns the name under which ``fetch`` finds it."""
    name = secrets.token_hex(16)
    content.seek(0)
    handle = os.open(_folder() / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        while piece := content.read(_PIECE):
            file.write(crypto.encrypt(base64.b64encode(piece).decode(), _CONTEXT) + "\n")
    return name


def fetch(name: str) -> IO[bytes] | None:
    """What was put aside; None if it is there no more."""
    path = _folder() / Path(name).name
    if not name or not path.exists():
        return None
    found = io.BytesIO()
    with path.open(encoding="ascii") as file:
        for line in file:
            found.write(base64.b64decode(crypto.decrypt(line.rstrip("\n"), _CONTEXT)))
    found.seek(0)
    return found


def by_key() -> Counter[str]:
    """How many files are put aside, by the name of the key that they were encrypted with."""
    found: Counter[str] = Counter()
    for path in _folder().iterdir():
        # One may be deleted meanwhile.
        with suppress(FileNotFoundError), path.open(encoding="ascii") as file:
            found.update({line.partition(":")[0] for line in file})
    return found


def drop(name: str) -> None:
    """Delete what was put aside; nothing happens if it is gone."""
    if name:
        (_folder() / Path(name).name).unlink(missing_ok=True)


def drop_orphans(wanted: frozenset[str]) -> None:
    """Delete everything that no batch waits for."""
    for path in _folder().iterdir():
        if path.name not in wanted:
            path.unlink(missing_ok=True)
