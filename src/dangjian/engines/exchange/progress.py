"""How far the background is with a batch.

It lies in a small file and not in the database: while a roster is entered in one transaction, nobody else could read what that
transaction has written, and on SQLite nobody else could write.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings


@dataclass(frozen=True, slots=True)
class Progress:
    """``share`` in percent, and what is being done."""

    share: int = 0
    text: str = "等待后台处理"


def _path(batch: int) -> Path:
    return Path(settings.MEDIA_ROOT) / "imports" / f"{batch}.progress"


def read(batch: int) -> Progress:
    """How far it is; nothing at all before the first report."""
    try:
        found = json.loads(_path(batch).read_text(encoding="utf-8"))
        return Progress(int(found["share"]), str(found["text"]))
    except (OSError, ValueError, KeyError):
        return Progress()


def clear(batch: int) -> None:
    """Forget it."""
    _path(batch).unlink(missing_ok=True)


def reporter(batch: int, text: str, total: int, *, begin: int = 0, end: int = 100) -> Callable[[int], None]:
    """To be called with the number done so far of ``total``; it fills the stretch from ``begin`` to ``end`` percent."""
    last = -1

    def report(done: int) -> None:
        nonlocal last
        share = begin + (end - begin) * min(done, total) // max(total, 1)
        if share != last:
            last = share
            _write(batch, share, text)

    report(0)
    return report


def _write(batch: int, share: int, text: str) -> None:
    path = _path(batch)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps({"share": share, "text": text}, ensure_ascii=False), encoding="utf-8")
    draft.replace(path)
