"""Dates and numbers in the words people use: 2026年11月23日, 刚刚, 还有 5 天."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.utils import timezone

from dangjian.kernel import clock

WEEKDAYS = "一二三四五六日"


def _local(moment: dt.date | dt.datetime) -> dt.date | dt.datetime:
    if isinstance(moment, dt.datetime) and timezone.is_aware(moment):
        return timezone.localtime(moment)
    return moment


def _date(moment: dt.date | dt.datetime) -> dt.date:
    local = _local(moment)
    return local.date() if isinstance(local, dt.datetime) else local


def day(moment: dt.date | dt.datetime | None) -> str:
    """``2026年11月23日``; nothing for ``None``."""
    if moment is None:
        return ""
    on = _date(moment)
    return f"{on.year}年{on.month}月{on.day}日"


def short_day(moment: dt.date | dt.datetime | None) -> str:
    """``11月23日 周一``, with the year when it is not the present one."""
    if moment is None:
        return ""
    on = _date(moment)
    year = "" if on.year == clock.today().year else f"{on.year}年"
    return f"{year}{on.month}月{on.day}日 周{WEEKDAYS[on.weekday()]}"


def near_day(moment: dt.date | dt.datetime) -> str:
    """``11月23日``, with the year when it is not the present one."""
    on = _date(moment)
    return f"{on.month}月{on.day}日" if on.year == clock.today().year else day(on)


def month(day: dt.date | None) -> str:
    """``2026年11月``."""
    return f"{day.year}年{day.month}月" if day else ""


def daytime(moment: dt.datetime | None) -> str:
    """``2026年11月23日 14:30``."""
    if moment is None:
        return ""
    local = _local(moment)
    return f"{day(local)} {local:%H:%M}"


def since(moment: dt.date | dt.datetime | None) -> str:
    """How long ago: 刚刚, 5 分钟前, 3 小时前, 昨天, 3 天前, then the day."""
    if moment is None:
        return ""
    days = (clock.today() - _date(moment)).days
    if isinstance(moment, dt.datetime):
        aware = moment if timezone.is_aware(moment) else timezone.make_aware(moment)
        minutes = int((clock.now() - aware).total_seconds() // 60)
        if 0 <= minutes < 1:
            return "刚刚"
        if 0 <= minutes < 60:
            return f"{minutes} 分钟前"
        if minutes >= 60 and days == 0:
            return f"{minutes // 60} 小时前"
    if days == 0:
        return "今天"
    if days == 1:
        return "昨天"
    return f"{days} 天前" if 1 < days <= 30 else day(moment)


def due(moment: dt.date | dt.datetime | None) -> str:
    """How much time is left until a last day: 还有 5 天, 今天到期, 已超期 3 天."""
    if moment is None:
        return ""
    days = (_date(moment) - clock.today()).days
    if days < 0:
        return f"已超期 {-days} 天"
    return {0: "今天到期", 1: "明天到期"}.get(days, f"还有 {days} 天")


def due_tone(moment: dt.date | dt.datetime | None) -> str:
    """``bad`` once a last day has passed, ``warn`` in the week before, else ``neutral``."""
    if moment is None:
        return "neutral"
    days = (_date(moment) - clock.today()).days
    return "bad" if days < 0 else "warn" if days <= 7 else "neutral"


def number(value: float | Decimal | None) -> str:
    """``1,768``, ``12.5``; nothing for ``None``."""
    if value is None or value == "":
        return ""
    return f"{Decimal(str(value)):,f}" if isinstance(value, (float, Decimal)) else f"{value:,}"


def percent(value: float | Decimal | None, digits: int = 0) -> str:
    """A share such as ``0.925`` as ``92.5%``; ``—`` when there is nothing to divide by."""
    if value is None:
        return "—"
    text = f"{Decimal(str(value)) * 100:.{digits}f}"
    return f"{text}%"
