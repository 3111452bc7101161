"""What measurements stand on: a PostgreSQL server with durable commits, the product on granian, and a client of many phones."""

import os
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import django
import psycopg
from django.conf import settings
from django.core.management import call_command

from tests import postgres

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 120


def database(name: str) -> None:
    """Make a fresh database ``name`` with all tables, on the server of ``DATABASE_URL`` or on one of our own."""
    address = os.environ.get("DATABASE_URL") or postgres.start(**postgres.DURABLE)
    server, _, _ = address.rpartition("/")
    with psycopg.connect(f"{server}/postgres", autocommit=True) as link:
        link.execute(f'DROP DATABASE IF EXISTS "{name}"')
        link.execute(f'CREATE DATABASE "{name}"')
    os.environ["DATABASE_URL"] = f"{server}/{name}"
    _ready()


def sqlite() -> None:
    """Make a fresh SQLite database with all tables, in a folder that the system clears away."""
    os.environ["DATABASE_URL"] = f"sqlite:///{Path(tempfile.mkdtemp(prefix='dangjian-bench-')) / 'bench.sqlite3'}"
    _ready()


def _ready() -> None:
    os.environ.setdefault("DATA_DIR", tempfile.mkdtemp(prefix="dangjian-bench-"))
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.settings"
    django.setup()
    call_command("migrate", verbosity=0)
    settings.STATIC_ROOT.mkdir(exist_ok=True)


@contextmanager
def served(port: int) -> Iterator[None]:
    """The product (and the bare view of ``bench.urls``) on granian with 2 workers of 2 threads."""
    command = [
        str(Path(sys.executable).parent / "granian"), "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
        "--workers", "2", "--blocking-threads", "2", "--backlog", "2048", "--log-level", "warning",
        "dangjian.config.wsgi:application",
    ]  # fmt: skip
    server = subprocess.Popen(command, cwd=ROOT, start_new_session=True)
    try:
        _wait(port)
        yield
    finally:
        server.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            server.wait(timeout=20)
        # A worker left behind would answer the next measurement, on the same port and with no database.
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def _wait(port: int) -> None:
    late_at = time.monotonic() + START_SECONDS
    while time.monotonic() < late_at:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=0.2).close()
        except OSError:
            time.sleep(0.1)
        else:
            time.sleep(1)
            return
    message = "the server did not start"
    raise RuntimeError(message)


@dataclass
class Load:
    """What a run of many phones showed. Latencies in milliseconds."""

    seconds: float
    statuses: dict[int, int]
    latencies: list[float]

    @property
    def rate(self) -> float:
        """Acknowledged (2xx or 3xx) requests a second."""
        return sum(n for status, n in self.statuses.items() if 200 <= status < 400) / self.seconds

    def percentile(self, share: float) -> float:
        """The latency that ``share`` of the requests did not exceed."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


@dataclass
class _Phone:
    link: socket.socket
    sent_at: float = 0.0
    received: bytes = b""


def press(port: int, requests: list[bytes], phones: int = 64) -> Load:
    """Send every request once, ``phones`` at a time over connections that stay open, and wait for each answer in full."""
    waiting = deque(requests)
    chooser = selectors.DefaultSelector()
    statuses: dict[int, int] = {}
    latencies: list[float] = []
    begun = time.perf_counter()
    open_phones = 0
    for _ in range(min(phones, len(waiting))):
        phone = _Phone(socket.create_connection(("127.0.0.1", port)))
        phone.link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        chooser.register(phone.link, selectors.EVENT_READ, phone)
        _send(phone, waiting.popleft())
        open_phones += 1
    while open_phones:
        ready = chooser.select(timeout=30)
        if not ready:
            message = "the server did not answer for 30 seconds"
            raise RuntimeError(message)
        for key, _ in ready:
            phone = key.data
            chunk = phone.link.recv(65536)
            if not chunk:
                message = f"the server hung up: {phone.received[:200]!r}"
                raise RuntimeError(message)
            phone.received += chunk
            status = _status_when_whole(phone.received)
            if status is None:
                continue
            latencies.append((time.perf_counter() - phone.sent_at) * 1000)
            statuses[status] = statuses.get(status, 0) + 1
            if waiting:
                _send(phone, waiting.popleft())
            else:
                chooser.unregister(phone.link)
                phone.link.close()
                open_phones -= 1
    return Load(time.perf_counter() - begun, statuses, latencies)


def _send(phone: _Phone, request: bytes) -> None:
    phone.received = b""
    phone.sent_at = time.perf_counter()
    phone.link.sendall(request)


def _status_when_whole(received: bytes) -> int | None:
    head, separator, body = received.partition(b"\r\n\r\n")
    if not separator:
        return None
    length = 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            length = int(value)
        if name.strip().lower() == b"transfer-encoding" and not body.endswith(b"0\r\n\r\n"):
            return None
    return int(head[9:12]) if len(body) >= length else None
