"""Two first starts at once: one prepares, the other waits and finds everything done."""

import json
import os
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from tests.config.starting import both_end_well, start


@pytest.mark.any_database
def test_two_first_starts_in_one_folder_take_turns(first_starts: tuple[Path, str]) -> None:
    folder, said = first_starts
    assert said.count("正在准备数据库") == 1
    assert said.count("另一个进程正在准备这个平台") == 1
    assert list(json.loads((folder / "field-keys.json").read_text())["keys"]) == ["k1"]


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
