"""Chinese names in the order of their pinyin, and the letters they are found by.

    sort_key("单田芳")   # "shan405355tian207530fang1082b3": store it, order by it
    initials("单田芳")   # "stf"
    letters("单田芳")    # "shantianfang"

The first character is read as a surname (单 shàn, 仇 qiú, 解 xiè …).
"""

import unicodedata
from functools import lru_cache
from typing import Final

from pypinyin import Style, pinyin

SORT_KEY_LENGTH: Final = 200
"""The longest key that :func:`sort_key` gives; the column needs this much."""

INITIALS_LENGTH: Final = 32

_SURNAMES: Final = {
    "单": "shan4", "仇": "qiu2", "解": "xie4", "曾": "zeng1", "查": "zha1", "朴": "piao2", "任": "ren2",
    "区": "ou1", "盖": "ge3", "缪": "miao4", "乐": "yue4", "员": "yun4", "种": "chong2", "折": "she2",
    "黑": "he4", "盛": "sheng4", "燕": "yan1", "应": "ying1", "洗": "xian3", "冼": "xian3", "逄": "pang2",
    "逯": "lu4", "么": "yao1", "秘": "bi4", "哈": "ha3", "占": "zhan1", "都": "du1", "纪": "ji3",
    "翟": "zhai2", "宁": "ning4", "过": "guo1", "祭": "zhai4", "句": "gou1", "谌": "chen2", "隗": "wei3",
    "覃": "qin2", "葛": "ge3", "华": "hua4", "晁": "chao2", "郗": "xi1", "牟": "mu4", "臧": "zang1",
    "石": "shi2", "贾": "jia3", "沈": "shen3", "乜": "nie4", "郇": "xun2", "尉": "wei4", "长": "zhang3",
    "令": "ling2", "万": "wan4", "那": "na1", "车": "che1", "曲": "qu1", "召": "shao4", "重": "chong2",
    "卜": "bu3", "柏": "bai3", "行": "xing2", "朝": "chao2", "还": "huan2", "藏": "zang4", "繁": "po2",
    "尹": "yin3", "能": "nai4", "俞": "yu2", "於": "yu1", "钭": "tou3", "殷": "yin1", "褚": "chu3",
    "茜": "qian4", "兴": "xing1",
}  # fmt: skip

_COMPOUND_SURNAMES: Final = {
    "尉迟": ("yu4", "chi2"), "长孙": ("zhang3", "sun1"), "万俟": ("mo4", "qi2"), "澹台": ("tan2", "tai2"),
    "令狐": ("ling2", "hu2"), "单于": ("chan2", "yu2"), "宰父": ("zai3", "fu3"), "皇甫": ("huang2", "fu3"),
    "夏侯": ("xia4", "hou2"), "鲜于": ("xian1", "yu2"), "亓官": ("qi2", "guan1"), "相里": ("xiang4", "li3"),
    "濮阳": ("pu2", "yang2"), "中行": ("zhong1", "hang2"),
}  # fmt: skip


@lru_cache(maxsize=50_000)
def _reading(character: str) -> str:
    """The syllable of one character with the number of its tone; "" if it has none."""
    if not "\u3007" <= character <= "\U000323af":
        return ""
    syllable = pinyin(
        character,
        style=Style.TONE3,
        heteronym=False,
        neutral_tone_with_five=True,
        errors="ignore",
    )
    return syllable[0][0].replace("ü", "v") if syllable else ""


def _readings(name: str) -> list[tuple[str, str]]:
    """Each character that counts (letters, digits, Chinese characters), with its syllable."""
    text = [character for character in unicodedata.normalize("NFKC", name) if character.isalnum()]
    compound = _COMPOUND_SURNAMES.get("".join(text[:2])) if len(text) > 2 else None
    if compound:
        return [
            *zip(text[:2], compound, strict=True),
            *((each, _reading(each)) for each in text[2:]),
        ]
    return [(each, (_SURNAMES.get(each) if place == 0 else None) or _reading(each)) for place, each in enumerate(text)]


def sort_key(name: str) -> str:
    """What to order names by: syllable, tone and character of each place, in small letters and digits alone.

    Bearers of one surname stand together even if another sounds alike (张, 章), and every database orders the key the same way.
    """
    parts = [f"{syllable}{ord(each):05x}" if syllable else _plain(each) for each, syllable in _readings(name)]
    return "".join(parts)[:SORT_KEY_LENGTH]


def spelled(text: str) -> str:
    """The pattern of the sort keys of names that begin with these letters of pinyin: ``ouyang`` finds 欧阳立夏, ``ouyangl`` too.

    After each syllable of a key stand its tone and the character's number, which the letters pass over.
    """
    return "^" + "".join(f"{letter}([1-5][0-9a-f]{{5}})?" for letter in text.lower())


def initials(name: str) -> str:
    """The first letter of every syllable, at most 32."""
    return "".join((syllable or _plain(each))[0] for each, syllable in _readings(name))[:INITIALS_LENGTH]


def letters(name: str) -> str:
    """The syllables written together, without tones. Characters without a reading are left out: nobody types their numbers."""
    return "".join(syllable.rstrip("12345") or each.lower() for each, syllable in _readings(name) if syllable or each.isascii())


def _plain(character: str) -> str:
    """A character without a reading: itself if it is plain, else its number, which sorts behind every syllable."""
    return character.lower() if character.isascii() else f"zz{ord(character):05x}"
