"""A backup holds the database and the files, is the owner's alone, and half of one is never left behind."""

import sqlite3
import stat
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from dangjian.accounts.models import Event
from dangjian.engines.jobs import actions, backup
from dangjian.engines.jobs.models import Backup
from tests import make, postgres


@pytest.fixture
def files(tmp_path: Path, settings: Any) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "minutes.txt").write_text("会议记录", encoding="utf-8")
    settings.MEDIA_ROOT = str(folder)
    return folder


@pytest.mark.django_db(transaction=True)
def test_it_holds_the_database_and_the_files(tmp_path: Path, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make.user("南宫白露")
    if connection.vendor == "postgresql":
        monkeypatch.setenv("PATH", f"{postgres.programs()}:/usr/bin:/bin")
    made = actions.back_up(folder=tmp_path / "backups")
    place = Path(made.place)
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in place.iterdir()} == {0o600}
    assert made.bytes == backup.size(place)
    with tarfile.open(place / "files.tar.gz") as packed:
        assert "files/minutes.txt" in packed.getnames()
    if connection.vendor == "postgresql":
        listed = subprocess.run(
            [postgres.programs() / "pg_restore", "--list", place / "database.dump"], capture_output=True, text=True, check=True
        )
        assert "TABLE DATA public accounts_user" in listed.stdout
    else:
        with sqlite3.connect(place / "database.sqlite3") as copy:
            assert copy.execute("SELECT name FROM accounts_user").fetchall() == [("南宫白露",)]
    assert Event.objects.filter(verb="jobs.backed_up").count() == 1


@pytest.mark.django_db
def test_one_that_cannot_be_made_leaves_nothing_and_says_so(tmp_path: Path, files: Path) -> None:
    target = tmp_path / "no-folder"
    target.write_text("a file stands where the folder should be")
    with pytest.raises(CommandError, match="没有备份成功"):
        call_command("backup", str(target))
    assert not Backup.objects.exists()
    assert not Event.objects.filter(verb="jobs.backed_up").exists()
