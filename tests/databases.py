"""The database of a test process: migrated once a run, and copied for each worker of pytest-xdist.

The migrations take many seconds of a processor, a copy next to nothing. The first worker that needs a database makes the
original; each takes a copy of it; whoever drops the last copy drops the original too.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.test.utils import setup_databases

from dangjian.kernel.alone import alone_on_disk


def make(*, keep: bool) -> None:
    """Connect this process to a database migrated anew, or with ``keep`` to that of the last run, brought up to date."""
    setup_databases(verbosity=0, interactive=False, keepdb=keep)


def take_copy(run: str, worker: str, *, keep: bool) -> None:
    """Connect this process to a fresh copy, which ``worker`` of the test ``run`` has for itself."""
    with _copies(run) as copies:
        name = str(connection.settings_dict["TEST"]["NAME"])
        if copies:
            _connect_to(name)
        else:
            make(keep=keep)
        _let_go()
        connection.creation.clone_test_db(worker, verbosity=0, autoclobber=True)
        _connect_to(connection.creation.get_test_db_clone_settings(worker)["NAME"])
        copies.append(worker)


def drop() -> None:
    """Remove the database that this process is connected to."""
    connection.creation.destroy_test_db(verbosity=0)


def drop_copy(run: str, worker: str, *, keep: bool) -> None:
    """Remove the copy of ``worker``; with the last copy also the original, unless to ``keep`` it."""
    with _copies(run) as copies:
        drop()
        copies.remove(worker)
        if not copies and not keep:
            _connect_to(str(connection.settings_dict["TEST"]["NAME"]))
            drop()


@contextmanager
def _copies(run: str) -> Iterator[list[str]]:
    """Which workers have a copy now. Nobody else takes one or drops one meanwhile."""
    with alone_on_disk("test-databases", waiting=lambda: None):
        file = Path(settings.DATA_DIR) / f"copies-{run}.txt"
        workers = file.read_text().split() if file.exists() else []
        yield workers
        if workers:
            file.write_text("\n".join(workers))
        else:
            file.unlink(missing_ok=True)


def _connect_to(name: str) -> None:
    _let_go()
    settings.DATABASES[connection.alias]["NAME"] = name
    connection.settings_dict["NAME"] = name


def _let_go() -> None:
    """No connection is left: what is in use cannot be copied."""
    connection.close()
    if hasattr(connection, "close_pool"):
        connection.close_pool()
