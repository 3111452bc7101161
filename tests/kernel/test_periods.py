"""Periods tile the calendar, lead to each other and are written in addresses so that they are read back."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dangjian.kernel.periods import ALL, BACK, HALF_YEAR, MONTH, MONTHS, QUARTER, YEAR, Span, back, last_of_month, parsed

DAYS = st.dates(dt.date(1921, 7, 1), dt.date(2199, 12, 31))
PERIODS = st.builds(Span.of, DAYS, st.sampled_from(ALL))


@given(DAYS, st.sampled_from(ALL))
def test_every_day_lies_in_exactly_one_period_of_each_length(day: dt.date, per: str) -> None:
    period = Span.of(day, per)
    assert period.holds(day)
    assert not period.next().holds(day)
    assert not period.previous().holds(day)


@given(st.integers(1921, 2199), st.sampled_from(ALL))
def test_periods_tile_the_year(year: int, per: str) -> None:
    found = [Span.of(dt.date(year, 1, 1), per)]
    while found[-1].end.year == year:
        found.append(found[-1].next())
    assert len(found) == 12 // MONTHS[per]
    assert sum((one.end - one.start).days for one in found) == (dt.date(year + 1, 1, 1) - dt.date(year, 1, 1)).days
    assert [month for one in found for month in one.months] == [dt.date(year, month, 1) for month in range(1, 13)]


@given(PERIODS, st.integers(-40, 40))
def test_there_and_back(period: Span, number: int) -> None:
    assert period.previous().next() == period == period.next().previous()
    assert period.shifted(number).shifted(-number) == period
    assert period.next().start == period.end == period.last + dt.timedelta(days=1)
    assert period.days == (period.months[0], last_of_month(period.months[-1]))


@given(PERIODS)
def test_what_an_address_says_is_read_back(period: Span) -> None:
    assert parsed(period.code) == period


@given(st.text(max_size=8) | st.from_regex(r"\d{4}-[HQ0-9]\d?", fullmatch=True))
def test_anything_else_is_no_period_or_the_one_it_says(code: str) -> None:
    found = parsed(code)
    assert found is None or found.code == code


@pytest.mark.parametrize(
    "code", ["", "2026-", "2026-00", "2026-13", "2026-Q0", "2026-Q5", "2026-H3", "1920", "2200", "²026", "2026-1"]
)
def test_what_is_no_period(code: str) -> None:
    assert parsed(code) is None


@pytest.mark.parametrize(
    ("code", "label", "last"),
    [
        ("2026-11", "2026年11月", "2026-11-30"),
        ("2028-02", "2028年2月", "2028-02-29"),
        ("2026-Q1", "2026年第一季度", "2026-03-31"),
        ("2026-Q4", "2026年第四季度", "2026-12-31"),
        ("2026-H1", "2026年上半年", "2026-06-30"),
        ("2026-H2", "2026年下半年", "2026-12-31"),
        ("2026", "2026年", "2026-12-31"),
    ],
)
def test_labels_and_last_days(code: str, label: str, last: str) -> None:
    period = parsed(code)
    assert period
    assert (period.label, period.last.isoformat()) == (label, last)


def test_a_page_offers_some_of_each_length_back_from_today() -> None:
    found = back(dt.date(2026, 1, 31), (YEAR, HALF_YEAR, QUARTER, MONTH))
    assert [one.code for one in found[:4]] == ["2026", "2025", "2024", "2026-H1"]
    assert len(found) == sum(BACK.values())
    assert [one.code for one in found if one.per == QUARTER][:2] == ["2026-Q1", "2025-Q4"]
