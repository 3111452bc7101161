"""``dangjian scheduler``: runs the daily jobs when their hour has come."""

import logging
import signal
import threading

from django.core.management.base import BaseCommand
from django.db import DatabaseError, close_old_connections, connection

from dangjian.accounts import keys, trail
from dangjian.engines.jobs import actions

LOOK_SECONDS = 30

log = logging.getLogger("dangjian.jobs")


class Command(BaseCommand):
    help = "Run the daily jobs, each once a day, and seal the trail, until stopped."

    def handle(self, *_args: object, **_options: object) -> None:
        keys.verify()
        ended = threading.Event()
        for signum in (signal.SIGINT, signal.SIGTERM):
            signal.signal(signum, lambda *_: ended.set())
        # The server, which starts at the same time, comes first.
        while not ended.wait(LOOK_SECONDS):
            close_old_connections()
            try:
                actions.run_due()
                trail.seal()
            except DatabaseError:
                log.exception("the daily jobs could not be looked up; next try in %s seconds", LOOK_SECONDS)
                connection.close()
