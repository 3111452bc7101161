"""Dates and numbers as people read them."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest

from dangjian.kernel import clock
from dangjian.kernel.ui import words

pytestmark = pytest.mark.day("2026-11-23")

TODAY = dt.date(2026, 11, 23)


def test_day_and_daytime() -> None:
    assert words.day(TODAY) == "2026年11月23日"
    assert words.day(dt.datetime(2026, 11, 22, 16, 30, tzinfo=dt.UTC)) == "2026年11月23日"
    assert words.daytime(dt.datetime(2026, 11, 22, 16, 30, tzinfo=dt.UTC)) == "2026年11月23日 00:30"
    assert words.short_day(TODAY) == "11月23日 周一"
    assert words.short_day(dt.date(2025, 7, 1)) == "2025年7月1日 周二"


@pytest.mark.parametrize(
    ("days", "text", "tone"),
    [
        (-3, "已超期 3 天", "bad"),
        (0, "今天到期", "warn"),
        (1, "明天到期", "warn"),
        (5, "还有 5 天", "warn"),
        (8, "还有 8 天", "neutral"),
    ],
)
def test_due(days: int, text: str, tone: str) -> None:
    last = TODAY + dt.timedelta(days=days)
    assert words.due(last) == text
    assert words.due_tone(last) == tone


@pytest.mark.parametrize(
    ("ago", "text"),
    [
        (dt.timedelta(seconds=20), "刚刚"),
        (dt.timedelta(minutes=5), "5 分钟前"),
        (dt.timedelta(hours=3), "3 小时前"),
        (dt.timedelta(hours=20), "昨天"),
        (dt.timedelta(days=3), "3 天前"),
        (dt.timedelta(days=60), "2026年9月24日"),
        (dt.timedelta(days=-3), "2026年11月26日"),
    ],
)
def test_since(ago: dt.timedelta, text: str) -> None:
    assert words.since(clock.now() - ago) == text


def test_numbers() -> None:
    assert words.number(1768) == "1,768"
    assert words.number(Decimal("12.50")) == "12.50"
    assert words.percent(Decimal("0.925"), 1) == "92.5%"
    assert words.percent(None) == "—"


@pytest.mark.parametrize("write", [words.day, words.short_day, words.daytime, words.since, words.due, words.number])
def test_nothing_stays_nothing(write: Callable[[None], str]) -> None:
    assert write(None) == ""
