"""Text as it comes in: without what nobody sees, and with the real character where a system wrote one of its own.

    visible("\u202d19900000301\u202c")   # "19900000301"
    visible("王\ue863")                   # "王䶮"

Copied from a chat, a web page or another system, a number may carry marks that turn the direction of writing, and a name a
character that exists only in the fonts of the system it came from. What looks the same must be the same.
"""

import re
from types import MappingProxyType
from typing import Final

# Format characters, fillers without a shape and tags. U+180E stays (Mongolian is written with it), as do visible marks of Arabic.
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\u2800\u3164\ufeff\uffa0"
    "\ufff9-\ufffb\U000e0001\U000e0020-\U000e007f]+"
)
_MAYBE_UNSEEN = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0]")
"""Those of ``_UNSEEN`` that ``str.isprintable`` takes for printable."""

_PRIVATE = re.compile("[\ue000-\uf8ff]")


def _standard() -> dict[int, str]:
    """The characters that stood in the private-use area before Unicode had them: GB 18030-2000, the last ones until 2022.

    The eighty of the row 0xFE50 follow one another from U+E815 on; most of them the codec already reads as they are today.
    """
    trails = (*range(0x50, 0x7F), *range(0x80, 0xA1))
    found = {0xE815 + place: bytes((0xFE, trail)).decode("gb18030") for place, trail in enumerate(trails)}
    found |= dict(zip(range(0xE78D, 0xE797), "︐︒︑︓︔︕︖︗︘︙", strict=True))
    found |= {0xE5E5: "\u3000", 0xE7C7: "ḿ", 0xE7C8: "ǹ"}
    found |= {
        0xE816: "\U00020087", 0xE817: "\U00020089", 0xE818: "\U000200cc", 0xE81E: "\u9fb4", 0xE826: "\u9fb5", 0xE82B: "\u9fb6",
        0xE82C: "\u9fb7", 0xE831: "\U000215d7", 0xE832: "\u9fb8", 0xE83B: "\U0002298f", 0xE843: "\u9fb9", 0xE854: "\u9fba",
        0xE855: "\U000241fe", 0xE864: "\u9fbb",
    }  # fmt: skip
    return found


_STANDARD: Final = MappingProxyType(_standard())


def visible(text: str) -> str:
    """``text`` without invisible characters, private-use characters of GB 18030 as the real ones. Blanks and lines stay."""
    if text.isascii() or (text.isprintable() and not _MAYBE_UNSEEN.search(text)):
        return text
    seen = _UNSEEN.sub("", text)
    return seen.translate(_STANDARD) if _PRIVATE.search(seen) else seen


def is_private(character: str) -> bool:
    """Whether a character means something only where it was made: nobody else sees it."""
    return "\ue000" <= character <= "\uf8ff" or character >= "\U000f0000"
