"""A backup of the whole platform: the database and the uploaded files. The keys are kept apart from it on purpose.

``make_backup(folder)`` returns the folder of the new backup: ``database.dump`` (PostgreSQL, custom format) or
``database.sqlite3``, and ``files.tar.gz``. It is written under another name first, so that a half one is never taken for whole.
"""

import os
import shutil
import sqlite3
import subprocess
import tarfile
from contextlib import closing
from pathlib import Path

from django.conf import settings
from django.db import connection

from dangjian.kernel import clock
from dangjian.kernel.errors import Conflict


def make_backup(folder: Path) -> Path:
    """Write a backup into a new folder below ``folder``, readable by its owner only. Raises ``Conflict`` if it cannot be made."""
    place = folder / f"{clock.now():%Y%m%d-%H%M%S}"
    draft = place.with_name(f".{place.name}")
    draft.mkdir(parents=True, mode=0o700)
    try:
        if connection.vendor == "postgresql":
            _dump_postgres(draft / "database.dump")
        else:
            _copy_sqlite(draft / "database.sqlite3")
        _pack_files(draft / "files.tar.gz")
        draft.rename(place)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)  # half a backup is worse than none
        raise
    return place


def size(place: Path) -> int:
    """Bytes of a backup."""
    return sum(file.stat().st_size for file in place.iterdir())


def _copy_sqlite(target: Path) -> None:
    # SQLite's own backup reads a consistent state while others go on writing.
    with closing(sqlite3.connect(connection.settings_dict["NAME"])) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
    target.chmod(0o600)


def _dump_postgres(target: Path) -> None:
    program = shutil.which("pg_dump")
    if program is None:
        raise Conflict("找不到 pg_dump，不能备份数据库。", how="请安装 postgresql-client（版本不低于数据库服务器），再试一次。")
    about: dict[str, object] = connection.settings_dict
    names = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD", "PGDATABASE": "NAME"}
    chosen = {variable: str(about[name]) for variable, name in names.items() if about.get(name)}
    # The password goes by the environment: a command line can be read by everybody on the machine.
    done = subprocess.run(
        [program, "--format=custom", f"--file={target}"], env=os.environ | chosen, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Conflict(f"数据库没有备份成功：{done.stderr.strip()[-300:]}", how="请检查数据库地址、密码和磁盘空间。")
    target.chmod(0o600)


def _pack_files(target: Path) -> None:
    with tarfile.open(target, "w:gz") as packed:
        if Path(settings.MEDIA_ROOT).is_dir():
            packed.add(settings.MEDIA_ROOT, arcname="files")
    target.chmod(0o600)
