"""``dangjian run``: the whole platform in one command — server, background worker, daily jobs."""

import math
import os
import socket
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError, connections

from dangjian.accounts.keys import WrongSecret
from dangjian.config.preparation import database, prepare
from dangjian.config.supervisor import Service, Supervisor
from dangjian.kernel import environment
from dangjian.kernel.crypto import CryptoError
from dangjian.kernel.frontend import FetchError
from dangjian.org import queries
from dangjian.org.actions import enterprise
from dangjian.org.setup_forms import set_up_url

LATE_SECONDS = 60


class Command(BaseCommand):
    help = "Prepare what is missing, then serve until Ctrl-C: web server, background worker, daily jobs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default=environment.HOST.value, help="address to listen on (HOST)")
        parser.add_argument("--port", type=int, default=environment.PORT.value, help="port to listen on (PORT)")
        parser.add_argument("--workers", type=int, default=environment.WEB_WORKERS.value, help="web processes (WEB_WORKERS)")
        parser.add_argument("--prepare-only", action="store_true", help="prepare what is missing and end")

    def handle(self, *_args: object, **options: Any) -> None:
        host, port = options["host"], options["port"]
        if not options["prepare_only"]:
            _check_free(host, port)
        try:
            prepare(self._say)
        except (FetchError, WrongSecret, CryptoError) as error:
            raise CommandError(str(error)) from error
        except OperationalError as error:
            raise CommandError(f"无法连接数据库，请检查 DATABASE_URL。Cannot reach the database: {error}") from error
        connections.close_all()
        if options["prepare_only"]:
            return
        _check_free(host, port)  # another one may have started while this one waited for it
        supervisor = Supervisor(_services(host, port, options["workers"]), os.environ)
        status = supervisor.run(lambda one: self._announce(one, host, port))
        if status:
            raise SystemExit(status)

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    def _announce(self, supervisor: Supervisor, host: str, port: int) -> None:
        """Say where the platform is as soon as it answers."""
        late_at = time.monotonic() + LATE_SECONDS
        while not _answers(host, port):
            if supervisor.failed():
                return
            if time.monotonic() > late_at:
                late_at = math.inf
                self.stderr.write(
                    "服务器启动较慢，请稍候；如上面有错误信息，请按 Ctrl-C 停止后处理。The server does not answer yet."
                )
            time.sleep(0.1)
        address = f"http://{host}:{port}"
        self.stdout.write(f"\n智慧党建云平台已启动：{address}   数据库：{database()}   按 Ctrl-C 停止\n")
        if key := enterprise.open_address():
            self.stdout.write(
                "平台还是空的。请在浏览器中打开下面的地址建立平台（只用一次，每次启动都会换新）：\n"
                f"  {address}{set_up_url(key)}\n"
                "也可以在命令行运行 dangjian init。To set up, open the address above once, or run: dangjian init\n"
            )
        elif queries.enterprise().is_demonstration:
            call_command("accounts", stdout=self.stdout)
        connections.close_all()
        self.stdout.flush()


def _check_free(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            message = f"端口 {port} 已被占用，请换一个端口再启动，例如：PORT={port + 1} make run"
            raise CommandError(f"{message}\nPort {port} on {host} is not free: {error.strerror}.") from error


def _services(host: str, port: int, workers: int) -> tuple[Service, ...]:
    bin_folder = Path(sys.executable).parent
    server = (
        str(bin_folder / "granian"), "--interface", "wsgi", "--host", host, "--port", str(port),
        "--workers", str(workers), "--blocking-threads", "2", "--no-ws", "--respawn-failed-workers",
        "--log-level", "warning", "dangjian.config.wsgi:application",
    )  # fmt: skip
    dangjian = str(bin_folder / "dangjian")
    return (
        Service("web", server, essential=True),
        Service("worker", (dangjian, "worker")),
        Service("scheduler", (dangjian, "scheduler")),
    )


def _answers(host: str, port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://{host}:{port}/healthz", timeout=10):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
