"""One process at a time: for what must not be done twice at once, such as bringing a database up to date or changing its keys.

    with alone("migrate", waiting=lambda: say("另一个进程正在准备数据库，请稍候……")):
        ...

Whoever comes second waits, and is told so by ``waiting``; a process that dies lets go. ``alone`` holds for everybody who uses the
same database: by an advisory lock on PostgreSQL, by a lock file in ``DATA_DIR`` on SQLite. ``alone_on_disk`` holds for everybody
who uses the same ``DATA_DIR``. Neither may be taken again inside itself.
"""

import fcntl
import os
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import connection, connections

Waiting = Callable[[], object]

_OURS: Final = 0x64616E67
"""The first half of our advisory locks (``dang``), so that they meet no others in the database."""


@contextmanager
def alone(what: str, *, waiting: Waiting) -> Iterator[None]:
    """Nobody else who uses this database is inside the block of this name."""
    if connection.vendor != "postgresql":
        with alone_on_disk(f"{Path(str(connection.settings_dict['NAME'])).name}.{what}", waiting=waiting):
            yield
        return
    # In a connection of its own, whose transaction outlives those of the block: a lock of the session is lost behind a pooler.
    holder = connections.create_connection(connection.alias)
    with closing(holder):
        holder.set_autocommit(False)
        numbers = [_OURS, zlib.crc32(what.encode()) - 2**31]
        with holder.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", numbers)
            if not cursor.fetchone()[0]:
                waiting()
                cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", numbers)
        try:
            yield
        finally:
            holder.rollback()


@contextmanager
def alone_on_disk(what: str, *, waiting: Waiting) -> Iterator[None]:
    """Nobody else who uses this ``DATA_DIR`` is inside the block of this name. The empty file stays, for whoever waits."""
    handle = os.open(settings.DATA_DIR / f"{what}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if os.geteuid() == 0:  # an operator's command leaves nothing behind that stops the platform's own account
            owner = settings.DATA_DIR.stat()
            os.fchown(handle, owner.st_uid, owner.st_gid)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting()
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
