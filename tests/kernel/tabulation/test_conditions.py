"""What each kind of condition counts, and what a definition may not say."""

import datetime as dt
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dangjian.kernel.tabulation.conditions import read
from dangjian.kernel.tabulation.cuts import count, packed
from dangjian.kernel.tabulation.dimensions import MISSING, Day, whole_months
from dangjian.members.policy import whole_months as of_two_days
from tests.kernel.tabulation.people import cut, population

PEOPLE = (
    {"sex": "2", "ethnicity": "01", "occupation": "016", "birth_on": dt.date(1996, 12, 31), "education": "14"},
    {"sex": "1", "ethnicity": "05", "occupation": "0164", "birth_on": dt.date(1996, 1, 1), "is_migrant_worker": True},
    {"sex": "1", "occupation": "021", "birth_on": dt.date(1995, 12, 31), "joined_on": dt.date(2012, 11, 1), "education": "90"},
    {},
)


@pytest.mark.parametrize(
    ("where", "numbers"),
    [
        ({}, [1, 2, 3, 4]),
        ({"sex": "2"}, [1]),
        ({"sex": ["1", "2"]}, [1, 2, 3]),
        ({"ethnicity": {"not": "01"}}, [2]),
        ({"occupation": "0"}, [1, 2, 3]),
        ({"occupation": "01"}, [1, 2]),
        ({"occupation": "016"}, [1, 2]),
        ({"occupation": "0164"}, [2]),
        ({"education_group": "postgraduate"}, [1]),
        ({"education_group": {"known": False}}, [2, 3, 4]),
        ({"age": {"max": 30}}, [1, 2]),
        ({"age": {"min": 31}}, [3]),
        ({"age": {"min": 30, "max": 31}}, [1, 2, 3]),
        ({"joined_on": {"from": dt.date(2012, 11, 1)}}, [3]),
        ({"joined_on": {"to": dt.date(2012, 10, 31)}}, []),
        ({"birth_on": {"known": False}}, [4]),
        ({"is_migrant_worker": True}, [2]),
        ({"is_migrant_worker": False}, [1, 3, 4]),
        ({"any": [{"sex": "2"}, {"is_migrant_worker": True}]}, [1, 2]),
        ({"none": [{"sex": "2"}, {"is_migrant_worker": True}]}, [3, 4]),
        ({"sex": "1", "age": {"max": 30}}, [2]),
    ],
)
def test_a_condition_counts_whoever_meets_it(where: dict[str, Any], numbers: list[int]) -> None:
    found = cut(PEOPLE)
    bits = found.bits(read(where, found.population.dimension))
    assert found.numbers(bits).tolist() == numbers
    assert count(bits) == len(numbers)


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ({"height": 180}, "没有“height”这一维度"),
        ({"sex": "7"}, "“sex”没有这个代码"),
        ({"sex": {"over": "1"}}, "只能写代码"),
        ({"age": 30}, "“age”的条件要写 min、max"),
        ({"age": {"from": 3}}, "“age”的条件要写 min、max"),
        ({"joined_on": {"min": 3}}, "“joined_on”的条件要写 from、to"),
        ({"is_migrant_worker": "yes"}, "只能是 true 或 false"),
    ],
)
def test_a_condition_that_cannot_be_is_refused_in_words(where: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read(where, population().dimension)


@given(rows=st.lists(st.booleans(), max_size=200))
def test_bits_are_the_rows(rows: list[bool]) -> None:
    bits = packed(np.array(rows, np.bool_))
    assert count(bits) == sum(rows)
    assert count(~bits & packed(np.ones(len(rows), np.bool_))) == len(rows) - sum(rows)


DAYS = st.dates(dt.date(1921, 7, 1), dt.date(2080, 12, 31))
ENDS = st.builds(dt.date, st.integers(1950, 2040), st.sampled_from([2, 3, 12]), st.sampled_from([1, 28]))


@given(pairs=st.lists(st.tuples(DAYS | ENDS, DAYS | ENDS), min_size=1, max_size=20))
def test_months_are_counted_as_those_of_two_days(pairs: list[tuple[dt.date, dt.date]]) -> None:
    of = Day("day", "日期")
    found = whole_months(of.values(first for first, _ in pairs), of.values(last for _, last in pairs))
    expected = [of_two_days(first, last) if first <= last else MISSING for first, last in pairs]
    assert found.tolist() == expected


def test_who_is_born_on_29_february_grows_older_on_the_last_of_february() -> None:
    people = [{"birth_on": dt.date(1996, 2, 29)}]
    ages = [int(cut(people, day).column("age")[0]) for day in (dt.date(2027, 2, 27), dt.date(2027, 2, 28), dt.date(2028, 2, 28))]
    assert ages == [30, 31, 31]
