"""附言码: the code that a payer quotes, so that the money finds the order.

``DF`` and twelve digits, of which the last two are check digits (ISO 7064 MOD 97-10): a digit mistyped, or two exchanged, never
give another valid code.
"""

import re
import secrets
import unicodedata
from dataclasses import dataclass
from typing import Final

PREFIX: Final = "DF"
NUMBERS: Final = 10**10

_QUOTED = re.compile(r"D\s*F[\s:\-_]*((?:\d[\s\-_]*){11}\d)(?!\d)")
_ATTEMPT = re.compile(r"D\s*F[\s:\-_]*\d[\d\s\-_]{4,}")


@dataclass(frozen=True, slots=True)
class Quoted:
    """Codes in a text: those that are right, and whether something like a code is wrong."""

    codes: tuple[str, ...]
    broken: bool


def of_number(number: int) -> str:
    """The code of a number from 0 up to ``NUMBERS``."""
    if not 0 <= number < NUMBERS:
        message = f"{number} has no code"
        raise ValueError(message)
    return f"{PREFIX}{number:010d}{98 - number * 100 % 97:02d}"


def draw() -> str:
    """A code nobody can foresee. It may exist already: one in ten thousand millions."""
    return of_number(secrets.randbelow(NUMBERS))


def is_valid(code: str) -> bool:
    """Whether prefix, length and check digits are right."""
    digits = code.removeprefix(PREFIX)
    return code.startswith(PREFIX) and len(digits) == 12 and digits.isdecimal() and int(digits) % 97 == 1


def quoted_in(text: str) -> Quoted:
    """The codes in a remark, however they are spaced, in full or half width, in small or capital letters."""
    plain = unicodedata.normalize("NFKC", text).upper()
    codes = dict.fromkeys(PREFIX + re.sub(r"\D", "", found) for found in _QUOTED.findall(plain))
    valid = tuple(code for code in codes if is_valid(code))
    return Quoted(valid, broken=len(valid) < len(codes) or (not codes and _ATTEMPT.search(plain) is not None))


def spaced(code: str) -> str:
    """The code as it is read out: ``DF 1234 5678 9012``."""
    digits = code.removeprefix(PREFIX)
    return " ".join((PREFIX, *(digits[place : place + 4] for place in range(0, len(digits), 4))))
