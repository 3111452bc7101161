"""The arithmetic of dues: wage items of ``cases/wages.yaml``, limits of paying, and what must hold for any base."""

import datetime as dt
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from dangjian.activities.dues.kinds import PayerKind
from dangjian.activities.dues.policy import (
    WAGE_RULES,
    CollectionRules,
    Schedule,
    WageItem,
    WagePart,
    counted_base,
    last_day,
    monthly_dues,
    months_between,
    quarter_average,
    quarter_of,
    rounded,
    shifted,
)
from dangjian.activities.dues.rates import collection_rules
from dangjian.kernel import money
from dangjian.kernel.errors import Invalid
from dangjian.kernel.rulebook import Band, Bands, Choices, Period, book

MONTH = dt.date(2026, 11, 1)
CASES = yaml.safe_load((Path(__file__).parent / "cases" / "wages.yaml").read_text(encoding="utf-8"))
ITEMS = {item.label: item.value for item in WageItem}
BANDS = Bands.checked(
    [
        Band(up_to=3000, rate=Fraction(1, 200)),
        Band(up_to=5000, rate=Fraction(1, 100)),
        Band(up_to=10000, rate=Fraction(3, 200)),
        Band(rate=Fraction(1, 50)),
    ]
)
SALARIED = Schedule(PayerKind.SALARIED, MONTH, BANDS, flat_fen=None, cap_fen=100_000, unit_fen=1)
RULES = CollectionRules(
    start="vote_month",
    branch_of_month="first_day",
    due_day=31,
    backpay=Period(months=6),
    prepay=Period(months=6),
    large_fen=100_000,
    talk=Period(months=3),
    case=Period(months=6),
)
BASES = st.integers(min_value=0, max_value=10**9)
UNITS = st.sampled_from([1, 10, 100])


@pytest.mark.parametrize("case", CASES, ids=[case["情形"] for case in CASES])
def test_wage_cases(case: dict[str, Any]) -> None:
    items = {ITEMS[name]: money.parse(amount, negative=True) for name, amount in case["项目"].items()}
    if "不能计算" in case:
        with pytest.raises(Invalid) as refusal:
            counted_base(items)
        assert refusal.value.message == case["不能计算"]
    else:
        assert counted_base(items) == money.parse(case["应得"])


def test_an_unknown_item_is_refused() -> None:
    with pytest.raises(Invalid, match="“lottery”不是能认出的工资项目"):
        counted_base({"lottery": 1})


def test_every_wage_item_stands_in_the_rule_that_it_names() -> None:
    assert set(WAGE_RULES) == set(WageItem)
    listed = {}
    for item, rule in WAGE_RULES.items():
        value = book().on(rule.key, MONTH).value
        if isinstance(value, Choices):
            listed.setdefault(rule.key, set()).add(item.value)
            assert item.value in value.codes
    for key, codes in listed.items():
        assert codes == set(book().on(key, MONTH).expect(Choices).codes)
    assert {rule.part for rule in WAGE_RULES.values()} == set(WagePart)


@given(st.dictionaries(st.sampled_from(WageItem.values), st.integers(min_value=0, max_value=10**7)))
def test_the_base_is_what_counts_less_what_is_deducted(items: dict[str, int]) -> None:
    parts = {part: sum(fen for code, fen in items.items() if WAGE_RULES[WageItem(code)].part is part) for part in WagePart}
    expected = parts[WagePart.COUNTED] - parts[WagePart.DEDUCTED]
    if expected < 0:
        with pytest.raises(Invalid):
            counted_base(items)
    else:
        assert counted_base(items) == expected


@given(BASES, BASES, UNITS)
def test_within_a_band_more_base_never_means_less_dues(one: int, other: int, unit: int) -> None:
    low, high = sorted((one, other))
    schedule = replace(SALARIED, unit_fen=unit)
    less, more = monthly_dues(low, schedule), monthly_dues(high, schedule)
    assert less.amount_fen <= more.amount_fen
    if less.band == more.band:
        assert less.rate == more.rate


@given(BASES, UNITS)
def test_rounding_moves_a_sum_by_half_a_unit_at_most_and_a_half_goes_up(base: int, unit: int) -> None:
    worked = monthly_dues(base, replace(SALARIED, unit_fen=unit, cap_fen=None))
    gap = worked.before_cap_fen - worked.exact_fen
    assert worked.exact_fen == base * BANDS.rate(base)
    assert -Fraction(unit, 2) < gap <= Fraction(unit, 2)
    assert worked.amount_fen % unit == 0
    assert worked.amount_fen == worked.before_cap_fen
    assert not worked.capped


@given(BASES, UNITS)
def test_never_above_the_cap(base: int, unit: int) -> None:
    worked = monthly_dues(base, replace(SALARIED, unit_fen=unit))
    assert worked.amount_fen <= 100_000
    assert worked.capped == (worked.before_cap_fen > 100_000)
    assert worked.amount_fen == min(worked.before_cap_fen, 100_000)


@given(BASES)
def test_a_fixed_sum_does_not_depend_on_the_base(base: int) -> None:
    worked = monthly_dues(base, Schedule(PayerKind.STUDENT, MONTH, None, flat_fen=20, cap_fen=100_000, unit_fen=100))
    assert (worked.amount_fen, worked.rate, worked.band, worked.fixed) == (20, None, None, True)


def test_a_base_below_zero_is_refused() -> None:
    with pytest.raises(Invalid, match="计算基数不能是负数"):
        monthly_dues(-1, SALARIED)


@pytest.mark.parametrize(
    ("exact", "unit", "result"),
    [
        (Fraction(1, 2), 1, 1),
        (Fraction(49, 100), 1, 0),
        (Fraction(5), 10, 10),
        (Fraction(499, 100), 10, 0),
        (Fraction(9750), 100, 9800),
        (Fraction(9749), 100, 9700),
        (Fraction(0), 100, 0),
    ],
)
def test_rounding(exact: Fraction, unit: int, result: int) -> None:
    assert rounded(exact, unit) == result


def test_the_average_of_a_quarter() -> None:
    assert quarter_average([300_000, 400_000, 500_000]) == 400_000
    assert quarter_average([100, 0, 0]) == 33
    assert quarter_average([-100, 300, 0]) == 67
    with pytest.raises(Invalid, match="三个月"):
        quarter_average([1, 2])
    with pytest.raises(Invalid, match="合计是负数"):
        quarter_average([-1, 0, 0])


def test_the_first_month_is_that_of_the_meeting_or_the_next() -> None:
    assert RULES.first_month(dt.date(2026, 11, 30)) == dt.date(2026, 11, 1)
    assert replace(RULES, start="next_month").first_month(dt.date(2026, 12, 1)) == dt.date(2027, 1, 1)


def test_the_branch_of_a_month_in_which_somebody_moves() -> None:
    assert RULES.branch_day(dt.date(2026, 2, 14)) == dt.date(2026, 2, 1)
    assert replace(RULES, branch_of_month="last_day").branch_day(dt.date(2024, 2, 1)) == dt.date(2024, 2, 29)


@pytest.mark.parametrize(
    ("day", "month", "due"),
    [
        (31, dt.date(2026, 11, 1), dt.date(2026, 11, 30)),
        (31, dt.date(2026, 12, 1), dt.date(2026, 12, 31)),
        (20, dt.date(2026, 2, 1), dt.date(2026, 2, 20)),
        (0, dt.date(2026, 2, 1), dt.date(2026, 2, 1)),
    ],
)
def test_until_when_dues_are_on_time(day: int, month: dt.date, due: dt.date) -> None:
    assert replace(RULES, due_day=day).due_on(month) == due


def test_how_far_back_and_ahead_may_be_paid() -> None:
    assert RULES.backpay_oldest(dt.date(2026, 3, 15)) == dt.date(2025, 9, 1)
    assert RULES.prepay_latest(dt.date(2026, 8, 31)) == dt.date(2027, 2, 1)


def test_a_large_gift_begins_at_the_limit_itself() -> None:
    assert [RULES.is_large(fen) for fen in (99_999, 100_000, 100_001)] == [False, True, True]


def test_what_months_unpaid_call_for() -> None:
    assert [RULES.stage(months) for months in (0, 2, 3, 5, 6, 12)] == ["", "", "talk", "talk", "case", "case"]


@given(st.dates(min_value=dt.date(2000, 1, 1), max_value=dt.date(2090, 12, 31)), st.integers(min_value=-60, max_value=60))
def test_months_can_be_counted_back(day: dt.date, months: int) -> None:
    month = day.replace(day=1)
    assert shifted(shifted(day, months), -months) == month
    between = months_between(month, shifted(month, months))
    assert len(between) == max(months + 1, 0)
    assert all(last_day(earlier) + dt.timedelta(days=1) == later for earlier, later in pairwise(between))


def test_a_quarter_and_its_last_day() -> None:
    assert quarter_of(dt.date(2026, 11, 23)) == (dt.date(2026, 10, 1), dt.date(2026, 11, 1), dt.date(2026, 12, 1))
    assert quarter_of(dt.date(2027, 1, 1))[0] == dt.date(2027, 1, 1)
    rules = replace(collection_rules(MONTH), due_day=25)
    assert rules.quarter_due_on(dt.date(2026, 10, 1)) == dt.date(2026, 12, 25)
