"""What the member's home on the phone weighs over the wire, from the server and with the settings that people use."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Page

from dangjian.kernel import clock
from tests.browser.conftest import PHONE
from tests.browser.meetings_world import branch

BIN = Path(sys.executable).parent
FIRST_VISIT = 100_000
REPEAT_VISIT = 20_000


@dataclass
class Wire:
    """Stands between the browser and the server and counts every byte that the server sends, headers included."""

    server: int
    received: int = 0
    listener: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def open(self) -> None:
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                browser = self.listener.accept()[0]
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self.server))
            threading.Thread(target=self._pass_on, args=(browser, server, False), daemon=True).start()
            threading.Thread(target=self._pass_on, args=(server, browser, True), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket, counted: bool) -> None:
        try:
            while chunk := source.recv(65536):
                self.received += len(chunk) if counted else 0
                target.sendall(chunk)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            source.close()
            target.close()


@pytest.fixture
def wire(tmp_path: Path) -> Iterator[Wire]:
    """The product on its real server, on the database of this test, with its files compressed."""
    environment = os.environ | {
        "DATA_DIR": str(tmp_path),
        "DATABASE_URL": _database_url(),
        "DANGJIAN_SECRET_KEY": settings.SECRET_KEY,
        "DANGJIAN_KEY_FILE": str(settings.DANGJIAN_KEY_FILE),
        "DANGJIAN_PLUGINS": "",
        "DJANGO_SETTINGS_MODULE": "dangjian.config.settings",
    }
    subprocess.run([BIN / "dangjian", "collectstatic", "--noinput", "--verbosity=0"], env=environment, check=True)
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = int(one.getsockname()[1])
    command = [
        str(BIN / "granian"), "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--workers", "1", "--no-ws",
        "--log-level", "warning", "dangjian.config.wsgi:application",
    ]  # fmt: skip
    server = subprocess.Popen(command, env=environment)
    counter = Wire(port)
    try:
        _wait(port)
        counter.open()
        yield counter
    finally:
        counter.listener.close()
        server.terminate()
        server.wait(timeout=30)


def test_the_home_of_a_member_is_light(browser: Browser, wire: Wire) -> None:
    with clock.at(timezone.now()):  # the server runs by the real clock
        world = branch()
        world.call(minutes=180)
    client = Client()
    client.force_login(world.user(2), backend="dangjian.accounts.backends.AccountBackend")
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    context = browser.new_context(base_url=wire.address, locale="zh-CN", **PHONE)
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": wire.address}])

    first = visited(context.new_page(), wire)
    repeat = visited(context.new_page(), wire)

    context.close()
    assert 0 < first <= FIRST_VISIT, f"{first:,} bytes"
    assert 0 < repeat <= REPEAT_VISIT, f"{repeat:,} bytes"


def visited(page: Page, wire: Wire) -> int:
    """The bytes received until the page, and the service worker behind it, have all they want."""
    before = wire.received
    page.goto("/")
    page.get_by_text("虚构支部党员大会").first.wait_for()
    page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    page.wait_for_load_state("networkidle")
    return wire.received - before


def _database_url() -> str:
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return f"{os.environ['DATABASE_URL'].rpartition('/')[0]}/{name}"


def _wait(port: int) -> None:
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=0.2).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("the server did not start")
