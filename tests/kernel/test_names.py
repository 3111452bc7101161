"""Names of people: kept in one way, compared in one way, refused where they are none; text made visible on the way in."""

import unicodedata

import pytest
from django.http import QueryDict
from hypothesis import given, settings
from hypothesis import strategies as st

from dangjian.kernel import names
from dangjian.kernel.errors import Invalid
from dangjian.kernel.incoming import visible_query
from dangjian.kernel.text import visible


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("丙二", "丙二"),
        ("丙　二", "丙二"),
        (" 丙 \u200b二\u200e ", "丙二"),
        ("王\ue863", "王䶮"),
        ("\ue81e虚构", "\u9fb4虚构"),
        ("𠮷虚构", "𠮷虚构"),
        ("迪丽热巴•迪力木拉提", "迪丽热巴·迪力木拉提"),
        ("迪丽热巴 ・ 迪力木拉提", "迪丽热巴·迪力木拉提"),
        ("迪丽热巴．迪力木拉提.吐尔逊", "迪丽热巴·迪力木拉提·吐尔逊"),
        ("Ａｎｎａ　 Smith", "Anna Smith"),
        ("\u2f42虚构", "文虚构"),
    ],
)
def test_a_name_is_kept_in_one_way(typed: str, kept: str) -> None:
    assert names.clean(typed) == kept
    assert names.check(typed) == kept


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("丙　二", "丙二"),
        ("迪丽热巴·迪力木拉提", "迪丽热巴迪力木拉提"),
        ("迪丽热巴•迪力木拉提", "迪丽热巴．迪力木拉提"),
        ("王\ue863", "王䶮"),
        ("anna smith", "ANNA SMITH"),
    ],
)
def test_one_name_written_differently(one: str, other: str) -> None:
    assert names.same(one, other)


def test_two_names_are_two() -> None:
    assert not names.same("丙二", "丙三")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "不能为空"),
        (" \u200b", "不能为空"),
        ("坏丙日期😀", "不能有“😀”"),
        ("N/A", "不能有“/”"),
        ("张三、李四", "不能有“、”"),
        ("<b>张</b>", "不能有“<”"),
        ("123", "不是姓名"),
        ("——", "不能有“—”"),
        ("无", "不是姓名"),
        ("null", "不是姓名"),
        ("王长长长长长", "连写了5次"),
        ("王\ue000", "自造字"),
    ],
)
def test_what_is_no_name(typed: str, said: str) -> None:
    with pytest.raises(Invalid) as refused:
        names.check(typed)
    assert said in refused.value.message


@pytest.mark.parametrize("name", ["虚构1号", "示例（虚构）张三", "欧阳虚构", "Ólafur O'Neil-Smith", "ئەزىز", "㛃虚构"])
def test_unusual_names_are_names(name: str) -> None:
    assert names.check(name)


@given(st.text(max_size=20))
@settings(deadline=None)
def test_cleaning_again_changes_nothing(text: str) -> None:
    assert names.clean(names.clean(text)) == names.clean(text)
    assert names.same(names.clean(text), text)


@pytest.mark.parametrize(
    ("typed", "seen"),
    [
        ("\u202d19900000301\u202c", "19900000301"),
        ("\ufeff一\u2060二\u00ad三\u3164", "一二三"),
        ("第一行\n第二行\t末", "第一行\n第二行\t末"),
        ("王\ue863", "王䶮"),
        ("x\u2800", "x"),
        ("\x00", "\x00"),
    ],
)
def test_what_nobody_sees_is_dropped(typed: str, seen: str) -> None:
    assert visible(typed) == seen


def test_all_private_characters_of_the_standard_have_a_real_one() -> None:
    """GB 18030-2000 kept 80 characters in the row 0xFE50; all of them are in Unicode now, each once."""
    real = [visible(chr(code)) for code in range(0xE815, 0xE865)]
    assert len(set(real)) == 80
    assert not [one for one in real if unicodedata.category(one) == "Co"]


def test_a_form_is_cleaned_but_for_its_passwords() -> None:
    data = QueryDict("", mutable=True)
    data.setlist("name", ["丙\u200b二", "丁"])
    data["password"] = data["new_password1"] = "a\u200b"
    cleaned = visible_query(data)
    assert cleaned.getlist("name") == ["丙二", "丁"]
    assert cleaned["password"] == cleaned["new_password1"] == "a\u200b"
    assert visible_query(cleaned) is cleaned
