"""A new key: who is on record stays found and readable the whole time, and no key goes that is still needed."""

import datetime as dt
import io
import json
import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import override_settings

from dangjian.accounts import key_rotation, keys, trail
from dangjian.accounts.models import Event, SecretCheck
from dangjian.engines.annual.models import GatheredColumn, Gathering
from dangjian.engines.exchange import files
from dangjian.kernel import clock, crypto, encrypted
from dangjian.members.models import Member
from dangjian.org.unscoped import unscoped
from tests import make

# Two processes look at what has been committed, so the tests must commit.
pytestmark = pytest.mark.django_db(transaction=True)
NUMBERS = [f"99000019900101{number:04}" for number in range(8)]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A deployment of its own with some members."""
    for name in ("DANGJIAN_KEY", "DANGJIAN_SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)
    with override_settings(
        DATA_DIR=tmp_path, DANGJIAN_KEY_FILE=tmp_path / "keys.json", DANGJIAN_SECRET_FILE=tmp_path / "secret.txt"
    ):
        keys.settle()
        branch = make.branch(make.committee())
        for place, number in enumerate(NUMBERS):
            make.member(branch, resident_id=number, mobile=f"1380000{place:04}")
        yield tmp_path


def command(*words: str) -> str:
    said = io.StringIO()
    call_command("keys", *words, stdout=said)
    return said.getvalue()


def stored(key: str) -> int:
    """How many ID numbers are encrypted with this key."""
    return encrypted.counts()["members.Member.resident_id", key]


def everybody_is_found() -> bool:
    with unscoped("test"):
        found = [Member.objects.get(resident_id_index__matches=number) for number in NUMBERS]
    return [(one.resident_id, one.mobile) for one in found] == [(n, f"1380000{i:04}") for i, n in enumerate(NUMBERS)]


def another_process(batches: int) -> int:
    """Encrypt again in batches of two rows, in a process that is killed after so many; returns how it ended."""
    script = f"""
import os, signal, django
django.setup()
from dangjian.accounts import key_rotation
from dangjian.kernel import encrypted
from dangjian.kernel.actor import SystemActor
encrypted.BATCH = 2
seen = []
def say(context, done):
    seen.append(context)
    if len(seen) == {batches}:
        os.kill(os.getpid(), signal.SIGKILL)
key_rotation.reencrypt(actor=SystemActor("test"), say=say, waiting=print)
"""
    name = str(connection.settings_dict["NAME"])
    url = f"sqlite:///{name}" if connection.vendor == "sqlite" else os.environ["DATABASE_URL"].rpartition("/")[0] + f"/{name}"
    from django.conf import settings

    environment = os.environ | {
        "DATABASE_URL": url,
        "DANGJIAN_PLUGINS": "",
        "DATA_DIR": str(settings.DATA_DIR),
        "DANGJIAN_KEY_FILE": str(settings.DANGJIAN_KEY_FILE),
        "DANGJIAN_SECRET_KEY": crypto.signing_key(settings.DANGJIAN_SECRET_FILE),
        "DJANGO_SETTINGS_MODULE": "dangjian.config.settings",
    }
    return subprocess.run([sys.executable, "-c", script], env=environment, check=False, timeout=120).returncode


def test_everybody_is_found_before_during_and_after_and_a_kill_loses_nothing(folder: Path) -> None:
    assert everybody_is_found()
    assert "k2" in command("rotate")
    assert stat.S_IMODE((folder / "keys.json").stat().st_mode) == 0o600
    assert everybody_is_found()
    assert (stored("k1"), stored("k2")) == (8, 0)

    assert another_process(2) == -signal.SIGKILL
    assert (stored("k1"), stored("k2")) == (4, 4)
    assert everybody_is_found()
    assert "还有4条内容用它加密（members.Member.resident_id）" in command("status")
    assert not Event.objects.filter(verb=key_rotation.REENCRYPTED).exists()

    assert "members.Member.mobile：已重新加密8条" in command("reencrypt")
    assert {key for _context, key in encrypted.counts()} == {"k2"}
    assert everybody_is_found()
    keys.verify()
    assert sorted(SecretCheck.objects.values_list("name", flat=True)) == ["k1", "k2", "signing"]
    assert [event.data["key"] for event in Event.objects.filter(verb=key_rotation.REENCRYPTED)] == ["k2"]


def test_the_other_processes_use_a_new_key_at_once(folder: Path) -> None:
    before = crypto.encrypt("甲", "x")
    crypto.add_key(folder / "keys.json")
    after = crypto.encrypt("甲", "x")
    assert (before[:3], after[:3]) == ("k1:", "k2:")
    assert crypto.decrypt(before, "x") == crypto.decrypt(after, "x") == "甲"


def test_what_somebody_changes_meanwhile_is_not_written_over() -> None:
    command("rotate")
    column = next(one for one in encrypted.columns() if one.context == "members.Member.mobile")
    (pk, old), *_ = encrypted._due(column, None)
    with unscoped("test"):
        member = Member.objects.get(pk=pk)
        member.mobile = "13911112222"
        member.save()
    assert encrypted._write(column, [(crypto.encrypt("13800000000", column.context), pk, old)]) == 0
    with unscoped("test"):
        assert Member.objects.get(pk=pk).mobile == "13911112222"


def test_what_is_written_back_as_it_was_is_encrypted_in_the_next_round() -> None:
    command("rotate")
    with unscoped("test"):
        stale = Member.objects.get(resident_id_index__matches=NUMBERS[0])
    written = []

    def say(context: str, done: int) -> None:
        if context == "members.Member.mobile" and not written:
            written.append(context)
            with unscoped("test"):
                stale.save()

    encrypted.renew(say)
    assert written
    assert stored("k1") == 0
    assert everybody_is_found()


def test_long_values_are_taken_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encrypted, "MOST_CHARACTERS", 2_000_000)
    with unscoped("test"):
        branch = Member.objects.values_list("branch", flat=True)[0]
        gathering = Gathering.objects.create(organization_id=branch, since=dt.date(2026, 1, 1), until=dt.date(2026, 12, 31))
        texts = [str(place) * 1_000_000 for place in range(3)]
        for place, text in enumerate(texts):
            GatheredColumn.objects.create(gathering=gathering, population="x", at_start=False, name=str(place), content=text)
    command("rotate")
    seen: list[int] = []
    encrypted.renew(lambda context, done: seen.append(done) if context == "annual.GatheredColumn.content" else None)
    assert seen == [1, 2, 3]
    with unscoped("test"):
        columns = GatheredColumn.objects.order_by("name")
        assert [one.content for one in columns] == texts
    assert encrypted.counts()["annual.GatheredColumn.content", "k2"] == 3


def test_what_does_not_open_is_counted_and_left_alone() -> None:
    command("rotate")
    with connection.cursor() as cursor:
        broken = "k1:" + "A" * 64
        cursor.execute("UPDATE members_member SET resident_id = %s WHERE id = (SELECT min(id) FROM members_member)", [broken])
    with pytest.raises(CommandError, match="另有1条打不开"):
        command("reencrypt")
    assert (stored("k1"), stored("k2")) == (1, 7)


def test_a_key_goes_only_when_nothing_needs_it(folder: Path) -> None:
    command("rotate")
    command("reencrypt")
    command("rotate")
    for name, why in (
        ("k1", "索引由它算出"),
        ("k2", "members.Member.resident_id"),
        ("k3", "新内容用它加密"),
        ("k9", "没有密钥 k9"),
    ):
        with pytest.raises(CommandError, match=why):
            command("drop", name)
    command("reencrypt")
    with pytest.raises(CommandError, match="刚刚重新加密完"):
        command("drop", "k2")
    with clock.at(clock.now() + key_rotation.REST + dt.timedelta(minutes=1)):
        waiting = files.keep(io.BytesIO(b"a sheet"))
        path = files._folder() / waiting
        path.write_text(path.read_text().replace("k3:", "k2:"))
        with pytest.raises(CommandError, match="等待处理的上传文件"):
            command("drop", "k2")
        files.drop(waiting)
        command("drop", "k2")

    assert list(json.loads((folder / "keys.json").read_text())["keys"]) == ["k1", "k3"]
    assert everybody_is_found()
    keys.verify()
    assert Event.objects.filter(verb=key_rotation.DROPPED).count() == 1


def test_a_key_that_made_seals_stays_and_the_trail_fits(folder: Path) -> None:
    command("rotate")
    trail.seal(wait=0.5)
    command("rotate")
    command("reencrypt")
    trail.seal(wait=0.5)
    with clock.at(clock.now() + dt.timedelta(days=2)), pytest.raises(CommandError, match="操作留痕有1次封存"):
        command("drop", "k2")
    report = trail.verify()
    assert (report.seals, report.faults) == (2, [])


def test_two_who_change_the_keys_at_once_take_turns(folder: Path) -> None:
    def rotate() -> None:
        with clock.at("2026-11-23 09:00"):
            key_rotation.rotate(actor=make.SYSTEM, waiting=lambda: None)
        connection.close()

    both = [threading.Thread(target=rotate) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert list(json.loads((folder / "keys.json").read_text())["keys"]) == ["k1", "k2", "k3"]
    assert Event.objects.filter(verb=key_rotation.ADDED).count() == 2


def test_keys_from_the_environment_are_changed_there(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = json.loads((folder / "keys.json").read_text())["keys"]["k1"]
    monkeypatch.setenv("DANGJIAN_KEY", f"k1:{one}")
    with pytest.raises(CommandError, match="DANGJIAN_KEY"):
        command("rotate")
    monkeypatch.setenv("DANGJIAN_KEY", f"k1:{one},k2:{crypto.generate_key()}")
    command("reencrypt")
    assert {key for _context, key in encrypted.counts()} == {"k2"}
    assert everybody_is_found()
    assert SecretCheck.objects.filter(name="k2").exists()
