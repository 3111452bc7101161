"""Codes to quote: what is right, what is wrong, how people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dangjian.activities.dues.payments.banking import references

numbers = st.integers(0, references.NUMBERS - 1)


@given(numbers)
def test_every_number_has_a_valid_code_that_is_found_again(number: int) -> None:
    code = references.of_number(number)
    assert references.is_valid(code)
    assert references.quoted_in(f"张三交党费{code}谢谢").codes == (code,)
    assert references.quoted_in(references.spaced(code)).codes == (code,)


@given(numbers, st.integers(0, 11), st.integers(1, 9))
def test_a_mistyped_digit_never_gives_a_valid_code(number: int, place: int, shift: int) -> None:
    digits = list(references.of_number(number).removeprefix("DF"))
    digits[place] = str((int(digits[place]) + shift) % 10)
    wrong = "DF" + "".join(digits)
    assert not references.is_valid(wrong)
    quoted = references.quoted_in(wrong)
    assert quoted.codes == ()
    assert quoted.broken


@given(numbers, st.integers(0, 10))
def test_two_digits_exchanged_never_give_another_valid_code(number: int, place: int) -> None:
    code = references.of_number(number)
    digits = list(code.removeprefix("DF"))
    digits[place], digits[place + 1] = digits[place + 1], digits[place]
    wrong = "DF" + "".join(digits)
    assert wrong == code or not references.is_valid(wrong)


def test_codes_drawn_are_valid_and_differ() -> None:
    drawn = {references.draw() for _ in range(50)}
    assert len(drawn) == 50
    assert all(map(references.is_valid, drawn))


CODE = references.of_number(1234567890)


@pytest.mark.parametrize(
    "text",
    [
        CODE,
        CODE.lower(),
        references.spaced(CODE),
        f"党费 {CODE[:6]}-{CODE[6:10]}-{CODE[10:]}",
        "ＤＦ" + CODE[2:],
        f"{CODE}。十一月",
    ],
)
def test_ways_in_which_people_write_a_code(text: str) -> None:
    assert references.quoted_in(text) == references.Quoted((CODE,), broken=False)


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        ("十一月党费", False),
        ("", False),
        ("DF", False),
        (CODE[:-1], True),
        (CODE + "7", True),
        ("DF 12345", True),
        ("PDF文件2026", False),
    ],
)
def test_what_is_no_code(text: str, broken: bool) -> None:
    assert references.quoted_in(text) == references.Quoted((), broken=broken)


def test_two_codes_are_both_found() -> None:
    other = references.of_number(42)
    assert references.quoted_in(f"{CODE},{other}").codes == (CODE, other)


def test_a_number_out_of_range_has_no_code() -> None:
    with pytest.raises(ValueError, match="no code"):
        references.of_number(references.NUMBERS)
