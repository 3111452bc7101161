"""Shifts and when whoever works in them cannot come."""

import datetime as dt

import pytest
from django.utils import timezone

from dangjian.activities.shifts.policy import DEFAULTS, Shift, by_word, folded

pytestmark = pytest.mark.any_database

DAY = dt.date(2026, 12, 7)
REST = dt.timedelta(hours=8)
EARLY, LATE, NIGHT, BY_DAY, OFF = DEFAULTS


def moment(hour: int, day: int = 0) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(DAY + dt.timedelta(days=day), dt.time(hour)))


@pytest.mark.parametrize(
    ("shift", "begin", "end"),
    [
        (EARLY, moment(8), moment(16)),
        (LATE, moment(16), moment(0, 1)),
        (NIGHT, moment(0), moment(16)),
        (Shift("大夜", (), dt.time(20), dt.time(8)), moment(20), moment(16, 1)),
    ],
)
def test_a_night_is_followed_by_rest(shift: Shift, begin: dt.datetime, end: dt.datetime) -> None:
    assert shift.busy(DAY, REST) == (begin, end)


def test_a_day_off_keeps_nobody_away() -> None:
    assert OFF.is_rest
    assert OFF.busy(DAY, REST) is None


def test_times_are_told_as_people_write_them() -> None:
    assert [one.hours for one in DEFAULTS] == ["08:00–16:00", "16:00–24:00", "00:00–08:00", "08:30–17:30", "休息"]
    assert Shift("大夜", (), dt.time(20), dt.time(8)).hours == "20:00–次日08:00"


def test_words_of_plans_are_known_however_they_are_typed() -> None:
    known = by_word([*DEFAULTS, Shift("A班", ("A", "早"))])
    assert known[folded(" 早 班")] is EARLY
    assert known[folded("早")] is EARLY, "the first that has the word"
    assert known[folded("ａ")].title == "A班"
