"""Resident identity numbers, social credit codes, mobile numbers. All numbers are fictional."""

import datetime as dt
import re
import string

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dangjian.kernel.identity import (
    IdentityProblem,
    check_credit_code,
    check_mobile,
    check_resident_id,
    credit_check_character,
    fictional_resident_id,
    is_telephone,
    normalise,
)

BIRTHS = st.dates(dt.date(1900, 1, 1), dt.date(2026, 12, 31))
NUMBERS = st.builds(fictional_resident_id, BIRTHS, st.integers(0, 999))
GOOD = fictional_resident_id(dt.date(1990, 1, 1), 1)


@given(BIRTHS, st.integers(0, 999))
def test_a_fictional_number_is_well_formed_and_tells_birth_and_sex(born: dt.date, sequence: int) -> None:
    number = fictional_resident_id(born, sequence)
    assert re.fullmatch(r"99\d{15}[0-9X]", number)
    known = check_resident_id(number)
    assert (known.number, known.birth_on, known.region) == (number, born, "990000")
    assert known.sex == ("1" if sequence % 2 else "2")


@given(NUMBERS, st.integers(0, 17), st.sampled_from("0123456789X"))
def test_one_wrong_character_is_always_noticed(number: str, place: int, other: str) -> None:
    assume(number[place] != other)
    with pytest.raises(IdentityProblem):
        check_resident_id(number[:place] + other + number[place + 1 :])


@given(NUMBERS, st.integers(0, 16))
def test_two_neighbours_swapped_are_always_noticed(number: str, place: int) -> None:
    assume(number[place] != number[place + 1])
    with pytest.raises(IdentityProblem):
        check_resident_id(number[:place] + number[place + 1] + number[place] + number[place + 2 :])


def test_published_examples_of_the_check_digit() -> None:
    # The two examples of GB 11643-1999, 4.2.
    assert check_resident_id("11010519491231002X").sex == "2"
    assert check_resident_id("440524188001010014").birth_on == dt.date(1880, 1, 1)


@pytest.mark.parametrize(
    "typed",
    [
        "99 0000-19900101 001{x}",
        "９９００００１９９００１０１００１{x}",
        " 99000019900101001{x}\u3000",
        "'99000019900101001{x}",
    ],
)
def test_the_way_of_typing_does_not_matter(typed: str) -> None:
    assert check_resident_id(typed.format(x=GOOD[-1])).number == GOOD


def test_a_small_x_counts_as_a_large_one() -> None:
    number = next(n for n in (fictional_resident_id(dt.date(1990, 1, 1), s) for s in range(100)) if n.endswith("X"))
    assert check_resident_id(number.lower()).number == number


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "空的"),
        (None, "空的"),
        (GOOD[:17], "现在是17位"),
        (GOOD + "1", "现在是19位"),
        ("990000900101001", "15位的旧号码"),
        ("9900001990O101001" + GOOD[-1], "第11位是“O”"),
        ("X" + GOOD[1:], "第1位是“X”"),
        ("0" + GOOD[1:], "不会以0开头"),
        ("99000019900230001X", "“19900230”，不是真实的出生日期"),
        ("99000000000101001X", "不是真实的出生日期"),
        (GOOD[:17] + ("0" if GOOD[-1] != "0" else "1"), f"应为“{GOOD[-1]}”"),
        (9.9000019900101e17, "已经丢失"),
        (990000199001010011, "已经丢失"),
        ("9.90000E+17", "已经丢失"),
    ],
)
def test_what_is_wrong_is_said(typed: object, says: str) -> None:
    with pytest.raises(IdentityProblem) as refused:
        check_resident_id(typed)
    assert says in refused.value.message


def test_nobody_is_born_tomorrow() -> None:
    number = fictional_resident_id(dt.date(2026, 11, 24), 1)
    check_resident_id(number, today=dt.date(2026, 11, 24))
    with pytest.raises(IdentityProblem, match="2026-11-24"):
        check_resident_id(number, today=dt.date(2026, 11, 23))


@pytest.mark.parametrize(("region", "sequence"), [("440101", 1), ("99", 1), ("990000", 1000), ("990000", -1)])
def test_no_number_that_might_be_somebodys_is_made(region: str, sequence: int) -> None:
    with pytest.raises(ValueError, match="99"):
        fictional_resident_id(dt.date(1990, 1, 1), sequence, region=region)


CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CREDIT_CODES = st.text(CREDIT_ALPHABET, min_size=17, max_size=17).map(lambda first: first + credit_check_character(first))


@given(CREDIT_CODES, st.integers(0, 17), st.sampled_from(CREDIT_ALPHABET))
def test_a_credit_code_and_every_single_error_in_it(code: str, place: int, other: str) -> None:
    assert check_credit_code(code.lower()) == code
    assume(code[place] != other)
    with pytest.raises(IdentityProblem):
        check_credit_code(code[:place] + other + code[place + 1 :])


def test_the_published_example_of_a_credit_code() -> None:
    # The example of GB 32100-2015, annex A.
    assert check_credit_code("91350100M000100Y43") == "91350100M000100Y43"


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("91350100M000100Y4", "现在是17位"),
        ("91350100M000100Y44", "应为“3”"),
        ("9135O100M000100Y43", "第5位是“O”"),
    ],
)
def test_what_is_wrong_with_a_credit_code_is_said(code: str, says: str) -> None:
    with pytest.raises(IdentityProblem, match=says):
        check_credit_code(code)


@pytest.mark.parametrize(
    "typed",
    [
        "13800000000",
        " 138 0000 0000",
        "+86 138-0000-0000",
        "0086 13800000000",
        "１３８００００００００",
        13800000000,
        13800000000.0,
    ],
)
def test_a_mobile_number_in_every_form(typed: object) -> None:
    assert check_mobile(typed) == "13800000000"


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("1380000000", "现在是10位"),
        ("12000000000", "以12开头"),
        ("02088880000", "以02开头"),
        ("1380000000a", "只能有数字"),
        ("", "只能有数字"),
    ],
)
def test_what_is_wrong_with_a_mobile_number_is_said(typed: str, says: str) -> None:
    with pytest.raises(IdentityProblem, match=says):
        check_mobile(typed)


@given(st.text(string.printable, max_size=30))
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    try:
        once = normalise(text)
    except IdentityProblem:
        return
    assert normalise(once) == once


@pytest.mark.parametrize("typed", ["(+86)19900000303", "（86）199 0000 0303", "+8619900000303", "\u202d19900000303\u202c"])
def test_a_mobile_with_its_country_and_marks_of_direction(typed: str) -> None:
    assert check_mobile(typed) == "19900000303"


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("13800000000", True),
        ("010-88880000转123", True),
        ("+86 10 8888 0000", True),
        ("60123", True),
        ("123", False),
        ("晚上打", False),
    ],
)
def test_a_telephone_number_has_digits_and_their_signs(text: str, is_one: bool) -> None:
    assert is_telephone(text) is is_one
