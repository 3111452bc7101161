"""Encryption of single values with SM4-GCM, and the keyed index that finds them.

A value is bound to its *context* (``"members.Member.resident_id"``): moved to another column it does not open. Stored form::

    k1:<base64url of nonce (12) | ciphertext | tag (16)>

``k1`` names the key. Several keys may be in use: the newest encrypts, all decrypt. Keys never lie in the database; they come
from the environment (``DANGJIAN_KEY``) or from a file, readable by its owner only, that is made while the database is empty and
never again (``accounts.keys``). **Without the key the values are lost: back the key up, and apart from the database.**

The blind index is an HMAC-SM3 under a key derived from the *oldest* key in the ring, so that it stays the same when a key is
added, and everybody is found before, during and after values are encrypted again; that key is therefore never taken out.

A process sees at once that the key file was changed (``accounts.key_rotation``), so that none has to be started again for it.
"""

import base64
import binascii
import json
import os
import re
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from dangjian.kernel import environment

KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16
_KEY_NAME = re.compile(r"k([1-9][0-9]{0,5})")
_SPACE = re.compile(r"\s+")


class CryptoError(Exception):
    """A value cannot be opened (wrong key, wrong column, altered) or the keys themselves are unusable."""


def _derive(key: bytes, purpose: bytes, length: int) -> bytes:
    return HKDF(algorithm=hashes.SM3(), length=length, salt=None, info=b"dangjian " + purpose).derive(key)


def _fingerprint(key: bytes) -> str:
    return base64.urlsafe_b64encode(_derive(key, b"fingerprint", KEY_BYTES)).rstrip(b"=").decode()


def _number(name: str) -> int:
    found = _KEY_NAME.fullmatch(name)
    if not found:
        raise CryptoError(f"密钥编号“{name}”不对，应写成 k1、k2 这样的形式。")
    return int(found[1])


class Keyring:
    """One or more keys of 32 bytes by name (``k1``, ``k2`` …); the one with the highest number encrypts."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        if not keys:
            raise CryptoError("没有加密密钥。请设置 DANGJIAN_KEY，或恢复密钥文件。")
        for name, key in keys.items():
            _number(name)
            if len(key) != KEY_BYTES:
                raise CryptoError(f"密钥 {name} 的长度不对，应为 {KEY_BYTES} 字节。")
        names = sorted(keys, key=_number)
        self.newest: str = names[-1]
        self.oldest: str = names[0]
        self._keys = dict(keys)
        self._ciphers = {name: algorithms.SM4(_derive(keys[name], b"field", 16)) for name in names}
        self.fingerprints: dict[str, str] = {name: _fingerprint(keys[name]) for name in names}
        """By name, what tells each key from every other and gives nothing of it away: 43 characters to keep in a database."""
        self._index = HMAC(_derive(keys[names[0]], b"index", KEY_BYTES), hashes.SM3())

    def encrypt(self, text: str, context: str) -> str:
        """``text`` as a stored value; a different one each time."""
        nonce = os.urandom(_NONCE_BYTES)
        sealing = Cipher(self._ciphers[self.newest], modes.GCM(nonce)).encryptor()
        sealing.authenticate_additional_data(context.encode())
        sealed = sealing.update(text.encode()) + sealing.finalize()
        return f"{self.newest}:{base64.urlsafe_b64encode(nonce + sealed + sealing.tag).decode()}"

    def decrypt(self, stored: str, context: str) -> str:
        """What was encrypted.

        :raises CryptoError: with a wrong context, an unknown key, or an altered value.
        """
        name, _, body = stored.partition(":")
        cipher = self._ciphers.get(name)
        if cipher is None:
            raise CryptoError(f"{context}：没有密钥“{name[:8]}”，这条内容打不开。请恢复写入时使用的密钥。")
        try:
            raw = base64.b64decode(body, altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raise CryptoError(f"{context}：加密内容的格式不对。") from None
        if len(raw) < _NONCE_BYTES + _TAG_BYTES:
            raise CryptoError(f"{context}：加密内容不完整。")
        opening = Cipher(cipher, modes.GCM(raw[:_NONCE_BYTES], raw[-_TAG_BYTES:])).decryptor()
        opening.authenticate_additional_data(context.encode())
        try:
            return (opening.update(raw[_NONCE_BYTES:-_TAG_BYTES]) + opening.finalize()).decode()
        except InvalidTag:
            raise CryptoError(f"{context}：打不开，密钥与写入时不同，或内容被改动过。") from None

    def blind_index(self, value: str, context: str) -> str:
        """A fingerprint of 43 characters to find ``value`` by. Spacing, width and case of letters do not matter."""
        counting = self._index.copy()
        counting.update(f"{context}\0{normalise(value)}".encode())
        return base64.urlsafe_b64encode(counting.finalize()).rstrip(b"=").decode()

    def mac(self, purpose: str, name: str) -> HMAC:
        """An HMAC-SM3 to be fed, under a key that serves ``purpose`` alone, derived from the one of this ``name``.

        :raises CryptoError: if there is no such key.
        """
        if name not in self._keys:
            raise CryptoError(f"没有密钥“{name[:8]}”，不能核对。请恢复当时使用的密钥。")
        return HMAC(_derive(self._keys[name], f"mac {purpose}".encode(), KEY_BYTES), hashes.SM3())

    def is_current(self, stored: str) -> bool:
        """Whether ``stored`` was made with the newest key; others are due to be encrypted again."""
        return stored.partition(":")[0] == self.newest


def normalise(value: str) -> str:
    """The form in which values are compared: half-width, without spaces, capitals."""
    return _SPACE.sub("", unicodedata.normalize("NFKC", value)).upper()


def generate_key() -> str:
    """A new random key in base64, as ``DANGJIAN_KEY`` takes it."""
    return base64.b64encode(os.urandom(KEY_BYTES)).decode()


def _decode(name: str, text: str) -> bytes:
    try:
        return base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        raise CryptoError(f"密钥 {name} 不是有效的 base64 文本。") from None


def keyring_from_text(text: str) -> Keyring:
    """The keyring that ``DANGJIAN_KEY`` describes: one base64 key, or ``k1:<base64>,k2:<base64>``."""
    named = (part.rpartition(":") for part in text.split(",") if part.strip())
    return Keyring({(name.strip() or "k1"): _decode(name.strip() or "k1", key) for name, _, key in named})


def load_keyring(path: Path) -> Keyring:
    """The keyring in the file at ``path``. None is ever made here: a new key opens nothing that was written before.

    :raises CryptoError: if there is no such file, or it is not readable as a key file.
    """
    return Keyring({name: _decode(name, key) for name, key in _read(path).items()})


def make_key_file(path: Path) -> None:
    """Make the file at ``path`` with one new key, mode 0600, unless there is one. Only for a database that holds nothing yet."""
    write_once(json.dumps({"keys": {"k1": generate_key()}}, indent=1), path)


def add_key(path: Path) -> str:
    """Add a new key to the file at ``path`` and return its name. What is written from then on uses it."""
    keys = _read(path)
    name = f"k{max(map(_number, keys)) + 1}"
    write_anew(json.dumps({"keys": {**keys, name: generate_key()}}, indent=1), path)
    return name


def drop_key(path: Path, name: str) -> None:
    """Take the key ``name`` out of the file at ``path``; nothing happens if it is not there. What it encrypted stays closed.

    :raises CryptoError: for the oldest and the newest key, which are always needed.
    """
    keys = _read(path)
    if name in {min(keys, key=_number), max(keys, key=_number)}:
        raise CryptoError(f"密钥 {name} 还要用，不能删除。")
    write_anew(json.dumps({"keys": {other: key for other, key in keys.items() if other != name}}, indent=1), path)


def _read(path: Path) -> dict[str, str]:
    try:
        keys = json.loads(path.read_text(encoding="utf-8"))["keys"]
        if isinstance(keys, dict) and all(isinstance(key, str) for key in keys.values()):
            return keys
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise CryptoError(f"密钥文件 {path} 读不出来，请从备份恢复：{problem}") from problem
    raise CryptoError(f"密钥文件 {path} 的内容不对，请从备份恢复。")


def write_once(text: str, path: Path) -> None:
    """Write ``text`` into a new file at ``path`` that its owner alone may read; one that is there already stays as it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = _write_draft(text, path)
    try:
        # A link, unlike a rename, fails if another process was first: two that start together end up with one file.
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def write_anew(text: str, path: Path) -> None:
    """Put ``text`` in place of what the file at ``path`` holds, at one stroke. Its owner stays the same and alone may read it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = _write_draft(text, path)
    if os.geteuid() == 0 and path.exists():  # an operator's command must not take it away from the platform's own account
        owner = path.stat()
        os.chown(draft, owner.st_uid, owner.st_gid)
    draft.replace(path)


def _write_draft(text: str, path: Path) -> Path:
    draft = path.with_name(f"{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return draft


def signing_key(file: Path) -> str:
    """What signs sessions and check-in codes: ``DANGJIAN_SECRET_KEY``, else what ``file`` holds; empty if there is neither."""
    return environment.DANGJIAN_SECRET_KEY.value or (file.read_text().strip() if file.exists() else "")


_chosen: Keyring | None = None


_stamps: dict[str, tuple[int, int]] = {}


@lru_cache(maxsize=8)
def _configured(text: str, path: str, _stamp: tuple[int, int]) -> Keyring:
    return keyring_from_text(text) if text else load_keyring(Path(path))


def _stamp(path: str) -> tuple[int, int]:
    """What changes whenever the file does. Where a deployment takes it away after the start, its keys stay as they were."""
    try:
        found = Path(path).stat()
    except OSError:
        return _stamps.get(path, (0, 0))
    _stamps[path] = found.st_ino, found.st_mtime_ns
    return _stamps[path]


def keyring() -> Keyring:
    """The deployment's keyring: ``DANGJIAN_KEY`` from the environment if set, else the file ``settings.DANGJIAN_KEY_FILE``.

    The file is looked at each time, so keep the ring for one piece of work at most.
    """
    if _chosen:
        return _chosen
    text, path = environment.DANGJIAN_KEY.value, str(settings.DANGJIAN_KEY_FILE)
    return _configured(text, path, (0, 0) if text else _stamp(path))


@contextmanager
def using(ring: Keyring) -> Iterator[None]:
    """Use ``ring`` inside the block, for tests and for encrypting again with other keys."""
    global _chosen  # noqa: PLW0603 - the keyring of the process, like the clock
    before, _chosen = _chosen, ring
    try:
        yield
    finally:
        _chosen = before


def encrypt(text: str, context: str) -> str:
    """``text`` encrypted with the deployment's newest key; see :meth:`Keyring.encrypt`."""
    return keyring().encrypt(text, context)


def decrypt(stored: str, context: str) -> str:
    """What :func:`encrypt` was given; see :meth:`Keyring.decrypt`."""
    return keyring().decrypt(stored, context)


def blind_index(value: str, context: str) -> str:
    """The fingerprint to find ``value`` by; see :meth:`Keyring.blind_index`."""
    return keyring().blind_index(value, context)
