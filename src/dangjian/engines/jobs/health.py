"""Whether the platform can do its work: reach its database, write into it, and write files.

    health.state()      # "ok", or in one word what is wrong; the details are in the log

A look costs one small write into a row that is kept for it, and at most one is made in ``PAUSE_SECONDS`` by each process, however
often it is asked. A transaction that is rolled back would not do: a full disk shows only when something has to reach it.
"""

import logging
import tempfile
import threading
import time
from typing import Final

from django.conf import settings
from django.db import DatabaseError, connection

from dangjian.engines.jobs import actions

PAUSE_SECONDS: Final = 10.0
LONGEST_WRITE_SECONDS: Final = 120.0
"""On SQLite one writes while the others wait; who is kept waiting longer than this is not served any more."""

WORDS: Final = ("ok", "database", "writing", "busy", "files")

log = logging.getLogger("dangjian.health")


class Health:
    """What one process knows of it."""

    def __init__(self) -> None:
        self._one_at_a_time = threading.Lock()
        self._known = ""
        self._looked_at = self._written_at = time.monotonic()

    def state(self) -> str:
        """One of ``WORDS``: as of now, or of at most ``PAUSE_SECONDS`` ago. Others do not wait for whoever is looking."""
        if self._known and time.monotonic() - self._looked_at < PAUSE_SECONDS:
            return self._known
        if self._one_at_a_time.acquire(blocking=not self._known):
            try:
                self._known = self._look()
                self._looked_at = time.monotonic()
            finally:
                self._one_at_a_time.release()
        return self._known

    def _look(self) -> str:
        try:
            connection.ensure_connection()
        except DatabaseError:
            log.exception("the database cannot be reached")
            return "database"
        try:
            actions.pulse()
        except DatabaseError as error:
            return self._not_written(error)
        self._written_at = time.monotonic()
        try:
            with tempfile.TemporaryFile(dir=settings.DATA_DIR) as file:
                file.write(b"\0" * 4096)
        except OSError:
            log.exception("no file can be written in %s", settings.DATA_DIR)
            return "files"
        return "ok"

    def _not_written(self, error: DatabaseError) -> str:
        if not connection.is_usable():  # one that was open before, to a server that has gone since
            log.error("the database has gone away", exc_info=error)
            return "database"
        if not _is_wait(error):
            log.error("nothing can be written into the database", exc_info=error)
            return "writing"
        if time.monotonic() - self._written_at < LONGEST_WRITE_SECONDS:
            return "ok"
        log.error("for %s seconds others have kept the database to themselves", LONGEST_WRITE_SECONDS, exc_info=error)
        return "busy"


state = Health().state


def _is_wait(error: DatabaseError) -> bool:
    """Whether nothing was written because somebody else was writing."""
    cause: object = error.__cause__
    return getattr(cause, "sqlite_errorname", "").startswith("SQLITE_BUSY") or getattr(cause, "sqlstate", "") == "55P03"
