"""What people may have meant by a name that nobody knows."""

import difflib
import re
import unicodedata
from collections.abc import Mapping
from typing import Final

MOST_COMPARED: Final = 1_000_000
"""Names compared with each other for one sheet; in a wholly wrong column of a large group that would take minutes."""

SUGGESTED: Final = 3

_NOISE = re.compile(r"[\s·•．.、，,（）()〔〕\[\]“”\"'：:;；\-—－_/]+")


def folded(text: str) -> str:
    """What remains of a name for comparison: without 中共 in front, 委员会 behind, blanks and punctuation."""
    bare = _NOISE.sub("", unicodedata.normalize("NFKC", text)).lower()
    return bare.removeprefix("中国共产党").removeprefix("中共").removesuffix("委员会") or bare


class Nearest:
    """Looks for names that come near, as long as that does not take too long; one for each check of a sheet."""

    def __init__(self) -> None:
        self._compared = 0

    def like(self, text: str, names: Mapping[str, str]) -> list[str]:
        """At most three of ``names`` (by what they are compared as, see ``folded``), nearest first."""
        self._compared += len(names)
        if self._compared > MOST_COMPARED:
            return []
        typed = folded(text)
        inside = [name for name in names if len(typed) > 1 and (typed in name or name in typed)]
        near = [*inside[:SUGGESTED], *difflib.get_close_matches(typed, names, n=SUGGESTED, cutoff=0.5)]
        return list(dict.fromkeys(names[name] for name in near))[:SUGGESTED]
