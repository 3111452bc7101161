"""A PostgreSQL server of its own for the test run: fresh, in a temporary folder, gone when the run ends.

>>> start()
'postgres://postgres@%2Ftmp%2Fdangjian-pg-1a2b/dangjian'

It listens on a socket inside its folder only, so it meets no other server of the machine. As root it runs as the account
``postgres``, because PostgreSQL refuses root.
"""

import atexit
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

PACKAGED = Path("/usr/lib/postgresql")
OLDEST = 15
START_SECONDS = 60
QUICK = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "listen_addresses": "",
    "logging_collector": "off",
}
"""Nothing of a test run need survive a power cut."""
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "shared_buffers": "512MB"}
"""What a measurement puts in its place, as a server in production has it."""


class NoServer(RuntimeError):
    """PostgreSQL is not installed, or does not start; the message says what to do."""


def programs() -> Path:
    """The folder that holds ``initdb`` and ``postgres`` of version 15 or later. Raises ``NoServer``."""
    packaged = [each for each in PACKAGED.glob("*/bin") if each.parent.name.isdigit() and int(each.parent.name) >= OLDEST]
    for folder in sorted(packaged, key=lambda each: int(each.parent.name), reverse=True):
        if (folder / "postgres").exists() and (folder / "initdb").exists():
            return folder
    found = shutil.which("initdb")
    if found and (Path(found).resolve().parent / "postgres").exists():
        return Path(found).resolve().parent
    raise NoServer(f"PostgreSQL {OLDEST} or later is needed for the tests: apt-get install postgresql")


def start(**options: str) -> str:
    """Start a server that ends with this process, and return its ``DATABASE_URL``. ``options`` are settings of the server."""
    folder = Path(tempfile.mkdtemp(prefix="dangjian-pg-"))
    before: list[str] = []
    if os.geteuid() == 0:
        account = pwd.getpwnam("postgres")
        os.chown(folder, account.pw_uid, account.pw_gid)
        before = ["setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"]
    data = folder / "data"
    initdb = [programs() / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
    subprocess.run([*before, *initdb], check=True, stdout=subprocess.DEVNULL, cwd=folder)
    settings = [part for name, value in (QUICK | options).items() for part in ("-c", f"{name}={value}")]
    log = (folder / "log").open("wb")
    server = subprocess.Popen(
        # The server must not outlive a test run that is killed.
        [*(before or ["setpriv"]), "--pdeathsig", "INT", programs() / "postgres", "-D", data, "-k", folder, *settings],
        stdout=log,
        stderr=log,
        cwd=folder,
    )
    atexit.register(_stop, server, folder, os.getpid())
    _wait(server, folder)
    return f"postgres://postgres@{quote(str(folder), safe='')}/dangjian"


def _wait(server: subprocess.Popen[bytes], folder: Path) -> None:
    ready = [programs() / "pg_isready", "-h", folder, "-U", "postgres", "-q"]
    for _ in range(START_SECONDS * 10):
        if subprocess.run(ready, check=False).returncode == 0:
            return
        if server.poll() is not None:
            break
        time.sleep(0.1)
    raise NoServer(f"PostgreSQL did not start:\n{(folder / 'log').read_text(errors='replace')}")


def _stop(server: subprocess.Popen[bytes], folder: Path, owner: int) -> None:
    if os.getpid() != owner:
        return
    server.send_signal(signal.SIGINT)
    try:
        server.wait(timeout=20)
    except subprocess.TimeoutExpired:
        server.kill()
    shutil.rmtree(folder, ignore_errors=True)
