"""Two first starts at once: one prepares, the other waits and finds everything done."""

import json
import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from django.db import connection

DANGJIAN = Path(sys.executable).parent / "dangjian"
OWN = {"DATABASE_URL", "DJANGO_SETTINGS_MODULE", "DANGJIAN_KEY", "DANGJIAN_SECRET_KEY", "DANGJIAN_KEY_FILE", "DATA_DIR"}


def start(words: tuple[str, ...], **more: str) -> subprocess.Popen[str]:
    environment = {key: value for key, value in os.environ.items() if key not in OWN}
    environment |= {"DANGJIAN_DEMO": "", "DANGJIAN_PLUGINS": ""} | more
    return subprocess.Popen([DANGJIAN, *words], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def both_end_well(first: subprocess.Popen[str], second: subprocess.Popen[str]) -> str:
    said = [one.communicate(timeout=300)[0] for one in (first, second)]
    assert [first.returncode, second.returncode] == [0, 0], said
    assert "Traceback" not in "".join(said)
    return "".join(said)


@pytest.mark.any_database
def test_two_first_starts_in_one_folder_take_turns(tmp_path: Path) -> None:
    words = ("run", "--prepare-only")
    said = both_end_well(start(words, DATA_DIR=str(tmp_path)), start(words, DATA_DIR=str(tmp_path)))
    assert said.count("正在准备数据库") == 1
    assert said.count("另一个进程正在准备这个平台") == 1
    assert list(json.loads((tmp_path / "field-keys.json").read_text())["keys"]) == ["k1"]


@pytest.mark.django_db(transaction=True)
def test_two_that_bring_one_database_up_to_date_take_turns(tmp_path: Path) -> None:
    url, name = "", "dangjian_two_at_once"
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {name}")
            cursor.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        url = os.environ["DATABASE_URL"].rpartition("/")[0] + f"/{name}"
    more = {"DATA_DIR": str(tmp_path), "DATABASE_URL": url}
    try:
        said = both_end_well(start(("migrate", "-v0"), **more), start(("migrate", "-v0"), **more))
        assert said.count("另一个进程正在更新这个数据库") == 1
        assert list(json.loads((tmp_path / "field-keys.json").read_text())["keys"]) == ["k1"]
        if url:
            with closing(psycopg.connect(url)) as made:
                assert made.execute("SELECT count(*) FROM accounts_secretcheck").fetchone() == (2,)
    finally:
        if url:
            with connection.cursor() as cursor:
                cursor.execute(f"DROP DATABASE {name}")
