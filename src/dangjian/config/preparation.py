"""What must be in place before the server starts. A step with nothing to do ends at once, so a second start is quick."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command, get_commands
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from dangjian.accounts import keys
from dangjian.kernel import frontend
from dangjian.kernel.alone import alone, alone_on_disk

Say = Callable[[str], object]

WAITING = "Another process is preparing this platform; waiting."


def prepare(say: Say) -> None:
    """Fetch front-end files, bring the database up to date, collect static files, and load the reference enterprise if wanted.

    ``say`` gets one Chinese line for each step that has something to do. Raises ``frontend.FetchError``, ``keys.WrongSecret`` and
    the database's own errors. Two that start at once take turns, and the second finds everything done.
    """
    with alone_on_disk("prepare", waiting=lambda: say(f"另一个进程正在准备这个平台，请稍候……（{settings.DATA_DIR}）{WAITING}")):
        _prepare(say)


def _prepare(say: Say) -> None:
    keys.verify()
    _keep_to_ourselves()
    if fetched := frontend.fetch():
        say(f"已下载前端文件：{'、'.join(fetched)}")
    if _migrations_wait():
        say("正在准备数据库……")
        call_command("migrate", interactive=False, verbosity=0)
    _collect_static(say)
    if settings.DEMO and _is_empty() and "demo" in get_commands():
        with alone("demo", waiting=lambda: say(f"另一台机器正在载入示范企业，请稍候……{WAITING}")):
            if _is_empty():
                say("数据库为空，正在载入虚构的示范企业（约需一两分钟）……")
                call_command("demo", verbosity=0)


def _keep_to_ourselves() -> None:
    """Nobody else on this machine reads the embedded database, also one that an earlier version made."""
    if connection.vendor == "sqlite":
        made = Path(str(connection.settings_dict["NAME"]))
        for file in made.parent.glob(f"{made.name}*"):
            file.chmod(0o600)


def _migrations_wait() -> bool:
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _collect_static(say: Say) -> None:
    """Collect static files if one of them, or the way they are stored, is another than last time."""
    found = []
    for finder in get_finders():
        for path, storage in finder.list([]):
            state = Path(storage.path(path)).stat()
            found.append(f"{path} {state.st_size} {state.st_mtime_ns}")
    digest = hashlib.sha256("\n".join([settings.STORAGES["staticfiles"]["BACKEND"], *sorted(found)]).encode()).hexdigest()
    stamp = settings.DATA_DIR / "static.stamp"
    if settings.STATIC_ROOT.is_dir() and stamp.exists() and stamp.read_text() == digest:
        return
    say("正在整理界面文件……")
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(digest)


def _is_empty() -> bool:
    """Whether there is no account yet: nobody could sign in, so nothing of anybody's can be mixed with the demonstration."""
    return not get_user_model().objects.exists()


def database() -> str:
    """The database in use, for people."""
    return {"sqlite": "SQLite（内置）", "postgresql": "PostgreSQL"}.get(connection.vendor, connection.vendor)
