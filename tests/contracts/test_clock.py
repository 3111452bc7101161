"""No test depends on the day it is run on: every test's clock is set, and nothing asks another clock."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contracts.source import ROOT, modules, suite

REAL = {
    "src/dangjian/kernel/clock.py": "the clock itself",
    "src/dangjian/accounts/sessions.py": "sessions begin and end by the clock of Django, which writes them",
    "tests/accounts/test_sessions.py": "sessions begin and end by the clock of Django, which writes them",
    "tests/contracts/test_clock.py": "names what it looks for",
    "tests/browser/test_weight.py": "the server is a process of its own and tells the real time",
}
"""Modules that may read the real clock, each with its reason."""

CLOCKS = {
    *(("date", "today"), ("datetime", "today"), ("datetime", "now"), ("datetime", "utcnow")),
    *(("timezone", "now"), ("time", "time"), ("time", "time_ns"), ("functions", "Now")),
}
"""What returns the real time: the last name before the dot and the name after it."""

ASKED_WITHOUT_A_MOMENT = {"now", "today", "utcnow", "localtime", "localdate", "gmtime", "ctime", "asctime"}
"""Calls that return the real time if they are given none."""

IMPORTED = {"now", "localtime", "localdate", "time", "time_ns", "gmtime", "ctime", "Now"}
"""Names that would hide what they are without the module before them."""

OF_TIME = {"time", "django.utils.timezone", "django.db.models.functions"}
OF_THE_DATABASE = re.compile(r"(?i)(?<![\w.])(current_(date|time|timestamp)\b|localtimestamp\b|(now|clock_timestamp)\(\)|'now')")
OF_TEMPLATES = re.compile(r"{%\s*now\b|\|\s*(timesince|timeuntil|naturaltime|naturalday)\b")


def test_the_set_clock_reaches_every_test(request: pytest.FixtureRequest) -> None:
    found = [item.nodeid for item in request.session.items if "fixed_clock" not in getattr(item, "fixturenames", ())]
    assert not found, "\n".join(found)


def test_nothing_asks_another_clock() -> None:
    found = {path: list(_readings(tree)) for path, tree in (modules() | suite()).items()}
    wrong = [f"{path}:{line}" for path, lines in found.items() if path not in REAL for line in lines]
    assert not wrong, "\n".join(wrong)
    assert [path for path in REAL if not found[path]] == [], "these ask no other clock any more"


def test_no_template_asks_another_clock() -> None:
    templates = [file for folder in ("src", "plugins") for file in sorted((ROOT / folder).rglob("*.html"))]
    assert templates
    found = [str(file.relative_to(ROOT)) for file in templates if OF_TEMPLATES.search(file.read_text("utf-8"))]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "line",
    [
        "dt.date.today()",
        "date.today()",
        "dt.datetime.now(tz=dt.UTC)",
        "datetime.utcnow()",
        "timezone.now()",
        "django.utils.timezone.now()",
        "tz.now()",
        "timezone.localtime()",
        "timezone.localtime(timezone=zone)",
        "timezone.localdate()",
        "time.time()",
        "time.localtime()",
        "time.strftime('%Y')",
        "field(default=timezone.now)",
        "DateTimeField(auto_now_add=True)",
        "DateField(auto_now=True)",
        "functions.Now()",
        "from time import time",
        "from django.utils.timezone import now as present",
        "'SELECT * FROM t WHERE day < CURRENT_DATE'",
        "f'SELECT {columns}, now() FROM t'",
        "clock.set_to(None)",
    ],
)
def test_another_clock_is_found(line: str) -> None:
    assert len(list(_readings(ast.parse(line)))) >= 1


@pytest.mark.parametrize(
    "line",
    [
        "clock.now()",
        "clock.today()",
        "clock.at('2026-11-23 09:00')",
        "timezone.localtime(meeting.begun_at).date()",
        "timezone.localtime(clock.now())",
        "time.monotonic()",
        "dt.datetime.combine(day, dt.time(9))",
        "starts_at.time()",
        "world.today",
        "start.now(duty)",
        "from datetime import datetime, time",
        "'the clock is read now'",
    ],
)
def test_what_is_told_the_moment_is_left_alone(line: str) -> None:
    assert list(_readings(ast.parse(line))) == []


@pytest.mark.parametrize("reading", ["today()", "now()"])
def test_a_test_that_the_fixture_does_not_reach_fails(tmp_path: Path, reading: str) -> None:
    offender = tmp_path / "test_offender.py"
    offender.write_text(f"from dangjian.kernel import clock\n\n\ndef test_it():\n    assert clock.{reading}\n")
    run = _pytest(offender)
    assert run.returncode == pytest.ExitCode.TESTS_FAILED, run.stdout + run.stderr
    assert "ClockNotSet: A test asked for the time" in run.stdout


def _pytest(file: Path) -> subprocess.CompletedProcess[str]:
    """Run one file with the settings of this suite, but from outside the repository."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", str(ROOT / "pyproject.toml"), str(file)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=120)


def _readings(tree: ast.AST) -> Iterator[str]:
    """Where the real time is asked for, as ``line: source``."""
    for node in ast.walk(tree):
        if _is_reading(node):
            yield f"{getattr(node, 'lineno', 0)}: {ast.unparse(node)}"


def _is_reading(node: ast.AST) -> bool:
    match node:
        case ast.Attribute(value=ast.Name(id=name) | ast.Attribute(attr=name), attr=attribute):
            return (name, attribute) in CLOCKS
        case ast.Call(func=ast.Attribute(value=value, attr="strftime"), args=[_]):
            return ast.unparse(value) == "time"
        case ast.Call(func=ast.Attribute(value=value, attr="set_to"), args=[ast.Constant(value=None)]):
            return ast.unparse(value).endswith("clock")
        case ast.Call(func=ast.Attribute(value=value, attr=name), args=[]):
            return name in ASKED_WITHOUT_A_MOMENT and not ast.unparse(value).endswith("clock")
        case ast.ImportFrom(module=str(module), names=names):
            return module in OF_TIME and any(one.name in IMPORTED for one in names)
        case ast.keyword(arg="auto_now" | "auto_now_add", value=ast.Constant(value=True)):
            return True
        case ast.Constant(value=str(text)):
            return bool(OF_THE_DATABASE.search(text))
    return False
