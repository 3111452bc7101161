"""Names of people: one way to write them, one way to compare them, and what is no name.

    clean("丙　二")                     # "丙二"
    clean("迪丽热巴•迪力木拉提")         # "迪丽热巴·迪力木拉提"
    same("丙 二", "丙二")               # True
    check("坏丙日期😀")                  # Invalid: 姓名里不能有“😀”。

What is kept is ``clean``; what is compared is ``fold``, which also disregards the dots and the case of letters. Columns that hold
names are ``kernel.fields.NameField``, so that searching them folds too.
"""

import re
import unicodedata
from typing import Final

from dangjian.kernel.errors import Invalid
from dangjian.kernel.text import is_private, visible

_HAN: Final = "\u2e80-\u2fdf\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
_USUAL = re.compile("[\u4e00-\u9fff]+")
"""A name that is written as it should be: nearly all."""

_DOTS = re.compile("[·•・･‧∙⋅᛫⸱⸳ꞏ\u0387\uff0e\ufe52]")
_DOT_BETWEEN = re.compile(f"(?<=[{_HAN}])[.。｡](?=[{_HAN}])")
_BLANKS = re.compile(r"\s+")
_BLANK_BESIDE = re.compile(f"(?<=[{_HAN}·]) | (?=[{_HAN}·])")
_WIDE = re.compile("[\u2e80-\u2fdf\uf900-\ufaff\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]")
_DISREGARDED = re.compile(r"[\s·.]")
_REPEATED = re.compile(r"(\D)\1{3,}")
_BESIDE_LETTERS: Final = frozenset(" ·.-'’（）()0123456789")
_NO_NAME: Final = frozenset({"无", "空", "暂无", "没有", "未知", "不详", "待定", "NULL", "NONE", "NAN", "NA"})
_HOW: Final = "请填写身份证上的姓名。"


def clean(text: str) -> str:
    """A name as it is kept: no invisible characters, no blanks between Chinese characters, one kind of dot, plain letters."""
    if _USUAL.fullmatch(text):
        return text
    name = _BLANKS.sub(" ", _WIDE.sub(_plain, visible(text))).strip()
    name = _DOTS.sub("·", name)
    return _DOT_BETWEEN.sub("·", _BLANK_BESIDE.sub("", name))


def _plain(found: re.Match[str]) -> str:
    return unicodedata.normalize("NFKC", found[0])


def bare(text: str) -> str:
    """A name without what a search disregards: blanks and dots."""
    if _USUAL.fullmatch(text):
        return text
    return _DISREGARDED.sub("", _DOTS.sub("", unicodedata.normalize("NFKC", visible(text))))


def fold(text: str) -> str:
    """A name as it is compared."""
    return bare(text).upper()


def same(one: str, other: str) -> bool:
    """Whether two ways of writing are one name."""
    return one == other or fold(one) == fold(other)


def check(text: str) -> str:
    """The name as it is kept. :raises Invalid: for what is no name: signs, emoji, only digits, one character many times."""
    name = clean(text)
    if _USUAL.fullmatch(name) and len(name) < 4 and name not in _NO_NAME:
        return name
    if not name:
        raise Invalid("姓名不能为空。")
    for character in name:
        if is_private(character):
            raise Invalid("姓名里有一个只在原来的系统里看得见的自造字。", how="请用输入法重新输入这个字，不要复制。")
        if character not in _BESIDE_LETTERS and unicodedata.category(character)[0] not in "LM":
            raise Invalid(f"姓名里不能有“{character}”。", how="请只写文字；名字中间的点写“·”。")
    if not any(character.isalpha() for character in name) or name.upper() in _NO_NAME:
        raise Invalid(f"“{name[:20]}”不是姓名。", how=_HOW)
    if repeated := _REPEATED.search(name):
        raise Invalid(f"“{repeated[1]}”连写了{len(repeated[0])}次，不像姓名。", how=_HOW)
    return name
