"""The order that an address asks for."""

import pytest

from dangjian.kernel.ordering import ordered_by

COLUMNS = {"name": "name_sort", "age": "-birth_on"}


@pytest.mark.parametrize(
    ("asked", "column"),
    [
        ("name", "name_sort"),
        ("-name", "-name_sort"),
        ("age", "-birth_on"),
        ("-age", "birth_on"),
        ("", "-held_on"),
        ("-", "-held_on"),
        ("-x", "-held_on"),
        ("--name", "-held_on"),
        ("name_sort", "-held_on"),
    ],
)
def test_a_key_of_the_list_or_its_usual_order(asked: str, column: str) -> None:
    assert ordered_by(asked, COLUMNS, "-held_on") == column
