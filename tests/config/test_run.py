"""``dangjian run``: starts everything, says where it is, and takes everything along when it ends."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from dangjian.config.supervisor import Service, Supervisor
from tests.config.starting import DANGJIAN


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.fixture(autouse=True)
def own_signals() -> Iterator[None]:
    """The supervisor takes over the signals of its process, which here is the test run's."""
    before = {signum: signal.getsignal(signum) for signum in (signal.SIGINT, signal.SIGTERM)}
    yield
    for signum, handler in before.items():
        signal.signal(signum, handler)


@pytest.fixture
def platform(prepared: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    port = free_port()
    environment = {key: value for key, value in os.environ.items() if key not in {"DATABASE_URL", "DJANGO_SETTINGS_MODULE"}}
    environment |= {"DATA_DIR": str(prepared), "PORT": str(port), "DANGJIAN_DEMO": "", "DANGJIAN_PLUGINS": "", "WEB_WORKERS": "1"}
    started = subprocess.Popen([DANGJIAN, "run"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    yield started, port
    started.kill()
    started.wait()


def said_until(started: subprocess.Popen[str], words: str) -> str:
    assert started.stdout
    said = ""
    for line in started.stdout:
        said += line
        if words in line:
            return said
    raise AssertionError(said)


def test_it_serves_until_it_is_stopped_and_leaves_nothing_behind(platform: tuple[subprocess.Popen[str], int]) -> None:
    started, port = platform
    said_until(started, f"已启动：http://127.0.0.1:{port}")
    children = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(started.pid)], capture_output=True, text=True, check=True
    ).stdout.split()
    assert len(children) == 3
    with urlopen(f"http://127.0.0.1:{port}/healthz") as answer:
        assert answer.status == 200

    started.send_signal(signal.SIGTERM)

    assert started.wait(timeout=30) == 0
    assert [pid for pid in children if Path(f"/proc/{pid}").exists()] == []
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(("127.0.0.1", port))


def test_a_port_in_use_is_said_in_one_line_before_anything_is_done(tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        refused = subprocess.run(
            [DANGJIAN, "run", "--port", str(port)],
            env=os.environ
            | {
                "DATA_DIR": str(tmp_path),
                "DATABASE_URL": "",
                "DANGJIAN_PLUGINS": "",
                "DJANGO_SETTINGS_MODULE": "dangjian.config.settings",
            },
            capture_output=True,
            text=True,
            check=False,
        )
    assert refused.returncode == 1
    assert f"端口 {port} 已被占用" in refused.stderr
    assert not (tmp_path / "dangjian.sqlite3").exists()


@pytest.mark.waits
def test_a_service_that_ends_is_started_again_unless_it_is_essential(tmp_path: Path) -> None:
    marks = tmp_path / "marks"
    short = Service("short", (sys.executable, "-c", f"open({str(marks)!r}, 'a').write('x')"))
    server = Service("server", (sys.executable, "-c", "import time; time.sleep(6); raise SystemExit(3)"), essential=True)

    status = Supervisor((short, server), os.environ).run(lambda _supervisor: None)

    assert status == 3
    assert marks.read_text().count("x") >= 2


def test_what_runs_is_stopped_when_the_supervisor_is_told_to(tmp_path: Path) -> None:
    forever = Service("forever", (sys.executable, "-c", "import time; time.sleep(600)"), essential=True)
    assert Supervisor((forever,), os.environ).run(lambda _supervisor: os.kill(os.getpid(), signal.SIGTERM)) == 0


def test_a_start_without_the_key_file_is_refused_in_words_and_makes_no_other(prepared: Path) -> None:
    names = {"DATABASE_URL", "DJANGO_SETTINGS_MODULE", "DANGJIAN_KEY", "DANGJIAN_SECRET_KEY", "DANGJIAN_KEY_FILE"}
    environment = {key: value for key, value in os.environ.items() if key not in names}
    environment |= {"DATA_DIR": str(prepared), "DANGJIAN_DEMO": "", "DANGJIAN_PLUGINS": ""}

    def dangjian(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([DANGJIAN, *words], env=environment, capture_output=True, text=True, check=False)

    assert {file.stat().st_mode & 0o077 for file in prepared.iterdir() if file.is_file()} == {0}
    with sqlite3.connect(prepared / "dangjian.sqlite3") as database:
        columns = "password, username, name, phone_index, phone_shown, email, is_active, must_change_password"
        rest = ", is_demo, demo_order, demo_note, demo_role, demo_organization, created_at"
        values = "'', 'a', '甲', '', '', '', 1, 1, 0, 0, '', '', '', '2026-11-23'"
        database.execute(f"INSERT INTO accounts_user ({columns}{rest}) VALUES ({values})")
    (prepared / "dangjian.sqlite3").chmod(0o644)  # as an earlier version made it
    keys = (prepared / "field-keys.json").rename(prepared / "away.json")

    refused = dangjian("run", "--prepare-only")

    assert refused.returncode == 1
    assert "密钥文件" in refused.stderr
    assert "备份" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not (prepared / "field-keys.json").exists()

    keys.rename(prepared / "field-keys.json")
    assert dangjian("run", "--prepare-only").returncode == 0
    assert (prepared / "dangjian.sqlite3").stat().st_mode & 0o077 == 0
