"""Numbers in addresses."""

import pytest

from dangjian.kernel.typed import LARGEST, number


@pytest.mark.parametrize(("text", "found"), [("0", 0), ("42", 42), ("007", 7), (str(LARGEST), LARGEST), (42, 42)])
def test_a_whole_number_is_read(text: object, found: int) -> None:
    assert number(text) == found


@pytest.mark.parametrize("text", ["", None, "²", "４２", "-1", "+1", "1e3", "1.0", " 1", "1_000", str(LARGEST + 1), "9" * 5000])
def test_anything_else_is_none(text: object) -> None:
    assert number(text) is None


def test_what_lies_outside_is_none() -> None:
    assert (number("1999", least=2000), number("2000", least=2000), number("2201", most=2200)) == (None, 2000, None)
