"""Several people at one moment, on the database itself."""

import threading
from collections.abc import Callable

from django.db import connections

from dangjian.kernel.errors import Refusal
from dangjian.org.unscoped import unscoped


def at_once(*work: Callable[[], object]) -> list[object]:
    """Do all of it at the same time, each in a thread with a connection of its own; returns results or refusals."""
    start = threading.Barrier(len(work))
    found: list[object] = [None] * len(work)

    def one(place: int, task: Callable[[], object]) -> None:
        try:
            start.wait()
            with unscoped("a test in a thread"):
                found[place] = task()
        except Refusal as refusal:
            found[place] = refusal
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=pair) for pair in enumerate(work)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found
