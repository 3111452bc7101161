"""The order of Chinese names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dangjian.kernel.pinyin import (
    INITIALS_LENGTH,
    SORT_KEY_LENGTH,
    initials,
    letters,
    sort_key,
)

NAMES = st.text(
    st.one_of(
        st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF),
        st.sampled_from("·abXY12 "),
    ),
    max_size=40,
)


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("单田芳", "shantianfang"),
        ("仇某", "qiumou"),
        ("解某", "xiemou"),
        ("曾某", "zengmou"),
        ("查某", "zhamou"),
        ("区某", "oumou"),
        ("朴某", "piaomou"),
        ("盖某", "gemou"),
        ("尉迟某", "yuchimou"),
        ("单于某", "chanyumou"),
        ("单于", "shanyu"),
        ("欧阳某某", "ouyangmoumou"),
        ("吕某", "lvmou"),
        ("王单", "wangdan"),
        ("阿卜杜·热合曼", "abodureheman"),
        ("Anna 王", "annawang"),
        ("王𠮷某", "wangmou"),
        ("𠮷", ""),
    ],
)
def test_names_are_read_as_names(name: str, read: str) -> None:
    assert letters(name) == read


def test_initials() -> None:
    assert initials("单田芳") == "stf"
    assert initials("欧阳某某") == "oymm"
    assert initials("Li 某") == "lim"


def test_order_is_by_sound_then_tone_and_a_surname_stays_together() -> None:
    names = ["张三", "章二", "张四", "阿一", "李四", "梁五", "单六", "但七"]
    assert sorted(names, key=sort_key) == [
        "阿一",
        "但七",
        "李四",
        "梁五",
        "单六",
        "张三",
        "张四",
        "章二",
    ]


@given(NAMES)
def test_keys_are_plain_ascii_within_their_columns(name: str) -> None:
    key = sort_key(name)
    assert len(key) <= SORT_KEY_LENGTH
    assert key.isascii()
    assert key == key.lower()
    assert len(initials(name)) <= INITIALS_LENGTH


@given(NAMES, NAMES)
def test_different_chinese_names_have_different_keys(one: str, other: str) -> None:
    def plain(name: str) -> str:
        return "".join(each for each in name.lower() if each.isalnum())

    if sort_key(one) == sort_key(other) and len(sort_key(one)) < SORT_KEY_LENGTH:
        assert plain(one) == plain(other)
