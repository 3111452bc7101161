"""Encryption of values, keys and the blind index."""

import base64
import json
import os
import stat
from pathlib import Path

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from dangjian.kernel import crypto
from dangjian.kernel.crypto import CryptoError, Keyring

COLUMN = "members.Member.resident_id"
RING = Keyring({"k1": b"1" * 32})


@given(st.text())
def test_what_was_encrypted_comes_back(text: str) -> None:
    assert RING.decrypt(RING.encrypt(text, COLUMN), COLUMN) == text


@given(st.text(min_size=1, max_size=20), st.data())
def test_every_altered_character_is_noticed(text: str, data: st.DataObject) -> None:
    stored = RING.encrypt(text, COLUMN)
    name, _, body = stored.partition(":")
    raw = bytearray(base64.urlsafe_b64decode(body))
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(CryptoError):
        RING.decrypt(f"{name}:{base64.urlsafe_b64encode(raw).decode()}", COLUMN)


def test_the_text_is_not_readable_and_never_stored_the_same_way_twice() -> None:
    first, second = (
        RING.encrypt("990000199001010011", COLUMN),
        RING.encrypt("990000199001010011", COLUMN),
    )
    assert first != second
    assert first.startswith("k1:")
    assert "9900" not in first
    assert b"9900" not in base64.urlsafe_b64decode(first[3:])


def test_a_value_does_not_open_in_another_column() -> None:
    stored = RING.encrypt("13800000000", "members.Member.mobile")
    with pytest.raises(CryptoError, match=r"members\.Member\.phone"):
        RING.decrypt(stored, "members.Member.phone")


@pytest.mark.parametrize("stored", ["", "k1:", "k1:AAAA", "k1:不是编码", "k9:AAAA", "13800000000", "k1"])
def test_what_was_never_encrypted_is_refused(stored: str) -> None:
    with pytest.raises(CryptoError):
        RING.decrypt(stored, COLUMN)


def test_another_key_does_not_open_it() -> None:
    with pytest.raises(CryptoError):
        Keyring({"k1": b"2" * 32}).decrypt(RING.encrypt("甲", COLUMN), COLUMN)


def test_the_newest_key_encrypts_and_all_decrypt() -> None:
    old = RING.encrypt("旧", COLUMN)
    both = Keyring({"k2": b"2" * 32, "k1": b"1" * 32, "k10": b"3" * 32})
    new = both.encrypt("新", COLUMN)
    assert new.startswith("k10:")
    assert (both.decrypt(old, COLUMN), both.decrypt(new, COLUMN)) == ("旧", "新")
    assert both.is_current(new)
    assert not both.is_current(old)


@pytest.mark.parametrize(
    "variant",
    ["99000019900101001X", " 99000019900101001x ", "９９００００ 19900101 001Ｘ"],
)
def test_the_index_does_not_mind_how_it_was_typed(variant: str) -> None:
    assert RING.blind_index(variant, COLUMN) == RING.blind_index("99000019900101001X", COLUMN)


def test_the_index_depends_on_value_column_and_key() -> None:
    indexes = {
        RING.blind_index("13800000000", COLUMN),
        RING.blind_index("13800000001", COLUMN),
        RING.blind_index("13800000000", "members.Member.mobile"),
        Keyring({"k1": b"2" * 32}).blind_index("13800000000", COLUMN),
    }
    assert len(indexes) == 4
    assert all(len(index) == 43 for index in indexes)


def test_the_index_stays_when_a_key_is_added() -> None:
    both = Keyring({"k1": b"1" * 32, "k2": b"2" * 32})
    assert both.blind_index("甲", COLUMN) == RING.blind_index("甲", COLUMN)


def test_the_key_file_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "new" / "keys.json"
    crypto.make_key_file(path)
    stored = crypto.load_keyring(path).encrypt("甲", COLUMN)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert crypto.load_keyring(path).decrypt(stored, COLUMN) == "甲"
    assert [entry.name for entry in path.parent.iterdir()] == ["keys.json"]


def test_a_key_made_by_another_process_meanwhile_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    crypto.make_key_file(path)
    before = path.read_bytes()
    crypto.make_key_file(path)
    assert path.read_bytes() == before


def test_adding_a_key_keeps_the_old_ones(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    crypto.make_key_file(path)
    old = crypto.load_keyring(path).encrypt("甲", COLUMN)
    assert crypto.add_key(path) == "k2"
    ring = crypto.load_keyring(path)
    assert ring.newest == "k2"
    assert ring.decrypt(old, COLUMN) == "甲"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{}",
        "[]",
        '{"keys": {}}',
        '{"keys": {"k1": 5}}',
        '{"keys": {"k1": "c2hvcnQ="}}',
        '{"keys": {"x": "AAAA"}}',
    ],
)
def test_a_spoilt_key_file_is_refused_and_left_alone(tmp_path: Path, content: str) -> None:
    path = tmp_path / "keys.json"
    path.write_text(content)
    with pytest.raises(CryptoError):
        crypto.load_keyring(path)
    assert path.read_text() == content


def test_keys_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = crypto.generate_key(), crypto.generate_key()
    stored = crypto.keyring_from_text(one).encrypt("甲", COLUMN)
    monkeypatch.setenv("DANGJIAN_KEY", f"k1:{one}, k2:{two}")
    assert crypto.decrypt(stored, COLUMN) == "甲"
    assert crypto.encrypt("乙", COLUMN).startswith("k2:")


@pytest.mark.parametrize("text", [" ", "nonsense!", "k1:AAAA", f"1:{'A' * 43}="])
def test_an_unusable_key_in_the_environment_is_refused(text: str) -> None:
    with pytest.raises(CryptoError):
        crypto.keyring_from_text(text)


def test_the_deployment_file_is_used_without_an_environment_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DANGJIAN_KEY", raising=False)
    crypto.make_key_file(tmp_path / "keys.json")
    with override_settings(DANGJIAN_KEY_FILE=tmp_path / "keys.json"):
        stored = crypto.encrypt("甲", COLUMN)
        assert crypto.decrypt(stored, COLUMN) == "甲"
    assert list(json.loads((tmp_path / "keys.json").read_text())["keys"]) == ["k1"]


def test_a_missing_key_file_is_never_made_by_using_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DANGJIAN_KEY", raising=False)
    with override_settings(DANGJIAN_KEY_FILE=tmp_path / "keys.json"), pytest.raises(CryptoError, match="从备份恢复"):
        crypto.encrypt("甲", COLUMN)
    assert not list(tmp_path.iterdir())


def test_a_fingerprint_tells_keys_apart_and_nothing_else() -> None:
    ring = Keyring({"k1": b"1" * 32, "k2": b"2" * 32})
    assert ring.fingerprints["k1"] == RING.fingerprints["k1"] != ring.fingerprints["k2"]
    assert "1" * 8 not in ring.fingerprints["k1"]


def test_another_keyring_holds_only_inside_the_block() -> None:
    ring = Keyring({"k7": os.urandom(32)})
    with crypto.using(ring):
        assert crypto.keyring() is ring
    assert crypto.keyring() is not ring
