"""A deployment's secrets belong to its database: another one, or none, stops the start and changes nothing."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from dangjian.accounts import keys
from dangjian.accounts.models import SecretCheck, Session
from dangjian.kernel import crypto
from dangjian.org.unscoped import unscoped
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A deployment of its own that was started once, into the empty database of the test."""
    for name in ("DANGJIAN_KEY", "DANGJIAN_SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)
    with override_settings(DANGJIAN_KEY_FILE=tmp_path / "keys.json", DANGJIAN_SECRET_FILE=tmp_path / "secret.txt"):
        keys.settle()
        yield tmp_path


@pytest.fixture
def in_use(folder: Path) -> None:
    """Somebody has written into it."""
    branch = make.branch(make.committee())
    with unscoped("test"):
        make.member(branch, resident_id="990000199001010011")


def another_key(folder: Path) -> None:
    (folder / "keys.json").unlink()
    crypto.make_key_file(folder / "keys.json")


def test_an_empty_database_gets_secrets_that_only_their_owner_may_read(folder: Path) -> None:
    assert {file.name: oct(file.stat().st_mode & 0o777) for file in folder.iterdir()} == {
        "keys.json": "0o600",
        "secret.txt": "0o600",
    }
    assert sorted(SecretCheck.objects.values_list("name", flat=True)) == ["k1", "signing"]
    keys.verify()


def test_what_the_database_keeps_gives_no_secret_away(folder: Path) -> None:
    kept = " ".join(SecretCheck.objects.values_list("value", flat=True))
    assert crypto.signing_key(folder / "secret.txt") not in kept
    assert crypto._read(folder / "keys.json")["k1"] not in kept


def test_without_its_key_file_the_platform_refuses_and_makes_none(folder: Path) -> None:
    make.user()
    (folder / "keys.json").unlink()
    for attempt in (keys.verify, keys.settle, lambda: call_command("worker"), lambda: call_command("scheduler")):
        with pytest.raises(keys.WrongSecret, match=r"keys\.json.*文件不存在.*从备份中取回"):
            attempt()
    assert not (folder / "keys.json").exists()


def test_with_another_key_the_platform_refuses(folder: Path) -> None:
    make.user()
    another_key(folder)
    before = (folder / "keys.json").read_bytes(), list(SecretCheck.objects.values())
    for attempt in (keys.verify, keys.settle):
        with pytest.raises(keys.WrongSecret, match="缺少或不同：k1"):
            attempt()
    assert ((folder / "keys.json").read_bytes(), list(SecretCheck.objects.values())) == before


@pytest.mark.parametrize("spoil", [Path.unlink, lambda file: file.write_text("another")])
def test_without_its_signing_key_the_platform_refuses_until_a_new_one_is_wanted(
    folder: Path, spoil: Callable[[Path], object]
) -> None:
    make.user()
    Session.objects.create(session_key="x", session_data="", expire_date="2027-01-01T00:00:00Z")
    spoil(folder / "secret.txt")
    with pytest.raises(keys.WrongSecret, match=r"new-secret"):
        keys.verify()
    with pytest.raises(CommandError, match=r"签名密钥"):
        call_command("keys", "check")
    assert Session.objects.exists()

    call_command("keys", "new-secret")

    keys.verify()
    assert len(crypto.signing_key(folder / "secret.txt")) == 64
    assert not Session.objects.exists()


def test_before_the_first_account_lost_secrets_are_made_again(folder: Path) -> None:
    for file in folder.iterdir():
        file.unlink()
    keys.settle()
    keys.verify()
    assert len(list(folder.iterdir())) == 2


def test_a_key_that_was_added_is_noted(folder: Path) -> None:
    make.user()
    crypto.add_key(folder / "keys.json")
    keys.settle()
    assert SecretCheck.objects.filter(name="k2").exists()


def test_a_database_older_than_its_check_values_is_tried(folder: Path, in_use: None) -> None:
    SecretCheck.objects.all().delete()
    keys.verify()
    assert not SecretCheck.objects.exists()
    keys.settle()
    assert SecretCheck.objects.count() == 2


@pytest.mark.parametrize(
    ("spoil", "words"), [(another_key, "打不开"), (lambda folder: (folder / "keys.json").unlink(), "不见了")]
)
def test_a_database_older_than_its_check_values_is_not_opened_by_another_key(
    folder: Path, in_use: None, spoil: Callable[[Path], object], words: str
) -> None:
    SecretCheck.objects.all().delete()
    spoil(folder)
    with pytest.raises(keys.WrongSecret, match=words):
        keys.settle()
    assert not SecretCheck.objects.exists()
