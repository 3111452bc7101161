"""What a deployment says by its environment."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from dangjian.kernel import environment
from dangjian.kernel.environment import VARIABLES, BadVariable, Variable
from tests.contracts.source import ROOT

DANGJIAN = Path(sys.executable).with_name("dangjian")


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("BEHIND_TLS", "1", True),
        ("BEHIND_TLS", "Yes", True),
        ("BEHIND_TLS", "off", False),
        ("BEHIND_TLS", " ", False),
        ("PORT", " 9000 ", 9000),
        ("PORT", "", 8000),
        ("ALLOWED_HOSTS", "a.example, b.example,", ["a.example", "b.example"]),
        ("ALLOWED_HOSTS", "", ["127.0.0.1", "localhost", "[::1]"]),
        ("LOG_LEVEL", "info", "INFO"),
        ("DANGJIAN_KEY_FILE", "/etc/keys.json", Path("/etc/keys.json")),
        ("DANGJIAN_KEY_FILE", "", None),
    ],
)
def test_a_variable_is_read_as_what_it_is(monkeypatch: pytest.MonkeyPatch, name: str, text: str, value: Any) -> None:
    monkeypatch.setenv(name, text)
    assert VARIABLES[name].value == value


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("BEHIND_TLS", "maybe", "1（开）或 0（关）"),
        ("PORT", "http", "1 到 65535 的整数"),
        ("PORT", "0", "1 到 65535 的整数"),
        ("SESSION_HOURS", "-1", "1 到 10000 的整数"),
        ("TRUSTED_PROXIES", "proxy", "地址或网段"),
        ("LOG_LEVEL", "loud", "DEBUG、INFO"),
        ("TIME_ZONE", "Beijing", "Asia/Shanghai"),
    ],
)
def test_what_nobody_can_read_is_named(monkeypatch: pytest.MonkeyPatch, name: str, text: str, said: str) -> None:
    monkeypatch.setenv(name, text)
    with pytest.raises(BadVariable) as refused:
        _ = VARIABLES[name].value
    assert all(part in str(refused.value) for part in (name, text, said))


def test_a_command_says_it_in_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("SIGN_IN_FAILURES", "five")
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "dangjian.config.settings")
    done = subprocess.run([DANGJIAN, "check"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.strip().splitlines() == [
        "环境变量 SIGN_IN_FAILURES 应是1 到 1000 的整数，现在是“five”。请改正后再启动，见 docs/deployment.md。"
    ]


def test_unset_and_blank_are_told_apart_where_somebody_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRUSTED_PROXIES", raising=False)
    assert not environment.TRUSTED_PROXIES.is_there
    monkeypatch.setenv("TRUSTED_PROXIES", "")
    assert environment.TRUSTED_PROXIES.is_there
    assert not environment.TRUSTED_PROXIES.is_set


def test_each_is_called_as_it_is_named_and_documented() -> None:
    table = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8").partition("## Environment")[2].partition("\n## ")[0]
    documented = set(re.findall(r"`([A-Z][A-Z_]+)`", "".join(line.split("|")[1] for line in table.splitlines() if "|" in line)))
    assert documented == set(VARIABLES)
    assert all(name == variable.name for name, variable in VARIABLES.items())


def test_the_default_is_what_the_page_says() -> None:
    assert isinstance(environment.SIGN_IN_FAILURES, Variable)
    lines = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8").splitlines()
    for line in lines:
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        names = re.findall(r"`([A-Z][A-Z_]+)`", cells[0])
        numbers = re.findall(r"`(\d+)`", cells[1]) if len(cells) > 1 else []
        if names and len(names) == len(numbers) and all(name in VARIABLES for name in names):
            assert [str(VARIABLES[name].default) for name in names] == numbers
