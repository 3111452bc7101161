"""Signatures shared with a payment gateway: an HMAC under a key that both sides hold, with SM3 or SHA-256.

The first key signs; all are tried when checking, so that a key can be changed without a gap.
"""

import hmac
from collections.abc import Mapping, Sequence
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.hmac import HMAC

HASHES: Final[Mapping[str, type[hashes.HashAlgorithm]]] = {"sm3": hashes.SM3, "sha256": hashes.SHA256}
SHORTEST_KEY: Final = 32


def signature(key: str, content: bytes, hash_name: str) -> str:
    """The signature of ``content``: 64 small hexadecimal digits."""
    made = HMAC(key.encode(), HASHES[hash_name]())
    made.update(content)
    return made.finalize().hex()


def is_signed(keys: Sequence[str], content: bytes, claimed: str, hash_name: str) -> bool:
    """Whether ``claimed`` is the signature of ``content`` under one of the keys."""
    return any(hmac.compare_digest(signature(key, content, hash_name).encode(), claimed.encode()) for key in keys)


def canonical(fields: Mapping[str, str | int]) -> bytes:
    """Fields of an address as they are signed: ``name=value``, ordered by name, one on a line."""
    return "\n".join(f"{name}={fields[name]}" for name in sorted(fields)).encode()
