"""``dangjian worker``: works off the task queue, and takes back what dead workers left."""

import threading

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import DatabaseError, close_old_connections, connection
from django.utils.crypto import get_random_string

from dangjian.accounts import keys
from dangjian.engines.jobs import actions

BEAT_SECONDS = 15
ROUNDS_BETWEEN_SEARCHES = 4


class Command(BaseCommand):
    help = "Work off the background tasks until stopped. Start as many as needed."

    def handle(self, *_args: object, **_options: object) -> None:
        keys.verify()
        code = get_random_string(24)
        actions.beat(worker=code)
        actions.take_back_abandoned()
        ended = threading.Event()
        heart = threading.Thread(target=_beat, args=(code, ended), daemon=True)
        heart.start()
        try:
            call_command("db_worker", queue_name="*", interval=0.2, worker_id=code, reload=False, verbosity=0)
        finally:
            ended.set()
            heart.join(timeout=5)
            actions.retire(worker=code)


def _beat(code: str, ended: threading.Event) -> None:
    """Give a sign of life every ``BEAT_SECONDS`` and look for abandoned tasks each minute."""
    rounds = 0
    while not ended.wait(BEAT_SECONDS):
        rounds += 1
        close_old_connections()
        try:
            actions.beat(worker=code)
            if rounds % ROUNDS_BETWEEN_SEARCHES == 0:
                actions.take_back_abandoned()
        except DatabaseError:
            # A database that is away for a moment must not stop the heart.
            connection.close()
    connection.close()
