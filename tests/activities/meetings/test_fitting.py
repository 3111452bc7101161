"""As few sittings as possible, held against trying everything."""

import datetime as dt
from collections.abc import Mapping, Sequence
from itertools import combinations

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as some

from dangjian.activities.meetings.fitting import MOST, Times, fewest_sittings, overlaps, possible_times

pytestmark = pytest.mark.any_database

MONDAY = dt.date(2026, 12, 7)


def at(day: int, hour: int, length: int = 2) -> Times:
    begin = timezone.make_aware(dt.datetime.combine(MONDAY + dt.timedelta(days=day), dt.time())) + dt.timedelta(hours=hour)
    return begin, begin + dt.timedelta(hours=length)


times = some.builds(at, some.integers(0, 2), some.integers(0, 20), some.integers(1, 8))
plans = some.dictionaries(some.integers(1, 40), some.lists(times, max_size=4), max_size=7)


def reached(sittings: Sequence[Times], busy: Mapping[int, Sequence[Times]]) -> set[int]:
    """Who can come to one of them."""
    return {one for one, own in busy.items() if any(not any(overlaps(each, other) for other in own) for each in sittings)}


def by_trying_everything(possible: Sequence[Times], busy: Mapping[int, Sequence[Times]]) -> tuple[int, int]:
    """To how many people the best choice gives a sitting, and how many sittings that takes at least."""
    found = [(0, 0)]
    for number in range(1, MOST + 1):
        found += [
            (len(reached(chosen, busy)), -number)
            for chosen in combinations(possible, number)
            if not any(overlaps(one, other) for one, other in combinations(chosen, 2))
        ]
    most, least = max(found)
    return most, -least


@settings(max_examples=150, deadline=None)
@given(some.lists(times, max_size=9, unique=True), plans)
def test_nobody_could_do_better(possible: list[Times], busy: dict[int, list[Times]]) -> None:
    spread = fewest_sittings(possible, busy)
    assert (len(reached(spread.sittings, busy)), len(spread.sittings)) == by_trying_everything(possible, busy)
    assert set(busy) - reached(spread.sittings, busy) == spread.cannot
    assert [reached([one], busy) for one in spread.sittings] == [set(comes) for comes in spread.comes]
    assert not any(overlaps(one, other) for one, other in combinations(spread.sittings, 2))
    assert list(spread.sittings) == sorted(spread.sittings)


def test_the_most_usual_time_is_taken_where_all_would_do() -> None:
    possible = possible_times(MONDAY, dt.timedelta(hours=2), dt.time(15), after=at(1, 16)[0])
    assert fewest_sittings(possible, {1: [], 2: []}).sittings == (at(2, 15),)


def test_crews_by_day_and_by_night_meet_at_two_times() -> None:
    day, evening = [at(day, 8, 8) for day in range(7)], [at(day, 16, 8) for day in range(7)]
    possible = possible_times(MONDAY, dt.timedelta(hours=2), dt.time(15), after=at(0, 0)[0])
    spread = fewest_sittings(possible, {1: day, 2: day, 3: evening})
    assert len(spread.sittings) == 2
    assert spread.cannot == frozenset()


def test_whoever_works_all_the_week_can_come_to_none() -> None:
    possible = possible_times(MONDAY, dt.timedelta(hours=2), dt.time(15), after=at(0, 0)[0])
    spread = fewest_sittings(possible, {1: [at(0, 0, 24 * 7)], 2: []})
    assert spread.cannot == {1}
    assert len(spread.sittings) == 1


def test_a_week_of_many_people_is_worked_out() -> None:
    """Eighty possible times, three hundred people in twelve crews: whoever can come to some time comes to a sitting."""
    possible = possible_times(MONDAY, dt.timedelta(hours=2), dt.time(14, 30), after=at(0, 0)[0])
    crews = [[at(day, (8 * crew + 2 * crew * day) % 24, 12) for day in range(7)] for crew in range(12)]
    busy = {one: crews[one % 12] for one in range(300)}
    found = fewest_sittings(possible, busy)
    assert 1 <= len(found.sittings) <= 3


@pytest.mark.parametrize("usual", [dt.time(15), dt.time(9, 30)])
def test_times_lie_in_the_day_and_ahead(usual: dt.time) -> None:
    after = at(2, 12)[0]
    found = possible_times(MONDAY, dt.timedelta(hours=2), usual, after=after)
    assert all(begin > after and dt.time(8) <= timezone.localtime(begin).time() for begin, _end in found)
    assert all(timezone.localtime(end).time() <= dt.time(21) for _begin, end in found)
    assert timezone.localtime(found[0][0]).time() == usual
